/* Names of actions: what people read in a trace and write in a reproducer. */
#include "tests/sim_world/worlds.h"

static int text_setup(void **state)
{
    struct small_world *small = small_world_new();
    small->small.producers[0].count = 2;
    small_plan_cluster(&small->small, 3);
    small_world_begin(small, SHAPE_CHECK);
    *state = small;
    return 0;
}

static int text_teardown(void **state)
{
    small_world_free(*state);
    return 0;
}

static void names_are_read_back_as_they_are_written(void **state)
{
    struct small_world *small = *state;
    static const char *const names[] = {
        "boot n1",
        "boot web.2",
        "deliver web.1 -> n1",
        "deliver n2 -> worker.1 #2",
        "accept web.2 -> n2 #2",
        "refuse web.1 -> n1",
        "established worker.1 -> n1",
        "notice n1 -> web.1",
        "notice web.1 -> n1 cut 2",
        "writable n1 -> web.1",
        "writable web.1 -> n1",
        "timer web.1 arrival",
        "timer web.1 arrival 300",
        "timer worker.1 service",
        "timer n1 fsync",
        "timer n1 connect",
        "timer n1 election",
        "timer n1 ship",
        "timer n2 attempt",
        "timer n1 15",
        "continue n1",
        "fsync n2",
        "break web.1 - n1 keep 0 1",
        "break web.1 - n1 #2 keep 3 0",
        "crash n1",
        "crash n1 in-flight lost",
        "crash n1 power",
        "crash n2 power kept 2 torn short in-flight lost",
        "crash n1 power torn zeroed",
        "crash n1 wiped",
        "crash n1 power wiped in-flight lost",
        "crash worker.1",
        "crash worker.1 in-flight lost",
        "restart worker.1",
        "restart n1",
        "restart n1 cut 1",
        "deliver web.1 -> n1 cut 3 power kept 1 torn zeroed picks 1 0",
        "continue n1 picks 7",
        "accept n2 -> n1",
        "accept n3 -> n1 #2",
        "refuse n3 -> n2",
        "established n3 -> n2 #2",
        "deliver n2 -> n1",
        "deliver n1 -> n2",
        "deliver n2 -> n3 #2 cut 1",
        "notice n1 -> n3",
        "writable n3 -> n1",
        "give-up n1 -> n2",
        "give-up n2 -> n1 #2 cut 3",
        "give-up web.1 -> n1",
        "break n3 - n1 keep 2 1",
    };
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct action action = action_named(small, names[i]);
        char text[ACTION_TEXT_MAX];
        action_text(small->shape, &action, text);
        assert_string_equal(text, names[i]);
    }
}

static void a_name_says_which_end_is_meant(void **state)
{
    struct small_world *small = *state;
    assert_int_equal(action_named(small, "deliver web.1 -> n1").end, 1);
    assert_int_equal(action_named(small, "deliver n1 -> web.1").end, 0);
    assert_int_equal(action_named(small, "notice n1 -> web.1").end, 0);
    assert_int_equal(action_named(small, "writable web.1 -> n1").end, 0);
    assert_int_equal(action_named(small, "writable n1 -> web.1").end, 1);
    assert_int_equal(action_named(small, "deliver n2 -> n1").end, 1);
    assert_int_equal(action_named(small, "deliver n1 -> n2").end, 0);
    assert_int_equal(action_named(small, "give-up n1 -> n2").end, 1);
    assert_int_equal(action_named(small, "give-up n2 -> n1").end, 0);
}

static void connections_are_numbered_by_client_node_and_turn(void **state)
{
    struct small_world *small = *state;
    assert_int_equal(action_named(small, "accept web.1 -> n1").connection, 0);
    assert_int_equal(action_named(small, "accept web.1 -> n1 #2").connection, 1);
    assert_int_equal(action_named(small, "accept web.1 -> n2").connection, 2);
    assert_int_equal(action_named(small, "accept worker.1 -> n2 #2").connection, 15);
}

static void connections_between_nodes_come_behind_those_of_clients(void **state)
{
    struct small_world *small = *state;
    static const char *const names[] = {"accept n2 -> n1", "accept n2 -> n1 #2", "accept n3 -> n1",
                                        "accept n3 -> n1 #2", "accept n3 -> n2", "accept n3 -> n2 #2"};
    for (uint32_t i = 0; i < 6; i++)
        assert_int_equal(action_named(small, names[i]).connection, 18 + i);
    assert_int_equal(small->shape->connection_count, 24);
}

static void a_wrong_name_says_where_it_goes_wrong(void **state)
{
    struct small_world *small = *state;
    static const struct {
        const char *name;
        size_t at;
    } wrong[] = {
        {"", 0},
        {"bot n1", 0},
        {"boot n4", 5},
        {"boot n1 n2", 8},
        {"deliver web.1 n1", 14},
        {"deliver web.1 -> worker.1", 17},
        {"accept n1 -> web.1", 13},
        {"accept n1 -> n2", 13},
        {"break n1 - n2 keep 0 0", 11},
        {"deliver n2 -> n2", 14},
        {"timer web.1 lunch", 12},
        {"timer n1 16", 9},
        {"timer n1 0", 9},
        {"fsync web.1", 6},
        {"crash n1 wiped kept 1", 15},
        {"crash n1 power torn off", 20},
        {"break web.1 - n1 keep 1", 23},
        {"fsync n1 cut 0", 13},
        {"fsync n1 cut 64", 13},
    };
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct action action;
        size_t at = 1000;
        assert_false(action_parse(small->shape, wrong[i].name, &action, &at));
        if (at != wrong[i].at)
            fail_msg("'%s': %zu, not %zu", wrong[i].name, at, wrong[i].at);
    }
}

static void nodes_that_share_no_queue_have_no_connection(void **state)
{
    struct small_world *apart = small_world_new();
    struct action action;
    size_t at;
    (void)state;
    apart->small.plan.node_count = 3;
    small_world_begin(apart, SHAPE_CHECK);
    assert_int_equal(apart->shape->connection_count, 12);
    assert_int_equal(apart->shape->broker[0].peer_slots, apart->shape->broker[0].connections);
    assert_false(action_parse(apart->shape, "accept n2 -> n1", &action, &at));
    small_world_free(apart);
}

#define TEST(behaviour) cmocka_unit_test_setup_teardown(behaviour, text_setup, text_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names_are_read_back_as_they_are_written),
        TEST(a_name_says_which_end_is_meant),
        TEST(connections_are_numbered_by_client_node_and_turn),
        TEST(connections_between_nodes_come_behind_those_of_clients),
        TEST(nodes_that_share_no_queue_have_no_connection),
        TEST(a_wrong_name_says_where_it_goes_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
