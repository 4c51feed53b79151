/* Units. Time is int64_t nanoseconds; sizes are bytes. */
#ifndef CRASHQ_BASE_UNITS_H
#define CRASHQ_BASE_UNITS_H

#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)
#define NS_NEVER INT64_MAX

/* So much later than a time; beyond all time there is only never. Neither is negative. */
static inline int64_t ns_later(int64_t time_ns, int64_t length_ns)
{
    return length_ns > NS_NEVER - time_ns ? NS_NEVER : time_ns + length_ns;
}

#endif
