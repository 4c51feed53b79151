/* What holds in a cluster: who may lead, who may still serve what was confirmed, and that a message is worked on once.
 * Three nodes (0, 1, 2), one producer (3) into the one queue, which is replicated passively, one consumer (4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/base/host.h"
#include "models/oracle/oracle.h"

enum { N1, N2, N3, WEB, WORKER, ACTORS };
enum { CLIENT_KIND_PRODUCER, CLIENT_KIND_CONSUMER };
#define BIT(property) (1u << (property))
#define IN_SYNC(...) in_sync((int[]){__VA_ARGS__}, sizeof((int[]){__VA_ARGS__}) / sizeof(int))

struct cluster {
    struct oracle_config config;
    struct oracle_client clients[ACTORS - WEB];
    uint64_t block_bytes;
    struct oracle *oracle;
    uint32_t breached;
    uint64_t breaches;
};

static int make(void **state)
{
    struct cluster *cluster = calloc(1, sizeof *cluster);
    cluster->config = (struct oracle_config){.nodes = 3, .queues = 1, .actors = ACTORS};
    cluster->config.queue_consumers[0] = 1;
    cluster->config.queue_replication[0] = REPLICATION_PASSIVE;
    cluster->clients[0] = (struct oracle_client){.kind = CLIENT_KIND_PRODUCER, .confirms = 1, .links = 1};
    cluster->clients[1] = (struct oracle_client){.kind = CLIENT_KIND_CONSUMER, .links = 1, .once = 1};
    cluster->block_bytes = oracle_block_bytes(&cluster->config, 100);
    cluster->oracle = host_reserve(cluster->block_bytes);
    oracle_init(cluster->oracle, &cluster->config, cluster->clients, cluster->block_bytes);
    *state = cluster;
    return 0;
}

static int drop(void **state)
{
    struct cluster *cluster = *state;
    host_release(cluster->oracle, cluster->block_bytes);
    free(cluster);
    return 0;
}
#define IN_A_CLUSTER(test) cmocka_unit_test_setup_teardown(test, make, drop)

static void see(struct cluster *cluster, struct observation seen)
{
    struct verdict verdict;
    assert_true(oracle_step(cluster->oracle, &seen, &verdict));
    cluster->breached |= verdict.breached;
    cluster->breaches += verdict.breaches;
}

static uint16_t in_sync(const int *nodes, size_t count)
{
    uint16_t set = 0;
    for (size_t i = 0; i < count; i++)
        set = (uint16_t)(set | 1u << nodes[i]);
    return set;
}

static void takes(struct cluster *cluster, uint16_t node, enum broker_role role, uint64_t epoch, uint16_t set)
{
    see(cluster,
        (struct observation){.kind = OBSERVE_ROLE, .actor = node, .tag = epoch, .position = set, .value = role});
}

static void leads(struct cluster *cluster, uint16_t node, uint64_t epoch, uint16_t set)
{
    takes(cluster, node, ROLE_PRIMARY, epoch, set);
}

static void proposes(struct cluster *cluster, uint16_t node, uint64_t epoch, uint16_t set)
{
    see(cluster, (struct observation){.kind = OBSERVE_PROPOSED, .actor = node, .tag = epoch, .position = set});
}

static struct message message(uint64_t sequence)
{
    return (struct message){
        .producer = WEB, .sequence = sequence, .size_bytes = 10, .body = message_body(WEB, 0, sequence, 10)};
}

static void says(struct cluster *cluster, enum observation_kind kind, uint16_t actor, uint64_t sequence)
{
    see(cluster, (struct observation){
                     .kind = (uint8_t)kind, .actor = actor, .position = 64 * sequence, .message = message(sequence)});
}

static void confirmed_on(struct cluster *cluster, uint64_t sequence, uint16_t node)
{
    says(cluster, OBSERVE_ATTEMPTED, WEB, sequence);
    says(cluster, OBSERVE_APPENDED, node, sequence);
    says(cluster, OBSERVE_ANSWERED, WEB, sequence);
}

/* ---- single-leader ---- */

static void one_leader_after_the_other_is_lawful(void **state)
{
    struct cluster *cluster = *state;
    leads(cluster, N1, 1, IN_SYNC(N1, N2, N3));
    leads(cluster, N1, 1, IN_SYNC(N1, N2));
    leads(cluster, N2, 2, IN_SYNC(N2, N3));
    assert_int_equal(cluster->breached, 0);
}

static void two_leaders_of_an_epoch_are_a_breach(void **state)
{
    struct cluster *cluster = *state;
    leads(cluster, N2, 2, IN_SYNC(N2));
    leads(cluster, N3, 2, IN_SYNC(N3));
    assert_int_equal(cluster->breached, BIT(PROPERTY_SINGLE_LEADER));
}

static void a_set_that_counts_in_an_epoch_that_is_over_is_a_breach(void **state)
{
    struct cluster *cluster = *state;
    leads(cluster, N1, 1, IN_SYNC(N1, N2, N3));
    leads(cluster, N2, 2, IN_SYNC(N2, N3));
    leads(cluster, N1, 1, IN_SYNC(N1));
    assert_int_equal(cluster->breached, BIT(PROPERTY_SINGLE_LEADER));
}

