/* What a recorder keeps while it follows a run: private to recorder.c, which fills it, and to measures.c. */
#ifndef CRASHQ_RECORDER_H
#define CRASHQ_RECORDER_H

#include "analysis/availability.h"
#include "analysis/histogram.h"
#include "analysis/ledger.h"
#include "analysis/measures.h"

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
    WITNESS_SLOWEST, /* of each latency_kind */
    WITNESSES = WITNESS_SLOWEST + LATENCY_KINDS
};

struct queue_length {
    uint64_t ready, unacked, ready_max, unacked_max;
    int64_t since_ns;
    int128 ready_integral, unacked_integral; /* messages x ns */
};

struct producer_record {
    struct ledger *ledger;
    uint64_t delivered_max, completed_max; /* highest sequences so far */
    bool unasked;                          /* asks for no confirms */
};

struct recorder {
    const struct plan *plan;
    uint32_t nodes, clients;
    struct producer_record *producers; /* by client; consumers' stay empty */
    struct queue_length *queues;
    struct histogram *latency[LATENCY_KINDS];
    int64_t slowest_ns[LATENCY_KINDS];
    struct availability *publish, *delivery;
    uint64_t attempted, acknowledged, rejected, delivered, consumed, duplicated, reordered, reordered_completion,
        unexpected, returned;
    uint64_t offered, confirmed_in_load, consumed_in_load; /* after the warm-up, within the load phase */
    uint64_t *completed_by; /* by client; producers' stay 0 */
    uint64_t in_system;
    int64_t in_system_since_ns;
    int128 in_system_integral;
    int128 completion_sum_ns; /* of every message, the warm-up's too: Little's law in whole nanoseconds */
    uint64_t *fault_active;   /* targets under each fault */
    uint32_t faults_active;
    const char *fault_name;   /* the latest one that began, while any is under way */
    int64_t end_ns;
    struct witness witness[WITNESSES]; /* time_ns NS_NEVER: none */
};

#endif
