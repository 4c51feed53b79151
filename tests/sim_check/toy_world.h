/* A world that can be counted by hand, in place of sim/world: one node, its disk, a monitor, a budget of crashes; each
 * part is four numbers. The node works `toy.work` times; each time it appends, tells the monitor, syncs, and is told
 * that it is BLOCKED. It may also choose once, and look at its disk. Defines every function of part.h and world.h that
 * the checker calls, so that nothing of the real world is linked. */
#ifndef CRASHQ_TESTS_TOY_WORLD_H
#define CRASHQ_TESTS_TOY_WORLD_H

#include <stdlib.h>
#include <string.h>

#include "models/base/check.h"
#include "sim/check/explore.h"

static struct toy {
    uint32_t work;         /* how often the node works */
    uint32_t crashes;      /* the budget */
    bool chooses;          /* once: a choice of two, then a choice of three */
    bool looks;            /* once: the node copies what its disk says */
    bool restarts;         /* the node comes back after each crash: appends, and tells the monitor */
    uint32_t grows;        /* how far the disk grows by itself */
    uint32_t full_at;      /* the work after which its block is full; 0: never */
    uint32_t broken_at;    /* the monitor calls FIFO broken when it saw so much work; 0: never */
    uint32_t quiet_breaks; /* the monitor calls DELIVERED broken when all is quiet and less was seen */
} toy;

enum { NODE, DISK, MONITOR, BUDGET, PARTS };
enum { TOY_WORK, TOY_CHOOSE, TOY_LOOK };
struct block {
    uint32_t up, work, chosen, looked; /* disk: bytes, synced; monitor: seen; budget: crashes spent */
};

static uint32_t disk_bytes(const struct block *disk)
{
    return disk->up;
}

/* ---- parts ---- */

struct part_effects *part_effects_new(const struct world_shape *shape)
{
    (void)shape;
    struct part_effects *effects = calloc(1, sizeof *effects);
    effects->inputs = calloc(8, sizeof *effects->inputs);
    return effects;
}

void part_effects_free(struct part_effects *effects)
{
    free(effects->inputs);
    free(effects);
}

uint64_t part_block_bytes(const struct world_shape *shape, uint32_t part)
{
    (void)shape, (void)part;
    return 64;
}

uint64_t part_used_bytes(const struct world_shape *shape, uint32_t part, const void *block)
{
    (void)shape, (void)part, (void)block;
    return sizeof(struct block);
}

static struct part_input toy_input(uint32_t part, enum part_input_kind kind)
{
    struct part_input input;
    memset(&input, 0, sizeof input);
    input.part = part;
    input.kind = (uint8_t)kind;
    return input;
}

static void node_step(const struct part_context *context, struct block *node, const struct part_input *in,
                      struct part_effects *effects)
{
    if (in->kind == PART_ACTOR_CRASH) {
        *node = (struct block){0};
    } else if (in->kind == PART_ACTOR_START) {
        node->up = 1;
        effects->outputs = 2;
        effects->input_count = context->cut != 0 ? context->cut : 2;
        effects->inputs[0] = toy_input(DISK, PART_DISK_APPEND);
        effects->inputs[1] = toy_input(MONITOR, PART_MONITOR_OBSERVE);
    } else if (in->kind == PART_ACTOR_BLOCKED) {
        return;
    } else if (in->timer == TOY_CHOOSE) {
        uint32_t first = choice_pick(context->tape, 2, CHOICE_DISPATCH);
        node->chosen = 1 + first * 3 + choice_pick(context->tape, 3, CHOICE_DISPATCH);
    } else if (in->timer == TOY_LOOK) {
        node->looked = 1 + (uint32_t)context->disk->end;
    } else {
        node->work++;
        effects->truncated = node->work == toy.full_at ? BOUND_BLOCK : BOUND_NONE;
        effects->outputs = 3;
        effects->input_count = 4;
        effects->inputs[0] = toy_input(DISK, PART_DISK_APPEND);
        effects->inputs[1] = toy_input(MONITOR, PART_MONITOR_OBSERVE);
        effects->inputs[2] = toy_input(DISK, PART_DISK_FSYNC);
        effects->inputs[3] = toy_input(NODE, PART_ACTOR_BLOCKED);
        if (context->cut != 0)
            effects->input_count = context->cut;
    }
}

static void monitor_step(struct block *monitor, const struct part_input *in, struct verdict *verdict)
{
    if (in->u.observation.kind == OBSERVE_QUIET) {
        verdict->exercised = 1u << PROPERTY_DELIVERED;
        verdict->breached = monitor->up < toy.quiet_breaks ? 1u << PROPERTY_DELIVERED : 0;
        return;
    }
    monitor->up++;
    verdict->exercised = 1u << PROPERTY_FIFO;
    verdict->breached = monitor->up == toy.broken_at ? 1u << PROPERTY_FIFO : 0;
}

