/* Faults of links: directions that are cut, slow or lossy, between two actors, a set and the rest, or groups. Each pair
 * that is joined is one hit with an end of its own. */
#include "sim/timed/faults.h"

/* What a fault of links does to one direction, or undoes. */
static void fault_change_lane(const struct timed *timed, uint32_t fault, struct lane *lane, bool begins)
{
    if (timed->plan->faults[fault].kind != FAULT_DEGRADE)
        lane->cuts = (uint16_t)(lane->cuts + (begins ? 1 : -1));
    else if (begins)
        lane->degraded = (uint16_t)(fault + 1); /* of several the latest */
    else if (lane->degraded == fault + 1)
        lane->degraded = 0;
}

bool fault_change_link(const struct timed *timed, uint32_t fault, uint32_t from, uint32_t to, bool begins)
{
    bool one_way = timed->plan->faults[fault].one_way;
    if (shape_connection_between(timed->shape, from, to, 0) == SHAPE_NO_CONNECTION)
        return false;
    for (uint32_t turn = 0; turn < 2; turn++) {
        uint32_t connection = shape_connection_between(timed->shape, from, to, turn);
        for (unsigned end = 0; end < 2; end++)
            if (!one_way || shape_end_of(timed->shape, connection, to) == end)
                fault_change_lane(timed, fault, lane_of(timed, connection, end), begins);
    }
    return true;
}

static bool fault_begin_link(struct timed *timed, uint32_t fault, uint32_t from, uint32_t to)
{
    if (!fault_change_link(timed, fault, from, to, true))
        return false;
    fault_started(timed, fault, from);
    fault_ends_later(timed, fault, from, to);
    return true;
}

/* CUT and DEGRADE: between two sets; ISOLATE: between a set and everybody else. */
bool fault_begin_between(struct timed *timed, uint32_t fault)
{
    const struct plan_fault *plan = &timed->plan->faults[fault];
    bool rest = plan->kind == FAULT_ISOLATE;
    struct chosen target = fault_choose(timed, fault, ASK_TARGETS, &plan->target);
    struct chosen other = fault_choose(timed, fault, ASK_OTHERS, &plan->other);
    bool hit = false;
    for (uint32_t from = 0; from < timed->shape->actor_count; from++)
        for (uint32_t to = 0; to < timed->shape->actor_count && chosen_has(timed, &target, from); to++) {
            bool meant = rest ? !chosen_has(timed, &target, to) : chosen_has(timed, &other, to);
            hit = (meant && fault_begin_link(timed, fault, from, to)) || hit;
        }
    return hit;
}

/* The first group that names an actor, from 1; 0: none does. */
static uint32_t partition_group(const struct timed *timed, uint32_t fault, uint32_t actor)
{
    const struct plan_fault *plan = &timed->plan->faults[fault];
    for (uint32_t group = 0; group < plan->group_count; group++)
        for (uint32_t i = 0; i < plan->groups[group].count; i++) {
            struct chosen member = fault_choose(timed, fault, ASK_TARGETS, &plan->groups[group].members[i]);
            if (chosen_has(timed, &member, actor))
                return group + 1;
        }
    return 0;
}

bool fault_begin_partition(struct timed *timed, uint32_t fault)
{
    bool hit = false;
    for (uint32_t to = 0; to < timed->shape->actor_count; to++) {
        uint32_t there = partition_group(timed, fault, to);
        for (uint32_t from = 0; from < to && there != 0; from++) {
            uint32_t here = partition_group(timed, fault, from);
            hit = (here != 0 && here != there && fault_begin_link(timed, fault, from, to)) || hit;
        }
    }
    return hit;
}
