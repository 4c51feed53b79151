/* Single leader: an epoch has one primary, and what is proposed when a view of a newer epoch counts already, never
 * counts.
 *
 * A view counts when a majority has recorded it, and its primary hears of that later: meanwhile a newer epoch may have
 * begun, of whose primary some of the same majority say that they follow it now. That is no breach; the newer primary
 * was elected by somebody who had recorded the old view. But what is proposed only then finds no majority, unless an
 * old primary is not fenced. One that goes on after a pause, not knowing better, proposes nothing: it may believe in
 * its role.
 *
 * The newest view is also what durability goes by: only a member of its in-sync set may ever serve what it holds. */
#include "models/oracle/oracle_block.h"

static uint16_t watch_bit(const struct judgement *judgement)
{
    return (uint16_t)(1u << judgement->seen->actor);
}

void single_leader_proposed(struct judgement *judgement)
{
    struct queue_watch *watch = queue_watch(judgement->oracle, judgement->seen->queue);
    watch->timely &= (uint16_t)~watch_bit(judgement);
    if (judgement->seen->tag >= watch->epoch)
        watch->timely |= watch_bit(judgement);
}

static void judge_primary(struct judgement *judgement, struct queue_watch *watch)
{
    const struct observation *seen = judgement->seen;
    bool lawful = ((watch->timely | watch->paused) & watch_bit(judgement)) != 0;
    bool second = seen->tag == watch->epoch && seen->actor != watch->primary;
    struct message nobody = {.queue = seen->queue};
    judge_exercise(judgement, PROPERTY_SINGLE_LEADER);
    if (second || (seen->tag < watch->epoch && !lawful))
        judge_breach(judgement, PROPERTY_SINGLE_LEADER, &nobody);
    if (second || seen->tag < watch->epoch)
        return;
    watch->epoch = seen->tag;
    watch->primary = seen->actor;
    watch->in_sync = (uint16_t)seen->position;
    durability_view(judgement);
}

void single_leader_role(struct judgement *judgement)
{
    struct queue_watch *watch = queue_watch(judgement->oracle, judgement->seen->queue);
    uint64_t role = judgement->seen->value;
    if (role == ROLE_ELECT)
        single_leader_proposed(judgement);
    if (role == ROLE_PRIMARY)
        judge_primary(judgement, watch);
    watch->paused &= (uint16_t)~watch_bit(judgement);
    if (role == ROLE_SEEKING)
        watch->paused |= watch_bit(judgement);
}
