/* Means over runs with Student's intervals, paired differences, Holm's correction for many of them, and exact intervals
 * for the probability of what happens in few runs. */
#ifndef CRASHQ_STATISTICS_H
#define CRASHQ_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct interval {
    double mean, half_width; /* half_width is NAN below two values */
    size_t count;
    bool bootstrapped; /* bootstrap.h; otherwise Student's */
};
/* Of the mean; at least two values. */
double statistics_standard_error(const double *values, size_t count, double *ret_mean);
/* confidence in (0, 1), such as 0.95. */
struct interval statistics_student(const double *values, size_t count, double confidence);

/* The probability of a mean this far from 0, or farther, if the true one is 0 (Student's t, two-sided). NAN below two
 * values; of values that are all the same, 1 when they are 0, and otherwise the sign test's: 2 / 2^count. */
double statistics_p_value(const double *values, size_t count);

/* Holm's step-down correction, in place: each p-value times how many are at least as large, never below that of a
 * smaller one, at most 1. NANs are no tests. */
void statistics_holm(double *p_values, size_t count);

/* Clopper and Pearson's exact interval for a probability, from `hits` in `runs`: two-sided, but when none or all hit
 * the one bound that says something is one-sided, with the whole confidence (0 of 300: [0, 0.009936] at 95 %). */
struct bounds {
    double low, high;
};
struct bounds statistics_clopper_pearson(uint64_t hits, uint64_t runs, double confidence);

#endif
