/* Follows every message of a run through its history and adds up the measures. Integers throughout, in the order of
 * events; ratios and seconds are formed once, at the end.
 *
 * Messages attempted during the warm-up are followed (nothing is lost silently: the counts are of the whole run), but
 * latency, availability and throughput begin after it. */
#include <math.h>
#include <string.h>

#include "analysis/availability.h"
#include "analysis/histogram.h"
#include "analysis/ledger.h"
#include "analysis/measures.h"
#include "models/base/units.h"

__extension__ typedef __int128 int128;

enum latency_kind {
    LATENCY_CONFIRM,
    LATENCY_DELIVERY,
    LATENCY_COMPLETION,
    LATENCY_FAULTS,
    LATENCY_OTHERWISE,
    LATENCY_KINDS
};
static const char *const latency_names[LATENCY_KINDS] = {"confirm", "delivery", "completion", "confirm_during_faults",
                                                         "confirm_otherwise"};

struct queue_length {
    uint64_t ready, unacked, ready_max, unacked_max;
    int64_t since_ns;
    int128 ready_integral, unacked_integral; /* messages x ns */
};

struct producer_record {
    struct ledger *ledger;
    uint64_t delivered_max, completed_max; /* highest sequences so far */
    bool unasked;                          /* asks for no confirms */
};

