#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/sim_check/checked.h"

static const struct check_options plain;

#define BIT(property) (1u << (property))

static void a_world_without_faults_is_explored_to_its_end(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 1});
    struct check_result result = checked(&small, &plain);
    assert_int_equal(result.verdict, CHECK_COMPLETE);
    assert_null(result.truncated_by);
    assert_int_equal(result.found, 0);
    assert_int_equal(result.trace_length, 0);
    assert_true(result.depth > 10); /* connect twice, consume, publish, fsync, confirm, deliver, work, ack */
    assert_true(result.transitions > result.states - 1);
    check_result_clear(&result);
}

static void two_explorations_count_the_same(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 1, .crashes = 1, .restarts = 1});
    struct check_result one = checked(&small, &plain), other = checked(&small, &plain);
    assert_int_equal(one.states, other.states);
    assert_int_equal(one.transitions, other.transitions);
    assert_int_equal(one.steps_executed, other.steps_executed);
    assert_int_equal(one.bytes, other.bytes);
    check_result_clear(&one);
    check_result_clear(&other);
}

static void executing_every_step_finds_what_remembering_them_finds(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 1, .crashes = 1, .restarts = 1});
    struct check_result known = checked(&small, &plain);
    struct check_result executed = checked(&small, &(struct check_options){.memo_off = true});
    assert_int_equal(known.states, executed.states);
    assert_int_equal(known.transitions, executed.transitions);
    assert_true(executed.steps_executed > 10 * known.steps_executed);
    check_result_clear(&known);
    check_result_clear(&executed);
}

static void a_budget_of_states_truncates(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 2});
    struct check_result result = checked(&small, &(struct check_options){.states_max = 100});
    assert_int_equal(result.verdict, CHECK_TRUNCATED);
    assert_string_equal(result.truncated_by, "states");
    assert_int_equal(result.states, 100);
    check_result_clear(&result);
}

static void a_budget_that_suffices_exactly_completes(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 1});
    struct check_result whole = checked(&small, &plain);
    struct check_result same = checked(&small, &(struct check_options){.states_max = whole.states});
    assert_int_equal(same.verdict, CHECK_COMPLETE);
    check_result_clear(&whole);
    check_result_clear(&same);
}

static void a_budget_of_memory_truncates(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 2, .crashes = 1, .restarts = 1});
    struct check_result result = checked(&small, &(struct check_options){.memory_max_bytes = 1 << 20});
    assert_int_equal(result.verdict, CHECK_TRUNCATED);
    assert_string_equal(result.truncated_by, "memory");
    check_result_clear(&result);
}

/* Every crash image at every place, in the middle of steps too: what a confirm promised holds. */
static void crashes_and_power_losses_break_no_promise(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 2, .crashes = 1, .restarts = 1, .power_losses = 1});
    struct check_result result = checked(&small, &plain);
    assert_int_equal(result.verdict, CHECK_COMPLETE);
    assert_int_equal(result.found, 0);
    assert_true(result.exercised[PROPERTY_DURABILITY] > 0);
    assert_true(result.exercised[PROPERTY_RECOVERY] > 0);
    check_result_clear(&result);
}

/* One that does break: a consumer back before the node noticed its going is given a later message first. */
static void a_broken_connection_can_turn_the_order_which_is_not_promised_then(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 2, .disconnects = 1});
    small.plan.check.properties = BIT(PROPERTY_FIFO);
    struct check_result result = checked(&small, &plain);
    assert_int_equal(result.verdict, CHECK_COMPLETE);
    assert_int_equal(result.found, BIT(PROPERTY_FIFO));
    check_result_clear(&result);
}

static void a_broken_connection_breaks_no_promise(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 2, .disconnects = 1});
    struct check_result result = checked(&small, &plain);
    assert_int_equal(result.verdict, CHECK_COMPLETE);
    assert_int_equal(result.found & ~BIT(PROPERTY_FIFO), 0);
    check_result_clear(&result);
}

static void every_property_is_put_to_the_test(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 2, .crashes = 1, .restarts = 1});
    small.producers[0].messages = small.consumers[0].dedupe_window = 2;
    struct check_result result = checked(&small, &plain);
    for (int property = 0; property < PROPERTY_COUNT; property++)
        if (property != PROPERTY_SINGLE_LEADER && property != PROPERTY_DETECTION) /* those are of clusters */
            assert_true(result.exercised[property] > 0);
    check_result_clear(&result);
}

/* Until then one thing happens after the other, without a fault; and from there on everything in every order. */
static void from_a_settled_start_only_what_follows_is_interleaved(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 1, .crashes = 1, .restarts = 1});
    small.consumers[0].count = 2;
    struct check_result all = checked(&small, &plain);
    small.plan.check.settled = true;
    struct check_result settled = checked(&small, &plain);
    assert_int_equal(settled.verdict, CHECK_COMPLETE);
    assert_true(settled.states < all.states / 2);
    assert_true(settled.exercised[PROPERTY_DURABILITY] > 0);
    assert_true(settled.exercised[PROPERTY_RECOVERY] > 0);
    check_result_clear(&all);
    check_result_clear(&settled);
}

/* n2 comes first and is refused. If it never tries again, nobody serves; that is the check's doing, not the queue's. */
static void what_a_bound_keeps_from_happening_is_no_end_to_be_judged(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 1, .reconnects_bounded = true});
    small_plan_cluster(&small, 2);
    small.plan.consumer_count = 0;
    struct check_result result = checked(&small, &plain);
    assert_int_equal(result.verdict, CHECK_COMPLETE);
    assert_int_equal(result.found, 0);
    check_result_clear(&result);
}

