/* What the benchmarks share: the clock. It counts this process's processor time, so other work of the machine tells
 * less. Nothing here passes or fails: a figure depends on the machine; a ratio to something measured in the same run
 * does much less. */
#ifndef CRASHQ_TESTS_BENCH_H
#define CRASHQ_TESTS_BENCH_H

#include <time.h>

static inline double bench_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#endif
