/* The fault schedule: what the scenario does to nodes, connections and clients, and when. Each fault has a stream of
 * its own for when it strikes, so adding one moves nobody else's times; what else it draws is keyed by how often it
 * struck and whom, so what it finds there moves none either. A recurring fault that is due again while it still holds
 * somebody is skipped, and told; so is one that finds nobody to hit. */
#include <string.h>

#include "models/base/check.h"
#include "models/base/units.h"
#include "sim/timed/faults.h"

static void fault_push(struct timed *timed, int64_t time_ns, uint32_t fault)
{
    event_queue_push(&timed->queue, time_ns, &(struct due){.kind = DUE_FAULT, .argument = fault});
}

static int64_t fault_next(struct timed *timed, uint32_t fault)
{
    return variate_at(&timed->plan->faults[fault].at, stream_next(&timed->faults[fault].schedule));
}

/* The next time of a recurring fault after `after_ns`, if it still comes. */
static void fault_recur(struct timed *timed, uint32_t fault, int64_t after_ns)
{
    const struct plan_fault *plan = &timed->plan->faults[fault];
    int64_t next_ns = ns_later(after_ns, fault_next(timed, fault));
    int64_t until_ns = plan->until_ns > 0 ? plan->until_ns : timed->plan->duration_ns;
    if (next_ns <= until_ns)
        fault_push(timed, next_ns > timed->now_ns ? next_ns : timed->now_ns + 1, fault);
}

void faults_init(struct timed *timed)
{
    for (uint32_t fault = 0; fault < timed->plan->fault_count; fault++) {
        const struct plan_fault *plan = &timed->plan->faults[fault];
        struct fault_state *it = &timed->faults[fault];
        it->identity = digest_bytes(plan->name, strlen(plan->name), 0).low;
        stream_seed(&it->schedule, timed->options.seed, DRAW_FAULT, it->identity);
        if (plan->recurring)
            fault_recur(timed, fault, plan->from_ns);
        else
            fault_push(timed, fault_next(timed, fault), fault);
    }
}

/* ---- what it does ---- */

static uint32_t *fault_under(const struct timed *timed, uint32_t fault, uint32_t actor)
{
    return &timed->under[(uint64_t)fault * timed->shape->actor_count + actor];
}

void fault_started(struct timed *timed, uint32_t fault, uint32_t actor)
{
    timed->faults[fault].active++;
    if (++*fault_under(timed, fault, actor) == 1)
        timed_tell(timed, &(struct history_event){.kind = HISTORY_FAULT_BEGINS, .fault = fault, .actor = actor});
}

static void fault_ended(struct timed *timed, uint32_t fault, uint32_t actor)
{
    CHECK(timed->faults[fault].active > 0 && *fault_under(timed, fault, actor) > 0);
    timed->faults[fault].active--;
    if (--*fault_under(timed, fault, actor) == 0)
        timed_tell(timed, &(struct history_event){.kind = HISTORY_FAULT_ENDS, .fault = fault, .actor = actor});
}

void fault_ends_later(struct timed *timed, uint32_t fault, uint32_t actor, uint32_t other)
{
    const struct plan_fault *plan = &timed->plan->faults[fault];
    const struct seat *seat = &timed->seats[actor];
    if (!plan->ends)
        return;
    uint64_t whom = digest_u64(seat->identity, timed->seats[other].identity);
    int64_t length_ns = variate_at(&plan->length, fault_draw(timed, fault, ASK_LENGTH, whom));
    event_queue_push(&timed->queue, ns_later(timed->now_ns, length_ns),
                     &(struct due){.kind = DUE_FAULT_OVER,
                                   .argument = fault,
                                   .actor = (uint16_t)actor,
                                   .connection = other,
                                   .generation = seat->generation});
}

