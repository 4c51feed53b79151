/* Crashes in a world: before, after and in the middle of a step, and what the broker makes of what is left. */
#include "tests/sim_world/worlds.h"

static int crash_setup(void **state)
{
    struct small_world *small = small_world_new();
    small->small.plan.check =
        (struct plan_check){.messages = 2, .crashes = 1, .power_losses = 2, .restarts = 2, .timeouts = 1};
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
    assert_false(may_happen(small, "restart n1"));
}

static void time_outs_have_a_budget(void **state)
{
    struct small_world *small = *state;
    happens(small, "boot web.1");
    assert_true(may_happen(small, "timer web.1 arrival"));
    happens(small, "timer web.1 connect");
    happens(small, "timer web.1 reconnect");
    assert_false(may_happen(small, "timer web.1 connect"));
    assert_true(may_happen(small, "timer web.1 arrival"));
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

/* What the node's outputs did, as far as the rest of the world can tell. */
static uint32_t outputs_seen(const struct small_world *small)
{
    uint32_t seen = 0;
    for (uint32_t i = 0; i < small->effects->pending_count; i++) {
        uint8_t kind = small->effects->pending[i].kind;
        seen += kind == PENDING_APPEND || kind == PENDING_SYNCED || kind == PENDING_FRAME;
    }
    return seen + small->effects->observation_count - observed(small, OBSERVE_CRASHED);
}

static void a_cut_performs_the_first_outputs_and_no_more(void **state)
{
    struct small_world *small = *state;
    a_message_is_published(small);
    struct world_snapshot *before = world_snapshot(small->world);
    happens(small, "deliver web.1 -> n1");
    uint32_t outputs = small->effects->outputs;
    assert_true(outputs >= 3);
    assert_int_equal(outputs_seen(small), outputs);
    for (uint32_t cut = 1; cut < outputs; cut++) {
        world_restore(small->world, before);
        struct action action = action_named(small, "deliver web.1 -> n1");
        action.cut = (uint16_t)cut;
        apply(small, &action);
        assert_false(world_actor_up(small->world, 0));
        assert_int_equal(outputs_seen(small), cut);
        assert_int_equal(observed(small, OBSERVE_CRASHED), 1);
    }
    world_snapshot_free(before);
}

static uint64_t log_bytes(const struct small_world *small)
{
    uint64_t used;
    struct disk_view view;
    part_disk_view(world_part(small->world, shape_part_disk(small->shape, 0), &used), &view);
    return view.end - view.start;
}

static void a_cut_by_power_chooses_what_is_left_of_the_disk(void **state)
{
    struct small_world *small = *state;
    static const struct {
        const char *how;
        uint64_t bytes;
    } images[] = {
        {"", RECORD_MESSAGE_BYTES},
        {" power", 0},
        {" power kept 1", RECORD_MESSAGE_BYTES},
        {" power torn short", RECORD_MESSAGE_BYTES / 2},
        {" power torn zeroed", RECORD_MESSAGE_BYTES},
    };
    a_message_is_published(small);
    struct world_snapshot *before = world_snapshot(small->world);
    happens(small, "deliver web.1 -> n1");
    struct action action = action_named(small, "deliver web.1 -> n1");
    action.cut = (uint16_t)(small->effects->outputs - 1);
    for (unsigned i = 0; i < sizeof images / sizeof images[0]; i++) {
        char name[ACTION_TEXT_MAX];
        world_restore(small->world, before);
        action_text(small->shape, &action, name);
        strcat(name, images[i].how);
        happens(small, name);
        assert_int_equal(log_bytes(small), images[i].bytes);
    }
    world_snapshot_free(before);
}

static void frames_in_flight_are_delivered_or_lost_with_the_node(void **state)
{
    struct small_world *small = *state;
    a_message_is_published(small);
    happens(small, "deliver web.1 -> n1");
    happens(small, "fsync n1");
    assert_true(may_happen(small, "deliver n1 -> web.1"));
    struct world_snapshot *before = world_snapshot(small->world);
    happens(small, "crash n1");
    assert_true(may_happen(small, "deliver n1 -> web.1"));
    world_restore(small->world, before);
    happens(small, "crash n1 in-flight lost");
    assert_false(may_happen(small, "deliver n1 -> web.1"));
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

/* Of a log of two messages of which nothing was synced. */
static uint64_t image_bytes(const struct action *crash)
{
    uint64_t torn = crash->torn == TORN_SHORT    ? RECORD_MESSAGE_BYTES / 2
                    : crash->torn == TORN_ZEROED ? RECORD_MESSAGE_BYTES
                                                 : 0;
    return crash->power ? crash->kept * RECORD_MESSAGE_BYTES + torn : 2 * RECORD_MESSAGE_BYTES;
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
        assert_int_equal(log_bytes(small), image_bytes(&crashes[i]));
        happens(small, "restart n1");
        settles(small);
        world_judge_quiet(small->world, &small->effects);
        small_world_note(small);
        assert_int_equal(small->breached, 0);
    }
    assert_true(small->exercised & 1u << PROPERTY_RECOVERY);
    world_snapshot_free(before);
}

static int long_log_setup(void **state)
{
    struct small_world *small = small_world_new();
    small->small.plan.check = (struct plan_check){.messages = 40, .crashes = 1, .restarts = 1};
    small_world_begin(small, SHAPE_CHECK);
    *state = small;
    return 0;
}

/* A step does only its share; the next ones read on, from the same disk. */
static void recovery_of_a_long_log_takes_several_steps(void **state)
{
    struct small_world *small = *state;
    a_message_is_published(small);
    for (unsigned i = 1; i < 40; i++) {
        happens(small, "deliver web.1 -> n1");
        happens(small, "timer web.1 arrival");
    }
    happens(small, "deliver web.1 -> n1");
    happens(small, "crash n1");
    happens(small, "restart n1");
    unsigned steps = 0;
    for (; small->counted[OBSERVE_RECOVERY_DONE] < 2; steps++)
        happens(small, "continue n1");
    assert_true(steps >= 2);
    assert_int_equal(small->counted[OBSERVE_RECOVERED], 40);
    assert_false(may_happen(small, "continue n1"));
}

#define TEST(behaviour) cmocka_unit_test_setup_teardown(behaviour, crash_setup, crash_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_crash_is_possible_only_while_the_node_is_up),
        TEST(budgets_bound_faults),
        TEST(time_outs_have_a_budget),
        TEST(a_client_meets_a_node_that_is_down_by_being_refused),
        TEST(the_monitor_hears_of_crash_and_restart),
        TEST(a_crash_cuts_what_the_node_was_connected_to),
        TEST(a_cut_performs_the_first_outputs_and_no_more),
        TEST(a_cut_by_power_chooses_what_is_left_of_the_disk),
        TEST(frames_in_flight_are_delivered_or_lost_with_the_node),
        TEST(a_cut_needs_a_node_that_steps_and_a_crash_to_spend),
        TEST(recovery_holds_after_every_crash_image),
        cmocka_unit_test_setup_teardown(recovery_of_a_long_log_takes_several_steps, long_log_setup, crash_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
