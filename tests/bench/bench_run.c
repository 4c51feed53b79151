/* What an event costs in a whole run. One durable node takes 1,000 messages a second, with confirms and acks; the same
 * run is timed with the world and its monitor alone, with the analysis listening, and then without its fingerprint. So
 * is M/M/1 at load 0.9 as in scenarios/theory, where an event is the least that it can be; and what a run keeps in
 * memory as it gets longer, each run in a process of its own.
 *
 * The fingerprint has no switch. This program is linked with its two functions wrapped (see the Makefile), and leaves
 * them out where it says so. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/measures.h"
#include "models/base/check.h"
#include "sim/timed/timed.h"
#include "tests/bench/bench.h"
#include "tests/support/small_plan.h"

static bool fingerprint_off;

struct digest __real_history_outputs(const struct broker_output *outputs, uint32_t count);
struct digest __wrap_history_outputs(const struct broker_output *outputs, uint32_t count);
struct digest __real_history_fold(struct digest running, int64_t time_ns, const struct action *action,
                                  struct digest outputs);
struct digest __wrap_history_fold(struct digest running, int64_t time_ns, const struct action *action,
                                  struct digest outputs);

struct digest __wrap_history_outputs(const struct broker_output *outputs, uint32_t count)
{
    return fingerprint_off ? (struct digest){0} : __real_history_outputs(outputs, count);
}

struct digest __wrap_history_fold(struct digest running, int64_t time_ns, const struct action *action,
                                  struct digest outputs)
{
    return fingerprint_off ? (struct digest){0} : __real_history_fold(running, time_ns, action, outputs);
}

/* ---- plans ---- */

static void plan_durable(struct small_plan *small)
{
    small_plan_init(small);
    small->plan.duration_ns = 24 * 3600 * NS_PER_S; /* longer than any run here */
    small->queues[0].fsync = FSYNC_GROUP;
    small->producers[0].interval = (struct variate){.kind = VARIATE_EXPONENTIAL, .a = NS_PER_MS};
    small->consumers[0].count = 2;
    small->consumers[0].prefetch = 10;
    small->plan.latency = (struct variate){.kind = VARIATE_LOGNORMAL, .a = 50 * NS_PER_US, .b = NS_PER_MS};
    small->plan.disk_fsync = (struct variate){.kind = VARIATE_LOGNORMAL, .a = NS_PER_MS, .b = 3 * NS_PER_MS};
}

static void plan_mm1(struct small_plan *small)
{
    small_plan_init(small);
    small->plan.duration_ns = 10000 * 3600 * NS_PER_S;
    small->plan.cpu = small->plan.disk_append = small->plan.disk_fsync = small->plan.latency = variate_constant(0);
    small->queues[0].durable = false;
    small->queues[0].fsync = FSYNC_NEVER;
    small->producers[0].persistent = false;
    small->producers[0].retry_timeout_ns = 0;
    small->producers[0].interval = (struct variate){.kind = VARIATE_EXPONENTIAL, .a = 10 * NS_PER_S / 9};
    small->consumers[0].prefetch = 1;
    small->consumers[0].service = (struct variate){.kind = VARIATE_EXPONENTIAL, .a = NS_PER_S};
}

/* ---- runs ---- */

enum listener { NOBODY, ANALYSIS };

struct run {
    struct world_shape *shape;
    struct recorder *recorder;
    struct timed *timed;
};

static struct run run_begin(const struct small_plan *small, enum listener listener)
{
    struct run run = {.shape = shape_new(&small->plan, SHAPE_RUN)};
    run.recorder = recorder_new(run.shape->plan, run.shape->node_count, run.shape->client_count);
    struct timed_options options = {.seed = 1};
    if (listener == ANALYSIS) {
        options.sink = recorder_sink;
        options.sink_context = run.recorder;
    }
    run.timed = timed_new(run.shape, &options);
    return run;
}

static void run_end(const struct run *run)
{
    timed_free(run->timed);
    recorder_free(run->recorder);
    shape_free(run->shape);
}

