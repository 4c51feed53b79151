/* What lies in each kind of part, and the step of each kind. Private to the room: to everybody else a part is bytes.
 *
 * A block that is all zero is a part to which nothing has happened yet, so everything here has its meaning at 0;
 * that is why budgets count what was spent, and why the monitor is laid out by the first observation. */
#ifndef CRASHQ_WORLD_BLOCKS_H
#define CRASHQ_WORLD_BLOCKS_H

#include "sim/world/part.h"
#include "sim/world/watch.h"

/* An actor: what its host must know of the process, then the core's own block. Of a process that is down only
 * `booted` is left. */
struct actor {
    uint8_t up;
    uint8_t booted;     /* was started at least once */
    uint8_t continues;  /* asked for a CONTINUE that has not come yet */
    uint8_t recovering; /* a node before its OBSERVE_RECOVERY_DONE: reads its disk on CONTINUE */
    uint16_t armed;     /* bit per timer */
    uint16_t reserved;
    uint64_t reserved2;
};
static_assert(sizeof(struct actor) == UNIT_BYTES, "the core's block lies on a unit");
static_assert(TIMERS_MAX <= 16, "a bit per timer");

static inline void *actor_core(const struct actor *actor)
{
    return (char *)(uintptr_t)actor + sizeof *actor;
}
/* What is left of an actor's block for its core. */
static inline uint64_t actor_core_bytes(const struct world_shape *shape, uint32_t part)
{
    return shape->actors[part].block_bytes - sizeof(struct actor);
}

/* A disk: one log. Positions count bytes since the log was created. */
struct disk {
    uint64_t start, end; /* the log's bytes are [start, end) */
    uint64_t synced;     /* what is before is safe from a power loss */
    uint64_t whole;      /* where the whole records end: before `end` while a torn one was not truncated */
    uint64_t offset;     /* in bytes[], of position `start` */
    uint32_t fsync_head, fsync_count;
    uint64_t fsync[FSYNCS_MAX]; /* ring: how far each fsync in flight will have synced */
    uint8_t bytes[];
};
static_assert(sizeof(struct disk) == 48 + 8 * FSYNCS_MAX, "no padding in stored structs");

enum end_state {
    END_NONE,
    END_OPENING, /* the opener asked, and has not learnt the outcome */
    END_OPEN,
};

/* A connection: two ends, and the frames on their way to each. The frames of both directions lie interleaved, so
 * that the part in use is short: slot i of the way to end e is frames[2 * i + e]. */
struct connection {
    uint8_t end[2];      /* enum end_state */
    uint8_t cut[2];      /* this end is dead and will learn so by a NOTICE: nothing that it sends arrives any more */
    uint8_t blocked[2];  /* this end was told that its window is full */
    uint8_t established; /* the acceptor has it, the opener has not learnt so yet */
    uint8_t wanted; /* it was opened anew while the acceptor had not noticed its end yet: opens once it is free */
    struct {
        uint32_t head, count;
    } way[2];
    struct watch watch[2];  /* of a check that explores detectors; zero elsewhere */
    uint8_t heartbeats[2];  /* ... on their way to each end */
    uint8_t reserved[6];
    struct frame frames[];
};
static_assert(sizeof(struct connection) == 48, "no padding in stored structs");
#define CONNECTION_WATCH_BYTES (sizeof(struct connection) - offsetof(struct connection, watch))

/* What `check:` bounds, and how often each of it was done. */
enum budget_item {
    BUDGET_CRASHES,
    BUDGET_POWER_LOSSES,
    BUDGET_RESTARTS,
    BUDGET_DISCONNECTS,
    BUDGET_TIMEOUTS,
    BUDGET_SUSPICIONS,
    BUDGET_RECONNECTS,
    BUDGET_TICKS,
    BUDGET_ITEMS
};
#define BUDGET_NOTHING BUDGET_ITEMS

struct budget {
    uint32_t spent[8]; /* by enum budget_item */
};
static_assert(sizeof(struct budget) == 32 && BUDGET_ITEMS <= 8, "no padding in stored structs");

/* 128-bit addition. */
static inline struct digest digest_sum(struct digest a, struct digest b)
{
    struct digest sum = {.low = a.low + b.low, .high = a.high + b.high};
    sum.high += sum.low < a.low;
    return sum;
}

/* An input that is zero but for part and kind. */
void part_input_begin(struct part_input *ret_input, uint32_t part, enum part_input_kind kind);
/* Each writes its effects through these. The new input is zero but for part and kind. */
struct part_input *effect_input(struct part_effects *effects, uint32_t part, enum part_input_kind kind);
struct pending *effect_pending(struct part_effects *effects, enum pending_kind kind);

void actor_step(const struct part_context *context, struct actor *actor, const struct part_input *in,
                struct part_effects *effects);
bool actor_reads_disk(const struct actor *actor, const struct part_input *in);

void disk_step(const struct part_context *context, struct disk *disk, const struct part_input *in,
               struct part_effects *effects);
/* The record at `position` as far as its bytes are there, the rest zero. Returns how many bytes of it there are:
 * fewer than its length when it is torn. */
uint64_t disk_record(const struct disk *disk, uint64_t position, struct record *ret_record);
uint32_t disk_unsynced_records(const struct disk *disk);
uint64_t disk_used_bytes(const struct disk *disk);

void connection_step(const struct part_context *context, struct connection *connection, const struct part_input *in,
                     struct part_effects *effects);
struct frame *connection_frame(const struct world_shape *shape, const struct connection *connection, unsigned end,
                               uint32_t index);
uint64_t connection_used_bytes(const struct world_shape *shape, const struct connection *connection);

void monitor_step(const struct part_context *context, struct oracle *oracle, const struct part_input *in,
                  struct part_effects *effects);

void budget_step(struct budget *budget, const struct part_input *in);
/* What an action costs, its cut aside. BUDGET_NOTHING for everything in a SHAPE_RUN, where nothing is counted. */
enum budget_item budget_item_of(const struct world_shape *shape, const struct action *action);
bool budget_allows(const struct world_shape *shape, const struct budget *budget, enum budget_item item);

/* offers.c: is this, cut and budgets aside, what the part offers? */
bool part_offers_action(const struct world_shape *shape, uint32_t part, const void *block, const struct action *action);
/* The part that offers an action. */
uint32_t action_part(const struct world_shape *shape, const struct action *action);

#endif
