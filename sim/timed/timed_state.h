/* The timed scheduler's state and the verbs of its files. Private to the room.
 *
 * What is pending in the world has a token in the event queue. Tokens are checked when they fire, not when things
 * change: a token of a connection or an actor carries its generation and is void when that has moved on (the slot was
 * closed, the node crashed). Tokens of frames are all alike: each lets the oldest frame of its direction arrive.
 *
 * A token passes up to three stations: ARRIVE (the direction may be cut), SERVE (the network is done; at a node the
 * CPU, a single server, comes next) and APPLY. A paused actor keeps what comes to SERVE and to APPLY waiting. What its
 * CPU had already taken on when the pause began counts as served by its end.
 *
 * Draws are keyed by names: an actor's, a link's, a fault's. So whoever is added beside them moves none. */
#ifndef CRASHQ_TIMED_STATE_H
#define CRASHQ_TIMED_STATE_H

#include "models/base/digest.h"
#include "models/base/draw.h"
#include "models/base/units.h"
#include "sim/timed/event_queue.h"
#include "sim/timed/timed.h"
#include "sim/world/watch.h"

enum due_kind {
    DUE_ARRIVE,     /* something reaches an end: argument is the action's kind */
    DUE_SERVE,      /* ... and nothing holds it up on the way */
    DUE_APPLY,      /* an action: argument is its kind */
    DUE_RETRANSMIT, /* connection, end: TCP tries again what a cut held up */
    DUE_BEAT,       /* connection, end: that end's detector looks whether it should send a heartbeat */
    DUE_LOOK,       /* connection, end: ... and whether it heard anything */
    DUE_HEARTBEAT,  /* connection, end: a heartbeat arrives there */
    DUE_FAULT,      /* argument: the fault begins (or is due again) */
    DUE_FAULT_OVER, /* argument: the fault; actor: on whom, connection: the other end of a cut */
    DUE_LOAD_ENDS,
    DUE_END,
};

struct lane { /* one direction of one connection */
    int64_t last_due_ns;   /* nothing overtakes */
    int64_t free_ns;       /* when the link has sent what is queued on it */
    uint64_t identity;     /* from whom to whom: keys the draws, equal for both slots of a pair */
    uint64_t numbered;     /* sent without a message so far, over both slots of the pair (kept at the first) */
    uint32_t stalled[4];   /* held up by a cut: openings, frames, notices, heartbeats */
    uint8_t retries;       /* retransmissions of what is held up, so far */
    uint8_t retransmitting;
    uint16_t cuts;         /* faults that cut this direction now */
    uint16_t degraded;     /* 1 + the fault that makes it slow or lossy now; 0: none */
    struct watch watch;    /* the failure detector of the actor at its end */
    uint64_t heartbeats;   /* sent so far over both slots of the pair (kept at the first): numbers their draws */
    uint64_t openings;     /* ... and how often its end opened */
};

struct seat { /* one actor, as its scheduler sees it */
    int64_t busy_until_ns; /* CPU */
    int64_t disk_until_ns;
    uint64_t identity;     /* its name's: keys its draws */
    uint64_t draws[DRAW_PURPOSES]; /* so far, by purpose: number them */
    uint32_t generation;   /* deaths so far */
    uint16_t pauses;       /* faults that pause it now */
    uint16_t stalls;       /* ... and that make a consumer hold its messages */
    uint16_t silent;       /* it lost its power: peers hear nothing until it is back */
    event_handle timer[TIMERS_MAX];
    struct vector waiting; /* struct due: held by a pause */
};

struct process { /* a producer's arrivals */
    struct stream stream;
    int64_t next_ns;
    int64_t due_ns; /* when the message comes due whose timer is armed, or that was attempted last */
    uint64_t index; /* into the trace */
};

struct fault_state {
    struct stream schedule; /* when it strikes */
    uint64_t identity;      /* its name's: keys what else it draws */
    uint64_t struck;        /* times it was due: numbers those */
    uint32_t active;        /* targets under it */
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
    struct fault_state *faults; /* by fault */
    uint32_t *under;            /* fault * actors + actor: how often it is a target under that fault */
    uint64_t range_bytes; /* of this struct and the arrays */
};

/* timed.c: applies an action now, and gives due times to what it made pending. */
void timed_apply(struct timed *timed, struct action *action);
void timed_judge(struct timed *timed, const struct observation *seen); /* what the world does not know of */
void timed_tell(struct timed *timed, struct history_event *event);

/* pending.c */
void pending_schedule(struct timed *timed, const struct world_effects *effects);

/* network.c */
void network_send(struct timed *timed, uint32_t connection, unsigned end, enum action_kind kind,
                  const struct frame *frame);
/* A notice that comes by itself, beside the lane: over the network, or (`local`) from the end's own TCP. */
void network_notice_at(struct timed *timed, uint32_t connection, unsigned end, int64_t time_ns, bool local);
int64_t network_gives_up_ns(void); /* from the first stall to the end of the connection */
void network_init(struct timed *timed);
void network_arrive(struct timed *timed, const struct due *due);
bool network_holds_up(struct timed *timed, const struct due *due); /* whether a cut keeps this from arriving now */
void network_retransmit(struct timed *timed, const struct due *due);
void network_closed(struct timed *timed, uint32_t connection);
uint64_t network_frame_bytes(const struct frame *frame);

/* When something that leaves now arrives at an end: `identity` and `index` key its draws. */
int64_t network_due(struct timed *timed, uint32_t connection, unsigned end, uint64_t identity, uint64_t index,
                    uint64_t bytes);

/* heartbeat.c */
void heartbeat_opened(struct timed *timed, uint32_t connection, unsigned end); /* that end is open from now on */
/* How long after its end opened the `opening`th time (from 0) its detector looks first: 1 ns to T. */
int64_t heartbeat_phase_ns(const struct timed *timed, uint32_t connection, unsigned end, uint64_t opening);
void heartbeat_beat(struct timed *timed, const struct due *due);
void heartbeat_look(struct timed *timed, const struct due *due);
void heartbeat_arrive(struct timed *timed, const struct due *due);

/* station.c */
void station_serve(struct timed *timed, const struct due *due); /* CPU, then apply */
void station_apply(struct timed *timed, const struct due *due);
void station_wait(struct timed *timed, const struct due *due); /* until its actor resumes */
void station_resume(struct timed *timed, uint32_t actor);
bool due_is_void(const struct timed *timed, const struct due *due);

/* processes.c: when a timer of OUTPUT_PROCESS fires; NS_NEVER: it does not. *ret_value: what the action says. */
void processes_init(struct timed *timed);
int64_t process_due(struct timed *timed, uint32_t actor, uint32_t timer, uint64_t *ret_value);

/* faults.c */
void faults_init(struct timed *timed);
void fault_begin(struct timed *timed, uint32_t fault);
void fault_over(struct timed *timed, const struct due *due);
void faults_heal(struct timed *timed);

/* The next draw of an actor for that purpose. */
static inline uint64_t seat_draw(struct timed *timed, uint32_t actor, enum draw_purpose purpose)
{
    struct seat *seat = &timed->seats[actor];
    return draw_keyed(timed->options.seed, purpose, seat->identity, seat->draws[purpose]++);
}

static inline struct lane *lane_of(const struct timed *timed, uint32_t connection, unsigned end)
{
    return &timed->lanes[2 * (uint64_t)connection + end];
}

#endif
