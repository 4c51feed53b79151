/* Reproducers: a scenario with every default filled in, and what was done to it. One YAML file that a person can read.
 */
#ifndef CRASHQ_REPRO_H
#define CRASHQ_REPRO_H

#include <glib.h>

#include "sim/plan/problem.h"
#include "sim/world/world.h"

enum repro_scheduler { REPRO_UNSAID, REPRO_TIMED, REPRO_LISTED };

struct repro {
    char *file; /* that it was loaded from */
    enum repro_scheduler scheduler;
    guint64 seed;      /* TIMED */
    gboolean seed_given;
    char *fingerprint; /* of the run (TIMED), of the state reached (LISTED): 32 hexadecimal digits */
    char *property;    /* broken; NULL: none */
    char *expectation; /* TIMED: broken, as written; NULL: none */
    guint64 step;      /* TIMED: events until the end; LISTED: actions */
    GPtrArray *actions; /* LISTED: char*, names */
    GArray *places;     /* ... struct place: where each stands */
    char *scenario;     /* the text of the plan */
    struct place begins; /* where that text stands, as a block; line 0: it is none */
};

char *repro_text(const struct repro *repro);
/* `file` may be the directory that the reproducer lies in. NULL after it has printed what is wrong; *ret_status says
 * which kind. */
struct repro *repro_load(const char *file, int *ret_status);
/* The same from memory: NULL when there are problems. They are the caller's as plan_load_bytes()'s are. */
struct repro *repro_load_bytes(const char *file, const char *bytes, gsize length, GPtrArray **ret_problems);
void repro_free(struct repro *repro);

#endif
