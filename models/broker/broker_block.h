/* A node's block: what lies in it, and the rules that hold between any two steps. Private to the room.
 *
 *   struct node | queues | connections | slot sets | replicas, links, peers, rings | objects that come and go
 *
 * Objects, by reference in units of the block:
 *   entry    a message in its queue: fresh (never delivered), requeued or unacknowledged
 *   unacked  what one consumer holds; outlives its connection until all of it is back in the queue
 *   job      a multiple ack that is still being worked off
 *   run      publishes of one connection that the same fsync will confirm; or operations that this replica acknowledges
 *   held     a frame that waits for a full send window
 *
 * A queue's messages are ordered by place. Fresh ones form a list with rising places; whatever comes back lies
 * in a map by place, and always stands before what is fresh. So a message returns to exactly where it was, and a
 * queue that never requeues never pays for the map. (While a log is read, the map holds all of its queue:
 * records may lie out of order.)
 *
 * A replicated queue keeps all its messages in one more map by place, whatever else they lie in: a replica that
 * follows holds them only there, and a primary copies from it.
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
#include "models/base/ring.h"
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
    ENTRY_FOLLOWED,  /* of a queue that another node leads: in the replica's index alone */
};

struct entry {
    struct message message;
    uint64_t place;
    uint64_t position; /* where its record ends in the log; 0: memory only */
    struct entry_ref log_before, log_after;
    struct entry_ref next; /* FRESH: the one behind it */
    uint8_t state;         /* enum entry_state */
    uint8_t redelivered;   /* it may have been delivered before */
    uint8_t copied;        /* it is part of the copy that is being received */
    uint8_t reserved;
};

#define SLOT_NONE UINT16_MAX
#define QUEUE_NONE UINT16_MAX

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
    uint16_t queue;       /* whose replicas must have `index` as well; QUEUE_NONE: nobody */
    uint32_t incarnation; /* of the connection; another one: it is gone, nobody waits */
    uint32_t count;       /* publishes */
    uint64_t tag;         /* the last of them */
    uint64_t position;    /* the end of its record; 0: no fsync is needed */
    uint64_t index;       /* operation of `queue` */
    uint16_t home;        /* the list that it lies in: a replicated queue's own; QUEUE_NONE: the node's */
    uint16_t acks;        /* not a client's: this replica of `queue` holds everything up to operation `tag`;
                             incarnation: its lineage */
    uint32_t reserved;
};

struct run_list {
    struct run_ref first, last;
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
    uint64_t publishes;   /* bit per queue that it published to */
    uint64_t reserved2;
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
    uint8_t replication; /* enum replication */
    uint8_t reserved;
    uint16_t hint; /* not replicated by this core: 1 + a node that serves it */
    uint32_t reserved2;
};

/* ---- replicated queues ---- */

/* What happened to a replicated queue: operations are numbered from 1 in each epoch. */
struct operation {
    struct message message;
    uint64_t place;
    uint64_t epoch;
    int64_t due_ns; /* leaves at this time; 0: at once */
    uint32_t index;
    uint8_t settles; /* the message leaves; otherwise it enters */
    uint8_t reserved[3];
};

enum link_state {
    LINK_AWAY,    /* asked for nothing on this connection */
    LINK_FOLLOWS, /* gets operations in order */
    LINK_COPIED,  /* gets everything, place by place */
};
enum link_flag {
    LINK_MET = 1,    /* this connection brought a frame about the queue */
    LINK_ACKED = 2,  /* `acked` is known */
    LINK_HANDED = 4, /* it stands in this epoch already */
    LINK_GATES = 8,  /* caught up: confirms wait for it, and the next in-sync set has it */
    LINK_BEGUN = 16, /* COPIED: FIRST is sent */
    LINK_LED = 32,   /* it says that somebody leads it */
};
/* What is to be said to the other node; written when it is sent, from what holds then. */
enum owed {
    OWED_JOIN = 1,
    OWED_FENCED = 2,
    OWED_ASK = 4,     /* once the candidacy is safe */
    OWED_VOTE = 8,    /* once the vote is safe */
    OWED_REFUSAL = 16,
    OWED_RECORD = 32,
    OWED_RECORDED = 64, /* once the view is safe */
    OWED_SHIPPED = 128,
};

