/* A monotone priority queue on int64 times in whole runs: what comes in is never earlier than what was taken last.
 * Multi-level buckets (Denardo and Fox 1979; the radix heap of Ahuja, Mehlhorn, Orlin and Tarjan 1990 with digits of 6
 * bits instead of one).
 *
 * An entry lies in the bucket of the highest digit in which its time differs from `base`, by the value of that digit.
 * So the lowest bucket of the lowest level that holds anything has the earliest entries. It is taken as a run if it is
 * short, else dealt out to the levels below, which are empty then; an entry moves at most once a level, and two to four
 * times in practice. Entries of one time always share a bucket and keep their order there, so ties leave by key.
 *
 * A bucket is a list of chunks from one pool: memory follows what is pending, whatever bucket it lies in. */
#ifndef CRASHQ_RADIX_HEAP_H
#define CRASHQ_RADIX_HEAP_H

#include <stdbool.h>

#include "sim/timed/vector.h"

struct due_entry {
    int64_t time_ns;
    uint64_t key; /* sequence << 24 | slot: the order of insertion, and where the payload lies */
};

#define RADIX_DIGIT_BITS 6
#define RADIX_DIGITS (1u << RADIX_DIGIT_BITS)
#define RADIX_LEVELS ((64 + RADIX_DIGIT_BITS - 1) / RADIX_DIGIT_BITS)
#define RADIX_RUN 32u /* entries that are taken at once, at most */

struct radix_bucket {
    uint32_t count;
    uint32_t first, last; /* chunks, + 1; of no meaning in an empty bucket */
    uint16_t begin, end;  /* the first entry in the first chunk, and behind the last in the last */
};

struct radix_heap {
    uint64_t base;   /* a time, biased so that unsigned order is the order of times */
    uint64_t count;  /* of entries */
    uint32_t free_chunk; /* head of the list of free chunks, + 1; 0: none */
    uint32_t levels; /* bit n: level n holds something */
    uint64_t filled[RADIX_LEVELS]; /* bit n: the bucket of digit n does */
    struct radix_bucket bucket[RADIX_LEVELS][RADIX_DIGITS];
    struct vector chunks;
};

void radix_heap_init(struct radix_heap *heap);
void radix_heap_free(struct radix_heap *heap);
void radix_heap_copy(struct radix_heap *to, const struct radix_heap *from); /* `to` was initialised */
/* Of an empty heap: what will come in is at `time_ns` or later. */
void radix_heap_rebase(struct radix_heap *heap, int64_t time_ns);
int64_t radix_heap_base(const struct radix_heap *heap);
/* At or after the base, with a key above all keys of its time. */
void radix_heap_push(struct radix_heap *heap, struct due_entry entry);
/* At or after the base, and before all that is there by (time, key): a part of a run that comes back. */
void radix_heap_push_front(struct radix_heap *heap, struct due_entry entry);
/* Takes the earliest entries, sorted, the earliest last, if any can lie at or before `until_ns`; what stays is behind
 * them, and at `*ret_beyond_ns` or later. Sets the base to the earliest time that the run may hold. Returns how many;
 * 0: all are later. */
uint32_t radix_heap_take(struct radix_heap *heap, int64_t until_ns, struct due_entry run[RADIX_RUN],
                         int64_t *ret_beyond_ns);

static inline bool due_entry_before(struct due_entry a, struct due_entry b)
{
    return a.time_ns != b.time_ns ? a.time_ns < b.time_ns : a.key < b.key;
}

#endif