/* Resets on the way: of each direction some prefix still arrives. False: there was nothing to reset. */
static bool fault_disconnect(struct timed *timed, uint32_t fault, uint32_t actor)
{
    bool hit = false;
    for (uint32_t slot = 0; slot < shape_slots(timed->shape, actor); slot++) {
        struct action action = {.kind = ACTION_BREAK, .connection = shape_connection_of(timed->shape, actor, slot)};
        for (unsigned end = 0; end < 2 && action.connection != SHAPE_NO_CONNECTION; end++) {
            uint32_t under_way = world_frames_under_way(timed->world, action.connection, end);
            uint64_t whom = digest_u64(lane_of(timed, action.connection, end)->identity, slot % 2);
            action.keep[end] = (uint32_t)draw_below(fault_draw(timed, fault, ASK_KEEP, whom), (uint64_t)under_way + 1);
        }
        if (!world_is_enabled(timed->world, &action))
            continue;
        timed_apply(timed, &action);
        hit = true;
    }
    return hit;
}

/* What a crash of a node leaves of its disk. */
static void fault_draw_image(const struct timed *timed, uint32_t fault, struct action *action)
{
    const struct plan_fault *plan = &timed->plan->faults[fault];
    uint64_t whom = timed->seats[action->actor].identity;
    action->power = plan->power;
    if (plan->wipe) {
        action->torn = TORN_WIPED;
    } else if (plan->power) {
        uint32_t unsynced = world_unsynced_records(timed->world, action->actor);
        action->kept = (uint32_t)draw_below(fault_draw(timed, fault, ASK_KEPT, whom), (uint64_t)unsynced + 1);
        if (action->kept < unsynced)
            action->torn = (uint8_t)draw_below(fault_draw(timed, fault, ASK_TORN, whom), TORN_ZEROED + 1);
    }
}

static bool fault_crash(struct timed *timed, uint32_t fault, uint32_t actor)
{
    const struct plan_fault *plan = &timed->plan->faults[fault];
    struct action action = {.kind = ACTION_CRASH, .actor = (uint16_t)actor};
    uint64_t whom = timed->seats[actor].identity;
    if (!world_actor_up(timed->world, actor))
        return false;
    if (shape_is_node(timed->shape, actor))
        fault_draw_image(timed, fault, &action);
    bool drawn_lost = draw_below(fault_draw(timed, fault, ASK_IN_FLIGHT, whom), 2) == 1;
    if (plan->in_flight == IN_FLIGHT_LOST || (plan->in_flight == IN_FLIGHT_DRAWN && drawn_lost))
        action.argument = ACTION_IN_FLIGHT_LOST;
    timed->seats[actor].silent = plan->power;
    timed_apply(timed, &action);
    return true;
}

static void fault_restart(struct timed *timed, uint32_t node)
{
    struct action action = {.kind = ACTION_RESTART, .actor = (uint16_t)node};
    bool silent = timed->seats[node].silent != 0;
    if (!world_is_enabled(timed->world, &action))
        return;
    timed->seats[node].silent = 0;
    timed_apply(timed, &action);
    for (uint32_t slot = 0; silent && slot < shape_slots(timed->shape, node); slot++) {
        uint32_t connection = shape_connection_of(timed->shape, node, slot);
        if (connection == SHAPE_NO_CONNECTION || !world_connection_open(timed->world, connection))
            continue; /* the next packet of the peer is answered with a reset: */
        unsigned peer = 1u - shape_end_of(timed->shape, connection, node);
        network_notice_at(timed, connection, peer, timed->now_ns + 200 * NS_PER_MS, false);
    }
}

static bool fault_hit(struct timed *timed, uint32_t fault, uint32_t actor)
{
    switch ((enum plan_fault_kind)timed->plan->faults[fault].kind) {
    case FAULT_CRASH:
        return fault_crash(timed, fault, actor);
    case FAULT_PAUSE:
        timed->seats[actor].pauses++;
        return true;
    case FAULT_STALL:
        timed->seats[actor].stalls++;
        return true;
    case FAULT_DISCONNECT:
        return fault_disconnect(timed, fault, actor);
    default:
        check_failed(__FILE__, __LINE__, "a fault of one target");
    }
}

