/* Integer logarithm and power: no libm decides anything. Fixed point with 32 fractional bits ("q32"), 
 * from committed tables; the same on every machine. */
#ifndef CRASHQ_BASE_INTMATH_H
#define CRASHQ_BASE_INTMATH_H

#include <stdint.h>

/* -ln(u) for u = (bits + 1) / 2^64, as q32; exact to about 2^-30. 0 .. 64 ln 2. */
int64_t intmath_neg_ln_q32(uint64_t bits);
/* ln(x) of a positive integer, q32. */
int64_t intmath_ln_q32(uint64_t x);
/* 2^(e) * scale, e as q32 (may be negative), saturating at INT64_MAX. */
int64_t intmath_exp2_q32(int64_t exponent_q32, int64_t scale);
/* e^(x) * scale, x as q32. */
int64_t intmath_exp_q32(int64_t x_q32, int64_t scale);
/* a * b / c without overflow in between, rounded to nearest, saturating. c > 0. */
int64_t intmath_mul_div(int64_t a, int64_t b, int64_t c);
/* The quantile of the standard normal distribution at (bits + 0.5) / 2^64, q32, by table and interpolation. */
int64_t intmath_normal_quantile_q32(uint64_t bits);

#endif
