/* What a consumer receives: no-phantom (it was attempted, with these bytes, into this queue), fifo (first deliveries of
 * one producer's messages keep their order), prefetch (a consumer never holds more than it asked for). */
#include "models/oracle/oracle_block.h"

void no_phantom_delivered(struct judgement *judgement)
{
    const struct message *message = &judgement->seen->message;
    const struct client_view *producer = message_producer(judgement->oracle, message);
    judge_exercise(judgement, PROPERTY_NO_PHANTOM);
    bool attempted = producer != NULL && message->sequence >= 1 && message->sequence <= producer->attempted;
    bool same =
        message->body == message_body(message->producer, message->epoch, message->sequence, message->size_bytes);
    if (!attempted || !same || message->queue != observer_view(judgement)->config.queue)
        judge_breach(judgement, PROPERTY_NO_PHANTOM, message);
}

void fifo_delivered(struct judgement *judgement)
{
    const struct message *message = &judgement->seen->message;
    struct oracle *oracle = judgement->oracle;
    struct client_view *producer = message_producer(oracle, message);
    bool first = false;
    if (producer == NULL)
        return;
    if (!seqset_add(&oracle->arena, &producer->delivered, message->sequence, &first))
        oracle->full = 1;
    if (!first)
        return;
    judge_exercise(judgement, PROPERTY_FIFO);
    if (message->sequence < producer->delivered_max)
        judge_breach(judgement, PROPERTY_FIFO, message);
    else
        producer->delivered_max = message->sequence;
}

/* ---- prefetch ---- */

static struct unacked *unacked_at(const struct oracle *oracle, uint32_t at)
{
    return arena_at(&oracle->arena, at);
}

static struct live *unacked_live(const struct oracle *oracle, const struct unacked *unacked)
{
    uint32_t at = omap_get(&oracle->arena, &client_view(oracle, unacked->producer)->live, unacked->sequence);
    return at == 0 ? NULL : live_at(oracle, (struct live_ref){at});
}

void prefetch_delivered(struct judgement *judgement)
{
    const struct observation *seen = judgement->seen;
    struct oracle *oracle = judgement->oracle;
    struct client_view *consumer = observer_view(judgement);
    if (consumer->config.auto_ack || message_producer(oracle, &seen->message) == NULL)
        return;
    uint32_t at = arena_take(&oracle->arena, 1);
    struct link_view *link = observer_link(judgement);
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

static void prefetch_release(struct oracle *oracle, struct link_view *link, uint64_t tag)
{
    uint32_t at = omap_remove(&oracle->arena, &link->unacked, tag);
    if (at == 0)
        return; /* acked twice */
    struct live *live = unacked_live(oracle, unacked_at(oracle, at));
    if (live != NULL && live->held > 0)
        live->held--;
    arena_give(&oracle->arena, at, 1);
}

void prefetch_acked(struct judgement *judgement)
{
    prefetch_release(judgement->oracle, observer_link(judgement), judgement->seen->tag);
}

void prefetch_forget(struct oracle *oracle, struct link_view *link)
{
    uint64_t tag;
    uint32_t at;
    while (omap_ceiling(&oracle->arena, &link->unacked, 0, &tag, &at))
        prefetch_release(oracle, link, tag);
}
