/* See experiment.h. Each run is a world of its own; a pool of threads takes them, seed by seed and of each seed every
 * plan, so that whenever it is interrupted the plans have met the same seeds. Results lie in seed order. */
#include <stdio.h>

#include "sim/cli/experiment.h"

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

/* How far a run goes between two looks at what may cut it off: some hundredths of a second. */
#define SLICE_EVENTS 50000u
#define SLICE_NS NS_PER_S /* heartbeats are no events */

/* To its end. RUNNING: it was cut off, which `may_cut` allows. */
static enum timed_status run_simulate(struct timed *timed, gboolean may_cut)
{
    enum timed_status status = TIMED_RUNNING;
    for (int64_t until_ns = 0; status == TIMED_RUNNING && !(may_cut && cli_interrupted());) {
        guint64 before = timed_totals(timed)->events;
        status = timed_run(timed, until_ns, SLICE_EVENTS);
        if (timed_totals(timed)->events - before < SLICE_EVENTS)
            until_ns += SLICE_NS;
    }
    return status;
}

/* Nobody told the end of a run that hit a bound. */
static void run_end_at_bound(struct run_result *result, struct observer *observer, const struct timed *timed)
{
    struct history_event end = {.time_ns = timed_now(timed), .kind = HISTORY_PHASE, .value = PHASE_END};
    observer_sink(observer, &end);
    result->totals.simulated_ns = timed_now(timed);
    result->failure = g_strdup(timed_failure(timed));
}

/* NULL: it was cut off, at *ret_cut_ns. */
static struct run_result *run_one(const struct world_shape *shape, guint64 seed, gboolean may_cut, gint64 *ret_cut_ns)
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
    enum timed_status status = run_simulate(timed, may_cut);
    result->totals = *timed_totals(timed);
    if (status == TIMED_FULL)
        run_end_at_bound(result, &observer, timed);
    if (status == TIMED_RUNNING) {
        *ret_cut_ns = timed_now(timed);
        g_clear_pointer(&result, g_free);
    } else {
        result->measures = recorder_measures(observer.recorder, &result->totals);
        result->wall_us = g_get_monotonic_time() - began_us;
    }
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
    const GPtrArray *experiments;
    struct run_result **results; /* seed by seed, of each seed one for every experiment; NULL: not over */
    guint64 seed, runs;          /* the first; of all experiments together */
    gint64 cut_ns;               /* where the only run was cut off */
    GMutex mutex;                /* for what follows */
    GCond finished;              /* a run */
    guint64 next, done;
};

#define LOOK_EVERY_US 50000 /* for what ends no run: a progress bar, an interrupt */

/* Several runs lose little when those in flight come to their ends, a single one may have hours to go. */
static gboolean pool_may_cut(const struct pool *pool)
{
    return pool->runs == 1;
}

static gboolean pool_take(struct pool *pool, guint64 *ret_index)
{
    g_mutex_lock(&pool->mutex);
    gboolean more = pool->next < pool->runs && !cli_interrupted();
    if (more)
        *ret_index = pool->next++;
    g_mutex_unlock(&pool->mutex);
    return more;
}

static gpointer pool_thread(gpointer data)
{
    struct pool *pool = data;
    guint plans = pool->experiments->len;
    for (guint64 index; pool_take(pool, &index);) {
        const struct experiment *experiment = pool->experiments->pdata[index % plans];
        pool->results[index] =
            run_one(experiment->shape, pool->seed + index / plans, pool_may_cut(pool), &pool->cut_ns);
        g_mutex_lock(&pool->mutex);
        pool->done++;
        g_cond_signal(&pool->finished);
        g_mutex_unlock(&pool->mutex);
    }
    return NULL;
}

/* Until a run is over, for a moment. How many are over by then. */
static guint64 pool_wait(struct pool *pool)
{
    g_mutex_lock(&pool->mutex);
    if (pool->done < pool->runs)
        g_cond_wait_until(&pool->finished, &pool->mutex, g_get_monotonic_time() + LOOK_EVERY_US);
    guint64 done = pool->done;
    g_mutex_unlock(&pool->mutex);
    return done;
}

