/* From a configuration to a node: what it needs, where things lie, and what the queues ask of the log they share. */
#include "models/broker/broker_core.h"

/* Units that one held message costs at most: its entry, two nodes of a map, an ack's job and an orphan to lie
 * in; its publish: a run or frames held back; and two more that broker_canonical() borrows. In a replicated queue
 * two more nodes of a map. */
#define MESSAGE_UNITS                                                                                                  \
    (UNITS_OF(struct entry) + 2 + UNITS_OF(struct job) + UNITS_OF(struct unacked) + UNITS_OF(struct run) +             \
     UNITS_OF(struct held) + 2)
#define INDEX_UNITS 2
/* A replica acknowledges in runs: each but the newest waits for an fsync of its own. */
#define ACK_UNITS ((FSYNCS_MAX + 2) * UNITS_OF(struct run))
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

static struct layout layout_of(const struct broker_config *config)
{
    struct layout layout = {
        .queues = config->queues,
        .connections = config->connections,
        .nodes = config->nodes,
        .operations_max = config->operations_max > 0 ? config->operations_max : 1,
    };
    for (uint16_t i = 0; i < config->queues; i++)
        if (config->queue[i].replication == REPLICATION_PASSIVE)
            layout.passive |= UINT64_C(1) << i;
    return layout;
}

static uint32_t passive_count(const struct layout *layout)
{
    uint32_t count = 0;
    for (uint64_t left = layout->passive; left != 0; left &= left - 1)
        count++;
    return count;
}

static uint32_t replica_units(const struct layout *layout)
{
    if (layout->passive == 0)
        return 0;
    uint32_t each = UNITS_OF(struct replica) + layout->nodes * UNITS_OF(struct link);
    return layout->queues * each + layout->nodes * UNITS_OF(struct peer) +
           passive_count(layout) * (layout->operations_max * UNITS_OF(struct operation));
}

static uint32_t fixed_units(const struct layout *layout)
{
    return UNITS_OF(struct node) + layout->queues * UNITS_OF(struct queue) +
           layout->connections * UNITS_OF(struct connection) + layout->connections * UNITS_OF(struct unacked) +
           slot_table_units(layout->queues, layout->connections) + replica_units(layout) +
           passive_count(layout) * ACK_UNITS + SPARE_UNITS;
}

static uint32_t message_units(const struct layout *layout)
{
    return MESSAGE_UNITS + (layout->passive != 0 ? INDEX_UNITS : 0);
}

uint64_t broker_block_bytes(const struct broker_config *config, uint64_t messages_max)
{
    struct layout layout = layout_of(config);
    return (fixed_units(&layout) + messages_max * message_units(&layout)) * UNIT_BYTES;
}

static void replicas_lay_out(struct node *node, const struct layout *layout)
{
    node->replica_table = arena_reserve(&node->arena, layout->queues * UNITS_OF(struct replica));
    node->link_table = arena_reserve(&node->arena, layout->queues * layout->nodes * UNITS_OF(struct link));
    node->peer_table = arena_reserve(&node->arena, layout->nodes * UNITS_OF(struct peer));
    CHECK(node->replica_table != 0 && node->link_table != 0 && node->peer_table != 0);
    for (uint64_t left = layout->passive; left != 0; left &= left - 1) {
        struct replica *replica = replica_at(node, (uint16_t)__builtin_ctzll(left));
        bool room =
            ring_init(&node->arena, &replica->ring, UNITS_OF(struct operation), layout->operations_max);
        CHECK(room);
    }
}

void node_lay_out(struct node *node, const struct layout *layout, uint64_t block_bytes)
{
    uint64_t units = block_bytes / UNIT_BYTES, fixed = fixed_units(layout);
    CHECK(layout->queues >= 1 && layout->queues <= QUEUES_MAX);
    CHECK(layout->connections >= 1 && layout->connections < SLOT_NONE);
    CHECK(layout->passive == 0 || (layout->nodes >= 1 && layout->nodes <= NODES_MAX));
    CHECK(units > fixed);
    arena_init(&node->arena, sizeof *node, block_bytes);
    node->queues = layout->queues;
    node->connections = layout->connections;
    node->nodes = layout->nodes;
    node->passive = layout->passive;
    node->operations_max = layout->operations_max;
    node->queue_table = arena_reserve(&node->arena, layout->queues * UNITS_OF(struct queue));
    node->connection_table = arena_reserve(&node->arena, layout->connections * UNITS_OF(struct connection));
    node->slot_table = arena_reserve(&node->arena, slot_table_units(layout->queues, layout->connections));
    CHECK(node->queue_table != 0 && node->connection_table != 0 && node->slot_table != 0);
    if (layout->passive != 0)
        replicas_lay_out(node, layout);
    uint64_t messages = (units - fixed) / message_units(layout);
    node->messages_max = messages < UINT32_MAX ? (uint32_t)messages : UINT32_MAX;
}

