/* Durability: a confirmed message is settled by a consumer, disposed of by a declared rule, or held by the memory or
 * the surviving log of a node.
 *
 * Judged from outside: a node holds what it said it appended, up to where its log survived a crash; a producer's
 * confirm counts when the producer reads it; and only a consumer's ack settles. So a node that confirms too early,
 * settles what nobody acked, or forgets at a boot what its log still had, is found out the moment the message is
 * confirmed and held nowhere. */
#include "models/oracle/oracle_block.h"

static bool routable(const struct oracle *oracle, const struct message *message)
{
    return message->queue < oracle->config.queues;
}

static bool settled(const struct oracle *oracle, const struct message *message)
{
    const struct client_view *producer = message_producer(oracle, message);
    return producer == NULL || seqset_has(&oracle->arena, &producer->settled, message->sequence);
}

static void settle(struct judgement *judgement, const struct message *message)
{
    struct oracle *oracle = judgement->oracle;
    struct client_view *producer = message_producer(oracle, message);
    if (producer == NULL)
        return;
    if (!seqset_add(&oracle->arena, &producer->settled, message->sequence, NULL))
        oracle->full = 1;
    live_end(oracle, producer, message->sequence);
}

/* The live message, made so if it is not; NULL when its producer is none, or the block is full. */
static struct live *live_make(struct oracle *oracle, const struct message *message)
{
    struct live *live = message_live(oracle, message);
    struct client_view *producer = message_producer(oracle, message);
    if (live != NULL || producer == NULL)
        return live;
    uint32_t at = arena_take(&oracle->arena, live_units(oracle));
    if (at == 0 || !omap_put(&oracle->arena, &producer->live, message->sequence, at)) {
        oracle->full = 1;
        return NULL;
    }
    return live_at(oracle, (struct live_ref){at});
}

bool live_held_by_nodes(const struct oracle *oracle, const struct live *live, uint16_t queue)
{
    uint32_t serving = UINT32_MAX;
    if (oracle->config.queue_replication[queue] == REPLICATION_PASSIVE && queue_watch(oracle, queue)->epoch != 0)
        serving = queue_watch(oracle, queue)->in_sync;
    for (uint32_t node = 0; node < oracle->config.nodes; node++)
        if (live->hold[node] != HOLD_NOWHERE && (serving >> node & 1) != 0)
            return true;
    return false;
}

static bool live_held_at_all(const struct oracle *oracle, const struct live *live)
{
    for (uint32_t node = 0; node < oracle->config.nodes; node++)
        if (live->hold[node] != HOLD_NOWHERE)
            return true;
    return false;
}

static void live_lost(struct judgement *judgement, struct live *live, const struct message *message)
{
    if ((live->flags & LIVE_LOST) != 0)
        return;
    live->flags |= LIVE_LOST;
    judge_breach(judgement, PROPERTY_DURABILITY, message);
}

/* Is it over for a message, now that it is confirmed or a node let go of it? */
static void live_judge(struct judgement *judgement, struct live *live, const struct message *message)
{
    struct oracle *oracle = judgement->oracle;
    struct client_view *producer = message_producer(oracle, message);
    bool confirmed = (live->flags & LIVE_CONFIRMED) != 0;
    if (confirmed)
        judge_exercise(judgement, PROPERTY_DURABILITY);
    if (live_held_by_nodes(oracle, live, producer->config.queue))
        return;
    if (confirmed && live->ruled != 0)
        settle(judgement, message);
    else if (confirmed)
        live_lost(judgement, live, message);
    else if (!live_held_at_all(oracle, live) && (live->ruled == 0 || !producer->config.confirms))
        live_end(oracle, producer, message->sequence); /* no news, and no confirm of it can be under way */
}

static void copy_comes(const struct oracle *oracle, struct live *live, uint32_t node)
{
    uint16_t *copies = live_copies(oracle, live) + node;
    if (*copies < UINT16_MAX)
        ++*copies;
}

/* False: it was the last. */
static bool copy_goes(const struct oracle *oracle, struct live *live, uint32_t node)
{
    uint16_t *copies = live_copies(oracle, live) + node;
    if (*copies > 0 && *copies < UINT16_MAX)
        --*copies;
    return *copies > 0;
}

void durability_appended(struct judgement *judgement)
{
    const struct observation *seen = judgement->seen;
    struct oracle *oracle = judgement->oracle;
    if (settled(oracle, &seen->message))
        return; /* a copy of what is over */
    struct live *live = live_make(oracle, &seen->message);
    if (live == NULL)
        return;
    copy_comes(oracle, live, seen->actor);
    uint64_t *hold = &live->hold[seen->actor];
    if (*hold == HOLD_NOWHERE || (*hold == HOLD_MEMORY && seen->position != 0))
        *hold = seen->position != 0 ? seen->position : HOLD_MEMORY;
    live->recovered |= (uint16_t)(1u << seen->actor);
    live->ruled &= (uint16_t) ~(1u << seen->actor);
}

