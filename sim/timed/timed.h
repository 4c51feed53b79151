/* The timed scheduler: gives each pending action of a world a due time and applies them in the order (time, sequence).
 * Latency, bandwidth, CPU, disk, clocks, pauses and cut links change due times and nothing else. */
#ifndef CRASHQ_TIMED_H
#define CRASHQ_TIMED_H

#include "sim/world/history.h"
#include "sim/world/world.h"

struct timed;

struct timed_options {
    uint64_t seed;
    history_sink sink; /* may be NULL */
    void *sink_context;
    /* Called after each applied action, with its picks, before the next; may be NULL. For reproducers and tests. */
    void (*applied)(void *context, int64_t time_ns, const struct action *action, const struct world *world);
    void *applied_context;
    bool untimed_inputs; /* now_ns is 0 in every step, as in a check: for the test that both go through the same states
                          */
};

/* `shape` is borrowed. */
struct timed *timed_new(const struct world_shape *shape, const struct timed_options *options);
void timed_free(struct timed *timed);

enum timed_status {
    TIMED_RUNNING,
    TIMED_DONE,  /* the drain is over and liveness was judged */
    TIMED_FULL,  /* a block or channel hit its bound: see timed_failure() */
};
/* Runs until virtual time `until_ns` (NS_NEVER: to the end) or at most `events_max` more events (0: no bound). */
enum timed_status timed_run(struct timed *timed, int64_t until_ns, uint64_t events_max);
int64_t timed_now(const struct timed *timed);
const struct history_totals *timed_totals(const struct timed *timed);
const struct world *timed_world(const struct timed *timed);
const char *timed_failure(const struct timed *timed);

/* Everything, the world, the seed and the pending events included; restoring continues exactly as the original would
 * have, also in another scheduler of an equal shape. Only the listeners (sink, applied) stay the restored one's own. It
 * is a copy in memory and never leaves it, so the queue's entries may lie in it as they lie in its heap; their order is
 * (time, sequence) either way. */
struct timed_snapshot;
struct timed_snapshot *timed_snapshot(const struct timed *timed);
void timed_restore(struct timed *timed, const struct timed_snapshot *snapshot);
void timed_snapshot_free(struct timed_snapshot *snapshot);

#endif
