/* A latency histogram with three significant digits (G. Tene's HdrHistogram layout): buckets of powers of two, each in
 * 1,024 equal parts, so a value is known to better than 0.1 %. Whole nanoseconds; counts are exact; memory is fixed. */
#ifndef CRASHQ_HISTOGRAM_H
#define CRASHQ_HISTOGRAM_H

#include <stdint.h>

struct histogram;

struct histogram *histogram_new(void);
void histogram_free(struct histogram *histogram);
void histogram_add(struct histogram *histogram, int64_t value_ns);
uint64_t histogram_count(const struct histogram *histogram);
/* Exact: sums are kept in 128 bits. 0 when empty. */
double histogram_mean_ns(const struct histogram *histogram);
int64_t histogram_max_ns(const struct histogram *histogram);
/* The least recorded value (its bucket's upper end, at most the maximum) that at least `per_100k` of 100,000 values do
 * not exceed. */
int64_t histogram_percentile_ns(const struct histogram *histogram, uint32_t per_100k);

#endif
