/* crashq replay: repeat what a reproducer says, and say whether the same thing happened. */
#include <stdio.h>
#include <string.h>

#include "analysis/json.h"
#include "models/base/units.h"
#include "sim/cli/checked.h"
#include "sim/cli/experiment.h"
#include "sim/cli/repro.h"
#include "sim/plan/load.h"

struct replay { /* what came out this time */
    const struct repro *recorded;
    const char *property; /* broken; NULL: none */
    char *expectation;    /* TIMED: broken; NULL: none */
    char fingerprint[33];
    guint64 steps;
    gboolean violated;  /* it was promised or expected; otherwise what broke is a finding */
    char *stopped;      /* why it could not be repeated to its end; NULL: it was */
    char *first;        /* TIMED: when the property broke first, and by which message */
    const char **broke; /* LISTED: by action, the property it broke, or NULL */
};

static struct plan *repro_plan(const struct repro *repro)
{
    g_autoptr(GPtrArray) problems = NULL;
    struct plan *plan = plan_load_bytes(repro->file, repro->scenario, strlen(repro->scenario), NULL, &problems);
    for (guint i = 0; repro->begins.line > 0 && i < problems->len; i++) {
        struct plan_problem *problem = problems->pdata[i];
        if (problem->line == 0)
            continue;
        problem->line += repro->begins.line - 1;
        problem->column += repro->begins.column - 1;
    }
    if (plan == NULL) /* notes were told when it was run */
        cli_problems_print(problems);
    return plan;
}

/* ---- repeating ---- */

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

/* The actions by their names; NULL after it has printed which is none. */
static struct action *actions_parse(const struct repro *repro, const struct world_shape *shape)
{
    struct action *actions = g_new0(struct action, repro->actions->len);
    for (guint i = 0; i < repro->actions->len; i++) {
        const char *text = repro->actions->pdata[i];
        size_t at = 0;
        if (action_parse(shape, text, &actions[i], &at))
            continue;
        const struct place *place = &g_array_index(repro->places, struct place, i);
        fprintf(stderr, "%s:%u:%u: action %u '%s' is none, from '%s' on\n", repro->file, place->line, place->column,
                i + 1, text, text + at);
        g_free(actions);
        return NULL;
    }
    return actions;
}

/* What a reproducer is about, when that came out; otherwise what was promised; otherwise any. */
static guint32 breached_choose(const struct replay *replay, guint32 breached, guint32 promised)
{
    for (uint32_t property = 0; property < PROPERTY_COUNT; property++)
        if (g_strcmp0(replay->recorded->property, property_name((enum property)property)) == 0 &&
            (breached >> property & 1) != 0)
            return UINT32_C(1) << property;
    return (breached & promised) != 0 ? breached & promised : breached;
}

static void replay_actions(struct replay *replay, struct world *world, const struct action *actions)
{
    guint32 breached = 0;
    guint32 promised = world_shape(world)->oracle.promised | properties_expected(world_shape(world)->plan);
    const struct world_effects *effects;
    for (guint i = 0; i < replay->recorded->actions->len; i++) {
        gboolean enabled = world_is_enabled(world, &actions[i]);
        if (!enabled || !world_apply(world, &actions[i], 0, NULL, NULL, &effects)) {
            replay->stopped = g_strdup_printf("action %u cannot happen there: '%s' %s", i + 1,
                                              (const char *)replay->recorded->actions->pdata[i],
                                              enabled ? "hits a bound of the checked world" : "is not pending");
            return;
        }
        breached |= effects_breached(effects);
        replay->broke[i] = breached_name(effects_breached(effects));
        replay->steps++;
    }
    digest_text(world_fingerprint(world), replay->fingerprint);
    guint32 chosen = breached_choose(replay, breached, promised);
    if (g_strcmp0(replay->recorded->property, breached_name(chosen)) != 0) {
        world_judge_quiet(world, &effects); /* liveness is broken by the quiet state at the end */
        chosen = breached_choose(replay, breached | effects_breached(effects), promised);
    }
    replay->property = breached_name(chosen);
    replay->violated = (chosen & promised) != 0;
}

static int replay_listed(struct replay *replay, const struct plan *plan)
{
    struct world_shape *shape = shape_new(plan, SHAPE_CHECK);
    g_autofree struct action *actions = actions_parse(replay->recorded, shape);
    if (actions != NULL) {
        struct world *world = world_new(shape);
        replay->broke = g_new0(const char *, replay->recorded->actions->len);
        replay_actions(replay, world, actions);
        world_free(world);
    }
    shape_free(shape);
    return actions != NULL ? EXIT_HELD : EXIT_USAGE;
}

static int replay_timed(struct replay *replay, const struct plan *plan, gboolean quiet)
{
    struct experiment *experiment = experiment_run(plan, replay->recorded->seed, 1, 1, quiet);
    if (experiment == NULL)
        return EXIT_INTERRUPTED;
    const struct run_result *result = experiment->results->pdata[0];
    digest_text(result->totals.fingerprint, replay->fingerprint);
    replay->property = run_broken_property(experiment, result);
    replay->expectation = g_strdup(run_broken_expectation(experiment, result));
    replay->violated = run_violated(experiment, result) != 0 || replay->expectation != NULL;
    replay->steps = result->totals.events;
    replay->stopped = g_strdup(result->failure);
    replay->first = report_breaches(experiment, result);
    experiment_free(experiment);
    return EXIT_HELD;
}

