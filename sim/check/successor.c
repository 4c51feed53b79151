#include "sim/check/successor.h"

#include "models/base/check.h"

#define DEPTH_MAX 64 /* effects of effects of ...: a real cascade is a handful deep */

static uint32_t tuple_disk_of(const uint32_t *tuple, const struct world_shape *shape, uint32_t part)
{
    return part < shape->node_count ? tuple[shape_part_disk(shape, part)] : 0;
}

/* The first step of the acting actor is the one that cuts count; remembered, so that its cuts can be asked for. */
static uint32_t acting_cut(struct successor *successor, const struct memo_question *question)
{
    successor->acting_content = question->content;
    successor->acting_input = question->input;
    successor->acting_disk = question->disk;
    successor->acting_picks_from = successor->picks_used;
    return successor->cut;
}

static bool successor_step(struct successor *successor, struct memo *memo, struct known_input first, unsigned depth)
{
    CHECK(depth < DEPTH_MAX);
    struct memo_question question = {
        .content = successor->tuple[first.part],
        .input = first.input,
        .disk = tuple_disk_of(successor->tuple, memo->contents->shape, first.part),
        .picks = successor->picks + successor->picks_used,
        .pick_count = successor->pick_count - successor->picks_used,
    };
    bool acts = first.part == successor->actor && successor->acting_step == 0;
    if (acts)
        question.cut = acting_cut(successor, &question);
    uint32_t picks_used;
    uint32_t number = memo_ask(memo, &question, &picks_used);
    successor->picks_used += picks_used;
    if (acts)
        successor->acting_step = number;

    const struct memo_step *step = memo_at(memo, number);
    if (step->kind == STEP_WANTS_PICK) {
        successor->kind = SUCCESSOR_WANTS_PICK;
        successor->ways = step->ways;
        return false;
    }
    if (step->truncated) {
        successor->kind = SUCCESSOR_TRUNCATED;
        successor->bound = step->truncated;
        return false;
    }
    successor->tuple[first.part] = step->content;
    successor->breached |= step->breached;
    successor->exercised |= step->exercised;
    const struct known_input *effects = step->effects; /* stays where it is; the step may move */
    for (uint32_t i = 0, count = step->effect_count; i < count; i++)
        if (!successor_step(successor, memo, effects[i], depth + 1))
            return false;
    return true;
}

static void successor_run(struct successor *successor, struct memo *memo, uint32_t action)
{
    struct known_action known = *catalogue_at(memo->catalogue, action);
    for (uint32_t i = 0; i < known.input_count; i++)
        if (!successor_step(successor, memo, known.inputs[i], 0))
            return;
    successor->kind = SUCCESSOR_DONE;
}

void successor_apply(struct successor *successor, struct memo *memo, uint32_t action)
{
    successor->picks_used = 0;
    successor->breached = successor->exercised = 0;
    successor->actor = catalogue_at(memo->catalogue, action)->actor;
    successor->acting_step = 0;
    successor_run(successor, memo, action);
}

void successor_crash(struct successor *successor, struct memo *memo, uint32_t crash)
{
    CHECK(successor->kind == SUCCESSOR_DONE && successor->cut != 0);
    successor->actor = UINT32_MAX;
    successor_run(successor, memo, crash);
}

void successor_quiet(struct successor *successor, struct memo *memo, uint32_t quiet_input)
{
    successor->picks_used = 0;
    successor->breached = successor->exercised = 0;
    successor->actor = UINT32_MAX;
    struct known_input quiet = {.part = shape_part_monitor(memo->contents->shape), .input = quiet_input};
    if (successor_step(successor, memo, quiet, 0))
        successor->kind = SUCCESSOR_DONE;
}

uint64_t successor_cuts(const struct successor *successor, struct memo *memo)
{
    CHECK(successor->kind == SUCCESSOR_DONE && successor->cut == 0);
    if (successor->acting_step == 0)
        return 0;
    const struct memo_step *step = memo_at(memo, successor->acting_step);
    if (step->cuts_known)
        return step->cuts;
    struct memo_question whole = {
        .content = successor->acting_content,
        .input = successor->acting_input,
        .disk = successor->acting_disk,
        .picks = successor->picks + successor->acting_picks_from,
        .pick_count = successor->pick_count - successor->acting_picks_from,
    };
    return memo_cuts(memo, &whole, successor->acting_step);
}
