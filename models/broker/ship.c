/* A primary's operations on their way to its replicas.
 *
 * An operation is a message entering the queue or leaving it. Both, primary and replicas, keep the last of them in a
 * ring, so that a replica that missed a few gets just those. Where a replica stands is a position (epoch, index). The
 * operations of an epoch are those of its one primary, so a position stands for one history, and whoever
 * is found in the ring can go on from there; also across an election, since the ring knows of both epochs. Whoever is
 * not found is copied to: all messages in the order of their places, with the departures of what was sent already
 * in between; the copy stands for the operation that is the newest when its last message is out.
 *
 * Operations may have to wait (ship_every_ns, ship_delay_ns): the newest `waiting` ones of the ring, each until a time
 * of its own, for the first of which the timer is armed. Such times are compared with one another and never with the
 * present: a process that was paused arms for times that are past, and the host fires those at once. So it catches up.
 *
 * A leader that is elected but not yet primary takes note of who asks to follow, and sends nothing. */
#include "models/broker/broker_core.h"

static struct operation *operation_at(const struct node *node, uint16_t queue, uint32_t index)
{
    return ring_item(&node->arena, &replica_at(node, queue)->ring, index);
}

/* ---- the ring ---- */

void ship_keep(struct node *node, uint16_t queue, const struct operation *operation)
{
    struct replica *replica = replica_at(node, queue);
    if (replica->ring.count == replica->ring.capacity) {
        const struct operation *oldest = operation_at(node, queue, 0);
        replica->base_epoch = oldest->epoch;
        replica->base_index = oldest->index;
        ring_pop(&node->arena, &replica->ring);
    }
    struct operation *kept = ring_push(&node->arena, &replica->ring);
    *kept = *operation;
}

void ship_forget(struct node *node, uint16_t queue)
{
    struct replica *replica = replica_at(node, queue);
    ring_clear(&node->arena, &replica->ring);
    replica->base_epoch = replica->base_index = 0;
}

static bool operation_before(const struct operation *operation, uint64_t epoch, uint64_t index)
{
    return operation->epoch < epoch || (operation->epoch == epoch && operation->index < index);
}

/* How many operations of the ring come at or behind (epoch, index). */
static uint32_t ring_from(const struct node *node, uint16_t queue, uint64_t epoch, uint64_t index)
{
    uint32_t low = 0, high = replica_at(node, queue)->ring.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (operation_before(operation_at(node, queue, middle), epoch, index))
            low = middle + 1;
        else
            high = middle;
    }
    return replica_at(node, queue)->ring.count - low;
}

static bool ring_has(const struct node *node, uint16_t queue, uint64_t epoch, uint64_t index, uint32_t *ret_from)
{
    *ret_from = ring_from(node, queue, epoch, index);
    if (*ret_from == 0)
        return false;
    const struct operation *found = operation_at(node, queue, replica_at(node, queue)->ring.count - *ret_from);
    return found->epoch == epoch && found->index == index;
}

/* How many operations somebody who stands at `held` has not got. False: the ring does not lead there. */
static bool ship_find(const struct node *node, uint16_t queue, const struct view *held, uint32_t *ret_behind)
{
    const struct replica *replica = replica_at(node, queue);
    uint64_t epoch = held->data_epoch, index = held->data_index, behind = UINT64_MAX;
    uint32_t from;
    if (epoch == replica->promised)
        behind = index <= replica->made ? replica->made - index : UINT64_MAX;
    else if (epoch == replica->handed_epoch && index == replica->handed_index)
        behind = replica->made;
    else if (epoch == replica->base_epoch && index == replica->base_index)
        behind = replica->ring.count;
    else if (ring_has(node, queue, epoch, index + 1, &from))
        behind = from;
    else if (ring_has(node, queue, epoch, index, &from))
        behind = from - 1;
    if (behind > replica->ring.count)
        return false;
    *ret_behind = (uint32_t)behind;
    return true;
}

/* ---- making operations ---- */

uint32_t ship_number(const struct node *node, uint16_t queue)
{
    if (!queue_is_passive(node, queue))
        return 0;
    uint64_t next = replica_at(node, queue)->made + 1;
    CHECK(next <= UINT32_MAX);
    return (uint32_t)next;
}

static void ship_waits(const struct step *step, struct replica *replica, struct operation *operation)
{
    int64_t now = step->in->now_ns;
    if (replica->ship_every_ns > 0)
        operation->due_ns = now - now % replica->ship_every_ns + replica->ship_every_ns;
    else if (replica->ship_delay_ns > 0)
        operation->due_ns = now + replica->ship_delay_ns;
    else
        return;
    replica->waiting++;
    if (replica->due_ns == 0)
        replica->due_ns = operation->due_ns;
}

