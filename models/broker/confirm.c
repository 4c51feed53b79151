/* Publisher confirms (RabbitMQ's extension confirm.select): an answer leaves only when the fsync that covers its
 * record is done.
 *
 * Publishes of one connection that wait for the same fsync are one run, so a group commit of a thousand messages
 * costs one object and one frame. Runs lie in the order in which they were opened; a run takes no more publishes
 * once its fsync was asked for. All that a connection waits for is in its runs, in the order of its tags, so the
 * last tag with `multiple` answers exactly what is unanswered up to there; what needs no fsync is answered at
 * once, alone. A run whose connection is gone is dropped when its turn comes: the slot's incarnation has moved
 * on. */
#include "models/broker/broker_core.h"

static void confirm_send(struct step *step, uint16_t slot, uint64_t tag, uint32_t count)
{
    uint8_t flags = count > 1 ? FRAME_MULTIPLE : 0;
    connection_send(step, slot, &(struct frame){.kind = FRAME_CONFIRM, .flags = flags, .tag = tag});
}

static struct run *confirm_run_open(struct node *node, uint16_t slot)
{
    struct connection *connection = connection_at(node, slot);
    struct run_ref ref = {node_take(node, UNITS_OF(struct run))};
    struct run *run = run_at(node, ref);
    run->slot = slot;
    run->incarnation = connection->incarnation;
    connection->run = ref;
    if (node->run_first.at == 0)
        node->run_first = ref;
    else
        run_at(node, node->run_last)->next = ref;
    node->run_last = ref;
    node->answers++;
    return run;
}

void confirm_owe(struct step *step, uint16_t slot, uint64_t tag, uint64_t position)
{
    struct node *node = step->node;
    struct connection *connection = connection_at(node, slot);
    if (tag == 0)
        return;
    if (position == 0 || node->log.policy == FSYNC_NEVER) {
        confirm_send(step, slot, tag, 1);
        return;
    }
    struct run *run = connection->run.at != 0 ? run_at(node, connection->run) : NULL;
    if (run == NULL || run->position <= node->log.asked)
        run = confirm_run_open(node, slot);
    run->tag = tag;
    run->position = position;
    run->count++;
    connection->unconfirmed++;
}

bool confirm_is_due(const struct node *node)
{
    return node->run_first.at != 0 && run_at(node, node->run_first)->position <= node->log.synced;
}

static struct run confirm_run_take(struct node *node)
{
    struct run_ref ref = node->run_first;
    struct run run = *run_at(node, ref);
    node->run_first = run.next;
    if (node->run_first.at == 0)
        node->run_last.at = 0;
    struct connection *connection = connection_at(node, run.slot);
    if (connection->run.at == ref.at)
        connection->run.at = 0;
    arena_give(&node->arena, ref.at, UNITS_OF(struct run));
    CHECK(node->answers > 0);
    node->answers--;
    return run;
}

void confirm_due(struct step *step)
{
    struct node *node = step->node;
    while (confirm_is_due(node) && step_afford(step, 1)) {
        struct run run = confirm_run_take(node);
        struct connection *connection = connection_at(node, run.slot);
        if (run.incarnation != connection->incarnation)
            continue;
        CHECK(connection->open && connection->unconfirmed >= run.count);
        connection->unconfirmed -= run.count;
        confirm_send(step, run.slot, run.tag, run.count);
    }
}
