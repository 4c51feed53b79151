/* A cluster against what it promises, over random schedules: deliveries, breaks, silences, crashes with images,
 * restarts, in any order.
 *
 * Judged from outside, by what the nodes say and send: an epoch has one primary; under confirm-after all and one, what
 * was confirmed and not acknowledged by a consumer is held by whoever becomes primary; nobody is told that something is
 * safe which the newest primary does not have. Under all, every member of the set that counts has it on its disk; under
 * one, some backup of it. And when everything is up and heard again, there is a primary, everybody is in its in-sync
 * set, and all hold the same. The laws of cluster_laws.h hold at any time. */
#include <stdio.h>

#include "cluster_laws.h"
#include "cluster_schedule.h"

#define SEEDS 500
#define STEPS 3000

static uint64_t seed_running;
static uint64_t elections, confirms; /* of all seeds */

struct judge {
    struct schedule schedule;
    struct laws laws;
    uint64_t confirmed_in[CLUSTER_SEQUENCES]; /* epoch of who confirmed it */
    struct contents contents;                 /* of the disk that is looked at */
    uint16_t primary_of[EPOCHS]; /* 1 + node */
    uint64_t newest;             /* epoch of a primary */
    bool confirmed[CLUSTER_SEQUENCES];
    uint8_t answers[CLUSTER_NODES][CLUSTER_SEQUENCES]; /* by publish number, of the connection that lives */
    bool safe;                                         /* nothing that was confirmed may be lost */
    unsigned elections, confirms;
};

static struct judge *judge_of(struct cluster *cluster)
{
    return cluster->judge;
}

static bool is_owed(const struct judge *judge, uint64_t sequence)
{
    return judge->safe && judge->confirmed[sequence] && !judge->schedule.acked[sequence];
}

/* ---- judging ---- */

static void judge_primary(struct cluster *cluster, uint16_t node, uint64_t epoch)
{
    struct judge *judge = judge_of(cluster);
    assert_true(epoch < EPOCHS);
    if (judge->primary_of[epoch] == node + 1)
        return; /* its in-sync set changed */
    assert_int_equal(judge->primary_of[epoch], 0);
    judge->primary_of[epoch] = (uint16_t)(node + 1);
    judge->elections++;
    if (epoch < judge->newest)
        return;
    judge->newest = epoch;
    for (uint64_t sequence = 1; sequence <= judge->schedule.sequence; sequence++)
        if (is_owed(judge, sequence) && cluster->node[node].held[sequence] == 0)
            fail_msg("message %u was confirmed, and the primary of epoch %u does not have it", (unsigned)sequence,
                     (unsigned)epoch);
}

static bool member_holds(struct cluster *cluster, uint16_t member, uint64_t sequence)
{
    const struct cluster_node *node = &cluster->node[member];
    return (node->up && node->held[sequence] > 0) || judge_of(cluster)->contents.copies[sequence] > 0;
}

/* Under all: the member holds everything that is owed. */
static void judge_member(struct cluster *cluster, uint16_t member, uint64_t epoch)
{
    struct judge *judge = judge_of(cluster);
    disk_contents(&cluster->node[member], cluster->node[member].end, &judge->contents);
    for (uint64_t sequence = 1; sequence <= judge->schedule.sequence; sequence++)
        if (is_owed(judge, sequence) && !member_holds(cluster, member, sequence))
            fail_msg("message %u was confirmed, and node %u, a member in epoch %u, does not have it",
                     (unsigned)sequence, member, (unsigned)epoch);
}

/* Under one: a backup holds what this primary confirmed. */
static void judge_backups(struct cluster *cluster, uint16_t primary, uint64_t epoch)
{
    struct judge *judge = judge_of(cluster);
    static uint8_t holders[CLUSTER_SEQUENCES];
    memset(holders, 0, sizeof holders);
    for (uint16_t member = 0; member < cluster->config.nodes; member++) {
        if (member == primary || !(judge->laws.set[primary] >> member & 1))
            continue;
        disk_contents(&cluster->node[member], cluster->node[member].end, &judge->contents);
        for (uint64_t sequence = 1; sequence <= judge->schedule.sequence; sequence++)
            holders[sequence] |= member_holds(cluster, member, sequence);
    }
    for (uint64_t sequence = 1; sequence <= judge->schedule.sequence; sequence++)
        if (is_owed(judge, sequence) && judge->confirmed_in[sequence] == epoch && !holders[sequence])
            fail_msg("message %u was confirmed in epoch %u, and no backup of the set that counts has it",
                     (unsigned)sequence, (unsigned)epoch);
}

