/* A run over time: what counts in which window. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/timeline.h"
#include "models/base/units.h"

static struct plan_fault faults[] = {{.name = (char[]){"kill"}}, {.name = (char[]){"hold"}}};
static const struct plan plan = {
    .window_ns = NS_PER_S, .duration_ns = 3 * NS_PER_S, .faults = faults, .fault_count = 2};

/* Two windows with something in them, one without, half a window more. */
static char *told(bool spans)
{
    struct timeline *timeline = timeline_new(&plan);
    GArray *rows, *list;
    for (int64_t i = 1; i <= 100; i++) {
        timeline_offered(timeline, i * NS_PER_MS);
        timeline_confirmed(timeline, i * NS_PER_MS, (101 - i) * NS_PER_MS);
    }
    timeline_waiting(timeline, 900 * NS_PER_MS, 7);
    timeline_fault(timeline, 950 * NS_PER_MS, 1, true);
    timeline_fault(timeline, 1200 * NS_PER_MS, 0, true);
    timeline_consumed(timeline, 1500 * NS_PER_MS);
    timeline_fault(timeline, 1600 * NS_PER_MS, 1, false);
    timeline_end(timeline, 3500 * NS_PER_MS, &rows, &list);
    GString *text = g_string_new(NULL);
    if (spans)
        faults_csv(text, "v", &plan, list);
    else
        timeline_csv(text, "v", &plan, rows);
    g_array_unref(rows);
    g_array_unref(list);
    timeline_free(timeline);
    return g_string_free(text, FALSE);
}

static void each_thing_counts_in_the_window_in_which_it_happened(void **state)
{
    (void)state;
    g_autofree char *text = told(false);
    assert_string_equal(text, "v,0,100,100,0,0.05,0.099,7,hold\n"
                              "v,1,0,0,1,,,7,kill hold\n"
                              "v,2,0,0,0,,,7,kill\n"
                              "v,3,0,0,0,,,7,kill\n");
}

static void a_fault_spans_from_its_beginning_to_its_end_or_the_runs(void **state)
{
    (void)state;
    g_autofree char *text = told(true);
    assert_string_equal(text, "v,hold,0.95,1.6\nv,kill,1.2,3.5\n");
}

static void a_long_run_has_rows_of_several_windows(void **state)
{
    (void)state;
    struct plan long_plan = plan;
    long_plan.duration_ns = 24999 * NS_PER_S;
    assert_int_equal(timeline_row_ns(&plan), NS_PER_S);
    assert_int_equal(timeline_row_ns(&long_plan), 3 * NS_PER_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thing_counts_in_the_window_in_which_it_happened),
        cmocka_unit_test(a_fault_spans_from_its_beginning_to_its_end_or_the_runs),
        cmocka_unit_test(a_long_run_has_rows_of_several_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
