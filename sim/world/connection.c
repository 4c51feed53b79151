/* A connection: two ends that learn of one another's doings only by what arrives.
 *
 *   opener OPEN -> opening -> ACCEPT (the acceptor has its end) -> ESTABLISHED (the opener has its own)
 *                          -> REFUSE (the opener's attempt is LOST)
 *
 * Clients open to nodes, and nodes to nodes with a lower number.
 *
 * Frames move in order, one FIFO each way. An end goes by its own CLOSE, by its process's death, by a NOTICE, or by a
 * GIVE_UP, when its failure detector closes it because nothing was heard for too long; with it goes what was on its
 * way to it, unread. What it had sent still arrives, and when the last of it has, the other end is told by a NOTICE:
 * as with TCP, where the FIN or RST queues behind the data. A BREAK (a reset on the way) cuts both ends and chooses
 * how much of each direction still arrives. An end that is cut goes on sending into the void until it is told.
 *
 * An opener whose acceptor accepted and then closed may learn the one (ESTABLISHED) and the other (NOTICE), or only
 * the loss. When both ends are gone the slot is free, and its block is all zero. If the opener opens a slot anew
 * before the acceptor has noticed the end of the old connection, the opening waits inside (`wanted`) and happens the
 * moment the slot is free.
 *
 * Flow: a step that leaves more than window_frames on the way out has its sender told BLOCKED once its last output
 * is performed; there is room for OUTPUTS_MAX beyond the window, one whole step. When half the window has drained,
 * WRITABLE may be delivered. */
#include <string.h>

#include "models/base/check.h"
#include "sim/world/blocks.h"

struct frame *connection_frame(const struct world_shape *shape, const struct connection *connection, unsigned end,
                               uint32_t index)
{
    CHECK(index < connection->way[end].count);
    uint32_t slot = connection->way[end].head + index;
    if (slot >= shape->connection_frames)
        slot -= shape->connection_frames;
    return (struct frame *)(uintptr_t)&connection->frames[2 * slot + end];
}

static uint32_t way_slots(const struct world_shape *shape, const struct connection *connection, unsigned end)
{
    uint32_t last = connection->way[end].head + connection->way[end].count;
    return last > shape->connection_frames ? shape->connection_frames : last;
}

uint64_t connection_used_bytes(const struct world_shape *shape, const struct connection *connection)
{
    if (connection->end[0] == END_NONE && connection->end[1] == END_NONE)
        return 0;
    uint32_t slots[2] = {way_slots(shape, connection, 0), way_slots(shape, connection, 1)};
    uint32_t frames = slots[1] > 0 ? 2 * slots[1] : 0;
    if (slots[0] > 0 && 2 * slots[0] - 1 > frames)
        frames = 2 * slots[0] - 1;
    return sizeof *connection + frames * sizeof(struct frame);
}

static uint32_t connection_number(const struct part_context *context, const struct part_input *in)
{
    return in->part - shape_part_connection(context->shape, 0);
}

static struct pending *connection_pending(const struct part_context *context, const struct part_input *in,
                                          struct part_effects *effects, enum pending_kind kind, unsigned end)
{
    struct pending *pending = effect_pending(effects, kind);
    pending->connection = connection_number(context, in);
    pending->end = (uint8_t)end;
    return pending;
}

/* An input to the actor at an end, about this connection as its own slot. */
static struct part_input *connection_tell(const struct part_context *context, const struct part_input *in,
                                          struct part_effects *effects, enum part_input_kind kind, unsigned end)
{
    uint32_t number = connection_number(context, in);
    struct part_input *told = effect_input(effects, shape_actor_at(context->shape, number, end), kind);
    told->connection = shape_slot_at(context->shape, number, end);
    return told;
}

/* ---- the ways ---- */

/* Keeps only the first `keep` frames on their way to an end. */
static void way_keep(const struct part_context *context, struct connection *connection, unsigned end, uint32_t keep)
{
    while (connection->way[end].count > keep) {
        struct frame *last = connection_frame(context->shape, connection, end, connection->way[end].count - 1);
        *last = (struct frame){0};
        connection->way[end].count--;
    }
    if (connection->way[end].count == 0)
        connection->way[end].head = 0;
}

