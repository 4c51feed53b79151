/* A map from two interned ids (and what kind of pair they are) to a third: every memo of the checker is such a map, so
 * a step that was made before costs one probe.
 *
 * Open addressing over 16-byte slots, at most half full; a probe that misses the cache once finds key and value
 * together. */
#ifndef CRASHQ_CHECK_PAIRS_H
#define CRASHQ_CHECK_PAIRS_H

#include "sim/check/memory.h"

struct pairs_slot {
    uint32_t left, right;
    uint32_t kind;
    uint32_t value; /* 0: empty */
};

struct pairs {
    struct memory *memory;
    struct pairs_slot *slots;
    uint64_t mask; /* slots - 1, a power of two less one */
    uint64_t count;
};

void pairs_init(struct pairs *pairs, struct memory *memory);
void pairs_clear(struct pairs *pairs);
/* Adds a pair that is not there yet; value is not 0. */
void pairs_put(struct pairs *pairs, uint32_t kind, uint32_t left, uint32_t right, uint32_t value);

static inline uint64_t pairs_home(const struct pairs *pairs, uint32_t kind, uint32_t left, uint32_t right)
{
    uint64_t both = ((uint64_t)left << 32 | right) + (uint64_t)kind * UINT64_C(0x9e3779b97f4a7c15);
    both = (both ^ both >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return (both ^ both >> 29) & pairs->mask;
}

/* The value, or 0 when the pair is unknown. */
static inline uint32_t pairs_get(const struct pairs *pairs, uint32_t kind, uint32_t left, uint32_t right)
{
    for (uint64_t at = pairs_home(pairs, kind, left, right);; at = (at + 1) & pairs->mask) {
        const struct pairs_slot *slot = &pairs->slots[at];
        if (slot->value == 0)
            return 0;
        if (slot->left == left && slot->right == right && slot->kind == kind)
            return slot->value;
    }
}

#endif