static void pool_watch(struct pool *pool, struct progress *progress)
{
    for (guint64 done = 0; done < pool->runs && !cli_interrupted();) {
        done = pool_wait(pool);
        g_autofree char *text =
            g_strdup_printf("%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " runs", done, pool->runs);
        progress_show(progress, done, pool->runs, text);
    }
    progress_end(progress);
    if (cli_interrupted() && !pool_may_cut(pool) && !progress->quiet)
        fprintf(stderr, "crashq: interrupted: the runs in flight are finished; a second interrupt ends at once\n");
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
    pool_watch(pool, &progress);
    for (guint i = 0; i < threads->len; i++)
        g_thread_join(threads->pdata[i]);
    g_cond_clear(&pool->finished);
    g_mutex_clear(&pool->mutex);
}

/* The first seeds that are over in every experiment go to them. How many. */
static guint64 pool_hand_over(struct pool *pool)
{
    guint plans = pool->experiments->len;
    guint64 over = 0;
    while (over < pool->runs && pool->results[over] != NULL)
        over++;
    guint64 seeds = over / plans;
    for (guint64 index = 0; index < pool->runs; index++) {
        const struct experiment *experiment = pool->experiments->pdata[index % plans];
        if (index < seeds * plans)
            g_ptr_array_add(experiment->results, pool->results[index]);
        else
            run_result_free(pool->results[index]);
    }
    g_free(pool->results);
    return seeds;
}

static void pool_say_nothing_over(const struct pool *pool)
{
    if (pool_may_cut(pool))
        fprintf(stderr,
                "crashq: interrupted: seed %" G_GUINT64_FORMAT
                " had come to %.3f s; a run that is cut off has no result\n",
                pool->seed, (double)pool->cut_ns / (double)NS_PER_S);
    else
        fprintf(stderr, "crashq: interrupted before %s was over: there is no result\n",
                pool->experiments->len > 1 ? "a seed of every variant" : "the first run");
}

/* ---- experiments ---- */

static struct experiment *experiment_new(const struct plan *plan, guint64 asked)
{
    struct experiment *experiment = g_new0(struct experiment, 1);
    experiment->plan = plan;
    experiment->asked = asked;
    experiment->shape = shape_new(plan, SHAPE_RUN);
    experiment->results = g_ptr_array_new_with_free_func(run_result_free);
    return experiment;
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

static void experiment_unref(gpointer experiment)
{
    experiment_free(experiment);
}

GPtrArray *experiments_run(const GPtrArray *plans, guint64 seed, guint64 runs, guint jobs, gboolean quiet)
{
    g_autoptr(GPtrArray) experiments = g_ptr_array_new_with_free_func(experiment_unref);
    gint64 began_us = g_get_monotonic_time();
    for (guint i = 0; i < plans->len; i++)
        g_ptr_array_add(experiments, experiment_new(plans->pdata[i], runs));
    struct pool pool = {.experiments = experiments, .seed = seed, .runs = runs * plans->len};
    pool.results = g_new0(struct run_result *, pool.runs);
    pool_run(&pool, jobs != 0 ? jobs : g_get_num_processors(), quiet);
    if (pool_hand_over(&pool) == 0) {
        pool_say_nothing_over(&pool);
        return NULL;
    }
    for (guint i = 0; i < experiments->len; i++) {
        struct experiment *experiment = experiments->pdata[i];
        experiment->wall_us = g_get_monotonic_time() - began_us;
        experiment_judge(experiment);
    }
    return g_steal_pointer(&experiments);
}

struct experiment *experiment_run(const struct plan *plan, guint64 seed, guint64 runs, guint jobs, gboolean quiet)
{
    g_autoptr(GPtrArray) plans = g_ptr_array_new();
    g_ptr_array_add(plans, (gpointer)(guintptr)plan);
    g_autoptr(GPtrArray) experiments = experiments_run(plans, seed, runs, jobs, quiet);
    return experiments == NULL ? NULL : g_ptr_array_steal_index(experiments, 0);
}
