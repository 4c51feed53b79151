/* See measures.h. What a recorder counted, as a list of measures: ratios and seconds are formed here, once. */
#include <math.h>
#include <string.h>

#include "analysis/recorder.h"

static const char *const latency_names[LATENCY_KINDS] = {"confirm", "delivery", "completion", "confirm_during_faults",
                                                         "confirm_otherwise"};

void measures_add(struct measures *measures, char *path, enum measure_kind kind, double value)
{
    struct measure measure = {
        .path = path, .kind = isnan(value) ? MEASURE_NULL : kind, .value = isnan(value) ? 0 : value};
    g_array_append_val(measures->list, measure);
    g_hash_table_insert(measures->by_path, path, GUINT_TO_POINTER(measures->list->len));
}

/* "queues.orders.length_mean"; a name that is not plain stands in quotes. */
char *measures_path(const char *kind, const char *name, const char *measure)
{
    bool plain = name[strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-")] == '\0';
    return g_strdup_printf(plain ? "%s.%s.%s" : "%s.\"%s\".%s", kind, name, measure);
}

void measures_count(struct measures *measures, const char *path, uint64_t count)
{
    measures_add(measures, g_strdup(path), MEASURE_COUNT, (double)count);
    g_array_index(measures->list, struct measure, measures->list->len - 1).count = count;
}

void measures_count_if(struct measures *measures, const char *path, bool applies, uint64_t count)
{
    if (applies)
        measures_count(measures, path, count);
    else
        measures_add(measures, g_strdup(path), MEASURE_COUNT, NAN);
}

/* What became of messages that are still open at the end. */
struct open_messages {
    struct recorder *recorder;
    uint32_t producer; /* actor */
    uint16_t serving;  /* nodes that may still serve what they hold */
    uint64_t lost, kept, unprocessed;
};

static void open_witness(struct open_messages *open, enum witness_kind kind, uint64_t sequence,
                         const struct ledger_entry *entry)
{
    struct witness *witness = &open->recorder->witness[kind];
    if (entry->intended_ns < witness->time_ns)
        *witness = (struct witness){.time_ns = entry->intended_ns,
                                    .message = {.producer = (uint16_t)open->producer, .sequence = sequence}};
}

static void open_message(void *context, uint64_t sequence, struct ledger_entry *entry)
{
    struct open_messages *open = context;
    bool acknowledged = (entry->flags & LEDGER_ACKNOWLEDGED) != 0;
    bool delivered = (entry->flags & LEDGER_DELIVERED) != 0;
    bool held = (entry->held_by & open->serving) != 0;
    bool kept = acknowledged && !delivered && held;
    bool lost = acknowledged && !delivered && !held;
    bool unprocessed = delivered && (entry->flags & LEDGER_COMPLETED) == 0 && !held;
    open->kept += kept;
    open->lost += lost;
    open->unprocessed += unprocessed;
    const struct {
        enum witness_kind kind;
        bool shown;
    } rows[] = {{WITNESS_UNANSWERED, (entry->flags & (LEDGER_ACKNOWLEDGED | LEDGER_REJECTED)) == 0},
                {WITNESS_LOST, lost},
                {WITNESS_KEPT, kept},
                {WITNESS_MISSING, !delivered},
                {WITNESS_RECOVERED, delivered && !acknowledged},
                {WITNESS_UNPROCESSED, unprocessed}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].shown)
            open_witness(open, rows[i].kind, sequence, entry);
}

/* Who is not in the in-sync set of a passive queue's newest view may not serve what it holds. */
static uint16_t recorder_serving(const struct recorder *recorder, uint32_t queue)
{
    bool passive = queue < recorder->plan->queue_count &&
                   recorder->plan->queues[queue].replication == REPLICATION_PASSIVE;
    return passive && recorder->watches[queue].epoch != 0 ? recorder->watches[queue].in_sync : UINT16_MAX;
}