void ship_made(struct step *step, const struct entry *entry, bool settles)
{
    struct node *node = step->node;
    uint16_t queue = entry->message.queue;
    struct replica *replica = replica_at(node, queue);
    CHECK(replica->role == ROLE_PRIMARY);
    struct operation operation = {
        .message = entry->message,
        .place = entry->place,
        .epoch = replica->promised,
        .index = ship_number(node, queue),
        .settles = settles,
    };
    replica->view.data_index = ++replica->made;
    ship_waits(step, replica, &operation);
    ship_keep(node, queue, &operation);
    if (replica->waiting > replica->ring.count)
        replica->waiting = replica->ring.count;
    for (uint16_t peer = 0; peer < node->nodes; peer++) {
        struct link *link = link_at(node, queue, peer);
        if (link->state != LINK_AWAY && link->behind <= replica->ring.capacity)
            link->behind++;
    }
}

/* ---- replicas that ask to follow, and acknowledge ---- */

void ship_joined(struct node *node, uint16_t queue, uint16_t peer, const struct frame *frame)
{
    struct replica *replica = replica_at(node, queue);
    struct link *link = link_at(node, queue, peer);
    uint32_t behind;
    link->flags &= LINK_MET | LINK_LED;
    link->state = LINK_AWAY;
    link->acked = link->copied = link->behind = 0;
    link->target = replica->made;
    if (!(replica->replicas >> peer & 1))
        return;
    if (!replica->catch_up && !(replica->view.in_sync >> peer & 1))
        return;
    if ((frame->flags & FRAME_FIRST) != 0 || !ship_find(node, queue, &frame->view, &behind)) {
        link->state = LINK_COPIED;
        return;
    }
    link->state = LINK_FOLLOWS;
    link->behind = behind;
    if (frame->view.data_epoch == replica->promised)
        link->flags |= LINK_HANDED;
}

void ship_acknowledged(struct step *step, uint16_t queue, uint16_t peer, const struct frame *frame)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    struct link *link = link_at(node, queue, peer);
    if (replica->role != ROLE_PRIMARY || frame->term != replica->promised || link->state != LINK_FOLLOWS ||
        !(link->flags & LINK_HANDED) || frame->tag > replica->made)
        return;
    link->flags |= LINK_ACKED;
    if (link->acked < frame->tag)
        link->acked = frame->tag;
    bool member = (replica->view.in_sync >> peer & 1) != 0;
    if (!member && link->acked >= link->target)
        link->flags |= LINK_GATES;
    view_replicated(node, queue);
    if (!member || replica->confirm_after == CONFIRM_AFTER_ONE)
        tend(node, queue);
}

/* ---- sending ---- */

/* Whether the next frame tells a follower that it stands at the beginning of this epoch. */
static bool ship_hands(const struct node *node, uint16_t queue, const struct link *link)
{
    const struct replica *replica = replica_at(node, queue);
    if (link->flags & LINK_HANDED)
        return false;
    return link->behind == 0 ||
           operation_at(node, queue, replica->ring.count - link->behind)->epoch == replica->promised;
}

bool ship_pending(const struct node *node, uint16_t queue, uint16_t peer)
{
    const struct replica *replica = replica_at(node, queue);
    const struct link *link = link_at(node, queue, peer);
    if (replica->role != ROLE_PRIMARY || link->state == LINK_AWAY)
        return false;
    return link->state == LINK_COPIED || link->behind > replica->ring.count || link->behind > replica->waiting ||
           ship_hands(node, queue, link);
}

static struct frame ship_frame(const struct replica *replica, uint16_t queue, const struct operation *operation)
{
    return (struct frame){
        .kind = FRAME_SHIP,
        .flags = operation->settles ? FRAME_SETTLE : 0,
        .queue = queue,
        .count = (uint32_t)(replica->promised - operation->epoch),
        .tag = operation->index,
        .message = operation->message,
        .term = replica->promised,
        .hint = operation->place,
    };
}

static void copy_again(struct link *link)
{
    link->state = LINK_COPIED;
    link->flags &= (uint8_t) ~(LINK_BEGUN | LINK_HANDED | LINK_GATES);
    link->copied = link->behind = 0;
}

static struct frame copy_frame(const struct replica *replica, uint16_t queue, uint8_t flags)
{
    return (struct frame){.kind = FRAME_COPY, .flags = flags, .queue = queue, .term = replica->promised};
}

