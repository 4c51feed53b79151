/* Sets of sequence numbers as intervals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "analysis/intervals.h"

static struct intervals set_of(const uint64_t *numbers, size_t count)
{
    struct intervals set = {0};
    for (size_t i = 0; i < count; i++)
        intervals_add(&set, numbers[i]);
    return set;
}
#define SET(...) set_of((const uint64_t[]){__VA_ARGS__}, G_N_ELEMENTS(((const uint64_t[]){__VA_ARGS__})))

static void numbers_in_any_order_grow_into_one_span(void **state)
{
    (void)state;
    struct intervals set = SET(5, 1, 3, 2, 2, 4, 7);
    assert_int_equal(set.list->len, 2);
    assert_int_equal(g_array_index(set.list, struct span, 0).first, 1);
    assert_int_equal(g_array_index(set.list, struct span, 0).last, 5);
    assert_int_equal(g_array_index(set.list, struct span, 1).first, 7);
    intervals_clear(&set);
}

static void what_some_have_and_not_all_is_divergent(void **state)
{
    (void)state;
    struct intervals a = SET(1, 2, 3, 4, 5), b = SET(2, 3, 9), c = SET(3, 4, 9);
    assert_int_equal(intervals_divergent((const struct intervals *[]){&a, &b, &c}, 3), 5); /* all but 3 */
    assert_int_equal(intervals_divergent((const struct intervals *[]){&a, &a}, 2), 0);
    intervals_clear(&a);
    intervals_clear(&b);
    intervals_clear(&c);
}

static void against_an_empty_set_all_is_divergent(void **state)
{
    (void)state;
    struct intervals a = SET(1, 2, 3), none = {0};
    assert_int_equal(intervals_divergent((const struct intervals *[]){&a, &none}, 2), 3);
    intervals_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_in_any_order_grow_into_one_span),
        cmocka_unit_test(what_some_have_and_not_all_is_divergent),
        cmocka_unit_test(against_an_empty_set_all_is_divergent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
