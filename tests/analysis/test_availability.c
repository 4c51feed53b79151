/* Availability by windows of intended send times. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "analysis/availability.h"
#include "models/base/units.h"

/* Ten requests a second for `seconds`; those of seconds [from, until) fail. */
static struct availability *service(int seconds, int from, int until)
{
    struct availability *availability = availability_new(NS_PER_S, 990000);
    for (int second = 0; second < seconds; second++)
        for (int i = 0; i < 10; i++) {
            int64_t intended_ns = second * NS_PER_S + i * 100 * NS_PER_MS;
            availability_attempt(availability, intended_ns, second >= from ? "kill" : NULL);
            if (second < from || second >= until)
                availability_success(availability, intended_ns);
        }
    return availability;
}

static void an_outage_of_three_seconds_in_a_hundred(void **state)
{
    (void)state;
    struct availability *availability = service(100, 40, 43);
    struct availability_report report;
    availability_judge(availability, &report);
    assert_true(fabs(report.requests - 0.97) < 1e-12);
    assert_true(fabs(report.time - 0.97) < 1e-12);
    assert_true(fabs(report.max_outage_s - 3) < 1e-12);
    assert_true(fabs(report.worst_minute - 57.0 / 60) < 1e-12);
    assert_true(report.worst_second == 0);
    assert_true(isnan(report.worst_hour));
    assert_int_equal(report.outages->len, 1);
    const struct outage *outage = &g_array_index(report.outages, struct outage, 0);
    assert_int_equal(outage->start_ns, 40 * NS_PER_S);
    assert_int_equal(outage->end_ns, 43 * NS_PER_S);
    assert_string_equal(outage->cause, "kill");
    g_array_unref(report.outages);
    availability_free(availability);
}

static void a_service_without_failures_has_no_nines_and_no_outage(void **state)
{
    (void)state;
    struct availability *availability = service(10, 10, 10);
    struct availability_report report;
    availability_judge(availability, &report);
    assert_true(report.requests == 1);
    assert_true(isnan(report.nines));
    assert_true(report.max_outage_s == 0);
    assert_int_equal(report.outages->len, 0);
    g_array_unref(report.outages);
    availability_free(availability);
}

static void a_window_just_at_the_threshold_is_up(void **state)
{
    (void)state;
    struct availability *availability = availability_new(NS_PER_S, 990000);
    for (int i = 0; i < 200; i++) {
        availability_attempt(availability, i, NULL);
        if (i >= 2)
            availability_success(availability, i);
    }
    struct availability_report report;
    availability_judge(availability, &report);
    assert_true(report.time == 1);
    g_array_unref(report.outages);
    availability_free(availability);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_outage_of_three_seconds_in_a_hundred),
        cmocka_unit_test(a_service_without_failures_has_no_nines_and_no_outage),
        cmocka_unit_test(a_window_just_at_the_threshold_is_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
