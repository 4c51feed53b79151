/* A mapping is a list of keys and values in the file's order: --explain and errors keep that order, and mappings
 * are short. */
#include "sim/plan/tree.h"

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
    return node;
}

void tree_free(struct tree_node *node)
{
    if (!node)
        return;
    g_free(node->text);
    if (node->items)
        g_ptr_array_unref(node->items);
    g_free(node);
}

struct tree_node *tree_copy(const struct tree_node *node)
{
    struct tree_node *copy = g_new0(struct tree_node, 1);
    *copy = *node;
    copy->text = g_strdup(node->text);
    copy->items = node->items ? g_ptr_array_new_with_free_func(node_free) : NULL;
    for (guint i = 0; node->items && i < node->items->len; i++)
        g_ptr_array_add(copy->items, tree_copy(g_ptr_array_index(node->items, i)));
    return copy;
}

static guint map_find(const struct tree_node *map, const char *key)
{
    guint i = 0;
    while (i < map->items->len && !g_str_equal(((struct tree_node *)g_ptr_array_index(map->items, i))->text, key))
        i += 2;
    return i;
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
    tree_free(g_ptr_array_steal_index(map->items, i));
    return g_ptr_array_steal_index(map->items, i);
}

void tree_remove(struct tree_node *map, const char *key)
{
    tree_free(tree_take(map, key));
}
