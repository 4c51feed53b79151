#include "models/base/units.h"
#include "models/broker/broker.h"
#include "models/oracle/oracle.h"
#include "sim/plan/keys.h"
#include "tests/sim_plan/loaded.h"

#define SMALL SMALLEST "consumers: {worker: {queue: orders}}\n"

static void a_scenario_of_three_lines_has_the_defaults_of_a_real_deployment(void **state)
{
    (void)state;
    struct plan *plan = loaded(SMALL);
    assert_string_equal(plan->name, "a-test");
    assert_int_equal(plan->seed, 1);
    assert_int_equal(plan->duration_ns, 60 * NS_PER_S);
    assert_int_equal(plan->drain_ns, 30 * NS_PER_S);
    assert_true(plan->heal);
    assert_int_equal(plan->window_ns, NS_PER_S);
    assert_int_equal(plan->deadline_ns, 5 * NS_PER_S);
    assert_int_equal(plan->threshold_ppm, 990000);
    assert_int_equal(plan->node_count, 1);
    assert_string_equal(plan->nodes[0].name, "n1");
    assert_int_equal(plan->fault_count + plan->expectation_count, 0);
    plan_free(plan);
}

static void costs_are_those_measured_on_a_cluster(void **state)
{
    (void)state;
    struct plan *plan = loaded(SMALL);
    assert_int_equal(plan->latency.kind, VARIATE_LOGNORMAL);
    assert_int_equal(plan->latency.a, 25 * NS_PER_US);
    assert_int_equal(plan->latency.b, 300 * NS_PER_US);
    assert_int_equal(plan->disk_fsync.kind, VARIATE_LOGNORMAL);
    assert_int_equal(plan->disk_fsync.a, 124 * NS_PER_US);
    assert_int_equal(plan->disk_fsync.b, 447 * NS_PER_US);
    assert_int_equal(plan->cpu.a, 10 * NS_PER_US);
    assert_int_equal(plan->disk_append.a, 5 * NS_PER_US);
    assert_int_equal(plan->loss_ppm, 0);
    plan_free(plan);
}

static void clients_are_careful_by_default(void **state)
{
    (void)state;
    struct plan *plan = loaded(SMALL);
    const struct plan_producer *producer = &plan->producers[0];
    assert_true(producer->confirms);
    assert_true(producer->persistent);
    assert_false(producer->mandatory);
    assert_int_equal(producer->in_flight_max, 1000);
    assert_int_equal(producer->attempts_max, 0);
    assert_int_equal(producer->retry_timeout_ns, 10 * NS_PER_S);
    assert_int_equal(producer->backoff_min_ns, 100 * NS_PER_MS);
    assert_int_equal(producer->backoff_max_ns, 5 * NS_PER_S);
    assert_int_equal(producer->size_bytes, 256);
    const struct plan_consumer *consumer = &plan->consumers[0];
    assert_int_equal(consumer->prefetch, 100);
    assert_false(consumer->auto_ack);
    assert_true(consumer->requeue);
    assert_int_equal(consumer->service.a, 500 * NS_PER_US);
    assert_int_equal(consumer->connect_timeout_ns, 5 * NS_PER_S);
    plan_free(plan);
}

static void a_queue_is_durable_and_synced_message_by_message(void **state)
{
    (void)state;
    struct plan *plan = loaded(SMALL);
    assert_true(plan->queues[0].durable);
    assert_int_equal(plan->queues[0].fsync, FSYNC_EACH);
    assert_int_equal(plan->queues[0].dispatch, DISPATCH_ROUND_ROBIN);
    plan_free(plan);
}

static void costs_may_be_zero(void **state)
{
    (void)state;
    struct plan *plan = loaded("cluster: {cpu: 0, disk: {append: 0s, fsync: 0s, bandwidth: unlimited}}\n"
                               "network: {latency: 0s, bandwidth: unlimited}\n" SMALL);
    assert_int_equal(plan->cpu.a + plan->disk_append.a + plan->disk_fsync.a + plan->latency.a, 0);
    assert_int_equal(plan->latency.kind, VARIATE_CONSTANT);
    assert_int_equal(plan->disk_bandwidth + plan->bandwidth, 0);
    plan_free(plan);
}

