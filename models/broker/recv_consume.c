/* basic.qos and basic.consume in one frame: one consumer per connection.
 *
 * A queue that does not exist (404 NOT_FOUND) or a second consumer (530 NOT_ALLOWED) closes the connection. */
#include "models/broker/broker_core.h"

void recv_consume(struct step *step, uint16_t slot, const struct frame *frame)
{
    struct node *node = step->node;
    struct connection *connection = connection_at(node, slot);
    if (connection->consuming || frame->queue >= node->queues) {
        connection_close(step, slot);
        return;
    }
    if (!(node->serving >> frame->queue & 1)) {
        connection_refuse(step, slot, frame->queue, 0);
        return;
    }
    connection->consuming = 1;
    connection->queue = frame->queue;
    connection->prefetch = frame->count;
    connection->next_tag = 1;
    connection->auto_ack = (frame->flags & FRAME_AUTO_ACK) != 0;
    if (!connection->auto_ack)
        connection->unacked = unacked_open(node, slot);
    dispatch_refresh(node, slot);
}
