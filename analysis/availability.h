/* Availability of one side (publishing, delivery), from the fate of each request, by its intended time.
 * Time is cut into windows; a window with requests is up when at least the threshold of them succeeded within the
 * deadline. */
#ifndef CRASHQ_AVAILABILITY_H
#define CRASHQ_AVAILABILITY_H

#include <glib.h>

#include "analysis/measures.h"

struct availability;
struct availability *availability_new(int64_t window_ns, uint32_t threshold_ppm);
void availability_free(struct availability *availability);
void availability_attempt(struct availability *availability, int64_t intended_ns, const char *cause);
/* A fault began: the reason for an outage in this window, unless a request there has another. */
void availability_fault(struct availability *availability, int64_t now_ns, const char *cause);
void availability_success(struct availability *availability, int64_t intended_ns);

struct availability_report {
    uint64_t attempted, succeeded;
    double requests;     /* share; NAN when nothing was attempted */
    double time;         /* share of windows; NAN likewise */
    /* least success share in any window of that length (Hauer et al., NSDI 2020); NAN when shorter */
    double worst_second, worst_minute, worst_hour;
    double nines;        /* -log10(1 - requests); NAN without a failure */
    double mttf_s, mttr_s, max_outage_s; /* up time per failure, mean and longest outage; NAN without (max: 0) */
    GArray *outages;     /* struct outage; owned by the caller */
};
void availability_judge(const struct availability *availability, struct availability_report *ret_report);

#endif
