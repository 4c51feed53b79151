/* A counterexample is a list of action names, and it is believed only after it was executed again: on a concrete world
 * through world_apply(), beside the interned contents, with the fingerprints compared after every action. A difference
 * means that a step is no pure function of what it was memoised by: a determinism bug, and reported as one. */
#include <string.h>

#include "models/base/check.h"
#include "sim/check/explore.h"

static uint32_t trace_length(const struct frontier *frontier, const struct ending *ending)
{
    uint32_t length = ending->action != 0;
    for (uint32_t state = ending->state; frontier->links[state].parent != UINT32_MAX;
         state = frontier->links[state].parent)
        length++;
    return length;
}

/* Read backwards: the links lead from a state to its parent. */
static void trace_actions(const struct explorer *explorer, const struct ending *ending, struct action *ret_actions,
                          uint32_t length)
{
    const struct frontier *frontier = &explorer->frontier;
    uint32_t at = length;
    if (ending->action != 0)
        ret_actions[--at] = *catalogue_at(&explorer->catalogue, ending->action)->action;
    for (uint32_t state = ending->state; at > 0; state = frontier->links[state].parent)
        ret_actions[--at] = *catalogue_at(&explorer->catalogue, frontier->links[state].action)->action;
}

/* An action by its name alone, crash in the middle and picks included. Returns the bits of what it broke. */
static uint32_t tuple_apply(struct explorer *explorer, uint32_t *tuple, const struct action *action)
{
    struct action whole = *action;
    whole.pick_count = 0;
    memset(whole.picks, 0, sizeof whole.picks);
    if (action->cut != 0) {
        whole.cut = 0;
        whole.power = whole.torn = 0;
        whole.kept = 0;
    }
    struct successor successor = {.tuple = tuple, .cut = action->cut, .pick_count = action->pick_count};
    memcpy(successor.picks, action->picks, sizeof successor.picks);
    successor_apply(&successor, &explorer->memo, catalogue_action(&explorer->catalogue, &whole));
    if (action->cut != 0) {
        struct action crash = action_crash_of_cut(explorer->shape, action);
        successor_crash(&successor, &explorer->memo, catalogue_action(&explorer->catalogue, &crash));
    }
    CHECK(successor.kind == SUCCESSOR_DONE && successor.picks_used == successor.pick_count);
    return successor.breached;
}

static uint32_t world_apply_again(struct world *world, const struct action *action)
{
    const struct world_effects *effects;
    CHECK(world_is_enabled(world, action));
    CHECK(world_apply(world, action, 0, NULL, NULL, &effects));
    uint32_t breached = 0;
    for (uint32_t i = 0; i < effects->observation_count; i++)
        breached |= effects->verdicts[i].breached;
    return breached;
}

static uint32_t world_breached_when_quiet(struct world *world)
{
    const struct world_effects *effects;
    world_judge_quiet(world, &effects);
    uint32_t breached = 0;
    for (uint32_t i = 0; i < effects->observation_count; i++)
        breached |= effects->verdicts[i].breached;
    return breached;
}

void trace_rebuild(struct explorer *explorer, const struct ending *ending, struct check_result *result)
{
    CHECK(ending->found);
    uint32_t length = trace_length(&explorer->frontier, ending);
    result->property = ending->property;
    result->trace_length = length;
    result->trace = memory_take(&explorer->memory, length * sizeof *result->trace);
    result->trace_fingerprint = memory_take(&explorer->memory, length * sizeof *result->trace_fingerprint);
    trace_actions(explorer, ending, result->trace, length);

    uint32_t tuple[explorer->frontier.parts];
    explorer_start_tuple(explorer, tuple);
    struct world *world = world_new(explorer->shape);
    uint32_t breached = 0;
    for (uint32_t i = 0; i < length; i++) {
        breached = tuple_apply(explorer, tuple, &result->trace[i]);
        CHECK(world_apply_again(world, &result->trace[i]) == breached);
        result->trace_fingerprint[i] = explorer_fingerprint(explorer, tuple);
        CHECK(digest_equal(world_fingerprint(world), result->trace_fingerprint[i]));
    }
    if (ending->action == 0)
        breached = world_breached_when_quiet(world);
    CHECK(breached >> ending->property & 1);
    world_free(world);
}
