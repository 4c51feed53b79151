/* The states that a check visited, by fingerprint, to be looked up afterwards. */
#ifndef CRASHQ_TESTS_ATLAS_H
#define CRASHQ_TESTS_ATLAS_H

#include <stdlib.h>

#include "models/base/check.h"
#include "sim/check/check.h"

struct atlas {
    struct digest *states;
    size_t count, room;
};

static inline void atlas_add(void *context, struct digest fingerprint)
{
    struct atlas *atlas = context;
    if (atlas->count == atlas->room) {
        atlas->room = atlas->room ? atlas->room * 2 : 4096;
        atlas->states = realloc(atlas->states, atlas->room * sizeof *atlas->states);
        CHECK(atlas->states != NULL);
    }
    atlas->states[atlas->count++] = fingerprint;
}

static inline int digest_order(const void *one, const void *other)
{
    const struct digest *a = one, *b = other;
    if (a->high != b->high)
        return a->high < b->high ? -1 : 1;
    return a->low < b->low ? -1 : a->low > b->low;
}

/* Checks a whole world: the caller looks at the result, clears it, and frees atlas->states. */
static inline struct check_result atlas_make(struct atlas *atlas, const struct world_shape *shape)
{
    struct check_result result;
    *atlas = (struct atlas){0};
    check_run(shape, &(struct check_options){.visited = atlas_add, .context = atlas}, &result);
    qsort(atlas->states, atlas->count, sizeof *atlas->states, digest_order);
    return result;
}

/* NULL: not among them. */
static inline const struct digest *atlas_find(const struct atlas *atlas, struct digest fingerprint)
{
    return bsearch(&fingerprint, atlas->states, atlas->count, sizeof fingerprint, digest_order);
}

static inline bool atlas_has(const struct atlas *atlas, struct digest fingerprint)
{
    return atlas_find(atlas, fingerprint) != NULL;
}

#endif
