/* The tables behind intmath.c. Private to the room. */
#ifndef CRASHQ_BASE_INTMATH_TABLE_H
#define CRASHQ_BASE_INTMATH_TABLE_H

#include <stdint.h>

struct ln_row {
    int64_t ln_q60;       /* ln(c) of the middle c of the row's interval of mantissas */
    uint64_t inverse_q63; /* 1 / c */
};
extern const struct ln_row ln_table[256];

extern const uint64_t exp2_table[256]; /* q62 */

#define NORMAL_STEPS 32
struct normal_row {
    int64_t z_q56;
    int64_t slope_q56; /* -dz/dp times the step's width */
};
extern const struct normal_row normal_table[64 * NORMAL_STEPS];

#endif
