/* A replica that follows a leader: applies its operations in order, and acknowledges them when they are safe.
 *
 * It follows whoever recorded a view here and is connected. On that it says where it stands (JOIN), as soon as
 * nothing of its own past is in the way (role.c, copy.c), and then takes what comes on that connection. What does
 * not fit is an error of the other side and costs the connection.
 *
 * An acknowledgement covers every message that entered. Departures behind the last of those need not be safe: losing
 * one costs a redelivery. A message that is not persistent is acknowledged with what came before it. */
#include "models/broker/broker_core.h"

void follow_lost(struct node *node, uint16_t queue)
{
    struct replica *replica = replica_at(node, queue);
    if (!replica->led)
        return;
    replica->led = replica->joined = replica->acks = 0;
    replica->shipped = 0;
    replica->lineage++;
    replica->acking.at = 0;
    if (replica->stands == 0)
        replica->stands = 1;
    if (replica->sweeping == SWEEP_RECEIVING) {
        replica->sweeping = SWEEP_CLEARS;
        replica->sweep = 0;
    }
    for (uint16_t peer = 0; peer < node->nodes; peer++)
        link_at(node, queue, peer)->owes &= (uint8_t)~OWED_SHIPPED;
    owe_all(node, queue, OWED_JOIN);
    tend(node, queue);
}

void follow_begin(struct step *step, uint16_t queue)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    CHECK(!replica->led);
    replica->led = replica->followed = 1;
    replica->stands = replica->retried = 0;
    if (replica->role == ROLE_SEEKING)
        role_take(step, queue, ROLE_BACKUP);
    owe_all(node, queue, OWED_JOIN);
    tend(node, queue);
}

void follow_joined(struct step *step, uint16_t queue)
{
    struct replica *replica = replica_at(step->node, queue);
    replica->joined = 1;
    replica->acks = 0;
    replica->lineage++;
    replica->acking.at = 0;
    if (replica->view.data_epoch == replica->promised && !replica->mixed)
        confirm_acknowledge(step, queue, replica->view.data_index, replica->entered);
}

void follow_stand_at(struct step *step, uint16_t queue, uint64_t epoch, uint64_t index)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    replica->view.data_epoch = epoch;
    replica->view.data_index = index;
    replica->mixed = 0;
    log_append_view(step, queue);
    if (node->log.policy == FSYNC_NEVER)
        return;
    replica->entered = node->log.end;
    fsync_want(&node->log);
}

/* ---- messages ---- */

/* False: no room, or the place is taken. */
bool follow_enter(struct step *step, uint16_t queue, const struct message *message, uint64_t place, uint32_t index)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    struct queue *held = queue_at(node, queue);
    bool full = node->messages >= node->messages_max;
    node->full |= full;
    if (full || message->queue != queue || place == 0 || omap_get(&node->arena, &replica->index, place) != 0)
        return false;
    struct entry_ref ref = queue_enter(node, message, place);
    struct entry *entry = entry_at(node, ref);
    entry->state = ENTRY_FOLLOWED;
    entry->redelivered = 1;
    entry->copied = replica->sweeping == SWEEP_RECEIVING ||
                    (replica->sweeping == SWEEP_DISCARDS && place >= replica->sweep);
    if (held->next_place <= place)
        held->next_place = place + 1;
    if (held->durable && (message->flags & MESSAGE_PERSISTENT)) {
        log_append_message(step, ref, index);
        if (node->log.policy != FSYNC_NEVER)
            replica->entered = node->log.end;
    }
    step_observe(step, OBSERVE_APPENDED, entry);
    return true;
}

void follow_leave(struct step *step, uint16_t queue, struct entry_ref ref, uint32_t index, enum observation_kind why)
{
    struct node *node = step->node;
    const struct entry *entry = entry_at(node, ref);
    CHECK(entry->state == ENTRY_FOLLOWED && node->messages > 0);
    omap_remove(&node->arena, &replica_at(node, queue)->index, entry->place);
    if (entry->position != 0)
        log_append_settle(step, ref, index);
    step_observe(step, why, entry);
    node->messages--;
    arena_give(&node->arena, ref.at, UNITS_OF(struct entry));
}

/* ---- operations ---- */

/* Where a copy is received, or was and is not swept yet, an operation has no number in the log: what is held stands
 * for nothing before the copy does. */
static bool follow_apply(struct step *step, uint16_t queue, const struct frame *frame, uint32_t index)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    struct entry_ref ref = {omap_get(&node->arena, &replica->index, frame->hint)};
    if (frame->flags & FRAME_SETTLE) {
        if (ref.at != 0)
            follow_leave(step, queue, ref, index, OBSERVE_SETTLED);
        return true;
    }
    if (ref.at != 0 && replica->sweeping == SWEEP_DISCARDS)
        follow_leave(step, queue, ref, 0, OBSERVE_DISCARDED);
    return follow_enter(step, queue, &frame->message, frame->hint, index);
}

static bool follow_swept(struct step *step, uint16_t queue, const struct frame *frame)
{
    struct replica *replica = replica_at(step->node, queue);
    if (frame->count != 0 || frame->tag != replica->copied_index + 1 || !follow_apply(step, queue, frame, 0))
        return false;
    replica->copied_index++;
    return true;
}

static bool follow_in_order(struct step *step, uint16_t queue, const struct frame *frame)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    uint64_t epoch = frame->term - frame->count;
    if (replica->mixed || frame->tag > UINT32_MAX)
        return false;
    if (epoch > replica->view.data_epoch && frame->tag == 1)
        follow_stand_at(step, queue, epoch, 0);
    if (epoch != replica->view.data_epoch || frame->tag != replica->view.data_index + 1)
        return false;
    if (!follow_apply(step, queue, frame, (uint32_t)frame->tag))
        return false;
    replica->view.data_index = frame->tag;
    ship_keep(node, queue,
              &(struct operation){
                  .message = frame->message,
                  .place = frame->hint,
                  .epoch = epoch,
                  .index = (uint32_t)frame->tag,
                  .settles = (frame->flags & FRAME_SETTLE) != 0,
              });
    if (epoch == replica->promised)
        confirm_acknowledge(step, queue, frame->tag, replica->entered);
    return true;
}

bool follow_ship(struct step *step, uint16_t queue, const struct frame *frame)
{
    const struct replica *replica = replica_at(step->node, queue);
    if (replica->sweeping == SWEEP_RECEIVING)
        return (frame->flags & FRAME_SETTLE) != 0 && follow_apply(step, queue, frame, 0);
    if (replica->sweeping == SWEEP_DISCARDS)
        return follow_swept(step, queue, frame);
    return follow_in_order(step, queue, frame);
}
