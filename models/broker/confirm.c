/* Publisher confirms (RabbitMQ's extension confirm.select): an answer leaves only when the fsync that covers its
 * record is done.
 *
 * Publishes of one connection that wait for the same fsync are one run, so a group commit of a thousand messages
 * costs one object and one frame. Runs lie in the order in which they were opened; a run takes no more publishes
 * once its fsync was asked for. All that a connection waits for is in its runs, in the order of its tags, so the
 * last tag with `multiple` answers exactly what is unanswered up to there; what needs no fsync is answered at
 * once, alone. A run whose connection is gone is dropped when its turn comes: the slot's incarnation has moved
 * on.
 *
 * A publish to a replicated queue may wait for its replicas as well. Each such queue has a list of runs of its own, so
 * that a queue whose backups are slow holds nobody else up; but all runs of one connection lie in one list, for
 * the sake of `multiple`: a connection that publishes to several queues waits for the slowest. The list of a queue that
 * another node leads holds what this replica acknowledges in its turn. */
#include "models/broker/broker_core.h"

static void confirm_send(struct step *step, uint16_t slot, uint64_t tag, uint32_t count)
{
    uint8_t flags = count > 1 ? FRAME_MULTIPLE : 0;
    connection_send(step, slot, &(struct frame){.kind = FRAME_CONFIRM, .flags = flags, .tag = tag});
}

static void run_add(struct node *node, struct run_ref ref, uint16_t home)
{
    struct run_list *runs = runs_at(node, home);
    run_at(node, ref)->home = home;
    if (runs->first.at == 0)
        runs->first = ref;
    else
        run_at(node, runs->last)->next = ref;
    runs->last = ref;
}

static struct run *confirm_run_open(struct node *node, uint16_t slot, uint16_t queue)
{
    struct connection *connection = connection_at(node, slot);
    struct run_ref ref = {node_take(node, UNITS_OF(struct run))};
    struct run *run = run_at(node, ref);
    run->slot = slot;
    run->queue = queue;
    run->incarnation = connection->incarnation;
    run_add(node, ref, connection->run.at != 0 ? run_at(node, connection->run)->home : queue);
    connection->run = ref;
    node->answers++;
    return run;
}

void confirm_owe(struct step *step, uint16_t slot, uint64_t tag, uint64_t position, uint16_t queue, uint64_t index)
{
    struct node *node = step->node;
    struct connection *connection = connection_at(node, slot);
    if (tag == 0)
        return;
    if (node->log.policy == FSYNC_NEVER)
        position = 0;
    if (position == 0 && queue == QUEUE_NONE) {
        confirm_send(step, slot, tag, 1);
        return;
    }
    struct run *run = connection->run.at != 0 ? run_at(node, connection->run) : NULL;
    if (run == NULL || run->position <= node->log.asked || run->queue != queue)
        run = confirm_run_open(node, slot, queue);
    run->tag = tag;
    run->position = position;
    run->index = index;
    run->count++;
    connection->unconfirmed++;
}

static void acknowledge(struct node *node, uint16_t queue, uint64_t index)
{
    struct replica *replica = replica_at(node, queue);
    replica->shipped = index;
    replica->acks = 1;
    owe(node, queue, replica->view.primary, OWED_SHIPPED);
}

void confirm_acknowledge(struct step *step, uint16_t queue, uint64_t index, uint64_t position)
{
    struct node *node = step->node;
    struct replica *replica = replica_at(node, queue);
    struct run *run = replica->acking.at != 0 ? run_at(node, replica->acking) : NULL;
    if (run == NULL && position == 0) {
        acknowledge(node, queue, index);
        return;
    }
    if (run == NULL || run->incarnation != replica->lineage || run->position <= node->log.asked) {
        replica->acking.at = node_take(node, UNITS_OF(struct run));
        run = run_at(node, replica->acking);
        *run = (struct run){.acks = 1, .queue = queue, .slot = SLOT_NONE, .incarnation = replica->lineage};
        run_add(node, replica->acking, queue);
    }
    run->tag = index;
    run->position = position;
}

bool run_lives(const struct node *node, const struct run *run)
{
    if (run->acks)
        return run->incarnation == replica_at(node, run->home)->lineage;
    return run->incarnation == connection_at(node, run->slot)->incarnation;
}

static bool run_is_due(const struct node *node, struct run_ref ref)
{
    if (ref.at == 0)
        return false;
    const struct run *run = run_at(node, ref);
    if (run->position > node->log.synced)
        return false;
    return run->acks || run->queue == QUEUE_NONE || run->index <= replica_at(node, run->queue)->replicated ||
           !run_lives(node, run);
}

bool confirm_is_due(const struct node *node)
{
    bool due = run_is_due(node, node->runs.first);
    for (uint64_t left = node->passive; left != 0 && !due; left &= left - 1)
        due = run_is_due(node, replica_at(node, (uint16_t)__builtin_ctzll(left))->runs.first);
    return due;
}

static struct run run_take(struct node *node, struct run_list *runs)
{
    struct run_ref ref = runs->first;
    struct run run = *run_at(node, ref);
    runs->first = run.next;
    if (runs->first.at == 0)
        runs->last.at = 0;
    struct run_ref *newest =
        run.acks ? &replica_at(node, run.home)->acking : &connection_at(node, run.slot)->run;
    if (newest->at == ref.at)
        newest->at = 0;
    arena_give(&node->arena, ref.at, UNITS_OF(struct run));
    if (!run.acks) {
        CHECK(node->answers > 0);
        node->answers--;
    }
    return run;
}

static void run_release(struct step *step, const struct run *run)
{
    struct node *node = step->node;
    if (!run_lives(node, run))
        return;
    if (run->acks) {
        acknowledge(node, run->queue, run->tag);
        return;
    }
    struct connection *connection = connection_at(node, run->slot);
    CHECK(connection->open && connection->unconfirmed >= run->count);
    connection->unconfirmed -= run->count;
    if (run->queue != QUEUE_NONE) {
        struct replica *replica = replica_at(node, run->queue);
        if (replica->confirmed < run->index)
            replica->confirmed = run->index;
    }
    confirm_send(step, run->slot, run->tag, run->count);
}

static void runs_release(struct step *step, struct run_list *runs)
{
    while (run_is_due(step->node, runs->first) && step_afford(step, 1)) {
        struct run run = run_take(step->node, runs);
        run_release(step, &run);
    }
}

void confirm_due(struct step *step)
{
    struct node *node = step->node;
    runs_release(step, &node->runs);
    for (uint64_t left = node->passive; left != 0; left &= left - 1)
        runs_release(step, &replica_at(node, (uint16_t)__builtin_ctzll(left))->runs);
}
