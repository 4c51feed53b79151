/* See omap.h. A reference's low bit would be lost on units, so a branch is told from a leaf by its tag word. */
#include "models/base/omap.h"

#include <stddef.h>

/* Both node kinds are one unit. `mark` is 0 in a leaf; in a branch 64 - the index of its critical bit, so 1..64. */
struct leaf {
    uint64_t key;
    uint32_t value;
    uint32_t mark;
};
struct branch {
    uint32_t child[2];
    uint32_t reserved;
    uint32_t mark;
};
static_assert(sizeof(struct leaf) == UNIT_BYTES && sizeof(struct branch) == UNIT_BYTES, "a node is one unit");

static struct leaf *leaf_at(const struct arena *block, uint32_t at)
{
    return arena_at(block, at);
}

static struct branch *branch_at(const struct arena *block, uint32_t at)
{
    return arena_at(block, at);
}

static bool is_leaf(const struct arena *block, uint32_t at)
{
    return leaf_at(block, at)->mark == 0;
}

static uint32_t branch_bit(const struct branch *branch)
{
    return 64 - branch->mark;
}

static unsigned key_side(uint64_t key, uint32_t bit)
{
    return (unsigned)(key >> bit & 1);
}

/* The leaf that the key's bits lead to: the only one that may hold it. */
static uint32_t omap_candidate(const struct arena *block, const struct omap *map, uint64_t key)
{
    uint32_t at = map->root;
    while (!is_leaf(block, at)) {
        const struct branch *branch = branch_at(block, at);
        at = branch->child[key_side(key, branch_bit(branch))];
    }
    return at;
}

uint32_t omap_get(const struct arena *block, const struct omap *map, uint64_t key)
{
    if (map->root == 0)
        return 0;
    const struct leaf *leaf = leaf_at(block, omap_candidate(block, map, key));
    return leaf->key == key ? leaf->value : 0;
}

static uint32_t leaf_new(struct arena *block, uint64_t key, uint32_t value)
{
    uint32_t at = arena_take(block, 1);
    if (at != 0)
        *leaf_at(block, at) = (struct leaf){.key = key, .value = value};
    return at;
}

bool omap_put(struct arena *block, struct omap *map, uint64_t key, uint32_t value)
{
    CHECK(value != 0);
    if (map->root == 0) {
        map->root = leaf_new(block, key, value);
        map->count = map->root != 0;
        return map->root != 0;
    }
    struct leaf *near = leaf_at(block, omap_candidate(block, map, key));
    if (near->key == key) {
        near->value = value;
        return true;
    }
    uint32_t bit = 63 - (uint32_t)__builtin_clzll(near->key ^ key);
    uint32_t leaf = leaf_new(block, key, value);
    uint32_t fork = leaf == 0 ? 0 : arena_take(block, 1);
    if (fork == 0) {
        if (leaf != 0)
            arena_give(block, leaf, 1);
        return false;
    }
    uint32_t *slot = &map->root;
    while (!is_leaf(block, *slot) && branch_bit(branch_at(block, *slot)) > bit) {
        struct branch *branch = branch_at(block, *slot);
        slot = &branch->child[key_side(key, branch_bit(branch))];
    }
    struct branch *branch = branch_at(block, fork);
    branch->mark = 64 - bit;
    branch->child[key_side(key, bit)] = leaf;
    branch->child[1 - key_side(key, bit)] = *slot;
    *slot = fork;
    map->count++;
    return true;
}

uint32_t omap_remove(struct arena *block, struct omap *map, uint64_t key)
{
    if (map->root == 0)
        return 0;
    uint32_t *slot = &map->root, *above = NULL; /* above: the slot that holds slot's branch */
    while (!is_leaf(block, *slot)) {
        struct branch *branch = branch_at(block, *slot);
        above = slot;
        slot = &branch->child[key_side(key, branch_bit(branch))];
    }
    uint32_t at = *slot;
    if (leaf_at(block, at)->key != key)
        return 0;
    uint32_t value = leaf_at(block, at)->value;
    if (above == NULL) {
        map->root = 0;
    } else {
        uint32_t fork = *above;
        struct branch *branch = branch_at(block, fork);
        *above = branch->child[slot == &branch->child[0]];
        arena_give(block, fork, 1);
    }
    arena_give(block, at, 1);
    map->count--;
    return value;
}

static void omap_edge(const struct arena *block, uint32_t at, unsigned side, uint64_t *ret_key, uint32_t *ret_value)
{
    while (!is_leaf(block, at))
        at = branch_at(block, at)->child[side];
    *ret_key = leaf_at(block, at)->key;
    *ret_value = leaf_at(block, at)->value;
}

/* The entry nearest to `key` on the side `up` (1: >=, 0: <=). The subtree whose keys all share the bits above where `key` leaves the tree lies
 * wholly on one side of it; the answer is its edge, or the edge of the last subtree passed on the wanted side. */
static bool omap_nearest(const struct arena *block, const struct omap *map, uint64_t key, unsigned up, uint64_t *ret_key, uint32_t *ret_value)
{
    if (map->root == 0)
        return false;
    const struct leaf *near = leaf_at(block, omap_candidate(block, map, key));
    if (near->key == key) {
        *ret_key = near->key;
        *ret_value = near->value;
        return true;
    }
    uint32_t bit = 63 - (uint32_t)__builtin_clzll(near->key ^ key);
    uint32_t at = map->root, passed = 0;
    while (!is_leaf(block, at) && branch_bit(branch_at(block, at)) > bit) {
        const struct branch *branch = branch_at(block, at);
        unsigned side = key_side(key, branch_bit(branch));
        if (side != up)
            passed = branch->child[up];
        at = branch->child[side];
    }
    /* the keys below `at` differ from `key` at `bit`: all greater when key's bit is 0 */
    if (key_side(key, bit) == up)
        at = passed;
    if (at == 0)
        return false;
    omap_edge(block, at, 1 - up, ret_key, ret_value);
    return true;
}

bool omap_ceiling(const struct arena *block, const struct omap *map, uint64_t from, uint64_t *ret_key, uint32_t *ret_value)
{
    return omap_nearest(block, map, from, 1, ret_key, ret_value);
}

bool omap_floor(const struct arena *block, const struct omap *map, uint64_t to, uint64_t *ret_key, uint32_t *ret_value)
{
    return omap_nearest(block, map, to, 0, ret_key, ret_value);
}

void omap_clear(struct arena *block, struct omap *map)
{
    uint64_t key;
    uint32_t value;
    while (omap_ceiling(block, map, 0, &key, &value))
        omap_remove(block, map, key);
}