static void connection_push(const struct part_context *context, struct connection *connection,
                            const struct part_input *in, struct part_effects *effects)
{
    unsigned to = 1u - in->end;
    if (connection->end[in->end] != END_OPEN || connection->cut[in->end])
        return; /* as on a socket whose peer is gone */
    CHECK(connection->end[to] != END_NONE);
    if (connection->way[to].count == context->shape->connection_frames) {
        effects->truncated = BOUND_CONNECTION;
        return;
    }
    if (shape_watches(context->shape, connection_number(context, in)))
        watch_sent(&connection->watch[in->end]);
    uint32_t index = connection->way[to].count++;
    *connection_frame(context->shape, connection, to, index) = in->u.frame;
    connection_pending(context, in, effects, PENDING_FRAME, to)->frame = &in->u.frame;
}

static void connection_pushed(const struct part_context *context, struct connection *connection,
                              const struct part_input *in, struct part_effects *effects)
{
    if (connection->end[in->end] != END_OPEN || connection->blocked[in->end] ||
        connection->way[1u - in->end].count <= context->shape->window_frames)
        return;
    connection->blocked[in->end] = 1;
    connection_tell(context, in, effects, PART_ACTOR_BLOCKED, in->end);
}

static void connection_pop(const struct part_context *context, struct connection *connection,
                           const struct part_input *in, struct part_effects *effects)
{
    unsigned end = in->end, from = 1u - end;
    CHECK(connection->end[end] == END_OPEN && connection->way[end].count > 0);
    if (shape_watches(context->shape, connection_number(context, in)))
        watch_heard(&connection->watch[end]);
    struct frame *first = connection_frame(context->shape, connection, end, 0);
    connection_tell(context, in, effects, PART_ACTOR_FRAME, end)->u.frame = *first;
    *first = (struct frame){0};
    if (--connection->way[end].count == 0 || ++connection->way[end].head == context->shape->connection_frames)
        connection->way[end].head = 0;
    if (connection->blocked[from] && connection->way[end].count == context->shape->window_frames / 2)
        connection_pending(context, in, effects, PENDING_WRITABLE, from);
}

/* ---- the ends ---- */

static void connection_begin(const struct part_context *context, struct connection *connection,
                             const struct part_input *in, struct part_effects *effects)
{
    connection->end[0] = END_OPENING;
    connection_pending(context, in, effects, PENDING_ACCEPT, 1);
}

static void connection_free_if_gone(const struct part_context *context, struct connection *connection,
                                    const struct part_input *in, struct part_effects *effects)
{
    if (connection->end[0] != END_NONE || connection->end[1] != END_NONE)
        return;
    bool wanted = connection->wanted;
    CHECK(connection->way[0].count == 0 && connection->way[1].count == 0);
    memset(connection, 0, sizeof *connection);
    connection_pending(context, in, effects, PENDING_CLOSED, 0);
    if (wanted)
        connection_begin(context, connection, in, effects);
}

static void connection_cut(const struct part_context *context, struct connection *connection,
                           const struct part_input *in, struct part_effects *effects, unsigned end)
{
    if (connection->end[end] == END_NONE || connection->cut[end])
        return;
    connection->cut[end] = 1;
    connection_pending(context, in, effects, PENDING_NOTICE, end);
}

/* An end is gone. Its peer has its NOTICE coming, or came first. */
static void connection_leave(const struct part_context *context, struct connection *connection,
                             const struct part_input *in, struct part_effects *effects)
{
    unsigned end = in->end;
    way_keep(context, connection, end, 0);
    connection->end[end] = END_NONE;
    connection->cut[end] = connection->blocked[end] = connection->heartbeats[end] = 0;
    connection->watch[end] = (struct watch){0};
    if (end == 0)
        connection->established = 0;
    connection_cut(context, connection, in, effects, 1u - end);
    connection_free_if_gone(context, connection, in, effects);
}

