/* A 4-ary heap ordered by (time, sequence): the oracle of the event queue in tests, and a reference in benchmarks. */
#ifndef CRASHQ_TESTS_HEAP4_H
#define CRASHQ_TESTS_HEAP4_H

#include "sim/timed/radix_heap.h"

struct heap4 {
    struct vector entries; /* struct due_entry */
};

void heap4_init(struct heap4 *heap);
void heap4_free(struct heap4 *heap);
void heap4_push(struct heap4 *heap, struct due_entry entry);
int64_t heap4_earliest(const struct heap4 *heap); /* not empty */
struct due_entry heap4_pop(struct heap4 *heap);

#endif
