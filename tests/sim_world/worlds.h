/* A small world driven by the names of actions, so that a test reads as its trace. */
#ifndef CRASHQ_TESTS_WORLDS_H
#define CRASHQ_TESTS_WORLDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "models/base/draw.h"
#include "models/base/host.h"
#include "sim/world/part.h"
#include "tests/support/named_action.h"
#include "tests/support/small_plan.h"

#define ENABLED_MAX 4096

struct small_world {
    struct small_plan small;
    struct world_shape *shape;
    struct world *world;
    const struct world_effects *effects; /* of the last action */
    uint32_t breached;                   /* bits of enum property, so far */
    uint32_t exercised;
    uint32_t counted[64]; /* observations by kind, so far */
    struct action enabled[ENABLED_MAX];
};

/* Fill in the plan first, then begin. */
static inline struct small_world *small_world_new(void)
{
    struct small_world *small = host_reserve(sizeof *small);
    small_plan_init(&small->small);
    return small;
}

static inline void small_world_begin(struct small_world *small, enum shape_purpose purpose)
{
    small->shape = shape_new(&small->small.plan, purpose);
    small->world = world_new(small->shape);
}

static inline void small_world_free(struct small_world *small)
{
    if (small->world != NULL)
        world_free(small->world);
    if (small->shape != NULL)
        shape_free(small->shape);
    host_release(small, sizeof *small);
}

static inline struct action action_named(const struct small_world *small, const char *name)
{
    return named_action(small->shape, name);
}

static inline int may_happen(const struct small_world *small, const char *name)
{
    struct action action = action_named(small, name);
    return world_is_enabled(small->world, &action);
}

static inline void small_world_note(struct small_world *small)
{
    for (uint32_t i = 0; i < small->effects->observation_count; i++) {
        small->breached |= small->effects->verdicts[i].breached;
        small->exercised |= small->effects->verdicts[i].exercised;
        small->counted[small->effects->observations[i].kind]++;
    }
}

static inline void apply(struct small_world *small, const struct action *action)
{
    char name[ACTION_TEXT_MAX];
    action_text(small->shape, action, name);
    if (!world_is_enabled(small->world, action))
        fail_msg("'%s' cannot happen here", name);
    if (!world_apply(small->world, action, 0, NULL, NULL, &small->effects))
        fail_msg("'%s' hits a bound", name);
    small_world_note(small);
}

static inline void happens(struct small_world *small, const char *name)
{
    struct action action = action_named(small, name);
    apply(small, &action);
}

static inline size_t enabled(struct small_world *small)
{
    size_t count = world_enabled(small->world, small->enabled, ENABLED_MAX);
    assert_true(count <= ENABLED_MAX);
    return count;
}

/* The first enabled action that is progress; false when the world is quiet. */
static inline int next_progress(struct small_world *small, struct action *ret_action)
{
    size_t count = enabled(small);
    for (size_t i = 0; i < count; i++)
        if (action_is_progress(small->shape, &small->enabled[i], NULL)) {
            *ret_action = small->enabled[i];
            return 1;
        }
    return 0;
}

/* Lets the world do what it does by itself, the first thing first, until nothing is left but faults. */
static inline void settles(struct small_world *small)
{
    struct action action;
    for (unsigned i = 0; next_progress(small, &action); i++) {
        assert_true(i < 10000);
        apply(small, &action);
    }
}

/* The same for nodes alone: without a client, they boot and connect to one another. */
static inline void nodes_settle(struct small_world *small)
{
    for (unsigned i = 0, acts = 1; acts; i++) {
        size_t count = enabled(small);
        acts = 0;
        for (size_t k = 0; k < count && !acts; k++) {
            struct action action = small->enabled[k];
            acts = action_actor(small->shape, &action) < small->shape->node_count &&
                   action_is_progress(small->shape, &action, NULL);
            if (acts)
                apply(small, &action);
        }
        assert_true(i < 10000);
    }
}

/* How many observations of a kind the last action made. */
static inline unsigned observed(const struct small_world *small, enum observation_kind kind)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < small->effects->observation_count; i++)
        count += small->effects->observations[i].kind == kind;
    return count;
}

#endif