static void measures_messages(struct measures *measures, struct recorder *recorder)
{
    struct open_messages open = {.recorder = recorder};
    for (uint32_t client = 0; client < recorder->clients; client++) {
        open.producer = recorder->nodes + client;
        open.serving = recorder_serving(recorder, recorder->producers[client].queue);
        if (recorder->producers[client].ledger != NULL)
            ledger_foreach_open(recorder->producers[client].ledger, open_message, &open);
    }
    /* delivered = acknowledged - lost - kept + recovered, by definition of the sets */
    uint64_t recovered = recorder->delivered - (recorder->acknowledged - open.lost - open.kept);
    measures_count(measures, "messages.attempted", recorder->attempted);
    measures_count(measures, "messages.acknowledged", recorder->acknowledged);
    measures_count(measures, "messages.rejected", recorder->rejected);
    measures_count(measures, "messages.unanswered", recorder->attempted - recorder->acknowledged - recorder->rejected);
    measures_count(measures, "messages.delivered", recorder->delivered);
    measures_count(measures, "messages.consumed", recorder->consumed);
    measures_count(measures, "messages.lost", open.lost);
    measures_count(measures, "messages.kept", open.kept);
    measures_count(measures, "messages.missing", recorder->attempted - recorder->delivered);
    measures_count(measures, "messages.recovered", recovered);
    measures_count(measures, "messages.unprocessed", open.unprocessed);
    measures_count(measures, "messages.duplicated", recorder->duplicated);
    measures_count(measures, "messages.reordered", recorder->reordered);
    measures_count(measures, "messages.reordered_completion", recorder->reordered_completion);
    measures_count(measures, "messages.unexpected", recorder->unexpected);
    measures_count(measures, "messages.returned", recorder->returned);
    double attempted = (double)recorder->attempted;
    measures_add(measures, g_strdup("error_rate.publish"), MEASURE_SHARE,
                 recorder->asked == 0 ? NAN : 1 - (double)recorder->acknowledged / (double)recorder->asked);
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
    int128 held = queue->held_integral + (int128)queue->held * (end_ns - queue->since_ns);
    const struct {
        const char *name;
        uint64_t count;
    } most[] = {{"length_max", queue->ready_max}, {"unacked_max", queue->unacked_max}};
    measures_add(measures, measures_path("queues", name, "length_mean"), MEASURE_NUMBER, (double)ready / whole_ns);
    measures_add(measures, measures_path("queues", name, "in_system_mean"), MEASURE_NUMBER, (double)held / whole_ns);
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
    for (uint32_t queue = 0; queue < plan->queue_count; queue++) {
        measures_queue(measures, &recorder->queues[queue], plan->queues[queue].name, recorder->end_ns);
        measures_replicas(measures, recorder, queue);
    }
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
    measures_add(measures, g_strdup("cost.heartbeat_share"), MEASURE_SHARE,
                 totals->frames == 0 ? NAN : (double)totals->heartbeats / (double)totals->frames);
}

static void witness_add(struct measures *measures, char *path, const struct witness *witness)
{
    if (witness->time_ns == NS_NEVER)
        g_free(path);
    else
        g_hash_table_insert(measures->witnesses, path, g_memdup2(witness, sizeof *witness));
}

/* The beginning of the longest outage. */
static void witness_outage(struct measures *measures, const char *side, const GArray *outages)
{
    struct witness witness = {.time_ns = NS_NEVER};
    int64_t longest_ns = -1;
    for (guint i = 0; i < outages->len; i++) {
        const struct outage *outage = &g_array_index(outages, struct outage, i);
        if (outage->end_ns - outage->start_ns > longest_ns) {
            longest_ns = outage->end_ns - outage->start_ns;
            witness.time_ns = outage->start_ns;
        }
    }
    witness_add(measures, g_strdup_printf("availability.%s", side), &witness);
}

static void measures_witnesses(struct measures *measures, const struct recorder *recorder)
{
    static const char *const names[WITNESS_SLOWEST] = {
        [WITNESS_REJECTED] = "rejected",
        [WITNESS_DUPLICATED] = "duplicated",
        [WITNESS_REORDERED] = "reordered",
        [WITNESS_REORDERED_COMPLETION] = "reordered_completion",
        [WITNESS_UNEXPECTED] = "unexpected",
        [WITNESS_RETURNED] = "returned",
        [WITNESS_UNANSWERED] = "unanswered",
        [WITNESS_LOST] = "lost",
        [WITNESS_KEPT] = "kept",
        [WITNESS_MISSING] = "missing",
        [WITNESS_RECOVERED] = "recovered",
        [WITNESS_UNPROCESSED] = "unprocessed",
    };
    for (int kind = 0; kind < WITNESS_SLOWEST; kind++)
        witness_add(measures, g_strdup_printf("messages.%s", names[kind]), &recorder->witness[kind]);
    for (int kind = 0; kind < LATENCY_KINDS; kind++)
        witness_add(measures, g_strdup_printf("latency.%s", latency_names[kind]),
                    &recorder->witness[WITNESS_SLOWEST + kind]);
    witness_outage(measures, "publish", measures->publish_outages);
    witness_outage(measures, "delivery", measures->delivery_outages);
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
    measures->witnesses = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
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
    measures_cluster(measures, recorder);
    measures_witnesses(measures, recorder);
    timeline_end(recorder->timeline, recorder->end_ns, &measures->timeline, &measures->fault_spans);
    return measures;
}

void measures_free(struct measures *measures)
{
    if (measures == NULL)
        return;
    g_hash_table_unref(measures->by_path);
    g_hash_table_unref(measures->witnesses);
    g_array_unref(measures->list);
    g_array_unref(measures->publish_outages);
    g_array_unref(measures->delivery_outages);
    g_array_unref(measures->failovers);
    if (measures->timeline != NULL)
        g_array_unref(measures->timeline);
    if (measures->fault_spans != NULL)
        g_array_unref(measures->fault_spans);
    g_free(measures);
}

const struct measure *measures_find(const struct measures *measures, const char *path)
{
    guint index = GPOINTER_TO_UINT(g_hash_table_lookup(measures->by_path, path));
    return index == 0 ? NULL : &g_array_index(measures->list, struct measure, index - 1);
}

const struct witness *measures_witness(const struct measures *measures, const char *path)
{
    g_autofree char *beginning = g_strdup(path);
    for (;;) {
        const struct witness *witness = g_hash_table_lookup(measures->witnesses, beginning);
        char *dot = strrchr(beginning, '.');
        if (witness != NULL || dot == NULL)
            return witness;
        *dot = '\0';
    }
}
