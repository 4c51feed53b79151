/* A run over time, window by window: rates, the latency of what was confirmed in it, the queues' length at its end, and
 * the faults that were under way. Each thing counts in the window in which it happened. Only the open window's
 * latencies are kept. */
#ifndef CRASHQ_TIMELINE_H
#define CRASHQ_TIMELINE_H

#include <glib.h>

#include "sim/plan/plan.h"

struct timeline_row {
    uint32_t offered, confirmed, consumed;
    uint64_t waiting;                  /* in all queues, at the end of the window */
    uint64_t faults;                   /* bits of the plan's first 64 */
    int64_t confirm_p50_ns, confirm_p99_ns; /* -1: nothing was confirmed */
};

struct fault_span { /* of one fault, from its first target's on to its last one's off */
    uint32_t fault;
    int64_t begin_ns, end_ns;
};

struct timeline;
struct timeline *timeline_new(const struct plan *plan);
void timeline_free(struct timeline *timeline);
void timeline_offered(struct timeline *timeline, int64_t now_ns);
void timeline_confirmed(struct timeline *timeline, int64_t now_ns, int64_t latency_ns);
void timeline_consumed(struct timeline *timeline, int64_t now_ns);
void timeline_waiting(struct timeline *timeline, int64_t now_ns, uint64_t messages);
void timeline_fault(struct timeline *timeline, int64_t now_ns, uint32_t fault, bool begins);
/* All rows (struct timeline_row), the open window's too, and spans (struct fault_span); free with g_array_unref. */
void timeline_end(struct timeline *timeline, int64_t now_ns, GArray **ret_rows, GArray **ret_spans);

/* How long a row is: the plan's window, or several when there would be more than 10,000. */
int64_t timeline_row_ns(const struct plan *plan);

/* Rows of timeline.csv and of faults.csv, whose first lines are these. */
#define TIMELINE_CSV_HEAD "variant,time,offered,confirmed,consumed,confirm_p50,confirm_p99,queue_length,faults\n"
#define FAULTS_CSV_HEAD "variant,fault,begin,end\n"
void timeline_csv(GString *text, const char *variant, const struct plan *plan, const GArray *rows);
void faults_csv(GString *text, const char *variant, const struct plan *plan, const GArray *spans);

#endif
