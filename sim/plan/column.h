/* Recorded traffic: CSV files of one or two columns whose header names say the unit (`time_s,size_bytes`,
 * `latency_ms`). */
#ifndef CRASHQ_PLAN_COLUMN_H
#define CRASHQ_PLAN_COLUMN_H

#include <stdbool.h>
#include <stdint.h>

struct columns {
    int64_t *times_ns;
    uint32_t *sizes; /* NULL when the file has no second column */
    uint32_t count;
};

/* Reads the file `name`, which lies in `directory` unless it is absolute. Returns NULL, or what is wrong (the
 * caller frees it); on success the caller frees the arrays with g_free. */
char *columns_read(const char *directory, const char *name, struct columns *ret);
void columns_sort(struct columns *columns);
bool columns_ascend(const struct columns *columns);

#endif
