/* A world in place: every part in its block, and the cascade that an action sets off (part.h) run over them. */
#include "sim/world/inside.h"

#include <string.h>

#include "models/base/check.h"
#include "models/base/host.h"

#define BLOCK_ALIGNMENT UINT64_C(64)

/* ---- life ---- */

/* A range of addresses is cut up from its start. */
struct cut_up {
    uint8_t *range; /* NULL: only measuring */
    uint64_t bytes;
};

static void *cut_off(struct cut_up *range, uint64_t bytes)
{
    void *piece = range->range != NULL ? range->range + range->bytes : NULL;
    range->bytes += (bytes + BLOCK_ALIGNMENT - 1) / BLOCK_ALIGNMENT * BLOCK_ALIGNMENT;
    return piece;
}

/* All inputs of one cascade: the acting step's, each of which may at most block its sender and so make it step once
 * more; or a crash's. */
static uint32_t cascade_room(const struct world_shape *shape)
{
    return (OUTPUTS_MAX + 1) * (2 * OUTPUTS_MAX + 1) + 2 * shape->actor_count + 8;
}

/* Hands out every list and block, in the order of the struct; `world` is the first piece. */
static void world_lay_out(struct cut_up *range, const struct world_shape *shape, struct world *ret_world)
{
    uint32_t room = cascade_room(shape), parts = shape->part_count;
    cut_off(range, sizeof *ret_world);
    ret_world->input_room = room;
    ret_world->pending_room = 3 * room; /* an end that goes: a notice, a slot that is free, and taken again */
    ret_world->offset = cut_off(range, parts * sizeof *ret_world->offset);
    ret_world->inputs = cut_off(range, room * sizeof *ret_world->inputs);
    ret_world->pendings = cut_off(range, ret_world->pending_room * sizeof *ret_world->pendings);
    ret_world->observations = cut_off(range, room * sizeof *ret_world->observations);
    ret_world->verdicts = cut_off(range, room * sizeof *ret_world->verdicts);
    ret_world->faces = cut_off(range, parts * sizeof *ret_world->faces);
    ret_world->face_list = cut_off(range, parts * sizeof *ret_world->face_list);
    ret_world->anchors = cut_off(range, (uint64_t)parts * ANCHORS_MAX * sizeof *ret_world->anchors);
    ret_world->blocks = cut_off(range, 0);
    uint64_t largest = 0, first = range->bytes;
    for (uint32_t part = 0; part < parts; part++) {
        uint64_t bytes = part_block_bytes(shape, part);
        if (ret_world->offset != NULL)
            ret_world->offset[part] = range->bytes - first;
        cut_off(range, bytes);
        largest = bytes > largest ? bytes : largest;
    }
    ret_world->scratch = cut_off(range, largest);
}

struct world *world_new(const struct world_shape *shape)
{
    struct cut_up measure = {0};
    struct world measured = {0};
    world_lay_out(&measure, shape, &measured);
    struct cut_up range = {.range = host_reserve(measure.bytes)};
    struct world *world = (struct world *)range.range;
    world_lay_out(&range, shape, world);
    CHECK(range.bytes == measure.bytes);
    world->shape = shape;
    world->range_bytes = measure.bytes;
    world->effects.pending = world->pendings;
    world->effects.observations = world->observations;
    world->effects.verdicts = world->verdicts;
    return world;
}

void world_free(struct world *world)
{
    host_release(world, world->range_bytes);
}

const struct world_shape *world_shape(const struct world *world)
{
    return world->shape;
}

/* ---- what could happen ---- */

bool world_allows(const struct world *world, const struct action *action)
{
    const struct world_shape *shape = world->shape;
    uint32_t node = action_node(shape, action);
    bool node_up = node == UINT32_MAX || part_actor_up(world_block(world, node));
    return action_allowed(shape, action, world_block(world, shape_part_budget(shape)), node_up);
}

bool world_is_enabled(const struct world *world, const struct action *action)
{
    uint32_t part = action_part(world->shape, action);
    return part != UINT32_MAX && part_offers_action(world->shape, part, world_block(world, part), action) &&
           world_allows(world, action);
}

