/* See radix_heap.h. */
#include "sim/timed/radix_heap.h"

#include <string.h>

#include "models/base/check.h"

#define CHUNK_ENTRIES 15u
#define RUN_ENOUGH (RADIX_RUN / 2) /* entries: a shorter run takes the bucket behind it along */
#define BIAS (UINT64_C(1) << 63)

struct chunk {
    struct due_entry entries[CHUNK_ENTRIES];
    uint32_t next; /* + 1; of no meaning in the last chunk of a bucket */
    uint32_t unused[3];
};
_Static_assert(sizeof(struct chunk) == 256, "four cache lines");

void radix_heap_init(struct radix_heap *heap)
{
    memset(heap, 0, sizeof *heap);
    vector_init(&heap->chunks, sizeof(struct chunk));
}

void radix_heap_free(struct radix_heap *heap)
{
    vector_free(&heap->chunks);
}

void radix_heap_copy(struct radix_heap *to, const struct radix_heap *from)
{
    struct vector chunks = to->chunks;
    *to = *from;
    to->chunks = chunks;
    vector_copy(&to->chunks, &from->chunks);
}

static uint64_t biased(int64_t time_ns)
{
    return (uint64_t)time_ns ^ BIAS;
}

static int64_t unbiased(uint64_t time)
{
    return (int64_t)(time ^ BIAS);
}

void radix_heap_rebase(struct radix_heap *heap, int64_t time_ns)
{
    CHECK(heap->count == 0);
    heap->base = biased(time_ns);
}

int64_t radix_heap_base(const struct radix_heap *heap)
{
    return unbiased(heap->base);
}

/* ---- chunks ---- */

static struct chunk *chunk_at(const struct radix_heap *heap, uint32_t chunk)
{
    return (struct chunk *)(void *)heap->chunks.items + (chunk - 1);
}

static uint32_t chunk_take(struct radix_heap *heap)
{
    uint32_t chunk = heap->free_chunk;
    if (chunk != 0) {
        heap->free_chunk = chunk_at(heap, chunk)->next;
        return chunk;
    }
    CHECK(heap->chunks.count < UINT32_MAX);
    vector_push(&heap->chunks);
    return (uint32_t)heap->chunks.count;
}

static void chunk_give(struct radix_heap *heap, uint32_t chunk)
{
    chunk_at(heap, chunk)->next = heap->free_chunk;
    heap->free_chunk = chunk;
}

/* ---- buckets ---- */

/* Where a time belongs; marks the bucket as filled, which it will be. */
static struct radix_bucket *bucket_for(struct radix_heap *heap, int64_t time_ns)
{
    uint64_t time = biased(time_ns);
    CHECK(time >= heap->base);
    unsigned level = (63u - (unsigned)__builtin_clzll((time ^ heap->base) | 1)) / RADIX_DIGIT_BITS;
    unsigned digit = time >> level * RADIX_DIGIT_BITS & (RADIX_DIGITS - 1);
    heap->levels |= 1u << level;
    heap->filled[level] |= UINT64_C(1) << digit;
    return &heap->bucket[level][digit];
}

static void bucket_append(struct radix_heap *heap, struct due_entry entry)
{
    struct radix_bucket *bucket = bucket_for(heap, entry.time_ns);
    if (bucket->count++ == 0) {
        bucket->first = bucket->last = chunk_take(heap);
        bucket->begin = bucket->end = 0;
    } else if (bucket->end == CHUNK_ENTRIES) {
        uint32_t chunk = chunk_take(heap);
        chunk_at(heap, bucket->last)->next = chunk;
        bucket->last = chunk;
        bucket->end = 0;
    }
    chunk_at(heap, bucket->last)->entries[bucket->end++] = entry;
}

void radix_heap_push(struct radix_heap *heap, struct due_entry entry)
{
    bucket_append(heap, entry);
    heap->count++;
}

void radix_heap_push_front(struct radix_heap *heap, struct due_entry entry)
{
    struct radix_bucket *bucket = bucket_for(heap, entry.time_ns);
    heap->count++;
    if (bucket->count++ == 0) {
        bucket->first = bucket->last = chunk_take(heap);
        bucket->begin = bucket->end = CHUNK_ENTRIES;
    } else if (bucket->begin == 0) {
        uint32_t chunk = chunk_take(heap);
        chunk_at(heap, chunk)->next = bucket->first;
        bucket->first = chunk;
        bucket->begin = CHUNK_ENTRIES;
    }
    chunk_at(heap, bucket->first)->entries[--bucket->begin] = entry;
}

/* What the bucket's first chunk holds, at most `most`, is copied out, and the chunk given back if that was all. */
static uint32_t bucket_shift(struct radix_heap *heap, struct radix_bucket *bucket, struct due_entry *into,
                             uint32_t most)
{
    const struct chunk *chunk = chunk_at(heap, bucket->first);
    uint32_t holds = (bucket->first == bucket->last ? bucket->end : CHUNK_ENTRIES) - bucket->begin;
    uint32_t count = holds < most ? holds : most;
    memcpy(into, &chunk->entries[bucket->begin], count * sizeof *into);
    bucket->count -= count;
    bucket->begin = (uint16_t)(bucket->begin + count);
    if (count == holds) {
        uint32_t next = chunk->next;
        chunk_give(heap, bucket->first);
        bucket->first = next;
        bucket->begin = 0;
    }
    return count;
}

