/* A queue: messages in the order of their places (AMQP 0-9-1, 4.7: content ordering).
 *
 * A place is given once, on entry. Fresh messages form a list. What comes back lies in a map by place, and goes
 * first: whatever was delivered was the first in line, so it stood before all that is still fresh. Taking is
 * O(1) while nothing was requeued and O(log n) otherwise, and a message that comes back stands exactly where it
 * stood.
 *
 * All messages of a replicated queue also lie in its replica's index. While another node leads, that is the only place
 * for them, so one that comes back goes nowhere else. */
#include "models/broker/broker_core.h"

void queue_touch(struct step *step, uint16_t index, const struct queue *queue)
{
    uint64_t bit = UINT64_C(1) << index;
    step->touched_count += (step->touched & bit) == 0;
    step->touched |= bit;
    if (queue_ready(queue) > 0)
        step->node->ready_queues |= bit;
    else
        step->node->ready_queues &= ~bit;
}

struct entry_ref queue_enter(struct node *node, const struct message *message, uint64_t place)
{
    CHECK(node->messages < node->messages_max);
    CHECK(place > 0);
    struct entry_ref ref = {node_take(node, UNITS_OF(struct entry))};
    struct entry *entry = entry_at(node, ref);
    entry->message = *message;
    entry->place = place;
    node->messages++;
    if (queue_is_passive(node, message->queue)) {
        bool put = omap_put(&node->arena, &replica_at(node, message->queue)->index, place, ref.at);
        CHECK(put);
    }
    return ref;
}

void queue_append(struct step *step, struct entry_ref ref)
{
    struct node *node = step->node;
    struct entry *entry = entry_at(node, ref);
    struct queue *queue = queue_at(node, entry->message.queue);
    entry->state = ENTRY_FRESH;
    if (queue->fresh++ == 0) {
        queue->first = ref;
    } else {
        struct entry *last = entry_at(node, queue->last);
        CHECK(last->place < entry->place);
        last->next = ref;
    }
    queue->last = ref;
    queue_touch(step, entry->message.queue, queue);
}

void queue_return(struct step *step, struct entry_ref ref)
{
    struct entry *entry = entry_at(step->node, ref);
    struct queue *queue = queue_at(step->node, entry->message.queue);
    CHECK(entry->state == ENTRY_UNACKED && queue->unacked > 0);
    queue->unacked--;
    entry->state = ENTRY_REQUEUED;
    entry->redelivered = 1;
    if (!(step->node->leading >> entry->message.queue & 1)) {
        entry->state = ENTRY_FOLLOWED;
        tend(step->node, entry->message.queue);
    } else {
        bool put = omap_put(&step->node->arena, &queue->requeued, entry->place, ref.at);
        CHECK(put);
    }
    step_observe(step, OBSERVE_REQUEUED, entry);
    queue_touch(step, entry->message.queue, queue);
}

static struct entry_ref queue_take_fresh(struct node *node, struct queue *queue)
{
    struct entry_ref ref = queue->first;
    struct entry *entry = entry_at(node, ref);
    CHECK(entry->state == ENTRY_FRESH);
    queue->first = entry->next;
    if (--queue->fresh == 0)
        queue->last.at = 0;
    entry->next.at = 0;
    return ref;
}

static struct entry_ref queue_take_requeued(struct node *node, struct queue *queue)
{
    uint64_t place = 0;
    struct entry_ref ref;
    bool any = omap_ceiling(&node->arena, &queue->requeued, 0, &place, &ref.at);
    CHECK(any && (queue->fresh == 0 || place < entry_at(node, queue->first)->place));
    omap_remove(&node->arena, &queue->requeued, place);
    return ref;
}

struct entry_ref queue_next(struct step *step, uint16_t index)
{
    struct node *node = step->node;
    struct queue *queue = queue_at(node, index);
    CHECK(queue_ready(queue) > 0);
    struct entry_ref ref = queue->requeued.count > 0 ? queue_take_requeued(node, queue) : queue_take_fresh(node, queue);
    entry_at(node, ref)->state = ENTRY_UNACKED;
    queue->unacked++;
    queue_touch(step, index, queue);
    return ref;
}

void queue_end(struct step *step, struct entry_ref ref, enum observation_kind why)
{
    struct node *node = step->node;
    struct entry *entry = entry_at(node, ref);
    struct queue *queue = queue_at(node, entry->message.queue);
    CHECK(entry->state == ENTRY_UNACKED && queue->unacked > 0);
    queue->unacked--;
    if (entry->position != 0)
        log_append_settle(step, ref, ship_number(node, entry->message.queue));
    step_observe(step, why, entry);
    queue_touch(step, entry->message.queue, queue);
    if (queue_is_passive(node, entry->message.queue)) {
        omap_remove(&node->arena, &replica_at(node, entry->message.queue)->index, entry->place);
        ship_made(step, entry, true);
    }
    CHECK(node->messages > 0);
    node->messages--;
    arena_give(&node->arena, ref.at, UNITS_OF(struct entry));
}

bool queue_gather(struct node *node, uint16_t index)
{
    struct queue *queue = queue_at(node, index);
    if (queue_ready(queue) == 0)
        return false;
    struct entry_ref ref = queue->requeued.count > 0 ? queue_take_requeued(node, queue) : queue_take_fresh(node, queue);
    entry_at(node, ref)->state = ENTRY_FOLLOWED;
    entry_at(node, ref)->redelivered = 1;
    if (queue_ready(queue) == 0)
        node->ready_queues &= ~(UINT64_C(1) << index);
    return true;
}
