/* What goes into a step and what comes out of it: the words that the core, the clients, the oracles and every
 * host share.
 *
 * A step is a pure function: block + one input -> block + a list of outputs, performed by the host in their
 * order; the actor may crash after any prefix of them. Nothing here holds a pointer except the disk view and the
 * tape, which live only as long as the step. All structs are without padding: they are hashed as bytes. */
#ifndef CRASHQ_BROKER_IO_H
#define CRASHQ_BROKER_IO_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "models/base/choice.h"
#include "models/base/limits.h"

/* ---- messages ---- */

enum message_flag {
    MESSAGE_PERSISTENT = 1, /* delivery-mode 2 (AMQP 0-9-1 basic, 4.2.6.1) */
    MESSAGE_MANDATORY = 2,  /* return it when no queue matches */
};

/* A message, wherever it is: in a frame, in a record, in an observation. Its payload is only measured
 * (size_bytes) and recognised (body: a digest that stands for the bytes). (producer, epoch, sequence) identifies
 * it; a retry is the same message. */
struct message {
    uint32_t producer; /* the publishing actor's number */
    uint32_t epoch;    /* its incarnation, from 0 */
    uint64_t sequence; /* from 1 */
    uint64_t body;     /* message_body() of the above */
    uint32_t size_bytes;
    uint16_t queue; /* routing key of the default exchange: a queue's number; a number without a queue is unroutable */
    uint8_t flags;     /* enum message_flag */
    uint8_t priority;
};
static_assert(sizeof(struct message) == 32, "no padding in stored structs");

/* The digest that stands for the payload of an honest message (by producer, epoch, sequence, size). */
uint64_t message_body(uint32_t producer, uint32_t epoch, uint64_t sequence, uint32_t size_bytes);

/* ---- views: who leads a replicated queue ---- */

/* Who is primary of a queue, and which replicas are in its in-sync set: as a node has recorded it (the view of
 * Viewstamped Replication, the configuration of PacificA). (epoch, version) orders views: an epoch has one primary,
 * elected by a majority of the nodes, and that primary numbers its in-sync sets. Beside it what the sender holds: the
 * operations of `data_epoch` up to `data_index`, after all that earlier epochs handed down. */
struct view {
    uint64_t epoch;   /* from 1; 0: none recorded (a node whose disk was lost) */
    uint32_t version; /* of the in-sync set, from 0 */
    uint16_t primary; /* node */
    uint16_t in_sync; /* bit per node, the primary's included */
    uint64_t data_epoch;
    uint64_t data_index; /* of the last operation held; operations of an epoch count from 1 */
};
static_assert(sizeof(struct view) == 32, "no padding in stored structs");

/* ---- frames ---- */

enum frame_kind {
    FRAME_NONE,
    FRAME_PUBLISH, /* client -> node. tag: publish number on this connection, 1, 2, 3, ... (confirm mode); 0: no confirm
                      wanted */
    FRAME_CONFIRM, /* node -> client. tag; FRAME_MULTIPLE: all unanswered up to and including tag; FRAME_NEGATIVE: nack
                    */
    FRAME_RETURN, /* node -> client. A mandatory message that no queue took; comes before its confirm */
    FRAME_CONSUME, /* client -> node. queue, count: prefetch (0 = unlimited); FRAME_AUTO_ACK */
    FRAME_DELIVER, /* node -> client. tag: delivery tag on this connection, 1, 2, 3, ...; FRAME_REDELIVERED */
    FRAME_ACK, /* client -> node. tag; FRAME_MULTIPLE; FRAME_NEGATIVE: nack; FRAME_REQUEUE with it */
    FRAME_NOT_LEADER, /* node -> client. queue; hint: 1 + the node that leads it, 0: not known. Answers a PUBLISH (tag:
                         its number) or CONSUME that this node may not take; the node closes the connection after it,
                         and takes no later PUBLISH of it either */
    /* node -> node, all about `queue`, all with the sender's epoch in `term` */
    FRAME_JOIN, /* what I have recorded and hold (view): to every peer when a connection opens, to a primary as the
                   request to be brought up to date. term: the epoch promised */
    FRAME_ASK_VOTE, /* elect me primary of epoch `term`. view: as in JOIN */
    FRAME_VOTE, /* the answer, safely recorded: term as asked; FRAME_NEGATIVE: refused, view says what is newer here,
                   hint: the epoch promised */
    FRAME_RECORD,   /* primary: record view, of this epoch */
    FRAME_RECORDED, /* the answer, safely recorded: count: the version */
    FRAME_SHIP,     /* primary -> replica: operation `tag`: message at place `hint` enters, or (FRAME_SETTLE) leaves */
    FRAME_SHIPPED,  /* replica -> primary: everything up to operation `tag` is as safe here as the queue's fsync says */
    FRAME_COPY, /* primary -> replica: a full copy, message by message in the order of places (hint). FRAME_FIRST:
                   forget what you hold; FRAME_LAST (no message): the copy is whole and stands for operation `tag` */
    FRAME_FENCED,   /* your epoch is over. hint: the epoch promised here; view: recorded here */
};
#define FRAME_KINDS (FRAME_FENCED + 1)

