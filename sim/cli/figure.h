/* What a timeline figure shows: the rows and faults of each variant, read from results, as a script for gnuplot. */
#ifndef CRASHQ_FIGURE_H
#define CRASHQ_FIGURE_H

#include "sim/cli/cli.h"

#define FIGURE_COLUMNS_MAX 8

enum { ROW_TIME, ROW_OFFERED, ROW_CONFIRMED, ROW_CONSUMED, ROW_P50, ROW_P99, ROW_WAITING, ROW_VALUES };

struct figure_row {
    double values[ROW_VALUES]; /* NAN: nothing was measured */
};

struct figure_fault {
    char *name;
    double begin, end;
};

struct column {
    char *directory, *variant;
    GArray *rows;   /* struct figure_row */
    GArray *faults; /* struct figure_fault */
};

struct figure {
    GPtrArray *columns; /* struct column */
    GPtrArray *titles;  /* char *: of each result "SCENARIO, seed N", each once */
};
/* result.json, timeline.csv and faults.csv of these directories. NULL after it has said what is wrong; *ret_status
 * says which kind. */
struct figure *figure_read(const GPtrArray *directories, int *ret_status);
void figure_free(struct figure *figure);
/* Draws to `file` with the template `look`; kind: svg, png, pdf. Caller frees. */
char *figure_script(const struct figure *figure, const char *file, const char *kind, const char *look);

#endif