/* ---- saying ---- */

/* "durability broken, expectation 'lost = 0' broken", or "nothing broken" */
static char *violation_text(const char *property, const char *expectation)
{
    if (property == NULL && expectation == NULL)
        return g_strdup("nothing broken");
    if (expectation == NULL)
        return g_strdup_printf("%s broken", property);
    return g_strdup_printf("%s%sexpectation '%s' broken", property != NULL ? property : "",
                           property != NULL ? " broken, " : "", expectation);
}

static gboolean replay_same(const struct replay *replay)
{
    return replay->stopped == NULL && g_strcmp0(replay->recorded->property, replay->property) == 0 &&
           g_strcmp0(replay->recorded->expectation, replay->expectation) == 0;
}

static gboolean replay_identical(const struct replay *replay)
{
    return strcmp(replay->recorded->fingerprint, replay->fingerprint) == 0;
}

static int replay_status(const struct replay *replay)
{
    if (replay->violated)
        return EXIT_VIOLATED;
    return replay_same(replay) && replay_identical(replay) ? EXIT_HELD : EXIT_VACUOUS;
}

static void replay_print(const struct replay *replay)
{
    const struct repro *recorded = replay->recorded;
    g_autofree char *before = violation_text(recorded->property, recorded->expectation);
    g_autofree char *now = violation_text(replay->property, replay->expectation);
    for (guint i = 0; recorded->scheduler == REPRO_LISTED && i < replay->steps; i++)
        printf("  %3u  %s%s%s\n", i + 1, (const char *)recorded->actions->pdata[i],
               replay->broke[i] != NULL ? "   <- breaks " : "", replay->broke[i] != NULL ? replay->broke[i] : "");
    if (recorded->scheduler == REPRO_TIMED)
        printf("seed %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT " events (recorded: %" G_GUINT64_FORMAT ")\n%s",
               recorded->seed, replay->steps, recorded->step, replay->first);
    if (replay->stopped != NULL)
        printf("NOT reproduced: recorded was: %s; now %s\n", before, replay->stopped);
    else if (!replay_same(replay))
        printf("NOT reproduced: recorded was: %s; now: %s\n", before, now);
    else if (!replay_identical(replay))
        printf("%s again, but on another way: recorded fingerprint %s, now %s (another version of crashq?)\n", now,
               recorded->fingerprint, replay->fingerprint);
    else
        printf("reproduced: %s%s, the same to the byte (fingerprint %s)\n", now,
               replay->property != NULL && !replay->violated ? " (a finding: it was not promised)" : "",
               replay->fingerprint);
}

static void json_outcome(struct json *json, const char *key, const char *property, const char *expectation,
                         const char *fingerprint, guint64 steps)
{
    json_open(json, key, '{');
    json_string(json, "property", property);
    json_string(json, "expectation", expectation);
    json_string(json, "fingerprint", fingerprint);
    json_unsigned(json, "steps", steps);
    json_close(json, '}');
}

static void replay_json(const struct replay *replay)
{
    const struct repro *recorded = replay->recorded;
    struct json json = {.text = g_string_new(NULL)};
    json_open(&json, NULL, '{');
    json_unsigned(&json, "schema", 1);
    json_string(&json, "crashq", CRASHQ_VERSION);
    json_string(&json, "reproducer", recorded->file);
    json_string(&json, "scheduler", recorded->scheduler == REPRO_TIMED ? "timed" : "listed");
    json_bool(&json, "reproduced", replay_same(replay));
    json_bool(&json, "identical", replay_identical(replay));
    json_bool(&json, "violated", replay->violated);
    json_outcome(&json, "recorded", recorded->property, recorded->expectation, recorded->fingerprint, recorded->step);
    json_outcome(&json, "replayed", replay->property, replay->expectation, replay->fingerprint, replay->steps);
    json_string(&json, "stopped", replay->stopped);
    json_close(&json, '}');
    fputs(json.text->str, stdout);
    g_string_free(json.text, TRUE);
}

static int replay_file(const char *file, const struct options *options)
{
    int status;
    struct repro *repro = repro_load(file, &status);
    if (repro == NULL)
        return status;
    struct replay replay = {.recorded = repro};
    struct plan *plan = repro_plan(repro);
    status = plan == NULL                       ? EXIT_USAGE
             : repro->scheduler == REPRO_LISTED ? replay_listed(&replay, plan)
                                                : replay_timed(&replay, plan, options->quiet);
    if (status == EXIT_HELD) {
        status = replay_status(&replay);
        if (options->json)
            replay_json(&replay);
        else
            replay_print(&replay);
    }
    g_free(replay.expectation);
    g_free(replay.stopped);
    g_free(replay.first);
    g_free(replay.broke);
    if (plan != NULL)
        plan_free(plan);
    repro_free(repro);
    return status;
}

int command_replay(int argc, char **argv)
{
    struct options options;
    if (!options_parse(&options, "replay", argc, argv))
        return EXIT_USAGE;
    int status = EXIT_HELD;
    if (options.files->len == 0) {
        fprintf(stderr, "crashq: replay what? A repro.yaml that 'crashq run' or 'crashq check' wrote\n");
        status = EXIT_USAGE;
    }
    for (guint i = 0; i < options.files->len && !cli_interrupted(); i++)
        status = exit_worst(status, replay_file(options.files->pdata[i], &options));
    options_clear(&options);
    return status;
}
