/* The texts of a result's files. */
#include "analysis/timeline.h"
#include "sim/cli/experiment.h"
#include "sim/cli/repro.h"
#include "sim/plan/load.h"

const char *experiment_variant(const struct experiment *experiment)
{
    return experiment->plan->variant != NULL ? experiment->plan->variant : "base";
}

static char *result_repro(const struct experiment *experiment, const struct run_result *result)
{
    char fingerprint[33];
    digest_text(result->totals.fingerprint, fingerprint);
    struct repro repro = {
        .scheduler = REPRO_TIMED, .seed = result->seed, .fingerprint = fingerprint, .step = result->totals.events};
    repro.scenario = plan_explain(experiment->plan);
    repro.property = (char *)(guintptr)run_broken_property(experiment, result);
    repro.expectation = (char *)(guintptr)run_broken_expectation(experiment, result);
    char *text = repro_text(&repro);
    g_free(repro.scenario);
    return text;
}

void result_runs_csv(GString *text, const struct experiment *experiment)
{
    const char *variant = experiment_variant(experiment);
    for (guint run = 0; run < experiment->results->len; run++) {
        const struct run_result *result = experiment->results->pdata[run];
        for (guint i = 0; i < result->measures->list->len; i++) {
            const struct measure *measure = &g_array_index(result->measures->list, struct measure, i);
            char digits[G_ASCII_DTOSTR_BUF_SIZE];
            g_string_append_printf(
                text, "%s,%" G_GUINT64_FORMAT ",%s,%s\n", variant, result->seed, measure->path,
                measure->kind == MEASURE_NULL ? "" : g_ascii_formatd(digits, sizeof digits, "%.9g", measure->value));
        }
    }
}

void result_timeline_csv(GString *text, const struct experiment *experiment, const struct run_result *result)
{
    timeline_csv(text, experiment_variant(experiment), experiment->plan, result->measures->timeline);
}

void result_faults_csv(GString *text, const struct experiment *experiment, const struct run_result *result)
{
    faults_csv(text, experiment_variant(experiment), experiment->plan, result->measures->fault_spans);
}

static void result_add(GArray *files, const char *name, char *text)
{
    struct result_file file = {.name = name, .text = text};
    g_array_append_val(files, file);
}

static void result_clear(void *file)
{
    g_free((char *)(guintptr)((struct result_file *)file)->text);
}

GArray *result_files_of_run(const struct experiment *experiment, const struct run_result *result)
{
    GArray *files = g_array_new(FALSE, FALSE, sizeof(struct result_file));
    g_array_set_clear_func(files, result_clear);
    GString *timeline = g_string_new(TIMELINE_CSV_HEAD), *faults = g_string_new(FAULTS_CSV_HEAD);
    result_timeline_csv(timeline, experiment, result);
    result_faults_csv(faults, experiment, result);
    result_add(files, "result.json", report_json(experiment, result, FALSE));
    result_add(files, "repro.yaml", result_repro(experiment, result));
    result_add(files, "timeline.csv", g_string_free(timeline, FALSE));
    result_add(files, "faults.csv", g_string_free(faults, FALSE));
    return files;
}
