/* One answer: on a living connection each publish is answered once. A confirm names a publish that is unanswered; with
 * `multiple` it answers all that is unanswered below it, too. */
#include "models/oracle/oracle_block.h"

void one_answer_sent(struct judgement *judgement)
{
    struct oracle *oracle = judgement->oracle;
    if (judgement->seen->tag != 0 &&
        !seqset_add(&oracle->arena, &observer_link(judgement)->unanswered, judgement->seen->tag, NULL))
        oracle->full = 1;
}

static void answered(struct oracle *oracle, struct link_view *link, uint64_t tag)
{
    if (!seqset_remove(&oracle->arena, &link->unanswered, tag))
        oracle->full = 1;
}

void one_answer_answer(struct judgement *judgement)
{
    const struct observation *seen = judgement->seen;
    struct oracle *oracle = judgement->oracle;
    struct link_view *link = observer_link(judgement);
    uint64_t lowest;
    uint32_t length;
    judge_exercise(judgement, PROPERTY_ONE_ANSWER);
    if (!seqset_has(&oracle->arena, &link->unanswered, seen->tag))
        judge_breach(judgement, PROPERTY_ONE_ANSWER, &seen->message);
    answered(oracle, link, seen->tag);
    while ((seen->flags & FRAME_MULTIPLE) != 0 && !oracle->full &&
           omap_ceiling(&oracle->arena, &link->unanswered.runs, 0, &lowest, &length) && lowest < seen->tag)
        answered(oracle, link, lowest);
}

void one_answer_forget(struct judgement *judgement)
{
    seqset_clear(&judgement->oracle->arena, &observer_link(judgement)->unanswered);
}
