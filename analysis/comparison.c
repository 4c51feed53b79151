/* See comparison.h. */
#include "analysis/comparison.h"

#include <math.h>
#include <string.h>

#include "analysis/bootstrap.h"

static double run_value(const struct measures *run, const char *path)
{
    const struct measure *measure = measures_find(run, path);
    return measure == NULL || measure->kind == MEASURE_NULL ? NAN : measure->value;
}

/* What is a number in both (`base` NULL: in one), as values or differences. */
static size_t values_gather(double *values, const char *path, const struct measures *const *runs,
                            const struct measures *const *base, size_t seeds)
{
    size_t count = 0;
    for (size_t seed = 0; seed < seeds; seed++) {
        double value = run_value(runs[seed], path) - (base == NULL ? 0 : run_value(base[seed], path));
        if (!isnan(value))
            values[count++] = value;
    }
    return count;
}

/* latency.confirm.p99 */
static bool path_is_a_percentile(const char *path)
{
    const char *last = strrchr(path, '.');
    return last != NULL && last[1] == 'p' && g_ascii_isdigit(last[2]);
}

static struct interval interval_of(const char *path, const double *values, size_t count, double *ret_p_value)
{
    if (path_is_a_percentile(path))
        return bootstrap_interval(values, count, COMPARISON_CONFIDENCE, ret_p_value);
    *ret_p_value = statistics_p_value(values, count);
    return statistics_student(values, count, COMPARISON_CONFIDENCE);
}

static void compare_cell(struct compared *cell, const char *path, const struct measures *const *runs,
                         const struct measures *const *base, size_t seeds)
{
    g_autofree double *values = g_new(double, seeds + 1);
    size_t count = values_gather(values, path, runs, NULL, seeds);
    cell->mean = interval_of(path, values, count, &cell->p_value);
    cell->difference = (struct interval){.mean = NAN, .half_width = NAN};
    cell->p_value = NAN;
    if (runs == base)
        return;
    count = values_gather(values, path, runs, base, seeds);
    cell->difference = interval_of(path, values, count, &cell->p_value);
}

static void comparison_correct(struct comparison *comparison)
{
    size_t count = comparison->measures * comparison->variants;
    g_autofree double *p_values = g_new(double, count + 1);
    for (size_t i = 0; i < count; i++) {
        p_values[i] = comparison->cells[i].p_value;
        comparison->tests += isnan(p_values[i]) ? 0 : 1;
    }
    statistics_holm(p_values, count);
    for (size_t i = 0; i < count; i++) {
        comparison->cells[i].p_corrected = p_values[i];
        comparison->cells[i].real = p_values[i] < 1 - COMPARISON_CONFIDENCE;
    }
}

struct comparison *comparison_new(const char *const *paths, const struct measures *const *const *runs, size_t variants,
                                  size_t seeds)
{
    struct comparison *comparison = g_new0(struct comparison, 1);
    comparison->paths = paths;
    comparison->variants = variants;
    comparison->measures = g_strv_length((char **)(guintptr)paths);
    comparison->cells = g_new0(struct compared, comparison->measures * variants + 1);
    for (size_t measure = 0; measure < comparison->measures; measure++)
        for (size_t variant = 0; variant < variants; variant++)
            compare_cell(&comparison->cells[measure * variants + variant], paths[measure], runs[variant], runs[0],
                         seeds);
    comparison_correct(comparison);
    return comparison;
}

void comparison_free(struct comparison *comparison)
{
    if (comparison == NULL)
        return;
    g_free(comparison->cells);
    g_free(comparison);
}

const struct compared *comparison_cell(const struct comparison *comparison, size_t measure, size_t variant)
{
    return &comparison->cells[measure * comparison->variants + variant];
}

struct rarity comparison_rarity(const char *path, const struct measures *const *runs, size_t seeds)
{
    struct rarity rarity = {0};
    for (size_t seed = 0; seed < seeds; seed++) {
        double value = run_value(runs[seed], path);
        rarity.runs += isnan(value) ? 0 : 1;
        rarity.hits += value > 0;
    }
    rarity.bounds = statistics_clopper_pearson(rarity.hits, rarity.runs, COMPARISON_CONFIDENCE);
    return rarity;
}

char *rarity_text(const struct rarity *rarity)
{
    const char *confidence = "with 95 % confidence";
    if (rarity->runs == 0)
        return g_strdup("not measured");
    if (rarity->hits == 0)
        return g_strdup_printf("below %.4g %% %s", rarity->bounds.high * 100, confidence);
    if (rarity->hits == rarity->runs)
        return g_strdup_printf("above %.4g %% %s", rarity->bounds.low * 100, confidence);
    return g_strdup_printf("%.4g %% to %.4g %% %s", rarity->bounds.low * 100, rarity->bounds.high * 100, confidence);
}
