/* The faults under way, in the order in which they began, and which of them an outage is put down to. */
#include "analysis/recorder.h"

/* A consumer's trouble is no reason why nobody can publish. */
static const char *fault_of_publishing(const struct plan_fault *fault)
{
    return fault->target.kind == SELECT_CONSUMER ? NULL : fault->name;
}

static const char *fault_of_delivery(const struct plan_fault *fault)
{
    return fault->name;
}

/* Of the faults under way the one that began last. */
static const char *faults_cause(const struct recorder *recorder, const char *(*name)(const struct plan_fault *fault))
{
    for (guint i = recorder->faults_active->len; i-- > 0;) {
        uint32_t fault = g_array_index(recorder->faults_active, uint32_t, i);
        if (name(&recorder->plan->faults[fault]) != NULL)
            return name(&recorder->plan->faults[fault]);
    }
    return NULL;
}

const char *faults_cause_publishing(const struct recorder *recorder)
{
    return faults_cause(recorder, fault_of_publishing);
}

const char *faults_cause_delivery(const struct recorder *recorder)
{
    return faults_cause(recorder, fault_of_delivery);
}

void faults_begins(struct recorder *recorder, const struct history_event *event)
{
    const struct plan_fault *fault = &recorder->plan->faults[event->fault];
    if (recorder->fault_active[event->fault]++ == 0) {
        g_array_append_val(recorder->faults_active, event->fault);
        timeline_fault(recorder->timeline, event->time_ns, event->fault, true);
    }
    cluster_fault_begins(recorder, event->time_ns, event);
    if (event->time_ns > recorder->plan->duration_ns)
        return; /* no request is meant to be sent any more */
    availability_fault(recorder->delivery, event->time_ns, fault->name);
    if (fault_of_publishing(fault) != NULL)
        availability_fault(recorder->publish, event->time_ns, fault->name);
}

void faults_ends(struct recorder *recorder, const struct history_event *event)
{
    cluster_fault_ends(recorder, event->time_ns, event);
    if (recorder->fault_active[event->fault] == 0 || --recorder->fault_active[event->fault] > 0)
        return;
    timeline_fault(recorder->timeline, event->time_ns, event->fault, false);
    for (guint i = 0; i < recorder->faults_active->len; i++)
        if (g_array_index(recorder->faults_active, uint32_t, i) == event->fault) {
            g_array_remove_index(recorder->faults_active, i);
            return;
        }
}
