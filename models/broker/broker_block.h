/* A node's block: what lies in it, and the rules that hold between any two steps. Private to the room.
 *
 *   struct node | queues | connections | slot sets | objects that come and go
 *
 * Objects, by reference in units of the block:
 *   entry    a message in its queue: fresh (never delivered), requeued or unacknowledged
 *   unacked  what one consumer holds; outlives its connection until all of it is back in the queue
 *   job      a multiple ack that is still being worked off
 *   run      publishes of one connection that the same fsync will confirm
 *   held     a frame that waits for a full send window
 *
 * A queue's messages are ordered by place. Fresh ones form a list with rising places; whatever comes back lies
 * in a map by place, and always stands before what is fresh. So a message returns to exactly where it was, and a
 * queue that never requeues never pays for the map. (While a log is read, the map holds all of its queue:
 * records may lie out of order.)
 *
 * Live records form a list in the order of the log: its head says where the log could start.
 *
 * Room is a matter of counting, not of luck: a publish is refused when `messages` or `answers` reach
 * messages_max, and every object above belongs to one of those, so no arena_take() in this room can fail; it is
 * CHECKed. */
#ifndef CRASHQ_BROKER_BLOCK_H
#define CRASHQ_BROKER_BLOCK_H

#include <stddef.h>

#include "models/base/arena.h"
#include "models/base/omap.h"
#include "models/broker/broker.h"

struct entry_ref {
    uint32_t at;
};
struct unacked_ref {
    uint32_t at;
};
struct job_ref {
    uint32_t at;
};
struct run_ref {
    uint32_t at;
};
struct held_ref {
    uint32_t at;
};

enum entry_state {
    ENTRY_FRESH = 1, /* ready, in the queue's list */
    ENTRY_REQUEUED,  /* ready, in the queue's map */
    ENTRY_UNACKED,   /* in the map of some struct unacked */
};

struct entry {
    struct message message;
    uint64_t place;
    uint64_t position; /* where its record ends in the log; 0: memory only */
    struct entry_ref log_before, log_after;
    struct entry_ref next; /* FRESH: the one behind it */
    uint8_t state;         /* enum entry_state */
    uint8_t redelivered;   /* it may have been delivered before */
    uint16_t reserved;
};

#define SLOT_NONE UINT16_MAX

struct unacked {
    struct omap by_tag; /* delivery tag -> entry */
    struct job_ref first_job, last_job;
    struct unacked_ref next; /* in node->settling */
    uint16_t slot;           /* whose; SLOT_NONE: the connection is gone, everything goes back */
    uint8_t listed;          /* is in node->settling */
    uint8_t reserved;
    uint64_t reserved2;
};

struct job {
    struct job_ref next;
    uint8_t flags; /* enum frame_flag of the ack */
    uint8_t reserved[3];
    uint64_t up_to; /* delivery tag, itself included; rises from job to job */
};

struct run {
    struct run_ref next;
    uint16_t slot;
    uint16_t reserved;
    uint32_t incarnation; /* of the connection; another one: it is gone, nobody waits */
    uint32_t count;       /* publishes */
    uint64_t tag;         /* the last of them */
    uint64_t position;    /* the end of its record */
};

struct held {
    struct frame frame;
    struct held_ref next;
    uint32_t reserved[3];
};

struct connection {
    uint8_t open;
    uint8_t blocked;   /* its send window is full */
    uint8_t consuming; /* from `queue` */
    uint8_t auto_ack;
    uint16_t queue;
    uint16_t reserved;
    uint32_t prefetch;          /* 0: unlimited */
    uint32_t incarnation;       /* counts the slot's connections, from 1 */
    uint64_t next_tag;          /* of the next delivery */
    struct unacked_ref unacked; /* manual acks only */
    struct run_ref run;         /* the newest */
    struct held_ref held_first, held_last;
    uint32_t held;        /* frames */
    uint32_t unconfirmed; /* publishes that no frame answers yet */
};

struct queue {
    uint64_t next_place;
    struct entry_ref first, last; /* fresh messages */
    struct omap requeued;         /* place -> entry */
    uint32_t fresh;               /* how many */
    uint32_t unacked;
    uint32_t takers;    /* members of this queue's slot set */
    uint16_t next_slot; /* round robin looks for a taker from here on */
    uint8_t durable;
    uint8_t dispatch; /* enum dispatch_policy */
    uint64_t reserved;
};

/* Whether records since log.asked want an fsync. */
enum log_wait {
    LOG_WAIT_NOT,
    LOG_WAIT_WANTED,
    LOG_WAIT_TIMED, /* FSYNC_GROUP: the timer is armed */
    LOG_WAIT_DUE,   /* FSYNC_GROUP: they waited long enough; the next fsync starts when the one in flight is done */
};

