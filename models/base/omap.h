/* An ordered map from uint64_t keys to non-zero uint32_t values (mostly references), inside a block.
 *
 * A crit-bit tree (D. J. Bernstein, "Crit-bit trees"): its shape depends on the keys alone, never on the order
 * in which they came, so two blocks that hold the same keys hold the same tree. One unit per leaf and one per
 * branch. */
#ifndef CRASHQ_BASE_OMAP_H
#define CRASHQ_BASE_OMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "models/base/arena.h"

struct omap {
    uint32_t root; /* 0 when empty */
    uint32_t count;
};

/* Adds or replaces. Returns false when the block has no room (the map is then unchanged). */
bool omap_put(struct arena *block, struct omap *map, uint64_t key, uint32_t value);
/* The value, or 0 when the key is absent. */
uint32_t omap_get(const struct arena *block, const struct omap *map, uint64_t key);
/* Removes; returns the value, or 0 when the key was absent. */
uint32_t omap_remove(struct arena *block, struct omap *map, uint64_t key);
/* The least entry with key >= from. Returns false when there is none. */
bool omap_ceiling(const struct arena *block, const struct omap *map, uint64_t from, uint64_t *ret_key,
                  uint32_t *ret_value);
/* The greatest entry with key <= to. */
bool omap_floor(const struct arena *block, const struct omap *map, uint64_t to, uint64_t *ret_key, uint32_t *ret_value);
/* Gives every entry back. */
void omap_clear(struct arena *block, struct omap *map);

#endif
