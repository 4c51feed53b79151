/* Parts: the one form in which everything in a world has state and changes. For the world itself and for the
 * checker; nobody else includes this.
 *
 * part_step() is a pure function: a part's block + one input -> the block changed in place + a list of effects, each
 * an input to another part or a note for the scheduler. Hence a checker may memoise it by (part's content, input).
 *
 * The cascade of an action, the same in a world and in a checker: the action's inputs (action_inputs) one after the
 * other, each followed by the inputs of its effects, in their order and each with its own effects at once: depth
 * first. So the first output of a step has reached its disk, connection or monitor, with all that follows from it,
 * before the second does, and a crash after k outputs is the same cascade with a shorter list (part_context.cut,
 * which is for the first step that action_actor() makes). What no part knows alone is left to an action of its own:
 * arrivals, notices and completions never happen within the cascade of their cause.
 *
 * An actor never steps amid the outputs of its own step. The one input that outputs cause within their cascade,
 * BLOCKED, therefore waits for the end of the list: after its last output an actor tells every connection that it
 * pushed to that it is done (PUSHED), and one whose window is now exceeded answers BLOCKED. A step with a cut has no
 * such end: its actor dies there.
 *
 * A step that hits a bound sets `truncated`; block and effects are then void. */
#ifndef CRASHQ_PART_H
#define CRASHQ_PART_H

#include "sim/world/world.h"

enum part_input_kind {
    PART_NONE,
    /* to an actor */
    PART_ACTOR_START,     /* init the block and BOOT (disk view from the actor's disk part); RESTART too */
    PART_ACTOR_FRAME, PART_ACTOR_OPENED, PART_ACTOR_LOST, PART_ACTOR_BLOCKED, PART_ACTOR_WRITABLE, PART_ACTOR_TIMER,
    PART_ACTOR_SYNCED, PART_ACTOR_CONTINUE,
    PART_ACTOR_CRASH,     /* zero the block, forget timers; effects: disk crash (of a client: the monitor is told), each
                             of its connections' ends die */
    /* to a disk */
    PART_DISK_APPEND, PART_DISK_FSYNC, PART_DISK_TRUNCATE, PART_DISK_TRIM, PART_DISK_COMPLETE, PART_DISK_CRASH,
    /* to a connection */
    PART_CONNECTION_OPEN, PART_CONNECTION_ACCEPT, PART_CONNECTION_REFUSE, PART_CONNECTION_ESTABLISHED,
    PART_CONNECTION_PUSH, PART_CONNECTION_PUSHED, PART_CONNECTION_POP, PART_CONNECTION_CLOSE, PART_CONNECTION_NOTICE,
    PART_CONNECTION_WRITABLE, PART_CONNECTION_BREAK, PART_CONNECTION_END_DIES, PART_CONNECTION_GIVE_UP,
    PART_CONNECTION_BEAT, PART_CONNECTION_HEARTBEAT, PART_CONNECTION_LOOK,
    /* to the monitor, to the budgets */
    PART_MONITOR_OBSERVE,
    PART_BUDGET_SPEND, /* never in a SHAPE_RUN, where nothing is counted */
};

/* 96 bytes, no padding: hashed as bytes by the checker. Unused fields are 0. What the fields mean:
 *
 *   START              flags: 1 a restart (the monitor is told), 0 the first boot
 *   FRAME, POP, PUSH   u.frame (not POP)
 *   OPENED, LOST       flags: enum input_flag; OPENED by a node: value, its number
 *   ACTOR_TIMER        timer; value: what the host's process says
 *   ACTOR_SYNCED       value: position
 *   ACTOR_CRASH        flags: power; torn; value: whole records kept; argument: enum action_in_flight
 *   DISK_CRASH         flags, torn, value as above
 *   APPEND             u.record
 *   TRUNCATE, TRIM     value: position
 *   CONNECTION_*       end: whose act it is (PUSH, PUSHED, CLOSE, END_DIES, GIVE_UP, BEAT, LOOK), or to whom (POP,
 *                      NOTICE, WRITABLE, HEARTBEAT)
 *   BREAK              keep
 *   END_DIES           argument: enum action_in_flight
 *   OBSERVE            u.observation
 *   SPEND              argument: what, a number of the room's own */
struct part_input {
    uint32_t part;
    uint8_t kind;  /* enum part_input_kind */
    uint8_t end;
    uint8_t flags;
    uint8_t torn;
    uint16_t connection; /* an actor's own slot */
    uint16_t timer;
    uint32_t argument;
    uint64_t value;
    uint32_t keep[2];
    union {
        struct frame frame;
        struct record record;
        struct observation observation;
    } u;
};
_Static_assert(sizeof(struct part_input) == 96, "no padding in stored structs");

/* Effects of one part step, in order. The arrays are the caller's (part_effects_new); capacity follows from the
 * shape. */
