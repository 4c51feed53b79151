/* Every action and every part input met so far, by number. What an action begins with, whom it concerns, and how it
 * looks with a crash or a choice added are worked out once, so the hot path only meets numbers. */
#ifndef CRASHQ_CHECK_CATALOGUE_H
#define CRASHQ_CHECK_CATALOGUE_H

#include "sim/check/intern.h"
#include "sim/check/pairs.h"
#include "sim/world/part.h"

struct known_action {
    const struct action *action;
    const struct known_input *inputs; /* what it begins with, in order */
    uint32_t input_count;
    uint32_t actor; /* action_actor(): UINT32_MAX when none */
    uint32_t node;  /* action_node(): UINT32_MAX when none */
};

struct known_input {
    uint32_t part;
    uint32_t input; /* number */
};

struct catalogue {
    const struct world_shape *shape;
    struct memory *memory;
    struct intern actions, inputs;
    struct pairs variants;
    struct hoard hoard;
    struct known_action *known; /* [action - 1] */
    uint32_t known_room;
    struct part_effects *effects; /* room for the first inputs of an action */
};

void catalogue_init(struct catalogue *catalogue, const struct world_shape *shape, struct memory *memory);
void catalogue_clear(struct catalogue *catalogue);
/* Numbers start at 1. */
uint32_t catalogue_action(struct catalogue *catalogue, const struct action *action);
uint32_t catalogue_input(struct catalogue *catalogue, const struct part_input *input);
const struct part_input *catalogue_input_at(const struct catalogue *catalogue, uint32_t input);

static inline const struct known_action *catalogue_at(const struct catalogue *catalogue, uint32_t action)
{
    return &catalogue->known[action - 1];
}

/* The action with these picks made inside its step. */
uint32_t catalogue_with_picks(struct catalogue *catalogue, uint32_t action, const uint16_t *picks, uint32_t pick_count);
/* The action whose acting node crashes after its first `cut` outputs, in the way of the CRASH action `crash`; 0 when a
 * cut cannot say that crash (action_crash_of_cut would not give it). */
uint32_t catalogue_with_crash(struct catalogue *catalogue, uint32_t action, uint32_t cut, uint32_t crash);

#endif
