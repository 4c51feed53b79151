/* No duplicate: a consumer that removes duplicates works on each message exactly once. Twice is a breach, and so is to
 * acknowledge as a duplicate what it never worked on. */
#include "models/oracle/oracle_block.h"

/* What the observing consumer completed of the message's producer; NULL: nobody's business, or (full) no room. */
static struct seqset *completed_of(struct judgement *judgement)
{
    struct oracle *oracle = judgement->oracle;
    struct client_view *consumer = observer_view(judgement);
    const struct message *message = &judgement->seen->message;
    if (!consumer->config.once || message_producer(oracle, message) == NULL)
        return NULL;
    uint64_t producer = message->producer - oracle->config.nodes + UINT64_C(1);
    uint32_t at = omap_get(&oracle->arena, &consumer->completed, producer);
    if (at == 0) {
        at = arena_take(&oracle->arena, 1);
        if (at == 0 || !omap_put(&oracle->arena, &consumer->completed, producer, at)) {
            oracle->full = 1;
            return NULL;
        }
    }
    return arena_at(&oracle->arena, at);
}

void no_duplicate_completed(struct judgement *judgement)
{
    struct seqset *completed = completed_of(judgement);
    bool first = false;
    if (completed == NULL)
        return;
    judge_exercise(judgement, PROPERTY_NO_DUPLICATE);
    if (!seqset_add(&judgement->oracle->arena, completed, judgement->seen->message.sequence, &first))
        judgement->oracle->full = 1;
    else if (!first)
        judge_breach(judgement, PROPERTY_NO_DUPLICATE, &judgement->seen->message);
}

void no_duplicate_acked(struct judgement *judgement)
{
    const struct observation *seen = judgement->seen;
    if ((seen->flags & FRAME_NEGATIVE) != 0 || observer_view(judgement)->config.auto_ack)
        return;
    const struct seqset *completed = completed_of(judgement);
    if (completed == NULL)
        return;
    judge_exercise(judgement, PROPERTY_NO_DUPLICATE);
    if (!seqset_has(&judgement->oracle->arena, completed, seen->message.sequence))
        judge_breach(judgement, PROPERTY_NO_DUPLICATE, &seen->message);
}

void no_duplicate_forget(struct judgement *judgement)
{
    struct oracle *oracle = judgement->oracle;
    struct client_view *consumer = observer_view(judgement);
    uint64_t producer;
    uint32_t at;
    while (omap_ceiling(&oracle->arena, &consumer->completed, 0, &producer, &at)) {
        seqset_clear(&oracle->arena, arena_at(&oracle->arena, at));
        omap_remove(&oracle->arena, &consumer->completed, producer);
        arena_give(&oracle->arena, at, 1);
    }
}
