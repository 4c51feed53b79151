/* Dispatch: which consumer gets the next message.
 *
 * A consumer is a taker while its connection can be written to and it holds fewer unacknowledged messages than
 * its prefetch (AMQP 0-9-1 basic.qos, 1.8.3.1; automatic acks know no prefetch). dispatch_refresh() is the only
 * judge of that and is asked after everything that could change it, so a delivery is: a queue with both a ready
 * message and a taker, the next message, the next taker. */
#include "models/base/choice.h"
#include "models/broker/broker_core.h"

static bool dispatch_may_take(const struct node *node, const struct connection *connection)
{
    if (!connection->consuming || connection->blocked || connection->held > 0)
        return false;
    if (connection->auto_ack || connection->prefetch == 0)
        return true;
    return unacked_at(node, connection->unacked)->by_tag.count < connection->prefetch;
}

void dispatch_refresh(struct node *node, uint16_t slot)
{
    struct connection *connection = connection_at(node, slot);
    struct queue *queue = queue_at(node, connection->queue);
    bool taker = dispatch_may_take(node, connection);
    if (!slots_change(node, connection->queue, slot, taker))
        return;
    queue->takers += taker ? 1 : UINT32_MAX;
    uint64_t bit = UINT64_C(1) << connection->queue;
    if (queue->takers > 0)
        node->taking_queues |= bit;
    else
        node->taking_queues &= ~bit;
}

/* False: this step has no choice left. */
static bool dispatch_pick(struct step *step, uint16_t index, uint16_t *ret_slot)
{
    struct node *node = step->node;
    struct queue *queue = queue_at(node, index);
    CHECK(queue->takers > 0);
    if (queue->dispatch != DISPATCH_RANDOM) {
        *ret_slot = slots_from(node, index, queue->next_slot);
        queue->next_slot = *ret_slot + 1 < node->connections ? (uint16_t)(*ret_slot + 1) : 0;
        return true;
    }
    if (queue->takers > 1) { /* among one there is no choice */
        if (step->picks == 0)
            return false;
        step->picks--;
    }
    *ret_slot = slots_nth(node, index, choice_pick(step->in->tape, queue->takers, CHOICE_DISPATCH));
    return true;
}

static void dispatch_deliver(struct step *step, uint16_t index, uint16_t slot)
{
    struct node *node = step->node;
    struct connection *connection = connection_at(node, slot);
    struct entry_ref ref = queue_next(step, index);
    const struct entry *entry = entry_at(node, ref);
    uint64_t tag = connection->next_tag++;
    step_send(step, slot,
              &(struct frame){
                  .kind = FRAME_DELIVER,
                  .flags = entry->redelivered ? FRAME_REDELIVERED : 0,
                  .queue = index,
                  .tag = tag,
                  .message = entry->message,
              });
    if (connection->auto_ack) {
        queue_end(step, ref, OBSERVE_SETTLED);
        return;
    }
    struct unacked *unacked = unacked_at(node, connection->unacked);
    CHECK(connection->prefetch == 0 || unacked->by_tag.count < connection->prefetch);
    bool put = omap_put(&node->arena, &unacked->by_tag, tag, ref.at);
    CHECK(put);
    dispatch_refresh(node, slot);
}

void dispatch_ready(struct step *step)
{
    const struct node *node = step->node;
    for (uint64_t both; (both = node->ready_queues & node->taking_queues & node->serving) != 0;) {
        uint16_t index = (uint16_t)__builtin_ctzll(both), slot;
        if (!step_afford(step, 3) || !dispatch_pick(step, index, &slot))
            return;
        dispatch_deliver(step, index, slot);
    }
}
