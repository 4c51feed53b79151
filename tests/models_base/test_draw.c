/* Keyed draws and streams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "models/base/draw.h"

static void keyed_draws_are_spread_evenly(void **state)
{
    (void)state;
    unsigned counts[16] = {0};
    for (uint64_t i = 0; i < 160000; i++)
        counts[draw_below(draw_keyed(9, DRAW_LATENCY, 3, i), 16)]++;
    for (int i = 0; i < 16; i++)
        assert_in_range(counts[i], 9600, 10400); /* four standard deviations */
}

static void streams_of_different_seeds_purposes_and_identities_differ(void **state)
{
    (void)state;
    struct stream a, b, c, d;
    stream_seed(&a, 1, DRAW_ARRIVAL, 1);
    stream_seed(&b, 2, DRAW_ARRIVAL, 1);
    stream_seed(&c, 1, DRAW_FAULT, 1);
    stream_seed(&d, 1, DRAW_ARRIVAL, 2);
    uint64_t first = stream_next(&a);
    assert_int_not_equal(first, stream_next(&b));
    assert_int_not_equal(first, stream_next(&c));
    assert_int_not_equal(first, stream_next(&d));
}

static void a_stream_is_the_published_generator(void **state)
{
    (void)state;
    static const uint64_t published[] = {41943041,
                                         58720359,
                                         UINT64_C(3588806011781223),
                                         UINT64_C(3591011842654386),
                                         UINT64_C(9228616714210784205),
                                         UINT64_C(9973669472204895162)};
    struct stream stream = {.state = {1, 2, 3, 4}};
    for (size_t i = 0; i < sizeof published / sizeof *published; i++)
        assert_true(stream_next(&stream) == published[i]);
}

static void draws_of_neighbours_are_not_correlated(void **state)
{
    (void)state;
    unsigned both[4] = {0};
    for (uint64_t i = 0; i < 160000; i++) {
        both[0] += draw_keyed(1, DRAW_LATENCY, 3, i) >> 63 == draw_keyed(1, DRAW_LATENCY, 3, i + 1) >> 63;
        both[1] += draw_keyed(1, DRAW_LATENCY, i, 0) >> 63 == draw_keyed(1, DRAW_LATENCY, i + 1, 0) >> 63;
        both[2] += draw_keyed(1, DRAW_LATENCY, i, 0) >> 63 == draw_keyed(1, DRAW_LOSS, i, 0) >> 63;
        both[3] += draw_keyed(i, DRAW_LATENCY, 3, 0) >> 63 == draw_keyed(i + 1, DRAW_LATENCY, 3, 0) >> 63;
    }
    for (int i = 0; i < 4; i++)
        assert_in_range(both[i], 79200, 80800); /* four standard deviations */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keyed_draws_are_spread_evenly),
        cmocka_unit_test(draws_of_neighbours_are_not_correlated),
        cmocka_unit_test(streams_of_different_seeds_purposes_and_identities_differ),
        cmocka_unit_test(a_stream_is_the_published_generator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
