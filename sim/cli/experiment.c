/* See experiment.h. Each run is a world of its own; a pool of threads takes seeds, and results lie in seed order. */
#include "sim/cli/experiment.h"

#include <string.h>

#include "models/base/units.h"
#include "sim/timed/timed.h"

struct observer {
    struct recorder *recorder;
    struct run_result *result;
};

static void observer_sink(void *context, const struct history_event *event)
{
    struct observer *observer = context;
    recorder_sink(observer->recorder, event);
    if (event->kind != HISTORY_BREACH)
        return;
    for (uint32_t property = 0; property < PROPERTY_COUNT; property++) {
        struct breach *first = &observer->result->first[property];
        if ((event->verdict->breached >> property & 1) != 0 && first->time_ns == NS_NEVER)
            *first = (struct breach){.time_ns = event->time_ns, .message = event->verdict->message};
    }
}

static struct run_result *run_one(const struct world_shape *shape, guint64 seed)
{
    struct run_result *result = g_new0(struct run_result, 1);
    gint64 began_us = g_get_monotonic_time();
    result->seed = seed;
    for (uint32_t property = 0; property < PROPERTY_COUNT; property++)
        result->first[property].time_ns = NS_NEVER;
    struct observer observer = {.recorder = recorder_new(shape->plan, shape->node_count, shape->client_count),
                                .result = result};
    struct timed_options options = {.seed = seed, .sink = observer_sink, .sink_context = &observer};
    struct timed *timed = timed_new(shape, &options);
    gboolean full = timed_run(timed, NS_NEVER, 0) == TIMED_FULL;
    result->totals = *timed_totals(timed);
    if (full) { /* nobody told the end */
        struct history_event end = {.time_ns = timed_now(timed), .kind = HISTORY_PHASE, .value = PHASE_END};
        observer_sink(&observer, &end);
        result->totals.simulated_ns = timed_now(timed);
        result->failure = g_strdup(timed_failure(timed));
    }
    result->measures = recorder_measures(observer.recorder, &result->totals);
    result->wall_us = g_get_monotonic_time() - began_us;
    timed_free(timed);
    recorder_free(observer.recorder);
    return result;
}

static void run_result_free(gpointer data)
{
    struct run_result *result = data;
    if (result == NULL)
        return;
    measures_free(result->measures);
    g_free(result->failure);
    g_free(result);
}

struct pool {
    const struct world_shape *shape;
    struct run_result **results;
    guint64 seed, runs;
    gint next, done; /* atomic */
    GMutex mutex;
    GCond finished; /* a run */
};

#define LOOK_EVERY_US 50000 /* for what ends no run: a progress bar, an interrupt */

static gpointer pool_thread(gpointer data)
{
    struct pool *pool = data;
    for (;;) {
        guint64 index = (guint64)g_atomic_int_add(&pool->next, 1);
        if (index >= pool->runs || cli_interrupted())
            return NULL;
        pool->results[index] = run_one(pool->shape, pool->seed + index);
        g_mutex_lock(&pool->mutex);
        g_atomic_int_inc(&pool->done);
        g_cond_signal(&pool->finished);
        g_mutex_unlock(&pool->mutex);
    }
}

static void pool_wait(struct pool *pool)
{
    g_mutex_lock(&pool->mutex);
    if ((guint64)g_atomic_int_get(&pool->done) < pool->runs)
        g_cond_wait_until(&pool->finished, &pool->mutex, g_get_monotonic_time() + LOOK_EVERY_US);
    g_mutex_unlock(&pool->mutex);
}

static void pool_run(struct pool *pool, guint jobs, gboolean quiet)
{
    struct progress progress;
    progress_begin(&progress, quiet);
    g_mutex_init(&pool->mutex);
    g_cond_init(&pool->finished);
    g_autoptr(GPtrArray) threads = g_ptr_array_new();
    for (guint i = 0; i < jobs && i < pool->runs; i++)
        g_ptr_array_add(threads, g_thread_new("run", pool_thread, pool));
    while ((guint64)g_atomic_int_get(&pool->done) < pool->runs && !cli_interrupted()) {
        pool_wait(pool);
        g_autofree char *text =
            g_strdup_printf("%d of %" G_GUINT64_FORMAT " runs", g_atomic_int_get(&pool->done), pool->runs);
        progress_show(&progress, (guint64)g_atomic_int_get(&pool->done), pool->runs, text);
    }
    for (guint i = 0; i < threads->len; i++)
        g_thread_join(threads->pdata[i]);
    g_cond_clear(&pool->finished);
    g_mutex_clear(&pool->mutex);
    progress_end(&progress);
}

static void experiment_judge(struct experiment *experiment)
{
    gsize count = experiment->results->len;
    g_autofree const struct measures **runs = g_new(const struct measures *, count);
    g_autofree uint64_t *seeds = g_new(uint64_t, count);
    for (gsize i = 0; i < count; i++) {
        const struct run_result *result = experiment->results->pdata[i];
        runs[i] = result->measures;
        seeds[i] = result->seed;
    }
    experiment->expectations = expect_judge(experiment->plan, runs, seeds, count);
}

struct experiment *experiment_run(const struct plan *plan, guint64 seed, guint64 runs, guint jobs, gboolean quiet)
{
    struct experiment *experiment = g_new0(struct experiment, 1);
    gint64 began_us = g_get_monotonic_time();
    experiment->plan = plan;
    experiment->asked = runs;
    experiment->shape = shape_new(plan, SHAPE_RUN);
    experiment->results = g_ptr_array_new_with_free_func(run_result_free);
    struct pool pool = {.shape = experiment->shape, .seed = seed, .runs = runs};
    pool.results = g_new0(struct run_result *, runs);
    pool_run(&pool, jobs != 0 ? jobs : g_get_num_processors(), quiet);
    for (guint64 i = 0; i < runs && pool.results[i] != NULL; i++)
        g_ptr_array_add(experiment->results, g_steal_pointer(&pool.results[i]));
    for (guint64 i = experiment->results->len; i < runs; i++)
        run_result_free(pool.results[i]);
    g_free(pool.results);
    experiment->wall_us = g_get_monotonic_time() - began_us;
    if (experiment->results->len == 0) {
        experiment_free(experiment);
        return NULL;
    }
    experiment_judge(experiment);
    return experiment;
}

void experiment_free(struct experiment *experiment)
{
    if (experiment == NULL)
        return;
    if (experiment->expectations != NULL)
        g_array_unref(experiment->expectations);
    g_ptr_array_unref(experiment->results);
    shape_free(experiment->shape);
    g_free(experiment);
}

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
