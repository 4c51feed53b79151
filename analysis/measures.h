/* The measures of one run: a list of (path, value) in the order of result.json, made once; the table, the JSON text and
 * the expectations all read it. COMMANDS.md defines every path. Durations are seconds, shares lie in 0..1. */
#ifndef CRASHQ_MEASURES_H
#define CRASHQ_MEASURES_H

#include <glib.h>

#include "sim/world/history.h"

enum measure_kind { MEASURE_NULL, MEASURE_COUNT, MEASURE_SECONDS, MEASURE_SHARE, MEASURE_NUMBER };

struct measure {
    char *path; /* "latency.confirm.p99" */
    enum measure_kind kind;
    double value;   /* counts too: exact up to 2^53 */
    uint64_t count; /* COUNT */
};

struct outage {
    int64_t start_ns, end_ns;
    const char *cause; /* the fault under way when it began, or "none"; the plan's */
};

/* Who attempted what and what became of it, fed with the history of one run. */
struct recorder;
struct recorder *recorder_new(const struct plan *plan, uint32_t nodes, uint32_t clients);
void recorder_free(struct recorder *recorder);
/* A history_sink; context: the recorder. */
void recorder_sink(void *recorder, const struct history_event *event);

struct measures {
    GArray *list;            /* struct measure */
    GArray *publish_outages; /* struct outage */
    GArray *delivery_outages;
    GHashTable *by_path;     /* path -> index + 1 */
};
struct measures *recorder_measures(struct recorder *recorder, const struct history_totals *totals);
void measures_free(struct measures *measures);
/* NULL when there is no such path. */
const struct measure *measures_find(const struct measures *measures, const char *path);

#endif
