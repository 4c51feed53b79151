/* crashq check: every interleaving within the bounds of `check:`. */
#include <stdio.h>
#include <string.h>

#include "sim/cli/checked.h"
#include "sim/cli/cli.h"
#include "sim/cli/repro.h"
#include "sim/plan/load.h"

static void check_progress(void *context, uint64_t states, uint64_t transitions, uint64_t frontier, uint32_t depth)
{
    g_autofree char *text =
        g_strdup_printf("%.2f million states, %.2f million transitions, depth %u, %.2f million to go",
                        (double)states / 1e6, (double)transitions / 1e6, depth, (double)frontier / 1e6);
    progress_show(context, states, 0, text);
}

static bool check_stop(void *context)
{
    (void)context;
    return cli_interrupted();
}

static char *trace_repro(const struct checked *checked)
{
    const struct check_result *result = &checked->result;
    if (result->trace_length == 0)
        return NULL;
    char fingerprint[33];
    digest_text(result->trace_fingerprint[result->trace_length - 1], fingerprint);
    struct repro repro = {.scheduler = REPRO_LISTED,
                          .fingerprint = fingerprint,
                          .step = result->trace_length,
                          .actions = checked->actions,
                          .scenario = plan_explain(checked->plan)};
    repro.property = (char *)(guintptr)property_name((enum property)result->property);
    char *text = repro_text(&repro);
    g_free(repro.scenario);
    return text;
}

static int check_status(const struct checked *checked)
{
    g_autofree char *vacuous = checked_vacuous(checked);
    if (cli_interrupted())
        return EXIT_INTERRUPTED;
    if (checked->result.verdict == CHECK_VIOLATION)
        return EXIT_VIOLATED;
    return checked->result.verdict == CHECK_TRUNCATED || vacuous != NULL ? EXIT_VACUOUS : EXIT_HELD;
}

static int check_publish(const struct checked *checked, const struct options *options, const char *directory,
                         const GPtrArray *recordings)
{
    g_autofree char *json = checked_json(checked, FALSE);
    g_autofree char *repro = trace_repro(checked);
    const struct result_file files[] = {{"result.json", json}, {"repro.yaml", repro}};
    if (!result_write(options, directory, files, G_N_ELEMENTS(files), recordings))
        return EXIT_IO;
    if (!options->json)
        printf("written     %s%s%s\n", directory, repro != NULL ? "; repeat it with: crashq replay " : "",
               repro != NULL ? directory : "");
    return EXIT_HELD;
}

static void checked_run(struct checked *checked, const struct options *options)
{
    struct progress progress;
    progress_begin(&progress, options->quiet);
    struct check_options check = {
        .states_max = options->states,
        .expected = checked->expected,
        .progress = check_progress,
        .stop = check_stop,
        .context = &progress,
    };
    gint64 began_us = g_get_monotonic_time();
    check_run(checked->shape, &check, &checked->result);
    checked->seconds = (double)(g_get_monotonic_time() - began_us) / 1e6;
    progress_end(&progress);
    checked->actions = g_ptr_array_new_with_free_func(g_free);
    for (uint32_t i = 0; i < checked->result.trace_length; i++) {
        char text[ACTION_TEXT_MAX];
        action_text(checked->shape, &checked->result.trace[i], text);
        g_ptr_array_add(checked->actions, g_strdup(text));
    }
}

static int check_plan(struct plan *plan, const struct world_shape *shape, const struct options *options)
{
    g_autofree char *directory = result_directory(options, plan->name, "check");
    if (!result_directory_usable(directory))
        return EXIT_IO;
    g_autoptr(GPtrArray) recordings = recordings_gather(plan);
    struct checked checked = {.plan = plan, .shape = shape, .expected = properties_expected(plan)};
    checked_run(&checked, options);
    if (options->json) {
        g_autofree char *json = checked_json(&checked, TRUE);
        fputs(json, stdout);
    } else {
        checked_table(&checked);
    }
    int status = exit_worst(check_status(&checked), check_publish(&checked, options, directory, recordings));
    g_ptr_array_unref(checked.actions);
    check_result_clear(&checked.result);
    return status;
}

static int check_file(const char *file, const struct options *options)
{
    int status;
    struct plan *plan = cli_load(file, options, &status);
    if (plan == NULL)
        return status;
    struct world_shape *shape = shape_new(plan, SHAPE_CHECK);
    if (shape_can_be_checked(shape)) {
        status = check_plan(plan, shape, options);
    } else {
        fprintf(stderr, "%s: too large to check: %u nodes, %u queues, %u clients. Take a few of each\n", file,
                shape->node_count, plan->queue_count, shape->client_count);
        status = EXIT_USAGE;
    }
    shape_free(shape);
    plan_free(plan);
    return status;
}

int command_check(int argc, char **argv)
{
    struct options options;
    if (!options_parse(&options, "check", argc, argv))
        return EXIT_USAGE;
    int status = EXIT_USAGE;
    if (options.files->len != 1)
        fprintf(stderr, "crashq: check takes one scenario. Try: crashq check scenarios/check/two-messages.yaml\n");
    else if (result_directory_available(&options))
        status = check_file(options.files->pdata[0], &options);
    options_clear(&options);
    return status;
}
