#include "tests/support/small_plan.h"

#include <string.h>

#include "models/base/check.h"

static void name_everything(struct small_plan *small)
{
    static char *const node[NODES_MAX] = {"n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9"};
    static char *const queue[] = {"orders", "bills", "mails", "logs"};
    static char *const producer[] = {"web", "shop", "till", "cron"};
    static char *const consumer[] = {"worker", "clerk", "sender", "reader"};
    for (unsigned i = 0; i < NODES_MAX; i++)
        small->nodes[i].name = node[i];
    for (unsigned i = 0; i < 4; i++) {
        small->queues[i].name = queue[i];
        small->producers[i].name = producer[i];
        small->consumers[i].name = consumer[i];
    }
}

static void fill_arrays(struct small_plan *small)
{
    for (unsigned i = 0; i < 4; i++) {
        small->queues[i].durable = true;
        small->queues[i].fsync = FSYNC_EACH;
        small->queues[i].dispatch = DISPATCH_ROUND_ROBIN;
        small->queues[i].fsync_interval_ns = 2 * NS_PER_MS;

        struct plan_producer *producer = &small->producers[i];
        producer->count = 1;
        producer->arrivals = ARRIVALS_POISSON;
        producer->confirms = producer->persistent = true;
        producer->interval = (struct variate){.kind = VARIATE_EXPONENTIAL, .a = 10 * NS_PER_MS};
        producer->size_bytes = 100;
        producer->retry_timeout_ns = 5 * NS_PER_S;
        producer->connect_timeout_ns = NS_PER_S;
        producer->backoff_min_ns = 100 * NS_PER_MS;
        producer->backoff_max_ns = 5 * NS_PER_S;

        struct plan_consumer *consumer = &small->consumers[i];
        consumer->count = 1;
        consumer->prefetch = 2;
        consumer->requeue = true;
        consumer->service = variate_constant(NS_PER_MS);
        consumer->connect_timeout_ns = NS_PER_S;
        consumer->backoff_min_ns = 100 * NS_PER_MS;
        consumer->backoff_max_ns = 5 * NS_PER_S;
    }
}

void small_plan_init(struct small_plan *small)
{
    memset(small, 0, sizeof *small);
    name_everything(small);
    fill_arrays(small);
    small->plan = (struct plan){
        .name = "small",
        .file = "small_plan.c",
        .seed = 1,
        .duration_ns = 10 * NS_PER_S,
        .drain_ns = 10 * NS_PER_S,
        .heal = true,
        .window_ns = NS_PER_S,
        .deadline_ns = 5 * NS_PER_S,
        .threshold_ppm = 990000,
        .nodes = small->nodes,
        .node_count = 1,
        .cpu = variate_constant(20 * NS_PER_US),
        .disk_append = variate_constant(10 * NS_PER_US),
        .disk_fsync = variate_constant(NS_PER_MS),
        .latency = variate_constant(200 * NS_PER_US),
        .queues = small->queues,
        .queue_count = 1,
        .producers = small->producers,
        .producer_count = 1,
        .consumers = small->consumers,
        .consumer_count = 1,
        .faults = small->faults,
        .check = {.messages = 2, .properties = (1u << PROPERTY_COUNT) - 1},
    };
}

void small_plan_cluster(struct small_plan *small, uint32_t nodes)
{
    struct plan_queue *queue = &small->queues[0];
    CHECK(nodes >= 1 && nodes <= NODES_MAX);
    small->plan.node_count = nodes;
    queue->replication = REPLICATION_PASSIVE;
    queue->confirm_after = CONFIRM_AFTER_ALL;
    queue->catch_up = true;
    queue->replicas = (uint16_t)((1u << nodes) - 1);
    queue->first = 0;
}

struct plan_fault *small_plan_fault(struct small_plan *small, enum plan_fault_kind kind, int64_t at_ns, int64_t for_ns)
{
    static char *const name[] = {"fault1", "fault2", "fault3", "fault4", "fault5", "fault6", "fault7", "fault8"};
    CHECK(small->plan.fault_count < 8);
    uint32_t i = small->plan.fault_count++;
    small->faults[i] = (struct plan_fault){
        .name = name[i],
        .kind = (uint8_t)kind,
        .at = variate_constant(at_ns),
        .ends = for_ns > 0,
        .length = variate_constant(for_ns),
        .target = {.kind = SELECT_ALL_NODES},
        .other = {.kind = SELECT_ALL_NODES},
    };
    return &small->faults[i];
}
