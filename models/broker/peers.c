/* Connections between nodes, and what is owed over them.
 *
 * Whoever has the higher number opens the connection and opens it again when it is lost or refused: at the next firing
 * of BROKER_TIMER_CONNECT, on the other of two slots. Attempts that nobody answers are given up and made anew when
 * BROKER_TIMER_ATTEMPT fires: a time-out, since in a world where nothing is ever late there is none. The acceptor may
 * hear of the new connection before it hears that the old one is gone: the new one counts.
 *
 * What one node has to say to another is not queued but owed: a bit per matter (enum owed), operations by a count.
 * A frame is written when it can be sent, from what holds at that moment. So a connection that is blocked or slow costs
 * no room, and nobody hears what is not so any more. */
#include "models/base/units.h"
#include "models/broker/broker_core.h"

#define CONNECT_NS (200 * NS_PER_MS)
#define ATTEMPT_NS NS_PER_S /* a SYN is retransmitted after a second */

bool peer_is_slot(const struct node *node, uint16_t slot)
{
    return slot >= node->peer_slots;
}

uint16_t peer_of(const struct node *node, uint16_t slot)
{
    CHECK(peer_is_slot(node, slot));
    return (uint16_t)((slot - node->peer_slots) / 2);
}

bool peer_is_open(const struct node *node, uint16_t peer)
{
    return peer_at(node, peer)->open != 0;
}

uint16_t peer_open_mask(const struct node *node)
{
    uint32_t mask = 1u << node->node;
    for (uint16_t peer = 0; peer < node->nodes; peer++)
        mask |= (uint32_t)peer_is_open(node, peer) << peer;
    return (uint16_t)mask;
}

/* ---- opening ---- */

static bool peers_exist(const struct node *node)
{
    return node->passive != 0 && node->peer_slots < node->connections;
}

static void peer_attempt(struct step *step, uint16_t index)
{
    struct node *node = step->node;
    struct peer *peer = peer_at(node, index);
    uint16_t slot = (uint16_t)(node->peer_slots + 2 * index + peer->turn);
    CHECK(index < node->node && peer->open == 0);
    peer->turn = !peer->turn;
    peer->attempt = (uint16_t)(slot + 1);
    step_output(step, OUTPUT_OPEN)->connection = slot;
}

void peers_start(struct step *step)
{
    for (uint16_t index = 0; index < step->node->node && peers_exist(step->node); index++)
        peer_attempt(step, index);
}

void peers_timer(struct step *step)
{
    struct node *node = step->node;
    CHECK(node->connecting);
    node->connecting = 0;
    for (uint16_t index = 0; index < node->node; index++)
        if (peer_at(node, index)->open == 0 && peer_at(node, index)->attempt == 0)
            peer_attempt(step, index);
}

/* Some attempt has waited all the time; to begin the others anew as well does no harm. */
void peers_attempt_timer(struct step *step)
{
    struct node *node = step->node;
    CHECK(node->attempting);
    node->attempting = 0;
    for (uint16_t index = 0; index < node->node; index++) {
        if (peer_at(node, index)->attempt == 0)
            continue;
        step_output(step, OUTPUT_CLOSE)->connection = (uint16_t)(peer_at(node, index)->attempt - 1);
        peer_attempt(step, index);
    }
}

static void peers_arm(struct step *step, enum broker_timer timer, bool wanted, uint8_t *armed)
{
    if (wanted && !*armed) {
        struct broker_output *output = step_output(step, OUTPUT_ARM);
        output->timer = (uint16_t)timer;
        output->flags = timer == BROKER_TIMER_ATTEMPT ? OUTPUT_TIMEOUT : 0;
        output->u.arm.min_ns = output->u.arm.max_ns = timer == BROKER_TIMER_ATTEMPT ? ATTEMPT_NS : CONNECT_NS;
    } else if (!wanted && *armed) {
        step_output(step, OUTPUT_CANCEL)->timer = (uint16_t)timer;
    }
    *armed = wanted;
}

void peers_timers(struct step *step)
{
    struct node *node = step->node;
    bool alone = false, trying = false;
    for (uint16_t index = 0; index < node->node && peers_exist(node); index++) {
        const struct peer *peer = peer_at(node, index);
        alone |= peer->open == 0 && peer->attempt == 0;
        trying |= peer->attempt != 0;
    }
    peers_arm(step, BROKER_TIMER_CONNECT, alone, &node->connecting);
    peers_arm(step, BROKER_TIMER_ATTEMPT, trying, &node->attempting);
}

void peer_opened(struct step *step, uint16_t slot)
{
    struct node *node = step->node;
    uint16_t index = peer_of(node, slot);
    struct peer *peer = peer_at(node, index);
    if (!peers_exist(node)) {
        connection_close(step, slot);
        return;
    }
    if (peer->open != 0)
        connection_close(step, (uint16_t)(peer->open - 1));
    peer->open = (uint16_t)(slot + 1);
    peer->attempt = 0;
    for (uint64_t left = node->passive; left != 0; left &= left - 1) {
        uint16_t queue = (uint16_t)__builtin_ctzll(left);
        struct replica *replica = replica_at(node, queue);
        replica->missed &= (uint16_t) ~(1u << index);
        owe(node, queue, index, role_leads(replica) ? OWED_RECORD : OWED_JOIN);
        if (replica->role == ROLE_CANDIDATE)
            owe(node, queue, index, OWED_ASK);
        tend(node, queue);
    }
}

void peer_lost(struct step *step, uint16_t slot)
{
    struct peer *peer = peer_at(step->node, peer_of(step->node, slot));
    if (peer->attempt == slot + 1)
        peer->attempt = 0;
}

