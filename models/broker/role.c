/* What a node is to a replicated queue, and what changes with it.
 *
 *   NONE       holds no replica
 *   SEEKING    knows of nobody who leads       -> BACKUP, CANDIDATE, ELECT (ignore), PRIMARY (the first boot)
 *   BACKUP     follows                         -> SEEKING, CANDIDATE, ELECT
 *   CANDIDATE  asks for votes                  -> SEEKING, BACKUP, ELECT
 *   ELECT      was elected; its view is being recorded, its messages put in line    -> PRIMARY, SEEKING
 *   PRIMARY    makes operations, serves        -> SEEKING
 *
 * What takes longer than a step is worked off in pieces: an elected node puts all that it holds in line; one that
 * leads no more closes its clients' connections, whose messages come back, and takes everything out of line. Until that
 * is done it neither follows nor stands. */
#include "models/broker/broker_core.h"

bool role_leads(const struct replica *replica)
{
    return replica->role == ROLE_PRIMARY || replica->role == ROLE_ELECT;
}

static bool role_may_follow(enum broker_role from, enum broker_role to)
{
    switch (from) {
    case ROLE_NONE:
        return to == ROLE_NONE || to == ROLE_SEEKING;
    case ROLE_SEEKING:
        return to != ROLE_NONE && to != ROLE_ALONE;
    case ROLE_BACKUP:
        return to == ROLE_SEEKING || to == ROLE_CANDIDATE || to == ROLE_ELECT;
    case ROLE_CANDIDATE:
        return to == ROLE_SEEKING || to == ROLE_BACKUP || to == ROLE_ELECT;
    case ROLE_ELECT:
        return to == ROLE_PRIMARY || to == ROLE_SEEKING;
    case ROLE_PRIMARY:
        return to == ROLE_SEEKING;
    case ROLE_ALONE:
        break;
    }
    return false;
}

void role_observe(struct step *step, uint16_t queue)
{
    const struct replica *replica = replica_at(step->node, queue);
    step_output(step, OUTPUT_OBSERVE)->u.observation = (struct observation){
        .kind = OBSERVE_ROLE,
        .queue = queue,
        .tag = replica->promised,
        .position = replica->role == ROLE_PRIMARY ? replica->committed : replica->view.in_sync,
        .value = replica->paused && replica->role == ROLE_PRIMARY ? ROLE_SEEKING : replica->role,
    };
}

void role_propose(struct step *step, uint16_t queue)
{
    const struct replica *replica = replica_at(step->node, queue);
    step_output(step, OUTPUT_OBSERVE)->u.observation = (struct observation){
        .kind = OBSERVE_PROPOSED, .queue = queue, .tag = replica->promised, .position = replica->view.in_sync};
}

void role_serve(struct node *node, uint16_t queue)
{
    const struct replica *replica = replica_at(node, queue);
    uint64_t bit = UINT64_C(1) << queue;
    bool leads = replica->role == ROLE_PRIMARY, served = (node->serving & bit) != 0;
    node->leading = leads ? node->leading | bit : node->leading & ~bit;
    node->serving = leads && !replica->paused ? node->serving | bit : node->serving & ~bit;
    if (served && (node->serving & bit) == 0)
        node->evicting = 1;
}

void role_take(struct step *step, uint16_t queue, enum broker_role role)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    CHECK(role_may_follow((enum broker_role)replica->role, role));
    replica->role = (uint8_t)role;
    if (role == ROLE_PRIMARY)
        replica->paused = 0;
    role_serve(node, queue);
    if (role == ROLE_PRIMARY)
        queue_touch(step, queue, queue_at(node, queue));
    role_observe(step, queue);
    tend(node, queue);
}

void role_step_down(struct step *step, uint16_t queue)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    if (role_leads(replica)) {
        replica->gathering = 1;
        replica->paused = replica->pending = replica->lined_up = 0;
        replica->waiting = 0;
        replica->due_ns = 0;
        replica->replicated = replica->confirmed = replica->made = replica->sweep = 0;
        replica->committed = replica->recorded = replica->missed = 0;
        replica->handed_epoch = replica->handed_index = 0;
        if (replica->role == ROLE_PRIMARY && node->ignores)
            ship_forget(node, queue);
    }
    replica->granted = replica->able = replica->abreast = 0;
    for (uint16_t peer = 0; peer < node->nodes; peer++) {
        struct link *link = link_at(node, queue, peer);
        link->owes &= (uint8_t) ~(OWED_ASK | OWED_RECORD);
        link->state = LINK_AWAY;
        link->flags &= LINK_MET | LINK_LED;
        link->acked = link->target = link->copied = link->behind = 0;
    }
    if (replica->stands == 0)
        replica->stands = 1;
    role_take(step, queue, ROLE_SEEKING);
    owe_all(node, queue, OWED_JOIN);
}

/* ---- what takes longer ---- */

static bool client_is_evicted(const struct node *node, uint16_t slot)
{
    const struct connection *connection = connection_at(node, slot);
    if (!connection->open)
        return false;
    return (connection->consuming && !(node->serving >> connection->queue & 1)) ||
           (connection->publishes & ~node->serving) != 0;
}

static void role_evict(struct step *step)
{
    struct node *node = step->node;
    for (uint16_t slot = 0; slot < node->peer_slots; slot++) {
        if (!client_is_evicted(node, slot))
            continue;
        if (!step_afford(step, 1))
            return;
        connection_close(step, slot);
    }
    node->evicting = 0;
}

static void role_gather(struct step *step, uint16_t queue)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    while (queue_ready(queue_at(node, queue)) > 0 && step_afford(step, 0))
        queue_gather(node, queue);
    if (queue_ready(queue_at(node, queue)) > 0 || queue_at(node, queue)->unacked > 0)
        return;
    replica->gathering = 0;
    tend(node, queue);
}

static void role_line_up(struct step *step, uint16_t queue)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    uint64_t place;
    struct entry_ref ref;
    while (omap_ceiling(&node->arena, &replica->index, replica->sweep, &place, &ref.at)) {
        if (!step_afford(step, 0))
            return;
        CHECK(entry_at(node, ref)->state == ENTRY_FOLLOWED);
        replica->sweep = place + 1;
        queue_append(step, ref);
    }
    replica->sweep = 0;
    replica->lined_up = 1;
    tend(node, queue);
}

static bool queue_works(const struct node *node, uint16_t queue)
{
    const struct replica *replica = replica_at(node, queue);
    if (replica->gathering)
        return queue_ready(queue_at(node, queue)) > 0 || queue_at(node, queue)->unacked == 0;
    return replica->role == ROLE_ELECT && !replica->lined_up;
}

bool role_busy(const struct node *node)
{
    bool busy = node->evicting;
    for (uint64_t left = node->passive; left != 0 && !busy; left &= left - 1)
        busy = queue_works(node, (uint16_t)__builtin_ctzll(left));
    return busy;
}

void role_work(struct step *step)
{
    struct node *node = step->node;
    if (node->evicting)
        role_evict(step);
    for (uint64_t left = node->passive; left != 0; left &= left - 1) {
        uint16_t queue = (uint16_t)__builtin_ctzll(left);
        if (!queue_works(node, queue))
            continue;
        if (replica_at(node, queue)->gathering)
            role_gather(step, queue);
        else
            role_line_up(step, queue);
    }
}
