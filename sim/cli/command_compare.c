/* crashq compare: the variants of a scenario on the same seeds, side by side: seed by seed they meet the same
 * arrivals, latencies and faults. */
#include <stdio.h>
#include <string.h>

#include "sim/cli/compare.h"
#include "sim/plan/load.h"

static struct plan *plan_called(const GPtrArray *plans, const char *name)
{
    for (guint i = 0; i < plans->len; i++) {
        struct plan *plan = plans->pdata[i];
        if (g_strcmp0(plan->variant, name) == 0 || (plan->variant == NULL && strcmp(name, "base") == 0 && i == 0))
            return plan;
    }
    return NULL;
}

/* Those that --only names, in its order; otherwise all in the file's. False after it has said what is wrong. */
static gboolean variants_choose(const GPtrArray *plans, const char *only, GPtrArray *chosen)
{
    g_auto(GStrv) names = only != NULL ? g_strsplit(only, ",", -1) : NULL;
    for (guint i = 1; only == NULL && i < plans->len; i++)
        g_ptr_array_add(chosen, plans->pdata[i]);
    for (guint i = 0; only != NULL && names[i] != NULL; i++) {
        struct plan *plan = plan_called(plans, g_strstrip(names[i]));
        if (plan == NULL || g_ptr_array_find(chosen, plan, NULL)) {
            fprintf(stderr, "crashq: --only: %s '%s'\n", plan == NULL ? "there is no variant" : "twice", names[i]);
            return FALSE;
        }
        g_ptr_array_add(chosen, plan);
    }
    if (chosen->len < 2)
        fprintf(stderr, "crashq: compare needs two variants at least: %s\n",
                plans->len < 3 ? "write them under `variants:`" : "--only a,b");
    return chosen->len >= 2;
}

/* Only a variant's own expectation makes it fail; what was not put to the test is said as well. */
static int compare_status(const struct comparing *comparing)
{
    int status = EXIT_HELD;
    for (guint i = 0; i < comparing->experiments->len; i++) {
        const struct experiment *experiment = comparing->experiments->pdata[i];
        g_autofree char *vacuous = NULL;
        experiment_status(experiment, &vacuous);
        if (vacuous != NULL)
            status = exit_worst(status, EXIT_VACUOUS);
        for (guint at = 0; at < experiment->expectations->len; at++)
            if (g_array_index(experiment->expectations, struct expectation_result, at).verdict == EXPECTATION_BROKEN)
                status = exit_worst(status, EXIT_VIOLATED);
    }
    return status;
}

/* out/NAME-compare-1, with the variants when only some are meant */
static char *compare_directory(const struct options *options, const char *name, guint64 seed)
{
    g_autofree char *only = options->only == NULL ? NULL : g_strdelimit(g_strdup(options->only), ", ", '-');
    g_autofree char *suffix = g_strdup_printf("compare-%" G_GUINT64_FORMAT "%s%s", seed, only != NULL ? "-" : "",
                                              only != NULL ? only : "");
    return result_directory(options, name, suffix);
}

static int compare_plans(const GPtrArray *chosen, const char *file, const struct options *options, const char *name,
                         guint64 seed)
{
    struct comparing comparing = {.name = name, .seed = seed};
    g_autofree char *directory = compare_directory(options, name, seed);
    if (!result_directory_usable(directory))
        return EXIT_IO;
    comparing.experiments = experiments_run(chosen, seed, options->runs, options->jobs, options->quiet);
    if (comparing.experiments == NULL)
        return EXIT_INTERRUPTED;
    compare_begin(&comparing);
    int status = compare_status(&comparing);
    g_autofree char *json = compare_json(&comparing, status);
    if (options->json)
        fputs(json, stdout);
    else
        compare_table(&comparing, options, file);
    status = exit_worst(status, compare_write(&comparing, options, directory, json));
    compare_end(&comparing);
    g_ptr_array_unref(comparing.experiments);
    return cli_interrupted() ? EXIT_INTERRUPTED : status;
}

static gboolean compare_words_good(const struct options *options)
{
    if (options->files->len != 1)
        fprintf(stderr, "crashq: compare takes one scenario, with variants\n");
    else if (options->runs < 2)
        fprintf(stderr, "crashq: compare needs several seeds to tell a difference from chance: --runs N\n");
    else
        return result_directory_available(options);
    return FALSE;
}

static int compare_file(const struct options *options)
{
    const char *file = options->files->pdata[0];
    g_autoptr(GPtrArray) problems = NULL;
    bool io_error = false;
    GPtrArray *plans = plan_load_all(file, (const char *const *)options->sets->pdata, &problems, &io_error);
    cli_problems_print(problems);
    if (plans == NULL)
        return io_error ? EXIT_IO : EXIT_USAGE;
    const struct plan *scenario = plans->pdata[0];
    g_autoptr(GPtrArray) chosen = g_ptr_array_new();
    int status = EXIT_USAGE;
    if (variants_choose(plans, options->only, chosen))
        status = compare_plans(chosen, file, options, scenario->name,
                               options->seed_given ? options->seed : scenario->seed);
    g_ptr_array_unref(plans);
    return status;
}

int command_compare(int argc, char **argv)
{
    struct options options;
    if (!options_parse(&options, "compare", argc, argv))
        return EXIT_USAGE;
    int status = compare_words_good(&options) ? compare_file(&options) : EXIT_USAGE;
    options_clear(&options);
    return status;
}
