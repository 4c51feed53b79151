/* Every transition out of a state.
 *
 * One for each allowed action that some part offers; where a step inside it makes choices, one for each list of picks:
 * the step runs off its list, is discarded, and run again once per extension (as Exhaustigen does). And where a node
 * steps and may crash, one for each crash in the middle of the step: after each output that reaches another part, in
 * each way that a disk in that state can survive. What is broken on the way is noted here. */
#include <string.h>

#include "models/base/check.h"
#include "sim/check/explore.h"

static bool action_is_allowed(const struct explorer *explorer, const uint32_t *tuple, uint32_t action)
{
    const struct known_action *known = catalogue_at(&explorer->catalogue, action);
    const struct content *budget = contents_at(&explorer->contents, tuple[shape_part_budget(explorer->shape)]);
    bool node_up = known->node == UINT32_MAX || contents_at(&explorer->contents, tuple[known->node])->up;
    return action_allowed(explorer->shape, known->action, budget->bytes, node_up);
}

/* ---- what a transition shows ---- */

static void breach_note(struct explorer *explorer, uint32_t breached, uint32_t state, uint32_t action)
{
    breached &= explorer->checked;
    if (breached == 0)
        return;
    explorer->found |= breached;
    uint32_t stopping = explorer->options->stop_at_finding ? breached : breached & explorer->promised;
    uint32_t told = stopping != 0 ? stopping : breached;
    struct ending *ending = stopping != 0 ? &explorer->violation : &explorer->finding;
    if (!ending->found)
        *ending =
            (struct ending){.found = true, .state = state, .action = action, .property = (uint32_t)__builtin_ctz(told)};
    explorer->stop |= stopping != 0;
}

/* A finished successor, in the spare tuple. */
static void transition_note(struct explorer *explorer, const struct successor *successor, uint32_t state,
                            uint32_t action)
{
    explorer->transitions++;
    explorer->exercised_by_mask[successor->exercised]++;
    if (__builtin_expect(successor->breached != 0, 0))
        breach_note(explorer, successor->breached, state, action);
    explorer_collect(explorer, (struct link){.parent = state, .action = action});
}

/* ---- crashes in the middle of a step ---- */

/* What a state's expansion needs again and again. */
struct expansion {
    struct explorer *explorer;
    const uint32_t *tuple;
    uint32_t state;
    uint32_t may_crash; /* bit per node: the budgets allow a crash */
};

static void expand_crashes(struct expansion *expansion, const struct successor *cut, uint32_t action)
{
    struct explorer *explorer = expansion->explorer;
    uint32_t disk = cut->tuple[shape_part_disk(explorer->shape, cut->actor)];
    uint32_t offer_count = contents_at(&explorer->contents, disk)->offer_count;
    const struct offer *offers = contents_at(&explorer->contents, disk)->offers;
    size_t tuple_bytes = explorer->frontier.parts * sizeof *cut->tuple;
    for (uint32_t i = 0; i < offer_count && !explorer->stop; i++) {
        uint32_t crash = offers[i].action;
        if (catalogue_at(&explorer->catalogue, crash)->action->kind != ACTION_CRASH ||
            !action_is_allowed(explorer, cut->tuple, crash))
            continue;
        uint32_t named = catalogue_with_crash(&explorer->catalogue, action, cut->cut, crash);
        if (named == 0)
            continue;
        struct successor crashed = *cut;
        crashed.tuple = explorer_spare_tuple(explorer);
        memcpy(crashed.tuple, cut->tuple, tuple_bytes);
        successor_crash(&crashed, &explorer->memo, crash);
        if (crashed.kind == SUCCESSOR_DONE)
            transition_note(explorer, &crashed, expansion->state, named);
        else
            explorer->bounds_hit |= 1u << crashed.bound;
    }
}

static void expand_cuts(struct expansion *expansion, const struct successor *whole, uint64_t cuts, uint32_t action,
                        uint32_t named)
{
    struct explorer *explorer = expansion->explorer;
    uint32_t tuple[explorer->frontier.parts];
    for (; cuts != 0 && !explorer->stop; cuts &= cuts - 1) {
        struct successor cut = *whole;
        cut.tuple = tuple;
        cut.cut = (uint32_t)__builtin_ctzll(cuts);
        memcpy(tuple, expansion->tuple, sizeof tuple);
        successor_apply(&cut, &explorer->memo, action);
        CHECK(cut.kind != SUCCESSOR_WANTS_PICK);
        if (cut.kind == SUCCESSOR_DONE)
            expand_crashes(expansion, &cut, named);
        else
            explorer->bounds_hit |= 1u << cut.bound;
    }
}

/* ---- actions ---- */

static void expand_picks(struct expansion *expansion, struct successor *successor, uint32_t action);

