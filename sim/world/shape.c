/* What a world is made of, and how large: from a plan, once. The only place that knows what a run and a check differ
 * in. */
#include "sim/world/shape.h"

#include "models/base/check.h"
#include "models/base/host.h"
#include "sim/world/text.h"

/* Bounds of a run: far beyond what a scenario needs, since memory is committed as it is touched. */
#define RUN_WINDOW_FRAMES 256u
#define RUN_NODE_MESSAGES (UINT64_C(1) << 22)
#define RUN_CLIENT_MESSAGES (UINT64_C(1) << 20)
#define RUN_ORACLE_MESSAGES (UINT64_C(1) << 23)
#define RUN_DISK_BYTES (UINT64_C(1) << 32)
#define RUN_UNCONFIRMED_MAX (1u << 20)
#define RUN_OPERATIONS 4096u
/* Bounds of a check: a window that a burst can fill; the rest follows from its messages. */
#define CHECK_WINDOW_FRAMES 4u
#define CHECK_OPERATIONS 8u
/* So that a block that was used to its very end (actor.c) was really too small. */
#define BLOCK_SLACK_BYTES 512u

#define BLOCK_ALIGNMENT 64u

struct shape_memory { /* one piece */
    struct world_shape shape;
    uint64_t bytes;
};

/* ---- sizes ---- */

/* A check without messages is one of the nodes alone: clients would have nothing to say, in many states. */
static bool plan_has_clients(const struct plan *plan, enum shape_purpose purpose)
{
    return purpose == SHAPE_RUN || !plan->check.given || plan->check.messages > 0;
}

static uint64_t shape_member_count(const struct plan *plan, enum shape_purpose purpose)
{
    uint64_t count = 0;
    if (!plan_has_clients(plan, purpose))
        return 0;
    for (uint32_t i = 0; i < plan->producer_count; i++)
        count += plan->producers[i].count;
    for (uint32_t i = 0; i < plan->consumer_count; i++)
        count += plan->consumers[i].count;
    return count;
}

static uint64_t check_messages_each(const struct plan *plan)
{
    return plan->check.messages > 0 ? plan->check.messages : 1;
}

/* Nodes have something to say to one another. */
static bool plan_replicates(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->queue_count && plan->node_count > 1; i++)
        if (plan->queues[i].replication == REPLICATION_PASSIVE)
            return true;
    return false;
}

/* How many copies of messages a checked node may ever hold: each producer's, and all of them again after whatever
 * makes it send them again. */
static uint64_t check_copies(const struct plan *plan)
{
    uint64_t producers = 0;
    for (uint32_t i = 0; i < plan->producer_count; i++)
        producers += plan->producers[i].count;
    const struct plan_check *check = &plan->check;
    uint64_t again =
        (uint64_t)check->crashes + check->power_losses + check->restarts + check->disconnects + check->timeouts +
        check->suspicions + check->ticks / 3; /* a detector that gives up has looked three times */
    return (producers * check_messages_each(plan) + 1) * (2 + again);
}

static uint64_t block_bytes(uint64_t core_bytes)
{
    uint64_t bytes = core_bytes + BLOCK_SLACK_BYTES;
    return (bytes + BLOCK_ALIGNMENT - 1) / BLOCK_ALIGNMENT * BLOCK_ALIGNMENT;
}

/* ---- names ---- */

static const char *const client_timers[] = {
    [TIMER_ARRIVAL] = "arrival",
    [TIMER_SERVICE] = "service",
    [TIMER_RETRY] = "retry",
    [TIMER_DEADLINE] = "deadline",
    [TIMER_RECONNECT] = "reconnect",
    [TIMER_RECONNECT + 1] = "reconnect-2",
    [TIMER_RECONNECT + 2] = "reconnect-3",
    [TIMER_RECONNECT + 3] = "reconnect-4",
    [TIMER_RECONNECT + 4] = "reconnect-5",
    [TIMER_CONNECT] = "connect",
    [TIMER_CONNECT + 1] = "connect-2",
    [TIMER_CONNECT + 2] = "connect-3",
    [TIMER_CONNECT + 3] = "connect-4",
    [TIMER_CONNECT + 4] = "connect-5",
};

static const char *const node_timers[] = {
    [BROKER_TIMER_FSYNC] = "fsync",
    [BROKER_TIMER_CONNECT] = "connect",
    [BROKER_TIMER_ELECTION] = "election",
    [BROKER_TIMER_SHIP] = "ship",
    [BROKER_TIMER_ATTEMPT] = "attempt",
};

