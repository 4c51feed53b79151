/* Runs that measured one number, "x". */
#ifndef CRASHQ_TESTS_ONE_MEASURE_H
#define CRASHQ_TESTS_ONE_MEASURE_H

#include <math.h>

#include "analysis/measures.h"

static inline void one_measure_clear(void *measure)
{
    g_free(((struct measure *)measure)->path);
}

/* Not a number: it was not measured. Freed by measures_free(). */
static inline struct measures *run_with(double number)
{
    struct measures *measures = g_new0(struct measures, 1);
    measures->list = g_array_new(FALSE, TRUE, sizeof(struct measure));
    g_array_set_clear_func(measures->list, one_measure_clear);
    measures->by_path = g_hash_table_new(g_str_hash, g_str_equal);
    measures->witnesses = g_hash_table_new(g_str_hash, g_str_equal);
    measures->publish_outages = g_array_new(FALSE, TRUE, sizeof(struct outage));
    measures->delivery_outages = g_array_new(FALSE, TRUE, sizeof(struct outage));
    measures->failovers = g_array_new(FALSE, TRUE, sizeof(struct failover));
    struct measure measure = {.kind = isnan(number) ? MEASURE_NULL : MEASURE_NUMBER, .value = number};
    measure.path = g_strdup("x");
    g_array_append_val(measures->list, measure);
    g_hash_table_insert(measures->by_path, measure.path, GUINT_TO_POINTER(1));
    return measures;
}

#endif
