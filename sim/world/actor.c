/* An actor and its host: turns what happens to a node or a client into its inputs, and its outputs, in their order,
 * into inputs of its disk, its connections and the monitor. The host keeps only what the core need not know: whether
 * the process is up, which timers are armed, whether it asked to go on. */
#include <string.h>

#include "models/base/check.h"
#include "sim/world/blocks.h"

bool part_actor_up(const void *actor_block)
{
    return ((const struct actor *)actor_block)->up;
}

bool actor_reads_disk(const struct actor *actor, const struct part_input *in)
{
    return in->kind == PART_ACTOR_START || (in->kind == PART_ACTOR_CONTINUE && actor->recovering);
}

/* ---- a process begins and ends ---- */

/* The host's word to the monitor. */
static void actor_observe(const struct part_context *context, const struct part_input *in, enum observation_kind kind,
                          struct part_effects *effects)
{
    struct observation *seen =
        &effect_input(effects, shape_part_monitor(context->shape), PART_MONITOR_OBSERVE)->u.observation;
    seen->kind = (uint8_t)kind;
    seen->actor = (uint16_t)in->part;
}

static void actor_start(const struct part_context *context, struct actor *actor, const struct part_input *in,
                        struct part_effects *effects)
{
    const struct world_shape *shape = context->shape;
    CHECK(!actor->up && (in->flags != 0) == (actor->booted != 0));
    actor->up = actor->booted = 1;
    if (in->flags)
        actor_observe(context, in, OBSERVE_STARTED, effects);
    if (!shape_is_node(shape, in->part)) {
        const struct client_config *config = &shape->client[in->part - shape->node_count];
        client_init(actor_core(actor), config, actor_core_bytes(shape, in->part));
        return;
    }
    actor->recovering = 1;
    broker_init(actor_core(actor), &shape->broker[in->part], actor_core_bytes(shape, in->part));
}

static void actor_crash(const struct part_context *context, struct actor *actor, const struct part_input *in,
                        struct part_effects *effects)
{
    const struct world_shape *shape = context->shape;
    CHECK(actor->up);
    memset(actor, 0, part_used_bytes(shape, in->part, actor));
    actor->booted = 1;
    effect_pending(effects, PENDING_DOWN)->actor = (uint16_t)in->part;

    if (shape_is_node(shape, in->part)) {
        struct part_input *crash = effect_input(effects, shape_part_disk(shape, in->part), PART_DISK_CRASH);
        crash->flags = in->flags;
        crash->torn = in->torn;
        crash->value = in->value;
    } else {
        actor_observe(context, in, OBSERVE_CRASHED, effects);
    }
    for (uint32_t slot = 0; slot < shape_slots(shape, in->part); slot++) {
        uint32_t connection = shape_connection_of(shape, in->part, slot);
        if (connection == SHAPE_NO_CONNECTION)
            continue;
        struct part_input *dies =
            effect_input(effects, shape_part_connection(shape, connection), PART_CONNECTION_END_DIES);
        dies->end = (uint8_t)shape_end_of(shape, connection, in->part);
        dies->argument = in->argument;
    }
}

/* ---- inputs ---- */

static enum input_kind actor_input_kind(enum part_input_kind kind)
{
    switch (kind) {
    case PART_ACTOR_START:
        return INPUT_BOOT;
    case PART_ACTOR_FRAME:
        return INPUT_FRAME;
    case PART_ACTOR_OPENED:
        return INPUT_OPENED;
    case PART_ACTOR_LOST:
        return INPUT_LOST;
    case PART_ACTOR_BLOCKED:
        return INPUT_BLOCKED;
    case PART_ACTOR_WRITABLE:
        return INPUT_WRITABLE;
    case PART_ACTOR_TIMER:
        return INPUT_TIMER;
    case PART_ACTOR_SYNCED:
        return INPUT_SYNCED;
    case PART_ACTOR_CONTINUE:
        return INPUT_CONTINUE;
    default:
        check_failed(__FILE__, __LINE__, "an input for an actor");
    }
}