/* The action with the picks that the successor carries. */
static void expand_picked(struct expansion *expansion, struct successor *successor, uint32_t action)
{
    struct explorer *explorer = expansion->explorer;
    successor->tuple = explorer_spare_tuple(explorer);
    memcpy(successor->tuple, expansion->tuple, explorer->frontier.parts * sizeof *successor->tuple);
    successor_apply(successor, &explorer->memo, action);
    if (successor->kind == SUCCESSOR_WANTS_PICK) {
        expand_picks(expansion, successor, action);
        return;
    }
    if (successor->kind == SUCCESSOR_TRUNCATED) {
        explorer->bounds_hit |= 1u << successor->bound;
        return;
    }
    CHECK(successor->picks_used == successor->pick_count);
    uint32_t named = action;
    if (successor->pick_count > 0)
        named = catalogue_with_picks(&explorer->catalogue, action, successor->picks, successor->pick_count);
    bool may_crash = successor->actor < explorer->shape->node_count && (expansion->may_crash >> successor->actor & 1);
    uint64_t cuts = may_crash ? successor_cuts(successor, &explorer->memo) : 0;
    transition_note(explorer, successor, expansion->state, named);
    if (cuts != 0)
        expand_cuts(expansion, successor, cuts, action, named);
}

static void expand_picks(struct expansion *expansion, struct successor *successor, uint32_t action)
{
    CHECK(successor->pick_count < PICKS_MAX && successor->ways > 1 && successor->ways <= UINT16_MAX);
    uint32_t ways = successor->ways;
    for (uint32_t pick = 0; pick < ways && !expansion->explorer->stop; pick++) {
        struct successor extended = *successor;
        extended.picks[extended.pick_count++] = (uint16_t)pick;
        expand_picked(expansion, &extended, action);
    }
}

/* Whether a node is up is asked once the crash is there: a restart can be cut short too. */
static uint32_t nodes_that_may_crash(const struct explorer *explorer, const uint32_t *tuple)
{
    const struct world_shape *shape = explorer->shape;
    const struct content *budget = contents_at(&explorer->contents, tuple[shape_part_budget(shape)]);
    uint32_t nodes = 0;
    for (uint32_t node = 0; node < shape->node_count; node++) {
        const struct content *disk = contents_at(&explorer->contents, tuple[shape_part_disk(shape, node)]);
        for (uint32_t i = 0; i < disk->offer_count && !(nodes >> node & 1); i++) {
            const struct action *action = catalogue_at(&explorer->catalogue, disk->offers[i].action)->action;
            if (action->kind == ACTION_CRASH && action_allowed(shape, action, budget->bytes, true))
                nodes |= 1u << node;
        }
    }
    return nodes;
}

/* Nothing but faults can happen: time for the monitor to say what is missing. What it then knows is not a state of the
 * world. */
static void expand_quiet(struct expansion *expansion)
{
    struct explorer *explorer = expansion->explorer;
    uint32_t tuple[explorer->frontier.parts];
    memcpy(tuple, expansion->tuple, sizeof tuple);
    struct successor quiet = {.tuple = tuple};
    successor_quiet(&quiet, &explorer->memo, explorer->quiet_input);
    if (quiet.kind != SUCCESSOR_DONE) {
        explorer->bounds_hit |= 1u << quiet.bound;
        return;
    }
    explorer->exercised_by_mask[quiet.exercised]++;
    breach_note(explorer, quiet.breached, expansion->state, 0);
}

/* Whatever happens before somebody's clock says that there is something to publish. */
static bool offer_settles(const struct expansion *expansion, const struct offer *offer)
{
    const struct known_action *known = catalogue_at(&expansion->explorer->catalogue, offer->action);
    bool of_client = known->actor != UINT32_MAX && known->actor >= expansion->explorer->shape->node_count;
    return offer->progress && !(known->action->kind == ACTION_TIMER && of_client) &&
           action_is_allowed(expansion->explorer, expansion->tuple, offer->action);
}

/* A start that is taken for granted goes one way: in each state the first thing that can happen. False: it is over. */
static bool expand_settling(struct expansion *expansion)
{
    struct explorer *explorer = expansion->explorer;
    for (uint32_t part = 0; part < explorer->frontier.parts; part++) {
        const struct content *content = contents_at(&explorer->contents, expansion->tuple[part]);
        const struct offer *offers = content->offers;
        for (uint32_t i = 0, count = content->offer_count; i < count; i++) {
            if (!offer_settles(expansion, &offers[i]))
                continue;
            struct successor successor = {.cut = 0};
            expansion->may_crash = 0;
            expand_picked(expansion, &successor, offers[i].action);
            return true;
        }
    }
    explorer->settling = false;
    return false;
}

void explorer_expand(struct explorer *explorer, uint32_t index)
{
    uint32_t tuple[explorer->frontier.parts];
    memcpy(tuple, frontier_tuple(&explorer->frontier, index), sizeof tuple);
    struct expansion expansion = {
        .explorer = explorer,
        .tuple = tuple,
        .state = explorer->frontier.now.first + index,
        .may_crash = nodes_that_may_crash(explorer, tuple),
    };
    if (explorer->settling && expand_settling(&expansion))
        return;
    bool quiet = true;
    for (uint32_t part = 0; part < explorer->frontier.parts; part++) {
        uint32_t offer_count = contents_at(&explorer->contents, tuple[part])->offer_count;
        const struct offer *offers = contents_at(&explorer->contents, tuple[part])->offers;
        for (uint32_t i = 0; i < offer_count; i++) {
            quiet &= !offers[i].progress; /* a bound that keeps it from happening makes no end of it */
            if (!action_is_allowed(explorer, tuple, offers[i].action))
                continue;
            struct successor successor = {.cut = 0};
            expand_picked(&expansion, &successor, offers[i].action);
            if (explorer->stop)
                return;
        }
    }
    if (quiet)
        expand_quiet(&expansion);
}
