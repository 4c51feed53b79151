/* What a plan's configuration promises: what may happen in it, asked of the oracle's one function queue by queue. */
#include <stddef.h>

#include "models/base/intmath.h"
#include "models/base/units.h"
#include "sim/world/shape.h"

#define FRAME_BYTES_ABOUT 65                  /* beside a message's body */
#define ONE_IN_2_40 (UINT64_MAX << (64 - 40)) /* the draw that one in so many exceeds: runs make fewer */

/* ---- what may happen: the faults of the scenario in a run, the bounds of `check:` in a check ---- */

static bool fault_crashes(const struct plan_fault *fault, bool a_client)
{
    return fault->kind == FAULT_CRASH && (fault->target.kind >= SELECT_PRODUCER) == a_client;
}

static bool may_crash(const struct world_shape *shape, bool power)
{
    const struct plan *plan = shape->plan;
    if (shape->purpose == SHAPE_CHECK)
        return (power ? plan->check.power_losses : plan->check.crashes) > 0;
    for (uint32_t i = 0; i < plan->fault_count; i++)
        if (fault_crashes(&plan->faults[i], false) && plan->faults[i].power == power)
            return true;
    return false;
}

static bool may_wipe(const struct world_shape *shape)
{
    const struct plan *plan = shape->plan;
    for (uint32_t i = 0; shape->purpose == SHAPE_RUN && i < plan->fault_count; i++)
        if (fault_crashes(&plan->faults[i], false) && plan->faults[i].wipe)
            return true;
    return false;
}

static bool may_crash_clients(const struct world_shape *shape)
{
    const struct plan *plan = shape->plan;
    for (uint32_t i = 0; shape->purpose == SHAPE_RUN && i < plan->fault_count; i++)
        if (fault_crashes(&plan->faults[i], true))
            return true;
    return false;
}

static uint32_t largest_message(const struct plan *plan)
{
    uint32_t largest = 0;
    for (uint32_t i = 0; i < plan->producer_count; i++) {
        const struct plan_producer *producer = &plan->producers[i];
        largest = producer->size_bytes > largest ? producer->size_bytes : largest;
        for (uint64_t message = 0; producer->trace_size != NULL && message < producer->trace_count; message++)
            largest = producer->trace_size[message] > largest ? producer->trace_size[message] : largest;
    }
    return largest;
}

/* How late a frame may be on a link that nothing is wrong with: a slow one, behind a full window of the largest. */
static int64_t slowest_ns(const struct world_shape *shape)
{
    const struct plan *plan = shape->plan;
    int64_t latency_ns = variate_at(&plan->latency, ONE_IN_2_40);
    int64_t window_bytes = (int64_t)shape->connection_frames * (FRAME_BYTES_ABOUT + (int64_t)largest_message(plan));
    if (plan->bandwidth == 0 || plan->bandwidth > INT64_MAX)
        return latency_ns;
    int64_t waits_ns = intmath_mul_div(window_bytes, NS_PER_S, (int64_t)plan->bandwidth);
    return latency_ns > INT64_MAX - waits_ns ? INT64_MAX : latency_ns + waits_ns;
}

/* Can a living peer be silent for so long that a detector loses its patience? Whoever just opened a connection and has
 * nothing to say is first heard a round trip and half a time-out later. */
static bool may_be_late(const struct world_shape *shape, int64_t patience_ns)
{
    return shape->purpose == SHAPE_RUN && patience_ns > 0 && slowest_ns(shape) >= patience_ns / 2;
}

/* Can a client, or a node of another, be rid of a connection whose other end, alive, still takes it for a good one? By
 * a reset, and by silence (a cut, a pause, retransmissions, a network slower than its detector bears) in which it loses
 * its patience. A stalled consumer is not silent. */
static bool may_disconnect(const struct world_shape *shape)
{
    const struct plan *plan = shape->plan;
    if (shape->purpose == SHAPE_CHECK)
        return plan->check.disconnects > 0 || plan->check.timeouts > 0;
    for (uint32_t i = 0; i < plan->fault_count; i++)
        if (plan->faults[i].kind != FAULT_CRASH && plan->faults[i].kind != FAULT_STALL)
            return true;
    return plan->loss_ppm > 0 || may_be_late(shape, plan->client_detector_ns);
}

static bool may_suspect(const struct world_shape *shape)
{
    return may_disconnect(shape) || may_be_late(shape, shape->plan->detector_ns) ||
           (shape->purpose == SHAPE_CHECK && shape->plan->check.suspicions + shape->plan->check.ticks > 0);
}

/* ---- what is asked ---- */

/* Does a dedupe window hold all messages that a queue will ever see? */
static bool dedupe_covers(const struct plan *plan, uint32_t queue, uint32_t window)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < plan->producer_count; i++) {
        const struct plan_producer *producer = &plan->producers[i];
        if (producer->queue == queue && producer->messages == 0 && producer->trace_count == 0)
            return false; /* nobody knows how many */
        uint64_t each = producer->messages > 0 ? producer->messages : producer->trace_count;
        total += producer->queue == queue ? each * producer->count : 0;
    }
    return window > 0 && total <= window;
}

uint32_t shape_queue_consumers(const struct world_shape *shape, uint32_t queue)
{
    const struct plan *plan = shape->plan;
    uint32_t consumers = 0;
    for (uint32_t i = 0; i < plan->consumer_count; i++)
        if (plan->consumers[i].queue == queue)
            consumers += plan->consumers[i].count;
    return consumers;
}

static void question_clients(const struct plan *plan, uint32_t queue, struct promise_question *question)
{
    for (uint32_t i = 0; i < plan->producer_count; i++)
        if (plan->producers[i].queue == queue) {
            question->persistent &= plan->producers[i].persistent;
            question->confirms &= plan->producers[i].confirms;
        }
    for (uint32_t i = 0; i < plan->consumer_count; i++)
        if (plan->consumers[i].queue == queue && !dedupe_covers(plan, queue, plan->consumers[i].dedupe_window))
            question->dedupe_short = 1;
}

static struct promise_question queue_question(const struct world_shape *shape, uint32_t queue)
{
    const struct plan_queue *plan = &shape->plan->queues[queue];
    uint32_t consumers = shape_queue_consumers(shape, queue);
    struct promise_question question = {
        .replication = plan->replication,
        .confirm_after = plan->confirm_after,
        .catch_up = plan->catch_up,
        .partition_handling = shape->plan->partition_handling,
        .durable = plan->durable,
        .persistent = 1,
        .confirms = 1,
        .fsync = plan->fsync,
        .consumers = (uint8_t)(consumers < UINT8_MAX ? consumers : UINT8_MAX),
        .power_loss = may_crash(shape, true),
        .crash = may_crash(shape, false),
        .disconnect = may_disconnect(shape),
        .suspicion = may_suspect(shape),
        .wipe = may_wipe(shape),
        .consumer_crash = may_crash_clients(shape),
    };
    question_clients(shape->plan, queue, &question);
    return question;
}

uint32_t shape_promises(const struct world_shape *shape)
{
    uint32_t promised = (1u << PROPERTY_COUNT) - 1;
    for (uint32_t queue = 0; queue < shape->plan->queue_count; queue++) {
        struct promise_question question = queue_question(shape, queue);
        promised &= oracle_promises(&question);
    }
    return promised;
}
