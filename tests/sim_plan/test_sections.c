/* What clients, faults and expectations of a file become in the plan. */
#include "models/base/units.h"
#include "models/broker/broker.h"
#include "tests/sim_plan/loaded.h"

#define QUEUES "queues: {orders: {}, bills: {fsync: group}}\n"
#define CLIENTS                                                                                                        \
    "producers: {web: {queue: orders, rate: 200/s, count: 3}}\n"                                                       \
    "consumers: {worker: {queue: bills, count: 2}}\n"

static struct plan *with_faults(const char *faults)
{
    char *text = g_strconcat(QUEUES CLIENTS "faults:\n", faults, NULL);
    struct plan *plan = loaded(text);
    g_free(text);
    return plan;
}

static struct plan *with_expectation(const char *expectation)
{
    char *text = g_strdup_printf(QUEUES CLIENTS "expect:\n  %s\n", expectation);
    struct plan *plan = loaded(text);
    assert_int_equal(plan->expectation_count, 1);
    g_free(text);
    return plan;
}

static void a_rate_is_a_poisson_process(void **state)
{
    (void)state;
    struct plan *plan = loaded(QUEUES CLIENTS);
    assert_int_equal(plan->producers[0].arrivals, ARRIVALS_POISSON);
    assert_int_equal(plan->producers[0].interval.kind, VARIATE_EXPONENTIAL);
    assert_int_equal(plan->producers[0].interval.a, 5 * NS_PER_MS);
    plan_free(plan);
}

static void a_trace_brings_times_and_sizes(void **state)
{
    (void)state;
    struct plan *plan = loaded(QUEUES "producers: {web: {queue: orders, arrivals: arrivals.csv}}\n");
    const struct plan_producer *producer = &plan->producers[0];
    assert_int_equal(producer->arrivals, ARRIVALS_TRACE);
    assert_int_equal(producer->trace_count, 3);
    assert_int_equal(producer->trace_ns[1], 5913000);
    assert_int_equal(producer->trace_ns[2], 5913457);
    assert_int_equal(producer->trace_size[1], 300);
    plan_free(plan);
}

static void an_empirical_distribution_is_sorted_and_shared(void **state)
{
    (void)state;
    struct plan *plan =
        loaded("network: {latency: empirical(service.csv)}\ncluster: {cpu: empirical(service.csv)}\n" SMALLEST);
    assert_int_equal(plan->latency.kind, VARIATE_EMPIRICAL);
    assert_int_equal(plan->latency.count, 3);
    assert_int_equal(plan->latency.table[0], 250 * NS_PER_US);
    assert_int_equal(plan->latency.table[2], 7 * NS_PER_MS);
    assert_ptr_equal(plan->latency.table, plan->cpu.table);
    plan_free(plan);
}

static void a_closed_loop_bounds_what_is_in_flight(void **state)
{
    (void)state;
    struct plan *plan = loaded(QUEUES "producers: {web: {queue: orders, closed-loop: {in-flight: 16}}}\n");
    assert_int_equal(plan->producers[0].arrivals, ARRIVALS_CLOSED_LOOP);
    assert_int_equal(plan->producers[0].in_flight_max, 16);
    plan_free(plan);
}

static void group_alone_waits_a_millisecond(void **state)
{
    (void)state;
    struct plan *plan = loaded(QUEUES CLIENTS);
    assert_int_equal(plan->queues[1].fsync, FSYNC_GROUP);
    assert_int_equal(plan->queues[1].fsync_interval_ns, NS_PER_MS);
    assert_int_equal(plan->consumers[0].queue, 1);
    plan_free(plan);
}

