/* What an action begins with: its first inputs, whom they concern, and the crash that a cut ends in. Functions of
 * shape and action alone. */
#include "models/base/check.h"
#include "sim/world/blocks.h"

uint32_t action_actor(const struct world_shape *shape, const struct action *action)
{
    switch ((enum action_kind)action->kind) {
    case ACTION_BOOT:
    case ACTION_RESTART:
    case ACTION_TIMER:
    case ACTION_CONTINUE:
    case ACTION_SYNCED:
        return action->actor;
    case ACTION_DELIVER:
    case ACTION_NOTICE:
    case ACTION_WRITABLE:
    case ACTION_GIVE_UP:
    case ACTION_LOOK:
        return shape_actor_at(shape, action->connection, action->end);
    case ACTION_ACCEPT:
        return shape_actor_at(shape, action->connection, 1);
    case ACTION_REFUSE:
    case ACTION_ESTABLISHED:
        return shape_actor_at(shape, action->connection, 0);
    case ACTION_BREAK:
    case ACTION_BEAT:
    case ACTION_HEARTBEAT:
    case ACTION_CRASH:
    case ACTION_NONE:
    case ACTION_KINDS:
        break;
    }
    return UINT32_MAX;
}

uint32_t action_node(const struct world_shape *shape, const struct action *action)
{
    uint32_t node = UINT32_MAX;
    if (action->kind == ACTION_ACCEPT || action->kind == ACTION_REFUSE)
        node = shape_actor_at(shape, action->connection, 1);
    else if (action->kind == ACTION_CRASH)
        node = action->actor;
    else if (action->cut != 0)
        node = action_actor(shape, action);
    return node < shape->node_count ? node : UINT32_MAX;
}

uint32_t action_part(const struct world_shape *shape, const struct action *action)
{
    switch ((enum action_kind)action->kind) {
    case ACTION_BOOT:
    case ACTION_RESTART:
    case ACTION_TIMER:
    case ACTION_CONTINUE:
        return action->actor < shape->actor_count ? action->actor : UINT32_MAX;
    case ACTION_SYNCED:
        return action->actor < shape->node_count ? shape_part_disk(shape, action->actor) : UINT32_MAX;
    case ACTION_CRASH: /* what a disk may look like afterwards is known to the disk */
        if (action->actor < shape->node_count)
            return shape_part_disk(shape, action->actor);
        return action->actor < shape->actor_count ? action->actor : UINT32_MAX;
    case ACTION_DELIVER:
    case ACTION_ACCEPT:
    case ACTION_REFUSE:
    case ACTION_ESTABLISHED:
    case ACTION_NOTICE:
    case ACTION_WRITABLE:
    case ACTION_BREAK:
    case ACTION_GIVE_UP:
    case ACTION_BEAT:
    case ACTION_HEARTBEAT:
    case ACTION_LOOK:
        if (action->connection >= shape->connection_count || action->end > 1)
            return UINT32_MAX;
        return shape_part_connection(shape, action->connection);
    case ACTION_NONE:
    case ACTION_KINDS:
        break;
    }
    return UINT32_MAX;
}

static enum part_input_kind action_input_kind(const struct action *action)
{
    switch ((enum action_kind)action->kind) {
    case ACTION_BOOT:
    case ACTION_RESTART:
        return PART_ACTOR_START;
    case ACTION_DELIVER:
        return PART_CONNECTION_POP;
    case ACTION_ACCEPT:
        return PART_CONNECTION_ACCEPT;
    case ACTION_REFUSE:
        return PART_CONNECTION_REFUSE;
    case ACTION_ESTABLISHED:
        return PART_CONNECTION_ESTABLISHED;
    case ACTION_NOTICE:
        return PART_CONNECTION_NOTICE;
    case ACTION_WRITABLE:
        return PART_CONNECTION_WRITABLE;
    case ACTION_TIMER:
        return PART_ACTOR_TIMER;
    case ACTION_CONTINUE:
        return PART_ACTOR_CONTINUE;
    case ACTION_SYNCED:
        return PART_DISK_COMPLETE;
    case ACTION_BREAK:
        return PART_CONNECTION_BREAK;
    case ACTION_GIVE_UP:
        return PART_CONNECTION_GIVE_UP;
    case ACTION_BEAT:
        return PART_CONNECTION_BEAT;
    case ACTION_HEARTBEAT:
        return PART_CONNECTION_HEARTBEAT;
    case ACTION_LOOK:
        return PART_CONNECTION_LOOK;
    case ACTION_CRASH:
        return PART_ACTOR_CRASH;
    case ACTION_NONE:
    case ACTION_KINDS:
        break;
    }
    check_failed(__FILE__, __LINE__, "an action");
}

uint32_t action_inputs(const struct world_shape *shape, const struct action *action, struct part_input *ret_inputs)
{
    uint32_t count = 0;
    enum budget_item item = budget_item_of(shape, action);
    if (item != BUDGET_NOTHING) {
        part_input_begin(ret_inputs, shape_part_budget(shape), PART_BUDGET_SPEND);
        ret_inputs[count++].argument = (uint32_t)item;
    }

    struct part_input *input = &ret_inputs[count++];
    uint32_t part = action->kind == ACTION_CRASH ? action->actor : action_part(shape, action);
    part_input_begin(input, part, action_input_kind(action));
    input->end = action->end;
    if (action->kind == ACTION_TIMER) {
        input->timer = (uint16_t)action->argument;
        input->value = action->value;
    } else if (action->kind == ACTION_RESTART) {
        input->flags = 1;
    } else if (action->kind == ACTION_BREAK) {
        input->keep[0] = action->keep[0];
        input->keep[1] = action->keep[1];
    } else if (action->kind == ACTION_CRASH) {
        input->flags = action->power;
        input->torn = action->torn;
        input->value = action->kept;
        input->argument = action->argument;
    }
    return count;
}

struct action action_crash_of_cut(const struct world_shape *shape, const struct action *action)
{
    CHECK(action->cut != 0 && action_actor(shape, action) < shape->node_count);
    return (struct action){
        .kind = ACTION_CRASH,
        .power = action->power,
        .torn = action->torn,
        .actor = (uint16_t)action_actor(shape, action),
        .argument = ACTION_IN_FLIGHT_DELIVERED,
        .kept = action->kept,
    };
}