static uint32_t log_slack_bytes(uint64_t block_bytes)
{
    uint64_t share = block_bytes / LOG_SLACK_SHARE;
    if (share < RECORD_MESSAGE_BYTES)
        return RECORD_MESSAGE_BYTES;
    return share < LOG_SLACK_BYTES_MAX ? (uint32_t)share : LOG_SLACK_BYTES_MAX;
}

static bool queue_lies_here(const struct broker_config *config, const struct queue_config *queue)
{
    if (config->nodes <= 1)
        return true;
    if (queue->replication == REPLICATION_NONE)
        return queue->first == config->node;
    return (queue->replicas >> config->node & 1) != 0;
}

/* The queues that lie on a node share its log, so the strictest of the durable ones rules it. */
static void log_configure(struct log *log, const struct broker_config *config, uint64_t block_bytes)
{
    static_assert(FSYNC_EACH < FSYNC_GROUP && FSYNC_GROUP < FSYNC_NEVER, "the strictest policy is the least");
    log->slack_bytes = log_slack_bytes(block_bytes);
    log->policy = FSYNC_NEVER;
    log->interval_ns = INT64_MAX;
    for (uint16_t i = 0; i < config->queues; i++) {
        const struct queue_config *queue = &config->queue[i];
        CHECK(queue->fsync <= FSYNC_NEVER);
        if (!queue->durable || !queue_lies_here(config, queue))
            continue;
        if (queue->fsync < log->policy)
            log->policy = queue->fsync;
        if (queue->fsync == FSYNC_GROUP && queue->fsync_interval_ns < log->interval_ns)
            log->interval_ns = queue->fsync_interval_ns;
    }
}

static void replica_init(struct node *node, uint16_t index, const struct queue_config *config)
{
    struct replica *replica = replica_at(node, index);
    CHECK((config->replicas >> config->first & 1) != 0 && config->replicas >> node->nodes == 0);
    replica->replicas = config->replicas;
    replica->first = config->first;
    replica->confirm_after = config->confirm_after;
    replica->catch_up = config->catch_up;
    replica->ship_every_ns = config->ship_every_ns;
    replica->ship_delay_ns = config->ship_delay_ns;
    replica->lineage = 1;
}

static void queue_init(struct node *node, uint16_t index, const struct queue_config *config)
{
    struct queue *queue = queue_at(node, index);
    uint64_t bit = UINT64_C(1) << index;
    bool leads = true;
    queue->next_place = 1;
    queue->durable = config->durable;
    queue->dispatch = config->dispatch;
    queue->replication = config->replication;
    if (config->replication == REPLICATION_PASSIVE) {
        replica_init(node, index, config);
        node->tended |= bit;
        return;
    }
    if (node->nodes > 1) {
        bool active = config->replication == REPLICATION_ACTIVE;
        leads = active ? (config->replicas >> node->node & 1) != 0 : config->first == node->node;
        queue->hint = (uint16_t)(1 + (active ? (uint16_t)__builtin_ctz(config->replicas | 1u << 15) : config->first));
    }
    node->leading |= leads ? bit : 0;
    node->serving |= leads ? bit : 0;
}

void broker_init(struct node *node, const struct broker_config *config, uint64_t block_bytes)
{
    struct layout layout = layout_of(config);
    CHECK(config->unconfirmed_max > 0);
    node_lay_out(node, &layout, block_bytes);
    node->unconfirmed_max = config->unconfirmed_max;
    node->node = config->node;
    node->ignores = config->partition_handling == PARTITION_IGNORE;
    node->peer_slots = config->nodes > 1 ? config->peer_slots : config->connections;
    CHECK(node->peer_slots == config->connections || node->peer_slots + 2 * config->nodes <= config->connections);
    log_configure(&node->log, config, block_bytes);
    for (uint16_t i = 0; i < config->queues; i++)
        queue_init(node, i, &config->queue[i]);
    for (uint16_t slot = 0; slot < config->connections; slot++)
        connection_at(node, slot)->incarnation = 1;
}

static struct queue_view replica_view(const struct node *node, uint16_t index)
{
    const struct replica *replica = replica_at(node, index);
    const struct queue *queue = queue_at(node, index);
    bool primary = replica->role == ROLE_PRIMARY;
    return (struct queue_view){
        .ready = primary ? queue_ready(queue) : replica->index.count - queue->unacked,
        .unacknowledged = queue->unacked,
        .epoch = replica->view.epoch,
        .in_sync = primary ? replica->committed : 0,
        .role = replica->role,
        .paused = replica->paused,
    };
}

struct queue_view broker_queue_view(const struct node *node, uint16_t index)
{
    const struct queue *queue = queue_at(node, index);
    if (queue_is_passive(node, index))
        return replica_view(node, index);
    bool serves = (node->serving >> index & 1) != 0;
    return (struct queue_view){
        .ready = queue_ready(queue), .unacknowledged = queue->unacked, .role = serves ? ROLE_ALONE : ROLE_NONE};
}

bool broker_was_full(const struct node *node)
{
    return node->full;
}
