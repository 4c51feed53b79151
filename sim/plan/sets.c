/* --set PATH=VALUE, laid over the file's tree before anything is read: so a value from the command line meets the
 * same checks as one in the file, and its problems carry their column within the text.
 *
 * A path follows the table of keys: a misspelt key is found here, a name must exist unless the value brings the
 * whole entry, and what lies between (`producers.web.retry`) is made when the file does not mention it. Under
 * `expect` the rest of the path is the measure. */
#include <string.h>

#include "sim/plan/loading.h"
#include "sim/plan/path.h"

struct walk {
    struct problems *problems;
    uint32_t source;
    const char *path;
    const GArray *parts;
    guint next;              /* the part to be resolved */
    bool replaces;           /* only where something is already said: of an overlay, whose other keys are the file's */
    struct tree_node *value; /* to be put; NULL once it was */
};

static struct place place_at(const struct walk *walk, uint32_t offset)
{
    return (struct place){walk->source, 1, offset + 1};
}

static const struct path_part *part(const struct walk *walk)
{
    return path_at(walk->parts, walk->next);
}

static bool is_last(const struct walk *walk)
{
    return walk->next + 1 == walk->parts->len;
}

static void put(struct walk *walk, struct tree_node *map, const char *key)
{
    if (walk->replaces && !tree_get(map, key))
        return;
    tree_put(map, key, g_steal_pointer(&walk->value));
}

/* The mapping under a key, made when it is not there or something else is; of an overlay NULL then. */
static struct tree_node *mapping_under(const struct walk *walk, struct tree_node *map, const char *key)
{
    struct tree_node *inner = tree_get(map, key);
    if (walk->replaces && (!inner || inner->kind != TREE_MAP))
        return NULL;
    if (!inner || inner->kind != TREE_MAP) {
        inner = tree_collection(TREE_MAP, place_at(walk, part(walk)->offset));
        tree_put(map, key, inner);
    }
    return inner;
}

static void no_such(const struct walk *walk, const char *kind, const char *best)
{
    g_autofree char *shown = problem_shown(part(walk)->text);
    struct place at = place_at(walk, part(walk)->offset);
    if (best)
        problem_add(walk->problems, at, "there is no '%s' in %s, did you mean '%s'?", shown, kind, best);
    else
        problem_add(walk->problems, at, "there is no '%s' in %s", shown, kind);
}

static void walk_keys(struct walk *walk, enum key_place place, struct tree_node *map);

/* queues.NAME...: the entry of that name. */
static void walk_named(struct walk *walk, const struct key *key, struct tree_node *map)
{
    const char *name = tree_spelled(map, part(walk)->text);
    if (is_last(walk)) {
        put(walk, map, name ? name : part(walk)->text);
        return;
    }
    if (name) {
        struct tree_node *entry = mapping_under(walk, map, name);
        walk->next++;
        if (entry)
            walk_keys(walk, key->inner, entry);
        return;
    }
    struct nearest nearest = {.text = part(walk)->text};
    for (guint i = 0; i < map->items->len; i += 2)
        nearest_offer(&nearest, ((const struct tree_node *)g_ptr_array_index(map->items, i))->text);
    no_such(walk, key->name, nearest.best);
}

/* expect.PATH: the rest of the path is the measure's. */
static void walk_expect(struct walk *walk, struct tree_node *map)
{
    const char *measure = g_utf8_offset_to_pointer(walk->path, part(walk)->offset);
    const char *name = tree_spelled(map, measure);
    walk->replaces = false; /* an overlay's `expect` is all there is */
    put(walk, map, name ? name : measure);
}

/* Whether a fault in the list bears this name, given or by its kind and number. */
static bool fault_is(const struct tree_node *fault, guint number, const char *name)
{
    const struct tree_node *given = tree_get(fault, "name");
    if (given)
        return given->kind == TREE_TEXT && path_names_equal(given->text, name);
    for (size_t i = 0; i < FAULT_KINDS; i++) {
        g_autofree char *made = g_strdup_printf("%s%u", fault_kind_names[i], number);
        if (tree_get(fault, fault_kind_names[i]))
            return path_names_equal(made, name);
    }
    return false;
}

static void walk_faults(struct walk *walk, struct tree_node *list)
{
    for (guint i = 0; list && list->kind == TREE_LIST && i < list->items->len; i++) {
        struct tree_node *fault = g_ptr_array_index(list->items, i);
        if (fault->kind != TREE_MAP || !fault_is(fault, i + 1, part(walk)->text))
            continue;
        if (is_last(walk)) {
            tree_free(fault);
            g_ptr_array_index(list->items, i) = g_steal_pointer(&walk->value);
            return;
        }
        walk->next++;
        walk_keys(walk, IN_FAULT, fault);
        return;
    }
    no_such(walk, "faults", NULL);
}

