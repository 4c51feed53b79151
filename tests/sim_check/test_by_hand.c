/* The loop on a world whose states and transitions can be counted on paper. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/sim_check/toy_world.h"

static struct check_result toy_checked(struct toy rules, struct check_options options)
{
    struct plan plan = {.check.properties = (1u << PROPERTY_COUNT) - 1};
    struct world_shape shape = {
        .plan = &plan, .purpose = SHAPE_CHECK, .node_count = 1, .actor_count = 1, .part_count = PARTS};
    shape.oracle.promised = 1u << PROPERTY_FIFO | 1u << PROPERTY_DELIVERED;
    struct check_result result;
    toy = rules;
    check_run(&shape, &options, &result);
    return result;
}

#define PLAIN ((struct check_options){0})

static void a_chain_of_two_steps_has_three_states(void **state)
{
    (void)state;
    struct check_result result = toy_checked((struct toy){.work = 2}, PLAIN);
    assert_int_equal(result.verdict, CHECK_COMPLETE);
    assert_int_equal(result.states, 3);
    assert_int_equal(result.transitions, 2);
    assert_int_equal(result.depth, 2);
    assert_int_equal(result.frontier_max, 1);
    assert_int_equal(result.exercised[PROPERTY_FIFO], 2);
    assert_int_equal(result.exercised[PROPERTY_DELIVERED], 1);
    check_result_clear(&result);
}

/* Three states, a crash in each, and in each of the two steps a crash between append and fsync; none between the append
 * and what the node tells the monitor, since nobody outside can tell the two. */
static void a_step_is_cut_where_others_can_tell(void **state)
{
    (void)state;
    struct check_result result = toy_checked((struct toy){.work = 2, .crashes = 1}, PLAIN);
    assert_int_equal(result.states, 3 + 3 + 2);
    assert_int_equal(result.transitions, 2 + 3 + 2);
    check_result_clear(&result);
}

/* Up; down; up again or, cut short, down again; from the former down again; from both of these up for good. */
static void a_restart_is_cut_short_too(void **state)
{
    (void)state;
    struct check_result result = toy_checked((struct toy){.crashes = 2, .restarts = true}, PLAIN);
    assert_int_equal(result.states, 1 + 1 + 2 + 1 + 2);
    assert_int_equal(result.transitions, 6);
    check_result_clear(&result);
}

static void without_a_crash_left_no_step_is_cut(void **state)
{
    (void)state;
    struct check_result result = toy_checked((struct toy){.work = 9}, PLAIN);
    assert_int_equal(result.states, 10);
    assert_int_equal(result.transitions, 9);
    check_result_clear(&result);
}

static void two_choices_in_one_step_give_every_pair(void **state)
{
    (void)state;
    struct check_result result = toy_checked((struct toy){.chooses = true}, PLAIN);
    assert_int_equal(result.states, 1 + 2 * 3);
    assert_int_equal(result.transitions, 6);
    check_result_clear(&result);
}

/* The disk grows from 0 to 2 by itself; at each size the node may not have looked yet, or have seen any size up to this
 * one. */
static void a_step_that_reads_the_disk_sees_each_disk(void **state)
{
    (void)state;
    struct check_result result = toy_checked((struct toy){.looks = true, .grows = 2}, PLAIN);
    assert_int_equal(result.states, 2 + 3 + 4);
    assert_int_equal(result.steps_executed, 3 + 2 + 1); /* looks, growths, the monitor's quiet */
    check_result_clear(&result);
}