static void judge_view(struct cluster *cluster, uint16_t primary, uint64_t epoch)
{
    const struct judge *judge = judge_of(cluster);
    uint16_t set = judge->laws.set[primary];
    if (!judge->safe || epoch < judge->newest)
        return;
    if (cluster->config.queue[0].confirm_after == CONFIRM_AFTER_ONE && (set & ~(1u << primary)) != 0)
        judge_backups(cluster, primary, epoch);
    for (uint16_t member = 0; member < cluster->config.nodes; member++)
        if (cluster->config.queue[0].confirm_after == CONFIRM_AFTER_ALL && (set >> member & 1))
            judge_member(cluster, member, epoch);
}

static void judge_observed(struct cluster *cluster, uint16_t node, const struct observation *seen)
{
    bool counts = laws_observed(cluster, &judge_of(cluster)->laws, node, seen);
    if (seen->kind == OBSERVE_ROLE && seen->value == ROLE_PRIMARY)
        judge_primary(cluster, node, seen->tag);
    if (counts)
        judge_view(cluster, node, seen->tag);
    if (seen->kind == OBSERVE_RECOVERY_DONE)
        assert_int_equal(seen->value, REFUSE_NOTHING);
}

/* Under all: on the synced disk of every member of the set that counts for whoever confirms. */
static void judge_safety(struct cluster *cluster, uint16_t primary, uint64_t sequence)
{
    struct judge *judge = judge_of(cluster);
    for (uint16_t member = 0; member < cluster->config.nodes; member++) {
        const struct cluster_node *node = &cluster->node[member];
        if (!(judge->laws.set[primary] >> member & 1))
            continue;
        bool synced = cluster->config.queue[0].fsync != FSYNC_NEVER && node->synced < node->end;
        disk_contents(node, synced ? node->synced : node->end, &judge->contents);
        if (judge->contents.copies[sequence] == 0)
            fail_msg("node %u confirmed %u, and it is not safe on node %u", primary, (unsigned)sequence, member);
    }
}

static void judge_confirmed(struct cluster *cluster, uint16_t node, uint64_t sequence)
{
    struct judge *judge = judge_of(cluster);
    uint16_t primary = (uint16_t)(judge->primary_of[judge->newest] - 1);
    judge->confirms++;
    judge->confirmed[sequence] = true;
    judge->confirmed_in[sequence] = cluster_view(cluster, node).epoch;
    if (is_owed(judge, sequence) && cluster->config.queue[0].confirm_after == CONFIRM_AFTER_ALL)
        judge_safety(cluster, node, sequence);
    if (is_owed(judge, sequence) && cluster->node[primary].up && cluster->node[primary].held[sequence] == 0)
        fail_msg("node %u confirmed %u, and the primary of epoch %u does not have it", node, (unsigned)sequence,
                 (unsigned)judge->newest);
}

static void judge_answer(struct cluster *cluster, uint16_t node, const struct frame *frame)
{
    struct judge *judge = judge_of(cluster);
    for (uint64_t tag = frame->flags & FRAME_MULTIPLE ? 1 : frame->tag; tag <= frame->tag; tag++) {
        if (judge->answers[node][tag]++ == 0)
            judge_confirmed(cluster, node, judge->schedule.sent_as[node][tag]);
        else
            assert_true(frame->flags & FRAME_MULTIPLE);
        judge->answers[node][tag] = 1;
    }
}

static void judge_sent(struct cluster *cluster, uint16_t node, uint16_t slot, const struct frame *frame)
{
    if (frame->kind == FRAME_CONFIRM)
        judge_answer(cluster, node, frame);
    else if (frame->kind == FRAME_DELIVER)
        schedule_delivered(cluster, node, slot, frame);
}

static void judge_told(struct cluster *cluster, uint16_t node, uint16_t peer, const struct frame *frame)
{
    laws_told(cluster, &judge_of(cluster)->laws, node, peer, frame);
}

/* Of what a step did all outputs have been performed when the next one begins. */
static void judge_before(struct cluster *cluster, uint16_t node, const struct broker_input *in)
{
    (void)node;
    (void)in;
    if (cluster->steps % 8 == 0)
        law_of_positions(cluster, judge_of(cluster)->schedule.sequence);
}

static void judge_closed(struct cluster *cluster, uint16_t node, uint16_t slot)
{
    schedule_closed(cluster, node, slot);
    if (slot == 0)
        memset(judge_of(cluster)->answers[node], 0, sizeof judge_of(cluster)->answers[node]);
}

/* ---- afterwards ---- */

