/* Fault budgets: how many crashes, power losses, restarts, disconnects, time-outs and suspicions a check explores. They
 * are a part like any other, so that a state remembers what it may still suffer. A run has its faults from the plan
 * and counts nothing.
 *
 * Nodes that lost one another connect again; that is no fault but what they are there to do. It may be bounded too:
 * what a queue goes through with every return is large, and what can be lost before the first one is worth a check. */
#include "models/base/check.h"
#include "sim/world/blocks.h"

static enum budget_item crash_item(const struct action *action)
{
    return action->power ? BUDGET_POWER_LOSSES : BUDGET_CRASHES;
}

static enum budget_item timer_item(const struct world_shape *shape, const struct action *action)
{
    if (shape_timer_is_timeout(shape, action->actor, action->argument))
        return BUDGET_TIMEOUTS;
    bool reconnects = shape_is_node(shape, action->actor) && action->argument == BROKER_TIMER_CONNECT;
    return reconnects && shape->plan->check.reconnects_bounded ? BUDGET_RECONNECTS : BUDGET_NOTHING;
}

enum budget_item budget_item_of(const struct world_shape *shape, const struct action *action)
{
    if (shape->purpose == SHAPE_RUN)
        return BUDGET_NOTHING;
    switch ((enum action_kind)action->kind) {
    case ACTION_CRASH:
        return crash_item(action);
    case ACTION_RESTART:
        return BUDGET_RESTARTS;
    case ACTION_BREAK:
        return BUDGET_DISCONNECTS;
    case ACTION_GIVE_UP:
        return BUDGET_SUSPICIONS;
    case ACTION_BEAT:
    case ACTION_LOOK:
        return BUDGET_TICKS;
    case ACTION_TIMER:
        return timer_item(shape, action);
    default:
        return BUDGET_NOTHING;
    }
}

static uint32_t budget_limit(const struct world_shape *shape, enum budget_item item)
{
    const struct plan_check *check = &shape->plan->check;
    switch (item) {
    case BUDGET_CRASHES:
        return check->crashes;
    case BUDGET_POWER_LOSSES:
        return check->power_losses;
    case BUDGET_RESTARTS:
        return check->restarts;
    case BUDGET_DISCONNECTS:
        return check->disconnects;
    case BUDGET_TIMEOUTS:
        return check->timeouts;
    case BUDGET_SUSPICIONS:
        return check->suspicions;
    case BUDGET_RECONNECTS:
        return check->reconnects;
    case BUDGET_TICKS:
        return check->ticks;
    case BUDGET_ITEMS:
        break;
    }
    return UINT32_MAX;
}

bool budget_allows(const struct world_shape *shape, const struct budget *budget, enum budget_item item)
{
    return item == BUDGET_NOTHING || budget->spent[item] < budget_limit(shape, item);
}

void budget_step(struct budget *budget, const struct part_input *in)
{
    CHECK(in->kind == PART_BUDGET_SPEND && in->argument < BUDGET_ITEMS);
    budget->spent[in->argument]++;
}
