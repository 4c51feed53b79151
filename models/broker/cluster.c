/* What follows when something changed, queue by queue.
 *
 * An input may change many queues at once (a connection between nodes is lost), and each of them may have much to say
 * about it. So an input only notes what is so now and which queues to look at; cluster_tend() looks at one after the
 * other, as far as a step reaches, and asks in a fixed order what follows from how things stand. Looking twice
 * does no harm.
 *
 * BROKER_TIMER_ELECTION runs while some queue has nobody who leads it and this node could, or while a primary waits for
 * a member of its in-sync set that has never connected. */
#include "models/base/units.h"
#include "models/broker/broker_core.h"

#define ELECTION_NS_MIN (150 * NS_PER_MS)
#define ELECTION_NS_MAX (300 * NS_PER_MS)
#define TEND_OUTPUTS 12

void tend(struct node *node, uint16_t queue)
{
    node->tended |= UINT64_C(1) << queue;
}

void owe(struct node *node, uint16_t queue, uint16_t peer, enum owed what)
{
    if (peer != node->node && peer_is_open(node, peer))
        link_at(node, queue, peer)->owes |= (uint8_t)what;
}

void owe_all(struct node *node, uint16_t queue, enum owed what)
{
    for (uint16_t peer = 0; peer < node->nodes; peer++)
        owe(node, queue, peer, what);
}

uint16_t cluster_hint(const struct node *node, uint16_t queue)
{
    if (!queue_is_passive(node, queue))
        return queue_at(node, queue)->hint;
    const struct replica *replica = replica_at(node, queue);
    return replica->led ? (uint16_t)(1 + replica->view.primary) : 0;
}

/* ---- the first look after a boot ---- */

static void boot_first(struct step *step, uint16_t queue)
{
    struct replica *replica = replica_at(step->node, queue);
    view_initial(step->node, queue);
    view_change(step, queue);
    if (replica->first != step->node->node)
        return;
    replica->committed = replica->view.in_sync;
    replica->handed_epoch = replica->view.data_epoch;
    replica->lined_up = replica->followed = 1;
    role_take(step, queue, ROLE_PRIMARY);
}

void cluster_boot(struct step *step, uint16_t queue)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    if (replica->booted)
        return;
    replica->booted = 1;
    role_take(step, queue, (replica->replicas >> node->node & 1) != 0 ? ROLE_SEEKING : ROLE_NONE);
    if (replica->written == 0 && node->first_boot) {
        boot_first(step, queue);
    } else if (replica->written == 0) {
        replica->lost = 1;
    } else { /* nobody knows whether what was read is safe */
        replica->changed = replica->entered = node->log.end;
        fsync_hurry(step);
    }
    replica->base_epoch = replica->view.data_epoch;
    replica->base_index = replica->view.data_index;
    replica->seen = replica->promised;
    if (node->nodes == 1)
        replica->stands = 2;
    view_heard(step, queue, node->node);
}

/* ---- what follows ---- */

static bool is_seeking(const struct node *node, uint16_t queue)
{
    const struct replica *replica = replica_at(node, queue);
    if (replica->role == ROLE_PRIMARY)
        return (replica->view.in_sync & ~replica->missed & ~peer_open_mask(node)) != 0;
    return replica->role == ROLE_CANDIDATE || elect_entitled(node, queue);
}

static void tend_queue(struct step *step, uint16_t queue)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    cluster_boot(step, queue);
    if (replica->role == ROLE_BACKUP && !replica->led)
        role_take(step, queue, ROLE_SEEKING);
    if (replica->asked_epoch != 0 && !replica->led) {
        uint64_t epoch = replica->asked_epoch;
        struct view view = replica->asked;
        replica->asked_epoch = 0;
        replica->asked = (struct view){0};
        elect_asked(step, queue, replica->asked_node, epoch, &view);
    }
    if (replica->role == ROLE_CANDIDATE)
        elect_count(step, queue);
    if (replica->role == ROLE_ELECT)
        elect_finish(step, queue);
    if (replica->role == ROLE_PRIMARY)
        view_settle(step, queue);
    if (replica->stands != 0)
        elect_stand(step, queue);
    uint64_t bit = UINT64_C(1) << queue;
    node->seeking = is_seeking(node, queue) ? node->seeking | bit : node->seeking & ~bit;
}

void cluster_tend(struct step *step)
{
    struct node *node = step->node;
    while (node->tended != 0 && step_afford(step, TEND_OUTPUTS)) {
        uint16_t queue = (uint16_t)__builtin_ctzll(node->tended);
        node->tended &= node->tended - 1;
        tend_queue(step, queue);
    }
}

void cluster_synced(struct step *step)
{
    struct node *node = step->node;
    for (uint64_t left = node->passive; left != 0; left &= left - 1) {
        uint16_t queue = (uint16_t)__builtin_ctzll(left);
        struct replica *replica = replica_at(node, queue);
        if (replica->entered <= node->log.synced)
            replica->entered = 0;
        if (replica->changed == 0 || replica->changed > node->log.synced)
            continue;
        replica->changed = 0;
        tend(node, queue);
    }
}

/* ---- timers ---- */

void cluster_election_timer(struct step *step)
{
    struct node *node = step->node;
    CHECK(node->election);
    node->election = 0;
    for (uint64_t left = node->seeking; left != 0; left &= left - 1) {
        uint16_t queue = (uint16_t)__builtin_ctzll(left);
        struct replica *replica = replica_at(node, queue);
        replica->retried = 0;
        if (replica->role == ROLE_PRIMARY)
            replica->missed |= (uint16_t) ~peer_open_mask(node);
        else
            replica->stands = 2;
        tend(node, queue);
    }
}

static void election_arm(struct step *step)
{
    struct node *node = step->node;
    bool wanted = node->seeking != 0;
    if (wanted && (!node->election || node->election_anew)) {
        struct broker_output *output = step_output(step, OUTPUT_ARM);
        output->flags = OUTPUT_TIMEOUT;
        output->timer = BROKER_TIMER_ELECTION;
        output->u.arm.min_ns = ELECTION_NS_MIN;
        output->u.arm.max_ns = ELECTION_NS_MAX;
    } else if (!wanted && node->election) {
        step_output(step, OUTPUT_CANCEL)->timer = BROKER_TIMER_ELECTION;
    }
    node->election = wanted;
    node->election_anew = 0;
}

void cluster_timers(struct step *step)
{
    election_arm(step);
    ship_arm(step);
    peers_timers(step);
}