enum frame_flag {
    FRAME_MULTIPLE = 1,
    FRAME_NEGATIVE = 2,
    FRAME_REQUEUE = 4,
    FRAME_REDELIVERED = 8,
    FRAME_AUTO_ACK = 16,
    FRAME_SETTLE = 32, /* SHIP */
    FRAME_FIRST = 64,  /* COPY */
    FRAME_LAST = 128,  /* COPY */
};

struct frame {
    uint8_t kind;  /* enum frame_kind */
    uint8_t flags; /* enum frame_flag */
    uint16_t queue;
    uint32_t count;
    uint64_t tag;
    union {
        struct message message;
        struct view view; /* between nodes, where said */
    };
    uint64_t term; /* between nodes: epoch; 0 elsewhere */
    uint64_t hint;
};
static_assert(sizeof(struct frame) == 64, "no padding in stored structs");

/* ---- the log's records, as they lie on disk (little-endian, as the machine's: the world is one machine) ---- */

enum record_kind {
    RECORD_NONE,
    RECORD_MESSAGE, /* a message entered a queue at `place`; 64 bytes */
    RECORD_SETTLE,  /* the message at `place` of `queue` is gone; 32 bytes */
    RECORD_VIEW, /* of a replicated queue: place: the epoch promised (from 1); index: 1 + the node voted for in it, 0:
                    nobody; view: what is recorded; flags: enum record_flag; 64 bytes */
};
enum record_flag { /* VIEW */
    RECORD_COPYING = 1, /* a copy began and is not whole: view's data are what was held before it */
    RECORD_LOST = 2,    /* written after the disk was lost: this node neither votes nor stands yet */
};

/* Every record opens with its length, so that whoever holds the bytes can find the next one. */
struct record {
    uint32_t length;   /* bytes of this record: RECORD_SETTLE_BYTES or RECORD_MESSAGE_BYTES */
    uint32_t checksum; /* digest_checksum() of what follows this field, to the record's length; never 0 */
    uint64_t sequence; /* of records in this log: +1 each */
    uint8_t kind;      /* enum record_kind */
    uint8_t flags;     /* enum record_flag */
    uint16_t queue;
    uint32_t index; /* MESSAGE, SETTLE of a replicated queue: the operation's number in the epoch of the last VIEW
                       before; 0 elsewhere */
    uint64_t place; /* position in the queue's order, from 1 */
    union {
        struct message message; /* RECORD_MESSAGE */
        struct view view;       /* RECORD_VIEW */
    };
};
static_assert(sizeof(struct record) == 64, "no padding in stored structs");
#define RECORD_SETTLE_BYTES 32u
#define RECORD_MESSAGE_BYTES 64u

/* A read-only view of a log file: bytes of positions [start, end). Positions count bytes since the log was created and
 * survive trimming. The first record at `start` is whole. */
struct disk_view {
    const uint8_t *bytes;
    uint64_t start, end;
};

/* ---- observations: what happened, for oracles and measures; nobody inside may depend on them ---- */