static uint8_t actor_input_flags(const struct part_input *in)
{
    if (in->kind == PART_ACTOR_START)
        return in->flags ? 0 : INPUT_FIRST_BOOT;
    return in->flags;
}

/* What the host must remember of an input that the core is about to see. */
static void actor_note_input(struct actor *actor, const struct part_input *in)
{
    if (in->kind == PART_ACTOR_TIMER) {
        CHECK(in->timer < TIMERS_MAX && (actor->armed >> in->timer & 1));
        actor->armed &= (uint16_t) ~(1u << in->timer);
    } else if (in->kind == PART_ACTOR_CONTINUE) {
        CHECK(actor->continues);
        actor->continues = 0;
    }
}

static void actor_input(const struct part_context *context, const struct part_input *in,
                        struct broker_input *ret_input)
{
    static const struct broker_input none;
    *ret_input = none;
    ret_input->kind = (uint8_t)actor_input_kind((enum part_input_kind)in->kind);
    ret_input->flags = actor_input_flags(in);
    ret_input->connection = in->connection;
    ret_input->timer = in->timer;
    ret_input->value = in->value;
    ret_input->now_ns = ret_input->wall_ns = context->now_ns;
    ret_input->tape = context->tape;
    if (in->kind == PART_ACTOR_FRAME)
        ret_input->frame = in->u.frame;
}

/* ---- outputs ---- */

static struct part_input *output_to_connection(const struct part_context *context, uint32_t self, uint16_t slot,
                                               enum part_input_kind kind, struct part_effects *effects)
{
    const struct world_shape *shape = context->shape;
    CHECK(slot < shape_slots(shape, self));
    uint32_t connection = shape_connection_of(shape, self, slot);
    CHECK(connection != SHAPE_NO_CONNECTION);
    struct part_input *input = effect_input(effects, shape_part_connection(shape, connection), kind);
    input->end = (uint8_t)shape_end_of(shape, connection, self);
    return input;
}

static struct part_input *output_to_disk(const struct part_context *context, uint32_t self, enum part_input_kind kind,
                                         struct part_effects *effects)
{
    CHECK(shape_is_node(context->shape, self));
    return effect_input(effects, shape_part_disk(context->shape, self), kind);
}

static void output_arm(const struct part_context *context, struct actor *actor, uint32_t self,
                       const struct broker_output *output, struct part_effects *effects)
{
    CHECK(output->timer < TIMERS_MAX);
    CHECK(!!(output->flags & OUTPUT_TIMEOUT) == shape_timer_is_timeout(context->shape, self, output->timer));
    actor->armed |= (uint16_t)(1u << output->timer);
    struct pending *pending = effect_pending(effects, PENDING_TIMER);
    pending->actor = (uint16_t)self;
    pending->timer = output->timer;
    pending->flags = output->flags;
    pending->min_ns = output->u.arm.min_ns;
    pending->max_ns = output->u.arm.max_ns;
}

static void output_cancel(struct actor *actor, uint32_t self, const struct broker_output *output,
                          struct part_effects *effects)
{
    CHECK(output->timer < TIMERS_MAX);
    if (!(actor->armed >> output->timer & 1))
        return;
    actor->armed &= (uint16_t) ~(1u << output->timer);
    struct pending *pending = effect_pending(effects, PENDING_CANCEL);
    pending->actor = (uint16_t)self;
    pending->timer = output->timer;
}

static void output_continue(struct actor *actor, uint32_t self, struct part_effects *effects)
{
    if (actor->continues)
        return;
    actor->continues = 1;
    effect_pending(effects, PENDING_CONTINUE)->actor = (uint16_t)self;
}

static void output_observe(const struct part_context *context, struct actor *actor, uint32_t self,
                           const struct observation *observation, struct part_effects *effects)
{
    struct part_input *input = effect_input(effects, shape_part_monitor(context->shape), PART_MONITOR_OBSERVE);
    input->u.observation = *observation;
    input->u.observation.actor = (uint16_t)self;
    if (observation->kind == OBSERVE_RECOVERY_DONE)
        actor->recovering = 0;
}

