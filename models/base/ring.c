/* See ring.h. */
#include "models/base/ring.h"

#include <string.h>

static void *ring_slot(const struct arena *block, const struct ring *ring, uint32_t slot)
{
    return arena_at(block, ring->at + slot * ring->item_units);
}

static uint32_t ring_slot_of(const struct ring *ring, uint32_t index)
{
    uint32_t slot = ring->head + index;
    return slot >= ring->capacity ? slot - ring->capacity : slot;
}

bool ring_init(struct arena *block, struct ring *ring, uint32_t item_units, uint32_t capacity)
{
    CHECK(item_units > 0 && capacity > 0 && capacity <= UINT32_MAX / item_units);
    uint32_t at = arena_reserve(block, item_units * capacity);
    if (at == 0)
        return false;
    *ring = (struct ring){.at = at, .item_units = item_units, .capacity = capacity};
    return true;
}

void *ring_push(struct arena *block, struct ring *ring)
{
    if (ring->count == ring->capacity)
        return NULL;
    return ring_slot(block, ring, ring_slot_of(ring, ring->count++));
}

void *ring_item(const struct arena *block, const struct ring *ring, uint32_t index)
{
    CHECK(index < ring->count);
    return ring_slot(block, ring, ring_slot_of(ring, index));
}

static void ring_wipe(struct arena *block, struct ring *ring, uint32_t index)
{
    memset(ring_item(block, ring, index), 0, (size_t)ring->item_units * UNIT_BYTES);
}

void ring_pop(struct arena *block, struct ring *ring)
{
    ring_wipe(block, ring, 0);
    ring->head = ring_slot_of(ring, 1);
    ring->count--;
    if (ring->count == 0)
        ring->head = 0;
}

void ring_pop_last(struct arena *block, struct ring *ring)
{
    CHECK(ring->count > 0);
    ring_wipe(block, ring, ring->count - 1);
    ring->count--;
    if (ring->count == 0)
        ring->head = 0;
}

void ring_clear(struct arena *block, struct ring *ring)
{
    while (ring->count > 0)
        ring_pop(block, ring);
}
