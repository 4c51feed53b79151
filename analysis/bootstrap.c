/* See bootstrap.h. The symmetric bootstrap-t (Hall 1988, "On symmetric bootstrap confidence intervals"): as many runs
 * are drawn from those there are, each as likely every time, again and again; how far the mean of such a resample lies
 * from the runs' own mean, in standard errors of that resample, takes the place of the absolute value of Student's t.
 * The p-value is of the same distribution, so that it agrees with the interval. The draws are the same in every
 * comparison. */
#include "analysis/bootstrap.h"

#include <glib.h>
#include <gsl/gsl_sort.h>
#include <math.h>

#include "models/base/draw.h"

/* One less than a round number: then the quantile is one of them. Of many runs the mean is nearly normal, and each
 * resample takes long. */
#define RESAMPLES 9999u
#define RESAMPLES_OF_MANY 1999u
#define MANY 1000u

/* |t| of one resample; infinite when it has no spread (a run drawn over and over), but for rounding. `offsets`: of the
 * values to their mean. */
static double resample_distance(struct stream *stream, const double *offsets, size_t count)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        double offset = offsets[draw_below(stream_next(stream), count)];
        sum += offset;
        squares += offset * offset;
    }
    double spread = squares - sum * sum / (double)count;
    if (spread <= squares * 1e-9)
        return INFINITY;
    return fabs(sum) / sqrt(spread * (double)count / (double)(count - 1));
}

/* In ascending order. */
static double *distances_draw(const double *values, size_t count, double mean, size_t resamples)
{
    g_autofree double *offsets = g_new(double, count);
    double *distances = g_new(double, resamples);
    struct stream stream;
    stream_seed(&stream, 1, DRAW_RESAMPLE, count);
    for (size_t i = 0; i < count; i++)
        offsets[i] = values[i] - mean;
    for (size_t i = 0; i < resamples; i++)
        distances[i] = resample_distance(&stream, offsets, count);
    gsl_sort(distances, 1, resamples);
    return distances;
}

static size_t distances_from(const double *distances, size_t count, double least)
{
    size_t from = 0;
    for (size_t i = count; i-- > 0 && distances[i] >= least;)
        from++;
    return from;
}

struct interval bootstrap_interval(const double *values, size_t count, double confidence, double *ret_p_value)
{
    struct interval student = statistics_student(values, count, confidence);
    *ret_p_value = statistics_p_value(values, count);
    if (count < BOOTSTRAP_LEAST || student.half_width <= 0)
        return student;
    double mean, error = statistics_standard_error(values, count, &mean);
    size_t resamples = count <= MANY ? RESAMPLES : RESAMPLES_OF_MANY;
    g_autofree double *distances = distances_draw(values, count, mean, resamples);
    double quantile = distances[(size_t)ceil(confidence * (double)(resamples + 1) - 1e-6) - 1];
    if (isinf(quantile))
        return student;
    size_t as_far = distances_from(distances, resamples, fabs(mean) / error);
    double p_value = (double)(as_far + 1) / (double)(resamples + 1);
    if (as_far > 0 || *ret_p_value > p_value) /* farther than all of them: how far, only Student's can say */
        *ret_p_value = p_value;
    return (struct interval){.mean = mean, .half_width = quantile * error, .count = count, .bootstrapped = true};
}
