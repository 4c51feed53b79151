/* A connection by itself: what each end learns, and when. */
#include "tests/sim_world/lone_connection.h"

enum { CLIENT, NODE };

static int connection_setup(void **state)
{
    *state = lone_part_new(LONE_CONNECTION);
    return 0;
}

static int connection_teardown(void **state)
{
    lone_part_free(*state);
    return 0;
}

static void sends(struct lone_part *lone, unsigned end, uint64_t tag)
{
    sends_frame(lone, end, (struct frame){.kind = end == CLIENT ? FRAME_PUBLISH : FRAME_CONFIRM, .tag = tag});
}

/* The tag of the frame that arrives next at an end. */
static uint64_t arrives(struct lone_part *lone, unsigned end)
{
    happens(lone, PART_CONNECTION_POP, end);
    assert_int_equal(lone_told(lone)->kind, PART_ACTOR_FRAME);
    assert_int_equal(lone_told(lone)->part, end == CLIENT ? 1 : 0);
    return lone_told(lone)->u.frame.tag;
}

static void breaks(struct lone_part *lone, uint32_t to_client, uint32_t to_node)
{
    lone_step(lone, (struct part_input){.kind = PART_CONNECTION_BREAK, .keep = {to_client, to_node}});
}

static void an_opening_connection_may_be_accepted_or_refused(void **state)
{
    struct lone_part *lone = *state;
    happens(lone, PART_CONNECTION_OPEN, CLIENT);
    assert_true(can_be(lone, ACTION_ACCEPT, 0));
    assert_true(can_be(lone, ACTION_REFUSE, 0));
    assert_false(can_be(lone, ACTION_ESTABLISHED, 0));
}

static void a_refused_client_learns_that_it_lost_and_the_slot_is_free(void **state)
{
    struct lone_part *lone = *state;
    happens(lone, PART_CONNECTION_OPEN, CLIENT);
    happens(lone, PART_CONNECTION_REFUSE, 0);
    assert_int_equal(lone_told(lone)->kind, PART_ACTOR_LOST);
    assert_int_equal(lone_told(lone)->part, 1);
    assert_true(lone_is_zero(lone));
}

static void each_end_learns_of_the_opening_by_itself(void **state)
{
    struct lone_part *lone = *state;
    happens(lone, PART_CONNECTION_OPEN, CLIENT);
    happens(lone, PART_CONNECTION_ACCEPT, 0);
    assert_int_equal(lone_told(lone)->kind, PART_ACTOR_OPENED);
    assert_int_equal(lone_told(lone)->part, 0);
    assert_false(can_be(lone, ACTION_ACCEPT, 0));
    happens(lone, PART_CONNECTION_ESTABLISHED, 0);
    assert_int_equal(lone_told(lone)->kind, PART_ACTOR_OPENED);
    assert_int_equal(lone_told(lone)->part, 1);
    assert_false(can_be(lone, ACTION_ESTABLISHED, 0));
}

static void frames_arrive_in_order_in_each_direction(void **state)
{
    struct lone_part *lone = *state;
    opened(lone);
    sends(lone, CLIENT, 1);
    sends(lone, NODE, 11);
    sends(lone, CLIENT, 2);
    sends(lone, NODE, 12);
    assert_int_equal(arrives(lone, CLIENT), 11);
    assert_int_equal(arrives(lone, NODE), 1);
    assert_int_equal(arrives(lone, NODE), 2);
    assert_int_equal(arrives(lone, CLIENT), 12);
    assert_false(can_be(lone, ACTION_DELIVER, CLIENT));
    assert_false(can_be(lone, ACTION_DELIVER, NODE));
}

static void frames_stay_in_order_when_the_ring_wraps(void **state)
{
    struct lone_part *lone = *state;
    opened(lone);
    uint64_t sent = 0, arrived = 0;
    for (uint32_t i = 0; i < 3 * lone->shape->connection_frames; i++) {
        sends(lone, CLIENT, ++sent);
        if (sent % 3 != 0)
            assert_int_equal(arrives(lone, NODE), ++arrived);
        else if (sent - arrived > lone->shape->window_frames)
            assert_int_equal(arrives(lone, NODE), ++arrived);
    }
    while (arrived < sent)
        assert_int_equal(arrives(lone, NODE), ++arrived);
}

