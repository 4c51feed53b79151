/* A block: the whole state of an actor, in one piece of memory without pointers.
 *
 * A block starts with a struct arena, then the fixed part that its owner lays out, then objects that come
 * and go. Objects are named by references that count 16-byte units from the block's start, so a block can be
 * copied, compared and hashed as bytes: [0, arena->top units) is all of it.
 *
 * Invariants: everything at and above `top` is zero. A freed object is zeroed but for the link of its free list,
 * and is handed out again zeroed. There is one free list per size, last in first out, so equal
 * histories give equal bytes.
 *
 * The block's owner provides the memory (the host reserves the whole range and the system commits
 * it lazily); an arena never moves. */
#ifndef CRASHQ_BASE_ARENA_H
#define CRASHQ_BASE_ARENA_H

#include <assert.h>
#include <stdint.h>

#include "models/base/check.h"
#include "models/base/limits.h"

#define ARENA_SIZES 8 /* free lists: objects of 1 to 8 units */

struct arena {
    uint32_t top;               /* units in use from the block's start, this header included */
    uint32_t limit;             /* units the block may grow to */
    uint32_t free[ARENA_SIZES]; /* first free object of (index + 1) units, 0 = none */
    uint32_t freed_units;       /* units that lie in free lists */
    uint32_t reserved;
};
static_assert(sizeof(struct arena) == 48, "no padding in stored structs");

/* Makes a zeroed block of `limit_bytes` ready; the first `fixed_bytes` (this header included) are the owner's. */
void arena_init(struct arena *block, uint64_t fixed_bytes, uint64_t limit_bytes);

/* Takes a zeroed object of `units` (1..ARENA_SIZES) units. Returns its reference, or 0 when the block is full: a
 * condition that the caller must answer with a refusal. */
uint32_t arena_take(struct arena *block, uint32_t units);

/* Takes `units` units (any number) that are never given back: fixed tables sized at run time. 0 when full. */
uint32_t arena_reserve(struct arena *block, uint32_t units);

/* Gives an object back; `units` as it was taken. */
void arena_give(struct arena *block, uint32_t at, uint32_t units);

/* Objects of `units` units that could still be taken beyond those in free lists. */
uint32_t arena_room(const struct arena *block, uint32_t units);

/* The object that a reference names. */
static inline void *arena_at(const struct arena *block, uint32_t at)
{
    CHECK(at != 0 && at < block->top);
    return (char *)(uintptr_t)block + (uint64_t)at * UNIT_BYTES;
}

static inline uint64_t arena_used_bytes(const struct arena *block)
{
    return (uint64_t)block->top * UNIT_BYTES;
}

#endif
