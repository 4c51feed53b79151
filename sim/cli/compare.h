/* A comparison of variants, as it is printed and written. */
#ifndef CRASHQ_COMPARE_H
#define CRASHQ_COMPARE_H

#include "analysis/comparison.h"
#include "sim/cli/experiment.h"

struct comparing {
    const char *name; /* of the scenario */
    guint64 seed;
    guint64 seeds, asked; /* fewer than asked: interrupted */
    GPtrArray *experiments; /* struct experiment, one of each variant, with as many runs */
    const struct measures ***runs; /* [variant][seed] */
    struct comparison *comparison;
};

/* Compares what the experiments measured. */
void compare_begin(struct comparing *comparing);
void compare_end(struct comparing *comparing);
void compare_table(const struct comparing *comparing, const struct options *options, const char *file);
char *compare_json(const struct comparing *comparing, int status); /* caller frees */
/* The directory: result.json and runs.csv of all, timeline.csv and faults.csv of the first seed, and a directory of
 * each variant's own. Returns the exit status. */
int compare_write(const struct comparing *comparing, const struct options *options, const char *directory,
                  const char *json);

/* Counts that are more than 0 in few runs or in many: how likely is that? The list ends with NULL. */
extern const char *const compare_rarities[];

#endif