/* ---- what nobody promised ---- */

/* `fsync: never` and a power loss: a confirmed message is lost, as everybody knows. */
static void lose_confirmed_messages(struct small_plan *small)
{
    small_plan_with(small, (struct plan_check){.messages = 1, .restarts = 1, .power_losses = 1});
    small->queues[0].fsync = FSYNC_NEVER;
}

static void a_breach_of_what_was_not_promised_is_a_finding(void **state)
{
    (void)state;
    struct small_plan small;
    lose_confirmed_messages(&small);
    struct check_result result = checked(&small, &plain);
    assert_int_equal(result.verdict, CHECK_COMPLETE);
    assert_true(result.found & BIT(PROPERTY_DURABILITY));
    assert_true(result.trace_length > 0);
    check_result_clear(&result);
}

/* Either the confirm was read before the power went, which is then the last action, or it was still under way, and the
 * producer reading it is. */
static void a_trace_to_a_finding_ends_with_what_broke_it(void **state)
{
    (void)state;
    struct small_plan small;
    lose_confirmed_messages(&small);
    small.plan.check.properties = BIT(PROPERTY_DURABILITY);
    struct check_result result = checked(&small, &(struct check_options){.stop_at_finding = true});
    assert_int_equal(result.verdict, CHECK_VIOLATION);
    assert_int_equal(result.property, PROPERTY_DURABILITY);
    const struct action *last = &result.trace[result.trace_length - 1];
    assert_true(last->power || (last->kind == ACTION_DELIVER && last->end == 0));
    uint32_t losses = 0;
    for (uint32_t i = 0; i < result.trace_length; i++)
        losses += result.trace[i].power;
    assert_int_equal(losses, 1);
    check_result_clear(&result);
}

static void what_the_scenario_expects_counts_as_promised(void **state)
{
    (void)state;
    struct small_plan small;
    lose_confirmed_messages(&small);
    struct check_result result = checked(&small, &(struct check_options){.expected = BIT(PROPERTY_DURABILITY)});
    assert_int_equal(result.verdict, CHECK_VIOLATION);
    assert_int_equal(result.property, PROPERTY_DURABILITY);
    check_result_clear(&result);
}

static void a_property_that_is_not_checked_is_not_found(void **state)
{
    (void)state;
    struct small_plan small;
    lose_confirmed_messages(&small);
    small.plan.check.properties = BIT(PROPERTY_FIFO);
    struct check_result result = checked(&small, &plain);
    assert_int_equal(result.found & ~BIT(PROPERTY_FIFO), 0);
    check_result_clear(&result);
}

/* ---- choices ---- */

/* A consumer that may reject what it worked on, instead of acknowledging it. */
static void every_choice_inside_a_step_is_explored(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 1});
    small.consumers[0].requeue = false;
    struct check_result never = checked(&small, &plain);
    small.consumers[0].reject_ppm = 10;
    struct check_result perhaps = checked(&small, &plain);
    assert_int_equal(perhaps.verdict, CHECK_COMPLETE);
    assert_true(perhaps.states > never.states);
    check_result_clear(&never);
    check_result_clear(&perhaps);
}

/* ---- the hash ---- */

static void a_full_fingerprint_takes_no_two_states_for_one(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 1, .crashes = 1, .restarts = 1});
    struct check_result result = checked(&small, &(struct check_options){.exact = true});
    assert_int_equal(result.collisions, 0);
    assert_true(result.omission_probability < 1e-25);
    check_result_clear(&result);
}

static void a_weak_fingerprint_is_noticed(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 1, .crashes = 1, .restarts = 1});
    struct check_result strong = checked(&small, &plain);
    struct check_result weak = checked(&small, &(struct check_options){.exact = true, .fingerprint_bits = 12});
    assert_true(weak.collisions > 0);
    assert_true(weak.states < strong.states);
    assert_true(weak.omission_probability == 1);
    check_result_clear(&strong);
    check_result_clear(&weak);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_world_without_faults_is_explored_to_its_end),
        cmocka_unit_test(two_explorations_count_the_same),
        cmocka_unit_test(executing_every_step_finds_what_remembering_them_finds),
        cmocka_unit_test(a_budget_of_states_truncates),
        cmocka_unit_test(a_budget_that_suffices_exactly_completes),
        cmocka_unit_test(a_budget_of_memory_truncates),
        cmocka_unit_test(crashes_and_power_losses_break_no_promise),
        cmocka_unit_test(a_broken_connection_breaks_no_promise),
        cmocka_unit_test(a_broken_connection_can_turn_the_order_which_is_not_promised_then),
        cmocka_unit_test(every_property_is_put_to_the_test),
        cmocka_unit_test(from_a_settled_start_only_what_follows_is_interleaved),
        cmocka_unit_test(what_a_bound_keeps_from_happening_is_no_end_to_be_judged),
        cmocka_unit_test(a_breach_of_what_was_not_promised_is_a_finding),
        cmocka_unit_test(a_trace_to_a_finding_ends_with_what_broke_it),
        cmocka_unit_test(what_the_scenario_expects_counts_as_promised),
        cmocka_unit_test(a_property_that_is_not_checked_is_not_found),
        cmocka_unit_test(every_choice_inside_a_step_is_explored),
        cmocka_unit_test(a_full_fingerprint_takes_no_two_states_for_one),
        cmocka_unit_test(a_weak_fingerprint_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
