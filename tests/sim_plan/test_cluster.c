/* What clusters, replicated queues and the faults of both become in the plan. */
#include "models/base/units.h"
#include "models/broker/broker.h"
#include "tests/sim_plan/loaded.h"

#define CLIENTS                                                                                                        \
    "producers: {web: {queue: orders, rate: 200/s, count: 2}}\nconsumers: {worker: {queue: orders, count: 2}}\n"
#define THREE "cluster: {nodes: 3}\nqueues: {orders: {replication: passive}, bills: {replication: active}}\n" CLIENTS

static struct plan *with_queue(const char *queue)
{
    char *text = g_strdup_printf("cluster: {nodes: 3}\nqueues: {orders: {%s}}\n" CLIENTS, queue);
    struct plan *plan = loaded(text);
    g_free(text);
    return plan;
}

/* The only fault of the plan; the plan is freed by the caller. */
static struct plan *with_fault(const char *fault)
{
    char *text = g_strdup_printf(THREE "faults: [{at: 1s, %s}]\n", fault);
    struct plan *plan = loaded(text);
    assert_int_equal(plan->fault_count, 1);
    g_free(text);
    return plan;
}

static void a_count_names_the_nodes(void **state)
{
    (void)state;
    struct plan *plan = loaded(THREE);
    assert_int_equal(plan->node_count, 3);
    assert_string_equal(plan->nodes[2].name, "n3");
    plan_free(plan);
}

static void detectors_wait_for_seconds_and_pause_minority_is_the_default(void **state)
{
    (void)state;
    struct plan *plan = loaded(THREE);
    assert_int_equal(plan->detector_ns, 2 * NS_PER_S);
    assert_int_equal(plan->client_detector_ns, 5 * NS_PER_S);
    assert_int_equal(plan->partition_handling, PARTITION_PAUSE_MINORITY);
    plan_free(plan);
}

static void a_detector_waits_as_long_as_said_or_for_ever(void **state)
{
    (void)state;
    struct plan *plan = loaded("cluster: {nodes: 2, detector: {kind: heartbeat, timeout: 700ms}, partition-handling: "
                               "ignore, client-detector: {timeout: never}}\nqueues: {orders: {}}\n" CLIENTS);
    assert_int_equal(plan->detector_ns, 700 * NS_PER_MS);
    assert_int_equal(plan->client_detector_ns, 0);
    assert_int_equal(plan->partition_handling, PARTITION_IGNORE);
    plan_free(plan);
}

static void a_replicated_queue_lies_on_all_nodes_and_is_safe(void **state)
{
    (void)state;
    struct plan *plan = with_queue("replication: passive");
    const struct plan_queue *queue = &plan->queues[0];
    assert_int_equal(queue->replication, REPLICATION_PASSIVE);
    assert_int_equal(queue->replicas, 7);
    assert_int_equal(queue->confirm_after, CONFIRM_AFTER_ALL);
    assert_int_equal(queue->ship_every_ns + queue->ship_delay_ns, 0);
    assert_true(queue->catch_up);
    plan_free(plan);
}

static void queues_take_turns_over_the_nodes(void **state)
{
    (void)state;
    struct plan *plan = loaded("cluster: {nodes: 3}\nqueues: {orders: {}, bills: {replication: passive, replicas: 2}, "
                               "notes: {replication: active, replicas: 2}, more: {}}\n" CLIENTS);
    assert_int_equal(plan->queues[0].first, 0);
    assert_int_equal(plan->queues[0].replicas, 1);
    assert_int_equal(plan->queues[1].first, 1);
    assert_int_equal(plan->queues[1].replicas, 6);
    assert_int_equal(plan->queues[2].first, 2);
    assert_int_equal(plan->queues[2].replicas, 5);
    assert_int_equal(plan->queues[3].first, 0);
    plan_free(plan);
}

static void a_passive_queue_says_who_has_a_message_before_its_confirm(void **state)
{
    (void)state;
    static const char *const words[] = {"primary", "one", "all"};
    for (uint8_t after = CONFIRM_AFTER_PRIMARY; after <= CONFIRM_AFTER_ALL; after++) {
        char *queue = g_strdup_printf("replication: passive, confirm-after: %s", words[after]);
        struct plan *plan = with_queue(queue);
        assert_int_equal(plan->queues[0].confirm_after, after);
        plan_free(plan);
        g_free(queue);
    }
}

static void an_active_queue_counts_confirms_at_the_producer(void **state)
{
    (void)state;
    static const struct {
        const char *queue;
        uint32_t acks_needed;
    } cases[] = {
        {"replication: active", 0},
        {"replication: active, confirm-after: all", 0},
        {"replication: active, confirm-after: one", 1},
        {"replication: active, confirm-after: majority", 2},
        {"replication: active, confirm-after: majority, replicas: 2", 2},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct plan *plan = with_queue(cases[i].queue);
        assert_int_equal(plan->queues[0].replication, REPLICATION_ACTIVE);
        assert_int_equal(plan->queues[0].acks_needed, cases[i].acks_needed);
        assert_false(plan->queues[0].catch_up);
        plan_free(plan);
    }
}

