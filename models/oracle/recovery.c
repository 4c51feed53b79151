/* Recovery: a boot accepts exactly the whole records that survived, no torn one, no fewer; a refusal needs a reason,
 * and while nothing damages whole records there is none. */
#include "models/oracle/oracle_block.h"

void recovery_crashed(struct judgement *judgement)
{
    struct node_view *node = node_view(judgement->oracle, judgement->seen->actor);
    node->down = node->crashed = 1;
    node->refused = 0;
    node->log_end = judgement->seen->position;
}

void recovery_started(struct judgement *judgement)
{
    node_view(judgement->oracle, judgement->seen->actor)->down = 0;
}

void recovery_recovered(struct judgement *judgement)
{
    const struct observation *seen = judgement->seen;
    judge_exercise(judgement, PROPERTY_RECOVERY);
    if (seen->position > node_view(judgement->oracle, seen->actor)->log_end)
        judge_breach(judgement, PROPERTY_RECOVERY, &seen->message);
}

void recovery_done(struct judgement *judgement)
{
    const struct observation *seen = judgement->seen;
    struct node_view *node = node_view(judgement->oracle, seen->actor);
    node->refused = seen->value != REFUSE_NOTHING;
    if (node->crashed)
        judge_exercise(judgement, PROPERTY_RECOVERY);
    if (node->refused || seen->position != node->log_end)
        judge_breach(judgement, PROPERTY_RECOVERY, &seen->message);
    node->log_end = 0;
    node->crashed = 0;
}
