/* Reads a scenario file. Strict: nothing is silently ignored. All problems come in one pass. */
#ifndef CRASHQ_PLAN_LOAD_H
#define CRASHQ_PLAN_LOAD_H

#include <glib.h>

#include "sim/plan/plan.h"

struct plan_problem {
    char *file;
    uint32_t line, column; /* from 1 */
    char *message;
    bool is_note; /* something is said that has no effect: no reason to refuse the file */
};

/* Loads `file`, with `sets` ("PATH=VALUE", from --set, in order; NULL-terminated or NULL) laid over it: the scenario
 * itself and then, in the file's order, each of its variants, as struct plan (the caller frees the array with
 * g_ptr_array_unref). A --set of a key that a variant says too wins there as well.
 *
 * Returns NULL when there are problems, of whichever of them; ret_problems (always set, owned by the caller, free with
 * g_ptr_array_unref) lists them sorted by place. Without problems it lists notes: what was said and has no effect. A
 * problem of a --set has file "--set" and its column within the text. An unreadable file is one problem at 0:0 and
 * sets *ret_io_error. After 200 problems the rest is one more at 0:0, the last of the list. */
GPtrArray *plan_load_all(const char *file, const char *const *sets, GPtrArray **ret_problems, bool *ret_io_error);
/* The same from memory; `file` is only its name (relative trace files are looked up beside it). */
GPtrArray *plan_load_all_bytes(const char *file, const char *bytes, gsize length, const char *const *sets,
                               GPtrArray **ret_problems);

#define PLAN_BASE "base" /* what the scenario itself is called among its variants */

/* One of them, when all are good: the variant of that name, or the scenario itself (NULL, PLAN_BASE). That there is no
 * such variant is a problem at 0:0. */
struct plan *plan_load_variant(const char *file, const char *variant, const char *const *sets, GPtrArray **ret_problems,
                               bool *ret_io_error);
/* The scenario itself. */
struct plan *plan_load(const char *file, const char *const *sets, GPtrArray **ret_problems, bool *ret_io_error);
struct plan *plan_load_bytes(const char *file, const char *bytes, gsize length, const char *const *sets,
                             GPtrArray **ret_problems);
void plan_free(struct plan *plan);

/* The scenario with every default filled in, or the variant as a scenario of its own: it gives the same run, when it
 * lies beside the file (recorded traffic is named as the file names it). Caller frees. */
char *plan_explain(const struct plan *plan);
/* A user's text as YAML, in double quotes where a reader would take it for something else. Caller frees. */
char *plan_quoted(const char *text);

#endif
