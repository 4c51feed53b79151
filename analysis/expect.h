/* Judges `expect:` against the measures of one run or of many. */
#ifndef CRASHQ_EXPECT_H
#define CRASHQ_EXPECT_H

#include "analysis/measures.h"

enum expectation_verdict {
    EXPECTATION_HELD,
    EXPECTATION_BROKEN,
    EXPECTATION_UNTESTED, /* nothing was measured, or too few runs to say: neither held nor broken */
};

struct expectation_result {
    const struct plan_expectation *expectation; /* the plan's */
    enum expectation_verdict verdict;
    char *actual;             /* as a person reads it: "14", "99.88 %", "2.010 +- 0.012 s" */
    double value, half_width; /* what was judged, NAN when nothing was; half_width: of a MEAN's interval, else NAN */
    uint64_t seed;            /* EVERY_RUN: of the first run that is not held, or the first */
};

/* `runs` and `seeds` in seed order; every path is one that recorder_measures() makes. Returns a GArray of struct
 * expectation_result (free with g_array_unref). */
GArray *expect_judge(const struct plan *plan, const struct measures *const *runs, const uint64_t *seeds, size_t count);

#endif
