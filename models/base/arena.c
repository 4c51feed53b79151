/* See arena.h. Nothing here searches: an object comes from its size's free list, or else from the top. A block's
 * memory changes its types as objects come and go, so the link in a freed object is only ever copied. */
#include "models/base/arena.h"

#include <string.h>

static void *unit_at(const struct arena *block, uint32_t at)
{
    return (char *)(uintptr_t)block + (uint64_t)at * UNIT_BYTES;
}

void arena_init(struct arena *block, uint64_t fixed_bytes, uint64_t limit_bytes)
{
    CHECK(fixed_bytes >= sizeof *block && fixed_bytes <= limit_bytes);
    CHECK(limit_bytes / UNIT_BYTES <= UINT32_MAX);
    memset(block, 0, sizeof *block);
    block->top = (uint32_t)((fixed_bytes + UNIT_BYTES - 1) / UNIT_BYTES);
    block->limit = (uint32_t)(limit_bytes / UNIT_BYTES);
    CHECK(block->top <= block->limit);
}

uint32_t arena_reserve(struct arena *block, uint32_t units)
{
    CHECK(units > 0);
    if (block->limit - block->top < units)
        return 0;
    uint32_t at = block->top;
    block->top += units;
    return at;
}

uint32_t arena_take(struct arena *block, uint32_t units)
{
    CHECK(units >= 1 && units <= ARENA_SIZES);
    uint32_t at = block->free[units - 1];
    if (at == 0)
        return arena_reserve(block, units);
    CHECK(block->freed_units >= units && at < block->top);
    void *object = unit_at(block, at);
    memcpy(&block->free[units - 1], object, sizeof block->free[0]);
    memset(object, 0, sizeof block->free[0]);
    block->freed_units -= units;
    return at;
}

void arena_give(struct arena *block, uint32_t at, uint32_t units)
{
    CHECK(units >= 1 && units <= ARENA_SIZES);
    CHECK(at != 0 && at < block->top && block->top - at >= units);
    void *object = unit_at(block, at);
    memset(object, 0, (size_t)units * UNIT_BYTES);
    memcpy(object, &block->free[units - 1], sizeof block->free[0]);
    block->free[units - 1] = at;
    block->freed_units += units;
}

uint32_t arena_room(const struct arena *block, uint32_t units)
{
    CHECK(units >= 1);
    return (block->limit - block->top) / units;
}
