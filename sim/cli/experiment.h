/* One scenario on one seed, or on many, in parallel: simulated, recorded, judged. A result never depends on the number
 * of jobs. */
#ifndef CRASHQ_EXPERIMENT_H
#define CRASHQ_EXPERIMENT_H

#include "analysis/expect.h"
#include "analysis/measures.h"
#include "sim/cli/cli.h"
#include "sim/world/shape.h"

struct breach { /* the first of its property */
    int64_t time_ns; /* NS_NEVER: none */
    struct message message;
};

struct run_result {
    guint64 seed;
    struct measures *measures;
    struct history_totals totals;
    struct breach first[PROPERTY_COUNT];
    char *failure;  /* a bound was hit: what; NULL otherwise */
    gint64 wall_us; /* of this run alone */
};

struct experiment {
    const struct plan *plan;
    struct world_shape *shape;
    GPtrArray *results; /* struct run_result, in seed order; shorter than asked when interrupted */
    GArray *expectations; /* struct expectation_result */
    guint64 asked; /* runs; more than there are results: interrupted */
    gint64 wall_us;
};

/* NULL, after it has said so, only when interrupted before the first run was over. An interrupt lets several runs come
 * to their ends when they are in flight, and cuts a single one off. */
struct experiment *experiment_run(const struct plan *plan, guint64 seed, guint64 runs, guint jobs, gboolean quiet);
/* One of each plan, on the same seeds, and all with as many results: the seeds that were over in every one of them.
 * Free with g_ptr_array_unref. */
GPtrArray *experiments_run(const GPtrArray *plans, guint64 seed, guint64 runs, guint jobs, gboolean quiet);
void experiment_free(struct experiment *experiment);

/* The exit status that this experiment deserves; `ret_vacuous` (caller frees, NULL when not) says why it is vacuous. */
int experiment_status(const struct experiment *experiment, char **ret_vacuous);
/* Bits of enum property that were promised and broken in this run, or broken without a promise. */
guint32 run_violated(const struct experiment *experiment, const struct run_result *result);
guint32 run_findings(const struct experiment *experiment, const struct run_result *result);
/* What a reproducer of this run must bring out again: the first property broken (a promised one first), the first
 * expectation that this run alone breaks. NULL: none. */
const char *run_broken_property(const struct experiment *experiment, const struct run_result *result);
const char *run_broken_expectation(const struct experiment *experiment, const struct run_result *result);
/* The run that a person wants to look at: the first that violated something, otherwise the first with a finding,
 * otherwise the first. */
const struct run_result *experiment_telling_run(const struct experiment *experiment);

/* The table for a person, and result.json. `status` as above. `wall`: add wall-clock figures (never in files). */
void report_table(const struct experiment *experiment, const struct options *options, const char *file);
/* A line for each property that this run broke: when first, by which message. Empty: none. Caller frees. */
char *report_breaches(const struct experiment *experiment, const struct run_result *result);
/* What shows why an expectation is broken; NULL: nothing can be shown. */
const struct witness *report_witness(const struct experiment *experiment, const struct expectation_result *result);
/* "web.1/2013"; NULL: no message. Caller frees. */
char *report_message(const struct experiment *experiment, const struct message *message);
char *report_json(const struct experiment *experiment, const struct run_result *result, gboolean wall);

/* "base" when it is the scenario itself. */
const char *experiment_variant(const struct experiment *experiment);
/* Texts of files; those of tables are added to what is there. */
#define RUNS_CSV_HEAD "variant,seed,measure,value\n"
void result_runs_csv(GString *text, const struct experiment *experiment);
void result_timeline_csv(GString *text, const struct experiment *experiment, const struct run_result *result);
void result_faults_csv(GString *text, const struct experiment *experiment, const struct run_result *result);
/* What the directory of a run holds (struct result_file, which own their texts); free with g_array_unref. */
GArray *result_files_of_run(const struct experiment *experiment, const struct run_result *result);

#endif
