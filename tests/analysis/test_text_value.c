/* Numbers as a person reads them: with their unit, and digits enough. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "analysis/expect.h"
#include "analysis/text_value.h"
#include "models/base/units.h"
#include "tests/analysis/one_measure.h"

static void reads(enum measure_kind kind, double value, const char *expected)
{
    char *text = text_value(kind, value);
    assert_string_equal(text, expected);
    g_free(text);
}

static void a_value_has_the_unit_that_suits_its_size(void **state)
{
    (void)state;
    reads(MEASURE_SECONDS, 0.000385421, "385.421 us");
    reads(MEASURE_SECONDS, 0.25, "250 ms");
    reads(MEASURE_SECONDS, 5, "5 s");
    reads(MEASURE_SECONDS, 0, "0 s");
    reads(MEASURE_SHARE, 0.9988, "99.88 %");
    reads(MEASURE_NUMBER, 7.25, "7.25");
}

static void a_count_keeps_all_its_digits(void **state)
{
    (void)state;
    reads(MEASURE_COUNT, 12345678, "12345678");
}

static void nothing_is_no_fraction_of_a_second(void **state)
{
    (void)state;
    char text[24];
    text_seconds(0, text);
    assert_string_equal(text, "0 s");
    text_seconds(1e-7, text);
    assert_string_equal(text, "0.1 us");
}

/* What an expectation of a run with one failover, which recovered after 1.5 s, and of one whose "x" is 0.5 s says. */
static void got(struct plan_expectation expectation, size_t runs, const char *expected)
{
    struct measures *run = run_with(0.5);
    struct failover failover = {.recovery_ns = 1500 * NS_PER_MS};
    g_array_append_val(run->failovers, failover);
    g_array_index(run->list, struct measure, 0).kind = MEASURE_SECONDS;
    struct plan plan = {.expectations = &expectation, .expectation_count = 1};
    GArray *results =
        expect_judge(&plan, (const struct measures *const[]){run, run}, (uint64_t[]){1, 2}, runs);
    assert_string_equal(g_array_index(results, struct expectation_result, 0).actual, expected);
    g_array_unref(results);
    measures_free(run);
}

static void what_an_expectation_got_has_its_unit(void **state)
{
    (void)state;
    char x[] = "x", recovery[] = "failover.recovery";
    got((struct plan_expectation){.path = x}, 1, "500 ms");
    got((struct plan_expectation){.path = recovery, .list = EXPECT_ALL}, 1, "1.5 s");
    got((struct plan_expectation){.path = recovery, .list = EXPECT_COUNT}, 1, "1");
    struct plan_expectation mean = {.path = x, .over = EXPECT_MEAN, .condition = CONDITION_NEAR, .low = 0.5, .high = 1};
    got(mean, 1, "500 ms in one run, which has no interval: say --runs N");
    got(mean, 2, "500 ms");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_has_the_unit_that_suits_its_size),
        cmocka_unit_test(a_count_keeps_all_its_digits),
        cmocka_unit_test(nothing_is_no_fraction_of_a_second),
        cmocka_unit_test(what_an_expectation_got_has_its_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
