/* A scenario as plain data: what the loader makes of a file, with every default filled in. No behaviour, no pointers
 * into the file; the plan owns its arrays and strings (plan_free). All times are nanoseconds, all shares parts per
 * million. */
#ifndef CRASHQ_PLAN_H
#define CRASHQ_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "models/base/limits.h"
#include "models/base/variate.h"

struct plan_place { /* where in its file something was said; line and column from 1, 0 = a default */
    uint32_t line, column;
};

struct plan_node {
    char *name;
};

struct plan_queue {
    char *name;
    bool durable;
    uint8_t fsync;    /* enum fsync_policy */
    uint8_t dispatch; /* enum dispatch_policy */
    int64_t fsync_interval_ns;
    uint8_t replication;   /* enum replication */
    uint8_t confirm_after; /* PASSIVE: enum confirm_after */
    bool catch_up;
    uint16_t replicas; /* bit per node; NONE: `first` alone */
    uint16_t first;    /* node: the first primary, or the only one */
    int64_t ship_every_ns, ship_delay_ns; /* 0: at once */
    uint32_t acks_needed; /* ACTIVE: replicas that must have confirmed, at the producer; 0: all it is connected to */
};

enum plan_arrivals { ARRIVALS_POISSON, ARRIVALS_PERIODIC, ARRIVALS_TRACE, ARRIVALS_CLOSED_LOOP };

struct plan_producer {
    char *name;
    uint32_t count;
    uint32_t queue; /* index, or UINT32_MAX - 1 for "a queue that does not exist" (unroutable) */
    uint8_t arrivals; /* enum plan_arrivals */
    bool confirms, mandatory, persistent;
    struct variate interval; /* POISSON: exponential; PERIODIC: whatever was said */
    int64_t *trace_ns;       /* TRACE: times since the load phase began */
    uint32_t *trace_size;    /* TRACE: bytes, or NULL */
    uint64_t trace_count;
    char *trace_file;
    uint64_t messages; /* 0 = until the load phase ends */
    uint32_t size_bytes;
    uint32_t in_flight_max; /* 0 = unlimited */
    uint32_t attempts_max;  /* 0 = unlimited */
    int64_t deadline_ns, retry_timeout_ns, backoff_min_ns, backoff_max_ns, connect_timeout_ns;
    uint32_t first_node; /* where its list starts */
};

struct plan_consumer {
    char *name;
    uint32_t count;
    uint32_t queue;
    uint32_t prefetch; /* 0 = unlimited */
    bool auto_ack, requeue;
    struct variate service;
    uint32_t dedupe_window;
    uint32_t reject_ppm, ack_again_ppm;
    int64_t backoff_min_ns, backoff_max_ns, connect_timeout_ns;
    uint32_t first_node;
};

enum plan_fault_kind {
    FAULT_CRASH, /* a node or a client */
    FAULT_PAUSE,
    FAULT_DISCONNECT,
    FAULT_CUT,
    FAULT_PARTITION, /* `groups` */
    FAULT_ISOLATE,   /* `target` from everybody */
    FAULT_DEGRADE,   /* links between `target` and `other` */
    FAULT_STALL,     /* consumers: hold their messages */
    FAULT_KINDS
};
enum plan_in_flight { IN_FLIGHT_DELIVERED, IN_FLIGHT_LOST, IN_FLIGHT_DRAWN };

/* A selector, resolved as far as the file alone allows: evaluated when the fault fires. */
enum plan_selector_kind {
    SELECT_ALL_NODES,
    SELECT_NODES,
    SELECT_RANDOM_NODES,
    SELECT_PRIMARY,  /* of `queue`: the node that serves it now */
    SELECT_BACKUPS,  /* of `queue`: its other replicas */
    SELECT_REPLICAS, /* of `queue` */
    SELECT_PRODUCER, /* from here on clients */
    SELECT_CONSUMER,
};
struct plan_selector {
    uint8_t kind;      /* enum plan_selector_kind */
    uint64_t nodes;    /* NODES: bit per node */
    uint32_t queue;    /* PRIMARY, BACKUPS, REPLICAS */
    uint32_t count;    /* RANDOM_NODES, BACKUPS, REPLICAS: so many at random; 0: all */
    uint32_t client;   /* PRODUCER, CONSUMER: index of the group */
    uint32_t member;   /* PRODUCER, CONSUMER: 1-based, 0 = all of them */
};

struct plan_group { /* of a partition */
    struct plan_selector *members;
    uint32_t count;
};