static void what_was_proposed_in_time_may_count_late(void **state)
{
    struct cluster *cluster = *state;
    leads(cluster, N1, 1, IN_SYNC(N1, N2, N3));
    proposes(cluster, N1, 1, IN_SYNC(N1, N2));
    leads(cluster, N2, 2, IN_SYNC(N2, N3));
    leads(cluster, N1, 1, IN_SYNC(N1, N2));
    assert_int_equal(cluster->breached, 0);
    proposes(cluster, N1, 1, IN_SYNC(N1));
    leads(cluster, N1, 1, IN_SYNC(N1));
    assert_int_equal(cluster->breached, BIT(PROPERTY_SINGLE_LEADER));
}

static void who_was_elected_in_time_may_begin_late(void **state)
{
    struct cluster *cluster = *state;
    takes(cluster, N1, ROLE_ELECT, 2, IN_SYNC(N1, N2));
    leads(cluster, N3, 3, IN_SYNC(N2, N3));
    leads(cluster, N1, 2, IN_SYNC(N1, N2));
    assert_int_equal(cluster->breached, 0);
    takes(cluster, N2, ROLE_ELECT, 2, IN_SYNC(N2));
    leads(cluster, N2, 2, IN_SYNC(N2));
    assert_int_equal(cluster->breached, BIT(PROPERTY_SINGLE_LEADER));
}

static void who_paused_may_go_on_not_knowing_better(void **state)
{
    struct cluster *cluster = *state;
    leads(cluster, N1, 1, IN_SYNC(N1, N2, N3));
    takes(cluster, N1, ROLE_SEEKING, 1, IN_SYNC(N1, N2, N3));
    leads(cluster, N2, 2, IN_SYNC(N2, N3));
    leads(cluster, N1, 1, IN_SYNC(N1, N2, N3));
    assert_int_equal(cluster->breached, 0);
    leads(cluster, N1, 1, IN_SYNC(N1));
    assert_int_equal(cluster->breached, BIT(PROPERTY_SINGLE_LEADER));
}

static void a_backup_may_say_what_it_likes(void **state)
{
    struct cluster *cluster = *state;
    leads(cluster, N1, 2, IN_SYNC(N1));
    see(cluster, (struct observation){.kind = OBSERVE_ROLE, .actor = N2, .tag = 1, .value = ROLE_BACKUP});
    assert_int_equal(cluster->breached, 0);
}

/* ---- durability: who may still serve it ---- */

static void what_only_a_deposed_leader_holds_is_lost(void **state)
{
    struct cluster *cluster = *state;
    leads(cluster, N1, 1, IN_SYNC(N1, N2, N3));
    confirmed_on(cluster, 1, N1);
    assert_int_equal(cluster->breached, 0);
    leads(cluster, N2, 2, IN_SYNC(N2, N3));
    assert_int_equal(cluster->breached, BIT(PROPERTY_DURABILITY));
}

static void what_a_member_of_the_new_set_holds_is_safe(void **state)
{
    struct cluster *cluster = *state;
    leads(cluster, N1, 1, IN_SYNC(N1, N2, N3));
    confirmed_on(cluster, 1, N1);
    says(cluster, OBSERVE_APPENDED, N3, 1);
    leads(cluster, N2, 2, IN_SYNC(N2, N3));
    assert_int_equal(cluster->breached, 0);
}

static void a_set_that_counts_late_is_not_the_newest(void **state)
{
    struct cluster *cluster = *state;
    leads(cluster, N1, 1, IN_SYNC(N1, N2, N3));
    confirmed_on(cluster, 1, N2);
    proposes(cluster, N1, 1, IN_SYNC(N1));
    leads(cluster, N2, 2, IN_SYNC(N2));
    leads(cluster, N1, 1, IN_SYNC(N1));
    assert_int_equal(cluster->breached, 0);
}

static void who_discards_one_of_two_copies_still_holds_the_message(void **state)
{
    struct cluster *cluster = *state;
    leads(cluster, N1, 1, IN_SYNC(N1));
    confirmed_on(cluster, 1, N1);
    says(cluster, OBSERVE_APPENDED, N1, 1);
    says(cluster, OBSERVE_DISCARDED, N1, 1);
    assert_int_equal(cluster->breached, 0);
    says(cluster, OBSERVE_DISCARDED, N1, 1);
    assert_int_equal(cluster->breached, BIT(PROPERTY_DURABILITY));
}

static void copies_are_counted_anew_after_a_crash(void **state)
{
    struct cluster *cluster = *state;
    leads(cluster, N1, 1, IN_SYNC(N1));
    confirmed_on(cluster, 1, N1);
    says(cluster, OBSERVE_APPENDED, N1, 1);
    see(cluster, (struct observation){.kind = OBSERVE_CRASHED, .actor = N1, .position = 64});
    see(cluster, (struct observation){.kind = OBSERVE_STARTED, .actor = N1});
    says(cluster, OBSERVE_RECOVERED, N1, 1);
    says(cluster, OBSERVE_DISCARDED, N1, 1);
    assert_int_equal(cluster->breached, BIT(PROPERTY_DURABILITY));
}