/* What one replicated queue is to this node and one other. */
struct link {
    uint64_t acked;  /* its operations of the leader's epoch that are safe there */
    uint64_t target; /* acked up to here it has caught up */
    uint64_t copied; /* COPIED: places up to here are sent */
    uint32_t behind; /* operations that were not sent: the newest of the ring */
    uint8_t owes;    /* bits of enum owed */
    uint8_t state;   /* enum link_state */
    uint8_t flags;   /* enum link_flag */
    uint8_t reserved;
};

enum sweep { /* of a copy, at the replica that receives it */
    SWEEP_NONE,
    SWEEP_RECEIVING, /* what comes is marked */
    SWEEP_DISCARDS,  /* the copy is whole: what is not marked goes */
    SWEEP_CLEARS,    /* the copy broke off: marks go */
};

/* A replicated queue, as this node votes on it, follows it or leads it. */
struct replica {
    struct view view;     /* recorded; and what is held, unless `mixed`: then what was held before the copy began */
    struct view asked;    /* a candidate whose request waits until the leader is missed */
    uint64_t asked_epoch; /* ... 0: none */
    uint64_t promised;    /* nothing of a lower epoch is recorded or followed */
    uint64_t seen;        /* the highest epoch heard of */
    uint64_t written;     /* where the newest RECORD_VIEW ends in the log; 0: none */
    uint64_t changed;     /* what promise and view need to be safe; 0: they are */
    uint64_t entered;     /* what the data need to be safe; 0: they are */
    uint64_t base_epoch, base_index;     /* what was held before the oldest operation of the ring */
    uint64_t handed_epoch, handed_index; /* leading: what was held when it was elected */
    uint64_t made;                       /* leading: operations of this epoch */
    uint64_t replicated;                 /* primary: operations that confirms may rely on */
    uint64_t confirmed;                  /* primary: operations that confirms did rely on */
    uint64_t shipped;                    /* following: operations that are safe here */
    uint64_t sweep;                      /* places below are swept; or, of an elected one, put in line */
    uint64_t copied_epoch, copied_index; /* DISCARDS: the operation that the copy stands for, and those since */
    int64_t due_ns;                      /* primary: when the first waiting operation leaves; 0: none waits */
    int64_t ship_every_ns, ship_delay_ns;
    struct ring ring;     /* operations, oldest first */
    struct omap index;    /* place -> entry: everything held */
    struct run_list runs;
    struct run_ref acking; /* the newest run of acknowledgements */
    uint32_t waiting;      /* newest operations of the ring that may not leave yet */
    uint32_t lineage;      /* counts what this replica followed, from 1 */
    uint16_t voted;        /* in the promised epoch: 1 + node; 0: nobody */
    uint16_t committed;    /* primary: the in-sync set that a majority has recorded */
    uint16_t recorded;     /* leading: nodes that recorded view.version */
    uint16_t granted;      /* candidate: nodes that voted for it */
    uint16_t able;         /* ... and hold data */
    uint16_t abreast;      /* ... and no less than itself */
    uint16_t heard;        /* lost: nodes that have spoken since the boot */
    uint16_t asked_node;
    uint16_t missed; /* leading: nodes whose connection was lost and is not back */
    uint16_t replicas; /* bit per node */
    uint16_t first;
    uint8_t role; /* enum broker_role */
    uint8_t booted;
    uint8_t led;       /* view.primary leads, on a connection that is open */
    uint8_t followed;  /* it was led before, or led, in this life */
    uint8_t joined;    /* JOIN was sent to who leads */
    uint8_t paused;    /* primary: sees no majority */
    uint8_t shaken;    /* primary: lost a connection since it last saw a majority */
    uint8_t gathering; /* no longer primary: its messages go back into the index alone */
    uint8_t lined_up;  /* elected: everything held is ready */
    uint8_t pending;   /* primary: view.in_sync is not recorded by a majority yet */
    uint8_t mixed;     /* a copy began and did not end: what is held has no position */
    uint8_t lost;      /* the disk was: it neither votes nor stands */
    uint8_t sweeping;  /* enum sweep */
    uint8_t stands;    /* wants to stand for election: 1 if it is its turn, 2 in any case */
    uint8_t retried;   /* it stood again at once; next time the timer decides */
    uint8_t acks;      /* `shipped` is known */
    uint8_t confirm_after; /* enum confirm_after */
    uint8_t catch_up;
    uint8_t reserved[12];
};

