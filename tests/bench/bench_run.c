/* What an event costs in a whole run. One durable node takes 1,000 messages a second, with confirms and acks; the same
 * run is timed with the world and its monitor alone, with the analysis listening, and without its fingerprint. Then
 * M/M/1 at load 0.9 as in scenarios/theory, where an event is the least that it can be; and what a run keeps in memory
 * as it gets longer, each run in a process of its own.
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
    small->plan.duration_ns = NS_NEVER / 2;
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
    small->plan.duration_ns = NS_NEVER / 2;
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
    double ns_per_event, events_per_message;
};

static struct run run_events(const struct small_plan *small, enum listener listener, uint64_t events)
{
    struct world_shape *shape = shape_new(&small->plan, SHAPE_RUN);
    struct recorder *recorder = recorder_new(shape->plan, shape->node_count, shape->client_count);
    struct timed_options options = {.seed = 1};
    if (listener == ANALYSIS) {
        options.sink = recorder_sink;
        options.sink_context = recorder;
    }
    struct timed *timed = timed_new(shape, &options);
    timed_run(timed, NS_NEVER, events / 10); /* memory is there, tables are warm */
    double begin = bench_seconds();
    CHECK(timed_run(timed, NS_NEVER, events) == TIMED_RUNNING);
    double seconds = bench_seconds() - begin;
    const struct history_totals *totals = timed_totals(timed);
    struct run run = {.ns_per_event = seconds * 1e9 / (double)events};
    run.events_per_message = (double)totals->events / (double)totals->exercised[PROPERTY_NO_PHANTOM];
    timed_free(timed);
    recorder_free(recorder);
    shape_free(shape);
    return run;
}

/* Ways to run, in turn, so that other work of the machine meets all of them; the best of each. */
struct way {
    const char *name;
    enum listener listener;
    bool fingerprint_off;
    struct run best;
};

static void ways_run(const struct small_plan *small, struct way *ways, unsigned count, uint64_t events)
{
    for (int turn = 0; turn < 5; turn++)
        for (unsigned i = 0; i < count; i++) {
            fingerprint_off = ways[i].fingerprint_off;
            struct run run = run_events(small, ways[i].listener, events);
            if (turn == 0 || run.ns_per_event < ways[i].best.ns_per_event)
                ways[i].best = run;
        }
    fingerprint_off = false;
}

static void print_ways(const char *what, const struct small_plan *small, uint64_t events)
{
    struct way ways[] = {{.name = "world and monitor"},
                         {.name = "  without the fingerprint", .fingerprint_off = true},
                         {.name = "  with the analysis", .listener = ANALYSIS}};
    ways_run(small, ways, 3, events);
    printf("%s: %.1f events per message\n", what, ways[0].best.events_per_message);
    for (unsigned i = 0; i < 3; i++)
        printf("  %-28s %6.0f ns per event, %5.2f million events/s, %6.3f times the first\n", ways[i].name,
               ways[i].best.ns_per_event, 1e3 / ways[i].best.ns_per_event,
               ways[i].best.ns_per_event / ways[0].best.ns_per_event);
    printf("  the fingerprint is %.1f %% of a whole run (goal: 5 %%), the analysis %.1f %%\n",
           100 * (1 - ways[1].best.ns_per_event / ways[0].best.ns_per_event) * ways[0].best.ns_per_event /
               ways[2].best.ns_per_event,
           100 * (1 - ways[0].best.ns_per_event / ways[2].best.ns_per_event));
}

/* ---- memory ---- */

static long peak_kib(const struct small_plan *small, uint64_t events)
{
    fflush(stdout);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        run_events(small, ANALYSIS, events);
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
    uint64_t events = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    struct small_plan durable, mm1;
    plan_durable(&durable);
    plan_mm1(&mm1);
    print_memory(&durable, events);
    print_ways("one durable node, 1,000 messages/s (goal: 1.5 million events/s)", &durable, events);
    print_ways("M/M/1, load 0.9", &mm1, events);
    return 0;
}
