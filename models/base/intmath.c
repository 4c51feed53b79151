/* See intmath.h.
 *
 * ln: the mantissa m in [1, 2) lies in one of 256 intervals with middle c; ln m = ln c + ln(1 + r), r = m / c - 1, |r| <= 2^-9, by
 * six terms of the series. exp: e^x = 2^(x / ln 2); the integer part shifts, eight bits look up, the rest is six terms.
 * Normal quantile: cubic Hermite interpolation between tabulated quantiles of the tail probability, 32 to the octave, so that the tails
 * are as exact as the middle. */
#include "models/base/intmath.h"

#include <stdbool.h>

#include "models/base/check.h"
#include "models/base/intmath_table.h"

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

#define LN2_Q60 INT64_C(799144290325165979)
#define INVERSE_LN2_Q60 INT64_C(1663314137230540311)
#define ONE_Q62 (INT64_C(1) << 62)

static int64_t mul_q62(int64_t a, int64_t b)
{
    return (int64_t)((int128)a * b >> 62);
}

/* ln(1 + r), q62, for |r| <= 2^-8: r (1 - r (1/2 - r (1/3 - r (1/4 - r (1/5 - r/6))))) */
static int64_t ln_near_one_q62(int64_t r)
{
    int64_t sum = ONE_Q62 / 6;
    for (int64_t n = 5; n >= 1; n--)
        sum = ONE_Q62 / n - mul_q62(r, sum);
    return mul_q62(r, sum);
}

/* ln of mantissa / 2^63, mantissa's top bit set */
static int64_t ln_mantissa_q60(uint64_t mantissa)
{
    const struct ln_row *row = &ln_table[mantissa >> 55 & 255];
    int64_t r = (int64_t)((uint128)mantissa * row->inverse_q63 >> 64) - ONE_Q62;
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
    int64_t fall = q60_to_q56((int128)LN2_Q60 * (zeros + 1) - ln_mantissa_q60((bits + 1) << zeros));
    return fall < 0 ? 0 : fall;
}

/* 2^g, q62, for 0 <= g < 2^-8 (q60): the series of e^(g ln 2) to the sixth power, by Horner. */
static uint64_t exp2_near_zero_q62(int64_t g_q60)
{
    int64_t y = (int64_t)((int128)g_q60 * LN2_Q60 >> 58);
    int64_t sum = ONE_Q62;
    for (int64_t n = 6; n >= 1; n--)
        sum = ONE_Q62 + mul_q62(y, sum) / n;
    return (uint64_t)sum;
}

int64_t intmath_exp_q56(int64_t x_q56, int64_t scale)
{
    CHECK(scale >= 0);
    int128 power = (int128)x_q56 * INVERSE_LN2_Q60 >> 56; /* log2 of the factor, q60 */
    int64_t whole = (int64_t)(power >> 60);
    int64_t part = (int64_t)(power & ((INT64_C(1) << 60) - 1));
    uint64_t factor = (uint64_t)((uint128)exp2_table[part >> 52] * exp2_near_zero_q62(part & ((INT64_C(1) << 52) - 1)) >> 62);
    uint128 product = (uint128)factor * (uint64_t)scale; /* times 2^(whole - 62) */
    int64_t down = 62 - whole;
    if (scale == 0 || down > 126)
        return 0;
    if (down <= 0)
        return down < -1 || product << -down > INT64_MAX ? INT64_MAX : (int64_t)(product << -down);
    product = (product + ((uint128)1 << (down - 1))) >> down;
    return product > INT64_MAX ? INT64_MAX : (int64_t)product;
}

int64_t intmath_mul_div(int64_t a, int64_t b, int64_t c)
{
    CHECK(c > 0);
    int128 product = (int128)a * b;
    int128 rounded = (product + (product >= 0 ? c / 2 : -(c / 2))) / c;
    return rounded > INT64_MAX ? INT64_MAX : rounded < INT64_MIN ? INT64_MIN : (int64_t)rounded;
}

/* The cubic between two rows with their values and slopes; t in [0, 1), q62. `halved`: the right row's steps are twice as wide. */
static int64_t normal_between_q56(const struct normal_row *left, const struct normal_row *right, bool halved, int64_t t)
{
    int128 t2 = mul_q62(t, t), t3 = mul_q62((int64_t)t2, t);
    int128 toward = 3 * t2 - 2 * t3;
    int128 sum = toward * (right->z_q56 - left->z_q56);
    sum -= (t3 - 2 * t2 + t) * left->slope_q56;
    sum -= (t3 - t2) * (halved ? right->slope_q56 / 2 : right->slope_q56);
    return left->z_q56 + (int64_t)(sum >> 62);
}

/* The upper quantile of the tail probability (tail + 1/2) / 2^64, tail < 2^63. */
static int64_t normal_tail_q56(uint64_t tail)
{
    if (tail == 0)
        return normal_table[63 * NORMAL_STEPS].z_q56;
    int octave = __builtin_clzll(tail); /* p in [2^-(octave + 1), 2^-octave) */
    uint64_t scaled = (uint64_t)(((uint128)tail * 2 + 1) << (octave - 1)); /* p 2^(64 + octave): its top bit is set */
    uint32_t step = (uint32_t)(scaled >> 58 & (NORMAL_STEPS - 1));
    const struct normal_row *left = &normal_table[octave * NORMAL_STEPS + (int)step];
    bool last = step == NORMAL_STEPS - 1;
    const struct normal_row *right = last ? &normal_table[(octave - 1) * NORMAL_STEPS] : left + 1;
    return normal_between_q56(left, right, last, (int64_t)(scaled << 6 >> 2));
}

int64_t intmath_normal_quantile_q56(uint64_t bits)
{
    return bits >> 63 != 0 ? normal_tail_q56(~bits) : -normal_tail_q56(bits);
}
