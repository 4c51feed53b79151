/* variants: an overlay laid over the file's tree, key by key. Mappings merge; texts and lists replace. What an overlay
 * brings stays where it was written, so its problems are told there.
 *
 * Some keys only mean something beside another, and go with it: a new `kind` resets the whole mapping, a new
 * `replication` what belongs to replication (not `fsync` or `dispatch`: that comparison would be unfair), other
 * arrivals those of the file, and `expect` is replaced as a whole. */
#include <string.h>

#include "sim/plan/loading.h"

/* ---- what gives way ---- */

/* Keys of one mapping of which only one may stand. */
static const struct {
    uint8_t place; /* enum key_place */
    const char *keys[5];
} exclusive[] = {
    {IN_PRODUCER, {"rate", "every", "arrivals", "closed-loop", NULL}},
    {IN_SHIP, {"every", "delay", NULL}},
};

static const char *const of_replication[] = {"confirm-after", "ship",     "recovery",
                                             "catch-up",      "election", "re-replicate-after"};

/* Whether the overlay says another word under `key` than the file, or than its default. */
static bool is_new(enum key_place place, const struct tree_node *base, const struct tree_node *overlay, const char *key)
{
    const struct tree_node *said = tree_get(overlay, key), *before = tree_get(base, key);
    const struct key *row = key_find(place, key);
    const char *old = !before ? row->normal : before->kind == TREE_TEXT ? before->text : NULL;
    return said && said->kind == TREE_TEXT && g_strcmp0(said->text, old) != 0;
}

static void replication_reset(struct tree_node *base, const struct tree_node *overlay)
{
    for (size_t i = 0; i < G_N_ELEMENTS(of_replication); i++)
        tree_remove(base, of_replication[i]);
    if (g_str_equal(tree_get(overlay, "replication")->text, "none"))
        tree_remove(base, "replicas");
}

static bool overlay_has_one(const struct tree_node *overlay, const char *const *names)
{
    for (; *names; names++)
        if (tree_get(overlay, *names))
            return true;
    return false;
}

static void give_way(enum key_place place, struct tree_node *base, const struct tree_node *overlay)
{
    bool detector = place == IN_DETECTOR || place == IN_CLIENT_DETECTOR;
    if (detector && is_new(place, base, overlay, "kind"))
        g_ptr_array_set_size(base->items, 0);
    if (place == IN_QUEUE && is_new(place, base, overlay, "replication"))
        replication_reset(base, overlay);
    for (size_t i = 0; i < G_N_ELEMENTS(exclusive); i++)
        if (place == exclusive[i].place && overlay_has_one(overlay, exclusive[i].keys))
            for (const char *const *key = exclusive[i].keys; *key; key++)
                tree_remove(base, *key);
}

/* ---- key by key ---- */

/* What lies under a key: a mapping of `place`, or, `named`, a mapping from names to those. */
struct below {
    enum key_place place;
    bool named, merges;
};

static struct below below(struct below here, const char *name)
{
    if (here.named)
        return (struct below){.place = here.place, .merges = true};
    const struct key *key = key_find(here.place, name);
    bool expect = key && key->inner == IN_EXPECT;
    return (struct below){.place = key ? key->inner : KEY_PLACES,
                          .named = key && key->shape == KEY_NAMED,
                          .merges = key && key->inner != IN_SCENARIO && !expect};
}

static void lay(struct tree_node *base, const struct tree_node *overlay, struct below here)
{
    if (!here.named)
        give_way(here.place, base, overlay);
    for (guint i = 0; i < overlay->items->len; i += 2) {
        const struct tree_node *name = g_ptr_array_index(overlay->items, i),
                               *value = g_ptr_array_index(overlay->items, i + 1);
        struct tree_node *old = tree_get(base, name->text);
        struct below under = below(here, name->text);
        if (old && old->kind == TREE_MAP && value->kind == TREE_MAP && under.merges) {
            lay(old, value, under);
            continue;
        }
        tree_remove(base, name->text);
        g_ptr_array_add(base->items, tree_copy(name));
        g_ptr_array_add(base->items, tree_copy(value));
    }
}

struct tree_node *overlay_laid(const struct tree_node *base, const struct tree_node *overlay)
{
    struct tree_node *merged = tree_copy(base);
    lay(merged, overlay, (struct below){.place = IN_SCENARIO});
    return merged;
}
