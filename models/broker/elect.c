/* Elections: who may lead next, and how a majority agrees on it.
 *
 * Only a member of the recorded in-sync set may stand: it holds all that was confirmed (view.c). When the leader's
 * connection is lost, the lowest-numbered other member whose connection is open stands at once; everybody else waits,
 * and stands when BROKER_TIMER_ELECTION fires and still nobody leads. A node that was cut off must not depose, when
 * it returns, a leader that the others follow: from the timer on it only stands when a majority says that nobody leads
 * it (the pre-vote of Raft, Ongaro 2014, 9.6, without a round of its own: JOIN says so).
 *
 * A candidate promises itself a higher epoch and votes for itself, and asks once that is safe. Each node votes at most
 * once per epoch, and answers once its vote is safe. It refuses a candidate whose view is older than its own, who is
 * not in the in-sync set of the view it shows, or, being a member of that set, one who holds less than itself: then it
 * stands itself. A node that still follows a leader keeps the request until it misses that leader.
 *
 * A majority of all nodes elects. The new in-sync set is what of the old one voted: a member that did not is not waited
 * for. With CONFIRM_AFTER_ONE, what was confirmed may be held by no more than two members. So all members but one must
 * agree as well; one whose disk was lost says nothing about what it held, and is waited for like one that is not there,
 * unless everybody is. And only who holds as much as the winner is in the new set: whoever else is in it could be
 * elected next, without what this election found.
 *
 * PARTITION_IGNORE skips all that: the member whose turn it is takes over, with an epoch of its own (one modulo the
 * number of nodes), so that positions never mean two things. After a boot it first wants to see all other members. */
#include "models/broker/broker_core.h"

bool elect_entitled(const struct node *node, uint16_t queue)
{
    const struct replica *replica = replica_at(node, queue);
    bool member = (replica->replicas & replica->view.in_sync) >> node->node & 1;
    return replica->booted && member && replica->view.epoch != 0 && replica->view.data_epoch != 0 && !replica->lost &&
           !replica->led && !role_leads(replica) && !replica->gathering && replica->sweeping == SWEEP_NONE;
}

/* The member whose turn it is; NODES_MAX: nobody's. The one that led last is the last to be asked. */
static uint16_t elect_designated(const struct node *node, uint16_t queue)
{
    const struct replica *replica = replica_at(node, queue);
    uint32_t present = replica->view.in_sync & (uint32_t)peer_open_mask(node);
    uint32_t others = present & ~(1u << replica->view.primary);
    if (present == 0)
        return NODES_MAX;
    return (uint16_t)__builtin_ctz(others != 0 ? others : present);
}

/* Nodes that are here and say that nobody leads them. */
static uint32_t leaderless(const struct node *node, uint16_t queue)
{
    uint32_t mask = 1u << node->node;
    for (uint16_t peer = 0; peer < node->nodes; peer++)
        mask |= (uint32_t)((link_at(node, queue, peer)->flags & (LINK_MET | LINK_LED)) == LINK_MET) << peer;
    return mask;
}

static bool elect_may_stand(struct node *node, uint16_t queue)
{
    struct replica *replica = replica_at(node, queue);
    uint32_t open = peer_open_mask(node);
    bool mine = elect_designated(node, queue) == node->node;
    if (node->ignores)
        return mine && (replica->followed || (replica->view.in_sync & ~open) == 0);
    if (replica->stands == 1 && mine && node_bits(open) >= majority(node))
        return true;
    return replica->stands == 2 && node_bits(leaderless(node, queue)) >= majority(node);
}

static uint64_t elect_epoch(const struct node *node, uint16_t queue)
{
    const struct replica *replica = replica_at(node, queue);
    uint64_t epoch = (replica->seen > replica->promised ? replica->seen : replica->promised) + 1;
    while (node->ignores && epoch % node->nodes != node->node)
        epoch++;
    return epoch;
}

static void elected(struct step *step, uint16_t queue)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    bool one = replica->confirm_after == CONFIRM_AFTER_ONE;
    uint32_t with = node->ignores ? peer_open_mask(node) : one ? replica->abreast : replica->able;
    uint32_t set = (replica->view.in_sync & with) | 1u << node->node;
    if (replica->mixed) { /* what is held is a history of its own */
        ship_forget(node, queue);
        replica->mixed = 0;
        replica->view.data_epoch = replica->promised;
        replica->view.data_index = replica->base_index = 0;
        replica->base_epoch = replica->promised;
    }
    replica->handed_epoch = replica->view.data_epoch;
    replica->handed_index = replica->view.data_index;
    replica->view.epoch = replica->promised;
    replica->view.version = 0;
    replica->view.primary = node->node;
    replica->view.in_sync = (uint16_t)set;
    replica->granted = replica->able = replica->abreast = replica->recorded = 0;
    replica->made = replica->replicated = replica->confirmed = replica->sweep = 0;
    replica->stands = replica->lined_up = 0;
    replica->followed = 1;
    for (uint16_t peer = 0; peer < node->nodes; peer++) {
        struct link *link = link_at(node, queue, peer);
        link->owes &= (uint8_t) ~(OWED_ASK | OWED_JOIN);
        link->flags &= LINK_MET | LINK_LED;
        link->state = LINK_AWAY;
        link->acked = 0;
    }
    role_take(step, queue, ROLE_ELECT);
    view_change(step, queue);
    owe_all(node, queue, OWED_RECORD);
}

