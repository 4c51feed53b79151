/* Crashes in a world: before, after and in the middle of a step, and what the broker makes of what is left. */
#include "tests/sim_world/worlds.h"

static int crash_setup(void **state)
{
    struct small_world *small = small_world_new();
    small->small.plan.check = (struct plan_check){.messages = 2, .crashes = 1, .power_losses = 2, .restarts = 3};
    small_world_begin(small, SHAPE_CHECK);
    *state = small;
    return 0;
}

static int crash_teardown(void **state)
{
    small_world_free(*state);
    return 0;
}

/* The node serves, the producer is connected and its first message is on its way. */
static void a_message_is_published(struct small_world *small)
{
    struct action action;
    happens(small, "boot n1");
    while (next_progress(small, &action) && action.actor == 0 && action.kind == ACTION_CONTINUE)
        apply(small, &action);
    happens(small, "boot web.1");
    happens(small, "accept web.1 -> n1");
    happens(small, "established web.1 -> n1");
    happens(small, "timer web.1 arrival");
    assert_true(may_happen(small, "deliver web.1 -> n1"));
}

static void a_crash_is_possible_only_while_the_node_is_up(void **state)
{
    struct small_world *small = *state;
    assert_false(may_happen(small, "crash n1"));
    happens(small, "boot n1");
    assert_true(may_happen(small, "crash n1"));
    happens(small, "crash n1");
    assert_false(may_happen(small, "crash n1"));
    assert_false(may_happen(small, "boot n1"));
    assert_true(may_happen(small, "restart n1"));
}

static void budgets_bound_faults(void **state)
{
    struct small_world *small = *state;
    happens(small, "boot n1");
    happens(small, "crash n1");
    happens(small, "restart n1");
    assert_false(may_happen(small, "crash n1"));
    assert_true(may_happen(small, "crash n1 power"));
    assert_false(may_happen(small, "restart n1"));
    happens(small, "crash n1 power");
    happens(small, "restart n1");
    happens(small, "crash n1 power");
    happens(small, "restart n1");
    assert_false(may_happen(small, "crash n1 power"));
}

static void a_client_meets_a_node_that_is_down_by_being_refused(void **state)
{
    struct small_world *small = *state;
    happens(small, "boot web.1");
    assert_true(may_happen(small, "refuse web.1 -> n1"));
    assert_false(may_happen(small, "accept web.1 -> n1"));
    happens(small, "boot n1");
    assert_false(may_happen(small, "refuse web.1 -> n1"));
    assert_true(may_happen(small, "accept web.1 -> n1"));
}

static void the_monitor_hears_of_crash_and_restart(void **state)
{
    struct small_world *small = *state;
    happens(small, "boot n1");
    happens(small, "crash n1");
    assert_int_equal(observed(small, OBSERVE_CRASHED), 1);
    happens(small, "restart n1");
    assert_int_equal(observed(small, OBSERVE_STARTED), 1);
    assert_int_equal(small->effects->observations[0].kind, OBSERVE_STARTED);
}

static void a_crash_cuts_what_the_node_was_connected_to(void **state)
{
    struct small_world *small = *state;
    a_message_is_published(small);
    happens(small, "crash n1");
    assert_false(may_happen(small, "deliver web.1 -> n1"));
    assert_true(may_happen(small, "notice n1 -> web.1"));
}

/* Publish: the outputs reach disk and connections in order; a crash after k of them leaves exactly those. */
static void a_cut_performs_the_first_outputs_and_no_more(void **state)
{
    struct small_world *small = *state;
    a_message_is_published(small);
    struct world_snapshot *before = world_snapshot(small->world);
    happens(small, "deliver web.1 -> n1");
    uint32_t outputs = small->effects->outputs, appended = 0;
    assert_true(outputs >= 2);
    for (uint32_t cut = 1; cut < outputs; cut++) {
        world_restore(small->world, before);
        struct action action = action_named(small, "deliver web.1 -> n1");
        action.cut = (uint16_t)cut;
        apply(small, &action);
        assert_false(world_actor_up(small->world, 0));
        uint32_t appends = 0;
        for (uint32_t i = 0; i < small->effects->pending_count; i++)
            appends += small->effects->pending[i].kind == PENDING_APPEND;
        assert_true(appends >= appended);
        appended = appends;
        assert_int_equal(observed(small, OBSERVE_CRASHED), 1);
    }
    assert_int_equal(appended, 1);
    world_snapshot_free(before);
}

static void a_cut_needs_a_node_that_steps_and_a_crash_to_spend(void **state)
{
    struct small_world *small = *state;
    a_message_is_published(small);
    assert_true(may_happen(small, "deliver web.1 -> n1 cut 1"));
    assert_false(may_happen(small, "timer web.1 arrival cut 1"));
    happens(small, "crash n1");
    happens(small, "restart n1");
    settles(small);
    struct action action = action_named(small, "continue n1");
    action.cut = 1;
    assert_false(world_is_enabled(small->world, &action));
}

/* After any crash image of a log with unsynced records the node comes back, and nothing that was promised is broken. */
static void recovery_holds_after_every_crash_image(void **state)
{
    struct small_world *small = *state;
    a_message_is_published(small);
    happens(small, "deliver web.1 -> n1");
    happens(small, "timer web.1 arrival");
    happens(small, "deliver web.1 -> n1");
    assert_int_equal(world_unsynced_records(small->world, 0), 2);
    struct world_snapshot *before = world_snapshot(small->world);
    size_t count = enabled(small), images = 0;
    struct action crashes[64];
    for (size_t i = 0; i < count; i++)
        if (small->enabled[i].kind == ACTION_CRASH)
            crashes[images++] = small->enabled[i];
    assert_int_equal(images, (1 + 3 + 2 * 2) * 2);
    for (size_t i = 0; i < images; i++) {
        world_restore(small->world, before);
        apply(small, &crashes[i]);
        happens(small, "restart n1");
        settles(small);
        world_judge_quiet(small->world, &small->effects);
        small_world_note(small);
        assert_int_equal(small->breached, 0);
    }
    assert_true(small->exercised & 1u << PROPERTY_RECOVERY);
    world_snapshot_free(before);
}

#define TEST(behaviour) cmocka_unit_test_setup_teardown(behaviour, crash_setup, crash_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_crash_is_possible_only_while_the_node_is_up),       TEST(budgets_bound_faults),
        TEST(a_client_meets_a_node_that_is_down_by_being_refused), TEST(the_monitor_hears_of_crash_and_restart),
        TEST(a_crash_cuts_what_the_node_was_connected_to),         TEST(a_cut_performs_the_first_outputs_and_no_more),
        TEST(a_cut_needs_a_node_that_steps_and_a_crash_to_spend),  TEST(recovery_holds_after_every_crash_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