static void link_forget(struct node *node, uint16_t queue, uint16_t peer)
{
    struct replica *replica = replica_at(node, queue);
    struct link *link = link_at(node, queue, peer);
    link->owes = 0;
    link->state = LINK_AWAY;
    link->flags &= LINK_ACKED; /* what is safe there is safe there */
    link->copied = link->target = link->behind = 0;
    if (replica->led && replica->view.primary == peer)
        follow_lost(node, queue);
    if (replica->asked_epoch != 0 && replica->asked_node == peer) {
        replica->asked_epoch = replica->asked_node = 0;
        replica->asked = (struct view){0};
    }
    if (role_leads(replica)) {
        replica->missed |= (uint16_t)(1u << peer);
        replica->shaken = 1;
        view_replicated(node, queue);
    }
    tend(node, queue);
}

void peer_forget(struct node *node, uint16_t slot)
{
    uint16_t index = peer_of(node, slot);
    struct peer *peer = peer_at(node, index);
    if (peer->open != slot + 1)
        return;
    peer->open = 0;
    for (uint64_t left = node->passive; left != 0; left &= left - 1)
        link_forget(node, (uint16_t)__builtin_ctzll(left), index);
}

/* ---- what is owed ---- */

/* Among what is owed, what may be said now. */
static uint8_t owed_now(const struct node *node, uint16_t queue, uint16_t peer)
{
    const struct replica *replica = replica_at(node, queue);
    uint32_t owes = link_at(node, queue, peer)->owes;
    bool leader = replica->led && replica->view.primary == peer;
    if (replica->changed != 0)
        owes &= ~(uint32_t)(OWED_ASK | OWED_VOTE | OWED_RECORDED);
    if (replica->changed != 0 && node->ignores) /* nobody else's record will make up for it */
        owes &= ~(uint32_t)OWED_RECORD;
    if (replica->lost)
        owes &= ~(uint32_t)(OWED_RECORDED | OWED_SHIPPED);
    if (leader && (replica->gathering || replica->sweeping != SWEEP_NONE))
        owes &= ~(uint32_t)OWED_JOIN;
    return (uint8_t)owes;
}

static struct frame owed_frame(const struct node *node, uint16_t queue, enum owed what)
{
    const struct replica *replica = replica_at(node, queue);
    struct frame frame = {.queue = queue, .term = replica->promised, .view = replica->view};
    switch (what) {
    case OWED_JOIN:
        frame.kind = FRAME_JOIN;
        frame.hint = replica->led ? replica->view.primary + 1u : 0;
        frame.flags |= replica->lost ? FRAME_NEGATIVE : 0;
        frame.flags |= replica->mixed || replica->view.data_epoch == 0 ? FRAME_FIRST : 0;
        break;
    case OWED_FENCED:
        frame.kind = FRAME_FENCED;
        frame.hint = replica->promised;
        break;
    case OWED_ASK:
        frame.kind = FRAME_ASK_VOTE;
        break;
    case OWED_VOTE:
        frame.kind = FRAME_VOTE;
        break;
    case OWED_REFUSAL:
        frame.kind = FRAME_VOTE;
        frame.flags = FRAME_NEGATIVE;
        frame.hint = replica->promised;
        break;
    case OWED_RECORD:
        frame.kind = FRAME_RECORD;
        break;
    case OWED_RECORDED:
        frame.kind = FRAME_RECORDED;
        frame.count = replica->view.version;
        break;
    case OWED_SHIPPED:
        frame.kind = FRAME_SHIPPED;
        frame.tag = replica->shipped;
        break;
    }
    return frame;
}

static void owed_send(struct step *step, uint16_t queue, uint16_t peer, uint16_t slot, enum owed what)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    struct frame frame = owed_frame(node, queue, what);
    if (what == OWED_JOIN && replica->led && replica->view.primary == peer)
        follow_joined(step, queue);
    link_at(node, queue, peer)->owes &= (uint8_t)~what;
    step_send(step, slot, &frame);
}

static bool peer_is_writable(const struct node *node, uint16_t index, uint16_t *ret_slot)
{
    const struct peer *peer = peer_at(node, index);
    if (peer->open == 0 || connection_at(node, (uint16_t)(peer->open - 1))->blocked)
        return false;
    *ret_slot = (uint16_t)(peer->open - 1);
    return true;
}

static bool peer_is_owed(const struct node *node, uint16_t queue, uint16_t peer)
{
    return owed_now(node, queue, peer) != 0 || ship_pending(node, queue, peer);
}

bool peers_owe(const struct node *node)
{
    uint16_t slot;
    for (uint16_t peer = 0; peer < node->nodes; peer++) {
        if (!peer_is_writable(node, peer, &slot))
            continue;
        for (uint64_t left = node->passive; left != 0; left &= left - 1)
            if (peer_is_owed(node, (uint16_t)__builtin_ctzll(left), peer))
                return true;
    }
    return false;
}

/* False: this step can say no more. */
static bool peer_flush(struct step *step, uint16_t queue, uint16_t peer, uint16_t slot)
{
    struct node *node = step->node;
    while (peer_is_owed(node, queue, peer)) {
        if (!step_afford(step, 1))
            return false;
        uint8_t owes = owed_now(node, queue, peer);
        if (owes != 0)
            owed_send(step, queue, peer, slot, (enum owed)(owes & -owes));
        else
            ship_next(step, queue, peer, slot);
    }
    return true;
}

void peers_flush(struct step *step)
{
    struct node *node = step->node;
    uint16_t slot;
    for (uint16_t peer = 0; peer < node->nodes; peer++) {
        if (!peer_is_writable(node, peer, &slot))
            continue;
        for (uint64_t left = node->passive; left != 0; left &= left - 1)
            if (!peer_flush(step, (uint16_t)__builtin_ctzll(left), peer, slot))
                return;
    }
}
