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

static uint64_t lowest_run_tag(const struct node *node, const struct run_list *runs, uint16_t slot)
{
    uint64_t lowest = UINT64_MAX;
    for (struct run_ref at = runs->first; at.at != 0; at = run_at(node, at)->next) {
        const struct run *run = run_at(node, at);
        if (!run->acks && run->slot == slot && run_lives(node, run))
            lowest = lower_of(lowest, run->tag);
    }
    return lowest;
}

/* UINT64_MAX: no publish of this connection is unanswered. */
static uint64_t lowest_publish_tag(const struct node *node, uint16_t slot)
{
    const struct connection *connection = connection_at(node, slot);
    uint64_t lowest = lowest_run_tag(node, &node->runs, slot);
    for (uint64_t left = node->passive; left != 0; left &= left - 1) {
        const struct replica *replica = replica_at(node, (uint16_t)__builtin_ctzll(left));
        lowest = lower_of(lowest, lowest_run_tag(node, &replica->runs, slot));
    }
    for (struct held_ref at = connection->held_first; at.at != 0; at = held_at(node, at)->next)
        if (held_at(node, at)->frame.kind == FRAME_CONFIRM)
            lowest = lower_of(lowest, held_at(node, at)->frame.tag);
    return lowest;
}

static uint64_t lower_record(uint64_t lowest, uint64_t position)
{
    return position != 0 ? lower_of(lowest, position - RECORD_MESSAGE_BYTES) : lowest;
}

static uint64_t lowest_run_position(const struct node *node, const struct run_list *runs, uint64_t lowest)
{
    for (struct run_ref at = runs->first; at.at != 0; at = run_at(node, at)->next)
        lowest = lower_record(lowest, run_at(node, at)->position);
    return lowest;
}

/* Live records, the runs that wait for theirs, what a replica waits for, and the log's own start. */
static uint64_t lowest_position(const struct node *node)
{
    uint64_t lowest = lowest_run_position(node, &node->runs, node->log.start);
    for (uint64_t left = node->passive; left != 0; left &= left - 1) {
        const struct replica *replica = replica_at(node, (uint16_t)__builtin_ctzll(left));
        lowest = lowest_run_position(node, &replica->runs, lowest);
        lowest = lower_record(lowest, replica->written);
        lowest = lower_record(lowest, replica->changed);
        lowest = lower_record(lowest, replica->entered);
    }
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
        if (!queue_is_passive(node, index)) /* else places are the whole cluster's */
            anchor_add(&anchors, ANCHOR_PLACE, index, lowest_place(node, index));
    return anchors.count;
}
