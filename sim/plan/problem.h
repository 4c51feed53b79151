/* Problems of a scenario, collected in one pass: whoever reads goes on after a problem, so that a file's author
 * sees all of them at once. A place names its source too, since --set lays texts over the file. */
#ifndef CRASHQ_PLAN_PROBLEM_H
#define CRASHQ_PLAN_PROBLEM_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Line and column count characters from 1; 0 is a default, which no text says. Sources: 0 the file, then each --set
 * in order. */
struct place {
    uint32_t source, line, column;
};

struct problems {
    const char *file;
    const char *variant; /* being read: its problems are named after it, and those of the scenario itself no news */
    GArray *items;       /* in the order they were found */
    GHashTable *notes;   /* what was said and may have no effect */
};

void problems_init(struct problems *problems, const char *file);
void problems_clear(struct problems *problems);
void problem_add(struct problems *problems, struct place at, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* The same; takes `message` over. */
void problem_take(struct problems *problems, struct place at, char *message);
/* Of what was said at `at`: has it no effect (`idle`) in the scenario, or variant, that is being read? It is noted when
 * that is so wherever it is said. */
void problem_note(struct problems *problems, struct place at, bool idle, const char *format, ...) G_GNUC_PRINTF(4, 5);
bool problems_any(const struct problems *problems);
/* True when no more are kept: whoever reads a long list stops. */
bool problems_full(const struct problems *problems);
/* All of them by place as struct plan_problem (load.h), and the notes in the same way; the caller frees the array with
 * g_ptr_array_unref. */
GPtrArray *problems_list(struct problems *problems);
GPtrArray *problems_notes(const struct problems *problems);

/* A user's text as a message may show it: control characters escaped, the rest cut after 40 characters. Caller
 * frees. */
char *problem_shown(const char *text);

#endif
