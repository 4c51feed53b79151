/* A check that is over, and how it is told: to a person, to a program. */
#ifndef CRASHQ_CHECKED_H
#define CRASHQ_CHECKED_H

#include <glib.h>

#include "sim/check/check.h"

struct checked {
    const struct plan *plan;
    const struct world_shape *shape;
    struct check_result result;
    uint32_t expected;  /* properties_expected() */
    GPtrArray *actions; /* char*; the trace by its names */
    double seconds;
};

/* A scenario that expects nothing to be lost holds the queue to it, also where its configuration promises less.
 * Bits of enum property. */
uint32_t properties_expected(const struct plan *plan);
/* Why the check put nothing to the test; NULL when it did. Only a property that was asked for by its name, or that the
 * scenario expects, must have been exercised: a scenario without a crash exercises no recovery. Caller frees. */
char *checked_vacuous(const struct checked *checked);
void checked_table(const struct checked *checked);
/* result.json; `wall`: what differs between machines (memory, time) too, never in files. Caller frees. */
char *checked_json(const struct checked *checked, gboolean wall);

#endif