static void walk_into(struct walk *walk, const struct key *key, struct tree_node *map)
{
    if (key->shape == KEY_LIST) {
        walk->next++;
        walk_faults(walk, tree_get(map, key->name));
        return;
    }
    if (key->inner == IN_SCENARIO && key->shape != KEY_NAMED) {
        walk->next++;
        problem_add(walk->problems, place_at(walk, part(walk)->offset), "'%s' is one value: nothing lies under it",
                    key->name);
        return;
    }
    struct tree_node *inner = mapping_under(walk, map, key->name);
    walk->next++;
    if (!inner)
        return;
    if (key->inner == IN_EXPECT)
        walk_expect(walk, inner);
    else if (key->shape == KEY_NAMED)
        walk_named(walk, key, inner);
    else
        walk_keys(walk, key->inner, inner);
}

static void walk_keys(struct walk *walk, enum key_place place, struct tree_node *map)
{
    const struct key *key = key_find_loosely(place, part(walk)->text);
    struct place at = place_at(walk, part(walk)->offset);
    g_autofree char *shown = problem_shown(part(walk)->text);
    if (!key) {
        g_autofree char *hint = key_hint(place, part(walk)->text);
        problem_add(walk->problems, at, "unknown key '%s'%s", shown, hint);
    } else if (key->shape == KEY_LATER) {
        problem_add(walk->problems, at, "'%s' is not supported yet", shown);
    } else if (is_last(walk)) {
        put(walk, map, key->name);
    } else {
        walk_into(walk, key, map);
    }
}

/* The '=' after the path, or NULL. */
static const char *equals_find(const char *text)
{
    bool quoted = false;
    for (; *text; text++) {
        if (*text == '"')
            quoted = !quoted;
        if (*text == '=' && !quoted)
            return text;
    }
    return NULL;
}

/* What follows `expect.` is a measure, perhaps of a list (all failover.recovery): its reader splits it. */
static GArray *parts_split(const char *path, uint32_t *ret_offset, char **ret_problem)
{
    static const char expect[] = "expect.";
    struct path_part measure = {.offset = sizeof expect - 1};
    bool one = g_str_has_prefix(path, expect) && path[measure.offset] != '\0';
    GArray *parts = path_split(one ? "expect" : path, ret_offset, ret_problem);
    if (!one)
        return parts;
    measure.text = g_strdup(path + measure.offset);
    g_array_append_val(parts, measure);
    return parts;
}

/* The path of "PATH=VALUE", split, and where the value stands. NULL after a problem. */
static GArray *path_read(const char *text, uint32_t source, char **ret_path, struct place *ret_value,
                         struct problems *problems)
{
    struct place start = {source, 1, 1};
    const char *equals = g_utf8_validate(text, -1, NULL) ? equals_find(text) : NULL;
    if (!equals) {
        problem_add(problems, start,
                    g_utf8_validate(text, -1, NULL) ? "PATH=VALUE was expected: there is no '='" : "not a text");
        return NULL;
    }
    g_autofree char *problem = NULL;
    uint32_t offset;
    *ret_path = g_strndup(text, (size_t)(equals - text));
    *ret_value = (struct place){source, 1, (uint32_t)g_utf8_pointer_to_offset(text, equals) + 2};
    GArray *parts = parts_split(*ret_path, &offset, &problem);
    if (!parts)
        problem_add(problems, (struct place){source, 1, offset + 1}, "%s", problem);
    return parts;
}

static void lay(struct tree_node *root, const char *text, uint32_t source, struct problems *problems, bool replaces)
{
    g_autofree char *path = NULL;
    struct place value_start;
    g_autoptr(GArray) parts = path_read(text, source, &path, &value_start, problems);
    if (!parts)
        return;
    const char *said = text + strlen(path) + 1;
    struct tree_node *value = tree_read(said, strlen(said), value_start, problems);
    if (!value && !problems_any(problems))
        problem_add(problems, value_start, "no value after the '='");
    if (!value)
        return;
    struct walk walk = {
        .problems = problems, .source = source, .path = path, .parts = parts, .value = value, .replaces = replaces};
    walk_keys(&walk, IN_SCENARIO, root);
    tree_free(walk.value);
}

void set_lay(struct tree_node *root, const char *text, uint32_t source, struct problems *problems)
{
    lay(root, text, source, problems, false);
}

void set_lay_over(struct tree_node *overlay, const char *text, uint32_t source)
{
    struct problems told; /* of the file already */
    problems_init(&told, "");
    lay(overlay, text, source, &told, true);
    problems_clear(&told);
}
