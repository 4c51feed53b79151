/* Textbook values of the statistics (VALIDATION.md, P19), and comparisons made by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/comparison.h"
#include "tests/analysis/one_measure.h"

static void assert_near(double is, double wanted, double within)
{
    if (!(fabs(is - wanted) <= within))
        fail_msg("%.9g is not %.9g", is, wanted);
}

static void no_failure_in_300_runs_is_below_0_9936_percent(void **state)
{
    (void)state;
    struct bounds bounds = statistics_clopper_pearson(0, 300, 0.95);
    assert_true(bounds.low == 0);
    assert_near(bounds.high, 1 - pow(0.05, 1.0 / 300), 1e-12);
    struct rarity rarity = {.hits = 0, .runs = 300, .bounds = bounds};
    g_autofree char *text = rarity_text(&rarity);
    assert_string_equal(text, "below 0.9936 % with 95 % confidence");
}

static void some_failures_have_a_two_sided_interval(void **state)
{
    (void)state;
    struct bounds bounds = statistics_clopper_pearson(2, 10, 0.95);
    assert_near(bounds.low, 0.02521073, 1e-7);
    assert_near(bounds.high, 0.55609546, 1e-7);
}

static void only_failures_are_above_a_bound(void **state)
{
    (void)state;
    struct bounds bounds = statistics_clopper_pearson(10, 10, 0.95);
    assert_near(bounds.low, pow(0.05, 0.1), 1e-12);
    assert_true(bounds.high == 1);
}

static void a_p_value_is_of_students_t_on_both_sides(void **state)
{
    (void)state;
    /* mean 1, standard error sqrt(2.5 / 5): t = 1.41421 with 4 degrees of freedom */
    assert_near(statistics_p_value((double[]){-1, 0, 1, 2, 3}, 5), 0.23019964, 1e-7);
    assert_true(isnan(statistics_p_value((double[]){3}, 1)));
}

static void equal_differences_are_as_certain_as_so_many_heads_in_a_row(void **state)
{
    (void)state;
    assert_true(statistics_p_value((double[]){0, 0, 0}, 3) == 1);
    assert_true(statistics_p_value((double[]){2, 2, 2}, 3) == 0.25); /* three of one sign prove little */
    assert_true(statistics_p_value((double[]){-2, -2}, 2) == 0.5);
    assert_true(statistics_p_value((double[]){0.3, 0.1 + 0.2, 0.3, 0.3}, 4) == 0.125); /* but for rounding */
}

static void holm_multiplies_by_how_many_are_left_and_never_falls(void **state)
{
    (void)state;
    double p_values[] = {0.01, 0.04, NAN, 0.03, 0.005};
    statistics_holm(p_values, 5);
    assert_near(p_values[4], 0.02, 1e-12);
    assert_near(p_values[0], 0.03, 1e-12);
    assert_near(p_values[3], 0.06, 1e-12);
    assert_near(p_values[1], 0.06, 1e-12); /* 0.04 alone, but not below 0.03's */
    assert_true(isnan(p_values[2]));
}

enum { SEEDS = 4 };
static const char *const paths[] = {"x", NULL};

/* Two variants of four seeds each, compared in x. */
static struct compared second_to_first(const double *first, const double *second)
{
    const struct measures *runs[2][SEEDS];
    for (int seed = 0; seed < SEEDS; seed++) {
        runs[0][seed] = run_with(first[seed]);
        runs[1][seed] = run_with(second[seed]);
    }
    const struct measures *const *variants[] = {runs[0], runs[1]};
    struct comparison *comparison = comparison_new(paths, variants, 2, SEEDS);
    struct compared cell = *comparison_cell(comparison, 0, 1);
    comparison_free(comparison);
    for (int seed = 0; seed < SEEDS; seed++) {
        measures_free((struct measures *)(guintptr)runs[0][seed]);
        measures_free((struct measures *)(guintptr)runs[1][seed]);
    }
    return cell;
}

static void pairs_show_a_difference_that_the_seeds_noise_would_hide(void **state)
{
    (void)state;
    struct compared cell = second_to_first((double[]){100, 20, 60, 3}, (double[]){101, 21.1, 61, 3.9});
    assert_near(cell.mean.mean, 46.75, 1e-9);
    assert_near(cell.difference.mean, 1, 1e-9);
    assert_near(cell.difference.half_width, 3.182446 * sqrt(0.02 / 3 / 4), 1e-6);
    assert_true(cell.real);
    assert_true(cell.mean.half_width > 60);
}

static void a_difference_within_chance_is_not_real(void **state)
{
    (void)state;
    struct compared cell = second_to_first((double[]){1, 2, 3, 4}, (double[]){2, 1, 4, 3});
    assert_false(cell.real);
    assert_near(cell.p_corrected, 1, 1e-12);
}

static void a_seed_that_one_of_them_did_not_measure_is_no_pair(void **state)
{
    (void)state;
    struct compared cell = second_to_first((double[]){1, NAN, 3, 4}, (double[]){2, 7, NAN, 6});
    assert_int_equal(cell.difference.count, 2);
    assert_near(cell.difference.mean, 1.5, 1e-12);
    assert_int_equal(cell.mean.count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_failure_in_300_runs_is_below_0_9936_percent),
        cmocka_unit_test(some_failures_have_a_two_sided_interval),
        cmocka_unit_test(only_failures_are_above_a_bound),
        cmocka_unit_test(a_p_value_is_of_students_t_on_both_sides),
        cmocka_unit_test(equal_differences_are_as_certain_as_so_many_heads_in_a_row),
        cmocka_unit_test(holm_multiplies_by_how_many_are_left_and_never_falls),
        cmocka_unit_test(pairs_show_a_difference_that_the_seeds_noise_would_hide),
        cmocka_unit_test(a_difference_within_chance_is_not_real),
        cmocka_unit_test(a_seed_that_one_of_them_did_not_measure_is_no_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