struct plan_fault {
    char *name; /* given, or "KIND" + number */
    uint8_t kind; /* enum plan_fault_kind */
    bool power;         /* CRASH: the machine dies */
    uint8_t in_flight;  /* CRASH: enum plan_in_flight */
    bool recurring;     /* `every`; otherwise `at` */
    bool one_way;       /* CUT, DEGRADE: only from target to other */
    bool wipe;          /* CRASH: the disk is lost */
    struct variate at;      /* time since the load phase began; `every`: the interval */
    int64_t from_ns, until_ns; /* `every` */
    bool ends;              /* has `for` or `restart` */
    struct variate length;  /* `for`, `restart` */
    struct plan_selector target; /* CUT: one end */
    struct plan_selector other;  /* CUT, DEGRADE: the other end */
    struct plan_group *groups;   /* PARTITION: no packet between two of them; whoever is in none reaches everybody,
                                    whoever is in several belongs to the first */
    uint32_t group_count;
    bool latency_given, latency_adds; /* DEGRADE */
    struct variate latency;
    uint32_t loss_ppm;                /* DEGRADE: beside the network's own */
    struct plan_place place;
};

enum plan_condition {
    CONDITION_EQUAL,
    CONDITION_LESS,
    CONDITION_AT_MOST,
    CONDITION_MORE,
    CONDITION_AT_LEAST,
    CONDITION_BETWEEN,
    CONDITION_NEAR,
};
enum plan_expect_over { EXPECT_EVERY_RUN, EXPECT_MEAN };
enum plan_expect_list { /* a list puts nothing to the test when it is empty, unless it is counted */
    EXPECT_VALUE, /* no list: one value */
    EXPECT_ALL,   /* of each entry: failover.recovery */
    EXPECT_ANY,
    EXPECT_COUNT, /* how many entries there are (failover), or have this value */
};
/* `expect`: a measure's path in result.json and a condition. Numbers are seconds, shares in 0..1, or counts, as in
 * result.json. */
struct plan_expectation {
    char *path; /* full path: availability.publish.requests */
    char *text; /* as written, for reports: "lost = 0" */
    char *said, *wanted; /* the parts of `text`: the path and the condition as written */
    uint8_t over;      /* enum plan_expect_over */
    uint8_t list;      /* enum plan_expect_list */
    uint8_t condition; /* enum plan_condition */
    double low, high;  /* BETWEEN; NEAR: value and the half-width allowed, absolute */
    struct plan_place place;
};

struct plan_check { /* bounds of the model checker */
    uint32_t messages, crashes, restarts, disconnects, timeouts, power_losses, suspicions, ticks;
    uint32_t states_max_millions; /* budget */
    uint32_t properties; /* bits of enum property; all by default */
    uint32_t reconnects; /* if they are bounded */
    bool reconnects_bounded;
    bool given;
    bool settled; /* from: settled (true) or boot */
};

struct plan_table { /* the values of an empirical distribution, which several variates may share */
    char *file;
    int64_t *values_ns; /* ascending */
    uint32_t count;
};

struct plan {
    char *name, *description, *file;
    char *variant; /* which of the file's variants this is, and then part of `name`; NULL: the scenario itself */
    uint64_t seed;
    int64_t duration_ns, warm_up_ns, drain_ns;
    bool heal; /* drain.heal: all (true) or none */
    int64_t window_ns, deadline_ns; /* measures */
    uint32_t threshold_ppm;

    struct plan_node *nodes;
    uint32_t node_count;
    struct variate cpu;           /* per message at a node */
    struct variate disk_append, disk_fsync;
    uint64_t disk_bandwidth;      /* bytes per second, 0 = unlimited */

    uint8_t partition_handling;   /* enum partition_handling */
    int64_t detector_ns, client_detector_ns; /* heartbeat time-out between nodes, and of clients; 0: none */

    struct variate latency;       /* one way, per frame */
    uint64_t bandwidth;           /* bytes per second per link direction, 0 = unlimited */
    uint32_t loss_ppm;            /* of packets */

    struct plan_queue *queues;
    uint32_t queue_count;
    struct plan_producer *producers;
    uint32_t producer_count;
    struct plan_consumer *consumers;
    uint32_t consumer_count;
    struct plan_fault *faults;
    uint32_t fault_count;
    struct plan_expectation *expectations;
    uint32_t expectation_count;
    struct plan_check check;
    struct plan_table *tables; /* what the variates' tables point to */
    uint32_t table_count;
};

#endif
