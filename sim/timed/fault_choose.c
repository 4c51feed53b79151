/* Whom a fault hits: selectors are evaluated when it strikes, since who leads a queue is known only then. */
#include "models/base/check.h"
#include "sim/timed/faults.h"

uint64_t fault_draw(const struct timed *timed, uint32_t fault, enum fault_question question, uint64_t whom)
{
    const struct fault_state *it = &timed->faults[fault];
    uint64_t identity = digest_u64(digest_u64(it->identity, (uint64_t)question), whom);
    return draw_keyed(timed->options.seed, DRAW_FAULT, identity, it->struck);
}

/* `count` of these nodes; 0: all of them. */
static uint64_t selector_random(const struct timed *timed, uint32_t fault, enum fault_question question, uint64_t from,
                                uint32_t count)
{
    uint64_t chosen = 0;
    uint32_t left = 0;
    for (uint64_t nodes = from; nodes != 0; nodes &= nodes - 1)
        left++;
    if (count == 0)
        return from;
    for (uint32_t i = 0; i < count && left > 0; i++, left--) {
        uint32_t pick = (uint32_t)draw_below(fault_draw(timed, fault, question, i), left);
        uint32_t node = 0;
        for (;; node++)
            if (((from & ~chosen) >> node & 1) != 0 && pick-- == 0)
                break;
        chosen |= UINT64_C(1) << node;
    }
    return chosen;
}

/* The node that serves a queue now, as a set. */
static uint64_t queue_primary(const struct timed *timed, uint32_t queue)
{
    uint32_t node = world_primary(timed->world, (uint16_t)queue);
    return node == UINT32_MAX ? 0 : UINT64_C(1) << node;
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
    case SELECT_PRIMARY:
    case SELECT_BACKUPS:
    case SELECT_REPLICAS:
        return who->is_node && (nodes >> actor & 1) != 0;
    case SELECT_PRODUCER:
    case SELECT_CONSUMER: {
        enum client_kind kind = selector->kind == SELECT_PRODUCER ? CLIENT_PRODUCER : CLIENT_CONSUMER;
        return !who->is_node && who->kind == kind && who->group == selector->client &&
               (selector->member == 0 || selector->member == who->member + 1);
    }
    }
    check_failed(__FILE__, __LINE__, "a selector");
}

static uint64_t selector_nodes(const struct timed *timed, uint32_t fault, enum fault_question question,
                               const struct plan_selector *selector)
{
    uint64_t all = (UINT64_C(1) << timed->shape->node_count) - 1;
    switch ((enum plan_selector_kind)selector->kind) {
    case SELECT_RANDOM_NODES:
        return selector_random(timed, fault, question, all, selector->count);
    case SELECT_PRIMARY:
        return queue_primary(timed, selector->queue);
    case SELECT_BACKUPS:
        return selector_random(timed, fault, question,
                               timed->plan->queues[selector->queue].replicas & ~queue_primary(timed, selector->queue),
                               selector->count);
    case SELECT_REPLICAS:
        return selector_random(timed, fault, question, timed->plan->queues[selector->queue].replicas, selector->count);
    default:
        return selector->nodes;
    }
}

struct chosen fault_choose(const struct timed *timed, uint32_t fault, enum fault_question question,
                                  const struct plan_selector *selector)
{
    return (struct chosen){.selector = selector, .nodes = selector_nodes(timed, fault, question, selector)};
}

bool chosen_has(const struct timed *timed, const struct chosen *chosen, uint32_t actor)
{
    return selector_has(timed, chosen->selector, chosen->nodes, actor);
}
