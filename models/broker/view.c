/* Promises and views: what makes one primary of an epoch, and no confirmed message forgotten.
 *
 * Every node, with a replica or not, keeps two things about a replicated queue in its log, apart from one another as
 * in Paxos (Lamport, "Paxos Made Simple", 2.2): the epoch that it promised, with its vote in it; and the view that
 * it recorded, ordered by (epoch, version). A promise refuses all that belongs to lower epochs. A vote promises, and
 * leaves the recorded view alone: what an unsuccessful candidate would have had must not outrank what a majority has.
 *
 * An in-sync set counts when a majority of the nodes has recorded it. A primary has at most one that does not count
 * yet, and until it does confirms wait for the members of both (PacificA, Lin et al. 2008, section 2; there a
 * configuration manager records, here the nodes do). So whatever view a majority of voters knows of, its
 * members hold everything that was confirmed. A member may be dropped when its connection is lost. One that returned
 * is taken in when it has caught up: from then on confirms wait for it, and once it holds all that was confirmed
 * before, it is proposed.
 *
 * A view that another node recorded may be learnt: it can only make this node more demanding. But learning is no
 * recording: its primary does not count it.
 *
 * A node whose disk was lost has forgotten promises. It follows, but neither votes nor records until it has heard
 * from every other node what epochs there were; whoever it may have voted for remembers that. */
#include "models/broker/broker_core.h"

bool view_older(const struct view *a, const struct view *b)
{
    return a->epoch < b->epoch || (a->epoch == b->epoch && a->version < b->version);
}

bool data_behind(const struct view *a, const struct view *b)
{
    return a->data_epoch < b->data_epoch || (a->data_epoch == b->data_epoch && a->data_index < b->data_index);
}

uint32_t node_bits(uint32_t mask)
{
    uint32_t count = 0;
    for (; mask != 0; mask &= mask - 1)
        count++;
    return count;
}

uint32_t majority(const struct node *node)
{
    return node->nodes / 2u + 1;
}

void view_initial(struct node *node, uint16_t queue)
{
    struct replica *replica = replica_at(node, queue);
    bool member = (replica->replicas >> node->node & 1) != 0;
    replica->promised = 1;
    replica->voted = (uint16_t)(1 + replica->first);
    replica->view = (struct view){
        .epoch = 1, .primary = replica->first, .in_sync = replica->replicas, .data_epoch = member ? 1 : 0};
}

void view_change(struct step *step, uint16_t queue)
{
    struct node *node = step->node;
    log_append_view(step, queue);
    replica_at(node, queue)->changed = node->log.end;
    fsync_hurry(step);
}

void view_promise(struct node *node, uint16_t queue, uint64_t epoch, uint16_t voted)
{
    struct replica *replica = replica_at(node, queue);
    CHECK(epoch > replica->promised);
    replica->promised = epoch;
    replica->voted = voted;
    if (replica->seen < epoch)
        replica->seen = epoch;
    for (uint16_t peer = 0; peer < node->nodes; peer++)
        link_at(node, queue, peer)->owes &= (uint8_t) ~(OWED_VOTE | OWED_RECORDED | OWED_SHIPPED);
    if (replica->asked_epoch <= epoch) {
        replica->asked_epoch = 0;
        replica->asked = (struct view){0};
    }
}

static void view_adopt(struct replica *replica, const struct view *view)
{
    replica->view.epoch = view->epoch;
    replica->view.version = view->version;
    replica->view.primary = view->primary;
    replica->view.in_sync = view->in_sync;
}

void view_learn(struct step *step, uint16_t queue, const struct view *view)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    if (!view_older(&replica->view, view))
        return;
    if (view->epoch > replica->promised) {
        if (role_leads(replica) || replica->role == ROLE_CANDIDATE)
            role_step_down(step, queue);
        follow_lost(node, queue);
        view_promise(node, queue, view->epoch, (uint16_t)(1 + view->primary));
    }
    if (role_leads(replica))
        return;
    view_adopt(replica, view);
    view_change(step, queue);
    tend(node, queue);
}

void view_heard(struct step *step, uint16_t queue, uint16_t peer)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    if (!replica->lost)
        return;
    replica->heard |= (uint16_t)(1u << peer);
    if (node_bits(replica->heard) < node->nodes)
        return;
    replica->lost = 0;
    replica->heard = 0;
    if (replica->seen == 0) { /* nobody has anything */
        view_initial(node, queue);
        replica->base_epoch = replica->view.data_epoch;
        replica->seen = 1;
    } else if (replica->seen > replica->promised) {
        follow_lost(node, queue);
        view_promise(node, queue, replica->seen, 0);
    }
    view_change(step, queue);
    tend(node, queue);
}

/* ---- recording ---- */

void view_received(struct step *step, uint16_t queue, uint16_t peer, const struct frame *frame)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    if (frame->term < replica->promised) {
        owe(node, queue, peer, OWED_FENCED);
        return;
    }
    CHECK(frame->term > replica->promised || !role_leads(replica));
    if (role_leads(replica) || replica->role == ROLE_CANDIDATE)
        role_step_down(step, queue);
    bool raised = frame->term > replica->promised, newer = view_older(&replica->view, &frame->view);
    bool anew = raised || !replica->led || replica->view.primary != peer;
    if (anew)
        follow_lost(node, queue);
    if (raised)
        view_promise(node, queue, frame->term, (uint16_t)(1 + peer));
    if (newer)
        view_adopt(replica, &frame->view);
    if (raised || newer)
        view_change(step, queue);
    owe(node, queue, peer, OWED_RECORDED);
    if (anew)
        follow_begin(step, queue);
}

