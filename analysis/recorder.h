/* What a recorder keeps while it follows a run: private to recorder.c and the files that fill it with it, and to
 * measures.c. */
#ifndef CRASHQ_RECORDER_H
#define CRASHQ_RECORDER_H

#include "analysis/availability.h"
#include "analysis/histogram.h"
#include "analysis/intervals.h"
#include "analysis/ledger.h"
#include "analysis/measures.h"
#include "analysis/timeline.h"
#include "models/base/units.h"

__extension__ typedef __int128 int128;

enum latency_kind {
    LATENCY_CONFIRM,
    LATENCY_DELIVERY,
    LATENCY_COMPLETION,
    LATENCY_FAULTS,
    LATENCY_OTHERWISE,
    LATENCY_KINDS
};

/* The first message of which something was true, for a report that names one. */
enum witness_kind {
    WITNESS_REJECTED,
    WITNESS_DUPLICATED,
    WITNESS_REORDERED,
    WITNESS_REORDERED_COMPLETION,
    WITNESS_UNEXPECTED,
    WITNESS_RETURNED,
    WITNESS_UNANSWERED, /* from here on: known at the end */
    WITNESS_LOST,
    WITNESS_KEPT,
    WITNESS_MISSING,
    WITNESS_RECOVERED,
    WITNESS_UNPROCESSED,
    WITNESS_SLOWEST, /* of each latency_kind */
    WITNESSES = WITNESS_SLOWEST + LATENCY_KINDS
};

struct queue_length { /* of the node that serves it; of several (active) the longest */
    uint64_t ready_at[NODES_MAX], unacked_at[NODES_MAX];
    uint64_t ready, held, ready_max, unacked_max;
    int64_t since_ns;
    int128 ready_integral, held_integral; /* messages x ns */
};

/* A replicated queue, as its nodes report their roles. */
struct queue_watch {
    uint64_t epoch; /* of the newest view that a primary committed; 0: none yet */
    uint32_t primary;
    uint16_t in_sync;
    uint16_t standing; /* bit per node that asks for votes */
    uint8_t role[NODES_MAX];
    uint32_t in_sync_min;
    uint64_t leader_changes;
    int64_t noticed_ns;   /* a replica lost its primary, since the latest fault; NS_NEVER: not yet */
    int64_t explained_ns; /* the fault that the latest failover goes back to */
    guint failover;       /* index + 1 of the latest one */
};

/* What hit a node, or (the last of them) links. */
struct hit {
    const char *name; /* the latest fault; NULL: none yet */
    int64_t time_ns;
    uint32_t active; /* faults under way */
    uint32_t paused; /* ... of which it is paused by so many */
};

struct producer_record {
    struct ledger *ledger;
    uint32_t queue;
    struct intervals *appended; /* by node, of an active queue; NULL: of another */
    uint64_t delivered_max, completed_max; /* highest sequences so far */
    bool unasked;                          /* asks for no confirms */
};

struct recorder {
    const struct plan *plan;
    uint32_t nodes, clients;
    struct producer_record *producers; /* by client; consumers' stay empty */
    struct queue_length *queues;
    uint64_t waiting; /* ready in all of them */
    struct timeline *timeline;
    struct histogram *latency[LATENCY_KINDS];
    int64_t slowest_ns[LATENCY_KINDS];
    struct availability *publish, *delivery;
    uint64_t attempted, asked, acknowledged, rejected, delivered, consumed, duplicated, reordered, reordered_completion,
        unexpected, returned;
    uint64_t offered, confirmed_in_load, consumed_in_load; /* after the warm-up, within the load phase */
    uint64_t *completed_by; /* by client; producers' stay 0 */
    uint64_t in_system;
    int64_t in_system_since_ns;
    int128 in_system_integral;
    int128 completion_sum_ns; /* of every message, the warm-up's too: Little's law in whole nanoseconds */
    uint32_t *fault_active; /* targets under each fault */
    GArray *faults_active;  /* uint32_t, in the order in which they began */
    struct queue_watch *watches;
    struct hit *hits; /* by node, then one of links */
    GArray *failovers; /* struct failover */
    uint64_t elections_held, elections_split, detections, mistakes;
    int64_t detection_sum_ns, detection_max_ns;
    bool two_primaries;
    int64_t two_primaries_since_ns, two_primaries_ns;
    int64_t end_ns;
    struct witness witness[WITNESSES]; /* time_ns NS_NEVER: none */
};

/* holdings.c */
void holdings_held(struct recorder *recorder, const struct observation *seen);
void holdings_left(struct recorder *recorder, const struct observation *seen);
void holdings_crashed(struct recorder *recorder, const struct observation *seen);
void holdings_recovered(struct recorder *recorder, const struct observation *seen);

/* faults.c */
const char *faults_cause_publishing(const struct recorder *recorder); /* NULL: none is under way */
const char *faults_cause_delivery(const struct recorder *recorder);
void faults_begins(struct recorder *recorder, const struct history_event *event);
void faults_ends(struct recorder *recorder, const struct history_event *event);

/* cluster.c */
void cluster_role(struct recorder *recorder, int64_t now_ns, const struct observation *seen);
void cluster_crashed(struct recorder *recorder, int64_t now_ns, const struct observation *seen);
void cluster_confirmed(struct recorder *recorder, int64_t now_ns, uint32_t queue, uint32_t node);
void cluster_fault_begins(struct recorder *recorder, int64_t now_ns, const struct history_event *event);
void cluster_fault_ends(struct recorder *recorder, int64_t now_ns, const struct history_event *event);
void cluster_gave_up(struct recorder *recorder, int64_t now_ns, const struct history_event *event);

/* queue_length.c */
void queue_length_seen(struct recorder *recorder, int64_t now_ns, const struct observation *seen);
void queue_length_crashed(struct recorder *recorder, int64_t now_ns, const struct observation *seen);

/* measures.c */
void measures_add(struct measures *measures, char *path, enum measure_kind kind, double value);
void measures_count(struct measures *measures, const char *path, uint64_t count);
void measures_count_if(struct measures *measures, const char *path, bool applies, uint64_t count);
char *measures_path(const char *kind, const char *name, const char *measure);
/* measures_cluster.c */
void measures_replicas(struct measures *measures, const struct recorder *recorder, uint32_t queue);
void measures_cluster(struct measures *measures, const struct recorder *recorder);

#endif