static void the_trace_to_a_violation_is_shortest(void **state)
{
    (void)state;
    struct check_result result =
        toy_checked((struct toy){.work = 5, .chooses = true, .crashes = 1, .broken_at = 3}, PLAIN);
    assert_int_equal(result.verdict, CHECK_VIOLATION);
    assert_int_equal(result.property, PROPERTY_FIFO);
    assert_int_equal(result.trace_length, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(result.trace[i].argument, TOY_WORK);
    check_result_clear(&result);
}

static void picks_made_on_the_way_are_part_of_a_trace(void **state)
{
    (void)state;
    struct check_result result = toy_checked((struct toy){.chooses = true, .quiet_breaks = 1}, PLAIN);
    assert_int_equal(result.verdict, CHECK_VIOLATION);
    assert_int_equal(result.trace_length, 1);
    assert_int_equal(result.trace[0].pick_count, 2);
    check_result_clear(&result);
}

static void what_is_missing_when_all_is_quiet_is_a_violation(void **state)
{
    (void)state;
    struct check_result result = toy_checked((struct toy){.work = 2, .crashes = 1, .quiet_breaks = 1}, PLAIN);
    assert_int_equal(result.verdict, CHECK_VIOLATION);
    assert_int_equal(result.property, PROPERTY_DELIVERED);
    assert_int_equal(result.trace_length, 1);
    assert_int_equal(result.trace[0].cut, 1); /* appended, never told */
    check_result_clear(&result);
}

static void a_full_block_truncates_and_the_rest_is_explored(void **state)
{
    (void)state;
    struct check_result result = toy_checked((struct toy){.work = 5, .chooses = true, .full_at = 3}, PLAIN);
    assert_int_equal(result.verdict, CHECK_TRUNCATED);
    assert_string_equal(result.truncated_by, "a block's capacity");
    assert_int_equal(result.states, 3 * (1 + 6));
    check_result_clear(&result);
}

static void a_budget_of_states_stops_only_what_exceeds_it(void **state)
{
    (void)state;
    struct check_result whole = toy_checked((struct toy){.work = 2}, (struct check_options){.states_max = 3});
    struct check_result part = toy_checked((struct toy){.work = 2}, (struct check_options){.states_max = 2});
    assert_int_equal(whole.verdict, CHECK_COMPLETE);
    assert_int_equal(part.verdict, CHECK_TRUNCATED);
    assert_string_equal(part.truncated_by, "states");
    assert_int_equal(part.states, 2);
    check_result_clear(&whole);
    check_result_clear(&part);
}

static void memory_off_counts_the_same_states(void **state)
{
    (void)state;
    struct toy rules = {.work = 7, .chooses = true, .looks = true, .crashes = 2};
    struct check_result known = toy_checked(rules, PLAIN);
    struct check_result executed = toy_checked(rules, (struct check_options){.memo_off = true});
    assert_int_equal(known.states, executed.states);
    assert_int_equal(known.transitions, executed.transitions);
    assert_true(executed.steps_executed > known.steps_executed);
    check_result_clear(&known);
    check_result_clear(&executed);
}

static void a_fingerprint_of_four_bits_is_caught_by_comparing_in_full(void **state)
{
    (void)state;
    struct check_result result =
        toy_checked((struct toy){.work = 50}, (struct check_options){.exact = true, .fingerprint_bits = 4});
    assert_true(result.states <= 16);
    assert_true(result.collisions > 0);
    check_result_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_of_two_steps_has_three_states),
        cmocka_unit_test(a_step_is_cut_where_others_can_tell),
        cmocka_unit_test(a_restart_is_cut_short_too),
        cmocka_unit_test(without_a_crash_left_no_step_is_cut),
        cmocka_unit_test(two_choices_in_one_step_give_every_pair),
        cmocka_unit_test(a_step_that_reads_the_disk_sees_each_disk),
        cmocka_unit_test(the_trace_to_a_violation_is_shortest),
        cmocka_unit_test(picks_made_on_the_way_are_part_of_a_trace),
        cmocka_unit_test(what_is_missing_when_all_is_quiet_is_a_violation),
        cmocka_unit_test(a_full_block_truncates_and_the_rest_is_explored),
        cmocka_unit_test(a_budget_of_states_stops_only_what_exceeds_it),
        cmocka_unit_test(memory_off_counts_the_same_states),
        cmocka_unit_test(a_fingerprint_of_four_bits_is_caught_by_comparing_in_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
