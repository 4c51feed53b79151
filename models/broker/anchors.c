/* Where this node's counters begin: the lowest live value of each space (broker.h, "equal states"). */
#include "models/broker/broker_core.h"

struct anchors {
    struct anchor *anchor;
    int count;
};

static void anchor_add(struct anchors *anchors, enum anchor_space space, uint16_t of, uint64_t lowest)
{
    CHECK(anchors->count < ANCHORS_MAX);
    anchors->anchor[anchors->count++] = (struct anchor){.space = (uint16_t)space, .connection = of, .lowest = lowest};
}

static uint64_t lower_of(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t lowest_delivery_tag(const struct node *node, const struct connection *connection)
{
    uint64_t tag = connection->next_tag;
    uint32_t entry;
    if (connection->unacked.at != 0)
        omap_ceiling(&node->arena, &unacked_at(node, connection->unacked)->by_tag, 0, &tag, &entry);
    return tag;
}

/* UINT64_MAX: no publish of this connection is unanswered. */
static uint64_t lowest_publish_tag(const struct node *node, uint16_t slot)
{
    const struct connection *connection = connection_at(node, slot);
    uint64_t lowest = UINT64_MAX;
    for (struct run_ref at = node->run_first; at.at != 0; at = run_at(node, at)->next) {
        const struct run *run = run_at(node, at);
        if (run->slot == slot && run->incarnation == connection->incarnation)
            lowest = lower_of(lowest, run->tag);
    }
    for (struct held_ref at = connection->held_first; at.at != 0; at = held_at(node, at)->next)
        if (held_at(node, at)->frame.kind == FRAME_CONFIRM)
            lowest = lower_of(lowest, held_at(node, at)->frame.tag);
    return lowest;
}

/* Live records, the runs that wait for theirs, and the log's own start. */
static uint64_t lowest_position(const struct node *node)
{
    uint64_t lowest = node->log.start;
    for (struct run_ref at = node->run_first; at.at != 0; at = run_at(node, at)->next)
        lowest = lower_of(lowest, run_at(node, at)->position - RECORD_MESSAGE_BYTES);
    return lowest;
}

static uint64_t lowest_unacked_place(const struct node *node, struct unacked_ref ref, uint16_t queue)
{
    const struct omap *map = &unacked_at(node, ref)->by_tag;
    uint64_t lowest = UINT64_MAX, tag = 0;
    for (struct entry_ref at; omap_ceiling(&node->arena, map, tag, &tag, &at.at); tag++)
        if (entry_at(node, at)->message.queue == queue)
            lowest = lower_of(lowest, entry_at(node, at)->place);
    return lowest;
}

static uint64_t lowest_place(const struct node *node, uint16_t index)
{
    const struct queue *queue = queue_at(node, index);
    uint64_t lowest = queue->next_place, place;
    uint32_t entry;
    if (queue->fresh > 0)
        lowest = lower_of(lowest, entry_at(node, queue->first)->place);
    if (omap_ceiling(&node->arena, &queue->requeued, 0, &place, &entry))
        lowest = lower_of(lowest, place);
    for (uint16_t slot = 0; slot < node->connections; slot++)
        if (connection_at(node, slot)->unacked.at != 0)
            lowest = lower_of(lowest, lowest_unacked_place(node, connection_at(node, slot)->unacked, index));
    for (struct unacked_ref at = node->settling_first; at.at != 0; at = unacked_at(node, at)->next)
        lowest = lower_of(lowest, lowest_unacked_place(node, at, index));
    return lowest;
}

int broker_anchors(const struct node *node, struct anchor ret_anchors[ANCHORS_MAX])
{
    struct anchors anchors = {.anchor = ret_anchors};
    for (uint16_t slot = 0; slot < node->connections; slot++) {
        const struct connection *connection = connection_at(node, slot);
        uint64_t publish_tag = lowest_publish_tag(node, slot);
        if (connection->consuming)
            anchor_add(&anchors, ANCHOR_DELIVERY_TAG, slot, lowest_delivery_tag(node, connection));
        if (publish_tag != UINT64_MAX)
            anchor_add(&anchors, ANCHOR_PUBLISH_TAG, slot, publish_tag);
    }
    if (node->phase != PHASE_SERVING)
        return anchors.count; /* it still speaks of the log's own numbers */
    anchor_add(&anchors, ANCHOR_LOG, 0, lowest_position(node));
    anchor_add(&anchors, ANCHOR_RECORD, 0, node->log.next_sequence);
    for (uint16_t index = 0; index < node->queues; index++)
        anchor_add(&anchors, ANCHOR_PLACE, index, lowest_place(node, index));
    return anchors.count;
}