void view_recorded(struct step *step, uint16_t queue, uint16_t peer, const struct frame *frame)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    if (!role_leads(replica) || frame->term != replica->promised || frame->count != replica->view.version)
        return;
    replica->recorded |= (uint16_t)(1u << peer);
    tend(node, queue);
}

bool view_is_recorded(const struct node *node, uint16_t queue)
{
    const struct replica *replica = replica_at(node, queue);
    if (replica->changed != 0)
        return false;
    return node->ignores || node_bits(replica->recorded | 1u << node->node) >= majority(node);
}

/* ---- a primary's in-sync set ---- */

static uint16_t gates(const struct node *node, uint16_t queue)
{
    uint32_t mask = 0;
    for (uint16_t peer = 0; peer < node->nodes; peer++)
        mask |= (uint32_t)((link_at(node, queue, peer)->flags & LINK_GATES) != 0) << peer;
    return (uint16_t)mask;
}

static uint64_t acked_least(const struct node *node, uint16_t queue, uint32_t mask)
{
    uint64_t least = UINT64_MAX;
    for (; mask != 0; mask &= mask - 1) {
        const struct link *link = link_at(node, queue, (uint16_t)__builtin_ctz(mask));
        uint64_t acked = (link->flags & LINK_ACKED) != 0 ? link->acked : 0;
        least = acked < least ? acked : least;
    }
    return least;
}

static uint64_t acked_most(const struct node *node, uint16_t queue, uint32_t mask)
{
    uint64_t most = 0;
    for (; mask != 0; mask &= mask - 1) {
        const struct link *link = link_at(node, queue, (uint16_t)__builtin_ctz(mask));
        if ((link->flags & LINK_ACKED) != 0 && link->acked > most)
            most = link->acked;
    }
    return most;
}

/* Up to which operation confirms have what their queue declares. ONE: the backup must be in either set, or the next
 * election could do without it. */
void view_replicated(struct node *node, uint16_t queue)
{
    struct replica *replica = replica_at(node, queue);
    uint32_t self = 1u << node->node, joining = gates(node, queue);
    uint32_t set = replica->committed | replica->view.in_sync;
    if (replica->confirm_after == CONFIRM_AFTER_ALL) {
        replica->replicated = acked_least(node, queue, (set | joining) & ~self);
        return;
    }
    uint64_t one = acked_most(node, queue, replica->committed & replica->view.in_sync & ~self);
    uint64_t all = acked_least(node, queue, joining & ~replica->view.in_sync & ~self);
    replica->replicated = one < all ? one : all;
}

static bool is_kept(const struct node *node, uint16_t queue, uint16_t peer)
{
    const struct replica *replica = replica_at(node, queue);
    const struct link *link = link_at(node, queue, peer);
    if (peer == node->node)
        return true;
    if (replica->view.in_sync >> peer & 1)
        return peer_is_open(node, peer) || !(replica->missed >> peer & 1);
    if (!(link->flags & LINK_GATES))
        return false;
    return replica->confirm_after == CONFIRM_AFTER_PRIMARY || link->acked >= replica->confirmed;
}

static void view_propose(struct step *step, uint16_t queue)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    uint32_t set = 0, backups;
    for (uint16_t peer = 0; peer < node->nodes; peer++)
        set |= (uint32_t)((replica->replicas >> peer & 1) != 0 && is_kept(node, queue, peer)) << peer;
    if (set == replica->view.in_sync)
        return;
    backups = set & ~(1u << node->node);
    if (replica->confirm_after == CONFIRM_AFTER_ONE && backups != 0 &&
        acked_most(node, queue, backups) < replica->confirmed)
        return; /* who remains must hold what was confirmed; its word is on the way */
    replica->view.in_sync = (uint16_t)set;
    replica->view.version++;
    replica->recorded = 0;
    replica->pending = 1;
    role_propose(step, queue);
    view_change(step, queue);
    owe_all(node, queue, OWED_RECORD);
    tend(node, queue);
}

static uint32_t met_mask(const struct node *node, uint16_t queue)
{
    uint32_t mask = 1u << node->node;
    for (uint16_t peer = 0; peer < node->nodes; peer++)
        mask |= (uint32_t)((link_at(node, queue, peer)->flags & LINK_MET) != 0) << peer;
    return mask;
}

static void view_pause(struct step *step, uint16_t queue, bool few)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    if (!few)
        replica->shaken = 0;
    bool pauses = few && (replica->shaken || replica->paused);
    if (pauses == replica->paused)
        return;
    replica->paused = pauses;
    role_serve(node, queue);
    if (replica->role == ROLE_PRIMARY)
        role_observe(step, queue);
}

void view_settle(struct step *step, uint16_t queue)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    bool few = !node->ignores && node_bits(met_mask(node, queue)) < majority(node);
    view_pause(step, queue, few);
    if (replica->pending && view_is_recorded(node, queue)) {
        replica->pending = 0;
        replica->committed = replica->view.in_sync;
        for (uint16_t peer = 0; peer < node->nodes; peer++)
            if (replica->committed >> peer & 1)
                link_at(node, queue, peer)->flags &= (uint8_t)~LINK_GATES;
        role_observe(step, queue);
    }
    if (!replica->pending && !few)
        view_propose(step, queue);
    view_replicated(node, queue);
}
