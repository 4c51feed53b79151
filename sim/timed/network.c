/* The network: one latency per frame, one sender per direction, nothing overtakes (a connection is a TCP stream).
 *
 * Loss and cuts never lose a frame: TCP sends again. A lost packet costs a retransmission time-out, doubling with each
 * further loss (and after fifteen gets through: nobody waits for loss alone to break a connection). What reaches a
 * direction that is cut, or a machine without power, is stalled, with all that follows, and tried again after 200 ms,
 * 400 ms, ... up to 120 s, so traffic resumes not when the cut heals but at the next retransmission after that (RFC
 * 6298).
 *
 * When the time-out after the fifteenth retransmission is over, 924.6 s after the first packet was lost (Linux's
 * tcp_retries2), the sender gives up: the connection breaks, what was on its way is gone, and the sender knows at once.
 * The other end is told over the network; where the cut holds that up too, its own TCP finds out after as long again.
 * Only an opening is tried for ever: it is for the client to lose patience. A refusal is known as soon as the opening
 * reaches a machine whose process is dead: its way back takes no time. */
#include <string.h>

#include "models/base/check.h"
#include "models/base/digest.h"
#include "models/base/units.h"
#include "sim/timed/timed_state.h"

#define RTO_FIRST_NS (200 * NS_PER_MS)
#define RTO_LAST_NS (120 * NS_PER_S)
#define RETRIES_MAX 15
#define PPM 1000000u

/* Whether a message goes with it, body and all; of one that leaves a replica's queue only the place is said. */
static bool frame_has_content(const struct frame *frame)
{
    switch ((enum frame_kind)frame->kind) {
    case FRAME_PUBLISH:
    case FRAME_DELIVER:
    case FRAME_RETURN:
        return true;
    case FRAME_SHIP:
        return (frame->flags & FRAME_SETTLE) == 0;
    case FRAME_COPY:
        return (frame->flags & (FRAME_FIRST | FRAME_LAST)) == 0;
    default:
        return false;
    }
}

/* Bytes on the wire, roughly AMQP's: 8 of framing, a method, and for content its header (14 + properties) and body. */
uint64_t network_frame_bytes(const struct frame *frame)
{
    return 21 + (frame_has_content(frame) ? 44 + (uint64_t)frame->message.size_bytes : 0);
}

void network_init(struct timed *timed)
{
    for (uint32_t connection = 0; connection < timed->shape->connection_count; connection++)
        for (unsigned end = 0; end < 2; end++) {
            uint32_t from = shape_actor_at(timed->shape, connection, 1 - end);
            uint32_t to = shape_actor_at(timed->shape, connection, end);
            lane_of(timed, connection, end)->identity =
                digest_u64(timed->seats[from].identity, timed->seats[to].identity);
        }
}

/* The union of other frames between nodes holds something else. */
static bool frame_has_message(const struct frame *frame)
{
    return (frame->kind < FRAME_JOIN || frame->kind == FRAME_SHIP || frame->kind == FRAME_COPY) &&
           frame->message.sequence != 0;
}

/* What concerns a message is drawn by the message and how often this pair had to connect before, so that variants on
 * one seed meet the same latencies and another attempt meets another; the rest by its number on the way. */
static uint64_t network_identity(const struct timed *timed, uint32_t connection, unsigned end,
                                 const struct frame *frame, uint64_t *ret_index)
{
    const struct lane *lane = lane_of(timed, connection, end);
    if (frame != NULL && frame_has_message(frame) && (frame->flags & FRAME_REDELIVERED) == 0) {
        uint64_t closed = (uint64_t)timed->generations[connection] + timed->generations[connection ^ 1];
        *ret_index = digest_u64(frame->message.sequence, closed << 8 | frame->kind);
        return digest_u64(lane->identity, timed->seats[frame->message.producer].identity);
    }
    *ret_index = lane_of(timed, connection & ~UINT32_C(1), end)->numbered++;
    return lane->identity;
}

static int64_t rto_ns(unsigned retries)
{
    int64_t ns = RTO_FIRST_NS;
    for (unsigned i = 0; i < retries && ns < RTO_LAST_NS; i++)
        ns *= 2;
    return ns < RTO_LAST_NS ? ns : RTO_LAST_NS;
}

