#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/check/visited.h"

static struct digest fingerprint_of(uint64_t number)
{
    return digest_bytes(&number, sizeof number, 0);
}

/* Adds the states numbered from..until; returns how many were new. */
static uint32_t visit(struct visited *visited, uint32_t from, uint32_t until)
{
    uint32_t fresh = 0, had;
    for (uint32_t i = from; i < until; i++) {
        assert_true(visited_reserve(visited, 1));
        fresh += visited_add(visited, visited_key(visited, fingerprint_of(i)), i, &had);
    }
    return fresh;
}

static void a_state_is_new_once(void **state)
{
    (void)state;
    struct memory memory = {0};
    struct visited visited;
    visited_init(&visited, &memory, 128, false);
    assert_int_equal(visit(&visited, 0, 100000), 100000);
    assert_int_equal(visit(&visited, 0, 100000), 0);
    assert_int_equal(visit(&visited, 50000, 150000), 50000);
    assert_int_equal(visited.count, 150000);
    visited_clear(&visited);
    assert_int_equal(memory.bytes, 0);
}

static void a_numbered_set_tells_which_state_was_there_first(void **state)
{
    (void)state;
    struct memory memory = {0};
    struct visited visited;
    uint32_t had = UINT32_MAX;
    visited_init(&visited, &memory, 128, true);
    visit(&visited, 0, 20000);
    for (uint32_t i = 0; i < 20000; i++) {
        assert_false(visited_add(&visited, visited_key(&visited, fingerprint_of(i)), 99, &had));
        assert_int_equal(had, i);
    }
    visited_clear(&visited);
}

static void the_all_zero_fingerprint_is_a_state_too(void **state)
{
    (void)state;
    struct memory memory = {0};
    struct visited visited;
    uint32_t had;
    visited_init(&visited, &memory, 128, false);
    struct digest key = visited_key(&visited, (struct digest){0, 0});
    assert_true(visited_add(&visited, key, 0, &had));
    assert_false(visited_add(&visited, key, 0, &had));
    visited_clear(&visited);
}

static void a_key_of_few_bits_takes_different_states_for_one(void **state)
{
    (void)state;
    struct memory memory = {0};
    struct visited visited;
    visited_init(&visited, &memory, 10, false);
    assert_int_equal(visit(&visited, 0, 50000), 1024);
    visited_clear(&visited);
}

static void growth_stops_at_the_memory_budget(void **state)
{
    (void)state;
    struct memory memory = {.bytes_max = 1 << 20};
    struct visited visited;
    visited_init(&visited, &memory, 128, false);
    assert_true(visited_reserve(&visited, 10000));
    assert_false(visited_reserve(&visited, 100000));
    assert_true(memory.bytes <= memory.bytes_max);
    visited_clear(&visited);
}

static void a_state_costs_at_most_32_bytes_of_table(void **state)
{
    (void)state;
    struct memory memory = {0};
    struct visited visited;
    visited_init(&visited, &memory, 128, false);
    for (uint32_t i = 4096; i < 40000; i++) {
        visit(&visited, i, i + 1);
        if (visited.count >= 4096)
            assert_true(memory.bytes <= visited.count * 33);
    }
    visited_clear(&visited);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_is_new_once),
        cmocka_unit_test(a_numbered_set_tells_which_state_was_there_first),
        cmocka_unit_test(the_all_zero_fingerprint_is_a_state_too),
        cmocka_unit_test(a_key_of_few_bits_takes_different_states_for_one),
        cmocka_unit_test(growth_stops_at_the_memory_budget),
        cmocka_unit_test(a_state_costs_at_most_32_bytes_of_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
