/* See omap.h. A branch names the highest bit in which the keys below it differ, the least significant being 0;
 * below it all keys with that bit clear lie on side 0. Bits fall on every way down. n leaves have n - 1 branches. */
#include "models/base/omap.h"

#include <stddef.h>

/* A leaf or a branch: one unit. One type for both, since each may take memory that the other gave back. */
struct node {
    union {
        uint64_t key;
        uint32_t child[2];
    };
    uint32_t value; /* of a leaf */
    uint32_t mark;  /* 0 in a leaf; the branch's bit + 1 */
};
static_assert(sizeof(struct node) == UNIT_BYTES, "a node is one unit");

static struct node *node_at(const struct arena *block, uint32_t at)
{
    return arena_at(block, at);
}

static bool is_leaf(const struct node *node)
{
    return node->mark == 0;
}

static unsigned key_side(uint64_t key, uint32_t bit)
{
    return (unsigned)(key >> bit & 1);
}

/* The side of a branch on which a key belongs. */
static unsigned branch_side(const struct node *branch, uint64_t key)
{
    return key_side(key, branch->mark - 1);
}

static uint32_t highest_difference(uint64_t a, uint64_t b)
{
    CHECK(a != b);
    return 63 - (uint32_t)__builtin_clzll(a ^ b);
}

/* The leaf that the key's bits lead to: the only one that may hold it. */
static struct node *leaf_near(const struct arena *block, const struct omap *map, uint64_t key)
{
    struct node *node = node_at(block, map->root);
    while (!is_leaf(node))
        node = node_at(block, node->child[branch_side(node, key)]);
    return node;
}

uint32_t omap_get(const struct arena *block, const struct omap *map, uint64_t key)
{
    if (map->root == 0)
        return 0;
    const struct node *leaf = leaf_near(block, map, key);
    return leaf->key == key ? leaf->value : 0;
}

static uint32_t leaf_new(struct arena *block, uint64_t key, uint32_t value)
{
    uint32_t at = arena_take(block, 1);
    if (at != 0)
        *node_at(block, at) = (struct node){.key = key, .value = value};
    return at;
}

/* Puts a leaf whose key first differs from its neighbours' in `bit` below a new branch. */
static void omap_fork(struct arena *block, struct omap *map, uint32_t bit, uint32_t leaf, uint32_t fork)
{
    uint64_t key = node_at(block, leaf)->key;
    uint32_t *slot = &map->root;
    for (struct node *node = node_at(block, *slot); node->mark > bit + 1; node = node_at(block, *slot))
        slot = &node->child[branch_side(node, key)];
    struct node *branch = node_at(block, fork);
    branch->mark = bit + 1;
    branch->child[key_side(key, bit)] = leaf;
    branch->child[1 - key_side(key, bit)] = *slot;
    *slot = fork;
}

bool omap_put(struct arena *block, struct omap *map, uint64_t key, uint32_t value)
{
    CHECK(value != 0);
    CHECK((map->root == 0) == (map->count == 0));
    if (map->root == 0) {
        map->root = leaf_new(block, key, value);
        map->count = map->root != 0;
        return map->root != 0;
    }
    struct node *near = leaf_near(block, map, key);
    if (near->key == key) {
        near->value = value;
        return true;
    }
    uint32_t leaf = leaf_new(block, key, value);
    uint32_t fork = leaf == 0 ? 0 : arena_take(block, 1);
    if (fork == 0) {
        if (leaf != 0)
            arena_give(block, leaf, 1);
        return false;
    }
    omap_fork(block, map, highest_difference(near->key, key), leaf, fork);
    map->count++;
    return true;
}

uint32_t omap_remove(struct arena *block, struct omap *map, uint64_t key)
{
    if (map->root == 0)
        return 0;
    uint32_t *slot = &map->root, *slot_above = NULL;
    struct node *node = node_at(block, *slot), *above = NULL;
    while (!is_leaf(node)) {
        slot_above = slot;
        above = node;
        slot = &node->child[branch_side(node, key)];
        node = node_at(block, *slot);
    }
    if (node->key != key)
        return 0;
    uint32_t value = node->value, leaf = *slot;
    if (above == NULL) {
        map->root = 0;
    } else {
        uint32_t fork = *slot_above;
        *slot_above = above->child[1 - branch_side(above, key)];
        arena_give(block, fork, 1);
    }
    arena_give(block, leaf, 1);
    CHECK(map->count > 0);
    map->count--;
    return value;
}

/* The least (side 0) or greatest (side 1) leaf of a subtree. */
static const struct node *leaf_at_edge(const struct arena *block, uint32_t at, unsigned side)
{
    const struct node *node = node_at(block, at);
    while (!is_leaf(node))
        node = node_at(block, node->child[side]);
    return node;
}

/* The leaf next to an absent key, above it (side 1) or below it (side 0). The way down ends at a subtree whose
 * keys all differ from `key` first in `bit`, so they lie on one side of it together. That side may be the wanted
 * one; else the answer is in the last subtree passed there. */
static const struct node *leaf_beside(const struct arena *block, const struct omap *map, uint64_t key, uint32_t bit,
                                      unsigned side)
{
    uint32_t at = map->root, passed = 0;
    for (const struct node *node = node_at(block, at); node->mark > bit + 1; node = node_at(block, at)) {
        unsigned way = branch_side(node, key);
        if (way != side)
            passed = node->child[side];
        at = node->child[way];
    }
    if (key_side(key, bit) == side)
        at = passed;
    return at == 0 ? NULL : leaf_at_edge(block, at, 1 - side);
}

static bool omap_nearest(const struct arena *block, const struct omap *map, uint64_t key, unsigned side,
                         uint64_t *ret_key, uint32_t *ret_value)
{
    if (map->root == 0)
        return false;
    const struct node *leaf = leaf_near(block, map, key);
    if (leaf->key != key)
        leaf = leaf_beside(block, map, key, highest_difference(leaf->key, key), side);
    if (leaf == NULL)
        return false;
    *ret_key = leaf->key;
    *ret_value = leaf->value;
    return true;
}

bool omap_ceiling(const struct arena *block, const struct omap *map, uint64_t from, uint64_t *ret_key,
                  uint32_t *ret_value)
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
