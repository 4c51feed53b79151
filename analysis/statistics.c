/* See statistics.h. The sum runs in the order of the values (the order of seeds), in two passes: the same bytes on
 * every run. */
#include "analysis/statistics.h"

#include <glib.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

double statistics_standard_error(const double *values, size_t count, double *ret_mean)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    *ret_mean = sum / (double)count;
    for (size_t i = 0; i < count; i++)
        squares += (values[i] - *ret_mean) * (values[i] - *ret_mean);
    return sqrt(squares / (double)(count - 1) / (double)count);
}

struct interval statistics_student(const double *values, size_t count, double confidence)
{
    struct interval interval = {.mean = NAN, .half_width = NAN, .count = count};
    if (count == 0)
        return interval;
    interval.mean = values[0];
    if (count < 2)
        return interval;
    double error = statistics_standard_error(values, count, &interval.mean);
    interval.half_width = gsl_cdf_tdist_Pinv(0.5 + confidence / 2, (double)(count - 1)) * error;
    return interval;
}

/* Values that are all the same, but for rounding, have no spread to be measured by: so many of one sign are as likely
 * as heads in a row. */
double statistics_p_value(const double *values, size_t count)
{
    if (count < 2)
        return NAN;
    double mean, error = statistics_standard_error(values, count, &mean);
    if (error <= fabs(mean) * 1e-12)
        return mean == 0 ? 1 : ldexp(1, 1 - (int)(count < 1000 ? count : 1000));
    return 2 * gsl_cdf_tdist_Q(fabs(mean) / error, (double)(count - 1));
}

/* Quadratic, and there are few of them. */
void statistics_holm(double *p_values, size_t count)
{
    g_autofree double *raw = g_memdup2(p_values, count * sizeof *p_values);
    double corrected = 0, last = -1;
    for (;;) {
        double least = INFINITY; /* of those that are not corrected yet */
        size_t rest = 0;
        for (size_t i = 0; i < count; i++)
            if (raw[i] > last && raw[i] < least)
                least = raw[i];
        if (isinf(least))
            return;
        for (size_t i = 0; i < count; i++)
            rest += raw[i] >= least;
        corrected = fmax(corrected, fmin(1, least * (double)rest));
        for (size_t i = 0; i < count; i++)
            if (raw[i] == least)
                p_values[i] = corrected;
        last = least;
    }
}

struct bounds statistics_clopper_pearson(uint64_t hits, uint64_t runs, double confidence)
{
    bool none = hits == 0, all = hits == runs;
    double outside = none || all ? 1 - confidence : (1 - confidence) / 2;
    struct bounds bounds = {0, 1};
    if (runs > 0 && !none)
        bounds.low = gsl_cdf_beta_Pinv(outside, (double)hits, (double)(runs - hits) + 1);
    if (runs > 0 && !all)
        bounds.high = gsl_cdf_beta_Qinv(outside, (double)hits + 1, (double)(runs - hits));
    return bounds;
}
