/* A plan built by hand, without a file: what tests of worlds and schedulers start from. One node n1, one durable
 * queue "orders" (fsync each), one producer web.1 (confirms, persistent), one consumer worker.1 (prefetch 2, manual
 * acks), no faults; `check:` allows two messages, no fault at all. The arrays have room for more: set what a test
 * needs, and the counts in `plan`. */
#ifndef CRASHQ_TESTS_SMALL_PLAN_H
#define CRASHQ_TESTS_SMALL_PLAN_H

#include "models/base/units.h"
#include "models/broker/broker.h"
#include "models/oracle/oracle.h"
#include "sim/plan/plan.h"

struct small_plan {
    struct plan plan; /* its arrays are those below: never plan_free() it, never copy it */
    struct plan_node nodes[NODES_MAX];
    struct plan_queue queues[4];
    struct plan_producer producers[4];
    struct plan_consumer consumers[4];
    struct plan_fault faults[8];
};

void small_plan_init(struct small_plan *small);

/* So many nodes, and "orders" replicated passively by all of them: n1 is its first primary, confirms wait for every
 * member of the in-sync set, what returns is brought up to date. */
void small_plan_cluster(struct small_plan *small, uint32_t nodes);

/* A fault at a time, for a length (0: it does not end). Hits all nodes. Returns it, for more to be said. */
struct plan_fault *small_plan_fault(struct small_plan *small, enum plan_fault_kind kind, int64_t at_ns, int64_t for_ns);

#endif