int64_t network_gives_up_ns(void)
{
    int64_t ns = 0;
    for (unsigned retries = 0; retries <= RETRIES_MAX; retries++)
        ns += rto_ns(retries);
    return ns;
}

/* The fault that degrades a direction; NULL: none. */
static const struct plan_fault *lane_degraded(const struct timed *timed, const struct lane *lane)
{
    return lane->degraded == 0 ? NULL : &timed->plan->faults[lane->degraded - 1];
}

static uint32_t lane_loss_ppm(const struct timed *timed, const struct lane *lane)
{
    const struct plan_fault *fault = lane_degraded(timed, lane);
    uint64_t own = timed->plan->loss_ppm, more = fault == NULL ? 0 : fault->loss_ppm;
    return (uint32_t)(own + more - own * more / PPM);
}

static int64_t lane_latency_ns(const struct timed *timed, const struct lane *lane, uint64_t identity, uint64_t index)
{
    const struct plan_fault *fault = lane_degraded(timed, lane);
    uint64_t bits = draw_keyed(timed->options.seed, DRAW_LATENCY, identity, index);
    int64_t latency_ns = variate_at(&timed->plan->latency, bits);
    if (fault == NULL || !fault->latency_given)
        return latency_ns;
    bits = draw_keyed(timed->options.seed, DRAW_LATENCY, digest_u64(identity, lane->degraded), index);
    return ns_later(variate_at(&fault->latency, bits), fault->latency_adds ? latency_ns : 0);
}

static int64_t network_loss_delay(const struct timed *timed, uint32_t loss_ppm, uint64_t identity, uint64_t index)
{
    int64_t delay = 0;
    if (loss_ppm == 0)
        return 0;
    for (unsigned retries = 0; retries < RETRIES_MAX; retries++) {
        uint64_t bits = draw_keyed(timed->options.seed, DRAW_LOSS, digest_u64(identity, index), retries);
        if (draw_below(bits, PPM) >= loss_ppm)
            break;
        delay += rto_ns(retries);
    }
    return delay;
}

static void network_token(struct timed *timed, uint32_t connection, unsigned end, enum due_kind station,
                          enum action_kind kind, int64_t due_ns)
{
    event_queue_push(&timed->queue, due_ns,
                     &(struct due){.kind = (uint8_t)station,
                                   .argument = (uint32_t)kind,
                                   .connection = connection,
                                   .end = (uint8_t)end,
                                   .actor = (uint16_t)shape_actor_at(timed->shape, connection, end),
                                   .generation = timed->generations[connection]});
}

int64_t network_due(struct timed *timed, uint32_t connection, unsigned end, uint64_t identity, uint64_t index,
                    uint64_t bytes)
{
    struct lane *lane = lane_of(timed, connection, end);
    int64_t leaves = timed->now_ns;
    if (timed->plan->bandwidth > 0) {
        leaves = ns_later(lane->free_ns > leaves ? lane->free_ns : leaves,
                          (int64_t)(bytes * (uint64_t)NS_PER_S / timed->plan->bandwidth));
        lane->free_ns = leaves;
    }
    int64_t due_ns = ns_later(leaves, lane_latency_ns(timed, lane, identity, index));
    due_ns = ns_later(due_ns, network_loss_delay(timed, lane_loss_ppm(timed, lane), identity, index));
    if (due_ns < lane->last_due_ns)
        due_ns = lane->last_due_ns;
    lane->last_due_ns = due_ns;
    return due_ns;
}

void network_send(struct timed *timed, uint32_t connection, unsigned end, enum action_kind kind,
                  const struct frame *frame)
{
    uint64_t index, identity = network_identity(timed, connection, end, frame, &index);
    uint64_t bytes = frame != NULL ? network_frame_bytes(frame) : 40;
    int64_t due_ns = network_due(timed, connection, end, identity, index, bytes);
    watch_sent(&lane_of(timed, connection, 1 - end)->watch);
    network_token(timed, connection, end, DUE_ARRIVE, kind, due_ns);
}

