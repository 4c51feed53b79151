/* The timed scheduler's state and the verbs of its files. Private to the room.
 *
 * What is pending in the world has a token in the event queue. Tokens are checked when they fire, not when things
 * change: a token of a connection or an actor carries its generation and is void when that has moved on (the slot was
 * closed, the node crashed). Tokens of frames are all alike: each lets the oldest frame of its direction arrive.
 *
 * A token passes up to three stations: ARRIVE (the network is done; the direction may be cut), then, at a node, its CPU
 * (a single server), then APPLY (a paused actor keeps it waiting). */
#ifndef CRASHQ_TIMED_STATE_H
#define CRASHQ_TIMED_STATE_H

#include "models/base/draw.h"
#include "sim/timed/event_queue.h"
#include "sim/timed/timed.h"

enum due_kind {
    DUE_ARRIVE,     /* something reaches an end: argument is the action's kind; value: 1 when it costs CPU */
    DUE_APPLY,      /* an action: argument is its kind */
    DUE_RETRANSMIT, /* connection, end: TCP tries again what a cut held up */
    DUE_FAULT,      /* argument: the fault begins (or is due again) */
    DUE_FAULT_OVER, /* argument: the fault; actor: on whom, connection: for a cut */
    DUE_LOAD_ENDS,
    DUE_END,
};

struct lane { /* one direction of one connection */
    int64_t last_due_ns;   /* nothing overtakes */
    int64_t free_ns;       /* when the link has sent what is queued on it */
    uint64_t frames;       /* sent so far over this slot: numbers the draws */
    uint32_t stalled[3];   /* held up by a cut: openings, frames, notices */
    uint8_t retries;       /* of the retransmission under way */
    uint8_t retransmitting;
    uint16_t cuts;         /* faults that cut this direction now */
};

struct seat { /* one actor, as its scheduler sees it */
    int64_t busy_until_ns; /* CPU */
    int64_t disk_until_ns;
    uint64_t draws;        /* timers, services, fsyncs so far: numbers the draws */
    uint64_t steps;        /* actions so far: keys the tapes */
    uint32_t generation;
    uint16_t pauses;       /* faults that pause it now */
    uint16_t silent;       /* it lost its power: peers hear nothing until it is back */
    event_handle timer[TIMERS_MAX];
    struct vector waiting; /* struct due: held by a pause */
};

struct process { /* a producer's arrivals */
    struct stream stream;
    int64_t next_ns;
    uint64_t index; /* into the trace */
};

struct timed {
    const struct world_shape *shape;
    const struct plan *plan;
    struct timed_options options;
    struct world *world;
    struct event_queue queue;
    struct history_totals totals;
    int64_t now_ns;
    enum timed_status status;
    const char *failure;
    bool load_over;
    /* arrays in one range behind this struct */
    struct seat *seats;         /* by actor */
    struct lane *lanes;         /* connection * 2 + end */
    uint32_t *generations;      /* by connection */
    struct process *processes;  /* by client */
    uint32_t *fault_active;     /* by fault: targets under it */
    struct stream *fault_streams;
    uint64_t range_bytes; /* of this struct and the arrays */
};

/* timed.c: applies an action now, and gives due times to what it made pending. */
void timed_apply(struct timed *timed, struct action *action);
void timed_tell(struct timed *timed, struct history_event *event);

/* pending.c */
void pending_schedule(struct timed *timed, const struct action *action, const struct world_effects *effects);

/* network.c */
void network_send(struct timed *timed, uint32_t connection, unsigned end, enum action_kind kind,
                  const struct frame *frame);
void network_send_at(struct timed *timed, uint32_t connection, unsigned end, enum action_kind kind,
                     int64_t earliest_ns);
void network_arrive(struct timed *timed, const struct due *due);
void network_retransmit(struct timed *timed, const struct due *due);
void network_closed(struct timed *timed, uint32_t connection);
uint64_t network_frame_bytes(const struct frame *frame);

/* station.c */
void station_enter(struct timed *timed, const struct due *due); /* CPU, then apply */
void station_apply(struct timed *timed, const struct due *due);
void station_resume(struct timed *timed, uint32_t actor);
bool due_is_void(const struct timed *timed, const struct due *due);

/* processes.c: when a timer of OUTPUT_PROCESS fires; NS_NEVER: it does not. *ret_value: what the action says. */
void processes_init(struct timed *timed);
int64_t process_due(struct timed *timed, uint32_t actor, uint32_t timer, uint64_t *ret_value);

/* faults.c */
void faults_init(struct timed *timed);
void fault_begin(struct timed *timed, uint32_t fault);
void fault_over(struct timed *timed, uint32_t fault, uint32_t actor, uint32_t connection);
void faults_heal(struct timed *timed);
void fault_break(struct timed *timed, uint32_t connection);

static inline struct lane *lane_of(const struct timed *timed, uint32_t connection, unsigned end)
{
    return &timed->lanes[2 * (uint64_t)connection + end];
}

#endif
