/* Two plans are equal when they make the same run: everything but the places in the file. */
#ifndef CRASHQ_TESTS_PLAN_EQUAL_H
#define CRASHQ_TESTS_PLAN_EQUAL_H

#include "tests/sim_plan/loaded.h"

static inline void assert_variates_equal(const struct variate *a, const struct variate *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->a, b->a);
    assert_int_equal(a->b, b->b);
    assert_int_equal(a->c_ppm, b->c_ppm);
    if (a->table)
        assert_memory_equal(a->table, b->table, a->count * sizeof a->table[0]);
}

static inline void assert_selectors_equal(const struct plan_selector *a, const struct plan_selector *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->nodes, b->nodes);
    assert_int_equal(a->queue, b->queue);
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->client, b->client);
    assert_int_equal(a->member, b->member);
}

static inline void assert_queues_equal(const struct plan_queue *a, const struct plan_queue *b)
{
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->durable, b->durable);
    assert_int_equal(a->fsync, b->fsync);
    assert_int_equal(a->dispatch, b->dispatch);
    assert_int_equal(a->fsync_interval_ns, b->fsync_interval_ns);
    assert_int_equal(a->replication, b->replication);
    assert_int_equal(a->confirm_after, b->confirm_after);
    assert_int_equal(a->catch_up, b->catch_up);
    assert_int_equal(a->replicas, b->replicas);
    assert_int_equal(a->first, b->first);
    assert_int_equal(a->ship_every_ns, b->ship_every_ns);
    assert_int_equal(a->ship_delay_ns, b->ship_delay_ns);
    assert_int_equal(a->acks_needed, b->acks_needed);
}

static inline void assert_producers_equal(const struct plan_producer *a, const struct plan_producer *b)
{
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->queue, b->queue);
    assert_int_equal(a->arrivals, b->arrivals);
    assert_int_equal(a->confirms << 2 | a->mandatory << 1 | a->persistent,
                     b->confirms << 2 | b->mandatory << 1 | b->persistent);
    assert_variates_equal(&a->interval, &b->interval);
    assert_int_equal(a->trace_count, b->trace_count);
    if (a->trace_ns)
        assert_memory_equal(a->trace_ns, b->trace_ns, a->trace_count * sizeof a->trace_ns[0]);
    assert_int_equal(a->trace_size != NULL, b->trace_size != NULL);
    if (a->trace_size)
        assert_memory_equal(a->trace_size, b->trace_size, a->trace_count * sizeof a->trace_size[0]);
    assert_int_equal(a->messages, b->messages);
    assert_int_equal(a->size_bytes, b->size_bytes);
    assert_int_equal(a->in_flight_max, b->in_flight_max);
    assert_int_equal(a->attempts_max, b->attempts_max);
    assert_int_equal(a->deadline_ns, b->deadline_ns);
    assert_int_equal(a->retry_timeout_ns, b->retry_timeout_ns);
    assert_int_equal(a->backoff_min_ns, b->backoff_min_ns);
    assert_int_equal(a->backoff_max_ns, b->backoff_max_ns);
    assert_int_equal(a->connect_timeout_ns, b->connect_timeout_ns);
    assert_int_equal(a->first_node, b->first_node);
}

static inline void assert_consumers_equal(const struct plan_consumer *a, const struct plan_consumer *b)
{
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->queue, b->queue);
    assert_int_equal(a->prefetch, b->prefetch);
    assert_int_equal(a->auto_ack << 1 | a->requeue, b->auto_ack << 1 | b->requeue);
    assert_variates_equal(&a->service, &b->service);
    assert_int_equal(a->dedupe_window, b->dedupe_window);
    assert_int_equal(a->reject_ppm, b->reject_ppm);
    assert_int_equal(a->ack_again_ppm, b->ack_again_ppm);
    assert_int_equal(a->backoff_min_ns, b->backoff_min_ns);
    assert_int_equal(a->backoff_max_ns, b->backoff_max_ns);
    assert_int_equal(a->connect_timeout_ns, b->connect_timeout_ns);
    assert_int_equal(a->first_node, b->first_node);
}

static inline void assert_groups_equal(const struct plan_fault *a, const struct plan_fault *b)
{
    assert_int_equal(a->group_count, b->group_count);
    for (uint32_t i = 0; i < a->group_count; i++) {
        assert_int_equal(a->groups[i].count, b->groups[i].count);
        for (uint32_t j = 0; j < a->groups[i].count; j++)
            assert_selectors_equal(&a->groups[i].members[j], &b->groups[i].members[j]);
    }
}

