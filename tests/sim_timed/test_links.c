/* Faults of links and of consumers in a cluster: who is cut off from whom, what a degraded link costs, a consumer that
 * holds its messages, a primary that is paused. Three nodes whose queue is replicated, so that they speak to one
 * another. */
#include "sim/timed/timed_state.h"
#include "tests/sim_timed/runs.h"

static int cluster(void **state)
{
    struct run *run = run_new();
    small_plan_cluster(&run->small, 3);
    run->small.plan.duration_ns = 60 * S;
    run->small.producers[0].retry_timeout_ns = 0;
    SENDS_AT(run, 0, 59 * S);
    *state = run;
    return 0;
}

#define IN_A_CLUSTER(test) cmocka_unit_test_setup_teardown(test, cluster, run_drop)

static struct plan_selector nodes(uint64_t bits)
{
    return (struct plan_selector){.kind = SELECT_NODES, .nodes = bits};
}

/* Which directions between actors are cut now, as a set of pairs "from to" in actors' numbers. */
static bool is_cut(const struct run *run, uint32_t from, uint32_t to)
{
    uint32_t connection = shape_connection_between(run->shape, from, to, 0);
    return lane_of(run->timed, connection, shape_end_of(run->shape, connection, to))->cuts > 0;
}

static void a_partition_cuts_its_groups_from_each_other_and_nobody_else(void **state)
{
    struct run *run = *state;
    struct plan_fault *fault = small_plan_fault(&run->small, FAULT_PARTITION, 10 * S, 5 * S);
    struct plan_selector one = nodes(1), others = nodes(6);
    struct plan_group groups[] = {{.members = &one, .count = 1}, {.members = &others, .count = 1}};
    fault->groups = groups;
    fault->group_count = 2;
    run_until(run, 12 * S);
    assert_true(is_cut(run, 0, 1) && is_cut(run, 1, 0) && is_cut(run, 0, 2) && is_cut(run, 2, 0));
    assert_false(is_cut(run, 1, 2) || is_cut(run, 2, 1));
    assert_false(is_cut(run, 3, 0) || is_cut(run, 3, 1)); /* the producer is in no group */
    run_until(run, 16 * S);
    assert_false(is_cut(run, 0, 1) || is_cut(run, 2, 0));
    assert_int_equal(times_told(run, HISTORY_FAULT_ENDS, 0), times_told(run, HISTORY_FAULT_BEGINS, 0));
}

static void who_is_isolated_is_cut_from_everybody(void **state)
{
    struct run *run = *state;
    small_plan_fault(&run->small, FAULT_ISOLATE, 10 * S, 5 * S)->target = nodes(2);
    run_until(run, 12 * S);
    assert_true(is_cut(run, 1, 0) && is_cut(run, 2, 1) && is_cut(run, 1, 3) && is_cut(run, 3, 1));
    assert_false(is_cut(run, 0, 2) || is_cut(run, 3, 0));
    run_until(run, 16 * S);
    assert_false(is_cut(run, 1, 0) || is_cut(run, 3, 1));
}

static void a_one_way_cut_lets_the_other_direction_pass(void **state)
{
    struct run *run = *state;
    struct plan_fault *fault = small_plan_fault(&run->small, FAULT_CUT, 10 * S, 5 * S);
    fault->target = nodes(1);
    fault->other = nodes(4);
    fault->one_way = true;
    run_until(run, 12 * S);
    assert_true(is_cut(run, 0, 2));
    assert_false(is_cut(run, 2, 0) || is_cut(run, 0, 1));
}

static struct plan_fault *slow_producer(struct run *run, int64_t latency_ns)
{
    struct plan_fault *fault = small_plan_fault(&run->small, FAULT_DEGRADE, 10 * S, 10 * S);
    fault->other = (struct plan_selector){.kind = SELECT_PRODUCER};
    fault->latency_given = true;
    fault->latency = variate_constant(latency_ns);
    return fault;
}

static void a_degraded_link_adds_to_the_latency_or_replaces_it(void **state)
{
    (void)state;
    for (int adds = 0; adds < 2; adds++) {
        struct run *run = run_new();
        run->small.plan.duration_ns = 60 * S;
        run->small.producers[0].retry_timeout_ns = 0;
        SENDS_AT(run, 0, 5 * S, 15 * S, 25 * S);
        slow_producer(run, 40 * MS)->latency_adds = adds;
        run_until(run, 30 * S);
        assert_int_equal(when(run, "deliver web.1 -> n1", 1), 5 * S + 220 * US);
        assert_int_equal(when(run, "deliver web.1 -> n1", 2), 15 * S + 40 * MS + (adds ? 220 : 20) * US);
        assert_int_equal(when(run, "deliver web.1 -> n1", 3), 25 * S + 220 * US);
        run_free(run);
    }
}