struct part_effects {
    struct part_input *inputs; /* to other parts (or itself), to be stepped depth first in this order */
    struct pending *pendings;  /* notes for a scheduler; `frame` points into `inputs` */
    uint32_t input_count, pending_count;
    uint32_t input_room, pending_room;
    uint32_t outputs; /* actor parts: outputs the step produced, before any cut */
    uint32_t truncated; /* a bound was hit: nonzero says which (enum part_bound) */
    struct verdict verdict; /* the monitor's */
    struct digest digest;   /* actor parts: of the outputs performed */
};
enum part_bound { BOUND_NONE, BOUND_BLOCK, BOUND_CONNECTION, BOUND_DISK, BOUND_MONITOR };
struct part_effects *part_effects_new(const struct world_shape *shape);
void part_effects_free(struct part_effects *effects);

/* Bytes to reserve for a part's block; all zero is every part's state before anything happened. */
uint64_t part_block_bytes(const struct world_shape *shape, uint32_t part);
/* Bytes in use now: [0, used) is the whole state, the rest is zero. */
uint64_t part_used_bytes(const struct world_shape *shape, uint32_t part, const void *block);

struct part_context {
    const struct world_shape *shape;
    const struct disk_view *disk; /* the acting node's disk, for START and CONTINUE; NULL: none */
    struct tape *tape;            /* actors */
    int64_t now_ns;
    uint32_t cut; /* actors: 0 = whole; otherwise only the first `cut` outputs are performed */
};
/* Steps in->part, whose block this is. Pure but for `block` and ret_effects (and the tape). */
void part_step(const struct part_context *context, void *block, const struct part_input *in,
               struct part_effects *ret_effects);

/* Does a step on this input read the actor's disk (so that a memo must include it)? */
bool part_reads_disk(const struct world_shape *shape, const void *block, const struct part_input *in);
/* The view of a disk part. */
void part_disk_view(const void *disk_block, struct disk_view *ret_view);

/* The inputs an action begins with, in order; a function of shape and action alone. For an action with a cut these
 * are the inputs of the action itself: when their cascade is over, whoever applies it goes on with
 * action_crash_of_cut(). Returns how many; at most as many as a part_effects has room for. */
uint32_t action_inputs(const struct world_shape *shape, const struct action *action, struct part_input *ret_inputs);
/* The crash (kind CRASH) that follows the cut action: frames in flight are delivered, and a `kept` or a torn record
 * that the disk does not have is left out. */
struct action action_crash_of_cut(const struct world_shape *shape, const struct action *action);
/* The actor that steps on an action, and on whose step its `cut` counts outputs; UINT32_MAX for BREAK and CRASH. */
uint32_t action_actor(const struct world_shape *shape, const struct action *action);

/* The actions that this part alone offers, in a fixed order, with every parameter value. ACCEPT and REFUSE are both
 * offered by an opening connection, CRASH by a disk: world-wide conditions are action_allowed()'s. Returns how many;
 * writes at most room. */
uint32_t part_offers(const struct world_shape *shape, uint32_t part, const void *block, struct action *ret_actions,
                     uint32_t room);
/* Whether an offered action may happen, given the budgets' block and whether the node concerned (action_node, below)
 * is up. */
bool action_allowed(const struct world_shape *shape, const struct action *action, const void *budget_block,
                    bool node_up);
/* The node whose being up matters to ACCEPT, REFUSE, CRASH, cut actions; UINT32_MAX: none. */
uint32_t action_node(const struct world_shape *shape, const struct action *action);
bool part_actor_up(const void *actor_block);
/* Actions that count as "something will still happen by itself": all but BREAK, CRASH, RESTART, GIVE_UP, what
 * detectors do, and time-outs. When none is enabled the world is quiet. */
bool action_is_progress(const struct world_shape *shape, const struct action *action, const void *actor_block);

/* Equal states. Anchors of a part in world-wide spaces: `key` names the space (kind, connection or node, queue). */
struct part_anchor {
    uint64_t key, lowest;
};
int part_anchors(const struct world_shape *shape, uint32_t part, const void *block,
                 struct part_anchor ret_anchors[ANCHORS_MAX]);
/* The digest of the part's canonical form, each counter lowered by its own anchors. `scratch` is zeroed memory of
 * part_block_bytes(), zeroed again on return. */
struct digest part_canonical_digest(const struct world_shape *shape, uint32_t part, const void *block, void *scratch);
/* Rewrites an actor or the monitor in traversal order, each counter as it is: what stays is a block with the same
 * future and the same canonical digest, without the marks that its past left in the layout. */
void part_compact(const struct world_shape *shape, uint32_t part, void *block, void *scratch);

/* A world's fingerprint = sum over parts of digest_at(canonical digest, part) (128-bit addition), folded with, for
 * every space with anchors in more than one part, (key, part, lowest - least lowest of that space) by a sum of
 * digests as well. This is the one definition; world and checker both call it. */
struct part_face { /* what of a part goes into a fingerprint; cacheable per content */
    struct digest digest; /* canonical digest, already digest_at(part) */
    int anchor_count;
    const struct part_anchor *anchors;
};
#define SPACES_MAX 2048u /* slots of its table of spaces; at most half are used */
struct digest world_fingerprint_of(const struct part_face *const *faces, uint32_t count);

#endif
