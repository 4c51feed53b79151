/* See event_queue.h. */
#include "sim/timed/event_queue.h"

#include <string.h>

#include "models/base/check.h"

#define SLOT_BITS 24
#define SLOT_MASK ((UINT64_C(1) << SLOT_BITS) - 1)
struct event_slot {
    uint64_t key; /* of the entry that owns it; of a free slot: the next free one, + 1, which is no entry's key */
    struct due due;
};

static struct event_slot *slot_at(const struct event_queue *queue, uint64_t slot)
{
    return (struct event_slot *)(void *)queue->slots.items + slot;
}

void event_queue_init(struct event_queue *queue)
{
    queue->sequence = queue->live = 0;
    queue->free_slot = queue->near_count = 0;
    queue->now_ns = INT64_MIN;
    queue->beyond_ns = INT64_MAX;
    vector_init(&queue->slots, sizeof(struct event_slot));
    radix_heap_init(&queue->far);
}

void event_queue_free(struct event_queue *queue)
{
    vector_free(&queue->slots);
    radix_heap_free(&queue->far);
}

static uint32_t slot_take(struct event_queue *queue)
{
    if (queue->free_slot == 0) {
        CHECK(queue->slots.count < SLOT_MASK);
        vector_push(&queue->slots);
        return (uint32_t)queue->slots.count - 1;
    }
    uint32_t slot = queue->free_slot - 1;
    queue->free_slot = (uint32_t)slot_at(queue, slot)->key;
    return slot;
}

static void slot_give(struct event_queue *queue, uint64_t slot)
{
    slot_at(queue, slot)->key = queue->free_slot;
    queue->free_slot = (uint32_t)slot + 1;
    queue->live--;
}

static bool entry_live(const struct event_queue *queue, struct due_entry entry)
{
    return slot_at(queue, entry.key & SLOT_MASK)->key == entry.key;
}

/* The later half goes back to the far side. It is before all that is there, hence to the front. */
static void near_spill(struct event_queue *queue)
{
    uint32_t half = queue->near_count / 2;
    if (queue->far.count == 0)
        radix_heap_rebase(&queue->far, queue->now_ns);
    queue->beyond_ns = queue->near[half - 1].time_ns;
    for (uint32_t i = 0; i < half; i++)
        radix_heap_push_front(&queue->far, queue->near[i]);
    queue->near_count -= half;
    memmove(queue->near, &queue->near[half], queue->near_count * sizeof *queue->near);
}

/* The entry has the greatest key so far, so it comes behind all of its time. */
static void near_insert(struct event_queue *queue, struct due_entry entry)
{
    uint32_t at = queue->near_count++;
    for (; at > 0 && queue->near[at - 1].time_ns <= entry.time_ns; at--)
        queue->near[at] = queue->near[at - 1];
    queue->near[at] = entry;
}

/* What will be popped soon is asked of memory now. */
static bool near_fill(struct event_queue *queue, int64_t until_ns)
{
    uint32_t count = radix_heap_take(&queue->far, until_ns, queue->near, &queue->beyond_ns);
    for (uint32_t i = count; i-- > 0;)
        __builtin_prefetch(slot_at(queue, queue->near[i].key & SLOT_MASK), 1);
    queue->near_count = count;
    int64_t base_ns = radix_heap_base(&queue->far);
    queue->now_ns = queue->now_ns > base_ns ? queue->now_ns : base_ns;
    return count > 0;
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
    if (time_ns < queue->beyond_ns && queue->near_count == EVENT_QUEUE_NEAR)
        near_spill(queue);
    if (time_ns < queue->beyond_ns)
        near_insert(queue, entry);
    else
        radix_heap_push(&queue->far, entry);
    return key;
}

bool event_queue_cancel(struct event_queue *queue, event_handle handle)
{
    uint64_t slot = handle & SLOT_MASK;
    if (handle <= SLOT_MASK || slot >= queue->slots.count || slot_at(queue, slot)->key != handle)
        return false;
    slot_give(queue, slot);
    return true;
}

bool event_queue_pop(struct event_queue *queue, int64_t until_ns, int64_t *ret_time_ns, struct due *ret_due)
{
    for (;;) {
        if (queue->near_count == 0 && !near_fill(queue, until_ns))
            return false;
        struct due_entry entry = queue->near[queue->near_count - 1];
        if (entry.time_ns > until_ns)
            return false;
        queue->near_count--;
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
        if (slot_at(queue, slot)->key > SLOT_MASK)
            visit(context, &slot_at(queue, slot)->due);
}

void event_queue_copy(struct event_queue *to, const struct event_queue *from)
{
    to->sequence = from->sequence;
    to->live = from->live;
    to->free_slot = from->free_slot;
    to->now_ns = from->now_ns;
    to->beyond_ns = from->beyond_ns;
    to->near_count = from->near_count;
    memcpy(to->near, from->near, from->near_count * sizeof *to->near);
    vector_copy(&to->slots, &from->slots);
    radix_heap_copy(&to->far, &from->far);
}