struct log {
    uint64_t start, end; /* positions of the first byte kept and behind the last one written */
    uint64_t asked;      /* `end` when the last fsync was asked for */
    uint64_t synced;     /* what an fsync has covered so far */
    uint64_t moved;      /* end of the last record written again that no fsync covers yet; 0: none */
    uint64_t next_sequence;
    int64_t interval_ns;          /* FSYNC_GROUP */
    struct entry_ref first, last; /* live records, oldest first */
    uint32_t live;                /* how many */
    uint32_t slack_bytes;         /* dead bytes that are not worth a trim */
    uint8_t policy;               /* enum fsync_policy */
    uint8_t in_flight;            /* fsyncs */
    uint8_t wait;                 /* enum log_wait */
    uint8_t reserved;
    uint32_t reserved2;
};

enum node_phase {
    PHASE_DOWN,    /* initialised: the first input must be BOOT */
    PHASE_SCAN,    /* reading the log */
    PHASE_SEARCH,  /* a record did not match: looking behind it for one that does */
    PHASE_REBUILD, /* putting what was read into the queues' order */
    PHASE_SERVING,
    PHASE_REFUSED, /* the log is bad: no connection is accepted, for good */
};

struct node {
    struct arena arena;
    uint16_t queues, connections;
    uint8_t phase;     /* enum node_phase */
    uint8_t continues; /* an OUTPUT_CONTINUE has not come back yet */
    uint8_t full;      /* a publish was refused for want of room */
    uint8_t reserved;
    uint32_t unconfirmed_max;
    uint32_t messages_max;
    uint32_t messages; /* entries */
    uint32_t answers;  /* runs and held frames, discarded ones included */
    uint32_t queue_table, connection_table, slot_table;
    uint32_t flushing; /* members of the slot set of connections that have held frames and may send them */
    uint64_t ready_queues, taking_queues; /* bit per queue: has ready messages, has takers */
    struct unacked_ref settling_first, settling_last;
    struct run_ref run_first, run_last;          /* in the order of the log, all connections */
    struct held_ref discard_first, discard_last; /* frames of lost connections, to be given back bit by bit */
    struct log log;
    uint64_t search; /* SEARCH: the position reached */
    uint64_t reserved2;
};

static_assert(sizeof(struct entry) == 64, "no padding in stored structs");
static_assert(sizeof(struct unacked) == 32, "no padding in stored structs");
static_assert(sizeof(struct job) == 16, "no padding in stored structs");
static_assert(sizeof(struct run) == 32, "no padding in stored structs");
static_assert(sizeof(struct held) == 80, "no padding in stored structs");
static_assert(sizeof(struct connection) == 48, "no padding in stored structs");
static_assert(sizeof(struct queue) == 48, "no padding in stored structs");
static_assert(sizeof(struct log) == 80, "no padding in stored structs");
static_assert(sizeof(struct node) == 224, "no padding in stored structs");
static_assert(offsetof(struct node, arena) == 0, "a block begins with its arena");
static_assert(QUEUES_MAX <= 64, "a bit per queue");

#define UNITS_OF(type) ((uint32_t)(sizeof(type) / UNIT_BYTES))

static inline struct entry *entry_at(const struct node *node, struct entry_ref ref)
{
    return arena_at(&node->arena, ref.at);
}

static inline struct unacked *unacked_at(const struct node *node, struct unacked_ref ref)
{
    return arena_at(&node->arena, ref.at);
}

static inline struct job *job_at(const struct node *node, struct job_ref ref)
{
    return arena_at(&node->arena, ref.at);
}

static inline struct run *run_at(const struct node *node, struct run_ref ref)
{
    return arena_at(&node->arena, ref.at);
}

static inline struct held *held_at(const struct node *node, struct held_ref ref)
{
    return arena_at(&node->arena, ref.at);
}

static inline struct queue *queue_at(const struct node *node, uint16_t queue)
{
    CHECK(queue < node->queues);
    return (struct queue *)arena_at(&node->arena, node->queue_table) + queue;
}

static inline struct connection *connection_at(const struct node *node, uint16_t slot)
{
    CHECK(slot < node->connections);
    return (struct connection *)arena_at(&node->arena, node->connection_table) + slot;
}

/* Takes an object that the counting above has room for. */
static inline uint32_t node_take(struct node *node, uint32_t units)
{
    uint32_t at = arena_take(&node->arena, units);
    CHECK(at != 0);
    return at;
}

static inline uint64_t queue_ready(const struct queue *queue)
{
    return (uint64_t)queue->fresh + queue->requeued.count;
}

static inline bool node_has_room(const struct node *node)
{
    return node->messages < node->messages_max && node->answers < node->messages_max;
}

/* Lays out header and tables in a zeroed block; broker_init() and broker_canonical() fill them. */
void node_lay_out(struct node *node, uint16_t queues, uint16_t connections, uint64_t block_bytes);

#endif