enum observation_kind {
    OBSERVE_NONE,
    /* by a node */
    OBSERVE_APPENDED, /* message entered its queue; position: the log position at its record's end (0: not
                         persistent, memory only); emitted right after its OUTPUT_APPEND; value: place */
    OBSERVE_SETTLED, /* message left its queue because a consumer settled it; value: place */
    OBSERVE_DROPPED, /* message left its queue by a declared rule or was rejected without requeue; value: place */
    OBSERVE_REQUEUED, /* message is ready again; value: place */
    OBSERVE_RECOVERED, /* message is in the queue again after a boot; position as in APPENDED; value: place */
    OBSERVE_RECOVERY_DONE, /* boot finished; position: end of the log that was accepted; value: 0, or enum refuse_reason
                            */
    OBSERVE_MOVED, /* a live message's record was written again at the log's end (position) */
    OBSERVE_QUEUE, /* queue's length changed: value: ready, tag: unacknowledged */
    OBSERVE_ROLE, /* replicated queues: value: enum broker_role taken; tag: epoch; position: the in-sync set (bits), for
                     a primary as committed. Again when a primary's in-sync set changes, and when it pauses in a
                     minority (SEEKING) and goes on (PRIMARY) */
    OBSERVE_PROPOSED, /* replicated queues: a primary asks for another in-sync set; tag: epoch; position: the set */
    OBSERVE_DISCARDED, /* message is not held here any more: a primary's copy replaces what this replica had; value:
                          place */
    /* by a producer */
    OBSERVE_ATTEMPTED, /* message: intended send happened now (once per message) */
    OBSERVE_SENT, /* message went out on `connection` with publish number `tag`; value: attempt from 1 */
    OBSERVE_ANSWER, /* a confirm frame came in on `connection`: tag, flags as in the frame (raw, before any filtering)
                     */
    OBSERVE_ANSWERED, /* message: the producer's first verdict; flags & FRAME_NEGATIVE: rejected; tag: the attempt
                         answered */
    OBSERVE_ABANDONED, /* message: the producer gave up: unanswered */
    OBSERVE_RETURNED, /* message came back unroutable */
    /* by a consumer */
    OBSERVE_DELIVERED, /* message arrived on `connection` with delivery tag `tag`; flags & FRAME_REDELIVERED; value: 1
                          when the dedupe window knew it */
    OBSERVE_COMPLETED, /* message: its processing ended */
    OBSERVE_ACKED, /* message: the consumer sent its ack (`tag`); flags as in the frame; with automatic acks it
                      follows DELIVERED at once */
    /* by either client */
    OBSERVE_OPENED, /* `connection` is established */
    OBSERVE_LOST, /* `connection` is gone, as this client learnt; also after its own close */
    /* by the host */
    OBSERVE_CRASHED, /* `actor` went down; a node: value: 0 process, 1 power; position: end of the last whole record
                        that survives (0: its disk is lost, or was empty) */
    OBSERVE_STARTED, /* `actor` was started again */
    OBSERVE_BEAT, /* `actor`'s failure detector of `connection` beat; value: 1: it sends a heartbeat; tag: 1: nothing
                     had been sent since it beat last */
    OBSERVE_LOOK, /* ... looked; value: 1: it gives the connection up; tag: looks since the last byte came, this one
                     included */
    OBSERVE_QUIET, /* nothing more can happen but faults: judge what must have happened by now */
};

/* What a node is to a queue. */
enum broker_role {
    ROLE_NONE,      /* holds no replica; votes and records views */
    ROLE_ALONE,     /* serves it, nobody replicates (none), or everybody for himself (active) */
    ROLE_SEEKING,   /* a replica without a primary that it knows to be alive */
    ROLE_BACKUP,    /* follows a primary */
    ROLE_CANDIDATE, /* asks for votes */
    ROLE_ELECT,     /* elected; its view is not recorded by a majority yet */
    ROLE_PRIMARY,   /* serves */
};

enum refuse_reason {
    REFUSE_NOTHING,
    REFUSE_CORRUPT = 1, /* a record before the tail does not match */
    REFUSE_FULL = 2,    /* the log does not fit the node's limits */
};

struct observation {
    uint8_t kind;  /* enum observation_kind */
    uint8_t flags; /* enum frame_flag where said */
    uint16_t actor;      /* set by the host: nodes first, then clients */
    uint16_t connection; /* the observer's own slot */
    uint16_t queue;
    uint64_t tag;
    uint64_t position;
    uint64_t value;
    struct message message;
};
static_assert(sizeof(struct observation) == 64, "no padding in stored structs");

