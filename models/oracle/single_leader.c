/* Single leader: an epoch has one primary, and once a view of a newer epoch counts, nothing counts in an older one. An
 * old primary that goes on in a minority, fenced, is none: it may believe in its role, but a view that it commits, or
 * a second primary of one epoch, is a breach.
 *
 * The newest view is also what durability goes by: only a member of its in-sync set may ever serve what it holds. */
#include "models/oracle/oracle_block.h"

void single_leader_role(struct judgement *judgement)
{
    const struct observation *seen = judgement->seen;
    struct queue_watch *watch = queue_watch(judgement->oracle, seen->queue);
    if (seen->value != ROLE_PRIMARY)
        return;
    judge_exercise(judgement, PROPERTY_SINGLE_LEADER);
    struct message nobody = {.queue = seen->queue};
    if (seen->tag < watch->epoch || (seen->tag == watch->epoch && seen->actor != watch->primary)) {
        judge_breach(judgement, PROPERTY_SINGLE_LEADER, &nobody);
        return;
    }
    watch->epoch = seen->tag;
    watch->primary = seen->actor;
    watch->in_sync = (uint16_t)seen->position;
    durability_view(judgement);
}
