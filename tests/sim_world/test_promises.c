/* What a scenario's faults, or a check's bounds, cost its promises. */
#include "tests/support/small_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/world/shape.h"

#define BIT(property) (1u << (property))

static uint32_t promised(const struct small_plan *small, enum shape_purpose purpose)
{
    struct world_shape *shape = shape_new(&small->plan, purpose);
    uint32_t promises = shape->oracle.promised;
    shape_free(shape);
    return promises;
}

/* What one fault leaves of the promises of a run. */
static uint32_t promised_under(enum plan_fault_kind kind, struct plan_selector target)
{
    struct small_plan small;
    small_plan_init(&small);
    small_plan_fault(&small, kind, NS_PER_S, NS_PER_S)->target = target;
    return promised(&small, SHAPE_RUN);
}

static const struct plan_selector nodes = {.kind = SELECT_ALL_NODES}, consumers = {.kind = SELECT_CONSUMER};

static void order_is_promised_while_no_connection_can_break_under_a_living_node(void **state)
{
    (void)state;
    assert_true(promised_under(FAULT_CRASH, nodes) & BIT(PROPERTY_FIFO));
    assert_true(promised_under(FAULT_STALL, consumers) & BIT(PROPERTY_FIFO));
    assert_false(promised_under(FAULT_DISCONNECT, nodes) & BIT(PROPERTY_FIFO));
    assert_false(promised_under(FAULT_PAUSE, nodes) & BIT(PROPERTY_FIFO));
    assert_false(promised_under(FAULT_CRASH, consumers) & BIT(PROPERTY_FIFO));
}

static void a_crash_of_a_consumer_is_none_of_a_node(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_init(&small);
    small.producers[0].persistent = false; /* survives no crash of its node */
    assert_true(promised(&small, SHAPE_RUN) & BIT(PROPERTY_DURABILITY));
    small_plan_fault(&small, FAULT_CRASH, NS_PER_S, NS_PER_S)->target = consumers;
    assert_true(promised(&small, SHAPE_RUN) & BIT(PROPERTY_DURABILITY));
    small_plan_fault(&small, FAULT_CRASH, NS_PER_S, NS_PER_S)->target = nodes;
    assert_false(promised(&small, SHAPE_RUN) & BIT(PROPERTY_DURABILITY));
}

static void a_run_is_judged_by_its_faults_and_a_check_by_its_bounds(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_init(&small);
    small.plan.check.disconnects = 1;
    assert_true(promised(&small, SHAPE_RUN) & BIT(PROPERTY_FIFO));
    assert_false(promised(&small, SHAPE_CHECK) & BIT(PROPERTY_FIFO));
}

static void a_network_slower_than_a_detector_bears_breaks_connections_without_a_fault(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_init(&small);
    small.plan.client_detector_ns = 5 * NS_PER_S;
    small.plan.latency = (struct variate){.kind = VARIATE_UNIFORM, .a = NS_PER_MS, .b = 2499 * NS_PER_MS};
    assert_true(promised(&small, SHAPE_RUN) & BIT(PROPERTY_FIFO));
    small.plan.latency.b = 2500 * NS_PER_MS; /* each way */
    assert_false(promised(&small, SHAPE_RUN) & BIT(PROPERTY_FIFO));
    assert_true(promised(&small, SHAPE_CHECK) & BIT(PROPERTY_FIFO)); /* which has no times */
    small.plan.client_detector_ns = 0;
    assert_true(promised(&small, SHAPE_RUN) & BIT(PROPERTY_FIFO));
}

static void so_does_a_link_that_a_window_of_its_largest_messages_fills(void **state)
{
    (void)state;
    struct small_plan small;
    uint32_t sizes[] = {100, 40000, 100};
    small_plan_init(&small);
    small.plan.client_detector_ns = 5 * NS_PER_S;
    small.plan.bandwidth = 5000000; /* 320 times 65 + 40,000 bytes take 2.56 s */
    assert_true(promised(&small, SHAPE_RUN) & BIT(PROPERTY_FIFO));
    small.producers[0].trace_size = sizes;
    small.producers[0].trace_count = 3;
    assert_false(promised(&small, SHAPE_RUN) & BIT(PROPERTY_FIFO));
    small.plan.bandwidth = 0;
    assert_true(promised(&small, SHAPE_RUN) & BIT(PROPERTY_FIFO));
}

static void between_nodes_it_may_cost_a_primary_its_place(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_init(&small);
    small_plan_cluster(&small, 3);
    small.queues[0].confirm_after = CONFIRM_AFTER_PRIMARY;
    small.plan.detector_ns = NS_PER_S;
    small.plan.latency = (struct variate){.kind = VARIATE_EXPONENTIAL, .a = NS_PER_MS};
    assert_true(promised(&small, SHAPE_RUN) & BIT(PROPERTY_DURABILITY));
    small.plan.latency.a = 100 * NS_PER_MS;
    assert_false(promised(&small, SHAPE_RUN) & BIT(PROPERTY_DURABILITY));
    small.queues[0].confirm_after = CONFIRM_AFTER_ALL;
    assert_true(promised(&small, SHAPE_RUN) & BIT(PROPERTY_DURABILITY));
}

static void an_asynchronous_primary_promises_until_somebody_may_take_over(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_init(&small);
    small_plan_cluster(&small, 3);
    small.queues[0].confirm_after = CONFIRM_AFTER_PRIMARY;
    assert_true(promised(&small, SHAPE_CHECK) & BIT(PROPERTY_DURABILITY));
    small.plan.check.suspicions = 1;
    assert_false(promised(&small, SHAPE_CHECK) & BIT(PROPERTY_DURABILITY));
    small.queues[0].confirm_after = CONFIRM_AFTER_ALL;
    assert_true(promised(&small, SHAPE_CHECK) & BIT(PROPERTY_DURABILITY));
}

static void once_is_promised_where_the_window_holds_all_there_will_be(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_init(&small);
    small.consumers[0].dedupe_window = 10;
    assert_false(promised(&small, SHAPE_RUN) & BIT(PROPERTY_NO_DUPLICATE)); /* nobody knows how many will come */
    small.producers[0].messages = 11;
    assert_false(promised(&small, SHAPE_RUN) & BIT(PROPERTY_NO_DUPLICATE));
    small.producers[0].messages = 10;
    assert_true(promised(&small, SHAPE_RUN) & BIT(PROPERTY_NO_DUPLICATE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_promised_while_no_connection_can_break_under_a_living_node),
        cmocka_unit_test(a_crash_of_a_consumer_is_none_of_a_node),
        cmocka_unit_test(a_run_is_judged_by_its_faults_and_a_check_by_its_bounds),
        cmocka_unit_test(a_network_slower_than_a_detector_bears_breaks_connections_without_a_fault),
        cmocka_unit_test(so_does_a_link_that_a_window_of_its_largest_messages_fills),
        cmocka_unit_test(between_nodes_it_may_cost_a_primary_its_place),
        cmocka_unit_test(an_asynchronous_primary_promises_until_somebody_may_take_over),
        cmocka_unit_test(once_is_promised_where_the_window_holds_all_there_will_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