/* During a copy only departures of what was sent already are news. */
static bool copy_departure(const struct node *node, uint16_t queue, struct link *link, struct frame *ret_frame)
{
    const struct replica *replica = replica_at(node, queue);
    const struct operation *operation = operation_at(node, queue, replica->ring.count - link->behind);
    link->behind--;
    if (!operation->settles || operation->place > link->copied)
        return false;
    *ret_frame = ship_frame(replica, queue, operation);
    return true;
}

/* False: this operation was none of its business. */
static bool copy_next(const struct node *node, uint16_t queue, struct link *link, struct frame *ret_frame)
{
    const struct replica *replica = replica_at(node, queue);
    struct entry_ref ref;
    if (!(link->flags & LINK_BEGUN)) {
        link->flags |= LINK_BEGUN;
        *ret_frame = copy_frame(replica, queue, FRAME_FIRST);
        return true;
    }
    if (link->behind > 0)
        return copy_departure(node, queue, link, ret_frame);
    if (omap_ceiling(&node->arena, &replica->index, link->copied + 1, &link->copied, &ref.at)) {
        *ret_frame = copy_frame(replica, queue, 0);
        ret_frame->message = entry_at(node, ref)->message;
        ret_frame->hint = link->copied;
        return true;
    }
    *ret_frame = copy_frame(replica, queue, FRAME_LAST);
    ret_frame->tag = link->target = replica->made;
    link->state = LINK_FOLLOWS;
    link->copied = 0;
    link->flags = (uint8_t)((link->flags | LINK_HANDED) & ~LINK_BEGUN);
    return true;
}

void ship_next(struct step *step, uint16_t queue, uint16_t peer, uint16_t slot)
{
    struct node *node = step->node;
    const struct replica *replica = replica_at(node, queue);
    struct link *link = link_at(node, queue, peer);
    struct frame frame;
    if (link->behind > replica->ring.count)
        copy_again(link);
    if (link->state == LINK_COPIED) {
        if (!copy_next(node, queue, link, &frame))
            return;
    } else if (ship_hands(node, queue, link)) {
        link->flags |= LINK_HANDED;
        frame = copy_frame(replica, queue, FRAME_LAST);
    } else {
        frame = ship_frame(replica, queue, operation_at(node, queue, replica->ring.count - link->behind));
        link->behind--;
    }
    step_send(step, slot, &frame);
}

/* ---- what waits ---- */

static void ship_release(struct node *node, uint16_t queue, int64_t at_ns)
{
    struct replica *replica = replica_at(node, queue);
    replica->due_ns = 0;
    if (replica->ship_every_ns > 0) /* a batch, however late the timer is: the clock sets the next one */
        replica->waiting = 0;
    while (replica->waiting > 0) {
        const struct operation *first = operation_at(node, queue, replica->ring.count - replica->waiting);
        if (first->due_ns > at_ns) {
            replica->due_ns = first->due_ns;
            return;
        }
        replica->waiting--;
    }
}

static int64_t ship_earliest(const struct node *node)
{
    int64_t earliest = 0;
    for (uint64_t left = node->passive; left != 0; left &= left - 1) {
        int64_t due = replica_at(node, (uint16_t)__builtin_ctzll(left))->due_ns;
        if (due != 0 && (earliest == 0 || due < earliest))
            earliest = due;
    }
    return earliest;
}

static void ship_arm_for(struct step *step, int64_t due_ns)
{
    struct broker_output *output = step_output(step, OUTPUT_ARM);
    output->timer = BROKER_TIMER_SHIP;
    output->u.arm.min_ns = output->u.arm.max_ns = due_ns - step->in->now_ns;
    step->node->ship_armed_ns = due_ns;
}

void ship_timer(struct step *step)
{
    struct node *node = step->node;
    int64_t at = node->ship_armed_ns;
    CHECK(at != 0);
    node->ship_armed_ns = 0;
    for (uint64_t left = node->passive; left != 0; left &= left - 1) {
        uint16_t queue = (uint16_t)__builtin_ctzll(left);
        int64_t due = replica_at(node, queue)->due_ns;
        if (due != 0 && due <= at)
            ship_release(node, queue, at);
    }
    int64_t next = ship_earliest(node);
    if (next != 0)
        ship_arm_for(step, next);
}

void ship_arm(struct step *step)
{
    struct node *node = step->node;
    int64_t earliest = ship_earliest(node), armed = node->ship_armed_ns;
    if (earliest == 0 && armed != 0) {
        step_output(step, OUTPUT_CANCEL)->timer = BROKER_TIMER_SHIP;
        node->ship_armed_ns = 0;
    } else if (earliest != 0 && (armed == 0 || earliest < armed)) {
        ship_arm_for(step, earliest);
    }
}