void durability_answered(struct judgement *judgement)
{
    const struct observation *seen = judgement->seen;
    struct oracle *oracle = judgement->oracle;
    if ((seen->flags & FRAME_NEGATIVE) != 0 || !routable(oracle, &seen->message) || settled(oracle, &seen->message))
        return;
    struct live *live = live_make(oracle, &seen->message);
    if (live == NULL)
        return;
    live->flags |= LIVE_CONFIRMED;
    live_judge(judgement, live, &seen->message);
}

/* A consumer's ack ends the obligation; so does its rejecting a message for good. */
void durability_acked(struct judgement *judgement)
{
    const struct observation *seen = judgement->seen;
    bool again = (seen->flags & FRAME_NEGATIVE) != 0 && (seen->flags & FRAME_REQUEUE) != 0;
    if (!again)
        settle(judgement, &seen->message);
}

static bool queue_auto_acks(const struct oracle *oracle, uint16_t queue)
{
    for (uint32_t client = 0; client < oracle->clients; client++) {
        const struct oracle_client *config = &client_view(oracle, client)->config;
        if (config->kind == ORACLE_CONSUMER && config->queue == queue && config->auto_ack)
            return true;
    }
    return false;
}

/* A node no longer holds a message: settled or dropped, as it says. */
void durability_left(struct judgement *judgement)
{
    const struct observation *seen = judgement->seen;
    struct oracle *oracle = judgement->oracle;
    if (settled(oracle, &seen->message))
        return;
    if (queue_auto_acks(oracle, seen->message.queue)) { /* it settles when it sends: that is what was asked for */
        settle(judgement, &seen->message);
        return;
    }
    durability_discarded(judgement);
}

/* A node no longer holds a message, settled or not: a replica's own copy gives way to its primary's. */
void durability_discarded(struct judgement *judgement)
{
    const struct observation *seen = judgement->seen;
    struct oracle *oracle = judgement->oracle;
    struct live *live = message_live(oracle, &seen->message);
    if (live == NULL || copy_goes(oracle, live, seen->actor))
        return;
    live->hold[seen->actor] = HOLD_NOWHERE;
    live_judge(judgement, live, &seen->message);
}

/* ---- crashes and boots ---- */

static void live_crash(struct judgement *judgement, struct live *live, const struct message *message)
{
    uint64_t *hold = &live->hold[judgement->seen->actor];
    bool held = *hold != HOLD_NOWHERE;
    live->recovered &= (uint16_t) ~(1u << judgement->seen->actor);
    live_copies(judgement->oracle, live)[judgement->seen->actor] = 0;
    if (*hold == HOLD_MEMORY)
        live->ruled |= (uint16_t)(1u << judgement->seen->actor);
    if (*hold == HOLD_MEMORY || *hold > judgement->seen->position)
        *hold = HOLD_NOWHERE;
    if (held)
        live_judge(judgement, live, message);
}

/* Who is not in the new in-sync set may not serve what it holds any more. */
static void live_viewed(struct judgement *judgement, struct live *live, const struct message *message)
{
    uint16_t queue = message_producer(judgement->oracle, message)->config.queue;
    if (queue == judgement->seen->queue && (live->flags & LIVE_CONFIRMED) != 0)
        live_judge(judgement, live, message);
}

void durability_view(struct judgement *judgement)
{
    live_foreach(judgement, live_viewed);
}

void durability_crashed(struct judgement *judgement)
{
    live_foreach(judgement, live_crash);
}

void durability_recovered(struct judgement *judgement)
{
    const struct observation *seen = judgement->seen;
    struct oracle *oracle = judgement->oracle;
    if (settled(oracle, &seen->message))
        return; /* its settlement was not on disk yet: it comes once more, and that is allowed */
    struct live *live = live_make(oracle, &seen->message);
    if (live == NULL)
        return;
    copy_comes(oracle, live, seen->actor);
    live->recovered |= (uint16_t)(1u << seen->actor);
    if (live->hold[seen->actor] == HOLD_NOWHERE || seen->position < live->hold[seen->actor])
        live->hold[seen->actor] = seen->position;
}

/* What its log held and the boot did not bring back, the node has lost. */
static void live_forgotten(struct judgement *judgement, struct live *live, const struct message *message)
{
    uint32_t node = judgement->seen->actor;
    if (live->hold[node] == HOLD_NOWHERE || (live->recovered >> node & 1) != 0)
        return;
    live->hold[node] = HOLD_NOWHERE;
    live_judge(judgement, live, message);
}

void durability_recovery_done(struct judgement *judgement)
{
    if (judgement->seen->value == REFUSE_NOTHING)
        live_foreach(judgement, live_forgotten);
}
