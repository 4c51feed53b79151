/* Two or three nodes and no clients: how nodes connect, and what each of them learns when a connection is broken, given
 * up, or dies with its node. */
#include "tests/sim_world/worlds.h"

static const struct plan_check one_of_each = {
    .crashes = 1, .power_losses = 1, .restarts = 1, .disconnects = 1, .timeouts = 1, .suspicions = 1};

static struct small_world *cluster_of(uint32_t nodes, enum shape_purpose purpose, struct plan_check bounds)
{
    struct small_world *small = small_world_new();
    small_plan_cluster(&small->small, nodes);
    small->small.plan.producer_count = small->small.plan.consumer_count = 0;
    small->small.plan.check = bounds;
    small_world_begin(small, purpose);
    return small;
}

static int pair_setup(void **state)
{
    *state = cluster_of(2, SHAPE_CHECK, one_of_each);
    return 0;
}

/* Nodes may connect again once, all of them together. */
static int bounded_setup(void **state)
{
    *state = cluster_of(2, SHAPE_CHECK, (struct plan_check){.reconnects_bounded = true, .reconnects = 1});
    return 0;
}

static int ticking_setup(void **state)
{
    *state = cluster_of(2, SHAPE_CHECK, (struct plan_check){.ticks = 3});
    return 0;
}

static int three_setup(void **state)
{
    *state = cluster_of(3, SHAPE_CHECK, one_of_each);
    return 0;
}

static int run_setup(void **state)
{
    *state = cluster_of(3, SHAPE_RUN, one_of_each);
    return 0;
}

static int cluster_teardown(void **state)
{
    small_world_free(*state);
    return 0;
}

static int are_connected(const struct small_world *small, uint32_t a, uint32_t b)
{
    return world_connection_open(small->world, shape_connection_between(small->shape, a, b, 0)) ||
           world_connection_open(small->world, shape_connection_between(small->shape, a, b, 1));
}

/* Both know that they are connected, and have nothing more to say. */
static void two_nodes_are_connected(struct small_world *small)
{
    happens(small, "boot n1");
    happens(small, "boot n2");
    happens(small, "accept n2 -> n1");
    happens(small, "established n2 -> n1");
    settles(small);
}

static void the_node_with_the_higher_number_opens(void **state)
{
    struct small_world *small = *state;
    settles(small);
    for (uint32_t a = 0; a < 3; a++)
        for (uint32_t b = 0; b < a; b++)
            assert_true(are_connected(small, a, b));
}

static void a_connected_node_waits_for_nothing(void **state)
{
    struct small_world *small = *state;
    two_nodes_are_connected(small);
    assert_false(may_happen(small, "timer n2 connect"));
    assert_false(may_happen(small, "timer n2 attempt"));
    assert_false(may_happen(small, "timer n1 election"));
    assert_false(may_happen(small, "timer n2 election"));
}

static void a_refused_node_tries_again_on_the_other_slot(void **state)
{
    struct small_world *small = *state;
    happens(small, "boot n2");
    assert_false(may_happen(small, "timer n2 connect"));
    happens(small, "refuse n2 -> n1");
    assert_false(may_happen(small, "timer n2 attempt"));
    happens(small, "boot n1");
    happens(small, "timer n2 connect");
    assert_true(may_happen(small, "accept n2 -> n1 #2"));
    assert_false(may_happen(small, "accept n2 -> n1"));
}

static void a_refused_node_tries_again_as_often_as_it_likes(void **state)
{
    struct small_world *small = *state;
    happens(small, "boot n2");
    happens(small, "refuse n2 -> n1");
    happens(small, "timer n2 connect");
    happens(small, "refuse n2 -> n1 #2");
    happens(small, "timer n2 connect");
    happens(small, "refuse n2 -> n1");
    assert_true(may_happen(small, "timer n2 connect"));
}

static void or_no_more_often_than_a_check_allows(void **state)
{
    struct small_world *small = *state;
    happens(small, "boot n2");
    happens(small, "refuse n2 -> n1"); /* the first attempt counts for none */
    happens(small, "timer n2 connect");
    happens(small, "refuse n2 -> n1 #2");
    assert_false(may_happen(small, "timer n2 connect"));
}

static void an_attempt_that_nobody_answers_is_made_again_within_the_budget_of_time_outs(void **state)
{
    struct small_world *small = *state;
    happens(small, "boot n2");
    happens(small, "timer n2 attempt");
    assert_false(may_happen(small, "refuse n2 -> n1"));
    assert_true(may_happen(small, "refuse n2 -> n1 #2"));
    assert_false(may_happen(small, "timer n2 attempt")); /* the only one */
}

static void after_a_break_each_node_learns_by_an_action_of_its_own(void **state)
{
    struct small_world *small = *state;
    two_nodes_are_connected(small);
    happens(small, "break n2 - n1 keep 0 0");
    assert_false(may_happen(small, "timer n2 connect")); /* it does not know yet */
    happens(small, "notice n1 -> n2");
    assert_true(may_happen(small, "timer n2 connect"));
    assert_true(may_happen(small, "notice n2 -> n1"));
    happens(small, "timer n2 connect");
    happens(small, "accept n2 -> n1 #2"); /* the new connection may come before the news of the old one's end */
    assert_false(may_happen(small, "notice n2 -> n1"));
    settles(small);
    assert_true(are_connected(small, 0, 1));
}

