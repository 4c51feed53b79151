/* A cluster against what it promises, over random schedules: deliveries, breaks, silences, crashes with images,
 * restarts, in any order.
 *
 * Judged from outside, by what the nodes say and send: an epoch has one primary; under confirm-after all, and under
 * one while all trouble is with a single node, what was confirmed and not acknowledged by a consumer is held by whoever
 * becomes primary; nobody is told that something is safe which the newest primary does not have. And when everything is
 * up and heard again, there is a primary, everybody is in its in-sync set, and all hold the same. */
#include <stdio.h>

#include "cluster_schedule.h"

#define SEEDS 500
#define STEPS 3000
#define EPOCHS 4096

static uint64_t seed_running;
static uint64_t elections, confirms; /* of all seeds */

struct judge {
    struct schedule schedule;
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

static void judge_observed(struct cluster *cluster, uint16_t node, const struct observation *seen)
{
    if (seen->kind == OBSERVE_ROLE && seen->value == ROLE_PRIMARY)
        judge_primary(cluster, node, seen->tag);
    if (seen->kind == OBSERVE_RECOVERY_DONE)
        assert_int_equal(seen->value, REFUSE_NOTHING);
}

static void judge_confirmed(struct cluster *cluster, uint16_t node, uint64_t sequence)
{
    struct judge *judge = judge_of(cluster);
    uint16_t primary = (uint16_t)(judge->primary_of[judge->newest] - 1);
    judge->confirms++;
    judge->confirmed[sequence] = true;
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
    judge->schedule.one_victim = config.queue[0].confirm_after == CONFIRM_AFTER_ONE;
    judge->schedule.victim = (uint16_t)(seed / 25 % config.nodes);
    struct cluster *cluster =
        schedule_new(config, seed, judge,
                     (struct cluster_watch){.observed = judge_observed, .sent = judge_sent, .closed = judge_closed});
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
