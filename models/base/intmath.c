/* See intmath.h.
 *
 * ln: the mantissa m in [1, 2) lies in one of 256 intervals, [c, c + 1/256); with r = m / c - 1, ln m is ln c +
 * ln(1 + r), by six terms of the series. exp: e^x = 2^(x / ln 2); the integer part shifts, eight bits look up, the
 * rest is five terms. Normal quantile: interpolation between tabulated quantiles of the tail probability, 16 to the
 * octave, so that the tails are as exact as the middle.
 *
 * None of them ever turns the order of its arguments. Within an interval a step of the argument outweighs the
 * roundings, or what is truncated rises by itself; test_intmath.c looks at the seams. */
#include "models/base/intmath.h"

#include "models/base/check.h"
#include "models/base/intmath_table.h"

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

#define LN2_Q60 INT64_C(799144290325165979)
#define INVERSE_LN2_Q60 INT64_C(1663314137230540311)
#define Z_OF_LAST_DRAW_Q56 INT64_C(659708441970182701) /* the upper quantile of 2^-65 */
#define ONE_Q62 (INT64_C(1) << 62)

static int64_t mul_q62(int64_t a, int64_t b)
{
    return (int64_t)((int128)a * b >> 62);
}

/* The upper half of a product: with one factor four times as large it is mul_q62(), and on most machines no shift. */
static int64_t mul_high(int64_t a, int64_t b)
{
    return (int64_t)((int128)a * b >> 64);
}

/* ln(1 + r), q62, for 0 <= r <= 2^-8: r times 1 - r/2 + r^2/3 - r^3/4 + r^4/5 - r^5/6, the terms in pairs, since a
 * draw waits for products that depend on each other. */
static inline int64_t ln_near_one_q62(int64_t r)
{
    int64_t r_times_4 = r << 2, square_times_4 = mul_high(r_times_4, r) << 2;
    int64_t sum = ONE_Q62 / 5 - mul_high(r_times_4, ONE_Q62 / 6);
    sum = ONE_Q62 / 3 - (r >> 2) + mul_high(square_times_4, sum);
    sum = ONE_Q62 - (r >> 1) + mul_high(square_times_4, sum);
    return mul_high(r_times_4, sum);
}

/* ln of mantissa / 2^63, mantissa's top bit set. With 1/c rounded up r is never negative, and the series, cut short
 * before a positive term, stays at or below the next row. */
static inline int64_t ln_mantissa_q60(uint64_t mantissa)
{
    const struct ln_row *row = &ln_table[mantissa >> 55 & 255];
    int64_t r = (int64_t)((uint128)mantissa * row->inverse_q63 >> 64) - ONE_Q62;
    CHECK(r >= 0);
    return row->ln_q60 + (ln_near_one_q62(r) >> 2);
}

static int64_t q60_to_q56(int128 value)
{
    return (int64_t)((value + 8) >> 4);
}

int64_t intmath_ln_q56(uint64_t x)
{
    CHECK(x > 0);
    int zeros = __builtin_clzll(x);
    return q60_to_q56((int128)LN2_Q60 * (63 - zeros) + ln_mantissa_q60(x << zeros));
}

int64_t intmath_neg_ln_q56(uint64_t bits)
{
    if (bits == UINT64_MAX)
        return 0;
    int zeros = __builtin_clzll(bits + 1);
    return q60_to_q56((int128)LN2_Q60 * (zeros + 1) - ln_mantissa_q60((bits + 1) << zeros));
}

/* 2^g, q62, for 0 <= g < 2^-8 (q60): the series of e^(g ln 2) to the fifth power, by Horner. Written out: divisions
 * by constants are multiplications. */
static uint64_t exp2_near_zero_q62(int64_t g_q60)
{
    int64_t y = (int64_t)((int128)g_q60 * LN2_Q60 >> 58);
    int64_t sum = ONE_Q62 + y / 5;
    sum = ONE_Q62 + mul_q62(y, sum) / 4;
    sum = ONE_Q62 + mul_q62(y, sum) / 3;
    sum = ONE_Q62 + mul_q62(y, sum) / 2;
    return (uint64_t)(ONE_Q62 + mul_q62(y, sum));
}

