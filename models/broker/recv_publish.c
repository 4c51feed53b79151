/* basic.publish through the default exchange: the routing key names the queue (AMQP 0-9-1, 3.1.3.1).
 *
 * A message that no queue takes is confirmed at once, after its return if it was mandatory (RabbitMQ: a confirm
 * is an answer, not storage). A publisher that runs too far ahead of its confirms, or a node without room, is
 * told so by a closed connection: what was not confirmed is sent again later or elsewhere. A node that does not lead
 * the queue says who does. */
#include "models/broker/broker_core.h"

static void publish_unroutable(struct step *step, uint16_t slot, const struct frame *frame)
{
    if (frame->message.flags & MESSAGE_MANDATORY)
        connection_send(step, slot,
                        &(struct frame){.kind = FRAME_RETURN, .queue = frame->queue, .message = frame->message});
    confirm_owe(step, slot, frame->tag, 0, QUEUE_NONE, 0);
}

static void publish_replicated(struct step *step, uint16_t slot, uint64_t tag, const struct entry *entry)
{
    uint16_t index = entry->message.queue;
    const struct replica *replica = replica_at(step->node, index);
    ship_made(step, entry, false);
    bool waits = replica->confirm_after != CONFIRM_AFTER_PRIMARY;
    confirm_owe(step, slot, tag, entry->position, waits ? index : QUEUE_NONE, waits ? replica->made : 0);
}

void recv_publish(struct step *step, uint16_t slot, const struct frame *frame)
{
    struct node *node = step->node;
    struct connection *connection = connection_at(node, slot);
    const struct message *message = &frame->message;
    node->full |= !node_has_room(node);
    if (connection->unconfirmed + connection->held >= node->unconfirmed_max || !node_has_room(node)) {
        connection_close(step, slot);
        return;
    }
    if (message->queue >= node->queues) {
        publish_unroutable(step, slot, frame);
        return;
    }
    if (!(node->serving >> message->queue & 1)) {
        connection_refuse(step, slot, message->queue, frame->tag);
        return;
    }
    connection->publishes |= UINT64_C(1) << message->queue;
    struct queue *queue = queue_at(node, message->queue);
    struct entry_ref ref = queue_enter(node, message, queue->next_place++);
    const struct entry *entry = entry_at(node, ref);
    if (queue->durable && (message->flags & MESSAGE_PERSISTENT))
        log_append_message(step, ref, ship_number(node, message->queue));
    step_observe(step, OBSERVE_APPENDED, entry);
    queue_append(step, ref);
    if (queue_is_passive(node, message->queue))
        publish_replicated(step, slot, frame->tag, entry);
    else
        confirm_owe(step, slot, frame->tag, entry->position, QUEUE_NONE, 0);
}
