/* Means over runs with Student's intervals. */
#ifndef CRASHQ_STATISTICS_H
#define CRASHQ_STATISTICS_H

#include <stddef.h>

struct interval {
    double mean, half_width; /* half_width is NAN below two values */
    size_t count;
};
/* confidence in (0, 1), such as 0.95. */
struct interval statistics_student(const double *values, size_t count, double confidence);

#endif
