/* See availability.h. An outage is a maximal run of windows that are down (windows without a request neither end nor
 * prolong it); it starts at the start of its first window and ends at the end of its last. */
#include "analysis/availability.h"

#include <math.h>

#include "models/base/units.h"

struct window {
    uint32_t attempted, succeeded;
    const char *cause;
};

struct availability {
    int64_t window_ns;
    uint32_t threshold_ppm;
    GArray *windows; /* struct window, from time 0 */
};

struct availability *availability_new(int64_t window_ns, uint32_t threshold_ppm)
{
    struct availability *availability = g_new0(struct availability, 1);
    availability->window_ns = window_ns;
    availability->threshold_ppm = threshold_ppm;
    availability->windows = g_array_new(FALSE, TRUE, sizeof(struct window));
    return availability;
}

void availability_free(struct availability *availability)
{
    if (availability == NULL)
        return;
    g_array_unref(availability->windows);
    g_free(availability);
}

static struct window *availability_window(const struct availability *availability, int64_t intended_ns)
{
    guint index = (guint)(intended_ns / availability->window_ns);
    if (index >= availability->windows->len)
        g_array_set_size(availability->windows, index + 1);
    return &g_array_index(availability->windows, struct window, index);
}

void availability_attempt(struct availability *availability, int64_t intended_ns, const char *cause)
{
    struct window *window = availability_window(availability, intended_ns);
    window->attempted++;
    if (cause != NULL)
        window->cause = cause;
}

void availability_fault(struct availability *availability, int64_t now_ns, const char *cause)
{
    availability_window(availability, now_ns)->cause = cause;
}

void availability_success(struct availability *availability, int64_t intended_ns)
{
    availability_window(availability, intended_ns)->succeeded++;
}

static bool window_up(const struct availability *availability, const struct window *window)
{
    return (uint64_t)window->succeeded * 1000000 >= (uint64_t)window->attempted * availability->threshold_ppm;
}

/* The least share of successes in any stretch of `length_ns`, sliding by one window. */
static double availability_worst(const struct availability *availability, int64_t length_ns)
{
    guint stretch = (guint)(length_ns / availability->window_ns);
    const GArray *windows = availability->windows;
    if (stretch == 0 || stretch > windows->len || length_ns % availability->window_ns != 0)
        return NAN;
    uint64_t attempted = 0, succeeded = 0;
    double worst = NAN;
    for (guint i = 0; i < windows->len; i++) {
        attempted += g_array_index(windows, struct window, i).attempted;
        succeeded += g_array_index(windows, struct window, i).succeeded;
        if (i >= stretch) {
            attempted -= g_array_index(windows, struct window, i - stretch).attempted;
            succeeded -= g_array_index(windows, struct window, i - stretch).succeeded;
        }
        if (i + 1 >= stretch && attempted > 0) {
            double share = (double)succeeded / (double)attempted;
            worst = isnan(worst) ? share : fmin(worst, share);
        }
    }
    return worst;
}

/* What was under way or began in the window that an outage begins with; failing that, in the next: a request is
 * counted when it was meant to be sent, and fails later. */
static const char *availability_cause(const struct availability *availability, guint first)
{
    for (guint i = first; i < MIN(first + 2, availability->windows->len); i++) {
        const struct window *window = &g_array_index(availability->windows, struct window, i);
        if (window->cause != NULL)
            return window->cause;
    }
    return "none";
}

static void availability_outages(const struct availability *availability, struct availability_report *report)
{
    guint counted = 0, up = 0;
    struct outage *open = NULL;
    for (guint i = 0; i < availability->windows->len; i++) {
        const struct window *window = &g_array_index(availability->windows, struct window, i);
        if (window->attempted == 0)
            continue;
        counted++;
        if (window_up(availability, window)) {
            up++;
            open = NULL;
            continue;
        }
        int64_t start = (int64_t)i * availability->window_ns;
        if (open == NULL) {
            struct outage outage = {.start_ns = start, .cause = availability_cause(availability, i)};
            g_array_append_val(report->outages, outage);
            open = &g_array_index(report->outages, struct outage, report->outages->len - 1);
        }
        open->end_ns = start + availability->window_ns;
    }
    report->time = counted == 0 ? NAN : (double)up / counted;
    report->mttf_s = report->outages->len == 0
                         ? NAN
                         : (double)up * (double)availability->window_ns / (double)NS_PER_S / report->outages->len;
}

void availability_judge(const struct availability *availability, struct availability_report *ret_report)
{
    struct availability_report report = {.outages = g_array_new(FALSE, FALSE, sizeof(struct outage))};
    for (guint i = 0; i < availability->windows->len; i++) {
        report.attempted += g_array_index(availability->windows, struct window, i).attempted;
        report.succeeded += g_array_index(availability->windows, struct window, i).succeeded;
    }
    report.requests = report.attempted == 0 ? NAN : (double)report.succeeded / (double)report.attempted;
    report.nines = report.succeeded == report.attempted ? NAN : -log10(1 - report.requests);
    report.worst_second = availability_worst(availability, NS_PER_S);
    report.worst_minute = availability_worst(availability, 60 * NS_PER_S);
    report.worst_hour = availability_worst(availability, 3600 * NS_PER_S);
    availability_outages(availability, &report);
    double sum = 0;
    for (guint i = 0; i < report.outages->len; i++) {
        const struct outage *outage = &g_array_index(report.outages, struct outage, i);
        double length = (double)(outage->end_ns - outage->start_ns) / (double)NS_PER_S;
        sum += length;
        report.max_outage_s = fmax(report.max_outage_s, length);
    }
    report.mttr_s = report.outages->len == 0 ? NAN : sum / report.outages->len;
    *ret_report = report;
}