static void a_consumer_that_dedupes_remembers_enough_unless_it_says_how_much(void **state)
{
    (void)state;
    static const struct {
        const char *said;
        uint32_t window;
    } cases[] = {{"", 0}, {", dedupe: {}", 100000}, {", dedupe: {window: 7}", 7}, {", dedupe: {window: 0}", 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *text = g_strdup_printf(SMALLEST "consumers: {worker: {queue: orders%s}}\n", cases[i].said);
        struct plan *plan = loaded(text);
        assert_int_equal(plan->consumers[0].dedupe_window, cases[i].window);
        plan_free(plan);
        g_free(text);
    }
}

static void a_crash_says_what_dies_and_when_it_returns(void **state)
{
    (void)state;
    struct plan *plan = with_faults("  - {at: 10s, crash: n1, kind: power, restart: uniform(1s..2s)}\n"
                                    "  - {at: 20s, crash: all, in-flight: lost}\n");
    const struct plan_fault *fault = plan->faults;
    assert_int_equal(fault->kind, FAULT_CRASH);
    assert_true(fault->power);
    assert_true(fault->ends);
    assert_int_equal(fault->length.kind, VARIATE_UNIFORM);
    assert_int_equal(fault->target.kind, SELECT_NODES);
    assert_int_equal(fault->target.nodes, 1);
    assert_string_equal(fault->name, "crash1");
    assert_int_equal(fault->place.line, 5);
    assert_int_equal(fault->place.column, 5);
    assert_false(fault[1].ends);
    assert_int_equal(fault[1].in_flight, IN_FLIGHT_LOST);
    assert_int_equal(fault[1].target.kind, SELECT_ALL_NODES);
    plan_free(plan);
}

static void a_recurring_fault_lasts_to_the_end_of_the_load_phase(void **state)
{
    (void)state;
    struct plan *plan = with_faults("  - {every: exponential(5s), pause: n1, for: 100ms}\n"
                                    "  - {every: 5s, from: 10s, until: 60s, disconnect: n1}\n");
    assert_true(plan->faults[0].recurring);
    assert_int_equal(plan->faults[0].from_ns, 0);
    assert_int_equal(plan->faults[0].until_ns, 60 * NS_PER_S);
    assert_int_equal(plan->faults[1].from_ns, 10 * NS_PER_S);
    plan_free(plan);
}

static void selectors_name_nodes_and_clients(void **state)
{
    (void)state;
    struct plan *plan =
        with_faults("  - {at: 1s, disconnect: producer web}\n  - {at: 1s, disconnect: consumer worker 2}\n"
                    "  - {at: 1s, disconnect: 1 random}\n  - {at: 1s, disconnect: [n1]}\n");
    assert_int_equal(plan->faults[0].target.kind, SELECT_PRODUCER);
    assert_int_equal(plan->faults[0].target.member, 0);
    assert_int_equal(plan->faults[1].target.kind, SELECT_CONSUMER);
    assert_int_equal(plan->faults[1].target.member, 2);
    assert_int_equal(plan->faults[2].target.kind, SELECT_RANDOM_NODES);
    assert_int_equal(plan->faults[2].target.count, 1);
    assert_int_equal(plan->faults[3].target.kind, SELECT_NODES);
    plan_free(plan);
}

static void a_link_has_two_ends_and_perhaps_one_way(void **state)
{
    (void)state;
    struct plan *plan =
        with_faults("  - {at: 1s, cut: n1 <-> producer web 2, for: 1s}\n  - {at: 1s, cut: consumer worker -> n1}\n");
    assert_false(plan->faults[0].one_way);
    assert_int_equal(plan->faults[0].target.kind, SELECT_NODES);
    assert_int_equal(plan->faults[0].other.kind, SELECT_PRODUCER);
    assert_int_equal(plan->faults[0].other.member, 2);
    assert_true(plan->faults[1].one_way);
    assert_int_equal(plan->faults[1].target.kind, SELECT_CONSUMER);
    assert_false(plan->faults[1].ends);
    plan_free(plan);
}

static void short_names_stand_for_paths(void **state)
{
    (void)state;
    static const struct {
        const char *said, *path, *text;
    } cases[] = {
        {"lost: 0", "messages.lost", "lost = 0"},
        {"availability: at least 99.9%", "availability.publish.requests", "availability at least 99.9%"},
        {"max-outage: < 5s", "availability.publish.max_outage", "max-outage < 5s"},
        {"max_outage: < 5s", "availability.publish.max_outage", "max_outage < 5s"},
        {"confirm.p99: < 200ms", "latency.confirm.p99", "confirm.p99 < 200ms"},
        {"latency.confirm-during-faults.max: 1s..2s", "latency.confirm_during_faults.max",
         "latency.confirm-during-faults.max = 1s..2s"},
        {"availability.delivery.windowed.1m: above 0.5", "availability.delivery.windowed.1m",
         "availability.delivery.windowed.1m above 0.5"},
        {"queues.\"orders\".length-max: < 5", "queues.orders.length_max", "queues.\"orders\".length-max < 5"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct plan *plan = with_expectation(cases[i].said);
        assert_string_equal(plan->expectations[0].path, cases[i].path);
        assert_string_equal(plan->expectations[0].text, cases[i].text);
        plan_free(plan);
    }
}

static void conditions_are_numbers_as_in_the_result(void **state)
{
    (void)state;
    static const struct {
        const char *said;
        enum plan_condition condition;
        double low, high;
    } cases[] = {
        {"lost: 0", CONDITION_EQUAL, 0, 0},
        {"lost: more than 2", CONDITION_MORE, 2, 0},
        {"lost: '> 2'", CONDITION_MORE, 2, 0},
        {"lost: at most 5", CONDITION_AT_MOST, 5, 0},
        {"lost: '>= 5'", CONDITION_AT_LEAST, 5, 0},
        {"lost: = 5", CONDITION_EQUAL, 5, 0},
        {"lost: less than 5", CONDITION_LESS, 5, 0},
        {"lost: above 5", CONDITION_MORE, 5, 0},
        {"lost: 2..3", CONDITION_BETWEEN, 2, 3},
        {"lost: 8 +- 2", CONDITION_NEAR, 8, 2},
        {"availability: at least 99.9%", CONDITION_AT_LEAST, 0.999, 0},
        {"availability: below 0.5", CONDITION_LESS, 0.5, 0},
        {"confirm.p99: <= 1.5ms", CONDITION_AT_MOST, 0.0015, 0},
        {"confirm.p99: 1ms..2s", CONDITION_BETWEEN, 0.001, 2},
        {"confirm.p99: 2s +- 500ms", CONDITION_NEAR, 2, 0.5},
        {"confirm.p99: 2 +- 25%", CONDITION_NEAR, 2, 0.5},
        {"throughput.offered: 200 +- 1.5", CONDITION_NEAR, 200, 1.5},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct plan *plan = with_expectation(cases[i].said);
        assert_int_equal(plan->expectations[0].condition, cases[i].condition);
        assert_true(plan->expectations[0].low == cases[i].low);
        assert_true(plan->expectations[0].high == cases[i].high);
        plan_free(plan);
    }
}

static void a_mapping_judges_every_run_or_their_mean(void **state)
{
    (void)state;
    struct plan *plan = with_expectation("latency.completion.mean: {mean: 2 +- 1%}");
    assert_int_equal(plan->expectations[0].over, EXPECT_MEAN);
    assert_string_equal(plan->expectations[0].text, "latency.completion.mean = 2 +- 1%, mean over runs");
    plan_free(plan);
    plan = with_expectation("lost: {every-run: 0}");
    assert_int_equal(plan->expectations[0].over, EXPECT_EVERY_RUN);
    plan_free(plan);
}

static void a_word_says_which_entries_of_a_list_are_judged(void **state)
{
    (void)state;
    static const struct {
        const char *said, *path, *text;
        enum plan_expect_list list;
        double low;
    } cases[] = {
        {"all failover.recovery: < 5s", "failover.recovery", "all failover.recovery < 5s", EXPECT_ALL, 5},
        {"any failover.first-confirm: < 5ms", "failover.first_confirm", "any failover.first-confirm < 5ms", EXPECT_ANY,
         0.005},
        {"count failover: 2", "failover", "count failover = 2", EXPECT_COUNT, 2},
        {"count failover.elected: 2", "failover.elected", "count failover.elected = 2", EXPECT_COUNT, 2},
        {"count availability.publish.outages: at most 1", "availability.publish.outages",
         "count availability.publish.outages at most 1", EXPECT_COUNT, 1},
        {"lost: 3", "messages.lost", "lost = 3", EXPECT_VALUE, 3},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct plan *plan = with_expectation(cases[i].said);
        assert_string_equal(plan->expectations[0].path, cases[i].path);
        assert_string_equal(plan->expectations[0].text, cases[i].text);
        assert_int_equal(plan->expectations[0].list, cases[i].list);
        assert_true(plan->expectations[0].low == cases[i].low);
        plan_free(plan);
    }
}

static void a_cluster_is_judged_by_its_elections_and_copies(void **state)
{
    (void)state;
    static const char *const said[] = {"queues.orders.divergent_messages: 0", "queues.orders.in-sync-min: at least 2",
                                       "queues.orders.leader_changes: 1",     "two-primaries: 0s",
                                       "elections.held: at most 2",           "detector.mistakes: 0",
                                       "detector.detection_time.max: < 5s",   "cost.heartbeat_share: below 5%"};
    for (size_t i = 0; i < G_N_ELEMENTS(said); i++)
        plan_free(with_expectation(said[i]));
}

static void a_check_names_its_properties_and_budget(void **state)
{
    (void)state;
    struct plan *plan = loaded(SMALLEST "check: {messages: 3, states: 20000000, properties: [durability, fifo]}\n");
    assert_int_equal(plan->check.messages, 3);
    assert_int_equal(plan->check.states_max_millions, 20);
    assert_int_equal(plan->check.properties, 1 << 0 | 1 << 2);
    plan_free(plan);
}

static void a_check_may_be_of_the_nodes_alone(void **state)
{
    (void)state;
    struct plan *plan = loaded("cluster: {nodes: 3}\n"
                               "queues: {orders: {replication: passive, replicas: 3}}\n"
                               "producers: {web: {queue: orders, rate: 200/s}}\n"
                               "check: {messages: 0}\n");
    assert_true(plan->check.given);
    assert_int_equal(plan->check.messages, 0);
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rate_is_a_poisson_process),
        cmocka_unit_test(a_trace_brings_times_and_sizes),
        cmocka_unit_test(an_empirical_distribution_is_sorted_and_shared),
        cmocka_unit_test(a_closed_loop_bounds_what_is_in_flight),
        cmocka_unit_test(group_alone_waits_a_millisecond),
        cmocka_unit_test(a_consumer_that_dedupes_remembers_enough_unless_it_says_how_much),
        cmocka_unit_test(a_crash_says_what_dies_and_when_it_returns),
        cmocka_unit_test(a_recurring_fault_lasts_to_the_end_of_the_load_phase),
        cmocka_unit_test(selectors_name_nodes_and_clients),
        cmocka_unit_test(a_link_has_two_ends_and_perhaps_one_way),
        cmocka_unit_test(short_names_stand_for_paths),
        cmocka_unit_test(conditions_are_numbers_as_in_the_result),
        cmocka_unit_test(a_mapping_judges_every_run_or_their_mean),
        cmocka_unit_test(a_word_says_which_entries_of_a_list_are_judged),
        cmocka_unit_test(a_cluster_is_judged_by_its_elections_and_copies),
        cmocka_unit_test(a_check_names_its_properties_and_budget),
        cmocka_unit_test(a_check_may_be_of_the_nodes_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