static void a_lossy_link_costs_retransmissions(void **state)
{
    (void)state;
    struct run *run = run_new();
    run->small.plan.duration_ns = 60 * S;
    run->small.producers[0].retry_timeout_ns = 0;
    SENDS_AT(run, 0, 15 * S);
    struct plan_fault *fault = small_plan_fault(&run->small, FAULT_DEGRADE, 10 * S, 40 * S);
    fault->other = (struct plan_selector){.kind = SELECT_PRODUCER};
    fault->loss_ppm = 999999;
    run_until(run, 16 * S);
    assert_int_equal(times(run, "deliver web.1 -> n1"), 0);
    run_free(run);
}

static void a_stalled_consumer_holds_its_messages_and_goes_on(void **state)
{
    (void)state;
    struct run *run = run_new();
    run->small.plan.consumer_count = 1;
    SENDS_AT(run, 0, 5 * S, 5 * S + 100 * MS);
    struct plan_fault *stall = small_plan_fault(&run->small, FAULT_STALL, 4 * S, 3 * S);
    stall->target = (struct plan_selector){.kind = SELECT_CONSUMER};
    run_until(run, 9 * S);
    assert_int_equal(when(run, "deliver n1 -> worker.1", 2), 5 * S + 100 * MS + 420 * US); /* prefetch goes on */
    assert_int_equal(when(run, "timer worker.1 service", 1), 7 * S);
    assert_int_equal(when(run, "timer worker.1 service", 2), 7 * S + MS);
    run_free(run);
}

static void a_crashed_consumer_comes_back_and_consumes_again(void **state)
{
    (void)state;
    struct run *run = run_new();
    run->small.plan.consumer_count = 1;
    SENDS_AT(run, 0, 5 * S);
    run->small.consumers[0].service = variate_constant(2 * S);
    struct plan_fault *crash = small_plan_fault(&run->small, FAULT_CRASH, 6 * S, S);
    crash->target = (struct plan_selector){.kind = SELECT_CONSUMER};
    run_until(run, 9 * S + 900 * MS);
    assert_int_equal(when(run, "crash worker.1", 1), 6 * S);
    assert_int_equal(when(run, "restart worker.1", 1), 7 * S);
    assert_int_equal(times(run, "deliver n1 -> worker.1") + times(run, "deliver n1 -> worker.1 #2"), 2);
    assert_int_equal(when(run, "timer worker.1 service", 1), 7 * S + 800 * US + 2 * S);
    run_free(run);
}

/* What was made before the pause leaves late, as soon as it can; nothing that comes after it does. */
static void after_a_pause_of_the_primary_each_operation_leaves_at_its_own_time_again(void **state)
{
    struct run *run = *state;
    run->small.queues[0].confirm_after = CONFIRM_AFTER_PRIMARY;
    run->small.queues[0].ship_delay_ns = 50 * MS;
    SENDS_AT(run, 0, 500 * MS, 520 * MS, 540 * MS, 610 * MS, 630 * MS);
    small_plan_fault(&run->small, FAULT_PAUSE, 545 * MS, 50 * MS)->target = nodes(1);
    run_until(run, 560 * MS);
    uint64_t before = times(run, "deliver n1 -> n2");
    run_until(run, 700 * MS);
    static const int64_t left_ns[] = {595 * MS, 595 * MS, 595 * MS, 660 * MS + 220 * US, 680 * MS + 220 * US};
    for (uint64_t i = 0; i < 5; i++)
        assert_int_equal(when(run, "deliver n1 -> n2", before + 1 + i), left_ns[i] + 200 * US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_CLUSTER(a_partition_cuts_its_groups_from_each_other_and_nobody_else),
        IN_A_CLUSTER(who_is_isolated_is_cut_from_everybody),
        IN_A_CLUSTER(a_one_way_cut_lets_the_other_direction_pass),
        cmocka_unit_test(a_degraded_link_adds_to_the_latency_or_replaces_it),
        cmocka_unit_test(a_lossy_link_costs_retransmissions),
        cmocka_unit_test(a_stalled_consumer_holds_its_messages_and_goes_on),
        cmocka_unit_test(a_crashed_consumer_comes_back_and_consumes_again),
        IN_A_CLUSTER(after_a_pause_of_the_primary_each_operation_leaves_at_its_own_time_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
