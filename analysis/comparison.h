/* Variants side by side on the same seeds: each one's mean, how it differs from the first seed by seed, and which
 * differences are more than chance. Intervals are Student's; of percentiles, bootstrapped over whole seeds. */
#ifndef CRASHQ_COMPARISON_H
#define CRASHQ_COMPARISON_H

#include "analysis/measures.h"
#include "analysis/statistics.h"

#define COMPARISON_CONFIDENCE 0.95

struct compared { /* one measure of one variant */
    struct interval mean;       /* over the runs that measured it */
    struct interval difference; /* to the first variant, over the seeds where both measured it */
    double p_value, p_corrected; /* that there is none; NAN: not tested (of the first variant) */
    bool real;                   /* p_corrected is below 1 - confidence */
};

struct comparison {
    const char *const *paths; /* ends with NULL */
    size_t measures, variants;
    size_t tests;             /* how many differences were tested, and corrected for */
    struct compared *cells;   /* [measure x variants + variant] */
};

/* runs[variant][seed]; every variant has `seeds` of them, the same and in one order. */
struct comparison *comparison_new(const char *const *paths, const struct measures *const *const *runs, size_t variants,
                                  size_t seeds);
void comparison_free(struct comparison *comparison);
const struct compared *comparison_cell(const struct comparison *comparison, size_t measure, size_t variant);

/* In how many runs a count was more than 0, and the exact interval for the probability of that. */
struct rarity {
    uint64_t hits, runs;
    struct bounds bounds;
};
struct rarity comparison_rarity(const char *path, const struct measures *const *runs, size_t seeds);
/* "below 9.5 % with 95 % confidence", never "none". Caller frees. */
char *rarity_text(const struct rarity *rarity);

#endif
