/* Parts by kind: which kind a part is, how much of its block is in use, and whom a step goes to. */
#include "sim/world/part.h"

#include <string.h>

#include "models/base/check.h"
#include "models/base/host.h"
#include "sim/world/blocks.h"

uint64_t part_block_bytes(const struct world_shape *shape, uint32_t part)
{
    CHECK(part < shape->part_count);
    if (part < shape->actor_count)
        return shape->actors[part].block_bytes;
    if (part < shape_part_connection(shape, 0))
        return shape->disk_bytes;
    if (part < shape_part_monitor(shape))
        return sizeof(struct connection) + 2 * shape->connection_frames * sizeof(struct frame);
    return part == shape_part_monitor(shape) ? shape->oracle_bytes : sizeof(struct budget);
}

uint64_t part_used_bytes(const struct world_shape *shape, uint32_t part, const void *block)
{
    CHECK(part < shape->part_count);
    if (part < shape->actor_count) {
        const struct actor *actor = block;
        if (!actor->booted)
            return 0;
        return sizeof *actor + (actor->up ? arena_used_bytes(actor_core(actor)) : 0);
    }
    if (part < shape_part_connection(shape, 0))
        return disk_used_bytes(block);
    if (part < shape_part_monitor(shape))
        return connection_used_bytes(shape, block);
    return part == shape_part_monitor(shape) ? arena_used_bytes(block) : sizeof(struct budget);
}

bool part_reads_disk(const struct world_shape *shape, const void *block, const struct part_input *in)
{
    return shape_is_node(shape, in->part) && actor_reads_disk(block, in);
}

/* ---- effects ---- */

/* One input per output and one more per connection pushed to; or a crash, which everything that the node has hears
 * of. */
static uint32_t effects_room(const struct world_shape *shape)
{
    uint32_t of_outputs = 2 * OUTPUTS_MAX + 1, of_crash = 2 * shape->actor_count + 1;
    return of_outputs > of_crash ? of_outputs : of_crash;
}

struct effects_memory {
    struct part_effects effects;
    uint64_t bytes;
};

struct part_effects *part_effects_new(const struct world_shape *shape)
{
    uint32_t room = effects_room(shape);
    uint64_t bytes = sizeof(struct effects_memory) + room * (sizeof(struct part_input) + sizeof(struct pending));
    struct effects_memory *memory = host_reserve(bytes);
    memory->bytes = bytes;
    memory->effects.inputs = (struct part_input *)(memory + 1);
    memory->effects.pendings = (struct pending *)(memory->effects.inputs + room);
    memory->effects.input_room = memory->effects.pending_room = room;
    return &memory->effects;
}

void part_effects_free(struct part_effects *effects)
{
    struct effects_memory *memory = (struct effects_memory *)effects;
    host_release(memory, memory->bytes);
}

void part_input_begin(struct part_input *ret_input, uint32_t part, enum part_input_kind kind)
{
    static const struct part_input none;
    *ret_input = none; /* a copy, because a literal is cleared with `rep stos`, which costs more than the step itself */
    ret_input->part = part;
    ret_input->kind = (uint8_t)kind;
}

struct part_input *effect_input(struct part_effects *effects, uint32_t part, enum part_input_kind kind)
{
    CHECK(effects->input_count < effects->input_room);
    struct part_input *input = &effects->inputs[effects->input_count++];
    part_input_begin(input, part, kind);
    return input;
}

struct pending *effect_pending(struct part_effects *effects, enum pending_kind kind)
{
    CHECK(effects->pending_count < effects->pending_room);
    struct pending *pending = &effects->pendings[effects->pending_count++];
    *pending = (struct pending){.kind = (uint8_t)kind};
    return pending;
}

/* ---- the step ---- */

void part_step(const struct part_context *context, void *block, const struct part_input *in,
               struct part_effects *ret_effects)
{
    const struct world_shape *shape = context->shape;
    CHECK(in->part < shape->part_count);
    ret_effects->input_count = ret_effects->pending_count = 0;
    ret_effects->outputs = ret_effects->truncated = 0;
    ret_effects->digest = (struct digest){0};
    ret_effects->verdict = (struct verdict){0};
    if (in->part < shape->actor_count)
        actor_step(context, block, in, ret_effects);
    else if (in->part < shape_part_connection(shape, 0))
        disk_step(context, block, in, ret_effects);
    else if (in->part < shape_part_monitor(shape))
        connection_step(context, block, in, ret_effects);
    else if (in->part == shape_part_monitor(shape))
        monitor_step(context, block, in, ret_effects);
    else
        budget_step(block, in);
}
