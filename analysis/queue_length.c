/* How many messages wait in a queue and how many its consumers hold: as the node says that serves it. A passive queue
 * is served by the primary of the newest view alone; an active one by all its replicas, which hold much the same: the
 * longest of them counts, so that no message counts twice. A replica that returns still holds what its consumers have
 * meanwhile had from the others: that waits, too, until they come and acknowledge it. */
#include "analysis/recorder.h"

/* `held`: ready and unacknowledged at one node. */
static void queue_length_is(struct recorder *recorder, struct queue_length *queue, int64_t now_ns, uint64_t ready,
                            uint64_t unacked, uint64_t held)
{
    queue->ready_integral += (int128)queue->ready * (now_ns - queue->since_ns);
    queue->held_integral += (int128)queue->held * (now_ns - queue->since_ns);
    queue->since_ns = now_ns;
    recorder->waiting += ready - queue->ready;
    queue->ready = ready;
    queue->held = held;
    queue->ready_max = MAX(queue->ready_max, ready);
    queue->unacked_max = MAX(queue->unacked_max, unacked);
    timeline_waiting(recorder->timeline, now_ns, recorder->waiting);
}

static void queue_length_of_replicas(struct recorder *recorder, struct queue_length *queue, int64_t now_ns)
{
    uint64_t ready = 0, unacked = 0, held = 0;
    for (uint32_t node = 0; node < recorder->nodes; node++) {
        ready = MAX(ready, queue->ready_at[node]);
        unacked = MAX(unacked, queue->unacked_at[node]);
        held = MAX(held, queue->ready_at[node] + queue->unacked_at[node]);
    }
    queue_length_is(recorder, queue, now_ns, ready, unacked, held);
}

void queue_length_seen(struct recorder *recorder, int64_t now_ns, const struct observation *seen)
{
    if (seen->queue >= recorder->plan->queue_count || seen->actor >= recorder->nodes)
        return;
    struct queue_length *queue = &recorder->queues[seen->queue];
    const struct queue_watch *watch = &recorder->watches[seen->queue];
    uint8_t replication = recorder->plan->queues[seen->queue].replication;
    if (replication == REPLICATION_ACTIVE) {
        queue->ready_at[seen->actor] = seen->value;
        queue->unacked_at[seen->actor] = seen->tag;
        queue_length_of_replicas(recorder, queue, now_ns);
    } else if (replication == REPLICATION_NONE || watch->epoch == 0 || watch->primary == seen->actor) {
        queue_length_is(recorder, queue, now_ns, seen->value, seen->tag, seen->value + seen->tag);
    }
}

void queue_length_crashed(struct recorder *recorder, int64_t now_ns, const struct observation *seen)
{
    for (uint32_t queue = 0; queue < recorder->plan->queue_count && seen->actor < recorder->nodes; queue++) {
        struct queue_length *length = &recorder->queues[queue];
        length->ready_at[seen->actor] = length->unacked_at[seen->actor] = 0;
        if (recorder->plan->queues[queue].replication == REPLICATION_ACTIVE)
            queue_length_of_replicas(recorder, length, now_ns);
    }
}
