/* Clients that crash in a run and start again, and what nodes and the monitor hear of it. */
#include "tests/sim_world/worlds.h"

static int client_setup(void **state)
{
    struct small_world *small = small_world_new();
    small_world_begin(small, SHAPE_RUN);
    *state = small;
    return 0;
}

static int client_teardown(void **state)
{
    small_world_free(*state);
    return 0;
}

static void connected(struct small_world *small, const char *boot, const char *accept, const char *established)
{
    happens(small, boot);
    happens(small, accept);
    happens(small, established);
}

/* The consumer holds a message of which the node has no ack. */
static void a_message_is_worked_on(struct small_world *small)
{
    happens(small, "boot n1");
    while (may_happen(small, "continue n1"))
        happens(small, "continue n1");
    connected(small, "boot worker.1", "accept worker.1 -> n1", "established worker.1 -> n1");
    happens(small, "deliver worker.1 -> n1");
    connected(small, "boot web.1", "accept web.1 -> n1", "established web.1 -> n1");
    happens(small, "timer web.1 arrival");
    happens(small, "deliver web.1 -> n1");
    happens(small, "deliver n1 -> worker.1");
    assert_int_equal(small->counted[OBSERVE_DELIVERED], 1);
    assert_true(may_happen(small, "timer worker.1 service"));
}

static void a_crashed_client_forgets_everything_and_its_node_is_told(void **state)
{
    struct small_world *small = *state;
    uint32_t worker = small->shape->actor_count - 1;
    a_message_is_worked_on(small);
    happens(small, "crash worker.1");
    assert_false(world_actor_up(small->world, worker));
    assert_false(may_happen(small, "timer worker.1 service"));
    assert_int_equal(world_queue(small->world, 0, 0).unacknowledged, 1);
    happens(small, "notice worker.1 -> n1");
    assert_int_equal(world_queue(small->world, 0, 0).unacknowledged, 0);
    assert_int_equal(world_queue(small->world, 0, 0).ready, 1);
}

static void a_restarted_client_connects_anew_and_receives_again(void **state)
{
    struct small_world *small = *state;
    a_message_is_worked_on(small);
    happens(small, "crash worker.1");
    happens(small, "restart worker.1");
    assert_false(may_happen(small, "accept worker.1 -> n1")); /* its node still takes the old connection for good */
    happens(small, "notice worker.1 -> n1");
    connected(small, "accept worker.1 -> n1", "established worker.1 -> n1", "deliver worker.1 -> n1");
    happens(small, "deliver n1 -> worker.1");
    assert_int_equal(small->counted[OBSERVE_DELIVERED], 2);
    assert_int_equal(small->effects->observations[0].flags & FRAME_REDELIVERED, FRAME_REDELIVERED);
    assert_int_equal(small->breached, 0);
}

static void the_monitor_hears_of_a_clients_crash_and_restart(void **state)
{
    struct small_world *small = *state;
    uint32_t worker = small->shape->actor_count - 1;
    happens(small, "boot worker.1");
    happens(small, "crash worker.1");
    assert_int_equal(observed(small, OBSERVE_CRASHED), 1);
    assert_int_equal(small->effects->observations[0].actor, worker);
    happens(small, "restart worker.1");
    assert_int_equal(small->effects->observations[0].kind, OBSERVE_STARTED);
    assert_int_equal(small->effects->observations[0].actor, worker);
}

static void what_a_crashed_client_had_sent_arrives_or_is_lost(void **state)
{
    struct small_world *small = *state;
    a_message_is_worked_on(small);
    happens(small, "timer worker.1 service");
    assert_true(may_happen(small, "deliver worker.1 -> n1")); /* its ack */
    struct world_snapshot *before = world_snapshot(small->world);
    happens(small, "crash worker.1");
    assert_true(may_happen(small, "deliver worker.1 -> n1"));
    world_restore(small->world, before);
    happens(small, "crash worker.1 in-flight lost");
    assert_false(may_happen(small, "deliver worker.1 -> n1"));
    assert_true(may_happen(small, "notice worker.1 -> n1"));
    world_snapshot_free(before);
}

static void an_attempt_to_connect_dies_with_its_client(void **state)
{
    struct small_world *small = *state;
    happens(small, "boot n1");
    happens(small, "boot worker.1");
    assert_true(may_happen(small, "accept worker.1 -> n1"));
    happens(small, "crash worker.1");
    assert_false(may_happen(small, "accept worker.1 -> n1"));
    assert_false(may_happen(small, "crash worker.1"));
}

static unsigned crashes_listed(struct small_world *small, uint32_t actor)
{
    size_t count = enabled(small);
    unsigned listed = 0;
    for (size_t i = 0; i < count; i++)
        listed += small->enabled[i].kind == ACTION_CRASH && small->enabled[i].actor == actor;
    return listed;
}

static void in_a_check_no_client_crashes(void **state)
{
    struct small_world *run = *state, *check = small_world_new();
    uint32_t worker = run->shape->actor_count - 1;
    check->small.plan.check = (struct plan_check){.crashes = 3, .power_losses = 3, .restarts = 3};
    small_world_begin(check, SHAPE_CHECK);
    happens(run, "boot worker.1");
    happens(check, "boot worker.1");
    assert_int_equal(crashes_listed(run, worker), 2);
    assert_int_equal(crashes_listed(check, worker), 0);
    assert_false(may_happen(check, "crash worker.1"));
    small_world_free(check);
}

#define TEST(behaviour) cmocka_unit_test_setup_teardown(behaviour, client_setup, client_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_crashed_client_forgets_everything_and_its_node_is_told),
        TEST(a_restarted_client_connects_anew_and_receives_again),
        TEST(the_monitor_hears_of_a_clients_crash_and_restart),
        TEST(what_a_crashed_client_had_sent_arrives_or_is_lost),
        TEST(an_attempt_to_connect_dies_with_its_client),
        TEST(in_a_check_no_client_crashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
