/* The network: one latency per frame, one sender per direction, nothing overtakes (a connection is a TCP stream).
 *
 * Loss and cuts never lose a frame: TCP sends again. A lost packet costs a retransmission time-out, doubling with each
 * further loss. What reaches a direction that is cut is stalled, with all that follows, and tried again after 200 ms,
 * 400 ms, ... up to 120 s, so traffic resumes not when the cut heals but at the next retransmission after that (RFC
 * 6298). After fifteen retransmissions TCP gives up, and the connection breaks. */
#include "models/base/check.h"
#include "models/base/digest.h"
#include "models/base/units.h"
#include "sim/timed/timed_state.h"

#define RTO_FIRST_NS (200 * NS_PER_MS)
#define RTO_LAST_NS (120 * NS_PER_S)
#define RETRIES_MAX 15
#define PPM 1000000u

/* Bytes on the wire, roughly AMQP's: 8 of framing, a method, and for content its header (14 + properties) and body. */
uint64_t network_frame_bytes(const struct frame *frame)
{
    bool content = frame->kind == FRAME_PUBLISH || frame->kind == FRAME_DELIVER || frame->kind == FRAME_RETURN;
    return 21 + (content ? 44 + (uint64_t)frame->message.size_bytes : 0);
}

/* What concerns a message is drawn by the message, so that variants on one seed meet the same latencies; the rest by
 * its number on the way. */
static uint64_t network_identity(const struct timed *timed, uint32_t connection, unsigned end,
                                 const struct frame *frame, uint64_t *ret_index)
{
    struct lane *lane = lane_of(timed, connection, end);
    uint64_t way = (uint64_t)(connection / 2) << 1 | end; /* the pair, not its turn */
    uint64_t number = lane->frames++;
    if (frame != NULL && frame->message.sequence != 0) {
        *ret_index = digest_u64(frame->message.sequence, (uint64_t)frame->kind << 8 | frame->flags);
        return digest_u64(way, frame->message.producer + UINT64_C(1));
    }
    *ret_index = number;
    return digest_u64(way, 0);
}

static int64_t rto_ns(unsigned retries)
{
    int64_t ns = RTO_FIRST_NS;
    for (unsigned i = 0; i < retries && ns < RTO_LAST_NS; i++)
        ns *= 2;
    return ns < RTO_LAST_NS ? ns : RTO_LAST_NS;
}

static int64_t network_loss_delay(const struct timed *timed, uint64_t identity, uint64_t index)
{
    int64_t delay = 0;
    if (timed->plan->loss_ppm == 0)
        return 0;
    for (unsigned retries = 0; retries < RETRIES_MAX; retries++) {
        uint64_t bits = draw_keyed(timed->options.seed, DRAW_LOSS, digest_u64(identity, index), retries);
        if (draw_below(bits, PPM) >= timed->plan->loss_ppm)
            break;
        delay += rto_ns(retries);
    }
    return delay;
}

static void network_token(struct timed *timed, uint32_t connection, unsigned end, enum action_kind kind, bool costs,
                          int64_t due_ns)
{
    struct lane *lane = lane_of(timed, connection, end);
    if (due_ns < lane->last_due_ns)
        due_ns = lane->last_due_ns;
    lane->last_due_ns = due_ns;
    event_queue_push(&timed->queue, due_ns,
                     &(struct due){.kind = DUE_ARRIVE,
                                   .argument = (uint32_t)kind,
                                   .connection = connection,
                                   .end = (uint8_t)end,
                                   .actor = (uint16_t)shape_actor_at(timed->shape, connection, end),
                                   .value = costs,
                                   .generation = timed->generations[connection]});
}

void network_send(struct timed *timed, uint32_t connection, unsigned end, enum action_kind kind,
                  const struct frame *frame)
{
    struct lane *lane = lane_of(timed, connection, end);
    uint64_t index, identity = network_identity(timed, connection, end, frame, &index);
    int64_t leaves = timed->now_ns;
    if (timed->plan->bandwidth > 0) {
        uint64_t bytes = frame != NULL ? network_frame_bytes(frame) : 40;
        leaves = (lane->free_ns > leaves ? lane->free_ns : leaves) +
                 (int64_t)(bytes * (uint64_t)NS_PER_S / timed->plan->bandwidth);
        lane->free_ns = leaves;
    }
    int64_t latency = variate_at(&timed->plan->latency, draw_keyed(timed->options.seed, DRAW_LATENCY, identity, index));
    bool costs = end == 1 && frame != NULL && frame->kind == FRAME_PUBLISH;
    network_token(timed, connection, end, kind, costs, leaves + latency + network_loss_delay(timed, identity, index));
}

void network_send_at(struct timed *timed, uint32_t connection, unsigned end, enum action_kind kind, int64_t earliest_ns)
{
    /* beside the lane: nothing waits behind what may come fifteen minutes later */
    event_queue_push(&timed->queue, earliest_ns,
                     &(struct due){.kind = DUE_APPLY,
                                   .argument = (uint32_t)kind,
                                   .connection = connection,
                                   .end = (uint8_t)end,
                                   .actor = (uint16_t)shape_actor_at(timed->shape, connection, end),
                                   .generation = timed->generations[connection]});
}

/* ---- stalls ---- */

static unsigned stall_class(uint32_t kind)
{
    return kind == ACTION_DELIVER ? 1 : kind == ACTION_NOTICE ? 2 : 0;
}

static void network_try_again(struct timed *timed, const struct due *due)
{
    struct lane *lane = lane_of(timed, due->connection, due->end);
    struct due again = *due;
    again.kind = DUE_RETRANSMIT;
    lane->retransmitting = 1;
    event_queue_push(&timed->queue, timed->now_ns + rto_ns(lane->retries++), &again);
}

void network_arrive(struct timed *timed, const struct due *due)
{
    struct lane *lane = lane_of(timed, due->connection, due->end);
    if (due_is_void(timed, due))
        return;
    if (lane->cuts == 0 && !lane->retransmitting) {
        station_enter(timed, due);
        return;
    }
    lane->stalled[stall_class(due->argument)]++;
    if (!lane->retransmitting)
        network_try_again(timed, due);
}

/* What was stalled arrives, in its order: the opening, the frames, the end. */
static void network_release(struct timed *timed, const struct due *due)
{
    struct lane *lane = lane_of(timed, due->connection, due->end);
    const uint32_t kinds[3] = {due->end == 1 ? ACTION_ACCEPT : ACTION_ESTABLISHED, ACTION_DELIVER, ACTION_NOTICE};
    lane->retransmitting = lane->retries = 0;
    for (unsigned class = 0; class < 3; class++)
        for (; lane->stalled[class] > 0; lane->stalled[class]--)
            network_token(timed, due->connection, due->end, kinds[class], false, timed->now_ns);
}

void network_retransmit(struct timed *timed, const struct due *due)
{
    struct lane *lane = lane_of(timed, due->connection, due->end);
    if (due_is_void(timed, due))
        return;
    if (lane->cuts == 0)
        network_release(timed, due);
    else if (lane->retries < RETRIES_MAX)
        network_try_again(timed, due);
    else
        fault_break(timed, due->connection);
}

void network_closed(struct timed *timed, uint32_t connection)
{
    timed->generations[connection]++;
    for (unsigned end = 0; end < 2; end++) {
        struct lane *lane = lane_of(timed, connection, end);
        *lane = (struct lane){.frames = lane->frames, .cuts = lane->cuts, .last_due_ns = 0};
    }
}
