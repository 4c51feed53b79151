/* Follows every message of a run through its history and adds up the measures. Integers throughout, in the order of
 * events; ratios and seconds are formed once, at the end.
 *
 * Messages attempted during the warm-up are followed (nothing is lost silently: the counts are of the whole run), but
 * latency, availability and throughput begin after it. */
#include "analysis/recorder.h"
#include "models/base/units.h"

struct recorder *recorder_new(const struct plan *plan, uint32_t nodes, uint32_t clients)
{
    struct recorder *recorder = g_new0(struct recorder, 1);
    recorder->plan = plan;
    recorder->nodes = nodes;
    recorder->clients = clients;
    recorder->producers = g_new0(struct producer_record, clients + 1);
    recorder->queues = g_new0(struct queue_length, plan->queue_count + 1);
    recorder->completed_by = g_new0(uint64_t, clients + 1);
    for (uint32_t group = 0, client = 0; group < plan->producer_count; group++)
        for (uint32_t member = 0; member < plan->producers[group].count; member++)
            recorder->producers[client++].unasked = !plan->producers[group].confirms;
    recorder->fault_active = g_new0(uint64_t, plan->fault_count + 1);
    for (int kind = 0; kind < LATENCY_KINDS; kind++)
        recorder->latency[kind] = histogram_new();
    for (int kind = 0; kind < WITNESSES; kind++)
        recorder->witness[kind].time_ns = NS_NEVER;
    recorder->publish = availability_new(plan->window_ns, plan->threshold_ppm);
    recorder->delivery = availability_new(plan->window_ns, plan->threshold_ppm);
    return recorder;
}

void recorder_free(struct recorder *recorder)
{
    if (recorder == NULL)
        return;
    for (uint32_t client = 0; client < recorder->clients; client++)
        ledger_free(recorder->producers[client].ledger);
    for (int kind = 0; kind < LATENCY_KINDS; kind++)
        histogram_free(recorder->latency[kind]);
    availability_free(recorder->publish);
    availability_free(recorder->delivery);
    g_free(recorder->producers);
    g_free(recorder->queues);
    g_free(recorder->completed_by);
    g_free(recorder->fault_active);
    g_free(recorder);
}

static struct producer_record *recorder_producer(struct recorder *recorder, const struct message *message)
{
    uint32_t client = message->producer - recorder->nodes;
    if (message->producer < recorder->nodes || client >= recorder->clients)
        return NULL;
    struct producer_record *producer = &recorder->producers[client];
    if (producer->ledger == NULL)
        producer->ledger = ledger_new();
    return producer;
}

static void recorder_in_system(struct recorder *recorder, int64_t now_ns, int change)
{
    recorder->in_system_integral += (int128)recorder->in_system * (now_ns - recorder->in_system_since_ns);
    recorder->in_system_since_ns = now_ns;
    recorder->in_system += (uint64_t)(int64_t)change;
}

static void recorder_witness(struct recorder *recorder, enum witness_kind kind, int64_t time_ns,
                             const struct message *message)
{
    if (recorder->witness[kind].time_ns == NS_NEVER)
        recorder->witness[kind] = (struct witness){.time_ns = time_ns, .message = *message};
}

static void recorder_latency(struct recorder *recorder, enum latency_kind kind, int64_t latency_ns, int64_t intended_ns,
                             const struct message *message)
{
    histogram_add(recorder->latency[kind], latency_ns);
    struct witness *slowest = &recorder->witness[WITNESS_SLOWEST + kind];
    if (slowest->time_ns == NS_NEVER || latency_ns > recorder->slowest_ns[kind]) {
        recorder->slowest_ns[kind] = latency_ns;
        *slowest = (struct witness){.time_ns = intended_ns, .message = *message};
    }
}

static bool recorder_counts(const struct recorder *recorder, int64_t intended_ns)
{
    return intended_ns >= recorder->plan->warm_up_ns;
}

static void recorder_attempted(struct recorder *recorder, int64_t now_ns, const struct observation *seen)
{
    struct producer_record *producer = recorder_producer(recorder, &seen->message);
    struct ledger_entry *entry = ledger_attempt(producer->ledger, seen->message.sequence);
    *entry = (struct ledger_entry){.intended_ns = now_ns, .flags = LEDGER_ATTEMPTED};
    if (producer->unasked)
        entry->flags |= LEDGER_UNASKED;
    if (recorder->faults_active > 0)
        entry->flags |= LEDGER_IN_FAULT;
    recorder->attempted++;
    recorder_in_system(recorder, now_ns, 1);
    if (recorder_counts(recorder, now_ns)) {
        recorder->offered++;
        availability_attempt(recorder->publish, now_ns, recorder->fault_name);
        availability_attempt(recorder->delivery, now_ns, recorder->fault_name);
    }
}

