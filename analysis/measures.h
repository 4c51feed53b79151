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

struct failover { /* NS_NEVER: it never came to that */
    const char *fault; /* the plan's */
    int64_t at_ns, detected_ns, elected_ns, first_confirm_ns, recovery_ns;
};

/* Who attempted what and what became of it, fed with the history of one run. */
struct recorder;
struct recorder *recorder_new(const struct plan *plan, uint32_t nodes, uint32_t clients);
void recorder_free(struct recorder *recorder);
/* A history_sink; context: the recorder. */
void recorder_sink(void *recorder, const struct history_event *event);

/* A message that shows what a measure counts: the first one lost, the slowest one; or only a time: when the longest
 * outage began. */
struct witness {
    int64_t time_ns; /* when it was meant to be sent, or when it happened */
    struct message message; /* sequence 0: none */
};

struct measures {
    GArray *list;            /* struct measure */
    GHashTable *witnesses;   /* path, or the beginning of one -> struct witness */
    GArray *publish_outages; /* struct outage */
    GArray *delivery_outages;
    GArray *failovers;       /* struct failover */
    GArray *timeline;        /* struct timeline_row */
    GArray *fault_spans;     /* struct fault_span */
    GHashTable *by_path;     /* path -> index + 1 */
};
struct measures *recorder_measures(struct recorder *recorder, const struct history_totals *totals);
void measures_free(struct measures *measures);
/* NULL when there is no such path. */
const struct measure *measures_find(const struct measures *measures, const char *path);
/* The values (double) of a list's entries: failover.recovery, availability.publish.outages.start; of a list by itself
 * one for each entry. INFINITY: it never came to that. Free with g_array_unref. */
GArray *measures_entries(const struct measures *measures, const char *path);
/* Seconds since the fault; INFINITY as above. */
double failover_value(const struct failover *failover, const char *name);
/* NULL when nothing can be shown. */
const struct witness *measures_witness(const struct measures *measures, const char *path);

#endif