size_t world_enabled(const struct world *world, struct action *ret_actions, size_t room)
{
    struct offer_list list = {.actions = ret_actions, .room = room, .world = world};
    for (uint32_t part = 0; part < world->shape->part_count; part++)
        part_list_offers(world->shape, part, world_block(world, part), &list);
    return list.count;
}

/* ---- what happens ---- */

struct cascade {
    struct world *world;
    struct part_context context; /* its cut and disk are each step's own */
    uint32_t input_count;
    uint32_t actor; /* whose first step is the acting one; UINT32_MAX: it was, or there is none */
    uint32_t cut;
};

static void cascade_note_observation(struct cascade *cascade, const struct part_input *in,
                                     const struct part_effects *effects)
{
    struct world *world = cascade->world;
    CHECK(world->effects.observation_count < world->input_room);
    uint32_t i = world->effects.observation_count++;
    world->observations[i] = in->u.observation;
    world->verdicts[i] = effects->verdict;
}

/* What is an actor's business before and after its step. */
static void cascade_prepare(struct cascade *cascade, const struct part_input *in, struct disk_view *view)
{
    const struct world *world = cascade->world;
    cascade->context.cut = in->part == cascade->actor ? cascade->cut : 0;
    cascade->context.disk = NULL;
    if (part_reads_disk(world->shape, world_block(world, in->part), in)) {
        part_disk_view(world_block(world, shape_part_disk(world->shape, in->part)), view);
        cascade->context.disk = view;
    }
}

static void cascade_note_outputs(struct cascade *cascade, const struct part_input *in,
                                 const struct part_effects *effects)
{
    struct world_effects *total = &cascade->world->effects;
    bool first = digest_equal(total->digest, (struct digest){0}); /* and most often the only one */
    total->digest = first ? effects->digest : digest_fold(total->digest, effects->digest);
    if (in->part != cascade->actor)
        return;
    total->outputs = effects->outputs;
    cascade->actor = UINT32_MAX;
}

/* Steps one part, then what its effects are the inputs of, depth first. False: a bound was hit. */
static bool cascade_step(struct cascade *cascade, const struct part_input *in)
{
    struct world *world = cascade->world;
    const struct world_shape *shape = world->shape;
    bool acts = in->part < shape->actor_count;
    struct part_effects effects;
    effects.inputs = world->inputs + cascade->input_count;
    effects.pendings = world->pendings + world->effects.pending_count;
    effects.input_room = world->input_room - cascade->input_count;
    effects.pending_room = world->pending_room - world->effects.pending_count;
    struct disk_view view;
    if (acts)
        cascade_prepare(cascade, in, &view);
    part_step(&cascade->context, world_block(world, in->part), in, &effects);
    if (effects.truncated != BOUND_NONE)
        return false;
    cascade->input_count += effects.input_count;
    world->effects.pending_count += effects.pending_count;
    if (acts)
        cascade_note_outputs(cascade, in, &effects);
    else if (in->part == shape_part_monitor(shape))
        cascade_note_observation(cascade, in, &effects);
    for (uint32_t i = 0; i < effects.input_count; i++)
        if (!cascade_step(cascade, &effects.inputs[i]))
            return false;
    return true;
}

static bool cascade_run(struct cascade *cascade, const struct action *action)
{
    struct part_input *first = cascade->world->inputs + cascade->input_count;
    uint32_t count = action_inputs(cascade->world->shape, action, first);
    cascade->input_count += count;
    for (uint32_t i = 0; i < count; i++)
        if (!cascade_step(cascade, &first[i]))
            return false;
    return true;
}

static void world_clear_effects(struct world *world)
{
    world->effects.pending_count = world->effects.observation_count = 0;
    world->effects.outputs = 0;
    world->effects.digest = (struct digest){0};
}

static void tape_read_picks(struct tape *tape, const struct action *action)
{
    uint32_t picks[PICKS_MAX];
    CHECK(action->pick_count <= PICKS_MAX);
    for (uint32_t i = 0; i < action->pick_count; i++)
        picks[i] = action->picks[i];
    tape_read(tape, picks, action->pick_count);
}