static uint16_t the_primary(const struct cluster *cluster)
{
    uint16_t primary = CLUSTER_NODES;
    for (uint16_t self = 0; self < cluster->config.nodes; self++)
        if (cluster_view(cluster, self).role == ROLE_PRIMARY && !cluster_view(cluster, self).paused) {
            assert_int_equal(primary, CLUSTER_NODES);
            primary = self;
        }
    return primary;
}

static bool is_whole(const struct cluster *cluster)
{
    uint16_t nodes = cluster->config.nodes;
    int leads = 0, follow = 0;
    for (uint16_t self = 0; self < nodes; self++) {
        struct queue_view view = cluster_view(cluster, self);
        leads += view.role == ROLE_PRIMARY && !view.paused && view.in_sync == cluster->config.queue[0].replicas;
        follow += view.role == ROLE_BACKUP;
    }
    return leads == 1 && follow + 1 == __builtin_popcount(cluster->config.queue[0].replicas);
}

/* What waits to be shipped is shipped. */
static void ship_all(struct cluster *cluster)
{
    for (uint16_t self = 0; self < cluster->config.nodes; self++)
        while (cluster_armed(cluster, self, BROKER_TIMER_SHIP)) {
            cluster_fire(cluster, self, BROKER_TIMER_SHIP);
            cluster_run(cluster);
        }
}

static void fire_time_outs(struct cluster *cluster)
{
    for (uint16_t self = 0; self < cluster->config.nodes; self++) {
        if (cluster_armed(cluster, self, BROKER_TIMER_FSYNC))
            cluster_fire(cluster, self, BROKER_TIMER_FSYNC);
        if (cluster_armed(cluster, self, BROKER_TIMER_ELECTION) && schedule_below(cluster, 3) == 0)
            cluster_fire(cluster, self, BROKER_TIMER_ELECTION);
    }
    cluster_run(cluster);
}

static void heal(struct cluster *cluster)
{
    something_heals(cluster);
    for (uint16_t self = 0; self < cluster->config.nodes; self++)
        if (!cluster->node[self].up)
            cluster_boot(cluster, self, false);
    for (unsigned round = 0; round < 60; round++) {
        cluster_run(cluster);
        cluster_reconnect(cluster);
        fire_time_outs(cluster);
        ship_all(cluster);
        if (round > 2 && is_whole(cluster))
            return;
    }
    fail_msg("no primary with everybody in sync");
}

static void judge_equal(struct cluster *cluster)
{
    const struct judge *judge = judge_of(cluster);
    uint16_t primary = the_primary(cluster);
    for (uint16_t self = 0; self < cluster->config.nodes; self++) {
        if (!(cluster->config.queue[0].replicas >> self & 1))
            continue;
        assert_memory_equal(cluster->node[self].held, cluster->node[primary].held, CLUSTER_SEQUENCES);
        assert_int_equal(cluster_view(cluster, self).epoch, cluster_view(cluster, primary).epoch);
    }
    for (uint64_t sequence = 1; sequence <= judge->schedule.sequence; sequence++)
        if (is_owed(judge, sequence))
            assert_true(cluster->node[primary].held[sequence] > 0);
}

static void random_run(uint64_t seed)
{
    struct judge *judge = calloc(1, sizeof *judge);
    struct broker_config config = schedule_config(seed);
    judge->safe =
        config.queue[0].confirm_after != CONFIRM_AFTER_PRIMARY && config.partition_handling != PARTITION_IGNORE;
    struct cluster *cluster =
        schedule_new(config, seed, judge,
                     (struct cluster_watch){.observed = judge_observed,
                                            .sent = judge_sent,
                                            .told = judge_told,
                                            .closed = judge_closed,
                                            .before = judge_before});
    schedule_run(cluster, seed, STEPS);
    heal(cluster);
    judge_equal(cluster);
    elections += judge->elections;
    confirms += judge->confirms;
    cluster_free(cluster);
    free(judge);
}

static uint64_t given(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

/* SEED and SEEDS say where to begin and how far to go. */
static void an_epoch_has_one_primary_and_what_was_confirmed_stays(void **state)
{
    (void)state;
    uint64_t first = given("SEED", 0), count = given("SEEDS", getenv("SEED") != NULL ? 1 : SEEDS);
    for (seed_running = first; seed_running < first + count; seed_running++)
        random_run(seed_running);
    if (count == SEEDS) { /* it was put to the test */
        assert_true(elections > 2 * SEEDS);
        assert_true(confirms > 40 * SEEDS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_epoch_has_one_primary_and_what_was_confirmed_stays),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed)
        fprintf(stderr, "seed %u\n", (unsigned)seed_running);
    return failed;
}
