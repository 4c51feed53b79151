/* crashq check: every interleaving within the bounds of `check:`. */
#include <stdio.h>
#include <string.h>

#include "sim/check/check.h"
#include "sim/cli/cli.h"
#include "sim/cli/repro.h"
#include "sim/plan/load.h"

static const char *const check_options[] = {"set", "states", "out", "json", "quiet", "force", NULL};

static void check_progress(void *context, uint64_t states, uint64_t transitions, uint64_t frontier, uint32_t depth)
{
    g_autofree char *text =
        g_strdup_printf("%.2f million states, %.2f million transitions, depth %u, %.2f million to go",
                        (double)states / 1e6, (double)transitions / 1e6, depth, (double)frontier / 1e6);
    progress_show(context, states, 0, text);
}

static void properties_line(const struct check_result *result)
{
    printf("properties");
    for (uint32_t property = 0; property < PROPERTY_COUNT; property++) {
        const char *state = (result->found >> property & 1) != 0 ? "BROKEN"
                            : result->exercised[property] > 0    ? "held"
                                                                 : "not put to the test";
        printf("%s  %-12s %s", property == 0 ? "" : "\n          ", property_name((enum property)property), state);
        if (result->exercised[property] > 0)
            printf(" (judged %" G_GUINT64_FORMAT " times)", result->exercised[property]);
    }
    printf("\n");
}

static void check_table(const struct plan *plan, const struct check_result *result, double seconds)
{
    static const char *const verdicts[] = {[CHECK_COMPLETE] =
                                               "complete: no interleaving within the bounds breaks a promise",
                                           [CHECK_VIOLATION] = "VIOLATED",
                                           [CHECK_TRUNCATED] = "TRUNCATED: nothing broken so far, nothing proven"};
    printf("%s\n\n", plan->name);
    printf("bounds      %u messages, %u crashes, %u power losses, %u restarts, %u disconnects, %u time-outs\n",
           plan->check.messages, plan->check.crashes, plan->check.power_losses, plan->check.restarts,
           plan->check.disconnects, plan->check.timeouts);
    printf("explored    %" G_GUINT64_FORMAT " states, %" G_GUINT64_FORMAT
           " transitions, depth %u; largest level %" G_GUINT64_FORMAT "\n",
           result->states, result->transitions, result->depth, result->frontier_max);
    printf("memory      %.1f MB, %.0f bytes per state; %" G_GUINT64_FORMAT " part contents\n",
           (double)result->bytes / 1e6, result->states > 0 ? (double)result->bytes / (double)result->states : 0,
           result->parts_interned);
    printf("steps       %" G_GUINT64_FORMAT " executed, the rest looked up; chance that a state was missed: %.1g\n",
           result->steps_executed, result->omission_probability);
    properties_line(result);
    printf("verdict     %s", verdicts[result->verdict]);
    if (result->verdict == CHECK_TRUNCATED)
        printf(" (bound hit: %s)", result->truncated_by);
    printf("\nspeed       %.2f million transitions/s, %.2f s\n", (double)result->transitions / seconds / 1e6, seconds);
}

static void trace_print(const struct world_shape *shape, const struct check_result *result)
{
    printf("\n%s in %u actions (a shortest one):\n", property_name((enum property)result->property),
           result->trace_length);
    for (uint32_t i = 0; i < result->trace_length; i++) {
        char text[ACTION_TEXT_MAX];
        action_text(shape, &result->trace[i], text);
        printf("  %3u  %s\n", i + 1, text);
    }
}

static int trace_write(const struct plan *plan, const struct world_shape *shape, const struct check_result *result,
                       const char *path)
{
    char fingerprint[33];
    digest_text(result->trace_fingerprint[result->trace_length - 1], fingerprint);
    struct repro repro = {.scheduler = REPRO_LISTED, .fingerprint = fingerprint, .step = result->trace_length};
    repro.property = (char *)(guintptr)property_name((enum property)result->property);
    repro.actions = g_ptr_array_new_with_free_func(g_free);
    for (uint32_t i = 0; i < result->trace_length; i++) {
        char text[ACTION_TEXT_MAX];
        action_text(shape, &result->trace[i], text);
        g_ptr_array_add(repro.actions, g_strdup(text));
    }
    repro.scenario = plan_explain(plan);
    g_autofree char *text = repro_text(&repro);
    gboolean written = cli_write(path, text);
    g_free(repro.scenario);
    g_ptr_array_unref(repro.actions);
    return written ? EXIT_HELD : EXIT_IO;
}

static int check_status(const struct check_result *result)
{
    if (result->verdict == CHECK_VIOLATION)
        return EXIT_VIOLATED;
    return result->verdict == CHECK_TRUNCATED ? EXIT_VACUOUS : EXIT_HELD;
}

static int check_file(const char *file, const struct options *options)
{
    int status;
    struct plan *plan = cli_load(file, options, &status);
    if (plan == NULL)
        return status;
    struct world_shape *shape = shape_new(plan, SHAPE_CHECK);
    struct progress progress;
    struct check_result result = {0};
    progress_begin(&progress, options->quiet);
    struct check_options check = {.states_max = options->states, .progress = check_progress, .context = &progress};
    gint64 began_us = g_get_monotonic_time();
    check_run(shape, &check, &result);
    double seconds = (double)(g_get_monotonic_time() - began_us) / 1e6;
    progress_end(&progress);
    check_table(plan, &result, seconds);
    status = check_status(&result);
    if (result.trace_length > 0) {
        g_autofree char *path = options->out != NULL ? g_strdup(options->out) : g_strdup("repro.yaml");
        trace_print(shape, &result);
        status = exit_worst(status, trace_write(plan, shape, &result, path));
        printf("\nwritten  %s; repeat it with: crashq replay %s\n", path, path);
    }
    check_result_clear(&result);
    shape_free(shape);
    plan_free(plan);
    return status;
}

int command_check(int argc, char **argv)
{
    struct options options;
    if (!options_parse(&options, "check", check_options, argc, argv))
        return EXIT_USAGE;
    int status = EXIT_HELD;
    if (options.files->len != 1) {
        fprintf(stderr, "crashq: check takes one scenario. Try: crashq check scenarios/check/two-messages.yaml\n");
        status = EXIT_USAGE;
    } else if (options.out != NULL && !options.force && g_file_test(options.out, G_FILE_TEST_EXISTS)) {
        fprintf(stderr, "crashq: %s exists; say --force to replace it\n", options.out);
        status = EXIT_USAGE;
    } else {
        status = check_file(options.files->pdata[0], &options);
    }
    options_clear(&options);
    return status;
}
