/* See expect.h. A mean is near its value when the 99.9 % interval contains the value and is no wider than the tolerance
 * on either side (VALIDATION.md): too few runs cannot pass. */
#include "analysis/expect.h"

#include <math.h>

#include "analysis/statistics.h"

#define CONFIDENCE 0.999

static bool condition_holds(const struct plan_expectation *expectation, double value)
{
    switch ((enum plan_condition)expectation->condition) {
    case CONDITION_EQUAL:
        return value == expectation->low;
    case CONDITION_LESS:
        return value < expectation->low;
    case CONDITION_AT_MOST:
        return value <= expectation->low;
    case CONDITION_MORE:
        return value > expectation->low;
    case CONDITION_AT_LEAST:
        return value >= expectation->low;
    case CONDITION_BETWEEN:
        return value >= expectation->low && value <= expectation->high;
    case CONDITION_NEAR:
        return fabs(value - expectation->low) <= expectation->high;
    }
    g_assert_not_reached();
}

static void judge_every_run(struct expectation_result *result, const struct measures *const *runs,
                            const uint64_t *seeds, size_t count)
{
    result->held = result->applies = true;
    for (size_t run = 0; run < count; run++) {
        const struct measure *measure = measures_find(runs[run], result->expectation->path);
        bool null = measure->kind == MEASURE_NULL;
        bool held = !null && condition_holds(result->expectation, measure->value);
        if (run == 0 || (result->held && !held)) {
            g_free(result->actual);
            result->actual = null ? g_strdup("nothing measured") : g_strdup_printf("%.6g", measure->value);
            result->seed = seeds[run];
            result->applies = !null;
        }
        result->held = result->held && held;
    }
}

static void judge_mean(struct expectation_result *result, const struct measures *const *runs, size_t count)
{
    g_autofree double *values = g_new(double, count);
    for (size_t run = 0; run < count; run++) {
        const struct measure *measure = measures_find(runs[run], result->expectation->path);
        if (measure->kind == MEASURE_NULL) {
            result->actual = g_strdup("nothing measured");
            return;
        }
        values[run] = measure->value;
    }
    struct interval interval = statistics_student(values, count, CONFIDENCE);
    result->applies = true;
    if (result->expectation->condition == CONDITION_NEAR) {
        result->actual = g_strdup_printf("%.5g +- %.2g", interval.mean, interval.half_width);
        result->held = fabs(interval.mean - result->expectation->low) <= interval.half_width &&
                       interval.half_width <= result->expectation->high;
    } else {
        result->actual = g_strdup_printf("%.5g", interval.mean);
        result->held = condition_holds(result->expectation, interval.mean);
    }
}

static void result_clear(void *result)
{
    g_free(((struct expectation_result *)result)->actual);
}

GArray *expect_judge(const struct plan *plan, const struct measures *const *runs, const uint64_t *seeds, size_t count)
{
    GArray *results = g_array_new(FALSE, TRUE, sizeof(struct expectation_result));
    g_array_set_clear_func(results, result_clear);
    for (uint32_t i = 0; i < plan->expectation_count; i++) {
        struct expectation_result result = {.expectation = &plan->expectations[i], .seed = seeds[0]};
        if (measures_find(runs[0], result.expectation->path) == NULL)
            result.actual = g_strdup("no such measure");
        else if (result.expectation->over == EXPECT_MEAN)
            judge_mean(&result, runs, count);
        else
            judge_every_run(&result, runs, seeds, count);
        g_array_append_val(results, result);
    }
    return results;
}
