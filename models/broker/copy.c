/* A full copy, at the replica that receives it.
 *
 * It does not forget what it holds and begin anew: it may be a member of the in-sync set, and the only one left before
 * the copy is whole. So a copy is merged. What comes is marked, whether it was there already or not; when the copy is
 * whole, what has no mark goes, since its primary, who holds all that was confirmed, does not have it. At every
 * moment in between this replica holds everything confirmed that it held before. If the copy breaks off the marks are
 * wiped, and the next one begins from the start. Until a copy is whole this replica stands where it stood before: it
 * may vote and be elected by that, but must be copied to again. */
#include "models/broker/broker_core.h"

static void copy_begin(struct step *step, uint16_t queue)
{
    struct replica *replica = replica_at(step->node, queue);
    replica->sweeping = SWEEP_RECEIVING;
    ship_forget(step->node, queue);
    if (replica->mixed)
        return;
    replica->mixed = 1;
    log_append_view(step, queue);
}

static bool message_same(const struct message *a, const struct message *b)
{
    return a->producer == b->producer && a->epoch == b->epoch && a->sequence == b->sequence && a->body == b->body &&
           a->size_bytes == b->size_bytes;
}

static bool copy_message(struct step *step, uint16_t queue, const struct frame *frame)
{
    struct node *node = step->node;
    struct entry_ref ref = {omap_get(&node->arena, &replica_at(node, queue)->index, frame->hint)};
    if (ref.at != 0 && message_same(&entry_at(node, ref)->message, &frame->message)) {
        entry_at(node, ref)->copied = 1;
        return true;
    }
    if (ref.at != 0)
        follow_leave(step, queue, ref, 0, OBSERVE_DISCARDED);
    return follow_enter(step, queue, &frame->message, frame->hint, 0);
}

/* The leader says that what this replica holds is what its epoch began with. */
static bool copy_handed(struct step *step, uint16_t queue, const struct frame *frame)
{
    struct replica *replica = replica_at(step->node, queue);
    if (replica->mixed || replica->sweeping != SWEEP_NONE || frame->tag != 0)
        return false;
    follow_stand_at(step, queue, frame->term, 0);
    confirm_acknowledge(step, queue, 0, replica->entered);
    return true;
}

bool copy_received(struct step *step, uint16_t queue, const struct frame *frame)
{
    struct replica *replica = replica_at(step->node, queue);
    if (frame->flags & FRAME_FIRST) {
        if (replica->sweeping != SWEEP_NONE) /* the leader starts over: so must the connection, since marks are left */
            return false;
        copy_begin(step, queue);
        return true;
    }
    if (replica->sweeping != SWEEP_RECEIVING)
        return (frame->flags & FRAME_LAST) != 0 && copy_handed(step, queue, frame);
    if (!(frame->flags & FRAME_LAST))
        return copy_message(step, queue, frame);
    replica->sweeping = SWEEP_DISCARDS;
    replica->sweep = 0;
    replica->copied_epoch = frame->term;
    replica->copied_index = frame->tag;
    return true;
}

/* ---- sweeping ---- */

static bool queue_sweeps(const struct node *node, uint16_t queue)
{
    uint8_t sweeping = replica_at(node, queue)->sweeping;
    return sweeping == SWEEP_DISCARDS || sweeping == SWEEP_CLEARS;
}

bool copy_sweeps(const struct node *node)
{
    for (uint64_t left = node->passive; left != 0; left &= left - 1)
        if (queue_sweeps(node, (uint16_t)__builtin_ctzll(left)))
            return true;
    return false;
}

static void sweep_end(struct step *step, uint16_t queue)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    bool whole = replica->sweeping == SWEEP_DISCARDS;
    uint64_t epoch = replica->copied_epoch, index = replica->copied_index;
    replica->sweeping = SWEEP_NONE;
    replica->sweep = replica->copied_epoch = replica->copied_index = 0;
    tend(node, queue);
    if (!whole)
        return;
    follow_stand_at(step, queue, epoch, index);
    replica->base_epoch = epoch;
    replica->base_index = index;
    if (replica->joined && epoch == replica->promised)
        confirm_acknowledge(step, queue, index, replica->entered);
}

static void sweep_queue(struct step *step, uint16_t queue)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    uint64_t place;
    struct entry_ref ref;
    while (omap_ceiling(&node->arena, &replica->index, replica->sweep, &place, &ref.at)) {
        if (!step_afford(step, 2))
            return;
        replica->sweep = place + 1;
        bool marked = entry_at(node, ref)->copied;
        entry_at(node, ref)->copied = 0;
        if (replica->sweeping == SWEEP_DISCARDS && !marked)
            follow_leave(step, queue, ref, 0, OBSERVE_DISCARDED);
    }
    if (step_afford(step, 2))
        sweep_end(step, queue);
}

void copy_sweep(struct step *step)
{
    for (uint64_t left = step->node->passive; left != 0; left &= left - 1) {
        uint16_t queue = (uint16_t)__builtin_ctzll(left);
        if (queue_sweeps(step->node, queue))
            sweep_queue(step, queue);
    }
}
