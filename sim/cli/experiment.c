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

/* A run that hit a bound of the simulated world, runs that publish nothing, a fault that fires in no run at all, an
 * expectation about what was never measured: what was to be put to the test was not. */
static char *experiment_vacuous(const struct experiment *experiment)
{
    guint64 attempted = 0;
    for (guint i = 0; i < experiment->results->len; i++) {
        const struct run_result *result = experiment->results->pdata[i];
        if (result->failure != NULL)
            return g_strdup_printf("seed %" G_GUINT64_FORMAT " stopped at %.3f s: %s", result->seed,
                                   (double)result->totals.simulated_ns / (double)NS_PER_S, result->failure);
        attempted += measures_find(result->measures, "messages.attempted")->count;
    }
    if (attempted == 0)
        return g_strdup("nothing was published");
    for (uint32_t fault = 0;
         fault < experiment->plan->fault_count && fault < G_N_ELEMENTS(((struct history_totals *)0)->fault_fired);
         fault++) {
        guint64 fired = 0;
        for (guint i = 0; i < experiment->results->len; i++)
            fired += ((const struct run_result *)experiment->results->pdata[i])->totals.fault_fired[fault];
        if (fired == 0)
            return g_strdup_printf("the fault '%s' never fired, or met nothing to strike",
                                   experiment->plan->faults[fault].name);
    }
    for (guint i = 0; i < experiment->expectations->len; i++) {
        const struct expectation_result *result =
            &g_array_index(experiment->expectations, struct expectation_result, i);
        if (result->verdict == EXPECTATION_UNTESTED)
            return g_strdup_printf("'%s' was not put to the test", result->expectation->text);
    }
    return NULL;
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