void part_step(const struct part_context *context, void *at, const struct part_input *in, struct part_effects *effects)
{
    struct block *block = at;
    struct part_input *inputs = effects->inputs;
    *effects = (struct part_effects){.inputs = inputs};
    if (in->part == NODE)
        node_step(context, block, in, effects);
    else if (in->part == MONITOR)
        monitor_step(block, in, &effects->verdict);
    else if (in->kind == PART_DISK_FSYNC)
        block->work = block->up;
    else /* an append, a crash spent */
        block->up++;
}

bool part_reads_disk(const struct world_shape *shape, const void *block, const struct part_input *in)
{
    (void)shape, (void)block;
    return in->kind == PART_ACTOR_TIMER && in->timer == TOY_LOOK;
}

void part_disk_view(const void *disk_block, struct disk_view *ret_view)
{
    *ret_view = (struct disk_view){.bytes = disk_block, .end = disk_bytes(disk_block)};
}

/* ---- actions ---- */

static uint32_t offer(struct action *actions, uint32_t room, uint32_t count, enum action_kind kind, uint32_t timer)
{
    if (count < room) {
        memset(&actions[count], 0, sizeof *actions);
        actions[count].kind = (uint8_t)kind;
        actions[count].argument = timer;
    }
    return count + 1;
}

uint32_t part_offers(const struct world_shape *shape, uint32_t part, const void *at, struct action *actions,
                     uint32_t room)
{
    (void)shape;
    const struct block *block = at;
    uint32_t count = 0;
    if (part == NODE && block->up && block->work < toy.work)
        count = offer(actions, room, count, ACTION_TIMER, TOY_WORK);
    if (part == NODE && block->up && toy.chooses && !block->chosen)
        count = offer(actions, room, count, ACTION_TIMER, TOY_CHOOSE);
    if (part == NODE && block->up && toy.looks && !block->looked)
        count = offer(actions, room, count, ACTION_TIMER, TOY_LOOK);
    if (part == NODE && !block->up && toy.restarts)
        count = offer(actions, room, count, ACTION_RESTART, 0);
    if (part == DISK && disk_bytes(block) < toy.grows)
        count = offer(actions, room, count, ACTION_SYNCED, 0);
    if (part == DISK)
        count = offer(actions, room, count, ACTION_CRASH, 0);
    return count;
}

bool action_allowed(const struct world_shape *shape, const struct action *action, const void *budget, bool node_up)
{
    (void)shape;
    return action->kind != ACTION_CRASH || (node_up && ((const struct block *)budget)->up < toy.crashes);
}

uint32_t action_inputs(const struct world_shape *shape, const struct action *action, struct part_input *ret_inputs)
{
    (void)shape;
    if (action->kind == ACTION_CRASH) {
        ret_inputs[0] = toy_input(BUDGET, PART_BUDGET_SPEND);
        ret_inputs[1] = toy_input(NODE, PART_ACTOR_CRASH);
        return 2;
    }
    if (action->kind == ACTION_SYNCED) {
        ret_inputs[0] = toy_input(DISK, PART_DISK_APPEND);
        return 1;
    }
    ret_inputs[0] = toy_input(NODE, action->kind == ACTION_RESTART ? PART_ACTOR_START : PART_ACTOR_TIMER);
    ret_inputs[0].timer = (uint16_t)action->argument;
    return 1;
}

struct action action_crash_of_cut(const struct world_shape *shape, const struct action *action)
{
    (void)shape, (void)action;
    struct action crash;
    offer(&crash, 1, 0, ACTION_CRASH, 0);
    return crash;
}

uint32_t action_actor(const struct world_shape *shape, const struct action *action)
{
    (void)shape;
    return action->kind == ACTION_TIMER || action->kind == ACTION_RESTART ? NODE : UINT32_MAX;
}

uint32_t action_node(const struct world_shape *shape, const struct action *action)
{
    (void)shape;
    return action->kind == ACTION_CRASH || action->cut ? NODE : UINT32_MAX;
}

bool part_actor_up(const void *actor_block)
{
    return ((const struct block *)actor_block)->up;
}

bool action_is_progress(const struct world_shape *shape, const struct action *action, const void *actor_block)
{
    (void)shape, (void)actor_block;
    return action->kind == ACTION_TIMER;
}

/* ---- fingerprints ---- */

