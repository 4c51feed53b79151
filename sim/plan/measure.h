/* The measures that `expect` may name: paths in result.json, their short names and units. */
#ifndef CRASHQ_PLAN_MEASURE_H
#define CRASHQ_PLAN_MEASURE_H

#include <stdbool.h>

#include "sim/plan/path.h"

enum measure_unit {
    MEASURE_LATER, /* of the language, not supported yet */
    MEASURE_COUNT,
    MEASURE_NUMBER,
    MEASURE_SECONDS,
    MEASURE_SHARE,
};

struct measure_row {
    const char *pattern; /* parts joined by dots, each a list of names joined by |, or * for any name; [] a list */
    enum measure_unit unit;
    const char *line;
};

enum measure_list {
    MEASURE_ONE,     /* one value */
    MEASURE_EACH,    /* one of each entry of a list: judged with all, any or count */
    MEASURE_ENTRIES, /* the list itself: counted */
};
enum measure_list measure_list(const struct measure_row *row);

struct measure_short {
    const char *said, *meant; /* both the beginning of paths when they end with a dot */
    const char *line;         /* what the path alone does not say, or NULL */
};

/* Ends with a NULL. */
extern const struct measure_short measure_shorts[];

/* All of them, for the loader and `crashq list measures`; ends with a NULL pattern. */
extern const struct measure_row measures[];

/* The full path that a path as written means, names in it not yet looked up, and its row. NULL with what is wrong
 * when there is no such measure; the caller frees both. */
char *measure_find(const char *written, const struct measure_row **ret_row, char **ret_problem);

#endif
