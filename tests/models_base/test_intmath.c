/* The integer logarithm, power and normal quantile, held against the C library's long double functions and GSL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <gsl/gsl_cdf.h>

#include "models/base/draw.h"
#include "models/base/intmath.h"
#include "tests/models_base/table_rows.h"

#define Q56 0x1p56

static uint64_t some_bits(uint64_t index)
{
    return draw_keyed(11, DRAW_PICK, 0, index) >> (index % 62);
}

static void assert_near(int64_t committed, int64_t computed)
{
    assert_true(llabs(committed - computed) <= 1); /* another long double may round a tie the other way */
}

static void the_committed_tables_are_what_the_c_library_computes(void **state)
{
    (void)state;
    for (int i = 0; i < LN_ROWS; i++) {
        struct ln_row row = ln_row_of(i);
        assert_near(ln_table[i].ln_q60, row.ln_q60);
        assert_true(ln_table[i].inverse_q63 == row.inverse_q63);
    }
    for (int i = 0; i < EXP2_ROWS; i++)
        assert_near((int64_t)exp2_table[i], (int64_t)exp2_of(i));
    for (int i = 0; i < NORMAL_ROWS; i++) {
        struct normal_row row = normal_row_of(i);
        assert_near(normal_table[i].z_q56, row.z_q56);
        assert_near(normal_table[i].slope_q56, row.slope_q56);
    }
}

static void logarithms_are_exact_to_sixteen_digits(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 100000; i++) {
        uint64_t bits = some_bits(i);
        assert_true(fabsl((long double)intmath_neg_ln_q56(bits) / 0x1p56L + logl(((long double)bits + 1) / 0x1p64L)) <
                    0x1p-54L);
        if (bits > 0)
            assert_true(fabsl((long double)intmath_ln_q56(bits) / 0x1p56L - logl(bits)) < 0x1p-55L);
    }
}

static void powers_are_exact_to_half_a_unit_and_saturate(void **state)
{
    (void)state;
    for (int i = -20000; i < 20000; i++) {
        long double x = i / 1000.0L, expected = expl(x) * 1e9L;
        int64_t got = intmath_exp_q56((int64_t)(x * 0x1p56L), 1000000000);
        assert_true(fabsl((long double)got - expected) <= 0.51L + expected * 0x1p-52L);
    }
    assert_int_equal(intmath_exp_q56(INT64_C(60) << 56, 1000000000), INT64_MAX);
    assert_int_equal(intmath_exp_q56(-(INT64_C(120) << 56), INT64_MAX), 0);
}

static void the_normal_quantile_is_exact_to_ten_digits_and_odd(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 50000; i++) {
        uint64_t bits = some_bits(i);
        double tail = ((double)bits + 0.5) * 0x1p-64;
        if (tail < 0.5)
            assert_true(fabs((double)intmath_normal_quantile_q56(bits) / Q56 - gsl_cdf_ugaussian_Pinv(tail)) < 1e-10);
        assert_int_equal(intmath_normal_quantile_q56(bits), -intmath_normal_quantile_q56(~bits));
    }
}

static void nothing_falls_at_a_seam_of_its_table(void **state)
{
    (void)state;
    assert_true(intmath_neg_ln_q56(UINT64_MAX - 1) >= intmath_neg_ln_q56(UINT64_MAX));
    for (int octave = 0; octave < 64; octave++)
        for (uint64_t row = 0; row < 256; row++) {
            uint64_t bits = (UINT64_C(1) << 63 | row << 55) >> octave;
            for (uint64_t at = bits > 4 ? bits - 4 : 1; at < bits + 4; at++) {
                assert_true(intmath_neg_ln_q56(at) >= intmath_neg_ln_q56(at + 1));
                assert_true(intmath_ln_q56(at) <= intmath_ln_q56(at + 1));
                assert_true(intmath_normal_quantile_q56(at) <= intmath_normal_quantile_q56(at + 1));
            }
        }
}

static void the_power_never_falls_at_a_seam_of_its_table(void **state)
{
    (void)state;
    for (int64_t row = -256 * 10; row <= 0; row++) {
        int64_t seam = intmath_mul_div(row, INTMATH_LN2_Q56, EXP2_ROWS), before = 0;
        for (int64_t x = seam - 20; x < seam + 20; x++) {
            int64_t power = intmath_exp_q56(x, INT64_C(1) << 62);
            assert_true(power >= before);
            before = power;
        }
    }
}

static void the_normal_quantile_never_falls(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 300000; i++) {
        uint64_t low = draw_keyed(12, DRAW_PICK, 0, i) >> (i % 62),
                 apart = draw_keyed(12, DRAW_PICK, 1, i) >> (1 + i % 63);
        uint64_t high = apart > UINT64_MAX - low ? UINT64_MAX : low + apart;
        assert_true(intmath_normal_quantile_q56(low) <= intmath_normal_quantile_q56(high));
    }
}

static void a_quotient_of_a_product_is_rounded_to_nearest_and_saturates(void **state)
{
    (void)state;
    assert_int_equal(intmath_mul_div(7, 1, 2), 4);
    assert_int_equal(intmath_mul_div(-7, 1, 2), -4);
    assert_int_equal(intmath_mul_div(10, 1, 4), 3);
    assert_int_equal(intmath_mul_div(1, 1, 3), 0);
    assert_true(intmath_mul_div(INT64_MAX, INT64_MAX, INT64_MAX) == INT64_MAX);
    assert_true(intmath_mul_div(INT64_MAX, 3, 2) == INT64_MAX);
    assert_true(intmath_mul_div(INT64_MIN, 3, 2) == INT64_MIN);
    assert_true(intmath_mul_div(INT64_MIN, 1, 1) == INT64_MIN);
}

static void a_product_in_q56_is_the_quotient_by_one(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 100000; i++) {
        int64_t a = (int64_t)draw_keyed(13, DRAW_PICK, 0, i) >> (i % 60);
        int64_t b = (int64_t)draw_keyed(13, DRAW_PICK, 1, i) >> (i % 7 * 10);
        assert_true(intmath_mul_q56(a, b) == intmath_mul_div(a, b, INTMATH_ONE_Q56));
        assert_true(intmath_mul_q56(a >> 3, INTMATH_ONE_Q56 / 2) == intmath_mul_div(a >> 3, 1, 2));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_committed_tables_are_what_the_c_library_computes),
        cmocka_unit_test(logarithms_are_exact_to_sixteen_digits),
        cmocka_unit_test(powers_are_exact_to_half_a_unit_and_saturate),
        cmocka_unit_test(the_normal_quantile_is_exact_to_ten_digits_and_odd),
        cmocka_unit_test(nothing_falls_at_a_seam_of_its_table),
        cmocka_unit_test(the_power_never_falls_at_a_seam_of_its_table),
        cmocka_unit_test(the_normal_quantile_never_falls),
        cmocka_unit_test(a_quotient_of_a_product_is_rounded_to_nearest_and_saturates),
        cmocka_unit_test(a_product_in_q56_is_the_quotient_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