void network_notice_at(struct timed *timed, uint32_t connection, unsigned end, int64_t time_ns, bool local)
{
    network_token(timed, connection, end, local ? DUE_APPLY : DUE_ARRIVE, ACTION_NOTICE, time_ns);
}

/* ---- stalls ---- */

static unsigned stall_class(const struct due *due)
{
    if (due->kind == DUE_HEARTBEAT)
        return 3;
    return due->argument == ACTION_DELIVER ? 1 : due->argument == ACTION_NOTICE ? 2 : 0;
}

/* Nothing gets there now. */
static bool lane_is_cut(const struct timed *timed, const struct due *due)
{
    return lane_of(timed, due->connection, due->end)->cuts > 0 || timed->seats[due->actor].silent;
}

static void lane_forget_stalls(struct lane *lane)
{
    memset(lane->stalled, 0, sizeof lane->stalled);
    lane->retransmitting = lane->retries = 0;
}

static void network_try_again(struct timed *timed, const struct due *due)
{
    struct lane *lane = lane_of(timed, due->connection, due->end);
    struct due again = *due;
    again.kind = DUE_RETRANSMIT;
    lane->retransmitting = 1;
    event_queue_push(&timed->queue, timed->now_ns + rto_ns(lane->retries), &again);
    if (lane->retries <= RETRIES_MAX)
        lane->retries++;
}

bool network_holds_up(struct timed *timed, const struct due *due)
{
    struct lane *lane = lane_of(timed, due->connection, due->end);
    if (!lane_is_cut(timed, due) && !lane->retransmitting)
        return false;
    lane->stalled[stall_class(due)]++;
    if (!lane->retransmitting)
        network_try_again(timed, due);
    return true;
}

void network_arrive(struct timed *timed, const struct due *due)
{
    if (due_is_void(timed, due) || network_holds_up(timed, due))
        return;
    watch_heard(&lane_of(timed, due->connection, due->end)->watch);
    struct due next = *due;
    next.kind = DUE_SERVE;
    station_serve(timed, &next);
}

/* What was stalled arrives, in its order: the opening, the frames, the end. */
static void network_release(struct timed *timed, const struct due *due)
{
    struct lane *lane = lane_of(timed, due->connection, due->end);
    const enum action_kind kinds[3] = {due->end == 1 ? ACTION_ACCEPT : ACTION_ESTABLISHED, ACTION_DELIVER,
                                       ACTION_NOTICE};
    for (unsigned class = 0; class < 3; class++)
        for (; lane->stalled[class] > 0; lane->stalled[class]--)
            network_token(timed, due->connection, due->end, DUE_SERVE, kinds[class], timed->now_ns);
    watch_heard(&lane->watch);
    lane_forget_stalls(lane);
}

/* The sender's patience is at its end. On a connection that was broken before, there is nobody left to give up: what
 * that break let through, and the notice, come to be known now. */
static void network_give_up(struct timed *timed, const struct due *due)
{
    struct action reset = {.kind = ACTION_BREAK, .connection = due->connection};
    if (!world_is_enabled(timed->world, &reset)) {
        network_release(timed, due);
        return;
    }
    lane_forget_stalls(lane_of(timed, due->connection, due->end));
    timed_apply(timed, &reset);
    network_notice_at(timed, due->connection, 1u - due->end, timed->now_ns, true);
}

void network_retransmit(struct timed *timed, const struct due *due)
{
    const struct lane *lane = lane_of(timed, due->connection, due->end);
    bool opening = due->end == 1 && lane->stalled[0] > 0;
    if (due->generation != timed->generations[due->connection])
        return;
    if (lane->retries > RETRIES_MAX && !opening)
        network_give_up(timed, due);
    else if (lane_is_cut(timed, due))
        network_try_again(timed, due);
    else
        network_release(timed, due);
}

void network_closed(struct timed *timed, uint32_t connection)
{
    timed->generations[connection]++;
    for (unsigned end = 0; end < 2; end++) {
        struct lane *lane = lane_of(timed, connection, end);
        *lane = (struct lane){.identity = lane->identity,
                              .numbered = lane->numbered,
                              .heartbeats = lane->heartbeats,
                              .cuts = lane->cuts,
                              .degraded = lane->degraded};
    }
}
