/* crashq replay: repeat what a reproducer says, and say whether the same thing happened. */
#include <stdio.h>
#include <string.h>

#include "sim/cli/experiment.h"
#include "sim/cli/repro.h"
#include "sim/plan/load.h"

static const char *const replay_options[] = {"json", "quiet", NULL};

static struct plan *repro_plan(const struct repro *repro, const char *file)
{
    g_autoptr(GPtrArray) problems = NULL;
    struct plan *plan = plan_load_bytes(file, repro->scenario, strlen(repro->scenario), NULL, &problems);
    for (guint i = 0; i < problems->len; i++) {
        const struct plan_problem *problem = problems->pdata[i];
        fprintf(stderr, "%s: in its scenario, line %u, column %u: %s\n", file, problem->line, problem->column,
                problem->message);
    }
    return plan;
}

/* What came out against what was recorded; 0 when both agree. */
static int outcome(const struct repro *repro, const char *property, const char *fingerprint)
{
    gboolean same_property = g_strcmp0(repro->property, property) == 0;
    gboolean same_bytes = strcmp(repro->fingerprint, fingerprint) == 0;
    if (same_property && same_bytes) {
        printf("reproduced: %s, the same to the byte (fingerprint %s)\n",
               property != NULL ? property : "nothing broken", fingerprint);
        return property != NULL ? EXIT_VIOLATED : EXIT_HELD;
    }
    if (!same_property)
        printf("NOT reproduced: recorded was %s, now %s\n",
               repro->property != NULL ? repro->property : "nothing broken",
               property != NULL ? property : "nothing is broken");
    else
        printf("%s again, but on another way: recorded fingerprint %s, now %s (another version of crashq?)\n",
               property != NULL ? property : "nothing broken", repro->fingerprint, fingerprint);
    return EXIT_VACUOUS;
}

static const char *breached_name(guint32 breached)
{
    return breached == 0 ? NULL : property_name((enum property)__builtin_ctz(breached));
}

static guint32 effects_breached(const struct world_effects *effects)
{
    guint32 breached = 0;
    for (uint32_t i = 0; i < effects->observation_count; i++)
        breached |= effects->verdicts[i].breached;
    return breached;
}

/* Applies one named action. False after it has printed why it cannot. */
static gboolean replay_action(struct world *world, const char *file, guint index, const char *text,
                              guint32 *ret_breached)
{
    struct action action;
    size_t at = 0;
    const struct world_effects *effects;
    if (!action_parse(world_shape(world), text, &action, &at)) {
        fprintf(stderr, "%s: action %u '%s' is none, from '%s' on\n", file, index + 1, text, text + at);
        return FALSE;
    }
    if (!world_is_enabled(world, &action)) {
        fprintf(stderr, "%s: action %u '%s' cannot happen there (another version of crashq?)\n", file, index + 1, text);
        return FALSE;
    }
    if (!world_apply(world, &action, 0, NULL, NULL, &effects)) {
        fprintf(stderr, "%s: action %u '%s' hits a bound of the checked world\n", file, index + 1, text);
        return FALSE;
    }
    *ret_breached = effects_breached(effects);
    printf("  %3u  %s%s%s\n", index + 1, text, *ret_breached != 0 ? "   <- breaks " : "",
           *ret_breached != 0 ? breached_name(*ret_breached) : "");
    return TRUE;
}

static int replay_listed(const struct repro *repro, const struct plan *plan, const char *file)
{
    struct world_shape *shape = shape_new(plan, SHAPE_CHECK);
    struct world *world = world_new(shape);
    guint32 breached = 0;
    int status = EXIT_HELD;
    for (guint i = 0; i < repro->actions->len && status == EXIT_HELD; i++)
        if (!replay_action(world, file, i, repro->actions->pdata[i], &breached))
            status = EXIT_VACUOUS;
    if (status == EXIT_HELD) {
        char fingerprint[33];
        const struct world_effects *effects;
        digest_text(world_fingerprint(world), fingerprint);
        if (breached == 0) {
            world_judge_quiet(world, &effects);
            breached = effects_breached(effects);
        }
        status = outcome(repro, breached_name(breached), fingerprint);
    }
    world_free(world);
    shape_free(shape);
    return status;
}

static int replay_timed(const struct repro *repro, const struct plan *plan)
{
    struct experiment *experiment = experiment_run(plan, repro->seed, 1, 1, TRUE);
    if (experiment == NULL)
        return EXIT_INTERRUPTED;
    const struct run_result *result = experiment->results->pdata[0];
    guint32 broken =
        run_violated(experiment, result) != 0 ? run_violated(experiment, result) : run_findings(experiment, result);
    char fingerprint[33];
    digest_text(result->totals.fingerprint, fingerprint);
    printf("seed %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT " events (recorded: %" G_GUINT64_FORMAT ")\n", repro->seed,
           result->totals.events, repro->step);
    int status = outcome(repro, breached_name(broken), fingerprint);
    experiment_free(experiment);
    return status;
}

static int replay_file(const char *file)
{
    int status;
    struct repro *repro = repro_load(file, &status);
    if (repro == NULL)
        return status;
    struct plan *plan = repro_plan(repro, file);
    status = EXIT_USAGE;
    if (plan != NULL)
        status = repro->scheduler == REPRO_LISTED ? replay_listed(repro, plan, file) : replay_timed(repro, plan);
    if (plan != NULL)
        plan_free(plan);
    repro_free(repro);
    return status;
}

int command_replay(int argc, char **argv)
{
    struct options options;
    if (!options_parse(&options, "replay", replay_options, argc, argv))
        return EXIT_USAGE;
    int status = EXIT_HELD;
    if (options.files->len == 0) {
        fprintf(stderr, "crashq: replay what? A repro.yaml that 'crashq run' or 'crashq check' wrote\n");
        status = EXIT_USAGE;
    }
    for (guint i = 0; i < options.files->len; i++)
        status = exit_worst(status, replay_file(options.files->pdata[i]));
    options_clear(&options);
    return status;
}
