#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/check/pairs.h"

static void a_pair_is_found_again_and_only_under_its_kind_and_order(void **state)
{
    (void)state;
    struct memory memory = {0};
    struct pairs pairs;
    pairs_init(&pairs, &memory);
    assert_int_equal(pairs_get(&pairs, 0, 3, 4), 0);
    pairs_put(&pairs, 0, 3, 4, 7);
    pairs_put(&pairs, 1, 3, 4, 8);
    assert_int_equal(pairs_get(&pairs, 0, 3, 4), 7);
    assert_int_equal(pairs_get(&pairs, 1, 3, 4), 8);
    assert_int_equal(pairs_get(&pairs, 0, 4, 3), 0);
    pairs_clear(&pairs);
    assert_int_equal(memory.bytes, 0);
}

static void pairs_survive_growth(void **state)
{
    (void)state;
    struct memory memory = {0};
    struct pairs pairs;
    pairs_init(&pairs, &memory);
    for (uint32_t left = 0; left < 300; left++)
        for (uint32_t right = 0; right < 300; right++)
            for (uint32_t kind = 0; kind < 2; kind++)
                pairs_put(&pairs, kind, left, right, (left * 300 + right) * 2 + kind + 1);
    for (uint32_t left = 0; left < 300; left++)
        for (uint32_t right = 0; right < 300; right++)
            for (uint32_t kind = 0; kind < 2; kind++)
                assert_int_equal(pairs_get(&pairs, kind, left, right), (left * 300 + right) * 2 + kind + 1);
    assert_int_equal(pairs.count, 180000);
    pairs_clear(&pairs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_is_found_again_and_only_under_its_kind_and_order),
        cmocka_unit_test(pairs_survive_growth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