const char *shape_timer_name(const struct world_shape *shape, uint32_t actor, uint32_t timer)
{
    bool is_node = shape_is_node(shape, actor);
    uint32_t named = is_node ? sizeof node_timers / sizeof *node_timers : sizeof client_timers / sizeof *client_timers;
    if (timer >= named)
        return NULL;
    return is_node ? node_timers[timer] : client_timers[timer];
}

bool shape_timer_is_timeout(const struct world_shape *shape, uint32_t actor, uint32_t timer)
{
    if (shape_is_node(shape, actor))
        return timer == BROKER_TIMER_ELECTION || timer == BROKER_TIMER_ATTEMPT;
    return timer == TIMER_RETRY || timer == TIMER_DEADLINE || timer >= TIMER_CONNECT;
}

static char *name_put(char **names, const char *name, uint32_t number)
{
    struct text_writer writer = {.at = *names, .end = *names + SHAPE_NAME_MAX + 1};
    char *start = *names;
    text_put(&writer, name);
    if (number != 0) {
        text_put(&writer, ".");
        text_put_number(&writer, number);
    }
    *names += SHAPE_NAME_MAX + 1;
    return start;
}

/* ---- configurations ---- */

static struct queue_config queue_config(const struct plan_queue *plan)
{
    return (struct queue_config){
        .durable = plan->durable,
        .fsync = plan->fsync,
        .dispatch = plan->dispatch,
        .replication = plan->replication,
        .confirm_after = plan->confirm_after,
        .catch_up = plan->catch_up,
        .replicas = plan->replicas,
        .fsync_interval_ns = plan->fsync_interval_ns,
        .ship_every_ns = plan->ship_every_ns,
        .ship_delay_ns = plan->ship_delay_ns,
        .first = plan->first,
    };
}

static void shape_configure_node(struct world_shape *shape, uint32_t node)
{
    const struct plan *plan = shape->plan;
    bool run = shape->purpose == SHAPE_RUN;
    struct broker_config *config = &shape->broker[node];
    *config = (struct broker_config){
        .node = (uint16_t)node,
        .nodes = (uint16_t)plan->node_count,
        .queues = (uint16_t)plan->queue_count,
        .connections = (uint16_t)shape_slots(shape, node),
        .peer_slots = (uint16_t)shape_peer_slots(shape),
        .partition_handling = plan->partition_handling,
        .operations_max = shape->pair_count == 0 ? 0 : run ? RUN_OPERATIONS : CHECK_OPERATIONS,
        .unconfirmed_max = run ? RUN_UNCONFIRMED_MAX : (uint32_t)check_copies(plan),
    };
    for (uint32_t i = 0; i < plan->queue_count; i++)
        config->queue[i] = queue_config(&plan->queues[i]);
    uint64_t messages = run ? RUN_NODE_MESSAGES : check_copies(plan);
    shape->actors[node].is_node = 1;
    shape->actors[node].block_bytes = block_bytes(broker_block_bytes(config, messages));
}

static uint64_t least_given(uint64_t planned, uint64_t bound)
{
    return planned != 0 && planned < bound ? planned : bound;
}

/* A time-out that a check's budget leaves no room for need not be armed. */
static int64_t client_timeout(const struct world_shape *shape, int64_t ns)
{
    return shape->purpose == SHAPE_RUN || shape->plan->check.timeouts > 0 ? ns : 0;
}

/* A check has no times, so there a back-off does not grow: how often a client tried would only multiply states. */
static int64_t backoff_max(const struct world_shape *shape, int64_t min_ns, int64_t max_ns)
{
    return shape->purpose == SHAPE_RUN ? max_ns : min_ns;
}

static struct client_config producer_config(const struct world_shape *shape, const struct plan_producer *plan)
{
    return (struct client_config){
        .kind = CLIENT_PRODUCER,
        .confirms = plan->confirms,
        .queue = (uint16_t)(plan->queue < shape->plan->queue_count ? plan->queue : shape->plan->queue_count),
        .first_node = (uint16_t)(plan->first_node % shape->node_count),
        .message_flags =
            (uint8_t)((plan->persistent ? MESSAGE_PERSISTENT : 0) | (plan->mandatory ? MESSAGE_MANDATORY : 0)),
        .closed_loop = plan->arrivals == ARRIVALS_CLOSED_LOOP,
        .size_bytes = plan->size_bytes,
        .in_flight_max = plan->in_flight_max,
        .messages_max = shape->purpose == SHAPE_RUN ? plan->messages
                                                    : least_given(plan->messages, check_messages_each(shape->plan)),
        .attempts_max = plan->attempts_max,
        .backoff_min_ns = plan->backoff_min_ns,
        .backoff_max_ns = backoff_max(shape, plan->backoff_min_ns, plan->backoff_max_ns),
        .retry_timeout_ns = client_timeout(shape, plan->retry_timeout_ns),
        .connect_timeout_ns = client_timeout(shape, plan->connect_timeout_ns),
        .deadline_ns = client_timeout(shape, plan->deadline_ns),
    };
}

