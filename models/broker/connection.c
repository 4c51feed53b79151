/* Connections: a slot's life from OPENED to LOST or our own CLOSE, and what a full send window does.
 *
 * While the window is full nothing leaves: a blocked consumer is no taker, and answers to a publisher are held
 * here in order, as many as it may leave unanswered. A slot is free the moment its connection is gone; whatever
 * takes longer than a step was moved aside: the consumer's messages (settle.c), the publisher's runs
 * (confirm.c), the held frames (a chain that is given back bit by bit). */
#include "models/broker/broker_core.h"

static void connection_flushes(struct node *node, uint16_t slot, bool flushes)
{
    if (slots_change(node, node->queues, slot, flushes))
        node->flushing += flushes ? 1 : UINT32_MAX;
}

void connection_opened(struct step *step, uint16_t slot)
{
    struct connection *connection = connection_at(step->node, slot);
    CHECK(!connection->open);
    if (step->node->phase != PHASE_SERVING) {
        step_output(step, OUTPUT_CLOSE)->connection = slot;
        return;
    }
    connection->open = 1;
    if (peer_is_slot(step->node, slot))
        peer_opened(step, slot);
}

static void connection_forget(struct node *node, uint16_t slot)
{
    struct connection *connection = connection_at(node, slot);
    CHECK(connection->open);
    if (connection->consuming) {
        connection->consuming = 0;
        dispatch_refresh(node, slot);
    }
    connection_flushes(node, slot, false);
    if (connection->unacked.at != 0)
        unacked_orphan(node, connection->unacked);
    if (connection->held > 0) {
        if (node->discard_first.at == 0)
            node->discard_first = connection->held_first;
        else
            held_at(node, node->discard_last)->next = connection->held_first;
        node->discard_last = connection->held_last;
    }
    *connection = (struct connection){.incarnation = connection->incarnation + 1};
    if (peer_is_slot(node, slot))
        peer_forget(node, slot);
}

void connection_lost(struct step *step, uint16_t slot)
{
    if (peer_is_slot(step->node, slot))
        peer_lost(step, slot);
    if (connection_at(step->node, slot)->open || !peer_is_slot(step->node, slot))
        connection_forget(step->node, slot);
}

void connection_close(struct step *step, uint16_t slot)
{
    connection_forget(step->node, slot);
    step_output(step, OUTPUT_CLOSE)->connection = slot;
}

void connection_refuse(struct step *step, uint16_t slot, uint16_t queue, uint64_t tag)
{
    step_send(step, slot,
              &(struct frame){
                  .kind = FRAME_NOT_LEADER, .queue = queue, .tag = tag, .hint = cluster_hint(step->node, queue)});
    connection_close(step, slot);
}

void connection_blocked(struct step *step, uint16_t slot)
{
    struct connection *connection = connection_at(step->node, slot);
    if (!connection->open) /* closed by the very step that filled the window */
        return;
    connection->blocked = 1;
    connection_flushes(step->node, slot, false);
    if (connection->consuming)
        dispatch_refresh(step->node, slot);
}

void connection_writable(struct step *step, uint16_t slot)
{
    struct connection *connection = connection_at(step->node, slot);
    if (!connection->open)
        return;
    connection->blocked = 0;
    if (connection->held > 0)
        connection_flushes(step->node, slot, true);
    else if (connection->consuming)
        dispatch_refresh(step->node, slot);
}

void connection_send(struct step *step, uint16_t slot, const struct frame *frame)
{
    struct node *node = step->node;
    struct connection *connection = connection_at(node, slot);
    CHECK(connection->open);
    if (!connection->blocked && connection->held == 0) {
        step_send(step, slot, frame);
        return;
    }
    struct held_ref ref = {node_take(node, UNITS_OF(struct held))};
    held_at(node, ref)->frame = *frame;
    if (connection->held++ == 0)
        connection->held_first = ref;
    else
        held_at(node, connection->held_last)->next = ref;
    connection->held_last = ref;
    node->answers++;
    if (connection->consuming)
        dispatch_refresh(node, slot);
}

static void held_give(struct node *node, struct held_ref *first, struct held_ref *last)
{
    struct held_ref ref = *first;
    *first = held_at(node, ref)->next;
    if (first->at == 0)
        last->at = 0;
    arena_give(&node->arena, ref.at, UNITS_OF(struct held));
    CHECK(node->answers > 0);
    node->answers--;
}

void connection_flush(struct step *step)
{
    struct node *node = step->node;
    while (node->flushing > 0 && step_afford(step, 1)) {
        uint16_t slot = slots_from(node, node->queues, 0);
        struct connection *connection = connection_at(node, slot);
        CHECK(connection->open && !connection->blocked && connection->held > 0);
        step_send(step, slot, &held_at(node, connection->held_first)->frame);
        held_give(node, &connection->held_first, &connection->held_last);
        if (--connection->held > 0)
            continue;
        connection_flushes(node, slot, false);
        if (connection->consuming)
            dispatch_refresh(node, slot);
    }
}

void connection_discard(struct step *step)
{
    struct node *node = step->node;
    while (node->discard_first.at != 0 && step_afford(step, 0))
        held_give(node, &node->discard_first, &node->discard_last);
}
