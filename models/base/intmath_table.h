/* The tables behind intmath.c. Private to the room. */
#ifndef CRASHQ_BASE_INTMATH_TABLE_H
#define CRASHQ_BASE_INTMATH_TABLE_H

#include <stdint.h>

/* Row i is of the lower end c = 1 + i / 256 of an interval of mantissas. */
#define LN_ROWS 256
struct ln_row {
    int64_t ln_q60;       /* ln c */
    uint64_t inverse_q63; /* 1 / c, rounded up */
};
extern const struct ln_row ln_table[LN_ROWS];

/* Row i is 2^(i / 256), q62. */
#define EXP2_ROWS 256
extern const uint64_t exp2_table[EXP2_ROWS];

/* Upper quantiles z of the normal distribution at tail probabilities p from 2^-64 up to 1/2: 63 octaves of p, the
 * first being [2^-64, 2^-63), with 16 equal steps each, and a last row for 1/2. */
#define NORMAL_STEPS 16
#define NORMAL_OCTAVES 63
#define NORMAL_ROWS (NORMAL_OCTAVES * NORMAL_STEPS + 1)
struct normal_row {
    int64_t z_q56;
    int64_t slope_q56; /* dz/dp times a step of the octave that the row begins or lies in: negative */
};
extern const struct normal_row normal_table[NORMAL_ROWS];

#endif
