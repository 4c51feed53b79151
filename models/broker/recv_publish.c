/* basic.publish through the default exchange: the routing key names the queue (AMQP 0-9-1, 3.1.3.1).
 *
 * A message that no queue takes is confirmed at once, after its return if it was mandatory (RabbitMQ: a confirm
 * is an answer, not storage). A publisher that runs too far ahead of its confirms, or a node without room, is
 * told so by a closed connection: what was not confirmed is sent again later or elsewhere. */
#include "models/broker/broker_core.h"

static void publish_unroutable(struct step *step, uint16_t slot, const struct frame *frame)
{
    if (frame->message.flags & MESSAGE_MANDATORY)
        connection_send(step, slot,
                        &(struct frame){.kind = FRAME_RETURN, .queue = frame->queue, .message = frame->message});
    confirm_owe(step, slot, frame->tag, 0);
}

void recv_publish(struct step *step, uint16_t slot, const struct frame *frame)
{
    struct node *node = step->node;
    const struct connection *connection = connection_at(node, slot);
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
    struct queue *queue = queue_at(node, message->queue);
    struct entry_ref ref = queue_enter(node, message, queue->next_place++);
    const struct entry *entry = entry_at(node, ref);
    if (queue->durable && (message->flags & MESSAGE_PERSISTENT))
        log_append_message(step, ref);
    step_observe(step, OBSERVE_APPENDED, entry);
    queue_append(step, ref);
    confirm_owe(step, slot, frame->tag, entry->position);
}
