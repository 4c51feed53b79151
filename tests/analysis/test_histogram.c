/* The latency histogram: counts exact, percentiles to three significant digits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "analysis/histogram.h"
#include "models/base/draw.h"

static void small_values_are_exact(void **state)
{
    (void)state;
    struct histogram *histogram = histogram_new();
    for (int64_t value = 1; value <= 1000; value++)
        histogram_add(histogram, value);
    assert_int_equal(histogram_count(histogram), 1000);
    assert_int_equal(histogram_percentile_ns(histogram, 50000), 500);
    assert_int_equal(histogram_percentile_ns(histogram, 99900), 999);
    assert_int_equal(histogram_percentile_ns(histogram, 100000), 1000);
    assert_true(histogram_mean_ns(histogram) == 500.5);
    histogram_free(histogram);
}

static void a_percentile_is_within_a_thousandth_of_the_recorded_value(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 2000; i++) {
        struct histogram *histogram = histogram_new();
        int64_t value = (int64_t)(draw_keyed(7, DRAW_PICK, 0, i) >> (1 + i % 60));
        histogram_add(histogram, value);
        histogram_add(histogram, INT64_MAX);
        int64_t found = histogram_percentile_ns(histogram, 50000);
        assert_true(found >= value);
        assert_true(found - value <= value / 1000);
        histogram_free(histogram);
    }
}

static void the_highest_percentile_is_the_maximum(void **state)
{
    (void)state;
    struct histogram *histogram = histogram_new();
    histogram_add(histogram, 123456789);
    histogram_add(histogram, 987654321);
    assert_int_equal(histogram_percentile_ns(histogram, 100000), 987654321);
    assert_int_equal(histogram_max_ns(histogram), 987654321);
    histogram_free(histogram);
}

static void the_mean_does_not_overflow(void **state)
{
    (void)state;
    struct histogram *histogram = histogram_new();
    for (int i = 0; i < 4; i++)
        histogram_add(histogram, INT64_MAX);
    assert_true(histogram_mean_ns(histogram) > 9.2e18);
    histogram_free(histogram);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_values_are_exact),
        cmocka_unit_test(a_percentile_is_within_a_thousandth_of_the_recorded_value),
        cmocka_unit_test(the_highest_percentile_is_the_maximum),
        cmocka_unit_test(the_mean_does_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
