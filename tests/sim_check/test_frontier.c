#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/check/frontier.h"

#define PARTS 3

static uint32_t add(struct frontier *frontier, uint32_t content, uint32_t parent)
{
    uint32_t tuple[PARTS] = {content, content + 1, content + 2};
    assert_true(frontier_reserve(frontier, 1));
    return frontier_add(frontier, tuple, (struct link){.parent = parent, .action = content});
}

static void states_found_in_a_level_are_expanded_in_the_next(void **state)
{
    (void)state;
    struct memory memory = {0};
    struct frontier frontier;
    frontier_init(&frontier, &memory, PARTS, false);
    uint32_t first = add(&frontier, 10, UINT32_MAX);
    assert_true(frontier_advance(&frontier));
    assert_int_equal(frontier.depth, 0);
    add(&frontier, 20, first);
    add(&frontier, 30, first);
    assert_true(frontier_advance(&frontier));
    assert_int_equal(frontier.depth, 1);
    assert_int_equal(frontier.now.first, 1);
    assert_int_equal(frontier.now.count, 2);
    assert_int_equal(frontier_tuple(&frontier, 1)[2], 32);
    assert_false(frontier_advance(&frontier));
    frontier_clear(&frontier);
    assert_int_equal(memory.bytes, 0);
}

static void a_long_chain_of_links_leads_back_to_the_start(void **state)
{
    (void)state;
    struct memory memory = {0};
    struct frontier frontier;
    frontier_init(&frontier, &memory, PARTS, false);
    uint32_t last = UINT32_MAX;
    for (uint32_t i = 0; i < 5000; i++) {
        last = add(&frontier, i, last);
        assert_true(frontier_advance(&frontier));
    }
    for (uint32_t i = 5000; i-- > 0; last = frontier.links[last].parent)
        assert_int_equal(frontier.links[last].action, i);
    assert_int_equal(last, UINT32_MAX);
    frontier_clear(&frontier);
}

static void a_frontier_that_keeps_all_still_knows_old_tuples(void **state)
{
    (void)state;
    struct memory memory = {0};
    struct frontier frontier;
    frontier_init(&frontier, &memory, PARTS, true);
    for (uint32_t i = 0; i < 100; i++) {
        add(&frontier, i * 10, i - 1);
        assert_true(frontier_advance(&frontier));
    }
    assert_int_equal(frontier_tuple_of(&frontier, 42)[1], 421);
    frontier_clear(&frontier);
}

static void a_level_that_does_not_fit_the_budget_is_refused(void **state)
{
    (void)state;
    struct memory memory = {.bytes_max = 1 << 20};
    struct frontier frontier;
    frontier_init(&frontier, &memory, PARTS, false);
    assert_true(frontier_reserve(&frontier, 1000));
    assert_false(frontier_reserve(&frontier, 1000000));
    frontier_clear(&frontier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_found_in_a_level_are_expanded_in_the_next),
        cmocka_unit_test(a_long_chain_of_links_leads_back_to_the_start),
        cmocka_unit_test(a_frontier_that_keeps_all_still_knows_old_tuples),
        cmocka_unit_test(a_level_that_does_not_fit_the_budget_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