/* ---- inputs ---- */

enum input_kind {
    INPUT_NONE,
    INPUT_BOOT, /* first input after init. Node: `disk`. Client: nothing */
    INPUT_FRAME, /* frame on connection */
    INPUT_OPENED, /* connection is open: accepted (node), established (client). flags & INPUT_PEER_NODE: the peer
                     is a node, `value` its number */
    INPUT_LOST, /* connection is gone (broken, refused, closed by the peer); its slot is free again */
    INPUT_BLOCKED, /* the connection's send window is full: send no more on it until WRITABLE. Comes before any other
                      input once the outputs of a step fill the window, on the same tape, so its step makes no choice;
                      a window always has room for one whole step beyond that */
    INPUT_WRITABLE, /* ... and goes on */
    INPUT_TIMER, /* timer fired; it is no longer armed. `value`: what the host's process says (arrivals: size in bytes)
                  */
    INPUT_SYNCED, /* the oldest fsync in flight completed: everything before position `value` is safe */
    INPUT_CONTINUE, /* the step's wish for another one. A booting node gets `disk` here too */
};
enum input_flag {
    INPUT_PEER_NODE = 1,
    INPUT_SILENT = 2,     /* LOST: the failure detector gave up on it; otherwise it was closed or reset */
    INPUT_FIRST_BOOT = 4, /* BOOT: of this node's life. Later an empty disk is a lost one */
};

struct broker_input {
    uint8_t kind; /* enum input_kind */
    uint8_t flags;
    uint16_t connection; /* the actor's own slot */
    uint16_t timer;
    uint16_t reserved;
    uint64_t value;
    int64_t now_ns;  /* monotonic; 0 in a check */
    int64_t wall_ns; /* the only one that a clock jump moves */
    struct frame frame;
    const struct disk_view *disk; /* BOOT, and CONTINUE of a booting node; NULL elsewhere */
    struct tape *tape;
};

/* ---- outputs ---- */

enum output_kind {
    OUTPUT_NONE,
    OUTPUT_SEND, /* frame on connection. To a connection that is no longer open: dropped, as on a socket */
    OUTPUT_OPEN, /* client: open `connection` (a free slot of its own, which says the node). Answer: OPENED or LOST */
    OUTPUT_CLOSE, /* close connection: frames sent before still arrive, nothing more comes in, the slot is free at once
                     (no LOST) */
    OUTPUT_ARM, /* timer, to fire after a time in [min_ns, max_ns], drawn by the host; below 0: it is late already and
                   fires at once. Armed anew when armed */
    OUTPUT_CANCEL, /* timer; nothing when not armed */
    OUTPUT_APPEND, /* record: `u.record.length` bytes are written (to the operating system) at the log's end */
    OUTPUT_FSYNC, /* make everything appended so far safe; completes as SYNCED, first in first out; at most FSYNCS_MAX
                     in flight */
    OUTPUT_TRUNCATE, /* position: the log ends here (recovery drops a torn tail) */
    OUTPUT_TRIM, /* position: the log starts here (what is before is settled) */
    OUTPUT_CONTINUE, /* this step did its share; step again with INPUT_CONTINUE */
    OUTPUT_OBSERVE, /* observation */
};
enum output_flag {
    OUTPUT_TIMEOUT = 1, /* ARM: this timer is a time-out, not a clockwork: in a check it fires only within the budget of
                           `timeouts` */
    OUTPUT_PROCESS = 2, /* ARM: the host's named process gives the interval (arrivals, service), not (min_ns, max_ns) */
};

/* Zero where it says nothing: it is compared and folded as bytes. */
struct broker_output {
    uint8_t kind;  /* enum output_kind */
    uint8_t flags; /* enum output_flag */
    uint16_t connection;
    uint16_t timer;
    uint16_t reserved;
    uint64_t position;
    union {
        struct frame frame;
        struct record record;
        struct observation observation;
        struct {
            int64_t min_ns, max_ns;
        } arm;
    } u;
};
static_assert(sizeof(struct broker_output) == 80, "no padding in stored structs");

#endif
