/* What the crash of a primary costs (P17). An asynchronous primary takes with it what it confirmed within the last
 * shipping delay: over many crashes a Poisson number with mean and variance rate x delay. With `confirm-after: all` it
 * takes nothing. A value holds when its 99.9 % interval contains it and is no wider than its tolerance. */
#include <math.h>

#include "models/base/units.h"
#include "tests/theory/seeds.h"

#define SCENARIO "scenarios/theory/lost-by-lag.yaml"
#define CRASHES 8000 /* one a run; 5,000 give an interval wider than the tolerance */

struct moments {
    double mean, variance, mean_half, variance_half; /* half-widths of their 99.9 % intervals */
};

static struct moments moments_of(const uint64_t *counts, size_t count)
{
    const double z = 3.2905, n = (double)count;
    double sum = 0, second = 0, fourth = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)counts[i];
    double mean = sum / n;
    for (size_t i = 0; i < count; i++) {
        double square = pow((double)counts[i] - mean, 2);
        second += square;
        fourth += square * square;
    }
    double variance = second / (n - 1);
    return (struct moments){.mean = mean,
                            .variance = variance,
                            .mean_half = z * sqrt(variance / n),
                            .variance_half = z * sqrt((fourth / n - variance * variance) / n)};
}

static void assert_holds(const char *what, double got, double half, double wanted, double tolerance)
{
    print_message("%s %.4f +- %.4f, expected %.4f +- %.0f %%\n", what, got, half, wanted, tolerance * 100);
    assert_true(fabs(got - wanted) <= half);
    assert_true(half <= wanted * tolerance);
}

static double rate_times_delay(const struct plan *plan)
{
    return (double)plan->queues[0].ship_delay_ns / (double)plan->producers[0].interval.a;
}

static void what_an_asynchronous_primary_takes_with_it_is_poisson(void **state)
{
    (void)state;
    struct plan *plan = seed_plan(SCENARIO, NULL);
    struct world_shape *shape = shape_new(plan, SHAPE_RUN);
    uint64_t *lost = g_new(uint64_t, CRASHES);
    for (uint64_t seed = 1; seed <= CRASHES; seed++)
        lost[seed - 1] = seed_run(shape, seed).lost;
    struct moments moments = moments_of(lost, CRASHES);
    assert_holds("lost per crash: mean", moments.mean, moments.mean_half, rate_times_delay(plan), 0.03);
    assert_holds("lost per crash: variance", moments.variance, moments.variance_half, rate_times_delay(plan), 0.06);
    g_free(lost);
    shape_free(shape);
    plan_free(plan);
}

static void a_primary_that_waits_for_all_takes_nothing_with_it(void **state)
{
    (void)state;
    struct plan *plan = seed_plan(SCENARIO, "all");
    struct world_shape *shape = shape_new(plan, SHAPE_RUN);
    for (uint64_t seed = 1; seed <= CRASHES / 16; seed++) {
        struct seed_run run = seed_run(shape, seed);
        assert_int_equal(run.lost, 0);
        assert_true(run.confirmed > 10);
    }
    shape_free(shape);
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_asynchronous_primary_takes_with_it_is_poisson),
        cmocka_unit_test(a_primary_that_waits_for_all_takes_nothing_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
