/* What could happen next. Each part offers what it alone makes possible; conditions beyond one part (is the node up,
 * what do the budgets allow) are action_allowed()'s. Listing asks the same predicates as the test of a single
 * action, so the two cannot disagree. */
#include "models/base/check.h"
#include "sim/world/inside.h"

/* ---- one action ---- */

static bool actor_offers(const struct world_shape *shape, const struct actor *actor, const struct action *action)
{
    switch ((enum action_kind)action->kind) {
    case ACTION_BOOT:
        return !actor->booted;
    case ACTION_RESTART:
        return actor->booted && !actor->up;
    case ACTION_CRASH: /* of a client; a node's is its disk's to offer. A check has no budget for it */
        return !shape_is_node(shape, action->actor) && shape->purpose == SHAPE_RUN && actor->up && !action->power &&
               action->kept == 0 && action->torn == TORN_NOTHING && action->argument <= ACTION_IN_FLIGHT_LOST;
    case ACTION_TIMER:
        return action->argument < TIMERS_MAX && (actor->armed >> action->argument & 1);
    case ACTION_CONTINUE:
        return actor->continues;
    default:
        return false;
    }
}

/* `unsynced`: disk_unsynced_records(), which a list of images need not count again for each. */
static bool disk_offers_image(const struct world_shape *shape, const struct action *action, uint32_t unsynced)
{
    if (action->argument > ACTION_IN_FLIGHT_LOST || action->torn > TORN_WIPED)
        return false;
    if (action->torn == TORN_WIPED)
        return action->kept == 0 && shape->purpose == SHAPE_RUN;
    if (!action->power)
        return action->kept == 0 && action->torn == TORN_NOTHING;
    return action->torn == TORN_NOTHING ? action->kept <= unsynced : action->kept < unsynced;
}

static bool connection_offers(const struct world_shape *shape, const struct connection *connection,
                              const struct action *action)
{
    unsigned end = action->end;
    switch ((enum action_kind)action->kind) {
    case ACTION_ACCEPT:
    case ACTION_REFUSE:
        return connection->end[0] == END_OPENING && connection->end[1] == END_NONE && !connection->cut[0];
    case ACTION_ESTABLISHED:
        return connection->established;
    case ACTION_DELIVER:
        return connection->end[end] == END_OPEN && connection->way[end].count > 0;
    case ACTION_NOTICE:
        return connection->cut[end] && connection->way[end].count == 0;
    case ACTION_WRITABLE:
        return connection->blocked[end] && connection->way[1 - end].count <= shape->window_frames / 2;
    case ACTION_GIVE_UP:
        return connection->end[end] == END_OPEN &&
               (shape->purpose == SHAPE_RUN || shape_joins_nodes(shape, action->connection));
    case ACTION_BEAT:
    case ACTION_LOOK:
        return connection->end[end] == END_OPEN && shape_watches(shape, action->connection);
    case ACTION_HEARTBEAT:
        return connection->end[end] == END_OPEN && connection->heartbeats[end] > 0;
    case ACTION_BREAK:
        return connection->end[0] != END_NONE && connection->end[1] != END_NONE && !connection->cut[0] &&
               action->keep[0] <= connection->way[0].count && action->keep[1] <= connection->way[1].count;
    default:
        return false;
    }
}

bool part_offers_action(const struct world_shape *shape, uint32_t part, const void *block, const struct action *action)
{
    if (part < shape->actor_count)
        return actor_offers(shape, block, action);
    if (part < shape_part_connection(shape, 0)) {
        if (action->kind == ACTION_SYNCED)
            return ((const struct disk *)block)->fsync_count > 0;
        return action->kind == ACTION_CRASH && disk_offers_image(shape, action, disk_unsynced_records(block));
    }
    return part < shape_part_monitor(shape) && connection_offers(shape, block, action);
}

/* ---- all of them ---- */

static void offer(struct offer_list *list, struct action action)
{
    if (list->world != NULL && !world_allows(list->world, &action))
        return;
    if (list->count < list->room)
        list->actions[list->count] = action;
    list->count++;
}

static void actor_list(const struct world_shape *shape, uint32_t part, const struct actor *actor,
                       struct offer_list *list)
{
    static const struct {
        uint8_t kind, in_flight;
    } simple[] = {
        {ACTION_BOOT, 0},
        {ACTION_RESTART, 0},
        {ACTION_CONTINUE, 0},
        {ACTION_CRASH, ACTION_IN_FLIGHT_DELIVERED},
        {ACTION_CRASH, ACTION_IN_FLIGHT_LOST},
    };
    for (unsigned i = 0; i < sizeof simple / sizeof simple[0]; i++) {
        struct action action = {.kind = simple[i].kind, .actor = (uint16_t)part, .argument = simple[i].in_flight};
        if (actor_offers(shape, actor, &action))
            offer(list, action);
    }
    for (unsigned armed = actor->armed; armed != 0; armed &= armed - 1)
        offer(list, (struct action){
                        .kind = ACTION_TIMER, .actor = (uint16_t)part, .argument = (uint32_t)__builtin_ctz(armed)});
}

