/* See event_queue.h. */
#include "sim/timed/event_queue.h"

#include "models/base/check.h"

#define SLOT_BITS 24
#define SLOT_MASK ((UINT64_C(1) << SLOT_BITS) - 1)
#define SMALL_MOST 96u  /* entries: beyond it the radix heap wins */
#define SMALL_AGAIN 24u

struct event_slot {
    uint64_t key; /* of the entry that owns it; 0: free */
    struct due due;
};

static struct event_slot *slot_at(const struct event_queue *queue, uint64_t slot)
{
    return (struct event_slot *)(void *)queue->slots.items + slot;
}

void event_queue_init(struct event_queue *queue)
{
    queue->sequence = queue->live = 0;
    queue->free_slot = 0;
    queue->small = true;
    queue->now_ns = INT64_MIN;
    vector_init(&queue->slots, sizeof(struct event_slot));
    heap4_init(&queue->heap4);
    radix_heap_init(&queue->radix);
}

void event_queue_free(struct event_queue *queue)
{
    vector_free(&queue->slots);
    heap4_free(&queue->heap4);
    radix_heap_free(&queue->radix);
}

static uint32_t slot_take(struct event_queue *queue)
{
    if (queue->free_slot == 0) {
        CHECK(queue->slots.count < SLOT_MASK);
        vector_push(&queue->slots);
        return (uint32_t)queue->slots.count - 1;
    }
    uint32_t slot = queue->free_slot - 1;
    queue->free_slot = (uint32_t)slot_at(queue, slot)->due.value;
    return slot;
}

static void slot_give(struct event_queue *queue, uint64_t slot)
{
    struct event_slot *place = slot_at(queue, slot);
    place->key = 0;
    place->due.value = queue->free_slot;
    queue->free_slot = (uint32_t)slot + 1;
    queue->live--;
}

static bool entry_live(const struct event_queue *queue, struct due_entry entry)
{
    return slot_at(queue, entry.key & SLOT_MASK)->key == entry.key;
}

/* The entries by rising sequence: equal times must enter the radix heap in that order. Shell sort: there are about a
 * hundred. */
static void entries_sort(struct due_entry *entries, uint64_t count)
{
    static const uint64_t gaps[] = {57, 23, 10, 4, 1};
    for (size_t g = 0; g < sizeof gaps / sizeof gaps[0]; g++)
        for (uint64_t i = gaps[g]; i < count; i++) {
            struct due_entry entry = entries[i];
            uint64_t at = i;
            for (; at >= gaps[g] && entries[at - gaps[g]].key > entry.key; at -= gaps[g])
                entries[at] = entries[at - gaps[g]];
            entries[at] = entry;
        }
}

static void queue_to_radix(struct event_queue *queue)
{
    struct vector *entries = &queue->heap4.entries;
    entries_sort((struct due_entry *)(void *)entries->items, entries->count);
    CHECK(queue->radix.count == 0);
    queue->radix.last_ns = queue->now_ns;
    for (uint64_t i = 0; i < entries->count; i++)
        radix_heap_push(&queue->radix, *(const struct due_entry *)vector_at(entries, i));
    entries->count = 0;
    queue->small = false;
}

static void queue_to_heap4(struct event_queue *queue)
{
    while (queue->radix.count > 0) {
        struct due_entry entry = radix_heap_pop(&queue->radix);
        if (entry_live(queue, entry))
            heap4_push(&queue->heap4, entry);
    }
    queue->small = true;
}

void event_queue_choose(struct event_queue *queue, bool small)
{
    if (small && !queue->small)
        queue_to_heap4(queue);
    else if (!small && queue->small)
        queue_to_radix(queue);
}

event_handle event_queue_push(struct event_queue *queue, int64_t time_ns, const struct due *due)
{
    CHECK(time_ns >= queue->now_ns);
    uint32_t slot = slot_take(queue);
    uint64_t key = ++queue->sequence << SLOT_BITS | slot;
    struct event_slot *place = slot_at(queue, slot);
    place->key = key;
    place->due = *due;
    queue->live++;
    struct due_entry entry = {.time_ns = time_ns, .key = key};
    if (queue->small && queue->heap4.entries.count >= SMALL_MOST)
        queue_to_radix(queue);
    if (queue->small)
        heap4_push(&queue->heap4, entry);
    else
        radix_heap_push(&queue->radix, entry);
    return key;
}

bool event_queue_cancel(struct event_queue *queue, event_handle handle)
{
    uint64_t slot = handle & SLOT_MASK;
    if (handle == 0 || slot >= queue->slots.count || slot_at(queue, slot)->key != handle)
        return false;
    slot_give(queue, slot);
    return true;
}

bool event_queue_pop(struct event_queue *queue, int64_t until_ns, int64_t *ret_time_ns, struct due *ret_due)
{
    for (;;) {
        if (!queue->small && queue->radix.count <= SMALL_AGAIN)
            queue_to_heap4(queue);
        uint64_t count = queue->small ? queue->heap4.entries.count : queue->radix.count;
        if (count == 0 ||
            (queue->small ? heap4_earliest(&queue->heap4) : radix_heap_earliest(&queue->radix)) > until_ns)
            return false;
        struct due_entry entry = queue->small ? heap4_pop(&queue->heap4) : radix_heap_pop(&queue->radix);
        queue->now_ns = entry.time_ns;
        if (!entry_live(queue, entry))
            continue;
        *ret_time_ns = entry.time_ns;
        *ret_due = slot_at(queue, entry.key & SLOT_MASK)->due;
        slot_give(queue, entry.key & SLOT_MASK);
        return true;
    }
}

void event_queue_foreach(const struct event_queue *queue, void (*visit)(void *, const struct due *), void *context)
{
    for (uint64_t slot = 0; slot < queue->slots.count; slot++)
        if (slot_at(queue, slot)->key != 0)
            visit(context, &slot_at(queue, slot)->due);
}

void event_queue_copy(struct event_queue *to, const struct event_queue *from)
{
    to->sequence = from->sequence;
    to->live = from->live;
    to->free_slot = from->free_slot;
    to->small = from->small;
    to->now_ns = from->now_ns;
    vector_copy(&to->slots, &from->slots);
    vector_copy(&to->heap4.entries, &from->heap4.entries);
    to->radix.last_ns = from->radix.last_ns;
    to->radix.count = from->radix.count;
    to->radix.filled = from->radix.filled;
    to->radix.head = from->radix.head;
    for (int bucket = 0; bucket < RADIX_BUCKETS; bucket++) {
        to->radix.earliest_ns[bucket] = from->radix.earliest_ns[bucket];
        vector_copy(&to->radix.bucket[bucket], &from->radix.bucket[bucket]);
    }
}
