/* What a world is made of. Private to the room. One range of addresses: this, the lists that a step fills, the
 * parts' blocks. */
#ifndef CRASHQ_WORLD_INSIDE_H
#define CRASHQ_WORLD_INSIDE_H

#include "sim/world/blocks.h"

struct world {
    const struct world_shape *shape;
    uint64_t range_bytes;
    uint64_t *offset; /* of each part's block, from `blocks` */
    uint8_t *blocks;
    uint8_t *scratch; /* zeroed, as long as the largest block */

    /* What the last apply left: inputs stay where they are until the next, since pendings point at them. */
    struct part_input *inputs;
    struct pending *pendings;
    struct observation *observations;
    struct verdict *verdicts;
    uint32_t input_room, pending_room;
    struct world_effects effects;

    /* for world_fingerprint() */
    struct part_face *faces;
    const struct part_face **face_list;
    struct part_anchor *anchors;
};

/* world.c: may an action that its part offers happen, the rest of the world considered? */
bool world_allows(const struct world *world, const struct action *action);

/* offers.c: collects what parts offer, as far as there is room; counts all. */
struct offer_list {
    struct action *actions;
    size_t count, room;
    const struct world *world; /* collect only what it allows; NULL: everything */
};
void part_list_offers(const struct world_shape *shape, uint32_t part, const void *block, struct offer_list *list);

static inline void *world_block(const struct world *world, uint32_t part)
{
    return world->blocks + world->offset[part];
}

static inline uint64_t world_used_bytes(const struct world *world, uint32_t part)
{
    return part_used_bytes(world->shape, part, world_block(world, part));
}

#endif
