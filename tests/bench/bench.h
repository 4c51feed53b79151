/* What the benchmarks share: the clock, and a table whose figures stand beside a reference of the same run. Nothing
 * here passes or fails: a figure depends on the machine, a ratio much less. */
#ifndef CRASHQ_TESTS_BENCH_H
#define CRASHQ_TESTS_BENCH_H

#include <time.h>

static inline double bench_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#endif
