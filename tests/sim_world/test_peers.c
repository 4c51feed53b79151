/* A connection between two nodes by itself: who opens it, what each end learns of its end, and when. */
#include "tests/sim_world/lone_connection.h"

enum { OPENER, ACCEPTOR }; /* n2, n1 */
#define N1 0
#define N2 1

static int peers_setup(void **state)
{
    *state = lone_part_new(LONE_PAIR);
    return 0;
}

static int peers_teardown(void **state)
{
    lone_part_free(*state);
    return 0;
}

static void ships(struct lone_part *lone, unsigned end, uint64_t operation)
{
    sends_frame(lone, end,
                (struct frame){.kind = end == OPENER ? FRAME_SHIP : FRAME_SHIPPED, .tag = operation, .term = 1});
}

static void each_end_learns_which_node_the_other_is(void **state)
{
    struct lone_part *lone = *state;
    uint16_t peer_slots = lone->shape->broker[N1].peer_slots;
    happens(lone, PART_CONNECTION_OPEN, OPENER);
    happens(lone, PART_CONNECTION_ACCEPT, 0);
    const struct part_input *told = lone_told(lone);
    assert_int_equal(told->kind, PART_ACTOR_OPENED);
    assert_int_equal(told->part, N1);
    assert_int_equal(told->flags, INPUT_PEER_NODE);
    assert_int_equal(told->value, N2);
    assert_int_equal(told->connection, peer_slots + 2 * N2);
    happens(lone, PART_CONNECTION_ESTABLISHED, 0);
    told = lone_told(lone);
    assert_int_equal(told->part, N2);
    assert_int_equal(told->flags, INPUT_PEER_NODE);
    assert_int_equal(told->value, N1);
    assert_int_equal(told->connection, peer_slots + 2 * N1);
}

static void an_end_that_gives_up_is_told_at_once_that_there_was_silence(void **state)
{
    struct lone_part *lone = *state;
    opened(lone);
    happens(lone, PART_CONNECTION_GIVE_UP, ACCEPTOR);
    assert_int_equal(lone_told(lone)->kind, PART_ACTOR_LOST);
    assert_int_equal(lone_told(lone)->part, N1);
    assert_int_equal(lone_told(lone)->flags, INPUT_SILENT);
    assert_false(can_be(lone, ACTION_GIVE_UP, ACCEPTOR));
}

static void the_other_end_learns_of_it_by_an_action_of_its_own(void **state)
{
    struct lone_part *lone = *state;
    opened(lone);
    ships(lone, ACCEPTOR, 1);
    happens(lone, PART_CONNECTION_GIVE_UP, ACCEPTOR);
    assert_true(lone_noted(lone, PENDING_NOTICE));
    assert_false(can_be(lone, ACTION_NOTICE, OPENER)); /* what was sent before comes first */
    happens(lone, PART_CONNECTION_POP, OPENER);
    assert_int_equal(lone_told(lone)->kind, PART_ACTOR_FRAME);
    assert_true(can_be(lone, ACTION_NOTICE, OPENER));
    happens(lone, PART_CONNECTION_NOTICE, OPENER);
    assert_int_equal(lone_told(lone)->kind, PART_ACTOR_LOST);
    assert_int_equal(lone_told(lone)->part, N2);
    assert_int_equal(lone_told(lone)->flags, 0); /* closed, not silent */
    assert_true(lone_is_zero(lone));
}

static void an_end_that_gave_up_reads_nothing_more(void **state)
{
    struct lone_part *lone = *state;
    opened(lone);
    ships(lone, OPENER, 1);
    happens(lone, PART_CONNECTION_GIVE_UP, ACCEPTOR);
    assert_false(can_be(lone, ACTION_DELIVER, ACCEPTOR));
}

static void both_ends_may_give_up_independently(void **state)
{
    struct lone_part *lone = *state;
    opened(lone);
    happens(lone, PART_CONNECTION_GIVE_UP, OPENER);
    assert_true(can_be(lone, ACTION_NOTICE, ACCEPTOR));
    assert_true(can_be(lone, ACTION_GIVE_UP, ACCEPTOR)); /* the news may be slower than its patience */
    happens(lone, PART_CONNECTION_GIVE_UP, ACCEPTOR);
    assert_int_equal(lone_told(lone)->flags, INPUT_SILENT);
    assert_true(lone_is_zero(lone));
}

