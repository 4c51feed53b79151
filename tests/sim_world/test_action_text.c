/* Names of actions: what people read in a trace and write in a reproducer. */
#include "tests/sim_world/worlds.h"

static int text_setup(void **state)
{
    struct small_world *small = small_world_new();
    small->small.producers[0].count = 2;
    small->small.plan.node_count = 2;
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
        "timer n1 0",
        "continue n1",
        "fsync n2",
        "break web.1 - n1 keep 0 1",
        "break web.1 - n1 #2 keep 3 0",
        "crash n1",
        "crash n1 in-flight lost",
        "crash n1 power",
        "crash n2 power kept 2 torn short in-flight lost",
        "crash n1 power torn zeroed",
        "restart n1",
        "restart n1 cut 1",
        "deliver web.1 -> n1 cut 3 power kept 1 torn zeroed picks 1 0",
        "continue n1 picks 7",
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
}

static void connections_are_numbered_by_client_node_and_turn(void **state)
{
    struct small_world *small = *state;
    assert_int_equal(action_named(small, "accept web.1 -> n1").connection, 0);
    assert_int_equal(action_named(small, "accept web.1 -> n1 #2").connection, 1);
    assert_int_equal(action_named(small, "accept web.1 -> n2").connection, 2);
    assert_int_equal(action_named(small, "accept worker.1 -> n2 #2").connection, 11);
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
        {"boot n3", 5},
        {"boot n1 n2", 8},
        {"deliver web.1 n1", 14},
        {"deliver web.1 -> worker.1", 17},
        {"accept n1 -> web.1", 13},
        {"timer web.1 lunch", 12},
        {"timer n1 16", 9},
        {"crash web.1", 6},
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

#define TEST(behaviour) cmocka_unit_test_setup_teardown(behaviour, text_setup, text_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names_are_read_back_as_they_are_written),
        TEST(a_name_says_which_end_is_meant),
        TEST(connections_are_numbered_by_client_node_and_turn),
        TEST(a_wrong_name_says_where_it_goes_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