/* Nanoseconds per event of the next events. */
static double run_events(const struct run *run, uint64_t events)
{
    double begin = bench_seconds();
    CHECK(timed_run(run->timed, NS_NEVER, events) == TIMED_RUNNING);
    return (bench_seconds() - begin) * 1e9 / (double)events;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare_doubles);
    return values[count / 2];
}

/* Two ways to run take turns of CHUNK events, so that other work of the machine meets both alike: their medians. */
#define CHUNK 10000u
#define TURNS_MAX 1000u

struct pair {
    double ns[2];
    double events_per_message;
};

static struct pair pair_measured(const struct run *one, const struct run *other, bool toggle_fingerprint,
                                 uint64_t events)
{
    static double ns[2][TURNS_MAX];
    size_t turns = events / CHUNK < 1 ? 1 : events / CHUNK > TURNS_MAX ? TURNS_MAX : events / CHUNK;
    run_events(one, CHUNK); /* memory is there, tables are warm */
    run_events(other, CHUNK);
    for (size_t turn = 0; turn < turns; turn++) {
        ns[0][turn] = run_events(one, CHUNK);
        fingerprint_off = toggle_fingerprint;
        ns[1][turn] = run_events(other, CHUNK);
        fingerprint_off = false;
    }
    const struct history_totals *totals = timed_totals(one->timed);
    return (struct pair){.ns = {median(ns[0], turns), median(ns[1], turns)},
                         .events_per_message =
                             (double)totals->events / (double)totals->exercised[PROPERTY_NO_PHANTOM]};
}

static void print_costs(const char *what, const struct small_plan *small, uint64_t events)
{
    struct run alone = run_begin(small, NOBODY), whole = run_begin(small, ANALYSIS);
    struct pair analysis = pair_measured(&alone, &whole, false, events);
    struct pair fingerprint = pair_measured(&whole, &whole, true, events);
    printf("%s: %.1f events per message\n", what, analysis.events_per_message);
    printf("  world and monitor   %6.0f ns per event, %5.2f million events/s\n", analysis.ns[0], 1e3 / analysis.ns[0]);
    printf("  with the analysis   %6.0f ns per event, %5.2f million events/s; the analysis is %4.1f %% of it\n",
           analysis.ns[1], 1e3 / analysis.ns[1], 100 * (1 - analysis.ns[0] / analysis.ns[1]));
    printf("  without fingerprint %6.0f ns per event, beside %.0f with it; the fingerprint is %4.1f %% (goal: 5 %%)\n",
           fingerprint.ns[1], fingerprint.ns[0], 100 * (1 - fingerprint.ns[1] / fingerprint.ns[0]));
    run_end(&alone);
    run_end(&whole);
}

/* ---- memory ---- */

static long peak_kib(const struct small_plan *small, uint64_t events)
{
    fflush(stdout);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        struct run run = run_begin(small, ANALYSIS);
        run_events(&run, events);
        _exit(0);
    }
    int status;
    struct rusage usage;
    CHECK(wait4(child, &status, 0, &usage) == child && status == 0);
    return usage.ru_maxrss;
}

static void print_memory(const struct small_plan *small, uint64_t events)
{
    long first = 0;
    printf("memory of a run with its analysis, at its peak\n");
    for (unsigned times = 1; times <= 16; times *= 4) {
        long kib = peak_kib(small, events * times);
        first = times == 1 ? kib : first;
        printf("  %4.1f million events %8.1f MiB, %5.2f times the first\n", (double)(events * times) / 1e6,
               (double)kib / 1024, (double)kib / (double)first);
    }
}

int main(int argc, char **argv)
{
    uint64_t events = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000000;
    struct small_plan durable, mm1;
    plan_durable(&durable);
    plan_mm1(&mm1);
    print_memory(&durable, events / 2);
    print_costs("one durable node, 1,000 messages/s (goal: 1.5 million events/s)", &durable, events);
    print_costs("M/M/1, load 0.9", &mm1, events);
    return 0;
}
