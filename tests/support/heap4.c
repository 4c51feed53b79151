/* See heap4.h. Popping is bottom-up (Wegener 1993): the hole sinks to a leaf along the least children, then the last
 * entry rises from there; it usually belongs near the bottom, so this saves a comparison per level. */
#include "tests/support/heap4.h"

#include "models/base/check.h"

void heap4_init(struct heap4 *heap)
{
    vector_init(&heap->entries, sizeof(struct due_entry));
}

void heap4_free(struct heap4 *heap)
{
    vector_free(&heap->entries);
}

static void heap4_rise(struct due_entry *entries, uint64_t hole, struct due_entry entry)
{
    while (hole > 0) {
        uint64_t parent = (hole - 1) / 4;
        if (!due_entry_before(entry, entries[parent]))
            break;
        entries[hole] = entries[parent];
        hole = parent;
    }
    entries[hole] = entry;
}

void heap4_push(struct heap4 *heap, struct due_entry entry)
{
    vector_push(&heap->entries);
    heap4_rise((struct due_entry *)(void *)heap->entries.items, heap->entries.count - 1, entry);
}

int64_t heap4_earliest(const struct heap4 *heap)
{
    CHECK(heap->entries.count > 0);
    return ((const struct due_entry *)vector_at(&heap->entries, 0))->time_ns;
}

static uint64_t heap4_least_child(const struct due_entry *entries, uint64_t first, uint64_t count)
{
    uint64_t least = first, end = first + 4 < count ? first + 4 : count;
    for (uint64_t child = first + 1; child < end; child++)
        if (due_entry_before(entries[child], entries[least]))
            least = child;
    return least;
}

struct due_entry heap4_pop(struct heap4 *heap)
{
    CHECK(heap->entries.count > 0);
    struct due_entry *entries = (struct due_entry *)(void *)heap->entries.items;
    struct due_entry top = entries[0];
    uint64_t count = --heap->entries.count, hole = 0;
    struct due_entry last = entries[count];
    if (count == 0)
        return top;
    for (uint64_t first = 1; first < count; first = 4 * hole + 1) {
        uint64_t least = heap4_least_child(entries, first, count);
        entries[hole] = entries[least];
        hole = least;
    }
    heap4_rise(entries, hole, last);
    return top;
}
