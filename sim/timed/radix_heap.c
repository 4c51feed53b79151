/* See radix_heap.h. */
#include "sim/timed/radix_heap.h"

#include "models/base/check.h"

void radix_heap_init(struct radix_heap *heap)
{
    heap->last_ns = INT64_MIN;
    heap->count = heap->filled = heap->head = 0;
    for (int bucket = 0; bucket < RADIX_BUCKETS; bucket++)
        vector_init(&heap->bucket[bucket], sizeof(struct due_entry));
}

void radix_heap_free(struct radix_heap *heap)
{
    for (int bucket = 0; bucket < RADIX_BUCKETS; bucket++)
        vector_free(&heap->bucket[bucket]);
}

static unsigned radix_bucket(const struct radix_heap *heap, int64_t time_ns)
{
    uint64_t differs = (uint64_t)time_ns ^ (uint64_t)heap->last_ns;
    return differs == 0 ? 0 : 64u - (unsigned)__builtin_clzll(differs);
}

static void radix_put(struct radix_heap *heap, struct due_entry entry)
{
    unsigned bucket = radix_bucket(heap, entry.time_ns);
    struct vector *vector = &heap->bucket[bucket];
    if (bucket > 0) {
        if (vector->count == 0 || entry.time_ns < heap->earliest_ns[bucket])
            heap->earliest_ns[bucket] = entry.time_ns;
        heap->filled |= UINT64_C(1) << (bucket - 1);
    }
    *(struct due_entry *)vector_push(vector) = entry;
}

void radix_heap_push(struct radix_heap *heap, struct due_entry entry)
{
    CHECK(entry.time_ns >= heap->last_ns);
    radix_put(heap, entry);
    heap->count++;
}

int64_t radix_heap_earliest(const struct radix_heap *heap)
{
    CHECK(heap->count > 0);
    if (heap->head < heap->bucket[0].count)
        return heap->last_ns;
    return heap->earliest_ns[1 + __builtin_ctzll(heap->filled)];
}

static void radix_deal(struct radix_heap *heap)
{
    unsigned bucket = 1u + (unsigned)__builtin_ctzll(heap->filled);
    struct vector *vector = &heap->bucket[bucket];
    uint64_t count = vector->count;
    heap->bucket[0].count = heap->head = 0;
    heap->last_ns = heap->earliest_ns[bucket];
    heap->filled &= heap->filled - 1;
    vector->count = 0; /* no entry goes back to the same bucket: all share its bit with the new `last` */
    const struct due_entry *entries = (const struct due_entry *)(const void *)vector->items;
    for (uint64_t i = 0; i < count; i++)
        radix_put(heap, entries[i]);
}

struct due_entry radix_heap_pop(struct radix_heap *heap)
{
    CHECK(heap->count > 0);
    if (heap->head == heap->bucket[0].count)
        radix_deal(heap);
    heap->count--;
    struct due_entry entry = *(const struct due_entry *)vector_at(&heap->bucket[0], heap->head++);
    if (heap->head == heap->bucket[0].count)
        heap->bucket[0].count = heap->head = 0;
    return entry;
}