static void backups_are_told_in_batches_or_late(void **state)
{
    (void)state;
    struct plan *plan = with_queue("replication: passive, ship: {every: 100ms}, catch-up: false");
    assert_int_equal(plan->queues[0].ship_every_ns, 100 * NS_PER_MS);
    assert_false(plan->queues[0].catch_up);
    plan_free(plan);
    plan = with_queue("replication: passive, ship: {delay: 3ms}, recovery: passive");
    assert_int_equal(plan->queues[0].ship_delay_ns, 3 * NS_PER_MS);
    plan_free(plan);
}

/* ---- faults ---- */

static void selectors_name_the_replicas_of_a_queue(void **state)
{
    (void)state;
    static const struct {
        const char *said;
        uint8_t kind;
        uint32_t count;
    } cases[] = {
        {"primary of bills", SELECT_PRIMARY, 0},         {"leader of bills", SELECT_PRIMARY, 0},
        {"backups of bills", SELECT_BACKUPS, 0},         {"all followers of bills", SELECT_BACKUPS, 0},
        {"random backups of bills", SELECT_BACKUPS, 1},  {"2 random followers of bills", SELECT_BACKUPS, 2},
        {"1 backups of bills", SELECT_BACKUPS, 1},       {"replicas of bills", SELECT_REPLICAS, 0},
        {"3 replicas of \"bills\"", SELECT_REPLICAS, 3}, {"minority of bills", SELECT_REPLICAS, 1},
        {"majority of bills", SELECT_REPLICAS, 2},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *fault = g_strdup_printf("crash: %s", cases[i].said);
        struct plan *plan = with_fault(fault);
        assert_int_equal(plan->faults[0].target.kind, cases[i].kind);
        assert_int_equal(plan->faults[0].target.count, cases[i].count);
        assert_int_equal(plan->faults[0].target.queue, 1);
        plan_free(plan);
        g_free(fault);
    }
}

static void a_crash_may_lose_the_disk(void **state)
{
    (void)state;
    struct plan *plan = with_fault("crash: n2, disk: wipe, restart: 1s");
    assert_true(plan->faults[0].wipe);
    assert_false(plan->faults[0].power);
    plan_free(plan);
}

static void a_consumer_crashes_and_stalls(void **state)
{
    (void)state;
    struct plan *plan = with_fault("crash: consumer worker 2, restart: 1s");
    assert_int_equal(plan->faults[0].kind, FAULT_CRASH);
    assert_int_equal(plan->faults[0].target.member, 2);
    plan_free(plan);
    plan = with_fault("stall: consumer worker, for: 3s");
    assert_int_equal(plan->faults[0].kind, FAULT_STALL);
    assert_int_equal(plan->faults[0].length.a, 3 * NS_PER_S);
    plan_free(plan);
}

static void a_partition_has_groups_of_nodes_and_clients(void **state)
{
    (void)state;
    struct plan *plan = with_fault("partition: [[n1, producer web 2, n3], n2, [backups of orders]], for: 2s");
    const struct plan_fault *fault = &plan->faults[0];
    assert_int_equal(fault->group_count, 3);
    assert_int_equal(fault->groups[0].count, 2);
    assert_int_equal(fault->groups[0].members[0].nodes, 5);
    assert_int_equal(fault->groups[0].members[1].kind, SELECT_PRODUCER);
    assert_int_equal(fault->groups[0].members[1].member, 2);
    assert_int_equal(fault->groups[1].members[0].nodes, 2);
    assert_int_equal(fault->groups[2].members[0].kind, SELECT_BACKUPS);
    assert_true(fault->ends);
    plan_free(plan);
}

static void a_degraded_link_is_slower_by_or_as_slow_as_said(void **state)
{
    (void)state;
    struct plan *plan = with_fault("degrade: n1 -> primary of orders, latency: +40ms");
    assert_int_equal(plan->faults[0].kind, FAULT_DEGRADE);
    assert_true(plan->faults[0].one_way);
    assert_true(plan->faults[0].latency_given);
    assert_true(plan->faults[0].latency_adds);
    assert_int_equal(plan->faults[0].latency.a, 40 * NS_PER_MS);
    assert_int_equal(plan->faults[0].loss_ppm, 0);
    plan_free(plan);
    plan = with_fault("degrade: n1 <-> all, latency: uniform(1ms..2ms), loss: 5%");
    assert_false(plan->faults[0].one_way);
    assert_false(plan->faults[0].latency_adds);
    assert_int_equal(plan->faults[0].latency.kind, VARIATE_UNIFORM);
    assert_int_equal(plan->faults[0].loss_ppm, 50000);
    assert_int_equal(plan->faults[0].other.kind, SELECT_ALL_NODES);
    plan_free(plan);
    plan = with_fault("degrade: n1 <-> n2, loss: 5%");
    assert_false(plan->faults[0].latency_given);
    plan_free(plan);
}