static void action_with_picks(const struct action *action, const struct tape *tape, struct action *ret_action)
{
    *ret_action = *action;
    ret_action->pick_count = tape->used;
    memset(ret_action->picks, 0, sizeof ret_action->picks);
    for (uint32_t i = 0; i < tape->used; i++)
        ret_action->picks[i] = (uint16_t)tape->picks[i];
}

bool world_apply(struct world *world, const struct action *action, int64_t now_ns, struct tape *tape,
                 struct action *ret_action, const struct world_effects **ret_effects)
{
    const struct world_shape *shape = world->shape;
    CHECK(world_is_enabled(world, action));
    struct tape listed;
    if (tape == NULL) {
        tape_read_picks(&listed, action);
        tape = &listed;
    }
    world_clear_effects(world);
    struct cascade cascade = {
        .world = world,
        .context = {.shape = shape, .tape = tape, .now_ns = now_ns},
        .actor = action_actor(shape, action),
        .cut = action->cut,
    };
    bool fits = cascade_run(&cascade, action);
    if (fits && action->cut != 0) {
        struct action crash = action_crash_of_cut(shape, action);
        fits = cascade_run(&cascade, &crash);
    }
    CHECK(!tape->ran_off && tape->used <= PICKS_MAX);
    if (ret_action != NULL)
        action_with_picks(action, tape, ret_action);
    *ret_effects = &world->effects;
    return fits;
}

void world_judge(struct world *world, const struct observation *seen, const struct world_effects **ret_effects)
{
    world_clear_effects(world);
    struct cascade cascade = {
        .world = world, .context = {.shape = world->shape}, .input_count = 1, .actor = UINT32_MAX};
    world->inputs[0] = (struct part_input){
        .part = shape_part_monitor(world->shape),
        .kind = PART_MONITOR_OBSERVE,
        .u.observation = *seen,
    };
    CHECK(cascade_step(&cascade, &world->inputs[0]));
    *ret_effects = &world->effects;
}

void world_judge_quiet(struct world *world, const struct world_effects **ret_effects)
{
    world_judge(world, &(struct observation){.kind = OBSERVE_QUIET}, ret_effects);
}

/* ---- what is asked of the state ---- */

const void *world_part(const struct world *world, uint32_t part, uint64_t *ret_bytes)
{
    *ret_bytes = world_used_bytes(world, part);
    return world_block(world, part);
}

bool world_actor_up(const struct world *world, uint32_t actor)
{
    CHECK(actor < world->shape->actor_count);
    return part_actor_up(world_block(world, actor));
}

static const struct connection *world_connection(const struct world *world, uint32_t connection)
{
    CHECK(connection < world->shape->connection_count);
    return world_block(world, shape_part_connection(world->shape, connection));
}

uint32_t world_frames_under_way(const struct world *world, uint32_t connection, unsigned end)
{
    CHECK(end < 2);
    return world_connection(world, connection)->way[end].count;
}

bool world_connection_open(const struct world *world, uint32_t connection)
{
    const struct connection *it = world_connection(world, connection);
    return it->end[0] != END_NONE || it->end[1] != END_NONE;
}

uint32_t world_unsynced_records(const struct world *world, uint32_t node)
{
    CHECK(node < world->shape->node_count);
    return disk_unsynced_records(world_block(world, shape_part_disk(world->shape, node)));
}

uint32_t world_primary(const struct world *world, uint16_t queue)
{
    uint32_t primary = UINT32_MAX;
    uint64_t epoch = 0;
    for (uint32_t node = 0; node < world->shape->node_count; node++) {
        struct queue_view view = world_queue(world, node, queue);
        if (view.role != ROLE_PRIMARY && view.role != ROLE_ALONE)
            continue;
        if (primary == UINT32_MAX || view.epoch > epoch) {
            primary = node;
            epoch = view.epoch;
        }
    }
    return primary;
}

struct queue_view world_queue(const struct world *world, uint32_t node, uint16_t queue)
{
    CHECK(node < world->shape->node_count);
    if (!world_actor_up(world, node))
        return (struct queue_view){0};
    return broker_queue_view(actor_core(world_block(world, node)), queue);
}
