#include "models/base/units.h"
#include "models/broker/broker.h"
#include "tests/sim_plan/loaded.h"

#define SHOP                                                                                                           \
    "duration: 10s\n"                                                                                                  \
    "queues: {orders: {fsync: each}, orders.eu: {}}\n"                                                                 \
    "producers: {web-shop: {queue: orders, rate: 200/s}}\n"                                                            \
    "consumers: {worker: {queue: orders}}\n"                                                                           \
    "faults:\n"                                                                                                        \
    "  - {name: kill, at: 2s, crash: n1, restart: 1s}\n"                                                               \
    "  - {at: 5s, pause: n1, for: 1s}\n"                                                                               \
    "expect: {max-outage: < 5s}\n"

static struct plan *shop_with(const char *set)
{
    const char *const sets[] = {set, NULL};
    return loaded_with(SHOP, sets);
}

static void refused(const char *set, const char *expected)
{
    const char *const sets[] = {set, NULL};
    assert_problems_with(SHOP, sets, expected);
}

static void a_value_of_the_file_is_replaced(void **state)
{
    (void)state;
    struct plan *plan = shop_with("duration=20s");
    assert_int_equal(plan->duration_ns, 20 * NS_PER_S);
    plan_free(plan);
}

static void what_the_file_does_not_mention_is_added(void **state)
{
    (void)state;
    struct plan *plan = shop_with("producers.web-shop.retry.timeout=3s");
    assert_int_equal(plan->producers[0].retry_timeout_ns, 3 * NS_PER_S);
    plan_free(plan);
    plan = shop_with("cluster.disk.fsync=exponential(1ms)");
    assert_int_equal(plan->disk_fsync.kind, VARIATE_EXPONENTIAL);
    plan_free(plan);
}

static void dashes_and_underscores_are_equal(void **state)
{
    (void)state;
    struct plan *plan = shop_with("producers.web_shop.max_in_flight=7");
    assert_int_equal(plan->producers[0].in_flight_max, 7);
    plan_free(plan);
}

static void a_name_with_a_dot_stands_in_quotes(void **state)
{
    (void)state;
    struct plan *plan = shop_with("queues.\"orders.eu\".durable=false");
    assert_true(plan->queues[0].durable);
    assert_false(plan->queues[1].durable);
    plan_free(plan);
}

static void a_fault_is_found_by_its_name(void **state)
{
    (void)state;
    struct plan *plan = shop_with("faults.kill.restart=3s");
    assert_int_equal(plan->faults[0].length.a, 3 * NS_PER_S);
    assert_int_equal(plan->faults[1].length.a, NS_PER_S);
    plan_free(plan);
    plan = shop_with("faults.pause2.for=4s");
    assert_int_equal(plan->faults[1].length.a, 4 * NS_PER_S);
    plan_free(plan);
}

static void a_word_gives_way_to_a_mapping(void **state)
{
    (void)state;
    struct plan *plan = shop_with("queues.orders.fsync.group=5ms");
    assert_int_equal(plan->queues[0].fsync, FSYNC_GROUP);
    assert_int_equal(plan->queues[0].fsync_interval_ns, 5 * NS_PER_MS);
    plan_free(plan);
}

static void a_value_may_be_a_whole_mapping_or_list(void **state)
{
    (void)state;
    struct plan *plan = shop_with("consumers={a: {queue: orders}, b: {queue: orders.eu}}");
    assert_int_equal(plan->consumer_count, 2);
    plan_free(plan);
    plan = shop_with("faults=[{at: 1s, disconnect: n1}]");
    assert_int_equal(plan->fault_count, 1);
    plan_free(plan);
    plan = shop_with("queues.new={durable: false}");
    assert_int_equal(plan->queue_count, 3);
    plan_free(plan);
}

static void an_expectation_is_replaced_however_it_is_spelt(void **state)
{
    (void)state;
    struct plan *plan = shop_with("expect.max_outage=< 9s");
    assert_int_equal(plan->expectation_count, 1);
    assert_true(plan->expectations[0].low == 9);
    plan_free(plan);
    plan = shop_with("expect.confirm.p99=< 1ms");
    assert_int_equal(plan->expectation_count, 2);
    assert_string_equal(plan->expectations[1].path, "latency.confirm.p99");
    plan_free(plan);
}

static void an_expectation_of_a_list_is_added(void **state)
{
    (void)state;
    struct plan *plan = shop_with("expect.all failover.elected=< 2s");
    assert_int_equal(plan->expectation_count, 2);
    assert_int_equal(plan->expectations[1].list, EXPECT_ALL);
    assert_string_equal(plan->expectations[1].path, "failover.elected");
    plan_free(plan);
}

static void the_last_of_several_wins(void **state)
{
    (void)state;
    const char *const sets[] = {"duration=20s", "duration=30s", NULL};
    struct plan *plan = loaded_with(SHOP, sets);
    assert_int_equal(plan->duration_ns, 30 * NS_PER_S);
    plan_free(plan);
}

static void a_wrong_path_is_told_with_its_column(void **state)
{
    (void)state;
    refused("duratoin=5s", "--set:1:1: unknown key 'duratoin', did you mean 'duration'?\n");
    refused("producers.web-shop.rte=5/s", "--set:1:20: unknown key 'rte', did you mean 'rate'?\n");
    refused("producers.wep-shop.rate=5/s",
            "--set:1:11: there is no 'wep-shop' in producers, did you mean 'web-shop'?\n");
    refused("faults.killer.restart=5s", "--set:1:8: there is no 'killer' in faults\n");
    refused("duration.x=5s", "--set:1:10: 'duration' is one value: nothing lies under it\n");
    refused("queues.orders.ttl=5s", "--set:1:15: 'ttl' is not supported yet\n");
    refused("queues..ttl=5s",
            "--set:1:8: a name was expected here; one with other characters than letters, digits, '_' and "
            "'-' stands in double quotes\n");
    refused("queues.\"orders.ttl", "--set:1:1: PATH=VALUE was expected: there is no '='\n");
    refused("duration", "--set:1:1: PATH=VALUE was expected: there is no '='\n");
}

static void a_wrong_value_is_told_with_its_column(void **state)
{
    (void)state;
    refused("duration=5", "--set:1:10: a duration needs a unit: write 5s, 5ms or 5us\n");
    refused("duration=", "--set:1:10: no value after the '='\n");
    refused("duration={", "--set:1:11: not YAML: while parsing a flow node, did not find expected node content\n");
    refused("consumers={a: {queue: bills}}", "--set:1:23: there is no queue 'bills'\n");
    refused("expect.lost=>1",
            "--set:1:13: '>' and '|' start a folded text in YAML, which only 'description' may be: write \"> 1\" in "
            "quotes, or 'more than 1'\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_of_the_file_is_replaced),
        cmocka_unit_test(what_the_file_does_not_mention_is_added),
        cmocka_unit_test(dashes_and_underscores_are_equal),
        cmocka_unit_test(a_name_with_a_dot_stands_in_quotes),
        cmocka_unit_test(a_fault_is_found_by_its_name),
        cmocka_unit_test(a_word_gives_way_to_a_mapping),
        cmocka_unit_test(a_value_may_be_a_whole_mapping_or_list),
        cmocka_unit_test(an_expectation_is_replaced_however_it_is_spelt),
        cmocka_unit_test(an_expectation_of_a_list_is_added),
        cmocka_unit_test(the_last_of_several_wins),
        cmocka_unit_test(a_wrong_path_is_told_with_its_column),
        cmocka_unit_test(a_wrong_value_is_told_with_its_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
