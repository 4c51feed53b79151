/* Frames between nodes, all of them about one replicated queue.
 *
 * The first about a queue on a connection says how its sender stands: RECORD when it leads, JOIN otherwise, with whom
 * it follows. Whoever leads and learns of a higher epoch steps down. A frame that makes no sense costs the connection,
 * and with it everything that was said on it. */
#include "models/broker/broker_core.h"

static void heard_epoch(struct replica *replica, uint64_t epoch)
{
    if (replica->seen < epoch)
        replica->seen = epoch;
}

/* The promise of somebody who may have to be followed by a new election. */
static void recv_promise(struct step *step, uint16_t queue, uint64_t epoch)
{
    struct replica *replica = replica_at(step->node, queue);
    heard_epoch(replica, epoch);
    if (role_leads(replica) && epoch > replica->promised)
        role_step_down(step, queue);
}

static void recv_join(struct step *step, uint16_t queue, uint16_t peer, const struct frame *frame)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    struct link *link = link_at(node, queue, peer);
    bool lost = (frame->flags & FRAME_NEGATIVE) != 0;
    link->flags = (uint8_t)(frame->hint != 0 ? link->flags | LINK_LED : link->flags & ~LINK_LED);
    recv_promise(step, queue, frame->term);
    if (replica->led && replica->view.primary == peer)
        follow_lost(node, queue);
    if (!lost)
        view_learn(step, queue, &frame->view);
    view_heard(step, queue, peer);
    tend(node, queue);
    if (!role_leads(replica))
        return;
    if (frame->term == replica->promised && frame->hint == node->node + 1u)
        ship_joined(node, queue, peer, frame);
    else
        owe(node, queue, peer, OWED_RECORD);
}

static void recv_fenced(struct step *step, uint16_t queue, const struct frame *frame)
{
    struct replica *replica = replica_at(step->node, queue);
    recv_promise(step, queue, frame->hint);
    if (replica->role == ROLE_CANDIDATE && frame->hint > replica->promised)
        role_step_down(step, queue);
    tend(step->node, queue);
}

static bool recv_record(struct step *step, uint16_t queue, uint16_t peer, const struct frame *frame)
{
    struct replica *replica = replica_at(step->node, queue);
    if (frame->view.epoch != frame->term || frame->view.primary != peer)
        return false;
    link_at(step->node, queue, peer)->flags &= (uint8_t)~LINK_LED;
    heard_epoch(replica, frame->term);
    view_heard(step, queue, peer);
    view_received(step, queue, peer, frame);
    return true;
}

/* From whoever leads this replica, on the connection that it asked to follow on. */
static bool recv_lead(struct step *step, uint16_t queue, uint16_t peer, const struct frame *frame)
{
    struct node *node = step->node;
    const struct replica *replica = replica_at(node, queue);
    if (frame->term < replica->promised) {
        owe(node, queue, peer, OWED_FENCED);
        return true;
    }
    if (!replica->led || !replica->joined || replica->view.primary != peer || frame->term != replica->promised)
        return true; /* said before it heard where this replica stands */
    return frame->kind == FRAME_SHIP ? follow_ship(step, queue, frame) : copy_received(step, queue, frame);
}

static bool recv_about(struct step *step, uint16_t queue, uint16_t peer, const struct frame *frame)
{
    switch ((enum frame_kind)frame->kind) {
    case FRAME_JOIN:
        recv_join(step, queue, peer, frame);
        return true;
    case FRAME_ASK_VOTE:
        heard_epoch(replica_at(step->node, queue), frame->term);
        elect_asked(step, queue, peer, frame->term, &frame->view);
        return true;
    case FRAME_VOTE:
        heard_epoch(replica_at(step->node, queue), frame->hint);
        elect_answered(step, queue, peer, frame);
        return true;
    case FRAME_RECORD:
        return recv_record(step, queue, peer, frame);
    case FRAME_RECORDED:
        view_recorded(step, queue, peer, frame);
        return true;
    case FRAME_SHIPPED:
        ship_acknowledged(step, queue, peer, frame);
        return true;
    case FRAME_SHIP:
    case FRAME_COPY:
        return recv_lead(step, queue, peer, frame);
    case FRAME_FENCED:
        recv_fenced(step, queue, frame);
        return true;
    default:
        return false;
    }
}

void recv_peer(struct step *step, uint16_t slot, const struct frame *frame)
{
    struct node *node = step->node;
    uint16_t peer = peer_of(node, slot);
    if (frame->queue >= node->queues || !queue_is_passive(node, frame->queue)) {
        connection_close(step, slot);
        return;
    }
    cluster_boot(step, frame->queue);
    struct link *link = link_at(node, frame->queue, peer);
    if (!(link->flags & LINK_MET)) {
        link->flags |= LINK_MET;
        tend(node, frame->queue);
    }
    if (!recv_about(step, frame->queue, peer, frame))
        connection_close(step, slot);
}
