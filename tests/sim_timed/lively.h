/* A run in which everything that can happen does: random latencies and losses, two producers and two consumers, some
 * of whose messages come back, crashes of both kinds, pauses, resets and cuts that recur. */
#ifndef CRASHQ_TESTS_LIVELY_H
#define CRASHQ_TESTS_LIVELY_H

#include "tests/sim_timed/runs.h"

static inline struct variate exponential(int64_t mean_ns)
{
    return (struct variate){.kind = VARIATE_EXPONENTIAL, .a = mean_ns};
}

static inline struct plan_fault *lively_fault(struct run *run, enum plan_fault_kind kind, int64_t every_ns,
                                              int64_t for_ns)
{
    struct plan_fault *fault = small_plan_fault(&run->small, kind, 0, for_ns);
    fault->at = exponential(every_ns);
    fault->length = exponential(for_ns);
    fault->recurring = true;
    return fault;
}

static inline void lively_faults(struct run *run)
{
    struct plan_selector web = {.kind = SELECT_PRODUCER}, worker = {.kind = SELECT_CONSUMER};
    lively_fault(run, FAULT_CRASH, 400 * MS, 50 * MS)->in_flight = IN_FLIGHT_DRAWN;
    lively_fault(run, FAULT_CRASH, 700 * MS, 80 * MS)->power = true;
    lively_fault(run, FAULT_PAUSE, 300 * MS, 40 * MS);
    lively_fault(run, FAULT_PAUSE, 300 * MS, 40 * MS)->target = worker;
    lively_fault(run, FAULT_DISCONNECT, 200 * MS, 0)->target = web;
    lively_fault(run, FAULT_CUT, 500 * MS, 60 * MS)->target = web;
}

static inline struct run *lively_new(uint64_t seed)
{
    struct run *run = run_new();
    struct plan *plan = &run->small.plan;
    run->seed = seed;
    plan->duration_ns = plan->drain_ns = 2 * S;
    plan->latency = (struct variate){.kind = VARIATE_UNIFORM, .a = 50 * US, .b = 5 * MS};
    plan->loss_ppm = 10000;
    plan->cpu = exponential(100 * US);
    plan->disk_fsync = exponential(MS);
    plan->consumer_count = 1;
    run->small.producers[0].count = run->small.consumers[0].count = 2;
    run->small.producers[0].backoff_min_ns = run->small.consumers[0].backoff_min_ns = 20 * MS;
    run->small.consumers[0].reject_ppm = 100000;
    run->small.consumers[0].service = exponential(2 * MS);
    run->small.queues[0].dispatch = DISPATCH_RANDOM;
    lively_faults(run);
    return run;
}

#endif
