/* See expect.h. A mean is near its value when the 99.9 % interval contains the value and is no wider than the tolerance
 * on either side. An interval that contains the value and is wider says nothing: too few runs cannot pass, and have
 * not failed. */
#include "analysis/expect.h"

#include <math.h>

#include "analysis/statistics.h"
#include "models/base/check.h"

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

static void judged(struct expectation_result *result, enum expectation_verdict verdict, double value, char *actual)
{
    g_free(result->actual);
    result->verdict = verdict;
    result->value = value;
    result->actual = actual;
}

/* A run that breaks it outweighs one in which nothing was measured, and that one all that hold. */
static void judge_every_run(struct expectation_result *result, const struct measures *const *runs,
                            const uint64_t *seeds, size_t count)
{
    for (size_t run = 0; run < count && result->verdict != EXPECTATION_BROKEN; run++) {
        const struct measure *measure = measures_find(runs[run], result->expectation->path);
        bool null = measure->kind == MEASURE_NULL;
        enum expectation_verdict verdict = null                                                   ? EXPECTATION_UNTESTED
                                           : condition_holds(result->expectation, measure->value) ? EXPECTATION_HELD
                                                                                                  : EXPECTATION_BROKEN;
        if (run > 0 && (verdict == EXPECTATION_HELD || verdict == result->verdict))
            continue;
        result->seed = seeds[run];
        judged(result, verdict, null ? NAN : measure->value,
               null ? g_strdup("nothing measured") : g_strdup_printf("%.6g", measure->value));
    }
}

static void judge_mean(struct expectation_result *result, const struct measures *const *runs, const uint64_t *seeds,
                       size_t count)
{
    g_autofree double *values = g_new(double, count);
    for (size_t run = 0; run < count; run++) {
        const struct measure *measure = measures_find(runs[run], result->expectation->path);
        if (measure->kind == MEASURE_NULL) {
            result->seed = seeds[run];
            judged(result, EXPECTATION_UNTESTED, NAN, g_strdup("nothing measured"));
            return;
        }
        values[run] = measure->value;
    }
    struct interval interval = statistics_student(values, count, CONFIDENCE);
    if (count < 2) {
        judged(result, EXPECTATION_UNTESTED, interval.mean,
               g_strdup_printf("%.5g in one run, which has no interval: say --runs N", interval.mean));
        return;
    }
    bool inside = fabs(interval.mean - result->expectation->low) <= interval.half_width;
    bool narrow = interval.half_width <= result->expectation->high;
    judged(result, !inside ? EXPECTATION_BROKEN : narrow ? EXPECTATION_HELD : EXPECTATION_UNTESTED, interval.mean,
           g_strdup_printf("%.5g +- %.2g%s", interval.mean, interval.half_width,
                           inside && !narrow ? ", too wide to say: more --runs" : ""));
    result->half_width = interval.half_width;
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
        struct expectation_result result = {
            .expectation = &plan->expectations[i], .value = NAN, .half_width = NAN, .seed = seeds[0]};
        CHECK(result.expectation->list != EXPECT_VALUE || measures_find(runs[0], result.expectation->path) != NULL);
        if (result.expectation->list != EXPECT_VALUE)
            judged(&result, EXPECTATION_UNTESTED, NAN, g_strdup("lists are not recorded yet"));
        else if (result.expectation->over == EXPECT_MEAN)
            judge_mean(&result, runs, seeds, count);
        else
            judge_every_run(&result, runs, seeds, count);
        g_array_append_val(results, result);
    }
    return results;
}
