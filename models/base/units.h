/* Units. Time is int64_t nanoseconds; sizes are bytes. */
#ifndef CRASHQ_BASE_UNITS_H
#define CRASHQ_BASE_UNITS_H

#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)
#define NS_NEVER INT64_MAX

#endif
