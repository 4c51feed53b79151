/* The measures of replicas, elections, detectors and failovers. What does not apply is null: no leader changes of a
 * queue without one, no divergence but among active replicas. */
#include <math.h>
#include <string.h>

#include "analysis/recorder.h"

static double seconds(int64_t ns)
{
    return ns == NS_NEVER ? NAN : (double)ns / (double)NS_PER_S;
}

/* Of all its producers: how many messages some replica appended and another never did. */
static uint64_t divergent_messages(const struct recorder *recorder, uint32_t queue)
{
    uint64_t divergent = 0;
    for (uint32_t client = 0; client < recorder->clients; client++) {
        const struct producer_record *producer = &recorder->producers[client];
        if (producer->appended == NULL || producer->queue != queue)
            continue;
        const struct intervals *sets[NODES_MAX];
        uint32_t count = 0;
        for (uint32_t node = 0; node < recorder->nodes; node++)
            if ((recorder->plan->queues[queue].replicas >> node & 1) != 0)
                sets[count++] = &producer->appended[node];
        divergent += intervals_divergent(sets, count);
    }
    return divergent;
}

void measures_replicas(struct measures *measures, const struct recorder *recorder, uint32_t queue)
{
    const struct plan_queue *plan = &recorder->plan->queues[queue];
    const struct queue_watch *watch = &recorder->watches[queue];
    bool passive = plan->replication == REPLICATION_PASSIVE, active = plan->replication == REPLICATION_ACTIVE;
    const struct {
        const char *name;
        bool applies;
        uint64_t count;
    } rows[] = {{"leader_changes", passive, watch->leader_changes},
                {"in_sync_min", passive && watch->epoch != 0, watch->in_sync_min},
                {"divergent_messages", active, active ? divergent_messages(recorder, queue) : 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = measures_path("queues", plan->name, rows[i].name);
        measures_count_if(measures, path, rows[i].applies, rows[i].count);
    }
}

static bool plan_elects(const struct plan *plan)
{
    for (uint32_t queue = 0; queue < plan->queue_count; queue++)
        if (plan->queues[queue].replication == REPLICATION_PASSIVE)
            return true;
    return false;
}

void measures_cluster(struct measures *measures, const struct recorder *recorder)
{
    bool elects = plan_elects(recorder->plan);
    bool detects = elects && recorder->plan->detector_ns > 0;
    uint64_t detections = recorder->detections;
    measures_count_if(measures, "detector.detections", detects, detections);
    measures_add(measures, g_strdup("detector.detection_time.mean"), MEASURE_SECONDS,
                 detections == 0 ? NAN : seconds(recorder->detection_sum_ns) / (double)detections);
    measures_add(measures, g_strdup("detector.detection_time.max"), MEASURE_SECONDS,
                 detections == 0 ? NAN : seconds(recorder->detection_max_ns));
    measures_count_if(measures, "detector.mistakes", detects, recorder->mistakes);
    measures_count_if(measures, "elections.held", elects, recorder->elections_held);
    measures_count_if(measures, "elections.split", elects, recorder->elections_split);
    int64_t two_ns = recorder->two_primaries_ns;
    if (recorder->two_primaries)
        two_ns += recorder->end_ns - recorder->two_primaries_since_ns;
    measures_add(measures, g_strdup("two_primaries"), MEASURE_SECONDS, elects ? seconds(two_ns) : NAN);
    measures->failovers = g_array_ref(recorder->failovers);
}

/* ---- lists: failover, outages ---- */

static double since(const struct failover *failover, int64_t then_ns)
{
    return then_ns == NS_NEVER ? INFINITY : seconds(then_ns - failover->at_ns);
}

double failover_value(const struct failover *failover, const char *name)
{
    return g_str_equal(name, "detected")        ? since(failover, failover->detected_ns)
           : g_str_equal(name, "elected")       ? since(failover, failover->elected_ns)
           : g_str_equal(name, "first_confirm") ? since(failover, failover->first_confirm_ns)
                                                : since(failover, failover->recovery_ns);
}

static GArray *outage_values(const GArray *outages, const char *name)
{
    GArray *values = g_array_new(FALSE, FALSE, sizeof(double));
    for (guint i = 0; i < outages->len; i++) {
        const struct outage *outage = &g_array_index(outages, struct outage, i);
        double value = seconds(g_str_has_suffix(name, ".end") ? outage->end_ns : outage->start_ns);
        g_array_append_val(values, value);
    }
    return values;
}

GArray *measures_entries(const struct measures *measures, const char *path)
{
    static const char publish[] = "availability.publish.outages", delivery[] = "availability.delivery.outages";
    if (g_str_has_prefix(path, publish))
        return outage_values(measures->publish_outages, path + sizeof publish - 1);
    if (g_str_has_prefix(path, delivery))
        return outage_values(measures->delivery_outages, path + sizeof delivery - 1);
    g_assert(g_str_has_prefix(path, "failover"));
    const char *name = path[strlen("failover")] == '.' ? path + strlen("failover.") : "elected";
    GArray *values = g_array_new(FALSE, FALSE, sizeof(double));
    for (guint i = 0; i < measures->failovers->len; i++) {
        double value = failover_value(&g_array_index(measures->failovers, struct failover, i), name);
        g_array_append_val(values, value);
    }
    return values;
}