static void bucket_emptied(struct radix_heap *heap, unsigned level, unsigned digit)
{
    heap->filled[level] &= ~(UINT64_C(1) << digit);
    if (heap->filled[level] == 0)
        heap->levels &= ~(1u << level);
}

/* The least time, biased, that the bucket of a digit may hold; of the digit behind the last: the end of the level. */
static uint64_t bucket_start(const struct radix_heap *heap, unsigned level, unsigned digit)
{
    unsigned shift = level * RADIX_DIGIT_BITS;
    uint64_t above = shift + RADIX_DIGIT_BITS < 64 ? UINT64_MAX << (shift + RADIX_DIGIT_BITS) : 0;
    return (heap->base & above) + ((uint64_t)digit << shift);
}

/* ---- taking a run ---- */

/* None goes back to the bucket that is dealt: all agree with the new base in its digit. */
static void bucket_deal(struct radix_heap *heap, unsigned level, unsigned digit)
{
    struct radix_bucket *bucket = &heap->bucket[level][digit];
    struct due_entry entries[CHUNK_ENTRIES];
    bucket_emptied(heap, level, digit);
    while (bucket->count > 0) {
        uint32_t count = bucket_shift(heap, bucket, entries, CHUNK_ENTRIES);
        for (uint32_t i = 0; i < count; i++)
            bucket_append(heap, entries[i]);
    }
}

/* Moves at most `most` entries of a bucket to the places before `at`, which moves along. */
static void run_read(struct radix_heap *heap, struct radix_bucket *bucket, uint32_t most, struct due_entry *run,
                     uint32_t *at)
{
    struct due_entry entries[CHUNK_ENTRIES];
    while (most > 0 && bucket->count > 0) {
        uint32_t count = bucket_shift(heap, bucket, entries, most < CHUNK_ENTRIES ? most : CHUNK_ENTRIES);
        for (uint32_t i = 0; i < count; i++)
            run[--*at] = entries[i];
        most -= count;
    }
}

/* Buckets among themselves are in order, what lies in one need not be. */
static void run_sort(struct due_entry *run, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct due_entry entry = run[i];
        uint32_t at = i;
        for (; at > 0 && due_entry_before(run[at - 1], entry); at--)
            run[at] = run[at - 1];
        run[at] = entry;
    }
}

/* Which digits of the level, from its first on, make a run of a good length: as a mask, and how many entries it has. */
static uint64_t run_choose(const struct radix_heap *heap, unsigned level, uint32_t *ret_count)
{
    uint64_t rest = heap->filled[level], chosen = 0;
    uint32_t count = 0;
    for (; rest != 0 && count < RUN_ENOUGH; rest &= rest - 1) {
        uint32_t more = heap->bucket[level][__builtin_ctzll(rest)].count;
        if (chosen != 0 && count + more > RADIX_RUN)
            break;
        chosen |= rest & -rest;
        count += more;
    }
    *ret_count = count < RADIX_RUN ? count : RADIX_RUN;
    return chosen;
}

/* Level 0 keeps one time a bucket, in order: there a part of a bucket is a run, too. */
static uint32_t run_take(struct radix_heap *heap, unsigned level, struct due_entry *run)
{
    uint32_t count, at;
    uint64_t chosen = run_choose(heap, level, &count);
    at = count;
    for (; chosen != 0; chosen &= chosen - 1) {
        unsigned digit = (unsigned)__builtin_ctzll(chosen);
        run_read(heap, &heap->bucket[level][digit], at, run, &at);
        if (heap->bucket[level][digit].count == 0)
            bucket_emptied(heap, level, digit);
    }
    heap->count -= count;
    run_sort(run, count);
    return count;
}

static int64_t level_beyond(const struct radix_heap *heap, unsigned level)
{
    if (heap->count == 0)
        return INT64_MAX;
    uint64_t filled = heap->filled[level];
    return unbiased(bucket_start(heap, level, filled == 0 ? RADIX_DIGITS : (unsigned)__builtin_ctzll(filled)));
}

uint32_t radix_heap_take(struct radix_heap *heap, int64_t until_ns, struct due_entry run[RADIX_RUN],
                         int64_t *ret_beyond_ns)
{
    while (heap->count > 0) {
        unsigned level = (unsigned)__builtin_ctz(heap->levels);
        unsigned digit = (unsigned)__builtin_ctzll(heap->filled[level]);
        uint64_t start = bucket_start(heap, level, digit);
        if (unbiased(start) > until_ns)
            return 0;
        heap->base = start;
        if (level == 0 || heap->bucket[level][digit].count <= RADIX_RUN) {
            uint32_t count = run_take(heap, level, run);
            *ret_beyond_ns = level_beyond(heap, level);
            return count;
        }
        bucket_deal(heap, level, digit);
    }
    return 0;
}
