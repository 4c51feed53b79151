/* Distributions of durations, as text: `uniform(1ms..3ms)`, `lognormal(median 1ms p99 8ms)`. One table knows their
 * forms. */
#ifndef CRASHQ_PLAN_DISTRIBUTION_H
#define CRASHQ_PLAN_DISTRIBUTION_H

#include <stdbool.h>
#include <stdint.h>

#include "models/base/variate.h"

struct distribution_form {
    const char *name;
    const char *first, *second; /* the word before each argument: NULL no such argument, "" no word */
    uint32_t kind;              /* enum variate_kind */
    bool shape;                 /* the second argument is a number, not a duration */
    const char *example, *line; /* for `crashq list distributions` */
};

/* All of them; ends with a NULL name. */
extern const struct distribution_form distribution_forms[];

/* Reads a duration or a distribution. Returns NULL, or what is wrong. An empirical one names its file: *ret_file
 * (else NULL; the caller frees it), and its table is the caller's to fill. */
char *distribution_read(const char *text, struct variate *ret, char **ret_file);
/* The text that reads back as this variate; `file` for an empirical one. Caller frees. */
char *distribution_text(const struct variate *variate, const char *file);

#endif