int64_t intmath_exp_q56(int64_t x_q56, int64_t scale)
{
    CHECK(scale >= 0);
    int128 power = (int128)x_q56 * INVERSE_LN2_Q60 >> 56; /* log2 of the factor, q60 */
    int64_t whole = (int64_t)(power >> 60);
    int64_t part = (int64_t)(power & ((INT64_C(1) << 60) - 1));
    uint64_t factor =
        (uint64_t)((uint128)exp2_table[part >> 52] * exp2_near_zero_q62(part & ((INT64_C(1) << 52) - 1)) >> 62);
    uint128 product = (uint128)factor * (uint64_t)scale; /* times 2^(whole - 62) */
    int64_t down = 62 - whole;
    if (scale == 0 || down > 126)
        return 0;
    if (down <= 0)
        return down < -1 || product << -down > INT64_MAX ? INT64_MAX : (int64_t)(product << -down);
    product = (product + ((uint128)1 << (down - 1))) >> down;
    return product > INT64_MAX ? INT64_MAX : (int64_t)product;
}

static int64_t clipped(int128 value)
{
    return value > INT64_MAX ? INT64_MAX : value < INT64_MIN ? INT64_MIN : (int64_t)value;
}

int64_t intmath_mul_div(int64_t a, int64_t b, int64_t c)
{
    CHECK(c > 0);
    int128 product = (int128)a * b;
    return clipped((product + (product >= 0 ? c / 2 : -(c / 2))) / c);
}

int64_t intmath_mul_q56(int64_t a, int64_t b)
{
    const int64_t half = INTMATH_ONE_Q56 / 2;
    int128 product = (int128)a * b;
    return clipped(product >= 0 ? (product + half) >> 56 : -((half - product) >> 56));
}

static int64_t half_bend_q56(int64_t z, int64_t slope)
{
    return (int64_t)((int128)z * (int64_t)((int128)slope * slope >> 56) >> 57);
}

/* The quintic through two rows, with their slopes and curvatures; t in [0, 1), q62, is the way from left to right.
 * `slope` is the right row's in the left one's steps. Half a curvature is z z'^2 / 2, since z' = -1 / phi
 * and the density phi has phi' = -z phi. */
static int64_t normal_between_q56(const struct normal_row *left, const struct normal_row *right, int64_t slope,
                                  int64_t t)
{
    int64_t bend_left = half_bend_q56(left->z_q56, left->slope_q56), bend_right = half_bend_q56(right->z_q56, slope);
    int64_t value = right->z_q56 - left->z_q56 - left->slope_q56 - bend_left;
    int64_t rise = slope - left->slope_q56 - 2 * bend_left;
    int64_t bend = bend_right - bend_left;
    int64_t sum = 6 * value - 3 * rise + bend;
    sum = 7 * rise - 15 * value - 2 * bend + mul_q62(t, sum);
    sum = 10 * value - 4 * rise + bend + mul_q62(t, sum);
    sum = bend_left + mul_q62(t, sum);
    sum = left->slope_q56 + mul_q62(t, sum);
    return left->z_q56 + mul_q62(t, sum);
}

/* The upper quantile of the tail probability (tail + 1/2) / 2^64, tail < 2^63. Of the way between two rows 40 bits
 * are kept: each then moves z by 200 units and more, so that the roundings of the series (a few units) cannot turn
 * the order of two draws. */
static int64_t normal_tail_q56(uint64_t tail)
{
    if (tail == 0)
        return Z_OF_LAST_DRAW_Q56;
    int octave = __builtin_clzll(tail);                               /* p in [2^-(octave + 1), 2^-octave) */
    uint64_t p = (uint64_t)(((uint128)tail * 2 + 1) << (octave - 1)); /* its first bit at the top */
    uint32_t step = (uint32_t)(p >> 59 & (NORMAL_STEPS - 1));
    const struct normal_row *left = &normal_table[(NORMAL_OCTAVES - octave) * NORMAL_STEPS + (int)step];
    const struct normal_row *right = left + 1;
    int64_t slope = step == NORMAL_STEPS - 1 ? right->slope_q56 / 2 : right->slope_q56;
    uint64_t way = (p & (UINT64_MAX >> 5)) >> 19;
    return normal_between_q56(left, right, slope, (int64_t)(way << 22));
}

int64_t intmath_normal_quantile_q56(uint64_t bits)
{
    return bits >> 63 != 0 ? normal_tail_q56(~bits) : -normal_tail_q56(bits);
}
