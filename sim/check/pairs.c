#include "sim/check/pairs.h"

#include "models/base/check.h"

#define SLOTS_FIRST 1024

void pairs_init(struct pairs *pairs, struct memory *memory)
{
    *pairs = (struct pairs){.memory = memory, .mask = SLOTS_FIRST - 1};
    pairs->slots = memory_take(memory, SLOTS_FIRST * sizeof *pairs->slots);
}

void pairs_clear(struct pairs *pairs)
{
    memory_give(pairs->memory, pairs->slots, (pairs->mask + 1) * sizeof *pairs->slots);
    *pairs = (struct pairs){0};
}

static void pairs_place(struct pairs *pairs, struct pairs_slot slot)
{
    uint64_t at = pairs_home(pairs, slot.kind, slot.left, slot.right);
    while (pairs->slots[at].value != 0)
        at = (at + 1) & pairs->mask;
    pairs->slots[at] = slot;
}

static void pairs_grow(struct pairs *pairs)
{
    struct pairs_slot *old = pairs->slots;
    uint64_t old_count = pairs->mask + 1;
    pairs->mask = old_count * 2 - 1;
    pairs->slots = memory_take(pairs->memory, old_count * 2 * sizeof *pairs->slots);
    for (uint64_t i = 0; i < old_count; i++)
        if (old[i].value != 0)
            pairs_place(pairs, old[i]);
    memory_give(pairs->memory, old, old_count * sizeof *old);
}

void pairs_put(struct pairs *pairs, uint32_t kind, uint32_t left, uint32_t right, uint32_t value)
{
    CHECK(value != 0);
    CHECK(pairs_get(pairs, kind, left, right) == 0);
    if ((pairs->count + 1) * 2 > pairs->mask)
        pairs_grow(pairs);
    pairs_place(pairs, (struct pairs_slot){.left = left, .right = right, .kind = kind, .value = value});
    pairs->count++;
}
