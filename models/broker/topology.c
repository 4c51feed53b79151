/* From a configuration to a node: what it needs, where things lie, and what the queues ask of the log they share. */
#include "models/broker/broker_core.h"

/* Units that one held message costs at most: its entry, two nodes of a map, an ack's job and an orphan to lie
 * in; its publish: a run or frames held back; and two more that broker_canonical() borrows. */
#define MESSAGE_UNITS                                                                                                  \
    (UNITS_OF(struct entry) + 2 + UNITS_OF(struct job) + UNITS_OF(struct unacked) + UNITS_OF(struct run) +             \
     UNITS_OF(struct held) + 2)
/* One publish past the last with room for its answers may still make a return and a confirm; and a host takes a
 * block without this much left for one that refused something. */
#define SPARE_UNITS (3 * ARENA_SIZES)

#define LOG_SLACK_BYTES_MAX 65536u
#define LOG_SLACK_SHARE 256 /* of the block */

static uint32_t units_for(uint64_t bytes)
{
    return (uint32_t)((bytes + UNIT_BYTES - 1) / UNIT_BYTES);
}

static uint32_t slot_table_units(uint32_t queues, uint32_t connections)
{
    uint64_t words = (connections + 63) / 64;
    return units_for((queues + 1) * words * sizeof(uint64_t));
}

static uint32_t fixed_units(uint32_t queues, uint32_t connections)
{
    return UNITS_OF(struct node) + queues * UNITS_OF(struct queue) + connections * UNITS_OF(struct connection) +
           connections * UNITS_OF(struct unacked) + slot_table_units(queues, connections) + SPARE_UNITS;
}

uint64_t broker_block_bytes(const struct broker_config *config, uint64_t messages_max)
{
    return (fixed_units(config->queues, config->connections) + messages_max * MESSAGE_UNITS) * UNIT_BYTES;
}

void node_lay_out(struct node *node, uint16_t queues, uint16_t connections, uint64_t block_bytes)
{
    uint64_t units = block_bytes / UNIT_BYTES, fixed = fixed_units(queues, connections);
    CHECK(queues >= 1 && queues <= QUEUES_MAX);
    CHECK(connections >= 1 && connections < SLOT_NONE);
    CHECK(units > fixed);
    arena_init(&node->arena, sizeof *node, block_bytes);
    node->queues = queues;
    node->connections = connections;
    node->queue_table = arena_reserve(&node->arena, queues * UNITS_OF(struct queue));
    node->connection_table = arena_reserve(&node->arena, connections * UNITS_OF(struct connection));
    node->slot_table = arena_reserve(&node->arena, slot_table_units(queues, connections));
    CHECK(node->queue_table != 0 && node->connection_table != 0 && node->slot_table != 0);
    uint64_t messages = (units - fixed) / MESSAGE_UNITS;
    node->messages_max = messages < UINT32_MAX ? (uint32_t)messages : UINT32_MAX;
}

static uint32_t log_slack_bytes(uint64_t block_bytes)
{
    uint64_t share = block_bytes / LOG_SLACK_SHARE;
    if (share < RECORD_MESSAGE_BYTES)
        return RECORD_MESSAGE_BYTES;
    return share < LOG_SLACK_BYTES_MAX ? (uint32_t)share : LOG_SLACK_BYTES_MAX;
}

/* The queues share one log, so the strictest of the durable ones rules it. */
static void log_configure(struct log *log, const struct broker_config *config, uint64_t block_bytes)
{
    static_assert(FSYNC_EACH < FSYNC_GROUP && FSYNC_GROUP < FSYNC_NEVER, "the strictest policy is the least");
    log->slack_bytes = log_slack_bytes(block_bytes);
    log->policy = FSYNC_NEVER;
    log->interval_ns = INT64_MAX;
    for (uint16_t i = 0; i < config->queues; i++) {
        const struct queue_config *queue = &config->queue[i];
        CHECK(queue->fsync <= FSYNC_NEVER);
        if (!queue->durable)
            continue;
        if (queue->fsync < log->policy)
            log->policy = queue->fsync;
        if (queue->fsync == FSYNC_GROUP && queue->fsync_interval_ns < log->interval_ns)
            log->interval_ns = queue->fsync_interval_ns;
    }
}

void broker_init(struct node *node, const struct broker_config *config, uint64_t block_bytes)
{
    CHECK(config->unconfirmed_max > 0);
    node_lay_out(node, config->queues, config->connections, block_bytes);
    node->unconfirmed_max = config->unconfirmed_max;
    log_configure(&node->log, config, block_bytes);
    for (uint16_t i = 0; i < config->queues; i++) {
        struct queue *queue = queue_at(node, i);
        queue->next_place = 1;
        queue->durable = config->queue[i].durable;
        queue->dispatch = config->queue[i].dispatch;
    }
    for (uint16_t slot = 0; slot < config->connections; slot++)
        connection_at(node, slot)->incarnation = 1;
}

struct queue_view broker_queue_view(const struct node *node, uint16_t index)
{
    const struct queue *queue = queue_at(node, index);
    return (struct queue_view){.ready = queue_ready(queue), .unacknowledged = queue->unacked};
}

bool broker_was_full(const struct node *node)
{
    return node->full;
}
