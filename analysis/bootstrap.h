/* Intervals for means of what is far from normal, such as percentiles, whose few large values Student's takes no notice
 * of: the bootstrap over whole runs. */
#ifndef CRASHQ_BOOTSTRAP_H
#define CRASHQ_BOOTSTRAP_H

#include "analysis/statistics.h"

/* Fewer runs than this, or runs so alike that too many resamples have no spread at all, say too little of a
 * distribution: then both are Student's, and the interval says so (`bootstrapped`). */
#define BOOTSTRAP_LEAST 10

/* Also the probability of a mean this far from 0, or farther, if the true one is 0. */
struct interval bootstrap_interval(const double *values, size_t count, double confidence, double *ret_p_value);

#endif
