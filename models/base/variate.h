/* A duration that may be a distribution, drawn by inversion: one uniform number each, whole nanoseconds out.
 * Plain data, filled by the loader. */
#ifndef CRASHQ_BASE_VARIATE_H
#define CRASHQ_BASE_VARIATE_H

#include <stdint.h>

enum variate_kind {
    VARIATE_CONSTANT,    /* a ns */
    VARIATE_UNIFORM,     /* a..b ns, both included */
    VARIATE_EXPONENTIAL, /* mean a ns */
    VARIATE_NORMAL,      /* mean a, sd b ns; below 0 gives 0 */
    VARIATE_LOGNORMAL,   /* median a ns, p99 b ns */
    VARIATE_PARETO,      /* least value a ns, shape c_ppm */
    VARIATE_WEIBULL,     /* scale a ns, shape c_ppm */
    VARIATE_EMPIRICAL,   /* table of `count` values in ascending order, ns; drawn with equal probability */
};

struct variate {
    uint32_t kind; /* enum variate_kind */
    uint32_t count;
    int64_t a, b;
    int64_t c_ppm;
    const int64_t *table; /* owned by the plan */
};

/* The value at quantile bits / 2^64, give or take half a draw: never falls as bits rise, never negative. */
int64_t variate_at(const struct variate *variate, uint64_t bits);
/* The mean in nanoseconds, to 1e-5 of it or better; INT64_MAX where it is infinite (pareto with shape <= 1). */
int64_t variate_mean(const struct variate *variate);
static inline struct variate variate_constant(int64_t ns)
{
    return (struct variate){.kind = VARIATE_CONSTANT, .a = ns};
}

#endif