static void connection_open(const struct part_context *context, struct connection *connection,
                            const struct part_input *in, struct part_effects *effects)
{
    CHECK(in->end == 0 && connection->end[0] == END_NONE && !connection->wanted);
    if (connection->end[1] == END_NONE)
        connection_begin(context, connection, in, effects);
    else
        connection->wanted = 1;
}

/* An end has its connection: whom it leads to is part of the news when that is a node. */
static void connection_tell_opened(const struct part_context *context, struct connection *connection,
                                   const struct part_input *in, struct part_effects *effects, unsigned end)
{
    if (shape_watches(context->shape, connection_number(context, in)))
        watch_opened(&connection->watch[end]);
    struct part_input *told = connection_tell(context, in, effects, PART_ACTOR_OPENED, end);
    uint32_t peer = shape_actor_at(context->shape, connection_number(context, in), 1u - end);
    if (!shape_is_node(context->shape, peer))
        return;
    told->flags = INPUT_PEER_NODE;
    told->value = peer;
}

static void connection_accept(const struct part_context *context, struct connection *connection,
                              const struct part_input *in, struct part_effects *effects)
{
    CHECK(connection->end[0] == END_OPENING && connection->end[1] == END_NONE);
    connection->end[1] = END_OPEN;
    connection->established = 1;
    connection_pending(context, in, effects, PENDING_ESTABLISHED, 0);
    connection_tell_opened(context, connection, in, effects, 1);
}

static void connection_refuse(const struct part_context *context, struct connection *connection,
                              const struct part_input *in, struct part_effects *effects)
{
    CHECK(connection->end[0] == END_OPENING && connection->end[1] == END_NONE);
    connection->end[0] = END_NONE;
    connection_tell(context, in, effects, PART_ACTOR_LOST, 0);
    connection_free_if_gone(context, connection, in, effects);
}

static void connection_establish(const struct part_context *context, struct connection *connection,
                                 const struct part_input *in, struct part_effects *effects)
{
    CHECK(connection->end[0] == END_OPENING && connection->established);
    connection->established = 0;
    connection->end[0] = END_OPEN;
    connection_tell_opened(context, connection, in, effects, 0);
}

static void connection_close(const struct part_context *context, struct connection *connection,
                             const struct part_input *in, struct part_effects *effects)
{
    if (in->end == 0 && connection->wanted) { /* it never began */
        connection->wanted = 0;
        return;
    }
    CHECK(connection->end[in->end] != END_NONE);
    connection_leave(context, connection, in, effects);
}

static void connection_notice(const struct part_context *context, struct connection *connection,
                              const struct part_input *in, struct part_effects *effects)
{
    CHECK(connection->cut[in->end] && connection->way[in->end].count == 0);
    connection_tell(context, in, effects, PART_ACTOR_LOST, in->end);
    connection_leave(context, connection, in, effects);
}

static void connection_give_up(const struct part_context *context, struct connection *connection,
                               const struct part_input *in, struct part_effects *effects)
{
    CHECK(connection->end[in->end] == END_OPEN);
    connection_tell(context, in, effects, PART_ACTOR_LOST, in->end)->flags = INPUT_SILENT;
    connection_leave(context, connection, in, effects);
}

/* ---- failure detectors, in a check that explores them ---- */

/* The monitor hears what the detector at an end says. */
static void connection_tell_monitor(const struct part_context *context, const struct part_input *in,
                                    struct part_effects *effects, struct observation told)
{
    uint32_t number = connection_number(context, in);
    told.actor = (uint16_t)shape_actor_at(context->shape, number, in->end);
    told.connection = shape_slot_at(context->shape, number, in->end);
    effect_input(effects, shape_part_monitor(context->shape), PART_MONITOR_OBSERVE)->u.observation = told;
}

static void connection_beat(const struct part_context *context, struct connection *connection,
                            const struct part_input *in, struct part_effects *effects)
{
    CHECK(connection->end[in->end] == END_OPEN);
    struct observation told = watch_beat(&connection->watch[in->end]);
    connection_tell_monitor(context, in, effects, told);
    if (told.value == 1 && !connection->cut[in->end])
        connection->heartbeats[1 - in->end]++; /* bounded by the budget */
}

