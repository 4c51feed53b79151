/* Expectations: what holds, what does not, and what cannot be said. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "analysis/expect.h"
#include "analysis/statistics.h"
#include "models/base/units.h"
#include "tests/analysis/one_measure.h"

static enum expectation_verdict judged(struct plan_expectation expectation, const double *numbers, size_t count)
{
    struct measures *runs[16];
    uint64_t seeds[16];
    for (size_t i = 0; i < count; i++) {
        runs[i] = run_with(numbers[i]);
        seeds[i] = i + 1;
    }
    expectation.path = (char[]){"x"};
    expectation.text = (char[]){"x"};
    struct plan plan = {.expectations = &expectation, .expectation_count = 1};
    GArray *results = expect_judge(&plan, (const struct measures *const *)runs, seeds, count);
    const struct expectation_result *result = &g_array_index(results, struct expectation_result, 0);
    enum expectation_verdict verdict = result->verdict;
    g_array_unref(results);
    for (size_t i = 0; i < count; i++)
        measures_free(runs[i]);
    return verdict;
}

static bool holds(struct plan_expectation expectation, const double *numbers, size_t count)
{
    return judged(expectation, numbers, count) == EXPECTATION_HELD;
}

static void every_run_must_hold_by_default(void **state)
{
    (void)state;
    struct plan_expectation less = {.over = EXPECT_EVERY_RUN, .condition = CONDITION_LESS, .low = 5};
    assert_true(holds(less, (double[]){1, 4.9, 3}, 3));
    assert_false(holds(less, (double[]){1, 5, 3}, 3));
}

static void each_condition_means_what_it_says(void **state)
{
    (void)state;
    const struct {
        enum plan_condition condition;
        double low, high, good, bad;
    } rows[] = {{CONDITION_EQUAL, 3, 0, 3, 4},      {CONDITION_LESS, 3, 0, 2, 3},    {CONDITION_AT_MOST, 3, 0, 3, 3.1},
                {CONDITION_MORE, 3, 0, 3.1, 3},     {CONDITION_AT_LEAST, 3, 0, 3, 2}, {CONDITION_BETWEEN, 2, 3, 3, 3.1},
                {CONDITION_NEAR, 2, 0.1, 2.05, 2.2}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct plan_expectation expectation = {
            .condition = (uint8_t)rows[i].condition, .low = rows[i].low, .high = rows[i].high};
        assert_true(holds(expectation, &rows[i].good, 1));
        assert_false(holds(expectation, &rows[i].bad, 1));
    }
}

static void a_measure_that_is_null_was_not_put_to_the_test(void **state)
{
    (void)state;
    struct plan_expectation equal = {.condition = CONDITION_EQUAL, .low = 0};
    assert_int_equal(judged(equal, (double[]){NAN}, 1), EXPECTATION_UNTESTED);
    assert_int_equal(judged(equal, (double[]){0, NAN, 0}, 3), EXPECTATION_UNTESTED);
    assert_int_equal(judged(equal, (double[]){0, NAN, 1}, 3), EXPECTATION_BROKEN);
    struct plan_expectation near = {.over = EXPECT_MEAN, .condition = CONDITION_NEAR, .low = 2, .high = 0.1};
    assert_int_equal(judged(near, (double[]){2, NAN, 2}, 3), EXPECTATION_UNTESTED);
}

static void a_mean_is_near_only_when_its_interval_is_narrow_enough(void **state)
{
    (void)state;
    struct plan_expectation near = {.over = EXPECT_MEAN, .condition = CONDITION_NEAR, .low = 2, .high = 0.1};
    assert_int_equal(judged(near, (double[]){2.01, 1.99, 2.02, 1.98, 2.0, 2.0}, 6), EXPECTATION_HELD);
    assert_int_equal(judged(near, (double[]){2.05, 2.051, 2.049, 2.05}, 4), EXPECTATION_BROKEN); /* elsewhere */
}

static void a_mean_whose_interval_is_too_wide_to_say_is_untested(void **state)
{
    (void)state;
    struct plan_expectation near = {.over = EXPECT_MEAN, .condition = CONDITION_NEAR, .low = 2, .high = 0.1};
    assert_int_equal(judged(near, (double[]){1, 3, 2.5, 1.5, 2, 2}, 6), EXPECTATION_UNTESTED);
    assert_int_equal(judged(near, (double[]){2.0}, 1), EXPECTATION_UNTESTED); /* one run has no interval */
    assert_int_equal(judged(near, (double[]){11, 13, 12, 12}, 4), EXPECTATION_BROKEN); /* wide, and elsewhere */
}

