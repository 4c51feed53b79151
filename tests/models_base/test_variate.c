/* Variates, held against GSL's distribution functions. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <gsl/gsl_cdf.h>

#include "models/base/draw.h"
#include "models/base/variate.h"

static double quantile_by_gsl(const struct variate *variate, double p)
{
    double a = (double)variate->a, b = (double)variate->b, shape = (double)variate->c_ppm / 1e6;
    switch (variate->kind) {
    case VARIATE_UNIFORM:
        return a + p * (b - a);
    case VARIATE_EXPONENTIAL:
        return gsl_cdf_exponential_Pinv(p, a);
    case VARIATE_NORMAL:
        return a + gsl_cdf_gaussian_Pinv(p, b);
    case VARIATE_LOGNORMAL:
        return gsl_cdf_lognormal_Pinv(p, log(a), log(b / a) / gsl_cdf_ugaussian_Pinv(0.99));
    case VARIATE_PARETO:
        return gsl_cdf_pareto_Pinv(p, shape, a);
    case VARIATE_WEIBULL:
        return gsl_cdf_weibull_Pinv(p, a, shape);
    default:
        return a;
    }
}

static const struct variate family[] = {
    {.kind = VARIATE_CONSTANT, .a = 12345},
    {.kind = VARIATE_UNIFORM, .a = 1000000, .b = 3000000},
    {.kind = VARIATE_EXPONENTIAL, .a = 2000000000},
    {.kind = VARIATE_NORMAL, .a = 500000000, .b = 100000000},
    {.kind = VARIATE_LOGNORMAL, .a = 124000000, .b = 447000000},
    {.kind = VARIATE_PARETO, .a = 100000000, .c_ppm = 1500000},
    {.kind = VARIATE_WEIBULL, .a = 100000000, .c_ppm = 2000000},
    {.kind = VARIATE_WEIBULL, .a = 100000000, .c_ppm = 600000},
};
#define FAMILY (sizeof family / sizeof family[0])

static void quantiles_agree_with_gsl(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < FAMILY; kind++)
        for (int i = 1; i < 2000; i++) {
            double p = i / 2000.0, expected = quantile_by_gsl(&family[kind], p);
            int64_t got = variate_at(&family[kind], (uint64_t)(p * 0x1p64));
            assert_true(fabs((double)got - expected) <= 1.5 + 1e-9 * expected);
        }
}

/* Quantiles of probabilities 2^-10 .. 2^-40 from above, where GSL has the upper quantile. */
static void far_tails_agree_with_gsl(void **state)
{
    (void)state;
    for (int octave = 10; octave <= 40; octave++) {
        double tail = ldexp(1.5, -octave);
        uint64_t bits = ~((uint64_t)(tail * 0x1p64) - 1); /* so that u is the tail exactly */
        struct variate exponential = {.kind = VARIATE_EXPONENTIAL, .a = 2000000000};
        struct variate weibull = {.kind = VARIATE_WEIBULL, .a = 100000000, .c_ppm = 700000};
        struct variate pareto = {.kind = VARIATE_PARETO, .a = 1000000, .c_ppm = 2500000};
        double expected = gsl_cdf_exponential_Qinv(tail, 2e9);
        assert_true(fabs((double)variate_at(&exponential, bits) - expected) <= 1.5 + 1e-9 * expected);
        expected = gsl_cdf_weibull_Qinv(tail, 1e8, 0.7);
        assert_true(fabs((double)variate_at(&weibull, bits) - expected) <= 1.5 + 1e-9 * expected);
        expected = gsl_cdf_pareto_Qinv(tail, 2.5, 1e6);
        assert_true(fabs((double)variate_at(&pareto, bits) - expected) <= 1.5 + 1e-9 * expected);
    }
}

static void a_lognormal_has_its_median_and_its_99th_percentile(void **state)
{
    (void)state;
    struct variate lognormal = {.kind = VARIATE_LOGNORMAL, .a = INT64_C(124000000000), .b = INT64_C(447000000000)};
    assert_int_equal(variate_at(&lognormal, UINT64_C(1) << 63), lognormal.a);
    assert_true(llabs(variate_at(&lognormal, (uint64_t)(0.99L * 0x1p64L)) - lognormal.b) < 50);
}

static void a_variate_never_falls_as_its_bits_rise(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < FAMILY; kind++) {
        int64_t before = 0;
        for (uint64_t i = 0; i < 1u << 16; i++) {
            int64_t value = variate_at(&family[kind], i << 48 | (i * 77 & 0xffff));
            assert_true(value >= before);
            before = value;
        }
        assert_true(variate_at(&family[kind], 0) >= 0);
        assert_true(variate_at(&family[kind], UINT64_MAX) >= before);
    }
}

static void an_exponential_of_thirty_days_does_not_overflow(void **state)
{
    (void)state;
    struct variate month = {.kind = VARIATE_EXPONENTIAL, .a = INT64_C(2592000000000000)};
    assert_true(variate_at(&month, UINT64_MAX) > month.a * 44);
    assert_true(variate_at(&month, 0) >= 0);
}

