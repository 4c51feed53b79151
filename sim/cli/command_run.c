/* crashq run: simulate, judge, print, write. */
#include <stdio.h>
#include <string.h>

#include "sim/cli/determinism.h"
#include "sim/cli/experiment.h"
#include "sim/plan/load.h"

static int run_write(const struct experiment *experiment, const struct options *options, const char *directory,
                     const GPtrArray *recordings)
{
    g_autoptr(GArray) files = result_files_of_run(experiment, experiment_telling_run(experiment));
    struct result_file runs = {"runs.csv", NULL};
    if (experiment->results->len > 1) {
        GString *csv = g_string_new(RUNS_CSV_HEAD);
        result_runs_csv(csv, experiment);
        runs.text = g_string_free(csv, FALSE);
    }
    g_array_append_val(files, runs);
    if (!result_write(options, directory, (const struct result_file *)(void *)files->data, files->len, recordings))
        return EXIT_IO;
    if (!options->json)
        printf("written  %s\n", directory);
    return EXIT_HELD;
}

static int run_experiment(struct plan *plan, const char *file, const struct options *options, guint64 seed)
{
    g_autofree char *suffix = g_strdup_printf("%" G_GUINT64_FORMAT, seed);
    g_autofree char *directory = result_directory(options, plan->name, suffix);
    if (!result_directory_usable(directory))
        return EXIT_IO;
    struct experiment *experiment = experiment_run(plan, seed, options->runs, options->jobs, options->quiet);
    if (experiment == NULL)
        return EXIT_INTERRUPTED;
    g_autoptr(GPtrArray) recordings = recordings_gather(plan);
    g_autofree char *vacuous = NULL;
    int status = experiment_status(experiment, &vacuous);
    if (options->json) {
        g_autofree char *json = report_json(experiment, experiment_telling_run(experiment), TRUE);
        fputs(json, stdout);
    } else {
        report_table(experiment, options, file);
    }
    status = exit_worst(status, run_write(experiment, options, directory, recordings));
    experiment_free(experiment);
    return cli_interrupted() ? EXIT_INTERRUPTED : status;
}

static int run_deterministic(const struct plan *plan, const char *file, const struct options *options, guint64 seed)
{
    int status = EXIT_HELD;
    for (guint64 run = 0; run < options->runs; run++)
        status = exit_worst(status, determinism_verify(plan, file, options, seed + run));
    return status;
}

static int run_plan(struct plan *plan, const char *file, const struct options *options)
{
    guint64 seed = options->seed_given ? options->seed : plan->seed;
    if (options->explain) {
        plan->seed = seed;
        g_autofree char *text = plan_explain(plan);
        fputs(text, stdout);
        return EXIT_HELD;
    }
    if (options->verify_determinism)
        return run_deterministic(plan, file, options, seed);
    return run_experiment(plan, file, options, seed);
}

static gboolean run_words_good(const struct options *options)
{
    if (options->files->len == 0)
        fprintf(stderr, "crashq: run what? Try: crashq run scenarios/one-node.yaml\n");
    else if (options->out != NULL && options->files->len > 1)
        fprintf(stderr, "crashq: --out names one directory; give one scenario with it\n");
    else if (options->verify_determinism && (options->out != NULL || options->force || options->json))
        fprintf(stderr, "crashq: --verify-determinism compares events and has no result: leave out %s\n",
                options->out != NULL ? "--out" : options->force ? "--force" : "--json");
    else
        return result_directory_available(options);
    return FALSE;
}

static void plan_unref(gpointer plan)
{
    if (plan != NULL)
        plan_free(plan);
}

int command_run(int argc, char **argv)
{
    struct options options;
    if (!options_parse(&options, "run", argc, argv))
        return EXIT_USAGE;
    if (!run_words_good(&options)) {
        options_clear(&options);
        return EXIT_USAGE;
    }
    int status = EXIT_HELD;
    g_autoptr(GPtrArray) plans = g_ptr_array_new_with_free_func(plan_unref);
    for (guint i = 0; i < options.files->len; i++) {
        int loaded;
        g_ptr_array_add(plans, cli_load(options.files->pdata[i], &options, &loaded));
        status = exit_worst(status, loaded);
    }
    gboolean good = status == EXIT_HELD; /* of several files all are good, or none is run */
    for (guint i = 0; good && i < plans->len && !cli_interrupted(); i++) {
        if (i > 0 && !options.json)
            printf("\n");
        status = exit_worst(status, run_plan(plans->pdata[i], options.files->pdata[i], &options));
    }
    options_clear(&options);
    return status;
}