static void a_suspicion_is_one_nodes_own_and_the_other_is_told_as_of_a_close(void **state)
{
    struct small_world *small = *state;
    two_nodes_are_connected(small);
    assert_true(may_happen(small, "give-up n1 -> n2"));
    happens(small, "give-up n2 -> n1");
    assert_true(may_happen(small, "timer n2 connect"));
    assert_true(may_happen(small, "notice n2 -> n1"));
    assert_false(may_happen(small, "give-up n1 -> n2")); /* the budget of suspicions is spent */
    settles(small);
    assert_true(are_connected(small, 0, 1));
}

static void the_budget_of_ticks_is_one_for_all_beats_and_looks(void **state)
{
    struct small_world *small = *state;
    two_nodes_are_connected(small);
    happens(small, "beat n2 -> n1"); /* what it sent lately is word enough */
    happens(small, "beat n2 -> n1");
    happens(small, "look n1 -> n2");
    assert_false(may_happen(small, "look n2 -> n1"));
    assert_false(may_happen(small, "beat n1 -> n2"));
    assert_true(may_happen(small, "heartbeat n2 -> n1")); /* what was sent arrives */
}

static void a_crash_closes_a_nodes_connections_to_all_others(void **state)
{
    struct small_world *small = *state;
    settles(small);
    happens(small, "crash n2");
    assert_false(may_happen(small, "notice n3 -> n1"));
    assert_true(may_happen(small, "notice n2 -> n1"));
    assert_true(may_happen(small, "notice n2 -> n3"));
    assert_false(may_happen(small, "timer n2 connect"));
    happens(small, "notice n2 -> n1");
    happens(small, "notice n2 -> n3");
    assert_true(may_happen(small, "timer n3 connect")); /* n3 opens to n2; n1 waits to be opened to */
    assert_false(may_happen(small, "timer n1 connect"));
    assert_true(are_connected(small, 0, 2));
}

static void a_node_that_comes_back_is_connected_again(void **state)
{
    struct small_world *small = *state;
    settles(small);
    happens(small, "crash n2 power");
    happens(small, "restart n2");
    settles(small);
    assert_true(are_connected(small, 0, 1));
    assert_true(are_connected(small, 1, 2));
}

static void attempts_to_connect_die_with_their_node(void **state)
{
    struct small_world *small = *state;
    happens(small, "boot n3");
    assert_true(may_happen(small, "refuse n3 -> n1"));
    assert_true(may_happen(small, "refuse n3 -> n2"));
    happens(small, "crash n3");
    assert_false(may_happen(small, "refuse n3 -> n1"));
    assert_false(may_happen(small, "refuse n3 -> n2"));
}

static void only_the_first_boot_of_a_node_is_its_first(void **state)
{
    struct small_world *small = *state;
    happens(small, "boot n1");
    assert_int_equal(world_queue(small->world, 0, 0).role, ROLE_PRIMARY);
    happens(small, "crash n1 wiped");
    happens(small, "restart n1");
    while (may_happen(small, "continue n1"))
        happens(small, "continue n1");
    assert_int_equal(world_queue(small->world, 0, 0).role, ROLE_SEEKING);
    assert_int_equal(world_queue(small->world, 0, 0).epoch, 0); /* it knows of nothing */
}

static void who_serves_a_queue_is_the_primary_that_is_up(void **state)
{
    struct small_world *small = *state;
    assert_int_equal(world_primary(small->world, 0), UINT32_MAX);
    happens(small, "boot n2");
    assert_int_equal(world_primary(small->world, 0), UINT32_MAX);
    happens(small, "boot n1");
    assert_int_equal(world_primary(small->world, 0), 0);
    happens(small, "crash n1");
    assert_int_equal(world_primary(small->world, 0), UINT32_MAX);
}

#define IN(setup, behaviour) cmocka_unit_test_setup_teardown(behaviour, setup, cluster_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN(three_setup, the_node_with_the_higher_number_opens),
        IN(pair_setup, a_connected_node_waits_for_nothing),
        IN(pair_setup, a_refused_node_tries_again_on_the_other_slot),
        IN(pair_setup, a_refused_node_tries_again_as_often_as_it_likes),
        IN(bounded_setup, or_no_more_often_than_a_check_allows),
        IN(pair_setup, an_attempt_that_nobody_answers_is_made_again_within_the_budget_of_time_outs),
        IN(pair_setup, after_a_break_each_node_learns_by_an_action_of_its_own),
        IN(pair_setup, a_suspicion_is_one_nodes_own_and_the_other_is_told_as_of_a_close),
        IN(ticking_setup, the_budget_of_ticks_is_one_for_all_beats_and_looks),
        IN(three_setup, a_crash_closes_a_nodes_connections_to_all_others),
        IN(three_setup, a_node_that_comes_back_is_connected_again),
        IN(three_setup, attempts_to_connect_die_with_their_node),
        IN(run_setup, only_the_first_boot_of_a_node_is_its_first),
        IN(run_setup, who_serves_a_queue_is_the_primary_that_is_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
