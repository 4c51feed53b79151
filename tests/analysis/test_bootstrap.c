/* The bootstrap over whole runs: where its distribution can be worked out by hand, and what it is for. */
#include <glib.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "analysis/bootstrap.h"
#include "models/base/draw.h"

static void assert_near(double is, double wanted, double within)
{
    if (!(fabs(is - wanted) <= within))
        fail_msg("%.9g is not %.9g", is, wanted);
}

/* Ten runs, five of them 1 above `middle` and five 1 below, with a standard error of 1/3. k of ten drawn lie above with
 * the binomial probability of 1/2, and |t| is then 0, 0.61, 1.31, 2.25, 4 or infinite for |k - 5| from 0 to 5:
 * of all resamples 89.06 % are at 1.31 or nearer, 97.85 % at 2.25, 99.80 % at 4. */
static struct interval five_and_five(double middle, double confidence, double *ret_p_value)
{
    double values[10];
    for (int i = 0; i < 10; i++)
        values[i] = middle + (i % 2 ? 1 : -1);
    return bootstrap_interval(values, 10, confidence, ret_p_value);
}

static void a_half_width_is_that_of_the_resamples_distribution(void **state)
{
    (void)state;
    double p_value;
    struct interval interval = five_and_five(7, 0.95, &p_value);
    assert_true(interval.bootstrapped);
    assert_near(interval.mean, 7, 1e-12);
    assert_near(interval.half_width, 2.25 / 3, 1e-12);
    assert_near(five_and_five(7, 0.99, &p_value).half_width, 4.0 / 3, 1e-12);
    assert_near(five_and_five(7, 0.85, &p_value).half_width, 0.4 / sqrt(8.4 / 90) / 3, 1e-12);
}

static void a_p_value_is_the_share_of_resamples_that_lie_as_far(void **state)
{
    (void)state;
    double p_value;
    five_and_five(0.5, 0.95, &p_value); /* 1.5 standard errors from 0 */
    assert_near(p_value, 112.0 / 1024, 0.01);
    five_and_five(1, 0.95, &p_value); /* 3 of them */
    assert_near(p_value, 22.0 / 1024, 0.005);
    five_and_five(0, 0.95, &p_value);
    assert_near(p_value, 1, 1e-12);
}

static double uniform(struct stream *stream)
{
    return ((double)(stream_next(stream) >> 11) + 0.5) / 9007199254740992.0;
}

/* Twelve squares of exponential values, whose mean is 2: Student's interval covers it in 77 % of samples, this one in
 * 87 % (of 4,000; here within three standard errors). */
static void of_skewed_values_it_covers_the_mean_more_often_than_students(void **state)
{
    (void)state;
    enum { SAMPLES = 1000 };
    int covered = 0, covered_by_student = 0;
    struct stream stream;
    stream_seed(&stream, 1, DRAW_PICK, 0);
    for (int sample = 0; sample < SAMPLES; sample++) {
        double values[12], p_value;
        for (int i = 0; i < 12; i++)
            values[i] = pow(log(uniform(&stream)), 2);
        struct interval interval = bootstrap_interval(values, 12, 0.95, &p_value);
        struct interval student = statistics_student(values, 12, 0.95);
        covered += fabs(interval.mean - 2) <= interval.half_width;
        covered_by_student += fabs(student.mean - 2) <= student.half_width;
    }
    assert_in_range(covered, 835, 900);
    assert_in_range(covered_by_student, 732, 812);
}

static void of_many_normal_values_it_is_students(void **state)
{
    (void)state;
    enum { RUNS = 1200 };
    double values[RUNS], p_value;
    struct stream stream;
    stream_seed(&stream, 2, DRAW_PICK, 0);
    for (int i = 0; i < RUNS; i++) {
        values[i] = 0;
        for (int term = 0; term < 12; term++)
            values[i] += uniform(&stream) - 0.5;
    }
    struct interval interval = bootstrap_interval(values, RUNS, 0.95, &p_value);
    assert_true(interval.bootstrapped);
    double student = statistics_student(values, RUNS, 0.95).half_width;
    assert_near(interval.half_width, student, student * 0.03);
}

static void assert_is_students(const double *values, size_t count)
{
    double p_value;
    struct interval interval = bootstrap_interval(values, count, 0.95, &p_value);
    assert_false(interval.bootstrapped);
    assert_near(interval.half_width, statistics_student(values, count, 0.95).half_width, 0);
    assert_near(p_value, statistics_p_value(values, count), 0);
}

static void few_runs_or_runs_nearly_all_alike_say_too_little(void **state)
{
    (void)state;
    assert_is_students((double[]){1, 2, 3, 4, 5, 6, 7, 8, 9}, 9);
    assert_is_students((double[]){0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5}, 12); /* the 5 is drawn in two of three */
    assert_is_students((double[]){.1, .1, .1, .1, .1, .1, .1, .1, .1, .1, .7}, 11); /* the same, but for rounding */
    assert_is_students((double[]){2, 2, 2, 2, 2, 2, 2, 2, 2, 2}, 10);
}

static void what_lies_farther_than_all_resamples_is_as_unlikely_as_student_says(void **state)
{
    (void)state;
    double values[40], p_value;
    for (int i = 0; i < 40; i++)
        values[i] = 100 + i % 7;
    assert_true(bootstrap_interval(values, 40, 0.95, &p_value).bootstrapped);
    assert_near(p_value, statistics_p_value(values, 40), 0);
    assert_true(p_value < 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_half_width_is_that_of_the_resamples_distribution),
        cmocka_unit_test(a_p_value_is_the_share_of_resamples_that_lie_as_far),
        cmocka_unit_test(of_skewed_values_it_covers_the_mean_more_often_than_students),
        cmocka_unit_test(of_many_normal_values_it_is_students),
        cmocka_unit_test(few_runs_or_runs_nearly_all_alike_say_too_little),
        cmocka_unit_test(what_lies_farther_than_all_resamples_is_as_unlikely_as_student_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