/* One run with failovers that recovered so many seconds after their faults; NAN: never. */
static enum expectation_verdict judged_failovers(enum plan_expect_list list, double below, const double *recoveries,
                                                 size_t count)
{
    struct plan_expectation expectation = {.path = (char[]){"failover.recovery"},
                                           .text = (char[]){"x"},
                                           .list = (uint8_t)list,
                                           .condition = CONDITION_LESS,
                                           .low = below};
    struct plan plan = {.expectations = &expectation, .expectation_count = 1};
    struct measures *run = run_with(0);
    for (size_t i = 0; i < count; i++) {
        struct failover failover = {.recovery_ns = isnan(recoveries[i]) ? NS_NEVER : (int64_t)(recoveries[i] * 1e9)};
        g_array_append_val(run->failovers, failover);
    }
    GArray *results = expect_judge(&plan, (const struct measures *const *)&run, (uint64_t[]){1}, 1);
    enum expectation_verdict verdict = g_array_index(results, struct expectation_result, 0).verdict;
    g_array_unref(results);
    measures_free(run);
    return verdict;
}

static void of_a_list_all_must_hold_or_any_or_so_many(void **state)
{
    (void)state;
    const double some[] = {2, 9, 4};
    assert_int_equal(judged_failovers(EXPECT_ALL, 10, some, 3), EXPECTATION_HELD);
    assert_int_equal(judged_failovers(EXPECT_ALL, 9, some, 3), EXPECTATION_BROKEN);
    assert_int_equal(judged_failovers(EXPECT_ANY, 3, some, 3), EXPECTATION_HELD);
    assert_int_equal(judged_failovers(EXPECT_ANY, 2, some, 3), EXPECTATION_BROKEN);
    assert_int_equal(judged_failovers(EXPECT_COUNT, 4, some, 3), EXPECTATION_HELD);
    assert_int_equal(judged_failovers(EXPECT_COUNT, 3, some, 3), EXPECTATION_BROKEN);
}

static void an_empty_list_puts_nothing_to_the_test_but_can_be_counted(void **state)
{
    (void)state;
    assert_int_equal(judged_failovers(EXPECT_ALL, 10, NULL, 0), EXPECTATION_UNTESTED);
    assert_int_equal(judged_failovers(EXPECT_ANY, 10, NULL, 0), EXPECTATION_UNTESTED);
    assert_int_equal(judged_failovers(EXPECT_COUNT, 1, NULL, 0), EXPECTATION_HELD);
}

static void what_never_recovered_is_beyond_every_bound(void **state)
{
    (void)state;
    const double some[] = {2, NAN};
    assert_int_equal(judged_failovers(EXPECT_ALL, 1e9, some, 2), EXPECTATION_BROKEN);
    assert_int_equal(judged_failovers(EXPECT_COUNT, 2, some, 2), EXPECTATION_HELD); /* one recovered */
}

static void students_interval_of_a_textbook_sample(void **state)
{
    (void)state;
    struct interval interval = statistics_student((double[]){4, 5, 6, 7, 8}, 5, 0.95);
    assert_true(interval.mean == 6);
    assert_true(fabs(interval.half_width - 1.963243) < 1e-5); /* 2.776445 * sqrt(2.5 / 5) */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_run_must_hold_by_default),
        cmocka_unit_test(each_condition_means_what_it_says),
        cmocka_unit_test(a_measure_that_is_null_was_not_put_to_the_test),
        cmocka_unit_test(a_mean_is_near_only_when_its_interval_is_narrow_enough),
        cmocka_unit_test(a_mean_whose_interval_is_too_wide_to_say_is_untested),
        cmocka_unit_test(of_a_list_all_must_hold_or_any_or_so_many),
        cmocka_unit_test(an_empty_list_puts_nothing_to_the_test_but_can_be_counted),
        cmocka_unit_test(what_never_recovered_is_beyond_every_bound),
        cmocka_unit_test(students_interval_of_a_textbook_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