static void an_emptied_connection_has_no_trace_of_its_frames(void **state)
{
    struct lone_part *lone = *state, *other = lone_part_new(LONE_CONNECTION);
    opened(lone);
    opened(other);
    for (uint64_t tag = 1; tag <= 3; tag++)
        sends(lone, CLIENT, tag);
    for (uint64_t tag = 1; tag <= 3; tag++)
        arrives(lone, NODE);
    assert_memory_equal(lone->block, other->block, part_block_bytes(lone->shape, lone->part));
    lone_part_free(other);
}

static void what_was_sent_before_a_close_still_arrives(void **state)
{
    struct lone_part *lone = *state;
    opened(lone);
    sends(lone, NODE, 1);
    happens(lone, PART_CONNECTION_CLOSE, NODE);
    assert_true(lone_noted(lone, PENDING_NOTICE));
    assert_false(can_be(lone, ACTION_NOTICE, CLIENT));
    assert_int_equal(arrives(lone, CLIENT), 1);
    assert_true(can_be(lone, ACTION_NOTICE, CLIENT));
    happens(lone, PART_CONNECTION_NOTICE, CLIENT);
    assert_int_equal(lone_told(lone)->kind, PART_ACTOR_LOST);
    assert_true(lone_noted(lone, PENDING_CLOSED));
    assert_true(lone_is_zero(lone));
}

static void an_end_that_closes_reads_nothing_more(void **state)
{
    struct lone_part *lone = *state;
    opened(lone);
    sends(lone, CLIENT, 1);
    happens(lone, PART_CONNECTION_CLOSE, NODE);
    assert_false(can_be(lone, ACTION_DELIVER, NODE));
}

static void frames_sent_to_an_end_that_is_gone_vanish(void **state)
{
    struct lone_part *lone = *state;
    opened(lone);
    happens(lone, PART_CONNECTION_CLOSE, NODE);
    sends(lone, CLIENT, 1);
    assert_int_equal(lone->effects->pending_count, 0);
    assert_false(can_be(lone, ACTION_DELIVER, NODE));
}

static void a_client_whose_node_closed_at_once_may_learn_only_the_loss(void **state)
{
    struct lone_part *lone = *state;
    happens(lone, PART_CONNECTION_OPEN, CLIENT);
    happens(lone, PART_CONNECTION_ACCEPT, 0);
    happens(lone, PART_CONNECTION_CLOSE, NODE);
    assert_true(can_be(lone, ACTION_ESTABLISHED, 0));
    assert_true(can_be(lone, ACTION_NOTICE, CLIENT));
    happens(lone, PART_CONNECTION_NOTICE, CLIENT);
    assert_int_equal(lone_told(lone)->kind, PART_ACTOR_LOST);
    assert_true(lone_is_zero(lone));
}

static void a_client_that_gives_up_before_the_node_answered_leaves_nothing(void **state)
{
    struct lone_part *lone = *state;
    happens(lone, PART_CONNECTION_OPEN, CLIENT);
    happens(lone, PART_CONNECTION_CLOSE, CLIENT);
    assert_true(lone_noted(lone, PENDING_CLOSED));
    assert_true(lone_is_zero(lone));
}

static void a_break_offers_every_pair_of_surviving_prefixes(void **state)
{
    struct lone_part *lone = *state;
    opened(lone);
    sends(lone, CLIENT, 1);
    sends(lone, CLIENT, 2);
    sends(lone, NODE, 1);
    assert_int_equal(lone_offers_of_kind(lone, ACTION_BREAK), 2 * 3);
    assert_true(lone_offers(lone, (struct action){.kind = ACTION_BREAK, .keep = {1, 2}}));
}

static void after_a_break_the_kept_prefix_arrives_and_then_the_notice(void **state)
{
    struct lone_part *lone = *state;
    opened(lone);
    for (uint64_t tag = 1; tag <= 3; tag++)
        sends(lone, CLIENT, tag);
    breaks(lone, 0, 2);
    assert_int_equal(lone_offers_of_kind(lone, ACTION_BREAK), 0);
    assert_int_equal(arrives(lone, NODE), 1);
    assert_int_equal(arrives(lone, NODE), 2);
    assert_false(can_be(lone, ACTION_DELIVER, NODE));
    assert_true(can_be(lone, ACTION_NOTICE, NODE));
}