void elect_stand(struct step *step, uint16_t queue)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    if (replica->led || role_leads(replica))
        replica->stands = 0;
    if (replica->stands == 0 || !elect_entitled(node, queue) || !elect_may_stand(node, queue))
        return;
    replica->stands = 0;
    view_promise(node, queue, elect_epoch(node, queue), (uint16_t)(1 + node->node));
    replica->granted = replica->able = replica->abreast = 0;
    if (node->ignores) {
        elected(step, queue);
        return;
    }
    if (replica->role != ROLE_CANDIDATE)
        role_take(step, queue, ROLE_CANDIDATE);
    view_change(step, queue);
    tend(node, queue);
}

/* ---- votes ---- */

static bool elect_may_have(const struct node *node, uint16_t queue, uint16_t peer, const struct view *view)
{
    const struct replica *replica = replica_at(node, queue);
    return !view_older(view, &replica->view) && (view->in_sync >> peer & 1) != 0;
}

/* Whether this voter, being a member, holds what the candidate would drop. */
static bool elect_holds_more(const struct node *node, uint16_t queue, const struct view *view)
{
    const struct replica *replica = replica_at(node, queue);
    return (view->in_sync >> node->node & 1) != 0 && data_behind(view, &replica->view);
}

static void elect_grant(struct step *step, uint16_t queue, uint16_t peer, uint64_t epoch)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    if (replica->role == ROLE_CANDIDATE)
        role_step_down(step, queue);
    view_promise(node, queue, epoch, (uint16_t)(1 + peer));
    replica->stands = 0;
    node->election_anew = 1;
    view_change(step, queue);
    owe(node, queue, peer, OWED_VOTE);
}

void elect_asked(struct step *step, uint16_t queue, uint16_t peer, uint64_t epoch, const struct view *view)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    if (replica->lost || node->ignores)
        return;
    if (epoch == replica->promised && replica->voted == peer + 1) {
        owe(node, queue, peer, OWED_VOTE);
        return;
    }
    if (epoch <= replica->promised) {
        owe(node, queue, peer, OWED_REFUSAL);
        return;
    }
    if (replica->led) {
        replica->asked_node = peer;
        replica->asked_epoch = epoch;
        replica->asked = *view;
        return;
    }
    if (role_leads(replica)) /* who asks will not follow any more */
        role_step_down(step, queue);
    bool may = elect_may_have(node, queue, peer, view), more = elect_holds_more(node, queue, view);
    if (may && !more) {
        elect_grant(step, queue, peer, epoch);
        return;
    }
    owe(node, queue, peer, OWED_REFUSAL);
    if (may)
        replica->stands = 2;
    tend(node, queue);
}

void elect_answered(struct step *step, uint16_t queue, uint16_t peer, const struct frame *frame)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    bool refused = (frame->flags & FRAME_NEGATIVE) != 0;
    if (replica->role != ROLE_CANDIDATE)
        return;
    if (refused) {
        uint64_t epoch = replica->promised;
        view_learn(step, queue, &frame->view);
        if (frame->hint > epoch && !replica->retried) { /* it only asked for too low an epoch; but two must not race */
            replica->retried = 1;
            replica->stands = 2;
        }
    } else if (frame->term == replica->promised) {
        uint16_t bit = (uint16_t)(1u << peer);
        replica->granted |= bit;
        replica->able |= frame->view.data_epoch != 0 ? bit : 0;
        replica->abreast |= !data_behind(&frame->view, &replica->view) ? bit : 0;
    }
    tend(node, queue);
}

static bool elect_wins(const struct node *node, uint16_t queue)
{
    const struct replica *replica = replica_at(node, queue);
    uint32_t members = replica->view.in_sync;
    if (node_bits(replica->granted) < majority(node))
        return false;
    return replica->confirm_after != CONFIRM_AFTER_ONE || (members & ~(uint32_t)replica->granted) == 0 ||
           node_bits(replica->able & members) + 1 >= node_bits(members);
}

void elect_count(struct step *step, uint16_t queue)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    if (replica->changed != 0)
        return;
    if (!elect_entitled(node, queue)) { /* it learnt of a set without it */
        role_step_down(step, queue);
        return;
    }
    uint16_t self = (uint16_t)(1u << node->node);
    if (!(replica->granted & self)) {
        replica->granted |= self;
        replica->able |= self;
        owe_all(node, queue, OWED_ASK);
    }
    if (elect_wins(node, queue))
        elected(step, queue);
}

void elect_finish(struct step *step, uint16_t queue)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    if (!replica->lined_up || !view_is_recorded(node, queue))
        return;
    replica->view.data_epoch = replica->promised;
    replica->view.data_index = 0;
    replica->committed = replica->view.in_sync;
    replica->missed = (uint16_t)~peer_open_mask(node);
    replica->shaken = 1;
    log_append_view(step, queue);
    role_take(step, queue, ROLE_PRIMARY);
}
