/* See variate.h. Each draw takes one uniform number, bits / 2^64 give or take half a draw, and inverts the
 * distribution function: what has exponentials takes u = (bits + 1) / 2^64 in its logarithm, so that the greatest
 * draw is finite and the least is 0. */
#include "models/base/variate.h"

#include "models/base/check.h"
#include "models/base/draw.h"
#include "models/base/intmath.h"

__extension__ typedef __int128 int128;

#define PPM INT64_C(1000000)
#define Z99_Q56 INT64_C(167631030698631641) /* the 99th percentile of the standard normal distribution */

/* -ln(1 - u), which rises with bits: the standard exponential variate */
static int64_t standard_exponential_q56(uint64_t bits)
{
    return intmath_neg_ln_q56(~bits);
}

static int64_t add_clipped(int64_t a, int64_t b)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return a > 0 ? INT64_MAX : 0;
    return sum < 0 ? 0 : sum;
}

static int64_t lognormal_sigma_q56(const struct variate *variate)
{
    CHECK(variate->a > 0 && variate->b >= variate->a);
    int64_t log_ratio = intmath_ln_q56((uint64_t)variate->b) - intmath_ln_q56((uint64_t)variate->a);
    return intmath_mul_div(log_ratio, INTMATH_ONE_Q56, Z99_Q56);
}

static int64_t lognormal_at(const struct variate *variate, uint64_t bits)
{
    int64_t sigma = lognormal_sigma_q56(variate);
    return intmath_exp_q56(intmath_mul_q56(sigma, intmath_normal_quantile_q56(bits)), variate->a);
}

static int64_t weibull_at(const struct variate *variate, uint64_t bits)
{
    int64_t exponential = standard_exponential_q56(bits);
    if (exponential <= 0)
        return 0;
    int64_t log_value = intmath_ln_q56((uint64_t)exponential) - 56 * INTMATH_LN2_Q56;
    return intmath_exp_q56(intmath_mul_div(log_value, PPM, variate->c_ppm), variate->a);
}

int64_t variate_at(const struct variate *variate, uint64_t bits)
{
    switch ((enum variate_kind)variate->kind) {
    case VARIATE_CONSTANT:
        return variate->a;
    case VARIATE_UNIFORM:
        CHECK(variate->a <= variate->b);
        return variate->a + (int64_t)draw_below(bits, (uint64_t)(variate->b - variate->a) + 1);
    case VARIATE_EXPONENTIAL:
        return intmath_mul_q56(variate->a, standard_exponential_q56(bits));
    case VARIATE_NORMAL:
        return add_clipped(variate->a, intmath_mul_q56(variate->b, intmath_normal_quantile_q56(bits)));
    case VARIATE_LOGNORMAL:
        return lognormal_at(variate, bits);
    case VARIATE_PARETO:
        return intmath_exp_q56(intmath_mul_div(standard_exponential_q56(bits), PPM, variate->c_ppm), variate->a);
    case VARIATE_WEIBULL:
        return weibull_at(variate, bits);
    case VARIATE_EMPIRICAL:
        CHECK(variate->count > 0);
        return variate->table[draw_below(bits, variate->count)];
    }
    check_failed(__FILE__, __LINE__, "a kind of variate");
}

/* The mean by the midpoint rule over quantiles, with as many points in every octave of either tail: what is rare
 * may be large. For kinds without a closed form in integers. */
static int64_t mean_of_quantiles(const struct variate *variate)
{
    enum { OCTAVES = 50, POINTS_LOG2 = 7 };
    int128 sum = 0;
    for (int octave = 1; octave <= OCTAVES; octave++) {
        uint64_t least = UINT64_C(1) << (63 - octave), step = least >> POINTS_LOG2;
        int128 part = 0;
        for (uint64_t bits = least + step / 2; bits < 2 * least; bits += step)
            part += (int128)variate_at(variate, bits) + variate_at(variate, ~bits);
        sum += part << (OCTAVES - octave);
    }
    int128 mean = sum >> (OCTAVES + 1 + POINTS_LOG2);
    return mean > INT64_MAX ? INT64_MAX : (int64_t)mean;
}

static int64_t mean_of_table(const struct variate *variate)
{
    CHECK(variate->count > 0);
    int128 sum = 0;
    for (uint32_t i = 0; i < variate->count; i++)
        sum += variate->table[i];
    return (int64_t)(sum / variate->count);
}

int64_t variate_mean(const struct variate *variate)
{
    switch ((enum variate_kind)variate->kind) {
    case VARIATE_CONSTANT:
    case VARIATE_EXPONENTIAL:
        return variate->a;
    case VARIATE_UNIFORM:
        return variate->a + (variate->b - variate->a) / 2;
    case VARIATE_LOGNORMAL: {
        int64_t sigma = lognormal_sigma_q56(variate);
        return intmath_exp_q56(intmath_mul_div(sigma, sigma, 2 * INTMATH_ONE_Q56), variate->a);
    }
    case VARIATE_PARETO:
        return variate->c_ppm <= PPM ? INT64_MAX : intmath_mul_div(variate->a, variate->c_ppm, variate->c_ppm - PPM);
    case VARIATE_NORMAL:
    case VARIATE_WEIBULL:
        return mean_of_quantiles(variate);
    case VARIATE_EMPIRICAL:
        return mean_of_table(variate);
    }
    check_failed(__FILE__, __LINE__, "a kind of variate");
}