static void disk_list(const struct world_shape *shape, uint32_t part, const struct disk *disk, struct offer_list *list)
{
    uint16_t node = (uint16_t)(part - shape_part_disk(shape, 0));
    if (disk->fsync_count > 0)
        offer(list, (struct action){.kind = ACTION_SYNCED, .actor = node});
    uint32_t unsynced = disk_unsynced_records(disk);
    struct action crash = {.kind = ACTION_CRASH, .actor = node};
    for (crash.argument = 0; crash.argument <= ACTION_IN_FLIGHT_LOST; crash.argument++)
        for (crash.power = 0; crash.power <= 1; crash.power++)
            for (crash.kept = 0; crash.kept <= unsynced; crash.kept++)
                for (crash.torn = 0; crash.torn <= TORN_WIPED; crash.torn++)
                    if (disk_offers_image(shape, &crash, unsynced))
                        offer(list, crash);
}

static void connection_list(const struct world_shape *shape, uint32_t part, const struct connection *connection,
                            struct offer_list *list)
{
    static const struct {
        uint8_t kind, end;
    } simple[] = {
        {ACTION_ACCEPT, 0},   {ACTION_REFUSE, 0},   {ACTION_ESTABLISHED, 0}, {ACTION_DELIVER, 0},
        {ACTION_DELIVER, 1},  {ACTION_NOTICE, 0},   {ACTION_NOTICE, 1},      {ACTION_WRITABLE, 0},
        {ACTION_WRITABLE, 1}, {ACTION_GIVE_UP, 0},  {ACTION_GIVE_UP, 1},     {ACTION_BEAT, 0},
        {ACTION_BEAT, 1},     {ACTION_HEARTBEAT, 0}, {ACTION_HEARTBEAT, 1},  {ACTION_LOOK, 0},
        {ACTION_LOOK, 1},
    };
    if (connection->end[0] == END_NONE && connection->end[1] == END_NONE)
        return;
    struct action action = {.connection = part - shape_part_connection(shape, 0)};
    for (unsigned i = 0; i < sizeof simple / sizeof simple[0]; i++) {
        action.kind = simple[i].kind;
        action.end = simple[i].end;
        if (connection_offers(shape, connection, &action))
            offer(list, action);
    }
    action.kind = ACTION_BREAK;
    action.end = 0;
    if (!connection_offers(shape, connection, &action))
        return;
    for (action.keep[0] = 0; action.keep[0] <= connection->way[0].count; action.keep[0]++)
        for (action.keep[1] = 0; action.keep[1] <= connection->way[1].count; action.keep[1]++)
            offer(list, action);
}

void part_list_offers(const struct world_shape *shape, uint32_t part, const void *block, struct offer_list *list)
{
    CHECK(part < shape->part_count);
    if (part < shape->actor_count)
        actor_list(shape, part, block, list);
    else if (part < shape_part_connection(shape, 0))
        disk_list(shape, part, block, list);
    else if (part < shape_part_monitor(shape))
        connection_list(shape, part, block, list);
}

uint32_t part_offers(const struct world_shape *shape, uint32_t part, const void *block, struct action *ret_actions,
                     uint32_t room)
{
    struct offer_list list = {.actions = ret_actions, .room = room};
    part_list_offers(shape, part, block, &list);
    CHECK(list.count <= UINT32_MAX);
    return (uint32_t)list.count;
}

/* ---- beyond one part ---- */

static bool cut_allowed(const struct world_shape *shape, const struct action *action, const struct budget *budget)
{
    if (action_actor(shape, action) >= shape->node_count || action->cut >= OUTPUTS_MAX)
        return false;
    struct action crash = action_crash_of_cut(shape, action);
    return budget_allows(shape, budget, budget_item_of(shape, &crash));
}

bool action_allowed(const struct world_shape *shape, const struct action *action, const void *budget_block,
                    bool node_up)
{
    if (action->kind == ACTION_ACCEPT || action->kind == ACTION_CRASH) {
        if (!node_up)
            return false;
    } else if (action->kind == ACTION_REFUSE && node_up) {
        return false;
    }
    if (action->cut != 0 && !cut_allowed(shape, action, budget_block))
        return false;
    return budget_allows(shape, budget_block, budget_item_of(shape, action));
}

bool action_is_progress(const struct world_shape *shape, const struct action *action, const void *actor_block)
{
    (void)actor_block; /* which timers are time-outs does not depend on the state */
    switch ((enum action_kind)action->kind) {
    case ACTION_BREAK:
    case ACTION_CRASH:
    case ACTION_RESTART:
    case ACTION_GIVE_UP:
    case ACTION_BEAT:
    case ACTION_HEARTBEAT:
    case ACTION_LOOK:
        return false;
    case ACTION_TIMER:
        return !shape_timer_is_timeout(shape, action->actor, action->argument);
    default:
        return true;
    }
}
