/* Failure detectors at the two ends of a connection between nodes, in a check that explores them: when they may
 * beat and look, and what comes of it. */
#include "tests/sim_world/lone_connection.h"

enum { OPENER, ACCEPTOR }; /* n2, n1 */
#define N1 0

static int watch_setup(void **state)
{
    struct lone_part *lone = lone_part_new(LONE_PAIR);
    lone->small.plan.check.ticks = 100;
    opened(lone);
    happens(lone, PART_CONNECTION_BEAT, OPENER); /* the opening was word enough */
    happens(lone, PART_CONNECTION_BEAT, ACCEPTOR);
    *state = lone;
    return 0;
}

static int watch_teardown(void **state)
{
    lone_part_free(*state);
    return 0;
}

/* What the detector at an end says when it beats or looks, as the monitor hears it. */
static uint64_t says(struct lone_part *lone, enum part_input_kind kind, unsigned end)
{
    happens(lone, kind, end);
    assert_true(lone->effects->input_count >= 1);
    const struct part_input *told = &lone->effects->inputs[0];
    assert_int_equal(told->part, shape_part_monitor(lone->shape));
    assert_int_equal(told->u.observation.kind, kind == PART_CONNECTION_BEAT ? OBSERVE_BEAT : OBSERVE_LOOK);
    return told->u.observation.value;
}
#define BEATS(lone, end) says(lone, PART_CONNECTION_BEAT, end)
#define LOOKS(lone, end) says(lone, PART_CONNECTION_LOOK, end)

static void ships(struct lone_part *lone)
{
    sends_frame(lone, OPENER, (struct frame){.kind = FRAME_SHIP, .tag = 1, .term = 1});
}

static void an_end_that_has_nothing_to_say_sends_a_heartbeat(void **state)
{
    struct lone_part *lone = *state;
    assert_false(can_be(lone, ACTION_HEARTBEAT, ACCEPTOR));
    assert_int_equal(BEATS(lone, OPENER), 1);
    assert_true(can_be(lone, ACTION_HEARTBEAT, ACCEPTOR));
    assert_false(can_be(lone, ACTION_HEARTBEAT, OPENER));
    happens(lone, PART_CONNECTION_HEARTBEAT, ACCEPTOR);
    assert_false(can_be(lone, ACTION_HEARTBEAT, ACCEPTOR));
}

static void what_an_end_sent_saves_one_heartbeat(void **state)
{
    struct lone_part *lone = *state;
    ships(lone);
    assert_int_equal(BEATS(lone, OPENER), 0);
    assert_false(can_be(lone, ACTION_HEARTBEAT, ACCEPTOR));
    assert_int_equal(BEATS(lone, OPENER), 1);
}

static void the_third_look_after_the_last_byte_gives_up(void **state)
{
    struct lone_part *lone = *state;
    assert_int_equal(LOOKS(lone, ACCEPTOR), 0); /* finds the opening */
    assert_int_equal(LOOKS(lone, ACCEPTOR), 0);
    assert_int_equal(LOOKS(lone, ACCEPTOR), 1);
    assert_int_equal(lone->effects->inputs[0].u.observation.tag, 3);
    assert_int_equal(lone->effects->inputs[1].kind, PART_ACTOR_LOST);
    assert_int_equal(lone->effects->inputs[1].part, N1);
    assert_int_equal(lone->effects->inputs[1].flags, INPUT_SILENT);
    assert_false(can_be(lone, ACTION_LOOK, ACCEPTOR));
    assert_true(can_be(lone, ACTION_NOTICE, OPENER));
}

static void a_frame_and_a_heartbeat_start_the_count_again(void **state)
{
    struct lone_part *lone = *state;
    LOOKS(lone, ACCEPTOR);
    LOOKS(lone, ACCEPTOR);
    ships(lone);
    happens(lone, PART_CONNECTION_POP, ACCEPTOR);
    assert_int_equal(LOOKS(lone, ACCEPTOR), 0);
    LOOKS(lone, ACCEPTOR);
    BEATS(lone, OPENER);
    BEATS(lone, OPENER);
    happens(lone, PART_CONNECTION_HEARTBEAT, ACCEPTOR);
    assert_int_equal(LOOKS(lone, ACCEPTOR), 0);
    assert_int_equal(LOOKS(lone, ACCEPTOR), 0);
    assert_int_equal(LOOKS(lone, ACCEPTOR), 1);
}

static void what_is_under_way_is_not_heard_yet(void **state)
{
    struct lone_part *lone = *state;
    ships(lone);
    BEATS(lone, OPENER);
    LOOKS(lone, ACCEPTOR);
    LOOKS(lone, ACCEPTOR);
    assert_int_equal(LOOKS(lone, ACCEPTOR), 1);
}

static void heartbeats_go_with_the_end_that_they_are_for(void **state)
{
    struct lone_part *lone = *state;
    BEATS(lone, OPENER);
    happens(lone, PART_CONNECTION_GIVE_UP, ACCEPTOR);
    assert_false(can_be(lone, ACTION_HEARTBEAT, ACCEPTOR));
    assert_int_equal(BEATS(lone, OPENER), 1); /* it does not know: into the void */
    happens(lone, PART_CONNECTION_NOTICE, OPENER);
    assert_true(lone_is_zero(lone));
}

static void nobody_ticks_without_a_budget(void **state)
{
    struct lone_part *lone = *state;
    assert_int_equal(lone_offers_of_kind(lone, ACTION_BEAT) + lone_offers_of_kind(lone, ACTION_LOOK), 4);
    lone->small.plan.check.ticks = 0;
    assert_int_equal(lone_offers_of_kind(lone, ACTION_BEAT) + lone_offers_of_kind(lone, ACTION_LOOK), 0);
}

static void neither_clients_nor_runs_tick_in_the_world(void **state)
{
    for (enum shape_purpose purpose = SHAPE_RUN; purpose <= SHAPE_CHECK; purpose++) {
        struct lone_part *lone = lone_part_in(purpose == SHAPE_RUN ? LONE_PAIR : LONE_CONNECTION, purpose);
        lone->small.plan.check.ticks = 100;
        opened(lone);
        assert_int_equal(lone_offers_of_kind(lone, ACTION_BEAT) + lone_offers_of_kind(lone, ACTION_LOOK), 0);
        lone_part_free(lone);
    }
    (void)state;
}

#define ON_A_WATCHED_CONNECTION(test) cmocka_unit_test_setup_teardown(test, watch_setup, watch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_WATCHED_CONNECTION(an_end_that_has_nothing_to_say_sends_a_heartbeat),
        ON_A_WATCHED_CONNECTION(what_an_end_sent_saves_one_heartbeat),
        ON_A_WATCHED_CONNECTION(the_third_look_after_the_last_byte_gives_up),
        ON_A_WATCHED_CONNECTION(a_frame_and_a_heartbeat_start_the_count_again),
        ON_A_WATCHED_CONNECTION(what_is_under_way_is_not_heard_yet),
        ON_A_WATCHED_CONNECTION(heartbeats_go_with_the_end_that_they_are_for),
        ON_A_WATCHED_CONNECTION(nobody_ticks_without_a_budget),
        cmocka_unit_test(neither_clients_nor_runs_tick_in_the_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
