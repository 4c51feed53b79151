/* The fault schedule: what the scenario does to nodes, connections and clients, and when. Each fault has a stream of
 * its own for when it strikes, so adding one moves nobody else's times; what else it draws is keyed by how often it
 * struck and whom, so what it finds there moves none either. A recurring fault that is due again while it still holds
 * somebody is skipped, and told; so is one that finds nobody to hit. */
#include <string.h>

#include "models/base/check.h"
#include "models/base/units.h"
#include "sim/timed/timed_state.h"

/* What a fault draws beside its times. */
enum fault_question { ASK_TARGETS, ASK_OTHERS, ASK_LENGTH, ASK_KEPT, ASK_TORN, ASK_IN_FLIGHT, ASK_KEEP };

static uint64_t fault_draw(const struct timed *timed, uint32_t fault, enum fault_question question, uint64_t whom)
{
    const struct fault_state *it = &timed->faults[fault];
    uint64_t identity = digest_u64(digest_u64(it->identity, (uint64_t)question), whom);
    return draw_keyed(timed->options.seed, DRAW_FAULT, identity, it->struck);
}

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
    int64_t next_ns = after_ns + fault_next(timed, fault);
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

/* ---- whom it hits ---- */

static uint64_t selector_random_nodes(const struct timed *timed, uint32_t fault, enum fault_question question,
                                      uint32_t count)
{
    uint32_t nodes = timed->shape->node_count;
    uint64_t chosen = 0;
    for (uint32_t i = 0; i < count && i < nodes; i++) {
        uint32_t pick = (uint32_t)draw_below(fault_draw(timed, fault, question, i), nodes - i);
        uint32_t node = 0;
        for (;; node++)
            if ((chosen >> node & 1) == 0 && pick-- == 0)
                break;
        chosen |= UINT64_C(1) << node;
    }
    return chosen;
}

static bool selector_has(const struct timed *timed, const struct plan_selector *selector, uint64_t nodes,
                         uint32_t actor)
{
    const struct shape_actor *who = &timed->shape->actors[actor];
    switch ((enum plan_selector_kind)selector->kind) {
    case SELECT_ALL_NODES:
        return who->is_node;
    case SELECT_NODES:
    case SELECT_RANDOM_NODES:
        return who->is_node && (nodes >> actor & 1) != 0;
    case SELECT_PRODUCER:
    case SELECT_CONSUMER: {
        enum client_kind kind = selector->kind == SELECT_PRODUCER ? CLIENT_PRODUCER : CLIENT_CONSUMER;
        return !who->is_node && who->kind == kind && who->group == selector->client &&
               (selector->member == 0 || selector->member == who->member + 1);
    }
    case SELECT_PRIMARY:
    case SELECT_BACKUPS:
    case SELECT_REPLICAS:
        break;
    }
    check_failed(__FILE__, __LINE__, "a selector");
}

static uint64_t selector_nodes(const struct timed *timed, uint32_t fault, enum fault_question question,
                               const struct plan_selector *selector)
{
    return selector->kind == SELECT_RANDOM_NODES ? selector_random_nodes(timed, fault, question, selector->count)
                                                 : selector->nodes;
}

/* ---- what it does ---- */

static uint32_t *fault_under(const struct timed *timed, uint32_t fault, uint32_t actor)
{
    return &timed->under[(uint64_t)fault * timed->shape->actor_count + actor];
}

static void fault_started(struct timed *timed, uint32_t fault, uint32_t actor)
{
    timed->faults[fault].active++;
    ++*fault_under(timed, fault, actor);
    timed_tell(timed, &(struct history_event){.kind = HISTORY_FAULT_BEGINS, .fault = fault, .actor = actor});
}

static void fault_ended(struct timed *timed, uint32_t fault, uint32_t actor)
{
    CHECK(timed->faults[fault].active > 0 && *fault_under(timed, fault, actor) > 0);
    timed->faults[fault].active--;
    --*fault_under(timed, fault, actor);
    timed_tell(timed, &(struct history_event){.kind = HISTORY_FAULT_ENDS, .fault = fault, .actor = actor});
}

