/* Integer logarithm, power, quantile and the variates, held against the C library's long double functions and GSL's
 * distribution functions. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <gsl/gsl_cdf.h>

#include "models/base/draw.h"
#include "models/base/intmath.h"
#include "models/base/intmath_table.h"
#include "models/base/variate.h"

#define Q56 0x1p56

static uint64_t some_bits(uint64_t index)
{
    return draw_keyed(11, DRAW_PICK, 0, index) >> (index % 62);
}

static void the_committed_tables_are_what_the_c_library_computes(void **state)
{
    (void)state;
    for (int i = 0; i < 256; i++) {
        long double middle = 1 + (2 * i + 1) / 512.0L;
        assert_true(fabsl((long double)ln_table[i].ln_q60 - logl(middle) * 0x1p60L) <= 1);
        assert_true(fabsl((long double)ln_table[i].inverse_q63 - 0x1p63L / middle) <= 1);
        assert_true(fabsl((long double)exp2_table[i] - exp2l(i / 256.0L) * 0x1p62L) <= 1);
    }
    for (int row = NORMAL_STEPS; row < 50 * NORMAL_STEPS; row++) {
        double tail = ldexp(1 + row % NORMAL_STEPS / (double)NORMAL_STEPS, -(row / NORMAL_STEPS + 1));
        assert_true(fabs((double)normal_table[row].z_q56 / Q56 - gsl_cdf_ugaussian_Qinv(tail)) < 1e-11);
    }
}

static void logarithms_are_exact_to_fifteen_digits(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 100000; i++) {
        uint64_t bits = some_bits(i);
        assert_true(fabsl((long double)intmath_neg_ln_q56(bits) / 0x1p56L + logl(((long double)bits + 1) / 0x1p64L)) < 0x1p-54L);
        if (bits > 0)
            assert_true(fabsl((long double)intmath_ln_q56(bits) / 0x1p56L - logl(bits)) < 0x1p-54L);
    }
}

static void powers_are_exact_to_half_a_unit_and_saturate(void **state)
{
    (void)state;
    for (int i = -20000; i < 20000; i++) {
        long double x = i / 1000.0L, expected = expl(x) * 1e9L;
        int64_t got = intmath_exp_q56((int64_t)(x * 0x1p56L), 1000000000);
        assert_true(fabsl((long double)got - expected) <= 0.51L + expected * 1e-14L);
    }
    assert_int_equal(intmath_exp_q56(INT64_C(60) << 56, 1000000000), INT64_MAX);
    assert_int_equal(intmath_exp_q56(-(INT64_C(120) << 56), INT64_MAX), 0);
}

static void the_normal_quantile_is_exact_to_seven_digits_and_odd(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 50000; i++) {
        uint64_t bits = some_bits(i);
        double tail = ((double)bits + 0.5) * 0x1p-64;
        if (tail > 1e-18 && tail < 0.5)
            assert_true(fabs((double)intmath_normal_quantile_q56(bits) / Q56 - gsl_cdf_ugaussian_Pinv(tail)) < 1e-7);
        assert_int_equal(intmath_normal_quantile_q56(bits), -intmath_normal_quantile_q56(~bits));
    }
}

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
};
#define FAMILY (sizeof family / sizeof family[0])

static void quantiles_agree_with_gsl(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < FAMILY; kind++)
        for (int i = 1; i < 2000; i++) {
            double p = i / 2000.0, expected = quantile_by_gsl(&family[kind], p);
            int64_t got = variate_at(&family[kind], (uint64_t)(p * 0x1p64));
            assert_true(fabs((double)got - expected) <= 1.5 + 2e-7 * expected);
        }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_committed_tables_are_what_the_c_library_computes),
        cmocka_unit_test(logarithms_are_exact_to_fifteen_digits),
        cmocka_unit_test(powers_are_exact_to_half_a_unit_and_saturate),
        cmocka_unit_test(the_normal_quantile_is_exact_to_seven_digits_and_odd),
        cmocka_unit_test(quantiles_agree_with_gsl),
        cmocka_unit_test(a_variate_never_falls_as_its_bits_rise),
        cmocka_unit_test(an_exponential_of_thirty_days_does_not_overflow),
        cmocka_unit_test(a_sample_has_the_mean_that_the_variate_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