static void nodes_may_be_isolated(void **state)
{
    (void)state;
    struct plan *plan = with_fault("isolate: random, for: 1s");
    assert_int_equal(plan->faults[0].kind, FAULT_ISOLATE);
    assert_int_equal(plan->faults[0].target.kind, SELECT_RANDOM_NODES);
    plan_free(plan);
}

static void a_check_bounds_its_suspicions(void **state)
{
    (void)state;
    struct plan *plan = loaded(THREE "check: {suspicions: 2}\n");
    assert_int_equal(plan->check.suspicions, 2);
    plan_free(plan);
    plan = loaded(THREE "check: {}\n");
    assert_int_equal(plan->check.suspicions, 0);
    plan_free(plan);
}

static void a_check_may_let_the_detectors_tick(void **state)
{
    (void)state;
    struct plan *plan = loaded(THREE "check: {ticks: 4}\n");
    assert_int_equal(plan->check.ticks, 4);
    plan_free(plan);
    plan = loaded(THREE "check: {}\n");
    assert_int_equal(plan->check.ticks, 0);
    plan_free(plan);
}

static void nobody_ticks_where_no_nodes_talk_or_no_detector_watches(void **state)
{
    (void)state;
    assert_problems("queues: {q: {}}\nproducers: {p: {queue: q, rate: 1/s}}\ncheck: {ticks: 1}\n",
                    "3:16: 'ticks' are beats and looks of detectors between nodes: it needs a passively replicated "
                    "queue and cluster.detector\n");
    assert_problems("cluster: {nodes: 3, detector: {timeout: never}}\nqueues: {q: {replication: passive}}\n"
                    "producers: {p: {queue: q, rate: 1/s}}\ncheck: {ticks: 1}\n",
                    "4:16: 'ticks' are beats and looks of detectors between nodes: it needs a passively replicated "
                    "queue and cluster.detector\n");
}

static void nodes_connect_again_as_often_as_they_like_unless_a_check_bounds_it(void **state)
{
    (void)state;
    struct plan *plan = loaded(THREE "check: {}\n");
    assert_false(plan->check.reconnects_bounded);
    plan_free(plan);
    plan = loaded(THREE "check: {reconnects: unlimited}\n");
    assert_false(plan->check.reconnects_bounded);
    plan_free(plan);
    plan = loaded(THREE "check: {reconnects: 0}\n");
    assert_true(plan->check.reconnects_bounded);
    assert_int_equal(plan->check.reconnects, 0);
    plan_free(plan);
    assert_problems(THREE "check: {reconnects: 101}\n", "5:21: 'reconnects' is unlimited, or at most 100\n");
}

static void interleaving_begins_at_the_first_boot_unless_said_otherwise(void **state)
{
    (void)state;
    struct plan *plan = loaded(THREE "check: {from: settled}\n");
    assert_true(plan->check.settled);
    plan_free(plan);
    plan = loaded(THREE "check: {}\n");
    assert_false(plan->check.settled);
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_count_names_the_nodes),
        cmocka_unit_test(detectors_wait_for_seconds_and_pause_minority_is_the_default),
        cmocka_unit_test(a_detector_waits_as_long_as_said_or_for_ever),
        cmocka_unit_test(a_replicated_queue_lies_on_all_nodes_and_is_safe),
        cmocka_unit_test(queues_take_turns_over_the_nodes),
        cmocka_unit_test(a_passive_queue_says_who_has_a_message_before_its_confirm),
        cmocka_unit_test(an_active_queue_counts_confirms_at_the_producer),
        cmocka_unit_test(backups_are_told_in_batches_or_late),
        cmocka_unit_test(selectors_name_the_replicas_of_a_queue),
        cmocka_unit_test(a_crash_may_lose_the_disk),
        cmocka_unit_test(a_consumer_crashes_and_stalls),
        cmocka_unit_test(a_partition_has_groups_of_nodes_and_clients),
        cmocka_unit_test(a_degraded_link_is_slower_by_or_as_slow_as_said),
        cmocka_unit_test(nodes_may_be_isolated),
        cmocka_unit_test(a_check_bounds_its_suspicions),
        cmocka_unit_test(a_check_may_let_the_detectors_tick),
        cmocka_unit_test(nobody_ticks_where_no_nodes_talk_or_no_detector_watches),
        cmocka_unit_test(nodes_connect_again_as_often_as_they_like_unless_a_check_bounds_it),
        cmocka_unit_test(interleaving_begins_at_the_first_boot_unless_said_otherwise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