/* Beside the frames, which it may overtake: then the bytes before it came as well, and nobody has read them yet. */
static void connection_heartbeat(struct connection *connection, const struct part_input *in)
{
    CHECK(connection->end[in->end] == END_OPEN && connection->heartbeats[in->end] > 0);
    connection->heartbeats[in->end]--;
    watch_heard(&connection->watch[in->end]);
}

static void connection_look(const struct part_context *context, struct connection *connection,
                            const struct part_input *in, struct part_effects *effects)
{
    struct observation told = watch_look(&connection->watch[in->end]);
    connection_tell_monitor(context, in, effects, told);
    if (told.value == 1)
        connection_give_up(context, connection, in, effects);
}

static void connection_writable(const struct part_context *context, struct connection *connection,
                                const struct part_input *in, struct part_effects *effects)
{
    CHECK(connection->blocked[in->end]);
    connection->blocked[in->end] = 0;
    connection_tell(context, in, effects, PART_ACTOR_WRITABLE, in->end);
}

static void connection_break(const struct part_context *context, struct connection *connection,
                             const struct part_input *in, struct part_effects *effects)
{
    CHECK(connection->end[0] != END_NONE && connection->end[1] != END_NONE);
    for (unsigned end = 0; end < 2; end++) {
        CHECK(in->keep[end] <= connection->way[end].count);
        way_keep(context, connection, end, in->keep[end]);
        connection_cut(context, connection, in, effects, end);
    }
}

static void connection_end_dies(const struct part_context *context, struct connection *connection,
                                const struct part_input *in, struct part_effects *effects)
{
    if (in->end == 0)
        connection->wanted = 0; /* who wanted it is dead */
    if (connection->end[in->end] == END_NONE)
        return;
    if (in->argument == ACTION_IN_FLIGHT_LOST)
        way_keep(context, connection, 1u - in->end, 0);
    connection_leave(context, connection, in, effects);
}

void connection_step(const struct part_context *context, struct connection *connection, const struct part_input *in,
                     struct part_effects *effects)
{
    switch ((enum part_input_kind)in->kind) {
    case PART_CONNECTION_OPEN:
        connection_open(context, connection, in, effects);
        return;
    case PART_CONNECTION_ACCEPT:
        connection_accept(context, connection, in, effects);
        return;
    case PART_CONNECTION_REFUSE:
        connection_refuse(context, connection, in, effects);
        return;
    case PART_CONNECTION_ESTABLISHED:
        connection_establish(context, connection, in, effects);
        return;
    case PART_CONNECTION_PUSH:
        connection_push(context, connection, in, effects);
        return;
    case PART_CONNECTION_PUSHED:
        connection_pushed(context, connection, in, effects);
        return;
    case PART_CONNECTION_POP:
        connection_pop(context, connection, in, effects);
        return;
    case PART_CONNECTION_CLOSE:
        connection_close(context, connection, in, effects);
        return;
    case PART_CONNECTION_NOTICE:
        connection_notice(context, connection, in, effects);
        return;
    case PART_CONNECTION_WRITABLE:
        connection_writable(context, connection, in, effects);
        return;
    case PART_CONNECTION_BREAK:
        connection_break(context, connection, in, effects);
        return;
    case PART_CONNECTION_GIVE_UP:
        connection_give_up(context, connection, in, effects);
        return;
    case PART_CONNECTION_BEAT:
        connection_beat(context, connection, in, effects);
        return;
    case PART_CONNECTION_HEARTBEAT:
        connection_heartbeat(connection, in);
        return;
    case PART_CONNECTION_LOOK:
        connection_look(context, connection, in, effects);
        return;
    case PART_CONNECTION_END_DIES:
        connection_end_dies(context, connection, in, effects);
        return;
    default:
        check_failed(__FILE__, __LINE__, "an input for a connection");
    }
}
