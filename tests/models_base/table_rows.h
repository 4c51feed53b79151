/* What the tables of models/base must hold, by the C library's long double functions. make_tables.c prints these
 * rows; test_intmath.c holds the committed ones against them. */
#ifndef CRASHQ_TESTS_TABLE_ROWS_H
#define CRASHQ_TESTS_TABLE_ROWS_H

#include <math.h>

#include "models/base/intmath_table.h"

static inline struct ln_row ln_row_of(int index)
{
    __extension__ unsigned __int128 c = 256 + (unsigned)index, one = 1;
    return (struct ln_row){llroundl(logl(1 + index / 256.0L) * 0x1p60L), (uint64_t)(((one << 71) + c - 1) / c)};
}

static inline uint64_t exp2_of(int index)
{
    return (uint64_t)llroundl(exp2l(index / 256.0L) * 0x1p62L);
}

static inline long double normal_density(long double z)
{
    return expl(-z * z / 2) / sqrtl(2 * acosl(-1));
}

/* The z above which the standard normal distribution has the probability `tail`, by Newton's method. In the far
 * tail the steps are of the logarithm of the probability, which is nearly a parabola. */
static inline long double normal_upper_quantile(long double tail)
{
    long double z = sqrtl(-2 * logl(2 * tail));
    for (int i = 0; i < 60; i++) {
        long double above = erfcl(z / sqrtl(2)) / 2;
        z += logl(above / tail) * above / normal_density(z);
    }
    return z;
}

static inline struct normal_row normal_row_of(int index)
{
    int octave = NORMAL_OCTAVES - index / NORMAL_STEPS;
    long double step = ldexpl(1.0L / NORMAL_STEPS, -(octave + 1));
    long double tail = ldexpl(1, -(octave + 1)) + index % NORMAL_STEPS * step;
    long double z = tail == 0.5L ? 0 : normal_upper_quantile(tail);
    return (struct normal_row){llroundl(z * 0x1p56L), -llroundl(step / normal_density(z) * 0x1p56L)};
}

#endif