static struct client_config consumer_config(const struct world_shape *shape, const struct plan_consumer *plan)
{
    return (struct client_config){
        .kind = CLIENT_CONSUMER,
        .auto_ack = plan->auto_ack,
        .requeue = plan->requeue,
        .queue = (uint16_t)plan->queue,
        .first_node = (uint16_t)(plan->first_node % shape->node_count),
        .prefetch = plan->prefetch,
        .dedupe_window = plan->dedupe_window,
        .reject_ppm = plan->reject_ppm,
        .ack_again_ppm = plan->ack_again_ppm,
        .backoff_min_ns = plan->backoff_min_ns,
        .backoff_max_ns = backoff_max(shape, plan->backoff_min_ns, plan->backoff_max_ns),
        .connect_timeout_ns = client_timeout(shape, plan->connect_timeout_ns),
    };
}

/* With active replication the clients do the work of it. */
static void client_replicate(const struct plan *plan, struct client_config *config)
{
    if (config->queue >= plan->queue_count || plan->queues[config->queue].replication != REPLICATION_ACTIVE)
        return;
    const struct plan_queue *queue = &plan->queues[config->queue];
    config->replicas = queue->replicas;
    config->acks_needed = (uint16_t)queue->acks_needed;
    config->catch_up = queue->catch_up;
}

static void shape_add_client(struct world_shape *shape, uint32_t *actor, struct client_config config, const char *name,
                             uint32_t group, uint32_t member, char **names)
{
    const struct plan *plan = shape->plan;
    struct shape_actor *self = &shape->actors[*actor];
    uint32_t client = *actor - shape->node_count;
    config.actor = (uint16_t)*actor;
    config.nodes = (uint16_t)shape->node_count;
    client_replicate(plan, &config);
    shape->client[client] = config;
    shape->oracle_client[client] = (struct oracle_client){
        .kind = config.kind,
        .confirms = config.confirms,
        .auto_ack = config.auto_ack,
        .queue = config.queue,
        .links = (uint8_t)(config.replicas != 0 ? shape->node_count : 1),
        .once = config.kind == CLIENT_CONSUMER && config.reject_ppm == 0 && config.dedupe_window > 0,
        .prefetch = config.prefetch,
    };
    uint64_t messages = shape->purpose == SHAPE_RUN ? RUN_CLIENT_MESSAGES : check_copies(plan);
    *self = (struct shape_actor){
        .name = name_put(names, name, member + 1),
        .kind = config.kind,
        .group = (uint16_t)group,
        .member = member,
        .block_bytes = block_bytes(client_block_bytes(&config, messages)),
    };
    ++*actor;
}

static void shape_add_clients(struct world_shape *shape, char *names)
{
    const struct plan *plan = shape->plan;
    uint32_t actor = shape->node_count;
    for (uint32_t i = 0; i < plan->producer_count; i++)
        for (uint32_t member = 0; member < plan->producers[i].count; member++)
            shape_add_client(shape, &actor, producer_config(shape, &plan->producers[i]), plan->producers[i].name, i,
                             member, &names);
    for (uint32_t i = 0; i < plan->consumer_count; i++)
        for (uint32_t member = 0; member < plan->consumers[i].count; member++)
            shape_add_client(shape, &actor, consumer_config(shape, &plan->consumers[i]), plan->consumers[i].name, i,
                             member, &names);
    CHECK(actor == shape->actor_count);
}

/* ---- the monitor ---- */