static void the_ends_of_a_broken_connection_learn_separately(void **state)
{
    struct lone_part *lone = *state;
    opened(lone);
    breaks(lone, 0, 0);
    assert_true(can_be(lone, ACTION_NOTICE, CLIENT));
    assert_true(can_be(lone, ACTION_NOTICE, NODE));
    happens(lone, PART_CONNECTION_NOTICE, CLIENT);
    assert_false(lone_is_zero(lone));
    happens(lone, PART_CONNECTION_NOTICE, NODE);
    assert_true(lone_is_zero(lone));
}

static void an_end_that_has_not_learnt_of_the_break_sends_into_the_void(void **state)
{
    struct lone_part *lone = *state;
    opened(lone);
    breaks(lone, 0, 0);
    sends(lone, CLIENT, 1);
    assert_false(can_be(lone, ACTION_DELIVER, NODE));
}

static void an_opening_waits_until_the_node_has_noticed_the_old_end(void **state)
{
    struct lone_part *lone = *state;
    opened(lone);
    happens(lone, PART_CONNECTION_CLOSE, CLIENT);
    happens(lone, PART_CONNECTION_OPEN, CLIENT);
    assert_false(can_be(lone, ACTION_ACCEPT, 0));
    happens(lone, PART_CONNECTION_NOTICE, NODE);
    assert_true(lone_noted(lone, PENDING_CLOSED));
    assert_true(lone_noted(lone, PENDING_ACCEPT));
    assert_true(can_be(lone, ACTION_ACCEPT, 0));
}

static void a_waiting_opening_can_be_given_up(void **state)
{
    struct lone_part *lone = *state;
    opened(lone);
    happens(lone, PART_CONNECTION_CLOSE, CLIENT);
    happens(lone, PART_CONNECTION_OPEN, CLIENT);
    happens(lone, PART_CONNECTION_CLOSE, CLIENT);
    happens(lone, PART_CONNECTION_NOTICE, NODE);
    assert_true(lone_is_zero(lone));
}

static void a_dead_process_leaves_its_frames_in_flight_or_takes_them_along(void **state)
{
    for (uint32_t in_flight = ACTION_IN_FLIGHT_DELIVERED; in_flight <= ACTION_IN_FLIGHT_LOST; in_flight++) {
        struct lone_part *lone = lone_part_new(LONE_CONNECTION);
        opened(lone);
        sends(lone, NODE, 7);
        sends(lone, CLIENT, 8);
        lone_step(lone, (struct part_input){.kind = PART_CONNECTION_END_DIES, .end = NODE, .argument = in_flight});
        assert_int_equal(can_be(lone, ACTION_DELIVER, CLIENT), in_flight == ACTION_IN_FLIGHT_DELIVERED);
        assert_int_equal(can_be(lone, ACTION_NOTICE, CLIENT), in_flight == ACTION_IN_FLIGHT_LOST);
        assert_false(can_be(lone, ACTION_DELIVER, NODE));
        lone_part_free(lone);
    }
    (void)state;
}

static void a_sender_beyond_the_window_is_blocked_once_until_half_has_drained(void **state)
{
    struct lone_part *lone = *state;
    uint32_t window = lone->shape->window_frames;
    opened(lone);
    for (uint32_t i = 0; i < window; i++)
        sends(lone, CLIENT, i + 1);
    happens(lone, PART_CONNECTION_PUSHED, CLIENT);
    assert_int_equal(lone->effects->input_count, 0);
    sends(lone, CLIENT, window + 1);
    happens(lone, PART_CONNECTION_PUSHED, CLIENT);
    assert_int_equal(lone_told(lone)->kind, PART_ACTOR_BLOCKED);
    happens(lone, PART_CONNECTION_PUSHED, CLIENT);
    assert_int_equal(lone->effects->input_count, 0);
    for (uint32_t left = window + 1; left > window / 2; left--) {
        assert_false(can_be(lone, ACTION_WRITABLE, CLIENT));
        arrives(lone, NODE);
    }
    assert_true(lone_noted(lone, PENDING_WRITABLE));
    assert_true(can_be(lone, ACTION_WRITABLE, CLIENT));
    happens(lone, PART_CONNECTION_WRITABLE, CLIENT);
    assert_int_equal(lone_told(lone)->kind, PART_ACTOR_WRITABLE);
    assert_false(can_be(lone, ACTION_WRITABLE, CLIENT));
}