static void recorder_answered(struct recorder *recorder, int64_t now_ns, const struct observation *seen)
{
    struct producer_record *producer = recorder_producer(recorder, &seen->message);
    struct ledger_entry *entry = ledger_find(producer->ledger, seen->message.sequence);
    if (entry == NULL || (entry->flags & (LEDGER_ACKNOWLEDGED | LEDGER_REJECTED)) != 0)
        return;
    if ((seen->flags & FRAME_NEGATIVE) != 0) {
        entry->flags |= LEDGER_REJECTED;
        recorder->rejected++;
        recorder_witness(recorder, WITNESS_REJECTED, now_ns, &seen->message);
        return;
    }
    entry->flags |= LEDGER_ACKNOWLEDGED;
    recorder->acknowledged++;
    if (!recorder_counts(recorder, entry->intended_ns))
        return;
    int64_t latency_ns = now_ns - entry->intended_ns;
    recorder_latency(recorder, LATENCY_CONFIRM, latency_ns, entry->intended_ns, &seen->message);
    recorder_latency(recorder, (entry->flags & LEDGER_IN_FAULT) != 0 ? LATENCY_FAULTS : LATENCY_OTHERWISE, latency_ns,
                     entry->intended_ns, &seen->message);
    if (latency_ns <= recorder->plan->deadline_ns)
        availability_success(recorder->publish, entry->intended_ns);
    if (now_ns <= recorder->plan->duration_ns)
        recorder->confirmed_in_load++;
}

static void recorder_delivered(struct recorder *recorder, int64_t now_ns, const struct observation *seen)
{
    struct producer_record *producer = recorder_producer(recorder, &seen->message);
    if (producer == NULL || seen->message.sequence == 0 ||
        seen->message.sequence > ledger_attempted(producer->ledger)) {
        recorder->unexpected++;
        recorder_witness(recorder, WITNESS_UNEXPECTED, now_ns, &seen->message);
        return;
    }
    struct ledger_entry *entry = ledger_find(producer->ledger, seen->message.sequence);
    if (entry == NULL || (entry->flags & LEDGER_DELIVERED) != 0)
        return; /* again */
    entry->flags |= LEDGER_DELIVERED;
    recorder->delivered++;
    if (seen->message.sequence < producer->delivered_max) {
        recorder->reordered++;
        recorder_witness(recorder, WITNESS_REORDERED, now_ns, &seen->message);
    }
    producer->delivered_max = MAX(producer->delivered_max, seen->message.sequence);
    if (!recorder_counts(recorder, entry->intended_ns))
        return;
    int64_t latency_ns = now_ns - entry->intended_ns;
    recorder_latency(recorder, LATENCY_DELIVERY, latency_ns, entry->intended_ns, &seen->message);
    if (latency_ns <= recorder->plan->deadline_ns)
        availability_success(recorder->delivery, entry->intended_ns);
}

static void recorder_completed(struct recorder *recorder, int64_t now_ns, const struct observation *seen)
{
    struct producer_record *producer = recorder_producer(recorder, &seen->message);
    struct ledger_entry *entry = producer == NULL ? NULL : ledger_find(producer->ledger, seen->message.sequence);
    if (seen->actor >= recorder->nodes && seen->actor < recorder->nodes + recorder->clients)
        recorder->completed_by[seen->actor - recorder->nodes]++;
    if (entry == NULL || (entry->flags & LEDGER_COMPLETED) != 0) {
        recorder->duplicated++;
        recorder_witness(recorder, WITNESS_DUPLICATED, now_ns, &seen->message);
        return;
    }
    entry->flags |= LEDGER_COMPLETED;
    recorder->consumed++;
    recorder_in_system(recorder, now_ns, -1);
    recorder->completion_sum_ns += now_ns - entry->intended_ns;
    if (seen->message.sequence < producer->completed_max) {
        recorder->reordered_completion++;
        recorder_witness(recorder, WITNESS_REORDERED_COMPLETION, now_ns, &seen->message);
    }
    producer->completed_max = MAX(producer->completed_max, seen->message.sequence);
    if (recorder_counts(recorder, entry->intended_ns)) {
        recorder_latency(recorder, LATENCY_COMPLETION, now_ns - entry->intended_ns, entry->intended_ns, &seen->message);
        if (now_ns <= recorder->plan->duration_ns)
            recorder->consumed_in_load++;
    }
    ledger_sweep(producer->ledger);
}

