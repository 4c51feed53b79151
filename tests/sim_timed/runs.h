/* A small simulated run, watched: what happened when, by the names of actions, and what the history told of faults.
 * The small plan's network takes 200 us, its CPU 20 us a publish, an append 10 us, an fsync 1 ms. Producers here send
 * at times that a test names; there is no consumer unless a test wants one. */
#ifndef CRASHQ_TESTS_RUNS_H
#define CRASHQ_TESTS_RUNS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/base/host.h"
#include "sim/timed/timed.h"
#include "tests/support/named_action.h"
#include "tests/support/small_plan.h"

#define US NS_PER_US
#define MS NS_PER_MS
#define S NS_PER_S

struct happened {
    int64_t time_ns;
    struct action action; /* without its picks */
};
struct told {
    int64_t time_ns;
    enum history_kind kind;
    uint32_t fault, actor, value;
};
#define TOLD_MAX 8192
struct run {
    struct small_plan small;
    struct world_shape *shape;
    struct timed *timed;
    uint64_t seed;
    bool untimed_inputs;
    struct happened *happened;
    size_t count, room;
    struct told told[TOLD_MAX]; /* of faults and phases */
    int64_t late_ns[16]; /* of the first attempts */
    uint32_t attempts;
    uint32_t told_count;
    uint32_t breached; /* bits of enum property */
    int64_t trace_ns[4][16];
};

/* ---- before ---- */

/* Fill in the plan, then begin. */
static inline struct run *run_new(void)
{
    struct run *run = host_reserve(sizeof *run);
    small_plan_init(&run->small);
    run->small.plan.consumer_count = 0;
    run->seed = 1;
    return run;
}

static inline void run_free(struct run *run)
{
    timed_free(run->timed);
    if (run->shape != NULL)
        shape_free(run->shape);
    free(run->happened);
    host_release(run, sizeof *run);
}

/* Producer group `group` sends its messages at these times. */
static inline void sends_at(struct run *run, uint32_t group, uint64_t count, const int64_t *times_ns)
{
    struct plan_producer *producer = &run->small.producers[group];
    assert_true(count <= 16);
    memcpy(run->trace_ns[group], times_ns, count * sizeof *times_ns);
    producer->arrivals = ARRIVALS_TRACE;
    producer->trace_ns = run->trace_ns[group];
    producer->trace_count = count;
}
#define SENDS_AT(run, group, ...)                                                                                      \
    sends_at(run, group, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), (int64_t[]){__VA_ARGS__})

/* ---- watching ---- */

static inline void run_note_action(void *context, int64_t time_ns, const struct action *action,
                                   const struct world *world)
{
    struct run *run = context;
    if (run->count == run->room) {
        run->room = run->room ? run->room * 2 : 1024;
        run->happened = realloc(run->happened, run->room * sizeof *run->happened);
        assert_non_null(run->happened);
    }
    struct happened *it = &run->happened[run->count++];
    it->time_ns = time_ns;
    it->action = *action;
    it->action.pick_count = 0;
    memset(it->action.picks, 0, sizeof it->action.picks);
    (void)world;
}

static inline void run_note_event(void *context, const struct history_event *event)
{
    struct run *run = context;
    if (event->kind == HISTORY_BREACH)
        run->breached |= event->verdict->breached;
    if (event->kind == HISTORY_OBSERVED && event->observation->kind == OBSERVE_ATTEMPTED && run->attempts < 16)
        run->late_ns[run->attempts++] = event->late_ns;
    if (event->kind == HISTORY_OBSERVED || event->kind == HISTORY_BREACH)
        return;
    assert_true(run->told_count < TOLD_MAX);
    run->told[run->told_count++] = (struct told){.time_ns = event->time_ns,
                                                 .kind = event->kind,
                                                 .fault = event->fault,
                                                 .actor = event->actor,
                                                 .value = event->value};
}

static inline void run_begin(struct run *run)
{
    run->shape = shape_new(&run->small.plan, SHAPE_RUN);
    run->timed = timed_new(run->shape, &(struct timed_options){.seed = run->seed,
                                                               .sink = run_note_event,
                                                               .sink_context = run,
                                                               .applied = run_note_action,
                                                               .applied_context = run,
                                                               .untimed_inputs = run->untimed_inputs});
}

/* Begins when it has not, and goes on until `until_ns`. */
static inline void run_until(struct run *run, int64_t until_ns)
{
    if (run->timed == NULL)
        run_begin(run);
    assert_int_not_equal(timed_run(run->timed, until_ns, 0), TIMED_FULL);
}

static inline void run_to_the_end(struct run *run)
{
    run_until(run, NS_NEVER);
    assert_int_equal(timed_run(run->timed, NS_NEVER, 0), TIMED_DONE);
}

/* ---- after ---- */

static inline struct action run_action(const struct run *run, const char *name)
{
    return named_action(run->shape, name);
}

static inline uint64_t times(const struct run *run, const char *name)
{
    struct action wanted = run_action(run, name);
    uint64_t count = 0;
    for (size_t i = 0; i < run->count; i++)
        count += memcmp(&run->happened[i].action, &wanted, sizeof wanted) == 0;
    return count;
}

/* When an action of this name happened for the nth time. */
static inline int64_t when(const struct run *run, const char *name, uint64_t nth)
{
    struct action wanted = run_action(run, name);
    uint64_t count = 0;
    for (size_t i = 0; i < run->count; i++)
        if (memcmp(&run->happened[i].action, &wanted, sizeof wanted) == 0 && ++count == nth)
            return run->happened[i].time_ns;
    fail_msg("'%s' happened %lu times, not %lu", name, (unsigned long)count, (unsigned long)nth);
    return NS_NEVER;
}

static inline uint64_t times_told(const struct run *run, enum history_kind kind, uint32_t fault)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < run->told_count; i++)
        count += run->told[i].kind == kind && run->told[i].fault == fault;
    return count;
}

static inline const struct told *told_nth(const struct run *run, enum history_kind kind, uint32_t fault, uint64_t nth)
{
    for (uint32_t i = 0; i < run->told_count; i++)
        if (run->told[i].kind == kind && run->told[i].fault == fault && --nth == 0)
            return &run->told[i];
    fail_msg("that was not told so often");
    return NULL;
}

/* For whoever writes a test. */
static inline void run_print(const struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        char text[ACTION_TEXT_MAX];
        action_text(run->shape, &run->happened[i].action, text);
        print_message("%15.6f ms  %s\n", (double)run->happened[i].time_ns / 1e6, text);
    }
}

/* ---- fixtures ---- */

static inline int run_make(void **state)
{
    *state = run_new();
    return 0;
}

static inline int run_drop(void **state)
{
    run_free(*state);
    return 0;
}
#define ON_A_RUN(test) cmocka_unit_test_setup_teardown(test, run_make, run_drop)

#endif
