/* What must hold: one monitor that judges every observation of a simulated, checked or live run, incrementally. Its
 * state is a block like any other, so a check can intern and memoise it; statistics are the host's: a step only returns
 * verdicts.
 *
 * Properties and what they say are BROKER.md's; each has a file of its own. Memory follows what is live:
 * messages confirmed and not yet settled, plus the gaps in what was delivered. */
#ifndef CRASHQ_ORACLE_H
#define CRASHQ_ORACLE_H

#include "models/base/arena.h"
#include "models/broker/broker.h"
#include "models/broker/broker_io.h"

enum property {
    PROPERTY_DURABILITY, /* a confirmed message is settled by a consumer, dropped by a declared rule, or held by a
                            node's memory or surviving disk */
    PROPERTY_NO_PHANTOM, /* what is delivered was attempted, with the same body, into that queue */
    PROPERTY_FIFO, /* first deliveries of one producer's messages in one queue keep their order, and what was given back
                      goes before them */
    PROPERTY_ONE_ANSWER, /* each publish on a living connection gets exactly one answer: no second one, none for what
                            was never published */
    PROPERTY_PREFETCH, /* a consumer never holds more unacknowledged messages than it asked for */
    PROPERTY_SINGLE_LEADER, /* one primary per epoch, and none that commits in an epoch that is over */
    PROPERTY_NO_DUPLICATE,  /* a consumer that removes duplicates works on each message it acknowledges exactly once */
    PROPERTY_RECOVERY, /* a boot accepts exactly the whole records that survived, or refuses with a reason */
    PROPERTY_DETECTION, /* a failure detector sends a heartbeat when nothing was sent since its last beat, and gives its
                           peer up at the third look after the last byte, not before */
    PROPERTY_DELIVERED, /* liveness: when all is quiet, every confirmed message was delivered */
    PROPERTY_ANSWERED, /* liveness: when all is quiet, no publish on a living connection is unanswered */
    PROPERTY_COUNT,
};

struct oracle_config {
    uint16_t nodes, queues;
    uint16_t actors;    /* nodes and clients */
    uint16_t promised;  /* bits of enum property: what this configuration promises (oracle_promises) */
    uint8_t queue_consumers[QUEUES_MAX]; /* configured on each queue (capped at 255): 0 = nobody must deliver */
    uint8_t queue_replication[QUEUES_MAX]; /* enum replication */
};
/* What the oracle must know of each client; index = actor - nodes. */
struct oracle_client {
    uint8_t kind; /* enum client_kind */
    uint8_t confirms, auto_ack;
    uint8_t links; /* connections that it keeps at a time: 1, or one per node (its slot / 2 is the node) */
    uint16_t queue;
    uint8_t once; /* consumer: it removes duplicates */
    uint8_t reserved;
    uint32_t prefetch;
};

struct oracle; /* begins with a struct arena */

struct verdict {
    uint32_t exercised; /* bits of enum property that this observation put to the test */
    uint32_t breached;  /* bits of enum property that it breaks */
    uint32_t breaches;  /* how many (an image that loses seven confirmed messages: 7) */
    uint32_t reserved;
    struct message message; /* of the first breach */
};

uint64_t oracle_block_bytes(const struct oracle_config *config, uint64_t messages_max);
void oracle_init(struct oracle *oracle, const struct oracle_config *config, const struct oracle_client *clients,
                 uint64_t block_bytes);

/* Judges one observation. Once a promised property is breached, only that one goes on being judged: what follows from
 * a breach is no news. False: the block is full (a check says "truncated", a run fails). */
bool oracle_step(struct oracle *oracle, const struct observation *seen, struct verdict *ret_verdict);

int oracle_anchors(const struct oracle *oracle, struct anchor ret_anchors[ANCHORS_MAX]);
void oracle_canonical(const struct oracle *oracle, const struct anchor *anchors, int count, struct oracle *ret_oracle,
                      uint64_t block_bytes);

/* The function that computes what a configuration promises, under which faults (bits of enum property). */
struct promise_question {
    uint8_t replication, confirm_after;    /* of the queue */
    uint8_t catch_up;                      /* a replica that was away comes back into the in-sync set */
    uint8_t partition_handling;            /* of the cluster */
    uint8_t durable, persistent, confirms; /* of the queue and its producers */
    uint8_t fsync;      /* enum fsync_policy */
    uint8_t consumers;  /* of this queue */
    uint8_t power_loss; /* the scenario contains one */
    uint8_t crash;      /* ... or a process crash */
    uint8_t disconnect; /* ... or a connection that the client gives up while its node still takes it for good */
    uint8_t suspicion;  /* ... or silence between nodes that live, or a reset of their connection */
    uint8_t wipe;       /* ... or a disk that is lost */
    uint8_t consumer_crash;
    uint8_t dedupe_short; /* some consumer's dedupe window may be too short for all that the queue will see */
};
uint32_t oracle_promises(const struct promise_question *question);

const char *property_name(enum property property);        /* "durability" */
const char *property_description(enum property property); /* one line, for `crashq list properties` */

#endif
