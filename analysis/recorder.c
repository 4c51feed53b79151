/* Follows every message of a run through its history and adds up the measures. Integers throughout, in the order of
 * events; ratios and seconds are formed once, at the end.
 *
 * Messages attempted during the warm-up are followed (nothing is lost silently: the counts are of the whole run), but
 * latency, availability and throughput begin after it. */
#include "analysis/recorder.h"

static void producer_begin(const struct recorder *recorder, struct producer_record *producer,
                           const struct plan_producer *plan)
{
    producer->unasked = !plan->confirms;
    producer->queue = plan->queue;
    if (plan->queue < recorder->plan->queue_count &&
        recorder->plan->queues[plan->queue].replication == REPLICATION_ACTIVE)
        producer->appended = g_new0(struct intervals, recorder->nodes);
}

static void producer_end(const struct recorder *recorder, struct producer_record *producer)
{
    ledger_free(producer->ledger);
    for (uint32_t node = 0; producer->appended != NULL && node < recorder->nodes; node++)
        intervals_clear(&producer->appended[node]);
    g_free(producer->appended);
}

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
        for (uint32_t member = 0; member < plan->producers[group].count; member++, client++)
            producer_begin(recorder, &recorder->producers[client], &plan->producers[group]);
    recorder->fault_active = g_new0(uint32_t, plan->fault_count + 1);
    recorder->faults_active = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    recorder->watches = g_new0(struct queue_watch, plan->queue_count + 1);
    for (uint32_t queue = 0; queue < plan->queue_count; queue++)
        recorder->watches[queue].noticed_ns = NS_NEVER;
    recorder->hits = g_new0(struct hit, nodes + 1);
    recorder->failovers = g_array_new(FALSE, FALSE, sizeof(struct failover));
    for (int kind = 0; kind < LATENCY_KINDS; kind++)
        recorder->latency[kind] = histogram_new();
    for (int kind = 0; kind < WITNESSES; kind++)
        recorder->witness[kind].time_ns = NS_NEVER;
    recorder->timeline = timeline_new(plan);
    recorder->publish = availability_new(plan->window_ns, plan->threshold_ppm);
    recorder->delivery = availability_new(plan->window_ns, plan->threshold_ppm);
    return recorder;
}

void recorder_free(struct recorder *recorder)
{
    if (recorder == NULL)
        return;
    for (uint32_t client = 0; client < recorder->clients; client++)
        producer_end(recorder, &recorder->producers[client]);
    for (int kind = 0; kind < LATENCY_KINDS; kind++)
        histogram_free(recorder->latency[kind]);
    timeline_free(recorder->timeline);
    availability_free(recorder->publish);
    availability_free(recorder->delivery);
    g_free(recorder->producers);
    g_free(recorder->queues);
    g_free(recorder->completed_by);
    g_free(recorder->fault_active);
    g_array_unref(recorder->faults_active);
    g_free(recorder->watches);
    g_free(recorder->hits);
    g_array_unref(recorder->failovers);
    g_free(recorder);
}

static struct producer_record *recorder_producer(struct recorder *recorder, const struct message *message)
{
    uint32_t client = message->producer - recorder->nodes;
    if (message->producer < recorder->nodes || client >= recorder->clients)
        return NULL;
    struct producer_record *producer = &recorder->producers[client];
    if (producer->ledger == NULL)
        producer->ledger = ledger_new(recorder->nodes);
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

/* It counts from when it came due, and has been in the system since then, however late its producer is. Who asks for no
 * confirms cannot be denied any. */
static void recorder_attempted(struct recorder *recorder, int64_t now_ns, int64_t late_ns,
                               const struct observation *seen)
{
    struct producer_record *producer = recorder_producer(recorder, &seen->message);
    struct ledger_entry *entry = ledger_attempt(producer->ledger, seen->message.sequence);
    entry->intended_ns = now_ns - late_ns;
    entry->flags = LEDGER_ATTEMPTED;
    if (producer->unasked)
        entry->flags |= LEDGER_UNASKED;
    if (recorder->faults_active->len > 0 || late_ns > 0)
        entry->flags |= LEDGER_IN_FAULT;
    recorder->attempted++;
    recorder->asked += !producer->unasked;
    timeline_offered(recorder->timeline, now_ns);
    recorder_in_system(recorder, now_ns, 1);
    recorder->in_system_integral += late_ns;
    if (!recorder_counts(recorder, entry->intended_ns))
        return;
    recorder->offered++;
    if (!producer->unasked)
        availability_attempt(recorder->publish, entry->intended_ns, faults_cause_publishing(recorder));
    availability_attempt(recorder->delivery, entry->intended_ns, faults_cause_delivery(recorder));
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
    timeline_confirmed(recorder->timeline, now_ns, now_ns - entry->intended_ns);
    cluster_confirmed(recorder, now_ns, producer->queue, seen->connection / 2u); /* a slot leads to its node */
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
    timeline_consumed(recorder->timeline, now_ns);
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

static void recorder_appended(struct recorder *recorder, const struct observation *seen)
{
    struct producer_record *producer = recorder_producer(recorder, &seen->message);
    if (producer != NULL && producer->appended != NULL && seen->actor < recorder->nodes)
        intervals_add(&producer->appended[seen->actor], seen->message.sequence);
}

static void recorder_observed(struct recorder *recorder, const struct history_event *event)
{
    const struct observation *seen = event->observation;
    int64_t now_ns = event->time_ns;
    switch (seen->kind) {
    case OBSERVE_ATTEMPTED:
        recorder_attempted(recorder, now_ns, event->late_ns, seen);
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
        recorder_appended(recorder, seen);
        holdings_held(recorder, seen);
        break;
    case OBSERVE_RECOVERED:
    case OBSERVE_MOVED:
        holdings_held(recorder, seen);
        break;
    case OBSERVE_SETTLED:
    case OBSERVE_DROPPED:
    case OBSERVE_DISCARDED:
        holdings_left(recorder, seen);
        break;
    case OBSERVE_RECOVERY_DONE:
        holdings_recovered(recorder, seen);
        break;
    case OBSERVE_CRASHED:
        holdings_crashed(recorder, seen);
        cluster_crashed(recorder, now_ns, seen);
        queue_length_crashed(recorder, now_ns, seen);
        break;
    case OBSERVE_ROLE:
        cluster_role(recorder, now_ns, seen);
        break;
    case OBSERVE_QUEUE:
        queue_length_seen(recorder, now_ns, seen);
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
        recorder_observed(recorder, event);
        break;
    case HISTORY_FAULT_BEGINS:
        faults_begins(recorder, event);
        break;
    case HISTORY_FAULT_ENDS:
        faults_ends(recorder, event);
        break;
    case HISTORY_GAVE_UP:
        cluster_gave_up(recorder, event->time_ns, event);
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