static void shape_configure_oracle(struct world_shape *shape)
{
    const struct plan *plan = shape->plan;
    shape->oracle = (struct oracle_config){
        .nodes = (uint16_t)shape->node_count,
        .queues = (uint16_t)plan->queue_count,
        .actors = (uint16_t)shape->actor_count,
        .promised = (uint16_t)shape_promises(shape),
    };
    for (uint32_t i = 0; i < plan->queue_count; i++) {
        uint32_t consumers = shape_queue_consumers(shape, i);
        shape->oracle.queue_consumers[i] = (uint8_t)(consumers < UINT8_MAX ? consumers : UINT8_MAX);
        shape->oracle.queue_replication[i] = plan->queues[i].replication;
    }
    uint64_t messages = shape->purpose == SHAPE_RUN ? RUN_ORACLE_MESSAGES : check_copies(plan);
    shape->oracle_bytes = block_bytes(oracle_block_bytes(&shape->oracle, messages));
}

/* ---- life ---- */

static uint64_t shape_bytes(uint64_t actors, uint64_t nodes)
{
    return sizeof(struct shape_memory) + nodes * sizeof(struct broker_config) +
           actors * (sizeof(struct shape_actor) + sizeof(struct client_config) + sizeof(struct oracle_client) +
                     SHAPE_NAME_MAX + 1);
}

/* In the order of their numbers; none where nodes have nothing to say to one another. */
static void shape_pair_nodes(struct world_shape *shape)
{
    for (uint32_t opener = 1; opener < shape->node_count && plan_replicates(shape->plan); opener++)
        for (uint32_t acceptor = 0; acceptor < opener; acceptor++) {
            uint8_t *pair = shape->pair[shape->pair_count++];
            pair[0] = (uint8_t)opener;
            pair[1] = (uint8_t)acceptor;
        }
}

/* Of a check: each copy may be written, moved by a compaction, and settled. A replica may write all of them once more
 * for each time that a primary begins, with what it records of it. */
static uint64_t check_disk_bytes(const struct world_shape *shape)
{
    uint64_t copies = check_copies(shape->plan);
    uint64_t records = copies * (2 * RECORD_MESSAGE_BYTES + RECORD_SETTLE_BYTES);
    if (shape->pair_count > 0)
        records *= 4;
    return block_bytes(records + FSYNCS_MAX * 8);
}

static void shape_count(struct world_shape *shape)
{
    const struct plan *plan = shape->plan;
    shape->node_count = plan->node_count;
    shape->client_count = (uint32_t)shape_member_count(plan, shape->purpose);
    shape->actor_count = shape->node_count + shape->client_count;
    shape->client_connections = shape->node_count * shape->client_count * 2;
    shape_pair_nodes(shape);
    shape->connection_count = shape->client_connections + 2 * shape->pair_count;
    shape->part_count = shape_part_budget(shape) + 1;
    shape->window_frames = shape->purpose == SHAPE_RUN ? RUN_WINDOW_FRAMES : CHECK_WINDOW_FRAMES;
    shape->connection_frames = shape->window_frames + OUTPUTS_MAX;
    shape->disk_bytes = shape->purpose == SHAPE_CHECK ? check_disk_bytes(shape) : RUN_DISK_BYTES;
}

struct world_shape *shape_new(const struct plan *plan, enum shape_purpose purpose)
{
    uint64_t clients = shape_member_count(plan, purpose), actors = clients + plan->node_count;
    CHECK(plan->node_count >= 1 && plan->node_count <= NODES_MAX && plan->queue_count <= QUEUES_MAX);
    CHECK(2 * actors < UINT16_MAX); /* numbers of actors and slots are 16 bits */
    uint64_t bytes = shape_bytes(actors, plan->node_count);
    struct shape_memory *memory = host_reserve(bytes);
    memory->bytes = bytes;
    struct world_shape *shape = &memory->shape;
    shape->plan = plan;
    shape->purpose = purpose;
    shape_count(shape);
    shape->broker = (struct broker_config *)(memory + 1);
    shape->client = (struct client_config *)(shape->broker + shape->node_count);
    shape->actors = (struct shape_actor *)(shape->client + actors);
    shape->oracle_client = (struct oracle_client *)(shape->actors + actors);
    char *names = (char *)(shape->oracle_client + actors);

    for (uint32_t i = 0; i < plan->node_count; i++) {
        shape_configure_node(shape, i);
        shape->actors[i].name = name_put(&names, plan->nodes[i].name, 0);
    }
    if (plan_has_clients(plan, purpose))
        shape_add_clients(shape, names);
    shape_configure_oracle(shape);
    return shape;
}

void shape_free(struct world_shape *shape)
{
    struct shape_memory *memory = (struct shape_memory *)shape;
    host_release(memory, memory->bytes);
}
