/* The last stations of a token: the CPU of a node, and a pause of its actor. Then it is an action. */
#include "models/base/check.h"
#include "models/base/units.h"
#include "sim/timed/timed_state.h"

static bool due_of_connection(const struct due *due)
{
    switch (due->argument) {
    case ACTION_DELIVER:
    case ACTION_ACCEPT:
    case ACTION_REFUSE:
    case ACTION_ESTABLISHED:
    case ACTION_NOTICE:
    case ACTION_WRITABLE:
        return true;
    default:
        return false;
    }
}

bool due_is_void(const struct timed *timed, const struct due *due)
{
    if (due_of_connection(due) && due->generation != timed->generations[due->connection])
        return true;
    if (due->argument == ACTION_DELIVER) /* a break or a death may have taken it */
        return world_frames_under_way(timed->world, due->connection, due->end) == 0;
    if (due_of_connection(due))
        return false;
    return due->argument != ACTION_BOOT && due->argument != ACTION_RESTART &&
           due->generation != timed->seats[due->actor].generation;
}

void station_wait(struct timed *timed, const struct due *due)
{
    *(struct due *)vector_push(&timed->seats[due->actor].waiting) = *due;
}

/* What a node works on: each publish. The frames that a producer sends are nothing else. */
static bool due_costs(const struct timed *timed, const struct due *due)
{
    if (due->argument != ACTION_DELIVER || due->end != 1)
        return false;
    uint32_t client = shape_actor_at(timed->shape, due->connection, 0);
    return timed->shape->actors[client].kind == CLIENT_PRODUCER && world_actor_up(timed->world, due->actor);
}

void station_serve(struct timed *timed, const struct due *due)
{
    struct seat *seat = &timed->seats[due->actor];
    bool costs = due_costs(timed, due);
    if (due_is_void(timed, due))
        return;
    if (seat->pauses > 0) {
        station_wait(timed, due);
        return;
    }
    struct due next = *due;
    next.kind = DUE_APPLY;
    if (!shape_is_node(timed->shape, due->actor) || (!costs && seat->busy_until_ns <= timed->now_ns)) {
        station_apply(timed, &next);
        return;
    }
    int64_t until_ns = seat->busy_until_ns > timed->now_ns ? seat->busy_until_ns : timed->now_ns;
    if (costs)
        until_ns = ns_later(until_ns, variate_at(&timed->plan->cpu, seat_draw(timed, due->actor, DRAW_CPU)));
    seat->busy_until_ns = until_ns;
    if (until_ns > timed->now_ns)
        event_queue_push(&timed->queue, until_ns, &next);
    else
        station_apply(timed, &next);
}

void station_resume(struct timed *timed, uint32_t actor)
{
    struct vector *waiting = &timed->seats[actor].waiting;
    for (uint64_t i = 0; i < waiting->count; i++)
        event_queue_push(&timed->queue, timed->now_ns, vector_at(waiting, i));
    waiting->count = 0;
}

static struct action due_action(const struct timed *timed, const struct due *due)
{
    struct action action = {.kind = (uint8_t)due->argument};
    if (due_of_connection(due)) {
        action.connection = due->connection;
        action.end =
            due->argument == ACTION_ESTABLISHED || due->argument == ACTION_ACCEPT || due->argument == ACTION_REFUSE
                ? 0
                : due->end;
        if (due->argument == ACTION_ACCEPT &&
            !world_actor_up(timed->world, shape_actor_at(timed->shape, due->connection, 1)))
            action.kind = ACTION_REFUSE;
        return action;
    }
    action.actor = due->actor;
    if (due->argument == ACTION_TIMER) {
        action.argument = due->connection;
        action.value = due->value;
    }
    return action;
}

/* The news of a loss may come while frames before it are still on their way or wait for the CPU: it comes again behind
 * them. Anything else that cannot happen is void: the other end was quicker. */
static void station_too_early(struct timed *timed, const struct due *due)
{
    const struct lane *lane = lane_of(timed, due->connection, due->end);
    int64_t again_ns = timed->seats[due->actor].busy_until_ns;
    if (due->argument != ACTION_NOTICE || world_frames_under_way(timed->world, due->connection, due->end) == 0)
        return;
    if (lane->last_due_ns > again_ns)
        again_ns = lane->last_due_ns;
    if (lane->retransmitting)
        again_ns = timed->now_ns + 200 * NS_PER_MS;
    event_queue_push(&timed->queue, again_ns > timed->now_ns ? again_ns : timed->now_ns + 1, due);
}

/* A stalled consumer lives, but its work does not end. */
static bool due_is_stalled(const struct timed *timed, const struct due *due)
{
    return timed->seats[due->actor].stalls > 0 && due->argument == ACTION_TIMER && due->connection == TIMER_SERVICE;
}

void station_apply(struct timed *timed, const struct due *due)
{
    struct seat *seat = &timed->seats[due->actor];
    if (due_is_void(timed, due))
        return;
    if ((seat->pauses > 0 && due->argument != ACTION_RESTART) || due_is_stalled(timed, due)) {
        station_wait(timed, due);
        return;
    }
    struct action action = due_action(timed, due);
    if (due->argument == ACTION_TIMER) {
        if (!world_is_enabled(timed->world, &action))
            return; /* what waited before it in a pause cancelled it; or a time-out beyond a check's budget */
        seat->timer[action.argument] = 0;
    } else if (due_of_connection(due) && due->argument != ACTION_DELIVER && !world_is_enabled(timed->world, &action)) {
        station_too_early(timed, due);
        return;
    }
    timed_apply(timed, &action);
}