static void only_an_end_that_is_open_can_give_up(void **state)
{
    struct lone_part *lone = *state;
    happens(lone, PART_CONNECTION_OPEN, OPENER);
    assert_int_equal(lone_offers_of_kind(lone, ACTION_GIVE_UP), 0);
    happens(lone, PART_CONNECTION_ACCEPT, 0);
    assert_false(can_be(lone, ACTION_GIVE_UP, OPENER));
    assert_true(can_be(lone, ACTION_GIVE_UP, ACCEPTOR));
    happens(lone, PART_CONNECTION_ESTABLISHED, 0);
    assert_true(can_be(lone, ACTION_GIVE_UP, OPENER));
}

static void an_end_at_a_client_gives_up_in_a_run_only(void **state)
{
    for (enum shape_purpose purpose = SHAPE_RUN; purpose <= SHAPE_CHECK; purpose++) {
        struct lone_part *lone = lone_part_in(LONE_CONNECTION, purpose);
        opened(lone);
        assert_int_equal(lone_offers_of_kind(lone, ACTION_GIVE_UP), purpose == SHAPE_RUN ? 2 : 0);
        lone_part_free(lone);
    }
    (void)state;
}

static void after_a_break_each_end_learns_by_an_action_of_its_own(void **state)
{
    struct lone_part *lone = *state;
    opened(lone);
    ships(lone, OPENER, 1);
    ships(lone, ACCEPTOR, 2);
    lone_step(lone, (struct part_input){.kind = PART_CONNECTION_BREAK, .keep = {0, 1}});
    assert_true(can_be(lone, ACTION_NOTICE, OPENER));
    assert_false(can_be(lone, ACTION_NOTICE, ACCEPTOR));
    happens(lone, PART_CONNECTION_POP, ACCEPTOR);
    happens(lone, PART_CONNECTION_NOTICE, ACCEPTOR);
    assert_int_equal(lone_told(lone)->part, N1);
    happens(lone, PART_CONNECTION_NOTICE, OPENER);
    assert_int_equal(lone_told(lone)->part, N2);
    assert_true(lone_is_zero(lone));
}

/* It was to be opened anew as soon as the acceptor would notice; a process that is dead opens nothing. */
static void an_opening_that_waits_dies_with_its_opener(void **state)
{
    struct lone_part *lone = *state;
    opened(lone);
    happens(lone, PART_CONNECTION_CLOSE, OPENER);
    happens(lone, PART_CONNECTION_OPEN, OPENER);
    happens(lone, PART_CONNECTION_END_DIES, OPENER);
    happens(lone, PART_CONNECTION_NOTICE, ACCEPTOR);
    assert_true(lone_is_zero(lone));
}

static void a_dead_acceptor_leaves_the_waiting_opening_to_its_opener(void **state)
{
    struct lone_part *lone = *state;
    opened(lone);
    happens(lone, PART_CONNECTION_CLOSE, OPENER);
    happens(lone, PART_CONNECTION_OPEN, OPENER);
    happens(lone, PART_CONNECTION_END_DIES, ACCEPTOR);
    assert_true(can_be(lone, ACTION_REFUSE, 0));
}

static struct digest canonical_of_operation(uint64_t operation)
{
    struct lone_part *lone = lone_part_new(LONE_PAIR);
    opened(lone);
    ships(lone, OPENER, operation);
    struct part_anchor anchors[ANCHORS_MAX];
    assert_int_equal(part_anchors(lone->shape, lone->part, lone->block, anchors), 0);
    struct digest digest = part_canonical_digest(lone->shape, lone->part, lone->block, NULL);
    lone_part_free(lone);
    return digest;
}

static void the_number_of_an_operation_under_way_is_part_of_the_state(void **state)
{
    assert_true(digest_equal(canonical_of_operation(1), canonical_of_operation(1)));
    assert_false(digest_equal(canonical_of_operation(1), canonical_of_operation(2)));
    (void)state;
}

#define TEST(behaviour) cmocka_unit_test_setup_teardown(behaviour, peers_setup, peers_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_end_learns_which_node_the_other_is),
        TEST(an_end_that_gives_up_is_told_at_once_that_there_was_silence),
        TEST(the_other_end_learns_of_it_by_an_action_of_its_own),
        TEST(an_end_that_gave_up_reads_nothing_more),
        TEST(both_ends_may_give_up_independently),
        TEST(only_an_end_that_is_open_can_give_up),
        TEST(an_end_at_a_client_gives_up_in_a_run_only),
        TEST(after_a_break_each_end_learns_by_an_action_of_its_own),
        TEST(an_opening_that_waits_dies_with_its_opener),
        TEST(a_dead_acceptor_leaves_the_waiting_opening_to_its_opener),
        TEST(the_number_of_an_operation_under_way_is_part_of_the_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