/* Another node. Whoever has the higher number opens the connection, on two slots in turn. */
struct peer {
    uint16_t open;    /* 1 + slot */
    uint16_t attempt; /* 1 + slot: asked for, not answered */
    uint8_t turn;     /* of the next attempt */
    uint8_t reserved[11];
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
    uint64_t trim_to;    /* replicated queues: the log will start here, once what is dead is so for sure; 0: no wish */
    uint64_t trim_after; /* ... what must be synced first; 0: it is */
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
    struct run_list runs;                        /* in the order of the log, all connections */
    struct held_ref discard_first, discard_last; /* frames of lost connections, to be given back bit by bit */
    struct log log;
    uint64_t search; /* SEARCH: the position reached */
    /* the cluster; bits per queue */
    uint64_t leading; /* operations are made here: not replicated, alone, or primary */
    uint64_t serving; /* and clients are served */
    uint64_t passive; /* replicated by this core */
    uint64_t tended;  /* something changed: what follows from it is to be seen */
    uint64_t seeking; /* nobody leads, and this node could */
    int64_t ship_armed_ns; /* what BROKER_TIMER_SHIP stands for; 0: not armed */
    uint32_t replica_table, link_table, peer_table; /* 0: none */
    uint16_t node, nodes, peer_slots;
    uint8_t ignores;    /* PARTITION_IGNORE */
    uint8_t first_boot;
    uint8_t evicting;   /* clients of queues that are not served any more are still connected */
    uint8_t connecting; /* BROKER_TIMER_CONNECT is armed */
    uint8_t election;   /* BROKER_TIMER_ELECTION is armed */
    uint8_t election_anew;
    uint32_t operations_max;
    uint8_t attempting; /* BROKER_TIMER_ATTEMPT is armed */
    uint8_t reserved2[3];
    uint64_t reserved3;
};

static_assert(sizeof(struct entry) == 64, "no padding in stored structs");
static_assert(sizeof(struct unacked) == 32, "no padding in stored structs");
static_assert(sizeof(struct job) == 16, "no padding in stored structs");
static_assert(sizeof(struct run) == 48, "no padding in stored structs");
static_assert(sizeof(struct held) == 80, "no padding in stored structs");
static_assert(sizeof(struct connection) == 64, "no padding in stored structs");
static_assert(sizeof(struct queue) == 48, "no padding in stored structs");
static_assert(sizeof(struct log) == 96, "no padding in stored structs");
static_assert(sizeof(struct operation) == 64, "no padding in stored structs");
static_assert(sizeof(struct link) == 32, "no padding in stored structs");
static_assert(sizeof(struct replica) == 336, "no padding in stored structs");
static_assert(sizeof(struct peer) == 16, "no padding in stored structs");
static_assert(sizeof(struct node) == 320, "no padding in stored structs");
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

static inline bool queue_is_passive(const struct node *node, uint16_t queue)
{
    return (node->passive >> queue & 1) != 0;
}

static inline struct replica *replica_at(const struct node *node, uint16_t queue)
{
    CHECK(queue < node->queues && queue_is_passive(node, queue));
    return (struct replica *)arena_at(&node->arena, node->replica_table) + queue;
}

static inline struct link *link_at(const struct node *node, uint16_t queue, uint16_t peer)
{
    CHECK(queue < node->queues && peer < node->nodes);
    return (struct link *)arena_at(&node->arena, node->link_table) + (uint32_t)queue * node->nodes + peer;
}

static inline struct peer *peer_at(const struct node *node, uint16_t peer)
{
    CHECK(peer < node->nodes);
    return (struct peer *)arena_at(&node->arena, node->peer_table) + peer;
}

/* The runs of a replicated queue, or those of all others. */
static inline struct run_list *runs_at(struct node *node, uint16_t home)
{
    return home == QUEUE_NONE ? &node->runs : &replica_at(node, home)->runs;
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

/* What a node's tables follow from. */
struct layout {
    uint16_t queues, connections, nodes;
    uint32_t operations_max;
    uint64_t passive;
};

/* Lays out header and tables in a zeroed block; broker_init() and broker_canonical() fill them. */
void node_lay_out(struct node *node, const struct layout *layout, uint64_t block_bytes);

#endif
