/* A mapping is a list of keys and values in the file's order: --explain and errors keep that order, and most mappings
 * are short. One that thousands of --set fill is not: who asks such a one often is served from an index, which
 * learns of new keys when it is asked and is thrown away when a key goes. */
#include "sim/plan/tree.h"

#include "sim/plan/path.h"

enum { SHORT_MAX = 64, SEARCHES_MAX = 16 };

struct tree_index {
    GHashTable *places; /* a key with `-` made `_` -> 1 + the place of the first that is so */
    guint known;        /* items that it knows */
    guint searches;     /* through many keys, since a key went */
};

static void index_forget(struct tree_index *index)
{
    g_clear_pointer(&index->places, g_hash_table_unref);
    index->known = index->searches = 0;
}

/* 1 + the place of the first key that equals the name but for `-` and `_`; 0: there is none. */
static guint index_find(struct tree_index *index, const GPtrArray *items, const char *name)
{
    if (index->known > items->len)
        index_forget(index);
    if (!index->places)
        index->places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (; index->known < items->len; index->known += 2) {
        const struct tree_node *key = g_ptr_array_index(items, index->known);
        char *loose = g_strdelimit(g_strdup(key->text), "-", '_');
        if (g_hash_table_contains(index->places, loose))
            g_free(loose);
        else
            g_hash_table_insert(index->places, loose, GUINT_TO_POINTER(index->known + 1));
    }
    g_autofree char *loose = g_strdelimit(g_strdup(name), "-", '_');
    return GPOINTER_TO_UINT(g_hash_table_lookup(index->places, loose));
}

struct tree_node *tree_text(const char *text, struct place at)
{
    struct tree_node *node = g_new0(struct tree_node, 1);
    node->kind = TREE_TEXT;
    node->at = at;
    node->text = g_strdup(text);
    return node;
}

static void node_free(void *data)
{
    tree_free(data);
}

struct tree_node *tree_collection(enum tree_kind kind, struct place at)
{
    struct tree_node *node = g_new0(struct tree_node, 1);
    node->kind = kind;
    node->at = at;
    node->items = g_ptr_array_new_with_free_func(node_free);
    if (kind == TREE_MAP)
        node->index = g_new0(struct tree_index, 1);
    return node;
}

void tree_free(struct tree_node *node)
{
    if (!node)
        return;
    g_free(node->text);
    if (node->items)
        g_ptr_array_unref(node->items);
    if (node->index)
        index_forget(node->index);
    g_free(node->index);
    g_free(node);
}

struct tree_node *tree_copy(const struct tree_node *node)
{
    struct tree_node *copy = g_new0(struct tree_node, 1);
    *copy = *node;
    copy->text = g_strdup(node->text);
    copy->items = node->items ? g_ptr_array_new_with_free_func(node_free) : NULL;
    copy->index = node->index ? g_new0(struct tree_index, 1) : NULL;
    for (guint i = 0; node->items && i < node->items->len; i++)
        g_ptr_array_add(copy->items, tree_copy(g_ptr_array_index(node->items, i)));
    return copy;
}

static const char *key_at(const struct tree_node *map, guint i)
{
    return ((const struct tree_node *)g_ptr_array_index(map->items, i))->text;
}

/* The place from which a key is worth looking for. */
static guint map_begin(const struct tree_node *map, const char *key)
{
    if (map->items->len <= SHORT_MAX || ++map->index->searches <= SEARCHES_MAX)
        return 0;
    guint found = index_find(map->index, map->items, key);
    return found == 0 ? map->items->len : found - 1;
}

static guint map_find(const struct tree_node *map, const char *key)
{
    guint i = map_begin(map, key);
    while (i < map->items->len && !g_str_equal(key_at(map, i), key))
        i += 2;
    return i;
}

const char *tree_spelled(const struct tree_node *map, const char *name)
{
    const char *loosely = NULL;
    for (guint i = map_begin(map, name); i < map->items->len; i += 2) {
        if (g_str_equal(key_at(map, i), name))
            return key_at(map, i);
        if (path_names_equal(key_at(map, i), name))
            loosely = key_at(map, i);
    }
    return loosely;
}

struct tree_node *tree_get(const struct tree_node *map, const char *key)
{
    if (map->kind != TREE_MAP)
        return NULL;
    guint i = map_find(map, key);
    return i < map->items->len ? g_ptr_array_index(map->items, i + 1) : NULL;
}

const struct tree_node *tree_key(const struct tree_node *map, const char *key)
{
    guint i = map_find(map, key);
    return i < map->items->len ? g_ptr_array_index(map->items, i) : NULL;
}

void tree_put(struct tree_node *map, const char *key, struct tree_node *value)
{
    guint i = map_find(map, key);
    if (i < map->items->len) {
        tree_free(g_ptr_array_index(map->items, i + 1));
        g_ptr_array_index(map->items, i + 1) = value;
        return;
    }
    g_ptr_array_add(map->items, tree_text(key, value->at));
    g_ptr_array_add(map->items, value);
}

struct tree_node *tree_take(struct tree_node *map, const char *key)
{
    guint i = map_find(map, key);
    if (i >= map->items->len)
        return NULL;
    index_forget(map->index);
    tree_free(g_ptr_array_steal_index(map->items, i));
    return g_ptr_array_steal_index(map->items, i);
}

void tree_remove(struct tree_node *map, const char *key)
{
    tree_free(tree_take(map, key));
}
