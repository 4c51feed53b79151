/* A monotone priority queue on int64 times (Ahuja, Mehlhorn, Orlin, Tarjan 1990): what is pushed is never earlier than
 * what was popped last. Ties leave first in, first out.
 *
 * Bucket 0 holds the entries of the time `last`; bucket b those whose highest bit that differs from `last` is b - 1.
 * Popping from an empty bucket 0 takes the lowest bucket that holds anything, moves `last` to its earliest time and
 * deals its entries out to lower buckets, which are all empty then; so each entry moves down at most 63 times, and in
 * practice two or three. Entries of one time always share a bucket, and dealing keeps their order, hence the ties. */
#ifndef CRASHQ_RADIX_HEAP_H
#define CRASHQ_RADIX_HEAP_H

#include <stdbool.h>

#include "sim/timed/vector.h"

struct due_entry {
    int64_t time_ns;
    uint64_t key; /* sequence << 24 | slot: the order of insertion, and where the payload lies */
};

#define RADIX_BUCKETS 65

struct radix_heap {
    int64_t last_ns;
    uint64_t count;
    uint64_t filled; /* bit b - 1: bucket b holds something, b >= 1 */
    uint64_t head;   /* entries of bucket 0 that are gone */
    int64_t earliest_ns[RADIX_BUCKETS];
    struct vector bucket[RADIX_BUCKETS];
};

void radix_heap_init(struct radix_heap *heap);
void radix_heap_free(struct radix_heap *heap);
void radix_heap_push(struct radix_heap *heap, struct due_entry entry);
/* The earliest time, without moving anything; the heap is not empty. */
int64_t radix_heap_earliest(const struct radix_heap *heap);
struct due_entry radix_heap_pop(struct radix_heap *heap);

#endif
