/* The history of a run, streamed: nothing is stored. A sink sees every observation and every fault as it happens;
 * the fingerprint folds (time, action, digest of outputs) of every step. Analysis includes this header and nothing
 * else of the world. */
#ifndef CRASHQ_HISTORY_H
#define CRASHQ_HISTORY_H

#include "models/base/digest.h"
#include "models/broker/broker_io.h"
#include "models/oracle/oracle.h"
#include "sim/plan/plan.h"
#include "sim/world/action.h"

enum history_kind {
    HISTORY_OBSERVED,       /* observation */
    HISTORY_BREACH,         /* verdict: at least one property broken, by the observation just streamed */
    HISTORY_FAULT_BEGINS,   /* fault: index in plan->faults; actor: whom it hit (once per target) */
    HISTORY_FAULT_ENDS,
    HISTORY_FAULT_SKIPPED,  /* due again while still active, or nobody to hit */
    HISTORY_PHASE,          /* value: enum history_phase */
    HISTORY_GAVE_UP,        /* a failure detector: actor, a node, gives up its connection to the node `value` */
};
enum history_phase { PHASE_WARM_UP, PHASE_LOAD, PHASE_DRAIN, PHASE_END };

struct history_event {
    int64_t time_ns; /* since the run began = since the load phase began */
    int64_t late_ns; /* OBSERVED, of ATTEMPTED: how long before that the message came due: its producer was paused */
    enum history_kind kind;
    uint32_t fault;
    uint32_t actor;
    uint32_t value;
    const struct observation *observation; /* OBSERVED, BREACH */
    const struct verdict *verdict;         /* BREACH */
};

typedef void (*history_sink)(void *context, const struct history_event *event);

struct history_totals { /* kept by the scheduler */
    uint64_t events; /* actions applied */
    uint64_t frames, frame_bytes, fsyncs, stored_bytes; /* heartbeats are frames too */
    uint64_t heartbeats;
    uint64_t exercised[PROPERTY_COUNT], breaches[PROPERTY_COUNT];
    int64_t first_breach_ns[PROPERTY_COUNT]; /* NS_NEVER when none */
    uint64_t fault_fired[64];                /* per fault of the plan (first 64) */
    struct digest fingerprint;
    int64_t simulated_ns;
};

/* The digest of a step's outputs, in their order; and the fingerprint after a step on `action`. */
struct digest history_outputs(const struct broker_output *outputs, uint32_t count);
struct digest history_fold(struct digest running, int64_t time_ns, const struct action *action, struct digest outputs);

#endif
