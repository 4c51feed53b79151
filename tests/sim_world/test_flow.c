/* Flow control in a world: who is told when a window is full, and that nothing is lost over it. */
#include "tests/sim_world/worlds.h"

static int flow_setup(void **state)
{
    struct small_world *small = small_world_new();
    small->small.plan.check.messages = 12;
    small->small.producers[0].messages = 0;
    small_world_begin(small, SHAPE_CHECK);
    *state = small;
    return 0;
}

static int flow_teardown(void **state)
{
    small_world_free(*state);
    return 0;
}

/* More than a window of publishes, and none has arrived yet. */
static void a_producer_bursts(struct small_world *small)
{
    happens(small, "boot n1");
    happens(small, "boot web.1");
    happens(small, "accept web.1 -> n1");
    happens(small, "established web.1 -> n1");
    for (uint32_t i = 0; i < small->shape->window_frames + 4; i++)
        happens(small, "timer web.1 arrival");
}

static void a_producer_stops_sending_when_the_window_is_full(void **state)
{
    struct small_world *small = *state;
    uint32_t window = small->shape->window_frames;
    a_producer_bursts(small);
    assert_int_equal(world_frames_under_way(small->world, 0, 1), window + 1);
    assert_false(may_happen(small, "writable web.1 -> n1"));
}

static void it_goes_on_when_half_the_window_has_drained(void **state)
{
    struct small_world *small = *state;
    uint32_t window = small->shape->window_frames;
    a_producer_bursts(small);
    while (!may_happen(small, "writable web.1 -> n1"))
        happens(small, "deliver web.1 -> n1");
    assert_int_equal(world_frames_under_way(small->world, 0, 1), window / 2);
    happens(small, "writable web.1 -> n1");
    assert_int_equal(world_frames_under_way(small->world, 0, 1), window / 2 + 3);
}

static void nothing_is_lost_over_full_windows(void **state)
{
    struct small_world *small = *state;
    a_producer_bursts(small);
    settles(small);
    world_judge_quiet(small->world, &small->effects);
    small_world_note(small);
    assert_int_equal(small->breached, 0);
    assert_int_equal(small->counted[OBSERVE_ATTEMPTED], 12);
    assert_int_equal(small->counted[OBSERVE_COMPLETED], 12);
    struct queue_view queue = world_queue(small->world, 0, 0);
    assert_int_equal(queue.ready + queue.unacknowledged, 0);
}

static void a_break_keeps_what_it_says_of_each_direction(void **state)
{
    struct small_world *small = *state;
    small->small.plan.check.disconnects = 1;
    a_producer_bursts(small);
    happens(small, "deliver web.1 -> n1");
    happens(small, "deliver web.1 -> n1");
    happens(small, "fsync n1");
    happens(small, "fsync n1");
    assert_int_equal(world_frames_under_way(small->world, 0, 0), 2);
    happens(small, "break web.1 - n1 keep 1 2");
    assert_int_equal(world_frames_under_way(small->world, 0, 0), 1);
    assert_int_equal(world_frames_under_way(small->world, 0, 1), 2);
}

static void an_observation_says_whose_it_is(void **state)
{
    struct small_world *small = *state;
    happens(small, "boot n1");
    happens(small, "boot web.1");
    happens(small, "timer web.1 arrival");
    assert_int_equal(observed(small, OBSERVE_ATTEMPTED), 1);
    assert_int_equal(small->effects->observations[0].actor, 1);
}

#define TEST(behaviour) cmocka_unit_test_setup_teardown(behaviour, flow_setup, flow_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_producer_stops_sending_when_the_window_is_full),
        TEST(it_goes_on_when_half_the_window_has_drained),
        TEST(nothing_is_lost_over_full_windows),
        TEST(a_break_keeps_what_it_says_of_each_direction),
        TEST(an_observation_says_whose_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