static void what_is_lost_is_told_once(void **state)
{
    struct cluster *cluster = *state;
    leads(cluster, N1, 1, IN_SYNC(N1, N2, N3));
    confirmed_on(cluster, 1, N1);
    leads(cluster, N2, 2, IN_SYNC(N2, N3));
    leads(cluster, N2, 2, IN_SYNC(N2));
    says(cluster, OBSERVE_DISCARDED, N1, 1);
    assert_int_equal(cluster->breaches, 1);
}

static void what_the_last_member_that_holds_it_discards_is_lost(void **state)
{
    struct cluster *cluster = *state;
    leads(cluster, N1, 1, IN_SYNC(N1, N2));
    confirmed_on(cluster, 1, N1);
    says(cluster, OBSERVE_APPENDED, N2, 1);
    says(cluster, OBSERVE_DISCARDED, N1, 1);
    assert_int_equal(cluster->breached, 0);
    says(cluster, OBSERVE_DISCARDED, N2, 1);
    assert_int_equal(cluster->breached, BIT(PROPERTY_DURABILITY));
}

static void a_leader_that_is_over_confirms_in_vain(void **state)
{
    struct cluster *cluster = *state;
    leads(cluster, N1, 1, IN_SYNC(N1, N2, N3));
    leads(cluster, N2, 2, IN_SYNC(N2, N3));
    confirmed_on(cluster, 1, N1);
    assert_int_equal(cluster->breached, BIT(PROPERTY_DURABILITY));
}

/* ---- no-duplicate ---- */

static void acks(struct cluster *cluster, uint64_t sequence)
{
    says(cluster, OBSERVE_ACKED, WORKER, sequence);
}

static void a_copy_of_what_was_worked_on_is_acknowledged_without_work(void **state)
{
    struct cluster *cluster = *state;
    says(cluster, OBSERVE_ATTEMPTED, WEB, 1);
    says(cluster, OBSERVE_COMPLETED, WORKER, 1);
    acks(cluster, 1);
    acks(cluster, 1);
    assert_int_equal(cluster->breached, 0);
}

static void working_twice_is_a_breach(void **state)
{
    struct cluster *cluster = *state;
    says(cluster, OBSERVE_COMPLETED, WORKER, 1);
    says(cluster, OBSERVE_COMPLETED, WORKER, 2);
    says(cluster, OBSERVE_COMPLETED, WORKER, 1);
    assert_int_equal(cluster->breached, BIT(PROPERTY_NO_DUPLICATE));
}

static void acknowledging_what_was_never_worked_on_is_a_breach(void **state)
{
    struct cluster *cluster = *state;
    acks(cluster, 1);
    assert_int_equal(cluster->breached, BIT(PROPERTY_NO_DUPLICATE));
}

static void a_crashed_consumer_has_forgotten_what_it_did(void **state)
{
    struct cluster *cluster = *state;
    says(cluster, OBSERVE_COMPLETED, WORKER, 1);
    see(cluster, (struct observation){.kind = OBSERVE_CRASHED, .actor = WORKER});
    says(cluster, OBSERVE_COMPLETED, WORKER, 1);
    assert_int_equal(cluster->breached, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_CLUSTER(one_leader_after_the_other_is_lawful),
        IN_A_CLUSTER(two_leaders_of_an_epoch_are_a_breach),
        IN_A_CLUSTER(a_set_that_counts_in_an_epoch_that_is_over_is_a_breach),
        IN_A_CLUSTER(what_was_proposed_in_time_may_count_late),
        IN_A_CLUSTER(who_was_elected_in_time_may_begin_late),
        IN_A_CLUSTER(who_paused_may_go_on_not_knowing_better),
        IN_A_CLUSTER(a_backup_may_say_what_it_likes),
        IN_A_CLUSTER(what_only_a_deposed_leader_holds_is_lost),
        IN_A_CLUSTER(what_a_member_of_the_new_set_holds_is_safe),
        IN_A_CLUSTER(a_set_that_counts_late_is_not_the_newest),
        IN_A_CLUSTER(who_discards_one_of_two_copies_still_holds_the_message),
        IN_A_CLUSTER(copies_are_counted_anew_after_a_crash),
        IN_A_CLUSTER(what_is_lost_is_told_once),
        IN_A_CLUSTER(what_the_last_member_that_holds_it_discards_is_lost),
        IN_A_CLUSTER(a_leader_that_is_over_confirms_in_vain),
        IN_A_CLUSTER(a_copy_of_what_was_worked_on_is_acknowledged_without_work),
        IN_A_CLUSTER(working_twice_is_a_breach),
        IN_A_CLUSTER(acknowledging_what_was_never_worked_on_is_a_breach),
        IN_A_CLUSTER(a_crashed_consumer_has_forgotten_what_it_did),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
