/* See statistics.h. The sum runs in the order of the values (the order of seeds), in two passes: the same bytes on
 * every run. */
#include "analysis/statistics.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

struct interval statistics_student(const double *values, size_t count, double confidence)
{
    struct interval interval = {.mean = NAN, .half_width = NAN, .count = count};
    if (count == 0)
        return interval;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    interval.mean = sum / (double)count;
    if (count < 2)
        return interval;
    for (size_t i = 0; i < count; i++)
        squares += (values[i] - interval.mean) * (values[i] - interval.mean);
    double error = sqrt(squares / (double)(count - 1) / (double)count);
    interval.half_width = gsl_cdf_tdist_Pinv(0.5 + confidence / 2, (double)(count - 1)) * error;
    return interval;
}
