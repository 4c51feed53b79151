/* Random walks through a small world: at each step one of the enabled actions, now and then cut short by a crash. */
#ifndef CRASHQ_TESTS_WALKS_H
#define CRASHQ_TESTS_WALKS_H

#include "tests/sim_world/worlds.h"

struct walk {
    struct small_world *small;
    struct stream chance;
    uint64_t steps;
};

static inline uint64_t walk_below(struct walk *walk, uint64_t n)
{
    return draw_below(stream_next(&walk->chance), n);
}

static inline void walk_begin(struct walk *walk, struct small_world *small, uint64_t seed)
{
    walk->small = small;
    walk->steps = 0;
    stream_seed(&walk->chance, seed, DRAW_FAULT, 0);
}

/* An enabled action: any of them, progress four times as likely as a fault. False: there is none. */
static inline int walk_choose(struct walk *walk, struct action *ret_action)
{
    size_t count = enabled(walk->small);
    if (count == 0)
        return 0;
    for (unsigned tries = 0; tries < 8; tries++) {
        *ret_action = walk->small->enabled[walk_below(walk, count)];
        if (action_is_progress(walk->small->shape, ret_action, NULL) || walk_below(walk, 4) == 0)
            break;
    }
    return 1;
}

/* Any action that is progress. False: the world is quiet. */
static inline int walk_choose_progress(struct walk *walk, struct action *ret_action)
{
    size_t count = enabled(walk->small), kept = 0;
    for (size_t i = 0; i < count; i++)
        if (action_is_progress(walk->small->shape, &walk->small->enabled[i], NULL))
            walk->small->enabled[kept++] = walk->small->enabled[i];
    if (kept == 0)
        return 0;
    *ret_action = walk->small->enabled[walk_below(walk, kept)];
    return 1;
}

/* A crash in the middle of the step, sometimes, where there may be one. */
static inline void walk_cut(struct walk *walk, struct action *action)
{
    struct action cut = *action;
    cut.cut = (uint16_t)(1 + walk_below(walk, 4));
    if (action_actor(walk->small->shape, action) >= walk->small->shape->node_count || walk_below(walk, 8) != 0)
        return;
    cut.power = (uint8_t)walk_below(walk, 2);
    if (cut.power) {
        cut.kept = (uint32_t)walk_below(walk, 3);
        cut.torn = (uint8_t)walk_below(walk, 3);
    }
    if (world_is_enabled(walk->small->world, &cut))
        *action = cut;
}

/* Applies it with drawn picks. `ret_action` is the action with the picks that were made. */
static inline void walk_apply(struct walk *walk, const struct action *action, struct action *ret_action)
{
    struct small_world *small = walk->small;
    struct tape tape;
    tape_draw(&tape, stream_next(&walk->chance));
    assert_true(world_apply(small->world, action, 0, &tape, ret_action, &small->effects));
    walk->steps++;
    small_world_note(small);
}

static inline int walk_step(struct walk *walk, struct action *ret_action)
{
    struct action action;
    if (!walk_choose(walk, &action))
        return 0;
    walk_cut(walk, &action);
    walk_apply(walk, &action, ret_action);
    return 1;
}

/* A plan with some of every fault and every choice. */
static inline struct small_world *walk_world(void)
{
    struct small_world *small = small_world_new();
    small->small.plan.check = (struct plan_check){
        .messages = 7, .crashes = 2, .power_losses = 1, .restarts = 3, .disconnects = 2, .timeouts = 2};
    small->small.consumers[0].count = 2;
    small->small.consumers[0].reject_ppm = 300000;
    small->small.queues[0].dispatch = DISPATCH_RANDOM;
    small_world_begin(small, SHAPE_CHECK);
    return small;
}

/* Three nodes that replicate the queue, and some of every fault that a cluster knows. */
static inline struct small_world *walk_cluster(void)
{
    struct small_world *small = small_world_new();
    small_plan_cluster(&small->small, 3);
    small->small.producers[0].messages = 5;
    small->small.consumers[0].dedupe_window = 5;
    small->small.plan.check = (struct plan_check){.messages = 5,
                                                  .crashes = 2,
                                                  .power_losses = 1,
                                                  .restarts = 3,
                                                  .disconnects = 2,
                                                  .timeouts = 6,
                                                  .suspicions = 2,
                                                  .ticks = 12};
    small_world_begin(small, SHAPE_CHECK);
    return small;
}

#endif