static void a_check_allows_as_many_restarts_as_crashes(void **state)
{
    (void)state;
    struct plan *plan = loaded(SMALL "check: {crashes: 2, power-losses: 1}\n");
    assert_true(plan->check.given);
    assert_int_equal(plan->check.restarts, 3);
    assert_int_equal(plan->check.messages, 2);
    assert_int_equal(plan->check.properties, (1u << PROPERTY_COUNT) - 1);
    plan_free(plan);
    plan = loaded(SMALL);
    assert_false(plan->check.given);
    assert_int_equal(plan->check.restarts, 1);
    plan_free(plan);
}

/* ---- the table itself ---- */

static size_t size_of_shape(uint8_t shape)
{
    switch (shape) {
    case KEY_TEXT:
        return sizeof(char *);
    case KEY_BOOL:
    case KEY_WORD:
        return 1;
    case KEY_SHARE:
    case KEY_SIZE:
        return 4;
    case KEY_BANDWIDTH:
    case KEY_DURATION:
        return 8;
    case KEY_RANGE:
        return 16;
    case KEY_DISTRIBUTION:
        return sizeof(struct variate);
    default:
        return 0;
    }
}

static void every_field_has_the_type_of_its_shape(void **state)
{
    (void)state;
    for (const struct key *key = keys; key->name; key++) {
        size_t size = size_of_shape(key->shape);
        bool counted = key->shape == KEY_COUNT && (key->bytes == 4 || key->bytes == 8);
        bool only_checked = key->shape == KEY_WORD && key->bytes == 0;
        bool elsewhere = key->shape == KEY_MAP && key->bytes == sizeof(struct plan_check);
        if (key->bytes != size && !counted && !only_checked && !elsewhere)
            fail_msg("%s: %u bytes", key->name, key->bytes);
    }
}

static void every_key_stands_once_with_a_line_about_it(void **state)
{
    (void)state;
    for (const struct key *key = keys; key->name; key++) {
        assert_ptr_equal(key_find(key->place, key->name), key);
        assert_non_null(key->line);
        assert_non_null(key_place_name(key->place));
    }
}

static void the_nearest_key_is_within_two_edits(void **state)
{
    (void)state;
    static const struct {
        enum key_place place;
        const char *name, *hint;
    } cases[] = {
        {IN_FAULT, "restrat", ", did you mean 'restart'?"},
        {IN_CONSUMER, "prefetsh", ", did you mean 'prefetch'?"},
        {IN_CONSUMER, "perfectch", ", did you mean 'prefetch'?"},
        {IN_CONSUMER, "prfthc", ""},
        {IN_FAULT, "ta", ", did you mean 'at'?"},
        {IN_FAULT, "xx", ""},
        {IN_QUEUE, "prefetch", ": it belongs to consumers.NAME"},
        {IN_SCENARIO, "restarts", ": it belongs to check"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *hint = key_hint(cases[i].place, cases[i].name);
        assert_string_equal(hint, cases[i].hint);
        g_free(hint);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scenario_of_three_lines_has_the_defaults_of_a_real_deployment),
        cmocka_unit_test(costs_are_those_measured_on_a_cluster),
        cmocka_unit_test(clients_are_careful_by_default),
        cmocka_unit_test(a_queue_is_durable_and_synced_message_by_message),
        cmocka_unit_test(costs_may_be_zero),
        cmocka_unit_test(a_check_allows_as_many_restarts_as_crashes),
        cmocka_unit_test(every_field_has_the_type_of_its_shape),
        cmocka_unit_test(every_key_stands_once_with_a_line_about_it),
        cmocka_unit_test(the_nearest_key_is_within_two_edits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