static inline void assert_faults_equal(const struct plan_fault *a, const struct plan_fault *b)
{
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->power << 3 | a->recurring << 2 | a->one_way << 1 | a->ends,
                     b->power << 3 | b->recurring << 2 | b->one_way << 1 | b->ends);
    assert_int_equal(a->wipe << 2 | a->latency_given << 1 | a->latency_adds,
                     b->wipe << 2 | b->latency_given << 1 | b->latency_adds);
    assert_variates_equal(&a->latency, &b->latency);
    assert_int_equal(a->loss_ppm, b->loss_ppm);
    assert_groups_equal(a, b);
    assert_int_equal(a->in_flight, b->in_flight);
    assert_variates_equal(&a->at, &b->at);
    assert_int_equal(a->from_ns, b->from_ns);
    assert_int_equal(a->until_ns, b->until_ns);
    assert_variates_equal(&a->length, &b->length);
    assert_selectors_equal(&a->target, &b->target);
    assert_selectors_equal(&a->other, &b->other);
}

static inline void assert_expectations_equal(const struct plan_expectation *a, const struct plan_expectation *b)
{
    assert_string_equal(a->path, b->path);
    assert_string_equal(a->text, b->text);
    assert_int_equal(a->over, b->over);
    assert_int_equal(a->list, b->list);
    assert_int_equal(a->condition, b->condition);
    assert_memory_equal(&a->low, &b->low, sizeof a->low);
    assert_memory_equal(&a->high, &b->high, sizeof a->high);
}

static inline void assert_heads_equal(const struct plan *a, const struct plan *b)
{
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->description ? a->description : "", b->description ? b->description : "");
    assert_int_equal(a->seed, b->seed);
    assert_int_equal(a->duration_ns, b->duration_ns);
    assert_int_equal(a->warm_up_ns, b->warm_up_ns);
    assert_int_equal(a->drain_ns, b->drain_ns);
    assert_int_equal(a->heal, b->heal);
    assert_int_equal(a->window_ns, b->window_ns);
    assert_int_equal(a->deadline_ns, b->deadline_ns);
    assert_int_equal(a->threshold_ppm, b->threshold_ppm);
    assert_variates_equal(&a->cpu, &b->cpu);
    assert_variates_equal(&a->disk_append, &b->disk_append);
    assert_variates_equal(&a->disk_fsync, &b->disk_fsync);
    assert_int_equal(a->disk_bandwidth, b->disk_bandwidth);
    assert_variates_equal(&a->latency, &b->latency);
    assert_int_equal(a->bandwidth, b->bandwidth);
    assert_int_equal(a->loss_ppm, b->loss_ppm);
    assert_int_equal(a->partition_handling, b->partition_handling);
    assert_int_equal(a->detector_ns, b->detector_ns);
    assert_int_equal(a->client_detector_ns, b->client_detector_ns);
    assert_int_equal(a->check.given, b->check.given);
    const uint32_t bounds[2][13] = {
        {a->check.messages, a->check.crashes, a->check.restarts, a->check.disconnects, a->check.timeouts,
         a->check.power_losses, a->check.states_max_millions, a->check.properties, a->check.suspicions,
         a->check.settled, a->check.reconnects_bounded, a->check.reconnects, a->check.ticks},
        {b->check.messages, b->check.crashes, b->check.restarts, b->check.disconnects, b->check.timeouts,
         b->check.power_losses, b->check.states_max_millions, b->check.properties, b->check.suspicions,
         b->check.settled, b->check.reconnects_bounded, b->check.reconnects, b->check.ticks},
    };
    assert_memory_equal(bounds[0], bounds[1], sizeof bounds[0]);
}

static inline void assert_plans_equal(const struct plan *a, const struct plan *b)
{
    assert_heads_equal(a, b);
    assert_int_equal(a->node_count, b->node_count);
    for (uint32_t i = 0; i < a->node_count; i++)
        assert_string_equal(a->nodes[i].name, b->nodes[i].name);
    assert_int_equal(a->queue_count, b->queue_count);
    for (uint32_t i = 0; i < a->queue_count; i++)
        assert_queues_equal(&a->queues[i], &b->queues[i]);
    assert_int_equal(a->producer_count, b->producer_count);
    for (uint32_t i = 0; i < a->producer_count; i++)
        assert_producers_equal(&a->producers[i], &b->producers[i]);
    assert_int_equal(a->consumer_count, b->consumer_count);
    for (uint32_t i = 0; i < a->consumer_count; i++)
        assert_consumers_equal(&a->consumers[i], &b->consumers[i]);
    assert_int_equal(a->fault_count, b->fault_count);
    for (uint32_t i = 0; i < a->fault_count; i++)
        assert_faults_equal(&a->faults[i], &b->faults[i]);
    assert_int_equal(a->expectation_count, b->expectation_count);
    for (uint32_t i = 0; i < a->expectation_count; i++)
        assert_expectations_equal(&a->expectations[i], &b->expectations[i]);
}

#endif
