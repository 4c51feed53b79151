/* See timeline.h. */
#include "analysis/timeline.h"

#include "models/base/units.h"

#define ROWS_MAX 10000
#define SPANS_MAX 10000

struct timeline {
    int64_t row_ns, ends_ns; /* of the open window */
    struct timeline_row open;
    uint64_t under_way;
    GArray *spans;     /* struct fault_span; of those under way, end_ns NS_NEVER */
    GArray *latencies; /* int64_t, of the open window */
    GArray *rows;
};

int64_t timeline_row_ns(const struct plan *plan)
{
    int64_t windows = (plan->duration_ns + plan->drain_ns) / plan->window_ns + 1;
    return plan->window_ns * ((windows + ROWS_MAX - 1) / ROWS_MAX);
}

struct timeline *timeline_new(const struct plan *plan)
{
    struct timeline *timeline = g_new0(struct timeline, 1);
    timeline->row_ns = timeline->ends_ns = timeline_row_ns(plan);
    timeline->spans = g_array_new(FALSE, FALSE, sizeof(struct fault_span));
    timeline->latencies = g_array_new(FALSE, FALSE, sizeof(int64_t));
    timeline->rows = g_array_new(FALSE, FALSE, sizeof(struct timeline_row));
    return timeline;
}

void timeline_free(struct timeline *timeline)
{
    if (timeline == NULL)
        return;
    g_array_unref(timeline->spans);
    g_array_unref(timeline->latencies);
    g_array_unref(timeline->rows);
    g_free(timeline);
}

static gint latency_compare(gconstpointer a, gconstpointer b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* The least value that at least so many of a hundred do not exceed. */
static int64_t latency_percentile(const GArray *sorted, guint percent)
{
    return sorted->len == 0 ? -1 : g_array_index(sorted, int64_t, (sorted->len * (guint64)percent + 99) / 100 - 1);
}

static void timeline_close(struct timeline *timeline)
{
    g_array_sort(timeline->latencies, latency_compare);
    timeline->open.confirm_p50_ns = latency_percentile(timeline->latencies, 50);
    timeline->open.confirm_p99_ns = latency_percentile(timeline->latencies, 99);
    g_array_append_val(timeline->rows, timeline->open);
    g_array_set_size(timeline->latencies, 0);
    timeline->open = (struct timeline_row){.waiting = timeline->open.waiting, .faults = timeline->under_way};
    timeline->ends_ns += timeline->row_ns;
}

static void timeline_advance(struct timeline *timeline, int64_t now_ns)
{
    while (now_ns >= timeline->ends_ns)
        timeline_close(timeline);
}

void timeline_offered(struct timeline *timeline, int64_t now_ns)
{
    timeline_advance(timeline, now_ns);
    timeline->open.offered++;
}

void timeline_confirmed(struct timeline *timeline, int64_t now_ns, int64_t latency_ns)
{
    timeline_advance(timeline, now_ns);
    timeline->open.confirmed++;
    g_array_append_val(timeline->latencies, latency_ns);
}

void timeline_consumed(struct timeline *timeline, int64_t now_ns)
{
    timeline_advance(timeline, now_ns);
    timeline->open.consumed++;
}

void timeline_waiting(struct timeline *timeline, int64_t now_ns, uint64_t messages)
{
    timeline_advance(timeline, now_ns);
    timeline->open.waiting = messages;
}

static void span_end(struct timeline *timeline, int64_t now_ns, uint32_t fault)
{
    for (guint i = 0; i < timeline->spans->len; i++) {
        struct fault_span *span = &g_array_index(timeline->spans, struct fault_span, i);
        if (span->fault == fault && span->end_ns == NS_NEVER)
            span->end_ns = now_ns;
    }
}

void timeline_fault(struct timeline *timeline, int64_t now_ns, uint32_t fault, bool begins)
{
    timeline_advance(timeline, now_ns);
    uint64_t bit = fault < 64 ? UINT64_C(1) << fault : 0;
    timeline->under_way = begins ? timeline->under_way | bit : timeline->under_way & ~bit;
    timeline->open.faults |= timeline->under_way;
    if (!begins) {
        span_end(timeline, now_ns, fault);
    } else if (timeline->spans->len < SPANS_MAX) {
        struct fault_span span = {.fault = fault, .begin_ns = now_ns, .end_ns = NS_NEVER};
        g_array_append_val(timeline->spans, span);
    }
}

void timeline_end(struct timeline *timeline, int64_t now_ns, GArray **ret_rows, GArray **ret_spans)
{
    timeline_advance(timeline, now_ns);
    if (now_ns > timeline->ends_ns - timeline->row_ns)
        timeline_close(timeline);
    for (guint i = 0; i < timeline->spans->len; i++)
        span_end(timeline, now_ns, g_array_index(timeline->spans, struct fault_span, i).fault);
    *ret_rows = g_array_ref(timeline->rows);
    *ret_spans = g_array_ref(timeline->spans);
}

/* ---- as text ---- */

static void csv_number(GString *text, double number)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_printf(text, ",%s", g_ascii_formatd(digits, sizeof digits, "%.9g", number));
}

static void csv_latency(GString *text, int64_t latency_ns)
{
    if (latency_ns < 0)
        g_string_append_c(text, ',');
    else
        csv_number(text, (double)latency_ns / (double)NS_PER_S);
}

/* The names of those under way, parted by spaces: the loader takes plain names only. */
static void csv_faults(GString *text, const struct plan *plan, uint64_t faults)
{
    char parting = ',';
    for (uint32_t fault = 0; fault < plan->fault_count && fault < 64; fault++)
        if ((faults >> fault & 1) != 0) {
            g_string_append_printf(text, "%c%s", parting, plan->faults[fault].name);
            parting = ' ';
        }
    g_string_append(text, parting == ',' ? ",\n" : "\n");
}

void timeline_csv(GString *text, const char *variant, const struct plan *plan, const GArray *rows)
{
    double row_s = (double)timeline_row_ns(plan) / (double)NS_PER_S;
    for (guint i = 0; i < rows->len; i++) {
        const struct timeline_row *row = &g_array_index(rows, struct timeline_row, i);
        g_string_append(text, variant);
        csv_number(text, i * row_s);
        csv_number(text, row->offered / row_s);
        csv_number(text, row->confirmed / row_s);
        csv_number(text, row->consumed / row_s);
        csv_latency(text, row->confirm_p50_ns);
        csv_latency(text, row->confirm_p99_ns);
        csv_number(text, (double)row->waiting);
        csv_faults(text, plan, row->faults);
    }
}

void faults_csv(GString *text, const char *variant, const struct plan *plan, const GArray *spans)
{
    for (guint i = 0; i < spans->len; i++) {
        const struct fault_span *span = &g_array_index(spans, struct fault_span, i);
        g_string_append(text, variant);
        g_string_append_printf(text, ",%s", plan->faults[span->fault].name);
        csv_number(text, (double)span->begin_ns / (double)NS_PER_S);
        csv_number(text, (double)span->end_ns / (double)NS_PER_S);
        g_string_append_c(text, '\n');
    }
}