static bool fault_begin_targets(struct timed *timed, uint32_t fault)
{
    const struct plan_fault *plan = &timed->plan->faults[fault];
    struct chosen target = fault_choose(timed, fault, ASK_TARGETS, &plan->target);
    bool hit = false;
    for (uint32_t actor = 0; actor < timed->shape->actor_count; actor++) {
        if (!chosen_has(timed, &target, actor))
            continue;
        if (!fault_hit(timed, fault, actor))
            continue;
        hit = true;
        fault_started(timed, fault, actor);
        if (plan->kind == FAULT_DISCONNECT)
            fault_ended(timed, fault, actor); /* it has no length */
        else
            fault_ends_later(timed, fault, actor, actor);
    }
    return hit;
}

static bool fault_strike(struct timed *timed, uint32_t fault)
{
    switch ((enum plan_fault_kind)timed->plan->faults[fault].kind) {
    case FAULT_CUT:
    case FAULT_DEGRADE:
    case FAULT_ISOLATE:
        return fault_begin_between(timed, fault);
    case FAULT_PARTITION:
        return fault_begin_partition(timed, fault);
    default:
        return fault_begin_targets(timed, fault);
    }
}

void fault_begin(struct timed *timed, uint32_t fault)
{
    const struct plan_fault *plan = &timed->plan->faults[fault];
    if (timed->load_over && timed->plan->heal)
        return;
    timed->faults[fault].struck++;
    if (plan->recurring)
        fault_recur(timed, fault, timed->now_ns);
    bool hit = timed->faults[fault].active == 0 && fault_strike(timed, fault);
    if (hit && fault < sizeof timed->totals.fault_fired / sizeof timed->totals.fault_fired[0])
        timed->totals.fault_fired[fault]++;
    if (!hit)
        timed_tell(timed, &(struct history_event){.kind = HISTORY_FAULT_SKIPPED, .fault = fault});
}

/* A process that died while it was paused or stalled took that with it. */
static void fault_release(struct timed *timed, const struct due *due, uint16_t *holds)
{
    if (due->generation != timed->seats[due->actor].generation)
        return;
    CHECK(*holds > 0);
    if (--*holds == 0)
        station_resume(timed, due->actor);
}

void fault_over(struct timed *timed, const struct due *due)
{
    uint32_t fault = due->argument, actor = due->actor;
    if (*fault_under(timed, fault, actor) == 0)
        return; /* healed before its time */
    const struct plan_fault *plan = &timed->plan->faults[fault];
    switch ((enum plan_fault_kind)plan->kind) {
    case FAULT_CRASH:
        fault_restart(timed, actor);
        break;
    case FAULT_PAUSE:
        fault_release(timed, due, &timed->seats[actor].pauses);
        break;
    case FAULT_STALL:
        fault_release(timed, due, &timed->seats[actor].stalls);
        break;
    case FAULT_CUT:
    case FAULT_PARTITION:
    case FAULT_ISOLATE:
    case FAULT_DEGRADE:
        fault_change_link(timed, fault, actor, due->connection, false);
        break;
    case FAULT_DISCONNECT:
    case FAULT_KINDS:
        check_failed(__FILE__, __LINE__, "a fault that has an end");
    }
    fault_ended(timed, fault, actor);
}

/* The end of the load phase: whatever is under way ends now. */
void faults_heal(struct timed *timed)
{
    for (uint32_t lane = 0; lane < 2 * timed->shape->connection_count; lane++)
        timed->lanes[lane].cuts = timed->lanes[lane].degraded = 0;
    for (uint32_t actor = 0; actor < timed->shape->actor_count; actor++) {
        if (timed->seats[actor].pauses > 0 || timed->seats[actor].stalls > 0) {
            timed->seats[actor].pauses = timed->seats[actor].stalls = 0;
            station_resume(timed, actor);
        }
        if (!world_actor_up(timed->world, actor))
            fault_restart(timed, actor);
    }
    for (uint32_t fault = 0; fault < timed->plan->fault_count; fault++)
        for (uint32_t actor = 0; actor < timed->shape->actor_count; actor++)
            while (*fault_under(timed, fault, actor) > 0)
                fault_ended(timed, fault, actor);
}
