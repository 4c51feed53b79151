/* A set of sequence numbers as intervals: a replica appends nearly all messages in order, so few intervals say it. */
#ifndef CRASHQ_INTERVALS_H
#define CRASHQ_INTERVALS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct intervals {
    GArray *list; /* struct span, ascending, with a gap between any two; NULL: empty */
};
struct span {
    uint64_t first, last;
};

void intervals_add(struct intervals *intervals, uint64_t number);
void intervals_clear(struct intervals *intervals);
/* How many numbers are in some of the `count` sets and not in all of those. */
uint64_t intervals_divergent(const struct intervals *const *sets, uint32_t count);

#endif