static void output_perform(const struct part_context *context, struct actor *actor, uint32_t self,
                           const struct broker_output *output, struct part_effects *effects)
{
    switch ((enum output_kind)output->kind) {
    case OUTPUT_SEND:
        output_to_connection(context, self, output->connection, PART_CONNECTION_PUSH, effects)->u.frame =
            output->u.frame;
        return;
    case OUTPUT_OPEN:
        output_to_connection(context, self, output->connection, PART_CONNECTION_OPEN, effects);
        return;
    case OUTPUT_CLOSE:
        output_to_connection(context, self, output->connection, PART_CONNECTION_CLOSE, effects);
        return;
    case OUTPUT_ARM:
        output_arm(context, actor, self, output, effects);
        return;
    case OUTPUT_CANCEL:
        output_cancel(actor, self, output, effects);
        return;
    case OUTPUT_APPEND:
        output_to_disk(context, self, PART_DISK_APPEND, effects)->u.record = output->u.record;
        return;
    case OUTPUT_FSYNC:
        output_to_disk(context, self, PART_DISK_FSYNC, effects);
        return;
    case OUTPUT_TRUNCATE:
        output_to_disk(context, self, PART_DISK_TRUNCATE, effects)->value = output->position;
        return;
    case OUTPUT_TRIM:
        output_to_disk(context, self, PART_DISK_TRIM, effects)->value = output->position;
        return;
    case OUTPUT_CONTINUE:
        output_continue(actor, self, effects);
        return;
    case OUTPUT_OBSERVE:
        output_observe(context, actor, self, &output->u.observation, effects);
        return;
    case OUTPUT_NONE:
        break;
    }
    check_failed(__FILE__, __LINE__, "an output");
}

/* After the last output: every connection that was pushed to hears, once, that this was it. */
static void outputs_end(struct part_effects *effects)
{
    uint32_t performed = effects->input_count;
    for (uint32_t i = 0; i < performed; i++) {
        if (effects->inputs[i].kind != PART_CONNECTION_PUSH)
            continue;
        uint32_t told = performed;
        while (told < effects->input_count && effects->inputs[told].part != effects->inputs[i].part)
            told++;
        if (told == effects->input_count)
            effect_input(effects, effects->inputs[i].part, PART_CONNECTION_PUSHED)->end = effects->inputs[i].end;
    }
}

/* A block that has been used to its very end may already have made its owner refuse something. */
static bool core_is_full(const struct arena *core)
{
    return core->limit - core->top < ARENA_SIZES;
}

void actor_step(const struct part_context *context, struct actor *actor, const struct part_input *in,
                struct part_effects *effects)
{
    const struct world_shape *shape = context->shape;
    if (in->kind == PART_ACTOR_CRASH) {
        actor_crash(context, actor, in, effects);
        return;
    }
    if (in->kind == PART_ACTOR_START)
        actor_start(context, actor, in, effects);
    CHECK(actor->up);
    bool is_node = shape_is_node(shape, in->part);
    actor_note_input(actor, in);
    struct broker_input input;
    actor_input(context, in, &input);
    if (is_node && actor_reads_disk(actor, in))
        input.disk = context->disk;

    struct broker_output outputs[OUTPUTS_MAX];
    int count =
        is_node ? broker_step(actor_core(actor), &input, outputs) : client_step(actor_core(actor), &input, outputs);
    CHECK(count >= 0 && count <= OUTPUTS_MAX);
    effects->outputs = (uint32_t)count;
    uint32_t performed = context->cut != 0 && context->cut < (uint32_t)count ? context->cut : (uint32_t)count;
    for (uint32_t i = 0; i < performed; i++)
        output_perform(context, actor, in->part, &outputs[i], effects);
    if (context->cut == 0)
        outputs_end(effects);
    effects->digest = history_outputs(outputs, performed);
    if (core_is_full(actor_core(actor)))
        effects->truncated = BOUND_BLOCK;
}
