/* See expect.h. A mean is near its value when the 99.9 % interval contains the value and is no wider than the tolerance
 * on either side. An interval that contains the value and is wider says nothing: too few runs cannot pass, and have
 * not failed. */
#include "analysis/expect.h"

#include <math.h>

#include "analysis/statistics.h"
#include "analysis/text_value.h"
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

/* How many entries of a list there are; of its values, how many there came to be. */
static double entries_count(const GArray *entries)
{
    double count = 0;
    for (guint i = 0; i < entries->len; i++)
        count += isfinite(g_array_index(entries, double, i));
    return count;
}

/* Of a list what decides: with `all` the first that breaks it, with `any` the first that holds, otherwise the last. An
 * entry that never came to have its value lies beyond every bound. NAN: there is no entry. */
static double entries_deciding(const struct plan_expectation *expectation, const GArray *entries)
{
    double deciding = NAN;
    for (guint i = 0; i < entries->len; i++) {
        deciding = g_array_index(entries, double, i);
        if (condition_holds(expectation, deciding) == (expectation->list == EXPECT_ANY))
            break;
    }
    return deciding;
}

/* What one run has to say; NAN: nothing was measured. */
static double run_value(const struct plan_expectation *expectation, const struct measures *run)
{
    if (expectation->list == EXPECT_VALUE) {
        const struct measure *measure = measures_find(run, expectation->path);
        return measure->kind == MEASURE_NULL ? NAN : measure->value;
    }
    g_autoptr(GArray) entries = measures_entries(run, expectation->path);
    return expectation->list == EXPECT_COUNT ? entries_count(entries) : entries_deciding(expectation, entries);
}

/* The entries of lists are times. */
static enum measure_kind value_kind(const struct plan_expectation *expectation, const struct measures *run)
{
    if (expectation->list != EXPECT_VALUE)
        return expectation->list == EXPECT_COUNT ? MEASURE_COUNT : MEASURE_SECONDS;
    return measures_find(run, expectation->path)->kind;
}

static char *run_actual(const struct plan_expectation *expectation, const struct measures *run, double value)
{
    return isnan(value)   ? g_strdup("nothing measured")
           : isinf(value) ? g_strdup("never")
                          : text_value(value_kind(expectation, run), value);
}

/* Counts and plain numbers keep the digits that their own size asks for. */
static char *mean_actual(enum measure_kind kind, const struct interval *interval)
{
    if (kind == MEASURE_SECONDS || kind == MEASURE_SHARE)
        return text_interval(kind, interval, false);
    return g_strdup_printf("%.5g +- %.2g", interval->mean, interval->half_width);
}

/* A run that breaks it outweighs one in which nothing was measured, and that one all that hold. */
static void judge_every_run(struct expectation_result *result, const struct measures *const *runs,
                            const uint64_t *seeds, size_t count)
{
    for (size_t run = 0; run < count && result->verdict != EXPECTATION_BROKEN; run++) {
        double value = run_value(result->expectation, runs[run]);
        enum expectation_verdict verdict = isnan(value)                                  ? EXPECTATION_UNTESTED
                                           : condition_holds(result->expectation, value) ? EXPECTATION_HELD
                                                                                         : EXPECTATION_BROKEN;
        if (run > 0 && (verdict == EXPECTATION_HELD || verdict == result->verdict))
            continue;
        result->seed = seeds[run];
        judged(result, verdict, value, run_actual(result->expectation, runs[run], value));
    }
}

static void judge_mean(struct expectation_result *result, const struct measures *const *runs, const uint64_t *seeds,
                       size_t count)
{
    g_autofree double *values = g_new(double, count);
    for (size_t run = 0; run < count; run++) {
        values[run] = run_value(result->expectation, runs[run]);
        if (isnan(values[run])) {
            result->seed = seeds[run];
            judged(result, EXPECTATION_UNTESTED, NAN, g_strdup("nothing measured"));
            return;
        }
    }
    struct interval interval = statistics_student(values, count, CONFIDENCE);
    enum measure_kind kind = value_kind(result->expectation, runs[0]);
    g_autofree char *mean = count < 2 ? text_value(kind, interval.mean) : mean_actual(kind, &interval);
    if (count < 2) {
        judged(result, EXPECTATION_UNTESTED, interval.mean,
               g_strdup_printf("%s in one run, which has no interval: say --runs N", mean));
        return;
    }
    bool inside = fabs(interval.mean - result->expectation->low) <= interval.half_width;
    bool narrow = interval.half_width <= result->expectation->high;
    judged(result, !inside ? EXPECTATION_BROKEN : narrow ? EXPECTATION_HELD : EXPECTATION_UNTESTED, interval.mean,
           g_strdup_printf("%s%s", mean, inside && !narrow ? ", too wide to say: more --runs" : ""));
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
        if (result.expectation->over == EXPECT_MEAN)
            judge_mean(&result, runs, seeds, count);
        else
            judge_every_run(&result, runs, seeds, count);
        g_array_append_val(results, result);
    }
    return results;
}
