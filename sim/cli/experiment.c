/* See experiment.h: what runs of a scenario tell together. */
#include "sim/cli/experiment.h"

#include <string.h>

#include "models/base/units.h"

static guint32 run_broken(const struct run_result *result)
{
    guint32 broken = 0;
    for (uint32_t property = 0; property < PROPERTY_COUNT; property++)
        if (result->totals.breaches[property] > 0)
            broken |= 1u << property;
    return broken;
}

guint32 run_violated(const struct experiment *experiment, const struct run_result *result)
{
    return run_broken(result) & experiment->shape->oracle.promised;
}

guint32 run_findings(const struct experiment *experiment, const struct run_result *result)
{
    return run_broken(result) & ~(guint32)experiment->shape->oracle.promised;
}

const char *run_broken_property(const struct experiment *experiment, const struct run_result *result)
{
    guint32 violated = run_violated(experiment, result);
    guint32 broken = violated != 0 ? violated : run_findings(experiment, result);
    return broken == 0 ? NULL : property_name((enum property)__builtin_ctz(broken));
}

const char *run_broken_expectation(const struct experiment *experiment, const struct run_result *result)
{
    const struct measures *runs[] = {result->measures};
    g_autoptr(GArray) judged = expect_judge(experiment->plan, runs, &result->seed, 1);
    for (guint i = 0; i < judged->len; i++) {
        const struct expectation_result *one = &g_array_index(judged, struct expectation_result, i);
        if (one->verdict == EXPECTATION_BROKEN)
            return one->expectation->text;
    }
    return NULL;
}

const struct run_result *experiment_telling_run(const struct experiment *experiment)
{
    const struct run_result *finding = NULL;
    for (guint i = 0; i < experiment->results->len; i++) {
        const struct run_result *result = experiment->results->pdata[i];
        if (run_violated(experiment, result) != 0 || run_broken_expectation(experiment, result) != NULL)
            return result;
        if (finding == NULL && run_findings(experiment, result) != 0)
            finding = result;
    }
    return finding != NULL ? finding : experiment->results->pdata[0];
}

/* ---- vacuous: what was to be put to the test was not. Each gives the reason, or NULL; the caller frees. ---- */

static const struct run_result *result_at(const struct experiment *experiment, guint run)
{
    return experiment->results->pdata[run];
}

static guint64 messages_counted(const struct experiment *experiment, const char *path)
{
    guint64 count = 0;
    for (guint i = 0; i < experiment->results->len; i++)
        count += measures_find(result_at(experiment, i)->measures, path)->count;
    return count;
}

/* A run that hit a bound of the simulated world. */
static char *vacuous_bound(const struct experiment *experiment)
{
    for (guint i = 0; i < experiment->results->len; i++) {
        const struct run_result *result = result_at(experiment, i);
        if (result->failure != NULL)
            return g_strdup_printf("seed %" G_GUINT64_FORMAT " stopped at %.3f s: %s", result->seed,
                                   (double)result->totals.simulated_ns / (double)NS_PER_S, result->failure);
    }
    return NULL;
}

static char *vacuous_fault(const struct experiment *experiment)
{
    const struct plan *plan = experiment->plan;
    for (guint fault = 0; fault < MIN(plan->fault_count, G_N_ELEMENTS(((struct history_totals *)0)->fault_fired));
         fault++) {
        guint64 fired = 0;
        for (guint i = 0; i < experiment->results->len; i++)
            fired += result_at(experiment, i)->totals.fault_fired[fault];
        if (fired == 0)
            return g_strdup_printf("the fault '%s' never fired, or met nothing to strike", plan->faults[fault].name);
    }
    return NULL;
}

static guint64 property_judged(const struct experiment *experiment, enum property property)
{
    guint64 judged = 0;
    for (guint i = 0; i < experiment->results->len; i++)
        judged += result_at(experiment, i)->totals.exercised[property];
    return judged;
}

/* Many a property has nothing to judge in a run that is a test all the same: a prefetch that nobody has, a leader that
 * is not elected. And durability is kept, though no step could break it, where each message was settled before its
 * confirm arrived. But where nothing was ever acknowledged the promise to keep it was tried by nothing. */
static char *vacuous_promise(const struct experiment *experiment)
{
    static const enum property about_messages[] = {PROPERTY_DURABILITY,   PROPERTY_NO_PHANTOM, PROPERTY_FIFO,
                                                   PROPERTY_ONE_ANSWER,   PROPERTY_PREFETCH,   PROPERTY_NO_DUPLICATE,
                                                   PROPERTY_DELIVERED,    PROPERTY_ANSWERED};
    bool durable = (experiment->shape->oracle.promised >> PROPERTY_DURABILITY & 1) != 0;
    if (durable && messages_counted(experiment, "messages.acknowledged") == 0 &&
        property_judged(experiment, PROPERTY_DURABILITY) == 0)
        return g_strdup("nothing was acknowledged, so no step put 'durability' to the test");
    if (experiment->expectations->len > 0)
        return NULL; /* those are put to the test */
    for (size_t i = 0; i < G_N_ELEMENTS(about_messages); i++)
        if (property_judged(experiment, about_messages[i]) > 0)
            return NULL;
    return g_strdup("no step put to the test what is promised about messages");
}

/* About what was never measured; or about a loss, which only what was acknowledged can suffer. */
static char *vacuous_expectation(const struct experiment *experiment)
{
    bool acknowledged = messages_counted(experiment, "messages.acknowledged") > 0;
    for (guint i = 0; i < experiment->expectations->len; i++) {
        const struct expectation_result *result =
            &g_array_index(experiment->expectations, struct expectation_result, i);
        const char *text = result->expectation->text;
        if (result->verdict == EXPECTATION_UNTESTED)
            return g_strdup_printf("'%s' was not put to the test", text);
        if (!acknowledged && g_str_equal(result->expectation->path, "messages.lost"))
            return g_strdup_printf("nothing was acknowledged, so '%s' was not put to the test", text);
    }
    return NULL;
}

static char *experiment_vacuous(const struct experiment *experiment)
{
    char *reason = vacuous_bound(experiment);
    if (reason == NULL && messages_counted(experiment, "messages.attempted") == 0)
        reason = g_strdup("nothing was published");
    if (reason == NULL)
        reason = vacuous_fault(experiment);
    if (reason == NULL)
        reason = vacuous_promise(experiment);
    return reason != NULL ? reason : vacuous_expectation(experiment);
}

int experiment_status(const struct experiment *experiment, char **ret_vacuous)
{
    int status = EXIT_HELD;
    *ret_vacuous = experiment_vacuous(experiment);
    if (*ret_vacuous != NULL)
        status = EXIT_VACUOUS;
    for (guint i = 0; i < experiment->expectations->len; i++) {
        const struct expectation_result *result =
            &g_array_index(experiment->expectations, struct expectation_result, i);
        if (result->verdict == EXPECTATION_BROKEN)
            status = exit_worst(status, EXIT_VIOLATED);
    }
    for (guint i = 0; i < experiment->results->len; i++) {
        const struct run_result *result = experiment->results->pdata[i];
        if (run_violated(experiment, result) != 0)
            status = exit_worst(status, EXIT_VIOLATED);
    }
    return status;
}