struct recorder {
    const struct plan *plan;
    uint32_t nodes, clients;
    struct producer_record *producers; /* by client; consumers' stay empty */
    struct queue_length *queues;
    struct histogram *latency[LATENCY_KINDS];
    struct availability *publish, *delivery;
    uint64_t attempted, acknowledged, rejected, delivered, consumed, duplicated, reordered, reordered_completion,
        unexpected, returned;
    uint64_t offered, confirmed_in_load, consumed_in_load; /* after the warm-up, within the load phase */
    uint64_t *completed_by; /* by client; producers' stay 0 */
    uint64_t in_system;
    int64_t in_system_since_ns;
    int128 in_system_integral;
    int128 completion_sum_ns; /* of every message, the warm-up's too: Little's law in whole nanoseconds */
    uint64_t *fault_active;   /* targets under each fault */
    uint32_t faults_active;
    const char *fault_name;   /* the latest one that began, while any is under way */
    int64_t end_ns;
};

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
        return;
    }
    entry->flags |= LEDGER_ACKNOWLEDGED;
    recorder->acknowledged++;
    if (!recorder_counts(recorder, entry->intended_ns))
        return;
    int64_t latency_ns = now_ns - entry->intended_ns;
    histogram_add(recorder->latency[LATENCY_CONFIRM], latency_ns);
    histogram_add(recorder->latency[(entry->flags & LEDGER_IN_FAULT) != 0 ? LATENCY_FAULTS : LATENCY_OTHERWISE],
                  latency_ns);
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
        return;
    }
    struct ledger_entry *entry = ledger_find(producer->ledger, seen->message.sequence);
    if (entry == NULL || (entry->flags & LEDGER_DELIVERED) != 0)
        return; /* again */
    entry->flags |= LEDGER_DELIVERED;
    recorder->delivered++;
    if (seen->message.sequence < producer->delivered_max)
        recorder->reordered++;
    producer->delivered_max = MAX(producer->delivered_max, seen->message.sequence);
    if (!recorder_counts(recorder, entry->intended_ns))
        return;
    int64_t latency_ns = now_ns - entry->intended_ns;
    histogram_add(recorder->latency[LATENCY_DELIVERY], latency_ns);
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
        return;
    }
    entry->flags |= LEDGER_COMPLETED;
    recorder->consumed++;
    recorder_in_system(recorder, now_ns, -1);
    recorder->completion_sum_ns += now_ns - entry->intended_ns;
    if (seen->message.sequence < producer->completed_max)
        recorder->reordered_completion++;
    producer->completed_max = MAX(producer->completed_max, seen->message.sequence);
    if (recorder_counts(recorder, entry->intended_ns)) {
        histogram_add(recorder->latency[LATENCY_COMPLETION], now_ns - entry->intended_ns);
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

/* ---- the list of measures ---- */

static void measures_add(struct measures *measures, char *path, enum measure_kind kind, double value)
{
    struct measure measure = {
        .path = path, .kind = isnan(value) ? MEASURE_NULL : kind, .value = isnan(value) ? 0 : value};
    g_array_append_val(measures->list, measure);
    g_hash_table_insert(measures->by_path, path, GUINT_TO_POINTER(measures->list->len));
}

/* "queues.orders.length_mean"; a name that is not plain stands in quotes. */
static char *measures_path(const char *kind, const char *name, const char *measure)
{
    bool plain = name[strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-")] == '\0';
    return g_strdup_printf(plain ? "%s.%s.%s" : "%s.\"%s\".%s", kind, name, measure);
}

static void measures_count(struct measures *measures, const char *path, uint64_t count)
{
    measures_add(measures, g_strdup(path), MEASURE_COUNT, (double)count);
    g_array_index(measures->list, struct measure, measures->list->len - 1).count = count;
}

struct open_messages {
    uint64_t unanswered, undelivered_acknowledged, delivered_unacknowledged, undelivered_other;
};

static void recorder_open_message(void *context, uint64_t sequence, const struct ledger_entry *entry)
{
    (void)sequence;
    struct open_messages *open = context;
    bool acknowledged = (entry->flags & LEDGER_ACKNOWLEDGED) != 0;
    bool delivered = (entry->flags & LEDGER_DELIVERED) != 0;
    if ((entry->flags & (LEDGER_ACKNOWLEDGED | LEDGER_REJECTED)) == 0)
        open->unanswered++;
    if (acknowledged && !delivered)
        open->undelivered_acknowledged++;
    if (!acknowledged && delivered)
        open->delivered_unacknowledged++;
}

static void measures_messages(struct measures *measures, struct recorder *recorder)
{
    struct open_messages open = {0};
    for (uint32_t client = 0; client < recorder->clients; client++)
        if (recorder->producers[client].ledger != NULL)
            ledger_foreach_open(recorder->producers[client].ledger, recorder_open_message, &open);
    uint64_t kept = 0;
    for (uint32_t queue = 0; queue < recorder->plan->queue_count; queue++)
        kept += recorder->queues[queue].ready;
    kept = MIN(kept, open.undelivered_acknowledged);
    uint64_t lost = open.undelivered_acknowledged - kept;
    /* delivered = acknowledged - lost - kept + recovered, by definition of the sets */
    uint64_t recovered = recorder->delivered - (recorder->acknowledged - open.undelivered_acknowledged);
    measures_count(measures, "messages.attempted", recorder->attempted);
    measures_count(measures, "messages.acknowledged", recorder->acknowledged);
    measures_count(measures, "messages.rejected", recorder->rejected);
    measures_count(measures, "messages.unanswered", recorder->attempted - recorder->acknowledged - recorder->rejected);
    measures_count(measures, "messages.delivered", recorder->delivered);
    measures_count(measures, "messages.consumed", recorder->consumed);
    measures_count(measures, "messages.lost", lost);
    measures_count(measures, "messages.kept", kept);
    measures_count(measures, "messages.missing", recorder->attempted - recorder->delivered);
    measures_count(measures, "messages.recovered", recovered);
    measures_count(measures, "messages.duplicated", recorder->duplicated);
    measures_count(measures, "messages.reordered", recorder->reordered);
    measures_count(measures, "messages.reordered_completion", recorder->reordered_completion);
    measures_count(measures, "messages.unexpected", recorder->unexpected);
    measures_count(measures, "messages.returned", recorder->returned);
    double attempted = (double)recorder->attempted;
    measures_add(measures, g_strdup("error_rate.publish"), MEASURE_SHARE,
                 recorder->attempted == 0 ? NAN : 1 - (double)recorder->acknowledged / attempted);
    measures_add(measures, g_strdup("error_rate.delivery"), MEASURE_SHARE,
                 recorder->attempted == 0 ? NAN : 1 - (double)recorder->delivered / attempted);
}

static void measures_availability(struct measures *measures, const char *side, const struct availability *availability,
                                  GArray **ret_outages)
{
    struct availability_report report;
    availability_judge(availability, &report);
    const struct {
        const char *name;
        enum measure_kind kind;
        double value;
    } rows[] = {{"requests", MEASURE_SHARE, report.requests},
                {"time", MEASURE_SHARE, report.time},
                {"windowed.1s", MEASURE_SHARE, report.worst_second},
                {"windowed.1m", MEASURE_SHARE, report.worst_minute},
                {"windowed.1h", MEASURE_SHARE, report.worst_hour},
                {"nines", MEASURE_NUMBER, report.nines},
                {"mttf", MEASURE_SECONDS, report.mttf_s},
                {"mttr", MEASURE_SECONDS, report.mttr_s},
                {"max_outage", MEASURE_SECONDS, report.attempted == 0 ? NAN : report.max_outage_s}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        measures_add(measures, g_strdup_printf("availability.%s.%s", side, rows[i].name), rows[i].kind, rows[i].value);
    *ret_outages = report.outages;
}

static void measures_latency(struct measures *measures, const char *name, const struct histogram *histogram)
{
    const struct {
        const char *name;
        uint32_t per_100k;
    } percentiles[] = {{"p50", 50000}, {"p75", 75000},  {"p90", 90000},
                       {"p99", 99000}, {"p999", 99900}, {"p9999", 99990}};
    g_autofree char *count = g_strdup_printf("latency.%s.count", name);
    bool empty = histogram_count(histogram) == 0;
    measures_count(measures, count, histogram_count(histogram));
    measures_add(measures, g_strdup_printf("latency.%s.mean", name), MEASURE_SECONDS,
                 empty ? NAN : histogram_mean_ns(histogram) / (double)NS_PER_S);
    for (size_t i = 0; i < G_N_ELEMENTS(percentiles); i++)
        measures_add(measures, g_strdup_printf("latency.%s.%s", name, percentiles[i].name), MEASURE_SECONDS,
                     empty ? NAN
                           : (double)histogram_percentile_ns(histogram, percentiles[i].per_100k) / (double)NS_PER_S);
    measures_add(measures, g_strdup_printf("latency.%s.max", name), MEASURE_SECONDS,
                 empty ? NAN : (double)histogram_max_ns(histogram) / (double)NS_PER_S);
}

static void measures_queue(struct measures *measures, const struct queue_length *queue, const char *name,
                           int64_t end_ns)
{
    double whole_ns = (double)MAX(end_ns, 1);
    int128 ready = queue->ready_integral + (int128)queue->ready * (end_ns - queue->since_ns);
    int128 unacked = queue->unacked_integral + (int128)queue->unacked * (end_ns - queue->since_ns);
    const struct {
        const char *name;
        uint64_t count;
    } most[] = {{"length_max", queue->ready_max}, {"unacked_max", queue->unacked_max}};
    measures_add(measures, measures_path("queues", name, "length_mean"), MEASURE_NUMBER, (double)ready / whole_ns);
    measures_add(measures, measures_path("queues", name, "in_system_mean"), MEASURE_NUMBER,
                 (double)(ready + unacked) / whole_ns);
    for (size_t i = 0; i < G_N_ELEMENTS(most); i++) {
        g_autofree char *path = measures_path("queues", name, most[i].name);
        measures_count(measures, path, most[i].count);
    }
}

/* How evenly the members of a group were loaded: Jain's index is 1 when all did as much, 1/n when one did all. */
static void measures_consumer(struct measures *measures, const uint64_t *completed, uint32_t members, const char *name)
{
    double sum = 0, squares = 0, most = 0;
    for (uint32_t member = 0; member < members; member++) {
        double share = (double)completed[member];
        sum += share;
        squares += share * share;
        most = MAX(most, share);
    }
    measures_add(measures, measures_path("consumers", name, "share_max_over_mean"), MEASURE_NUMBER,
                 sum <= 0 ? NAN : most * members / sum);
    measures_add(measures, measures_path("consumers", name, "jain"), MEASURE_NUMBER,
                 sum <= 0 ? NAN : sum * sum / (members * squares));
}

static void measures_groups(struct measures *measures, const struct recorder *recorder)
{
    const struct plan *plan = recorder->plan;
    for (uint32_t queue = 0; queue < plan->queue_count; queue++)
        measures_queue(measures, &recorder->queues[queue], plan->queues[queue].name, recorder->end_ns);
    uint32_t client = 0;
    for (uint32_t group = 0; group < plan->producer_count; group++)
        client += plan->producers[group].count;
    for (uint32_t group = 0; group < plan->consumer_count; group++) {
        const struct plan_consumer *consumer = &plan->consumers[group];
        measures_consumer(measures, &recorder->completed_by[client], consumer->count, consumer->name);
        client += consumer->count;
    }
}

static void measures_system(struct measures *measures, const struct recorder *recorder)
{
    double in_system = (double)(recorder->in_system_integral +
                                (int128)recorder->in_system * (recorder->end_ns - recorder->in_system_since_ns));
    measures_add(measures, g_strdup("system.length_mean"), MEASURE_NUMBER,
                 in_system / (double)MAX(recorder->end_ns, 1));
    /* Little's law over a run that ends empty holds exactly: both sides are the same sum of whole nanoseconds */
    measures_add(measures, g_strdup("system.little_error"), MEASURE_NUMBER,
                 recorder->in_system != 0 || in_system <= 0
                     ? NAN
                     : fabs((double)(recorder->in_system_integral - recorder->completion_sum_ns)) / in_system);
}

static void measures_throughput(struct measures *measures, const struct recorder *recorder)
{
    double load_s = (double)(recorder->plan->duration_ns - recorder->plan->warm_up_ns) / (double)NS_PER_S;
    measures_add(measures, g_strdup("throughput.offered"), MEASURE_NUMBER, (double)recorder->offered / load_s);
    measures_add(measures, g_strdup("throughput.confirmed"), MEASURE_NUMBER,
                 (double)recorder->confirmed_in_load / load_s);
    measures_add(measures, g_strdup("throughput.consumed"), MEASURE_NUMBER,
                 (double)recorder->consumed_in_load / load_s);
}

static void measures_cost(struct measures *measures, const struct recorder *recorder,
                          const struct history_totals *totals)
{
    measures_count(measures, "cost.frames", totals->frames);
    measures_count(measures, "cost.bytes", totals->frame_bytes);
    measures_count(measures, "cost.fsyncs", totals->fsyncs);
    measures_count(measures, "cost.stored_bytes", totals->stored_bytes);
    measures_add(measures, g_strdup("cost.frames_per_message"), MEASURE_NUMBER,
                 recorder->attempted == 0 ? NAN : (double)totals->frames / (double)recorder->attempted);
}

static void measure_clear(void *measure)
{
    g_free(((struct measure *)measure)->path);
}

struct measures *recorder_measures(struct recorder *recorder, const struct history_totals *totals)
{
    struct measures *measures = g_new0(struct measures, 1);
    measures->list = g_array_new(FALSE, TRUE, sizeof(struct measure));
    g_array_set_clear_func(measures->list, measure_clear);
    measures->by_path = g_hash_table_new(g_str_hash, g_str_equal);
    measures_add(measures, g_strdup("time.simulated"), MEASURE_SECONDS,
                 (double)totals->simulated_ns / (double)NS_PER_S);
    measures_add(measures, g_strdup("time.load"), MEASURE_SECONDS,
                 (double)recorder->plan->duration_ns / (double)NS_PER_S);
    measures_count(measures, "time.events", totals->events);
    measures_messages(measures, recorder);
    measures_availability(measures, "publish", recorder->publish, &measures->publish_outages);
    measures_availability(measures, "delivery", recorder->delivery, &measures->delivery_outages);
    for (int kind = 0; kind < LATENCY_KINDS; kind++)
        measures_latency(measures, latency_names[kind], recorder->latency[kind]);
    measures_throughput(measures, recorder);
    measures_groups(measures, recorder);
    measures_system(measures, recorder);
    measures_cost(measures, recorder, totals);
    return measures;
}

void measures_free(struct measures *measures)
{
    if (measures == NULL)
        return;
    g_hash_table_unref(measures->by_path);
    g_array_unref(measures->list);
    g_array_unref(measures->publish_outages);
    g_array_unref(measures->delivery_outages);
    g_free(measures);
}

const struct measure *measures_find(const struct measures *measures, const char *path)
{
    guint index = GPOINTER_TO_UINT(g_hash_table_lookup(measures->by_path, path));
    return index == 0 ? NULL : &g_array_index(measures->list, struct measure, index - 1);
}