static void recorder_queue(struct recorder *recorder, int64_t now_ns, const struct observation *seen)
{
    if (seen->queue >= recorder->plan->queue_count)
        return;
    struct queue_length *queue = &recorder->queues[seen->queue];
    queue->ready_integral += (int128)queue->ready * (now_ns - queue->since_ns);
    queue->unacked_integral += (int128)queue->unacked * (now_ns - queue->since_ns);
    queue->since_ns = now_ns;
    queue->ready = seen->value;
    queue->unacked = seen->tag;
    queue->ready_max = MAX(queue->ready_max, seen->value);
    queue->unacked_max = MAX(queue->unacked_max, seen->tag);
}

/* A node has the message in its queue, or no longer. */
static void recorder_held(struct recorder *recorder, const struct observation *seen, bool held)
{
    struct producer_record *producer = recorder_producer(recorder, &seen->message);
    struct ledger_entry *entry = producer == NULL ? NULL : ledger_find(producer->ledger, seen->message.sequence);
    if (entry == NULL)
        return;
    uint32_t node = UINT32_C(1) << seen->actor % 32;
    entry->held_by = held ? entry->held_by | node : entry->held_by & ~node;
    if (held)
        entry->position = MAX(entry->position, seen->position);
}

static void recorder_crash_message(void *context, uint64_t sequence, struct ledger_entry *entry)
{
    (void)sequence;
    const struct observation *crash = context;
    if (entry->position == 0 || entry->position > crash->position)
        entry->held_by &= ~(UINT32_C(1) << crash->actor % 32);
}

/* What lay in the node's memory alone, or beyond the end of the log that survived, is held there no longer. */
static void recorder_crashed(struct recorder *recorder, const struct observation *seen)
{
    struct observation crash = *seen;
    for (uint32_t client = 0; client < recorder->clients; client++)
        if (recorder->producers[client].ledger != NULL)
            ledger_foreach_open(recorder->producers[client].ledger, recorder_crash_message, &crash);
}

static void recorder_observed(struct recorder *recorder, int64_t now_ns, const struct observation *seen)
{
    switch (seen->kind) {
    case OBSERVE_ATTEMPTED:
        recorder_attempted(recorder, now_ns, seen);
        break;
    case OBSERVE_ANSWERED:
        recorder_answered(recorder, now_ns, seen);
        break;
    case OBSERVE_DELIVERED:
        recorder_delivered(recorder, now_ns, seen);
        break;
    case OBSERVE_COMPLETED:
        recorder_completed(recorder, now_ns, seen);
        break;
    case OBSERVE_RETURNED:
        recorder->returned++;
        recorder_witness(recorder, WITNESS_RETURNED, now_ns, &seen->message);
        break;
    case OBSERVE_APPENDED:
    case OBSERVE_RECOVERED:
    case OBSERVE_MOVED:
        recorder_held(recorder, seen, true);
        break;
    case OBSERVE_SETTLED:
    case OBSERVE_DROPPED:
        recorder_held(recorder, seen, false);
        break;
    case OBSERVE_CRASHED:
        recorder_crashed(recorder, seen);
        break;
    case OBSERVE_QUEUE:
        recorder_queue(recorder, now_ns, seen);
        break;
    default:
        break;
    }
}

void recorder_sink(void *context, const struct history_event *event)
{
    struct recorder *recorder = context;
    switch (event->kind) {
    case HISTORY_OBSERVED:
        recorder_observed(recorder, event->time_ns, event->observation);
        break;
    case HISTORY_FAULT_BEGINS:
        if (recorder->fault_active[event->fault]++ == 0)
            recorder->faults_active++;
        recorder->fault_name = recorder->plan->faults[event->fault].name;
        break;
    case HISTORY_FAULT_ENDS:
        if (recorder->fault_active[event->fault] > 0 && --recorder->fault_active[event->fault] == 0 &&
            --recorder->faults_active == 0)
            recorder->fault_name = NULL;
        break;
    case HISTORY_PHASE:
        if (event->value == PHASE_END)
            recorder->end_ns = event->time_ns;
        break;
    case HISTORY_BREACH:
    case HISTORY_FAULT_SKIPPED:
        break;
    }
}
