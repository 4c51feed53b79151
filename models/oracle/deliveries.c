/* What a consumer receives: no-phantom (it was attempted, with these bytes, into this queue), fifo (first deliveries of
 * one producer's messages keep their order, and what was given back goes before them), prefetch (a consumer never holds
 * more than it asked for). */
#include "models/oracle/oracle_block.h"

void no_phantom_delivered(struct judgement *judgement)
{
    const struct message *message = &judgement->seen->message;
    const struct client_view *producer = message_producer(judgement->oracle, message);
    judge_exercise(judgement, PROPERTY_NO_PHANTOM);
    bool attempted = producer != NULL && message->sequence >= 1 && message->sequence <= producer->attempted;
    bool same =
        message->body == message_body(message->producer, message->epoch, message->sequence, message->size_bytes);
    if (!attempted || !same || message->queue != producer->config.queue ||
        message->queue != observer_view(judgement)->config.queue)
        judge_breach(judgement, PROPERTY_NO_PHANTOM, message);
}

/* ---- fifo ----
 *
 * A message that its only consumer gave back stands before all that was behind it (BROKER.md: requeued messages go back
 * to their original place), so nothing of the same producer may be delivered for the first time before it comes again.
 * What was under way already is no breach. Tags tell it apart: a consumer answers in the order of arrival and never
 * holds more than its prefetch, so whatever carries a tag of t + prefetch or more was sent after the node had read the
 * answer to t. */

static struct unacked *unacked_at(const struct oracle *oracle, uint32_t at)
{
    return arena_at(&oracle->arena, at);
}

static bool fifo_gives_back(const struct judgement *judgement)
{
    const uint8_t back = FRAME_NEGATIVE | FRAME_REQUEUE;
    const struct oracle_client *consumer = &observer_view(judgement)->config;
    bool alone = judgement->oracle->config.queue_consumers[consumer->queue] == 1 && consumer->links == 1;
    return alone && (judgement->seen->flags & back) == back && consumer->prefetch != 0;
}

/* Is a message of the same producer waited for, when one is delivered for the first time? In order, so that it stood
 * behind all that was delivered before. */
static bool fifo_overtakes(const struct judgement *judgement, uint32_t producer)
{
    const struct observation *seen = judgement->seen;
    const struct link_view *link = observer_link(judgement);
    const struct arena *arena = &judgement->oracle->arena;
    uint32_t prefetch = observer_view(judgement)->config.prefetch;
    uint64_t tag = 0;
    uint32_t at;
    for (; omap_ceiling(arena, &link->returned, tag, &tag, &at) && tag + prefetch <= seen->tag; tag++) {
        const struct unacked *returned = unacked_at(judgement->oracle, at);
        if (returned->producer == producer)
            return true;
    }
    return false;
}

/* It came again. */
static void fifo_take_back(struct judgement *judgement, uint32_t producer)
{
    struct link_view *link = observer_link(judgement);
    struct arena *arena = &judgement->oracle->arena;
    uint64_t tag = 0;
    uint32_t at;
    for (; omap_ceiling(arena, &link->returned, tag, &tag, &at); tag++) {
        const struct unacked *returned = unacked_at(judgement->oracle, at);
        if (returned->producer != producer || returned->sequence != judgement->seen->message.sequence)
            continue;
        omap_remove(arena, &link->returned, tag);
        arena_give(arena, at, 1);
    }
}

void fifo_delivered(struct judgement *judgement)
{
    const struct message *message = &judgement->seen->message;
    struct oracle *oracle = judgement->oracle;
    struct client_view *producer = message_producer(oracle, message);
    uint32_t client = message->producer - oracle->config.nodes;
    bool first = false;
    if (producer == NULL)
        return;
    fifo_take_back(judgement, client);
    if (!seqset_add(&oracle->arena, &producer->delivered, message->sequence, &first))
        oracle->full = 1;
    if (!first)
        return;
    judge_exercise(judgement, PROPERTY_FIFO);
    bool late = message->sequence < producer->delivered_max;
    if (late || fifo_overtakes(judgement, client))
        judge_breach(judgement, PROPERTY_FIFO, message);
    if (!late)
        producer->delivered_max = message->sequence;
}

/* ---- prefetch ---- */

static struct live *unacked_live(const struct oracle *oracle, const struct unacked *unacked)
{
    uint32_t at = omap_get(&oracle->arena, &client_view(oracle, unacked->producer)->live, unacked->sequence);
    return at == 0 ? NULL : live_at(oracle, (struct live_ref){at});
}

/* The consumer holds it no longer. Returns where the struct unacked lies, still taken; 0: acked twice, or never
 * delivered. */
static uint32_t prefetch_release(struct oracle *oracle, struct link_view *link, uint64_t tag)
{
    uint32_t at = omap_remove(&oracle->arena, &link->unacked, tag);
    if (at == 0)
        return 0;
    struct live *live = unacked_live(oracle, unacked_at(oracle, at));
    if (live != NULL && live->held > 0)
        live->held--;
    return at;
}

static void prefetch_drop(struct oracle *oracle, struct link_view *link, uint64_t tag)
{
    uint32_t at = prefetch_release(oracle, link, tag);
    if (at != 0)
        arena_give(&oracle->arena, at, 1);
}

void prefetch_delivered(struct judgement *judgement)
{
    const struct observation *seen = judgement->seen;
    struct oracle *oracle = judgement->oracle;
    struct client_view *consumer = observer_view(judgement);
    if (consumer->config.auto_ack || message_producer(oracle, &seen->message) == NULL)
        return;
    struct link_view *link = observer_link(judgement);
    prefetch_drop(oracle, link, seen->tag); /* a tag that comes again means the newer message */
    uint32_t at = arena_take(&oracle->arena, 1);
    if (at == 0 || !omap_put(&oracle->arena, &link->unacked, seen->tag, at)) {
        oracle->full = 1;
        return;
    }
    struct unacked *unacked = unacked_at(oracle, at);
    unacked->producer = seen->message.producer - oracle->config.nodes;
    unacked->sequence = seen->message.sequence;
    struct live *live = unacked_live(oracle, unacked);
    if (live != NULL)
        live->held++;
    if (consumer->config.prefetch == 0)
        return;
    judge_exercise(judgement, PROPERTY_PREFETCH);
    if (link->unacked.count > consumer->config.prefetch)
        judge_breach(judgement, PROPERTY_PREFETCH, &seen->message);
}

void prefetch_acked(struct judgement *judgement)
{
    struct oracle *oracle = judgement->oracle;
    struct link_view *link = observer_link(judgement);
    uint32_t at = prefetch_release(oracle, link, judgement->seen->tag);
    if (at == 0)
        return;
    if (!fifo_gives_back(judgement))
        arena_give(&oracle->arena, at, 1);
    else if (!omap_put(&oracle->arena, &link->returned, judgement->seen->tag, at))
        oracle->full = 1;
}

void prefetch_forget(struct oracle *oracle, struct link_view *link)
{
    uint64_t tag;
    uint32_t at;
    while (omap_ceiling(&oracle->arena, &link->unacked, 0, &tag, &at))
        prefetch_drop(oracle, link, tag);
    while (omap_ceiling(&oracle->arena, &link->returned, 0, &tag, &at))
        arena_give(&oracle->arena, omap_remove(&oracle->arena, &link->returned, tag), 1);
}
