/* basic.ack, basic.nack, basic.reject.
 *
 * An unknown delivery tag (never delivered, or settled already) is a channel error (406 PRECONDITION_FAILED,
 * 1.8.3.13); here it closes the connection, and what it held goes back to its queue. As in RabbitMQ the tag of a
 * multiple ack must be outstanding itself; 0 means all. */
#include "models/broker/broker_core.h"

void recv_ack(struct step *step, uint16_t slot, const struct frame *frame)
{
    struct node *node = step->node;
    struct unacked_ref unacked = connection_at(node, slot)->unacked;
    uint8_t flags = frame->flags & (FRAME_NEGATIVE | FRAME_REQUEUE);
    bool multiple = frame->flags & FRAME_MULTIPLE;
    uint64_t tag = frame->tag;
    if (unacked.at != 0 && multiple && tag == 0) {
        uint32_t entry;
        if (!omap_floor(&node->arena, &unacked_at(node, unacked)->by_tag, UINT64_MAX, &tag, &entry))
            return;
    }
    if (unacked.at == 0 || !unacked_has(node, unacked, tag)) {
        connection_close(step, slot);
        return;
    }
    if (multiple)
        settle_up_to(step, unacked, tag, flags);
    else
        settle_one(step, unacked, tag, flags);
}
