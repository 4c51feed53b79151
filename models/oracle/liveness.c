/* Liveness, judged when all is quiet: nothing but a fault or a time-out can happen any more. Then every confirmed
 * message was settled, or a consumer holds it on a living connection; and no publish on a living connection waits for
 * its answer. */
#include "models/oracle/oracle_block.h"

static bool all_nodes_serve(const struct oracle *oracle)
{
    for (uint32_t node = 0; node < oracle->config.nodes; node++)
        if (node_view(oracle, node)->down || node_view(oracle, node)->refused)
            return false;
    return true;
}

static void live_delivered(struct judgement *judgement, struct live *live, const struct message *message)
{
    const struct oracle *oracle = judgement->oracle;
    uint16_t queue = message_producer(oracle, message)->config.queue;
    if ((live->flags & LIVE_CONFIRMED) == 0 || queue >= oracle->config.queues ||
        oracle->config.queue_consumers[queue] == 0)
        return;
    judge_exercise(judgement, PROPERTY_DELIVERED);
    if (live->held == 0)
        judge_breach(judgement, PROPERTY_DELIVERED, message);
}

static void exercise_settled(struct judgement *judgement)
{
    const struct oracle *oracle = judgement->oracle;
    for (uint32_t client = 0; client < oracle->clients; client++)
        if (client_view(oracle, client)->settled.runs.count > 0)
            judge_exercise(judgement, PROPERTY_DELIVERED);
}

static void judge_link(struct judgement *judgement, uint32_t client, const struct link_view *link)
{
    if (!link->open)
        return;
    judge_exercise(judgement, PROPERTY_ANSWERED);
    struct message message = {.producer = judgement->oracle->config.nodes + client};
    if (link->unanswered.runs.count > 0)
        judge_breach(judgement, PROPERTY_ANSWERED, &message);
}

static void judge_answers(struct judgement *judgement)
{
    const struct oracle *oracle = judgement->oracle;
    for (uint32_t client = 0; client < oracle->clients; client++) {
        const struct client_view *producer = client_view(oracle, client);
        if (producer->config.kind != ORACLE_PRODUCER || !producer->config.confirms)
            continue;
        for (uint32_t link = 0; link < producer->config.links; link++)
            judge_link(judgement, client, link_view(oracle, producer, link));
    }
}

void liveness_quiet(struct judgement *judgement)
{
    if (!all_nodes_serve(judgement->oracle))
        return;
    exercise_settled(judgement);
    live_foreach(judgement, live_delivered);
    judge_answers(judgement);
}