int part_anchors(const struct world_shape *shape, uint32_t part, const void *block,
                 struct part_anchor ret_anchors[ANCHORS_MAX])
{
    (void)shape, (void)part, (void)block, (void)ret_anchors;
    return 0;
}

struct digest part_canonical_digest(const struct world_shape *shape, uint32_t part, const void *block, void *scratch)
{
    (void)shape, (void)part, (void)scratch;
    return digest_bytes(block, sizeof(struct block), 0);
}

void part_compact(const struct world_shape *shape, uint32_t part, void *block, void *scratch)
{
    (void)shape, (void)part, (void)block, (void)scratch;
}

struct digest world_fingerprint_of(const struct part_face *const *faces, uint32_t count)
{
    struct digest sum = {0, 0};
    for (uint32_t i = 0; i < count; i++) {
        sum.low += faces[i]->digest.low;
        sum.high += faces[i]->digest.high;
    }
    return sum;
}

/* ---- the concrete world, for traces ---- */

struct world {
    const struct world_shape *shape;
    struct block parts[PARTS];
    struct part_effects *effects[8]; /* by depth */
    struct world_effects told;
    struct verdict verdicts[8];
};

struct world *world_new(const struct world_shape *shape)
{
    struct world *world = calloc(1, sizeof *world);
    world->shape = shape;
    world->parts[NODE].up = 1;
    for (unsigned i = 0; i < 8; i++)
        world->effects[i] = part_effects_new(shape);
    world->told.verdicts = world->verdicts;
    return world;
}

void world_free(struct world *world)
{
    for (unsigned i = 0; i < 8; i++)
        part_effects_free(world->effects[i]);
    free(world);
}

const void *world_part(const struct world *world, uint32_t part, uint64_t *ret_bytes)
{
    *ret_bytes = sizeof(struct block);
    return &world->parts[part];
}

bool world_is_enabled(const struct world *world, const struct action *action)
{
    return action_allowed(world->shape, action, &world->parts[BUDGET], world->parts[NODE].up);
}

static void toy_cascade(struct world *world, struct tape *tape, const struct part_input *in, uint32_t cut,
                        unsigned depth)
{
    struct disk_view view;
    part_disk_view(&world->parts[DISK], &view);
    struct part_context context = {.shape = world->shape, .disk = &view, .tape = tape, .cut = cut};
    struct part_effects *effects = world->effects[depth];
    part_step(&context, &world->parts[in->part], in, effects);
    if (in->part == MONITOR)
        world->verdicts[world->told.observation_count++] = effects->verdict;
    for (uint32_t i = 0; i < effects->input_count; i++)
        toy_cascade(world, tape, &effects->inputs[i], 0, depth + 1);
}

bool world_apply(struct world *world, const struct action *action, int64_t now_ns, struct tape *tape,
                 struct action *ret_action, const struct world_effects **ret_effects)
{
    (void)now_ns, (void)tape, (void)ret_action;
    struct part_input inputs[2];
    struct tape reads;
    uint32_t picks[PICKS_MAX];
    for (uint32_t i = 0; i < action->pick_count; i++)
        picks[i] = action->picks[i];
    tape_read(&reads, picks, action->pick_count);
    world->told.observation_count = 0;
    uint32_t count = action_inputs(world->shape, action, inputs);
    for (uint32_t i = 0; i < count; i++)
        toy_cascade(world, &reads, &inputs[i], action->cut, 0);
    if (action->cut != 0) {
        struct action crash = action_crash_of_cut(world->shape, action);
        count = action_inputs(world->shape, &crash, inputs);
        for (uint32_t i = 0; i < count; i++)
            toy_cascade(world, &reads, &inputs[i], 0, 0);
    }
    *ret_effects = &world->told;
    return true;
}

void world_judge_quiet(struct world *world, const struct world_effects **ret_effects)
{
    struct part_input quiet = toy_input(MONITOR, PART_MONITOR_OBSERVE);
    quiet.u.observation.kind = OBSERVE_QUIET;
    world->told.observation_count = 0;
    toy_cascade(world, NULL, &quiet, 0, 0);
    *ret_effects = &world->told;
}

struct digest world_fingerprint(const struct world *world)
{
    struct part_face faces[PARTS];
    const struct part_face *pointers[PARTS];
    for (uint32_t part = 0; part < PARTS; part++) {
        struct digest canonical = part_canonical_digest(world->shape, part, &world->parts[part], NULL);
        faces[part] = (struct part_face){.digest = digest_at(canonical, part)};
        pointers[part] = &faces[part];
    }
    return world_fingerprint_of(pointers, PARTS);
}

#endif
