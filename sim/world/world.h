/* One world of pending actions. It holds no times and no event queue: frames under way in each connection, armed
 * timers, unfinished disk operations, available faults. world_enabled() lists what could happen next; world_apply()
 * is the only place where anything happens. Schedulers (timed, listed, exhaustive) pick.
 *
 * A world is an array of parts, each one block of bytes, and a part changes only by stepping on one input (part.h).
 * An action is a first input to a part; the outputs of a step become inputs to other parts, in order, until none is
 * left. world_apply() runs that cascade in place; the checker runs the same cascade over interned parts. */
#ifndef CRASHQ_WORLD_H
#define CRASHQ_WORLD_H

#include "sim/world/action.h"
#include "sim/world/history.h"
#include "sim/world/shape.h"

struct world;

/* Owns its memory; `shape` is borrowed and must outlive it. Everything is down and nothing is open: the first
 * actions are the BOOTs. */
struct world *world_new(const struct world_shape *shape);
void world_free(struct world *world);
const struct world_shape *world_shape(const struct world *world);

/* ---- what could happen ---- */

/* Every enabled action, in a fixed order, with every parameter value (crash images, surviving prefixes), each whole
 * (cut 0, no picks). Crashes in the middle of a step (cut 1 .. outputs - 1 of any action on which a node steps) are
 * not listed, but enabled when the budgets allow the crash. Returns how many there are; writes at most `room`.
 * Within the budgets. */
size_t world_enabled(const struct world *world, struct action *ret_actions, size_t room);
/* The same test for one action, picks ignored: cheap enough for every event of a run. */
bool world_is_enabled(const struct world *world, const struct action *action);

/* ---- what happens ---- */

/* What an action made pending, for schedulers that give due times. Nothing is said of what becomes void because an
 * end is gone (by its own CLOSE, by its process's death, by a BREAK's choice): frames that were on their way to it,
 * an ESTABLISHED, a WRITABLE. Before such a thing is applied, world_is_enabled() says whether it still can be; a
 * slot is not used again before its CLOSED. */
enum pending_kind {
    PENDING_FRAME,       /* connection, end (to whom), frame: one more frame on its way */
    PENDING_ACCEPT,      /* connection: SYN under way to a node */
    PENDING_ESTABLISHED, /* connection */
    PENDING_NOTICE,      /* connection, end: after what is still on its way to it, frames and ESTABLISHED */
    PENDING_WRITABLE,    /* connection, end */
    PENDING_TIMER,       /* actor, timer, flags (enum output_flag), min_ns, max_ns; in place of an earlier one */
    PENDING_CANCEL,      /* actor, timer: was armed, is not any more */
    PENDING_CONTINUE,    /* actor */
    PENDING_APPEND,      /* actor; value: bytes written, declared payload included */
    PENDING_SYNCED,      /* actor: one more fsync in flight */
    PENDING_CLOSED,      /* connection: its slot is free again; whatever was pending there is void */
    PENDING_DOWN,        /* actor: crashed; all its timers, continues and fsyncs are void */
};
struct pending {
    uint8_t kind, end, flags, reserved;
    uint16_t actor, timer;
    uint32_t connection, reserved2;
    uint64_t value;
    int64_t min_ns, max_ns;
    const struct frame *frame; /* FRAME: valid until the next apply */
};

struct world_effects {
    const struct pending *pending;
    uint32_t pending_count;
    const struct observation *observations; /* in order; already judged */
    const struct verdict *verdicts;         /* one per observation */
    uint32_t observation_count;
    uint32_t outputs;     /* of the acting step; a cut may be 1..outputs-1 */
    struct digest digest; /* of all outputs, in order */
};

/* Applies an enabled action (CHECKed). `tape` answers the choices inside the step: draws in a run, reads in a replay
 * (NULL: action->picks are read); picks made are written to ret_action (may be NULL) = action + picks. ret_effects
 * is valid until the next apply. False: a bound was hit (a block or channel is full) and the world is unusable
 * except for world_restore: "truncated" in a check, a failure in a run. */
bool world_apply(struct world *world, const struct action *action, int64_t now_ns, struct tape *tape,
                 struct action *ret_action, const struct world_effects **ret_effects);

/* Lets the monitor judge what only the scheduler knows: what a failure detector beside the world did. */
void world_judge(struct world *world, const struct observation *seen, const struct world_effects **ret_effects);
/* ... and liveness: nothing but faults can happen any more, or the run is over. */
void world_judge_quiet(struct world *world, const struct world_effects **ret_effects);

/* ---- states ---- */

/* All parts' used bytes, in one piece. Owned by the caller. */
struct world_snapshot;
struct world_snapshot *world_snapshot(const struct world *world);
void world_restore(struct world *world, const struct world_snapshot *snapshot);
void world_snapshot_free(struct world_snapshot *snapshot);

/* The fingerprint of the canonical form of this state: equal for states that differ only in how blocks lie and where
 * counters began. The checker computes the same number from interned parts. */
struct digest world_fingerprint(const struct world *world);

/* A part's bytes (used part), for tests and the checker. */
const void *world_part(const struct world *world, uint32_t part, uint64_t *ret_bytes);

/* What a scheduler asks of the state. */
bool world_actor_up(const struct world *world, uint32_t actor);
uint32_t world_frames_under_way(const struct world *world, uint32_t connection, unsigned end);
bool world_connection_open(const struct world *world, uint32_t connection); /* either end has it or has asked for it */
uint32_t world_unsynced_records(const struct world *world, uint32_t node);
struct queue_view world_queue(const struct world *world, uint32_t node, uint16_t queue); /* all 0: it is down */
/* Who serves a queue: the node that is up and PRIMARY or ALONE, in the highest epoch; of several the lowest number.
 * UINT32_MAX: nobody. */
uint32_t world_primary(const struct world *world, uint16_t queue);

#endif