static void a_sample_has_the_mean_that_the_variate_states(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < FAMILY; kind++) {
        if (family[kind].kind == VARIATE_PARETO)
            continue; /* its variance is infinite: no sample mean to hold it to */
        double sum = 0;
        for (uint64_t i = 0; i < 200000; i++)
            sum += (double)variate_at(&family[kind], draw_keyed(5, DRAW_PICK, kind, i));
        double stated = (double)variate_mean(&family[kind]);
        assert_true(fabs(sum / 200000 - stated) < 0.01 * stated);
    }
}

static void an_unusual_shape_has_the_mean_of_the_books(void **state)
{
    (void)state;
    for (int64_t shape_ppm = 250000; shape_ppm <= 16000000; shape_ppm *= 2) {
        struct variate weibull = {.kind = VARIATE_WEIBULL, .a = 100000000, .c_ppm = shape_ppm};
        double expected = 1e8 * tgamma(1 + 1e6 / (double)shape_ppm);
        assert_true(fabs((double)variate_mean(&weibull) - expected) < 1e-5 * expected);
    }
    struct variate clipped = {.kind = VARIATE_NORMAL, .a = 100000000, .b = 200000000};
    double expected = 1e8 * gsl_cdf_ugaussian_P(0.5) + 2e8 * exp(-0.125) / sqrt(2 * acos(-1));
    assert_true(fabs((double)variate_mean(&clipped) - expected) < 1e-5 * expected);
    struct variate pareto = {.kind = VARIATE_PARETO, .a = 100, .c_ppm = 2000000};
    assert_int_equal(variate_mean(&pareto), 200);
    pareto.c_ppm = 1000000;
    assert_true(variate_mean(&pareto) == INT64_MAX);
}

static int compare_values(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static double probability_by_gsl(const struct variate *variate, double x)
{
    double a = (double)variate->a, b = (double)variate->b, shape = (double)variate->c_ppm / 1e6;
    switch (variate->kind) {
    case VARIATE_UNIFORM:
        return gsl_cdf_flat_P(x, a, b);
    case VARIATE_EXPONENTIAL:
        return gsl_cdf_exponential_P(x, a);
    case VARIATE_NORMAL:
        return gsl_cdf_gaussian_P(x - a, b);
    case VARIATE_LOGNORMAL:
        return gsl_cdf_lognormal_P(x, log(a), log(b / a) / gsl_cdf_ugaussian_Pinv(0.99));
    case VARIATE_PARETO:
        return gsl_cdf_pareto_P(x, shape, a);
    default:
        return gsl_cdf_weibull_P(x, a, shape);
    }
}

static void a_sample_has_the_distribution_it_is_named_after(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    static int64_t sample[COUNT];
    for (size_t kind = 1; kind < FAMILY; kind++) { /* a constant has no distribution to speak of */
        for (uint64_t i = 0; i < COUNT; i++)
            sample[i] = variate_at(&family[kind], draw_keyed(6, DRAW_PICK, kind, i));
        qsort(sample, COUNT, sizeof sample[0], compare_values);
        double distance = 0;
        for (int i = 0; i < COUNT; i++)
            distance = fmax(distance, fabs(probability_by_gsl(&family[kind], (double)sample[i]) - (i + 0.5) / COUNT));
        assert_true(distance * sqrt(COUNT) < 1.95); /* one sample in a thousand is farther off */
    }
}

static void a_table_is_drawn_with_equal_probability(void **state)
{
    (void)state;
    static const int64_t table[] = {10, 20, 40};
    struct variate variate = {.kind = VARIATE_EMPIRICAL, .count = 3, .table = table};
    assert_int_equal(variate_at(&variate, 0), 10);
    assert_int_equal(variate_at(&variate, UINT64_MAX / 3 - 1), 10);
    assert_int_equal(variate_at(&variate, UINT64_MAX / 3 + 1), 20);
    assert_int_equal(variate_at(&variate, UINT64_MAX), 40);
    assert_int_equal(variate_mean(&variate), 23);
}

static void both_ends_of_a_uniform_are_drawn(void **state)
{
    (void)state;
    struct variate variate = {.kind = VARIATE_UNIFORM, .a = 5, .b = 7};
    assert_int_equal(variate_at(&variate, 0), 5);
    assert_int_equal(variate_at(&variate, UINT64_C(1) << 63), 6);
    assert_int_equal(variate_at(&variate, UINT64_MAX), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_agree_with_gsl),
        cmocka_unit_test(far_tails_agree_with_gsl),
        cmocka_unit_test(a_lognormal_has_its_median_and_its_99th_percentile),
        cmocka_unit_test(a_variate_never_falls_as_its_bits_rise),
        cmocka_unit_test(an_exponential_of_thirty_days_does_not_overflow),
        cmocka_unit_test(a_sample_has_the_mean_that_the_variate_states),
        cmocka_unit_test(an_unusual_shape_has_the_mean_of_the_books),
        cmocka_unit_test(a_sample_has_the_distribution_it_is_named_after),
        cmocka_unit_test(a_table_is_drawn_with_equal_probability),
        cmocka_unit_test(both_ends_of_a_uniform_are_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
