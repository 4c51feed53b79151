/* One part of a small world, stepped by hand: for tests of what a connection or a disk does by itself. */
#ifndef CRASHQ_TESTS_PARTS_H
#define CRASHQ_TESTS_PARTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "models/base/host.h"
#include "sim/world/part.h"
#include "tests/support/small_plan.h"

struct lone_part {
    struct small_plan small;
    struct world_shape *shape;
    struct part_effects *effects;
    uint32_t part;
    uint8_t *block;
};

enum lone_kind {
    LONE_DISK,
    LONE_CONNECTION, /* of web.1 to n1 */
    LONE_PAIR,       /* of n2 to n1, in a world of three nodes that replicate */
    LONE_REPLICA,    /* the disk of n1 there */
};

static inline struct lone_part *lone_part_in(enum lone_kind kind, enum shape_purpose purpose)
{
    struct lone_part *lone = host_reserve(sizeof *lone);
    small_plan_init(&lone->small);
    if (kind >= LONE_PAIR)
        small_plan_cluster(&lone->small, 3);
    lone->shape = shape_new(&lone->small.plan, purpose);
    lone->effects = part_effects_new(lone->shape);
    bool is_disk = kind == LONE_DISK || kind == LONE_REPLICA;
    uint32_t connection = kind == LONE_PAIR ? lone->shape->client_connections : 0;
    lone->part = is_disk ? shape_part_disk(lone->shape, 0) : shape_part_connection(lone->shape, connection);
    lone->block = host_reserve(part_block_bytes(lone->shape, lone->part));
    return lone;
}

static inline struct lone_part *lone_part_new(enum lone_kind kind)
{
    return lone_part_in(kind, SHAPE_CHECK);
}

static inline void lone_part_free(struct lone_part *lone)
{
    host_release(lone->block, part_block_bytes(lone->shape, lone->part));
    part_effects_free(lone->effects);
    shape_free(lone->shape);
    host_release(lone, sizeof *lone);
}

static inline void lone_step(struct lone_part *lone, struct part_input in)
{
    struct part_context context = {.shape = lone->shape};
    in.part = lone->part;
    part_step(&context, lone->block, &in, lone->effects);
}

/* Does the part offer this action? */
static inline int lone_offers(const struct lone_part *lone, struct action wanted)
{
    struct action offers[512];
    uint32_t count = part_offers(lone->shape, lone->part, lone->block, offers, 512);
    assert_true(count <= 512);
    for (uint32_t i = 0; i < count; i++)
        if (memcmp(&offers[i], &wanted, sizeof wanted) == 0)
            return 1;
    return 0;
}

static inline uint32_t lone_offers_of_kind(const struct lone_part *lone, enum action_kind kind)
{
    struct action offers[512];
    uint32_t count = part_offers(lone->shape, lone->part, lone->block, offers, 512), of_kind = 0;
    for (uint32_t i = 0; i < count; i++)
        of_kind += offers[i].kind == kind;
    return of_kind;
}

/* The only input that the last step sent to another part; fails when there were none or more. */
static inline const struct part_input *lone_told(const struct lone_part *lone)
{
    assert_int_equal(lone->effects->input_count, 1);
    return &lone->effects->inputs[0];
}

static inline int lone_noted(const struct lone_part *lone, enum pending_kind kind)
{
    for (uint32_t i = 0; i < lone->effects->pending_count; i++)
        if (lone->effects->pendings[i].kind == kind)
            return 1;
    return 0;
}

static inline int lone_is_zero(const struct lone_part *lone)
{
    uint64_t bytes = part_block_bytes(lone->shape, lone->part);
    for (uint64_t i = 0; i < bytes; i++)
        if (lone->block[i] != 0)
            return 0;
    return part_used_bytes(lone->shape, lone->part, lone->block) == 0;
}

#endif
