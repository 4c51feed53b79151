/* crashq run: simulate, judge, print, write. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "sim/cli/determinism.h"
#include "sim/cli/experiment.h"
#include "sim/cli/repro.h"
#include "sim/plan/load.h"

static const char *const run_options[] = {
    "seed", "runs", "set", "jobs", "out", "json", "quiet", "explain", "verify-determinism", "force", NULL};

/* "one durable node" → "one-durable-node" */
static char *directory_name(const char *scenario, guint64 seed)
{
    g_autofree char *name = g_ascii_strdown(scenario, -1);
    for (char *at = name; *at != '\0'; at++)
        if (!g_ascii_isalnum(*at))
            *at = '-';
    return g_strdup_printf("out/%s-%" G_GUINT64_FORMAT, name, seed);
}

/* The result's directory is filled beside its place and moved there whole. */
static gboolean directory_publish(const char *filled, const char *directory)
{
    g_autofree char *old = g_strdup_printf("%s.old", filled);
    gboolean replaced = g_rename(directory, old) == 0;
    if (g_rename(filled, directory) != 0) {
        fprintf(stderr, "crashq: cannot make %s: %s\n", directory, g_strerror(errno));
        return FALSE;
    }
    if (replaced) {
        g_autoptr(GDir) entries = g_dir_open(old, 0, NULL);
        for (const char *name; entries != NULL && (name = g_dir_read_name(entries)) != NULL;) {
            g_autofree char *path = g_build_filename(old, name, NULL);
            g_unlink(path);
        }
        g_rmdir(old);
    }
    return TRUE;
}

static void latest_link(const char *directory)
{
    g_autofree char *name = g_path_get_basename(directory);
    g_unlink("out/latest.new");
    if (symlink(name, "out/latest.new") == 0)
        g_rename("out/latest.new", "out/latest");
}

static char *run_repro(const struct experiment *experiment, const struct run_result *result)
{
    char fingerprint[33];
    digest_text(result->totals.fingerprint, fingerprint);
    guint32 broken =
        run_violated(experiment, result) != 0 ? run_violated(experiment, result) : run_findings(experiment, result);
    struct repro repro = {
        .scheduler = REPRO_TIMED, .seed = result->seed, .fingerprint = fingerprint, .step = result->totals.events};
    repro.scenario = plan_explain(experiment->plan);
    repro.property = broken == 0 ? NULL : (char *)(guintptr)property_name((enum property)__builtin_ctz(broken));
    char *text = repro_text(&repro);
    g_free(repro.scenario);
    return text;
}

static char *runs_csv(const struct experiment *experiment)
{
    GString *text = g_string_new("variant,seed,measure,value\n");
    for (guint run = 0; run < experiment->results->len; run++) {
        const struct run_result *result = experiment->results->pdata[run];
        for (guint i = 0; i < result->measures->list->len; i++) {
            const struct measure *measure = &g_array_index(result->measures->list, struct measure, i);
            char digits[G_ASCII_DTOSTR_BUF_SIZE];
            g_string_append_printf(
                text, "base,%" G_GUINT64_FORMAT ",%s,%s\n", result->seed, measure->path,
                measure->kind == MEASURE_NULL ? "" : g_ascii_formatd(digits, sizeof digits, "%.9g", measure->value));
        }
    }
    return g_string_free(text, FALSE);
}

/* The run that a person wants to look at: the first that broke something, otherwise the first. */
static const struct run_result *telling_run(const struct experiment *experiment)
{
    for (guint i = 0; i < experiment->results->len; i++) {
        const struct run_result *result = experiment->results->pdata[i];
        if ((run_violated(experiment, result) | run_findings(experiment, result)) != 0)
            return result;
    }
    return experiment->results->pdata[0];
}

static int run_write(const struct experiment *experiment, const struct options *options)
{
    const struct run_result *result = telling_run(experiment);
    g_autofree char *directory =
        options->out != NULL ? g_strdup(options->out) : directory_name(experiment->plan->name, result->seed);
    g_autofree char *filling = g_strdup_printf("%s.%d", directory, (int)getpid());
    if (g_mkdir_with_parents(filling, 0755) != 0) {
        fprintf(stderr, "crashq: cannot make %s: %s\n", filling, g_strerror(errno));
        return EXIT_IO;
    }
    g_autofree char *json = report_json(experiment, result, FALSE);
    g_autofree char *repro = run_repro(experiment, result);
    g_autofree char *csv = experiment->results->len > 1 ? runs_csv(experiment) : NULL;
    g_autofree char *json_path = g_build_filename(filling, "result.json", NULL);
    g_autofree char *repro_path = g_build_filename(filling, "repro.yaml", NULL);
    g_autofree char *csv_path = g_build_filename(filling, "runs.csv", NULL);
    if (!cli_write(json_path, json) || !cli_write(repro_path, repro) || (csv != NULL && !cli_write(csv_path, csv)) ||
        !directory_publish(filling, directory))
        return EXIT_IO;
    if (options->out == NULL)
        latest_link(directory);
    if (!options->json)
        printf("written  %s\n", directory);
    return EXIT_HELD;
}

static int run_file(const char *file, const struct options *options)
{
    int status;
    struct plan *plan = cli_load(file, options, &status);
    if (plan == NULL)
        return status;
    guint64 seed = options->seed_given ? options->seed : plan->seed;
    if (options->explain) {
        g_autofree char *text = plan_explain(plan);
        fputs(text, stdout);
        plan_free(plan);
        return EXIT_HELD;
    }
    if (options->verify_determinism) {
        status = determinism_verify(plan, file, options, seed);
        plan_free(plan);
        return status;
    }
    struct experiment *experiment = experiment_run(plan, seed, options->runs, options->jobs, options->quiet);
    if (experiment == NULL) {
        plan_free(plan);
        return EXIT_INTERRUPTED;
    }
    g_autofree char *vacuous = NULL;
    status = experiment_status(experiment, &vacuous);
    if (options->json) {
        g_autofree char *json = report_json(experiment, telling_run(experiment), TRUE);
        fputs(json, stdout);
    } else {
        report_table(experiment, options, file);
    }
    status = exit_worst(status, run_write(experiment, options));
    if (cli_interrupted())
        status = EXIT_INTERRUPTED;
    experiment_free(experiment);
    plan_free(plan);
    return status;
}

int command_run(int argc, char **argv)
{
    struct options options;
    if (!options_parse(&options, "run", run_options, argc, argv))
        return EXIT_USAGE;
    int status = EXIT_HELD;
    if (options.files->len == 0) {
        fprintf(stderr, "crashq: run what? Try: crashq run scenarios/one-node.yaml\n");
        status = EXIT_USAGE;
    }
    if (options.out != NULL && options.files->len > 1) {
        fprintf(stderr, "crashq: --out names one directory; give one scenario with it\n");
        status = EXIT_USAGE;
    } else if (options.out != NULL && !options.force && g_file_test(options.out, G_FILE_TEST_EXISTS)) {
        fprintf(stderr, "crashq: %s exists; say --force to replace it\n", options.out);
        status = EXIT_USAGE;
    }
    for (guint i = 0; status != EXIT_USAGE && i < options.files->len; i++) {
        if (i > 0)
            printf("\n");
        status = exit_worst(status, run_file(options.files->pdata[i], &options));
    }
    options_clear(&options);
    return status;
}