static void a_direction_that_is_full_is_a_bound_and_not_a_loss(void **state)
{
    struct lone_part *lone = *state;
    opened(lone);
    for (uint32_t i = 0; i < lone->shape->connection_frames; i++)
        sends(lone, CLIENT, i + 1);
    assert_int_equal(lone->effects->truncated, BOUND_NONE);
    sends(lone, CLIENT, 1000);
    assert_int_equal(lone->effects->truncated, BOUND_CONNECTION);
}

static struct digest canonical(const struct lone_part *lone)
{
    return part_canonical_digest(lone->shape, lone->part, lone->block, NULL);
}

/* The canonical form of a connection whose client sent frames with two tags. */
static struct digest canonical_of_tags(uint64_t first, uint64_t second)
{
    struct lone_part *lone = lone_part_new(LONE_CONNECTION);
    opened(lone);
    sends(lone, CLIENT, first);
    sends(lone, CLIENT, second);
    struct digest digest = canonical(lone);
    lone_part_free(lone);
    return digest;
}

static void tags_under_way_count_from_the_lowest_of_them(void **state)
{
    assert_true(digest_equal(canonical_of_tags(1, 2), canonical_of_tags(5, 6)));
    assert_false(digest_equal(canonical_of_tags(1, 2), canonical_of_tags(1, 3)));
    assert_false(digest_equal(canonical_of_tags(1, 2), canonical_of_tags(2, 1)));
    (void)state;
}

static void a_frame_on_the_other_way_is_another_state(void **state)
{
    struct lone_part *lone = *state, *other = lone_part_new(LONE_CONNECTION);
    struct part_input push = {.kind = PART_CONNECTION_PUSH, .end = CLIENT};
    opened(lone);
    opened(other);
    lone_step(lone, push);
    push.end = NODE;
    lone_step(other, push);
    assert_false(digest_equal(canonical(lone), canonical(other)));
    lone_part_free(other);
}

static void where_the_ring_stands_is_no_part_of_the_state(void **state)
{
    struct lone_part *lone = *state, *other = lone_part_new(LONE_CONNECTION);
    opened(lone);
    opened(other);
    sends(lone, CLIENT, 1);
    sends(lone, CLIENT, 2);
    arrives(lone, NODE);
    sends(other, CLIENT, 2);
    assert_true(digest_equal(canonical(lone), canonical(other)));
    lone_part_free(other);
}

#define TEST(behaviour) cmocka_unit_test_setup_teardown(behaviour, connection_setup, connection_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_opening_connection_may_be_accepted_or_refused),
        TEST(a_refused_client_learns_that_it_lost_and_the_slot_is_free),
        TEST(each_end_learns_of_the_opening_by_itself),
        TEST(frames_arrive_in_order_in_each_direction),
        TEST(frames_stay_in_order_when_the_ring_wraps),
        TEST(an_emptied_connection_has_no_trace_of_its_frames),
        TEST(what_was_sent_before_a_close_still_arrives),
        TEST(an_end_that_closes_reads_nothing_more),
        TEST(frames_sent_to_an_end_that_is_gone_vanish),
        TEST(a_client_whose_node_closed_at_once_may_learn_only_the_loss),
        TEST(a_client_that_gives_up_before_the_node_answered_leaves_nothing),
        TEST(a_break_offers_every_pair_of_surviving_prefixes),
        TEST(after_a_break_the_kept_prefix_arrives_and_then_the_notice),
        TEST(the_ends_of_a_broken_connection_learn_separately),
        TEST(an_end_that_has_not_learnt_of_the_break_sends_into_the_void),
        TEST(an_opening_waits_until_the_node_has_noticed_the_old_end),
        TEST(a_waiting_opening_can_be_given_up),
        TEST(a_dead_process_leaves_its_frames_in_flight_or_takes_them_along),
        TEST(a_sender_beyond_the_window_is_blocked_once_until_half_has_drained),
        TEST(a_direction_that_is_full_is_a_bound_and_not_a_loss),
        TEST(tags_under_way_count_from_the_lowest_of_them),
        TEST(a_frame_on_the_other_way_is_another_state),
        TEST(where_the_ring_stands_is_no_part_of_the_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
