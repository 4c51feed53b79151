/* One step: the input, then the backlog, then what the step owes its host at the end. */
#include "models/broker/broker_core.h"

static void recv_frame(struct step *step, uint16_t slot, const struct frame *frame)
{
    CHECK(connection_at(step->node, slot)->open);
    CHECK(frame->kind != FRAME_NONE && frame->kind < FRAME_KINDS);
    if (peer_is_slot(step->node, slot)) {
        recv_peer(step, slot, frame);
        return;
    }
    switch ((enum frame_kind)frame->kind) {
    case FRAME_PUBLISH:
        recv_publish(step, slot, frame);
        return;
    case FRAME_CONSUME:
        recv_consume(step, slot, frame);
        return;
    case FRAME_ACK:
        recv_ack(step, slot, frame);
        return;
    default:
        connection_close(step, slot); /* 503 COMMAND_INVALID: not for a broker from a client */
        return;
    }
}

static void recv_timer(struct step *step, uint16_t timer)
{
    switch ((enum broker_timer)timer) {
    case BROKER_TIMER_FSYNC:
        fsync_timer(step);
        return;
    case BROKER_TIMER_CONNECT:
        peers_timer(step);
        return;
    case BROKER_TIMER_ATTEMPT:
        peers_attempt_timer(step);
        return;
    case BROKER_TIMER_ELECTION:
        cluster_election_timer(step);
        return;
    case BROKER_TIMER_SHIP:
        ship_timer(step);
        return;
    }
    check_failed(__FILE__, __LINE__, "a timer of a node");
}

static void recv_input(struct step *step, const struct broker_input *in)
{
    struct node *node = step->node;
    CHECK(in->kind != INPUT_NONE && in->kind <= INPUT_CONTINUE);
    CHECK((in->kind == INPUT_BOOT) == (node->phase == PHASE_DOWN));
    switch ((enum input_kind)in->kind) {
    case INPUT_BOOT:
        recv_boot(step);
        return;
    case INPUT_FRAME:
        recv_frame(step, in->connection, &in->frame);
        return;
    case INPUT_OPENED:
        connection_opened(step, in->connection);
        return;
    case INPUT_LOST:
        connection_lost(step, in->connection);
        return;
    case INPUT_BLOCKED:
        connection_blocked(step, in->connection);
        return;
    case INPUT_WRITABLE:
        connection_writable(step, in->connection);
        return;
    case INPUT_TIMER:
        recv_timer(step, in->timer);
        return;
    case INPUT_SYNCED:
        fsync_done(step, in->value);
        return;
    case INPUT_CONTINUE:
        CHECK(node->continues);
        node->continues = 0;
        if (node->phase != PHASE_SERVING)
            recover_continue(step);
        return;
    case INPUT_NONE:
        return;
    }
}

static void step_cluster(struct step *step)
{
    role_work(step);
    copy_sweep(step);
    cluster_tend(step);
    peers_flush(step);
}

static void step_backlog(struct step *step)
{
    settle_backlog(step);
    confirm_due(step);
    connection_flush(step);
    if (step->node->passive != 0)
        step_cluster(step);
    dispatch_ready(step);
    connection_discard(step);
    log_compact(step);
    fsync_start(step);
    if (step->node->passive != 0)
        cluster_timers(step);
}

static bool cluster_is_left_over(const struct node *node)
{
    return node->tended != 0 || role_busy(node) || copy_sweeps(node) || peers_owe(node);
}

static bool step_is_left_over(const struct node *node)
{
    if (node->phase != PHASE_SERVING)
        return node->phase != PHASE_REFUSED;
    return node->settling_first.at != 0 || confirm_is_due(node) || node->flushing > 0 ||
           (node->ready_queues & node->taking_queues & node->serving) != 0 || node->discard_first.at != 0 ||
           (node->passive != 0 && cluster_is_left_over(node));
}

static void step_end(struct step *step)
{
    struct node *node = step->node;
    for (uint64_t touched = step->touched & node->leading; touched != 0; touched &= touched - 1) {
        uint16_t index = (uint16_t)__builtin_ctzll(touched);
        const struct queue *queue = queue_at(node, index);
        step_output(step, OUTPUT_OBSERVE)->u.observation = (struct observation){
            .kind = OBSERVE_QUEUE,
            .queue = index,
            .tag = queue->unacked,
            .value = queue_ready(queue),
        };
    }
    if (node->continues || !step_is_left_over(node))
        return;
    node->continues = 1;
    step_output(step, OUTPUT_CONTINUE);
}

int broker_step(struct node *node, const struct broker_input *in, struct broker_output *ret_outputs)
{
    struct step step = {
        .node = node,
        .in = in,
        .outputs = ret_outputs,
        .work = STEP_WORK_MAX,
        .picks = in->kind == INPUT_BLOCKED ? 0 : PICKS_MAX, /* it follows a step that may have made them all */
    };
    recv_input(&step, in);
    if (node->phase == PHASE_SERVING)
        step_backlog(&step);
    step_end(&step);
    return (int)step.count;
}
