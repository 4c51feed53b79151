/* The real broker core: queues, confirms, prefetch, acks, a log, recovery. One node.
 *
 * Life: broker_init() on a zeroed block, then steps, the first of them INPUT_BOOT. A crash zeroes the block; the
 * host initialises it again and boots it on what survived of the disk. Between BOOT and the end of recovery
 * (OBSERVE_RECOVERY_DONE) a node closes every connection that is opened to it; a node that refuses its log does
 * so for good.
 *
 * A publish is confirmed when every queue it was routed to has the safety it declares: a persistent message in a
 * durable queue after the fsync that covers its record (fsync each, group) or after its append (never); anything
 * else at once. Confirms leave in no particular order but each publish gets exactly one. Deliveries do not wait
 * for the fsync (RabbitMQ's classic queues).
 *
 * A message that was recovered from the log is delivered as redelivered: the log does not say whether it was
 * delivered before, and a consumer that trusts the flag must not be told that it was not.
 *
 * Deviations from AMQP 0-9-1: one channel per connection, one consumer per channel; a channel error (an ack of
 * an unknown delivery tag: 406 PRECONDITION_FAILED, 1.8.3.13 delivery-tag) closes the connection. */
#ifndef CRASHQ_BROKER_H
#define CRASHQ_BROKER_H

#include "models/base/arena.h"
#include "models/broker/broker_io.h"

enum fsync_policy {
    FSYNC_EACH,  /* one fsync per message record, as many in flight as FSYNCS_MAX allows; beyond that they are joined */
    FSYNC_GROUP, /* one fsync in flight; when records wait, the next starts fsync_interval_ns after the first of them */
    FSYNC_NEVER, /* the operating system decides; a confirm means: appended */
};

enum dispatch_policy {
    DISPATCH_ROUND_ROBIN, /* over the consumers that may take one */
    DISPATCH_RANDOM,      /* choice_pick over them */
};

enum replication {
    REPLICATION_NONE,    /* on `first` alone */
    REPLICATION_ACTIVE,  /* clients send to every replica and read from all; the replicas know nothing of each other */
    REPLICATION_PASSIVE, /* a primary orders and ships to backups */
};

enum confirm_after { /* PASSIVE: what must hold beside the primary's own fsync */
    CONFIRM_AFTER_PRIMARY, /* nothing: asynchronous */
    CONFIRM_AFTER_ONE,     /* one backup of the in-sync set has it: semi-synchronous */
    CONFIRM_AFTER_ALL,     /* every member of the in-sync set has it */
};

struct queue_config {
    uint8_t durable;  /* survives a restart, with its persistent messages */
    uint8_t fsync;    /* enum fsync_policy; the strictest durable queue on a node rules its log: EACH, then GROUP */
    uint8_t dispatch; /* enum dispatch_policy */
    uint8_t replication;   /* enum replication */
    uint8_t confirm_after; /* enum confirm_after */
    uint8_t catch_up;      /* PASSIVE: a returning replica is brought up to date (otherwise it stays away) */
    uint16_t replicas;     /* bit per node */
    int64_t fsync_interval_ns; /* FSYNC_GROUP */
    int64_t ship_every_ns; /* PASSIVE: operations leave in batches at multiples of this; 0: at once */
    int64_t ship_delay_ns; /* PASSIVE: each leaves this much after it was made; 0: at once */
    uint16_t first;        /* the node that serves it (NONE), or its first primary; a member of `replicas` */
    uint16_t reserved;
    uint32_t reserved2;
};

enum partition_handling {
    PARTITION_PAUSE_MINORITY, /* primaries are elected by a majority; one that sees no majority stops serving */
    PARTITION_IGNORE,         /* whoever misses the primary takes over, and records nothing with anybody */
};

struct broker_config {
    uint16_t node;        /* this node's number */
    uint16_t nodes;       /* in the cluster */
    uint16_t queues;      /* queue[0 .. queues) exist */
    uint16_t connections; /* slots 0 .. connections - 1: first those of clients, then 2 * peer + turn of each node */
    uint16_t peer_slots;  /* the first slot of peers; == connections: this node is alone */
    uint8_t partition_handling; /* enum partition_handling */
    uint8_t reserved2;
    uint32_t operations_max; /* of a replicated queue, kept in memory for replicas that missed a few */
    uint32_t unconfirmed_max; /* publishes awaiting their confirm, per connection: beyond it the connection is closed */
    uint32_t reserved;
    struct queue_config queue[QUEUES_MAX];
};

