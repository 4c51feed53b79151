/* Integer logarithm, power and normal quantile: no libm decides anything. Fixed point with 56 fractional bits ("q56"),
 * from committed tables and short series; the same on every machine. */
#ifndef CRASHQ_BASE_INTMATH_H
#define CRASHQ_BASE_INTMATH_H

#include <stdint.h>

#define INTMATH_ONE_Q56 (INT64_C(1) << 56)
#define INTMATH_LN2_Q56 INT64_C(49946518145322874)

/* ln(x) of a positive integer, exact to 2^-55. */
int64_t intmath_ln_q56(uint64_t x);
/* -ln(u) for u = (bits + 1) / 2^64, exact to 2^-55: 0 .. 64 ln 2, falling as bits rise. */
int64_t intmath_neg_ln_q56(uint64_t bits);
/* scale * e^x, relative error below 2^-50, rounded; saturates at INT64_MAX. scale >= 0. */
int64_t intmath_exp_q56(int64_t x_q56, int64_t scale);
/* a * b / c without overflow in between, rounded to nearest, saturating at INT64_MIN and INT64_MAX. c > 0. */
int64_t intmath_mul_div(int64_t a, int64_t b, int64_t c);
/* The same for c = INTMATH_ONE_Q56, without the division. */
int64_t intmath_mul_q56(int64_t a, int64_t b);
/* The quantile of the standard normal distribution at (bits + 0.5) / 2^64, exact to 1e-10; never falls as
 * bits rise, odd about the middle. */
int64_t intmath_normal_quantile_q56(uint64_t bits);

#endif
