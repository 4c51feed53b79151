/* Judges `expect:` against the measures of one run or of many. */
#ifndef CRASHQ_EXPECT_H
#define CRASHQ_EXPECT_H

#include "analysis/measures.h"

struct expectation_result {
    const struct plan_expectation *expectation; /* the plan's */
    bool held;
    bool applies;   /* false: the measure is null in a run that it judges: it cannot hold */
    char *actual;   /* as a person reads it: "14", "0.9988", "2.01 +- 0.012" */
    uint64_t seed;  /* EVERY_RUN that failed: of the first failing run */
};

/* `runs` and `seeds` in seed order. Returns a GArray of struct expectation_result (free with g_array_unref). Unknown
 * paths: held = false, actual "no such measure". */
GArray *expect_judge(const struct plan *plan, const struct measures *const *runs, const uint64_t *seeds, size_t count);

#endif