/* The timers of a node. */
enum broker_timer {
    BROKER_TIMER_FSYNC,   /* FSYNC_GROUP: the first record that waits has waited fsync_interval_ns */
    BROKER_TIMER_CONNECT, /* peers with a lower number that are not connected are tried again */
    BROKER_TIMER_ELECTION, /* OUTPUT_TIMEOUT: an election came to nothing, or nobody led when this node booted */
    BROKER_TIMER_SHIP, /* operations of some queue are due to leave */
    BROKER_TIMER_ATTEMPT, /* OUTPUT_TIMEOUT: a peer did not answer an attempt to connect: it is made again */
};

/* A node's whole state; see broker_block.h for its layout. It begins with a struct arena. */
struct node;

/* Bytes that a node with this configuration needs when `messages_max` messages are held at once: at most; the
 * host reserves them. A message is held from its publish until it is settled and its confirm is sent; beyond
 * messages_max a publish is refused: its connection is closed. The log's slack (what may be dead before it is
 * trimmed) grows with the block, up to 64 KiB. */
uint64_t broker_block_bytes(const struct broker_config *config, uint64_t messages_max);

/* Lays a node out in a zeroed block. */
void broker_init(struct node *node, const struct broker_config *config, uint64_t block_bytes);

/* One step. Returns how many of ret_outputs (room for OUTPUTS_MAX) it filled. */
int broker_step(struct node *node, const struct broker_input *in, struct broker_output *ret_outputs);

/* ---- equal states ----
 *
 * Which counters of a state only matter relative to one another. broker_anchors() tells the lowest live value of
 * each such counter space in this node; a canonical form subtracts it. Two worlds are equal when all canonical forms
 * are and the differences between the anchors of one space are. */
enum anchor_space {
    ANCHOR_DELIVERY_TAG, /* + per connection */
    ANCHOR_PUBLISH_TAG,  /* + per connection */
    ANCHOR_LOG,          /* log positions, per node */
    ANCHOR_RECORD,       /* record sequence numbers, per node */
    ANCHOR_PLACE,        /* places in a queue, per node and queue */
};
struct anchor {
    uint16_t space; /* enum anchor_space */
    uint16_t connection; /* the actor's own slot (tags); queue (places); 0 */
    uint16_t actor; /* whose slot, log or queue: this node; set by the oracle, which sees many; otherwise by the host */
    uint16_t reserved;
    uint64_t lowest; /* the lowest live value */
};
#define ANCHORS_MAX 128

/* Writes the anchors of a node in a fixed order; returns how many. More than ANCHORS_MAX is the limit of checked
 * worlds: CHECKed. */
int broker_anchors(const struct node *node, struct anchor ret_anchors[ANCHORS_MAX]);

/* Writes the node in traversal order into a zeroed block of the same size: queues as declared, messages in queue
 * order, maps by key, free lists empty, statistics left out, every counter of `anchors[i].space` lowered by
 * `anchors[i].lowest - 1`. The result is a node that can be stepped, and canonical(step(canonical(s), canonical
 * input)) equals canonical(step(s, input)). */
void broker_canonical(const struct node *node, const struct anchor *anchors, int count, struct node *ret_node,
                      uint64_t block_bytes);

/* ---- views for tests and measures; never for decisions ---- */
struct queue_view {
    uint64_t ready, unacknowledged;
    uint64_t epoch;   /* of what this node has recorded (replicated queues) */
    uint16_t in_sync; /* as committed, where this node is primary */
    uint8_t role;     /* enum broker_role */
    uint8_t paused;   /* a primary that sees no majority */
    uint32_t reserved;
};
struct queue_view broker_queue_view(const struct node *node, uint16_t queue);
/* A publish was refused for want of room since the boot: what this node did from then on says nothing about a
 * bigger one. */
bool broker_was_full(const struct node *node);

#endif