/* `other`: the actor at the other end of a cut. */
static void fault_ends_later(struct timed *timed, uint32_t fault, uint32_t actor, uint32_t other)
{
    const struct plan_fault *plan = &timed->plan->faults[fault];
    const struct seat *seat = &timed->seats[actor];
    if (!plan->ends)
        return;
    uint64_t whom = digest_u64(seat->identity, timed->seats[other].identity);
    int64_t length_ns = variate_at(&plan->length, fault_draw(timed, fault, ASK_LENGTH, whom));
    event_queue_push(&timed->queue, timed->now_ns + length_ns,
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

static bool fault_crash(struct timed *timed, uint32_t fault, uint32_t node)
{
    const struct plan_fault *plan = &timed->plan->faults[fault];
    struct action action = {.kind = ACTION_CRASH, .actor = (uint16_t)node, .power = plan->power};
    uint64_t whom = timed->seats[node].identity;
    if (!world_actor_up(timed->world, node))
        return false;
    if (plan->power) {
        uint32_t unsynced = world_unsynced_records(timed->world, node);
        action.kept = (uint32_t)draw_below(fault_draw(timed, fault, ASK_KEPT, whom), (uint64_t)unsynced + 1);
        if (action.kept < unsynced)
            action.torn = (uint8_t)draw_below(fault_draw(timed, fault, ASK_TORN, whom), TORN_ZEROED + 1);
    }
    bool drawn_lost = draw_below(fault_draw(timed, fault, ASK_IN_FLIGHT, whom), 2) == 1;
    if (plan->in_flight == IN_FLIGHT_LOST || (plan->in_flight == IN_FLIGHT_DRAWN && drawn_lost))
        action.argument = ACTION_IN_FLIGHT_LOST;
    timed->seats[node].silent = plan->power;
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

/* Both directions between two actors, or only from `from` to `to`. Returns whether they are joined at all. */
static bool fault_cut(struct timed *timed, uint32_t from, uint32_t to, bool one_way, int change)
{
    if (shape_connection_between(timed->shape, from, to, 0) == SHAPE_NO_CONNECTION)
        return false;
    for (uint32_t turn = 0; turn < 2; turn++) {
        uint32_t connection = shape_connection_between(timed->shape, from, to, turn);
        for (unsigned end = 0; end < 2; end++)
            if (!one_way || shape_end_of(timed->shape, connection, to) == end)
                lane_of(timed, connection, end)->cuts = (uint16_t)(lane_of(timed, connection, end)->cuts + change);
    }
    return true;
}

static bool fault_hit(struct timed *timed, uint32_t fault, uint32_t actor)
{
    switch ((enum plan_fault_kind)timed->plan->faults[fault].kind) {
    case FAULT_CRASH:
        return shape_is_node(timed->shape, actor) && fault_crash(timed, fault, actor);
    case FAULT_PAUSE:
        timed->seats[actor].pauses++;
        return true;
    case FAULT_DISCONNECT:
        return fault_disconnect(timed, fault, actor);
    default:
        check_failed(__FILE__, __LINE__, "a fault of one target");
    }
}

static bool fault_begin_cut(struct timed *timed, uint32_t fault)
{
    const struct plan_fault *plan = &timed->plan->faults[fault];
    uint64_t nodes = selector_nodes(timed, fault, ASK_TARGETS, &plan->target);
    uint64_t others = selector_nodes(timed, fault, ASK_OTHERS, &plan->other);
    bool hit = false;
    for (uint32_t from = 0; from < timed->shape->actor_count; from++) {
        if (!selector_has(timed, &plan->target, nodes, from))
            continue;
        for (uint32_t to = 0; to < timed->shape->actor_count; to++)
            if (selector_has(timed, &plan->other, others, to) && fault_cut(timed, from, to, plan->one_way, 1)) {
                fault_started(timed, fault, from);
                fault_ends_later(timed, fault, from, to);
                hit = true;
            }
    }
    return hit;
}

static bool fault_begin_targets(struct timed *timed, uint32_t fault)
{
    const struct plan_fault *plan = &timed->plan->faults[fault];
    uint64_t nodes = selector_nodes(timed, fault, ASK_TARGETS, &plan->target);
    bool hit = false;
    for (uint32_t actor = 0; actor < timed->shape->actor_count; actor++) {
        if (!selector_has(timed, &plan->target, nodes, actor))
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

void fault_begin(struct timed *timed, uint32_t fault)
{
    const struct plan_fault *plan = &timed->plan->faults[fault];
    if (timed->load_over && timed->plan->heal)
        return;
    timed->faults[fault].struck++;
    if (plan->recurring)
        fault_recur(timed, fault, timed->now_ns);
    bool hit = timed->faults[fault].active == 0 &&
               (plan->kind == FAULT_CUT ? fault_begin_cut(timed, fault) : fault_begin_targets(timed, fault));
    if (hit && fault < sizeof timed->totals.fault_fired / sizeof timed->totals.fault_fired[0])
        timed->totals.fault_fired[fault]++;
    if (!hit)
        timed_tell(timed, &(struct history_event){.kind = HISTORY_FAULT_SKIPPED, .fault = fault});
}

/* A process that died while it was paused took its pause with it. */
static void fault_unpause(struct timed *timed, const struct due *due)
{
    struct seat *seat = &timed->seats[due->actor];
    if (due->generation != seat->generation)
        return;
    CHECK(seat->pauses > 0);
    if (--seat->pauses == 0)
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
        fault_unpause(timed, due);
        break;
    case FAULT_CUT:
        fault_cut(timed, actor, due->connection, plan->one_way, -1);
        break;
    case FAULT_DISCONNECT:
    case FAULT_PARTITION:
    case FAULT_ISOLATE:
    case FAULT_DEGRADE:
    case FAULT_STALL:
    case FAULT_KINDS:
        check_failed(__FILE__, __LINE__, "a fault that has an end");
    }
    fault_ended(timed, fault, actor);
}

/* The end of the load phase: whatever is under way ends now. */
void faults_heal(struct timed *timed)
{
    for (uint32_t lane = 0; lane < 2 * timed->shape->connection_count; lane++)
        timed->lanes[lane].cuts = 0;
    for (uint32_t actor = 0; actor < timed->shape->actor_count; actor++) {
        if (timed->seats[actor].pauses > 0) {
            timed->seats[actor].pauses = 0;
            station_resume(timed, actor);
        }
        if (shape_is_node(timed->shape, actor) && !world_actor_up(timed->world, actor))
            fault_restart(timed, actor);
    }
    for (uint32_t fault = 0; fault < timed->plan->fault_count; fault++)
        for (uint32_t actor = 0; actor < timed->shape->actor_count; actor++)
            while (*fault_under(timed, fault, actor) > 0)
                fault_ended(timed, fault, actor);
}
