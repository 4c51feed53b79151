/* Mappings into structs: for each row of the table, the value that the file gives or the default, checked against
 * the row's bounds and stored in its field. What the table does not know is reported here, so no section ever meets
 * an unknown key. */
#include <string.h>

#include "models/base/check.h"
#include "sim/plan/column.h"
#include "sim/plan/distribution.h"
#include "sim/plan/loading.h"
#include "sim/plan/value.h"

bool bind_is_map(struct loading *loading, const struct tree_node *node, const char *name)
{
    if (node->kind == TREE_MAP)
        return true;
    if (tree_null(node))
        problem_add(&loading->problems, node->at, "'%s' has no value: write {} for all defaults", name);
    else
        problem_add(&loading->problems, node->at, "'%s' is a mapping of keys and values", name);
    return false;
}

const char *bind_text(struct loading *loading, const struct tree_node *node, const char *name)
{
    g_autofree char *shown = problem_shown(name);
    if (node->kind != TREE_TEXT)
        problem_add(&loading->problems, node->at, "'%s' takes one value, not a %s", shown,
                    node->kind == TREE_MAP ? "mapping" : "list");
    else if (tree_null(node) && node->commented)
        problem_add(&loading->problems, node->at,
                    "'%s' has no value: '#' starts a comment in YAML; write \"#\" in quotes", shown);
    else if (tree_null(node))
        problem_add(&loading->problems, node->at, "'%s' has no value", shown);
    else if (node->block && !g_str_equal(name, "description"))
        problem_add(
            &loading->problems, node->at,
            "'>' and '|' start a folded text in YAML, which only 'description' may be: write \"> 1\" in quotes, "
            "or 'more than 1'");
    else
        return node->text;
    return NULL;
}

/* ---- unknown keys ---- */

bool bind_has_later(enum key_place place, const struct tree_node *map)
{
    for (guint i = 0; map->kind == TREE_MAP && i < map->items->len; i += 2) {
        const struct tree_node *name = g_ptr_array_index(map->items, i);
        const struct key *key = key_find(place, name->text);
        if (key && key->shape == KEY_LATER)
            return true;
    }
    return false;
}

static void names_check(struct loading *loading, enum key_place place, const struct tree_node *map)
{
    for (guint i = 0; i < map->items->len && !problems_full(&loading->problems); i += 2) {
        const struct tree_node *name = g_ptr_array_index(map->items, i);
        const struct key *key = key_find(place, name->text);
        g_autofree char *shown = problem_shown(name->text);
        if (key && key->shape == KEY_LATER)
            problem_add(&loading->problems, name->at, "'%s' is not supported yet", shown);
        if (key)
            continue;
        g_autofree char *hint = key_hint(place, name->text);
        problem_add(&loading->problems, name->at, "unknown key '%s'%s", shown, hint);
    }
}

/* ---- distributions, which may name a file ---- */

static struct plan_table *table_find(struct plan *plan, const char *file)
{
    for (uint32_t i = 0; i < plan->table_count; i++)
        if (g_str_equal(plan->tables[i].file, file))
            return &plan->tables[i];
    return NULL;
}

static char *table_read(struct loading *loading, const char *file, struct variate *variate)
{
    struct plan *plan = loading->plan;
    struct plan_table *table = table_find(plan, file);
    if (!table) {
        struct columns columns;
        char *problem = columns_read(loading->directory, file, &columns);
        if (problem)
            return problem;
        g_free(columns.sizes);
        columns_sort(&columns);
        plan->tables = g_renew(struct plan_table, plan->tables, plan->table_count + 1);
        table = &plan->tables[plan->table_count++];
        *table = (struct plan_table){.file = g_strdup(file), .values_ns = columns.times_ns, .count = columns.count};
    }
    variate->table = table->values_ns;
    variate->count = table->count;
    return NULL;
}

static char *distribution_bind(struct loading *loading, const char *text, struct variate *ret)
{
    g_autofree char *file = NULL;
    char *problem = distribution_read(text, ret, &file);
    return problem || !file ? problem : table_read(loading, file, ret);
}

static bool report(struct loading *loading, struct place at, char *problem)
{
    if (problem)
        problem_take(&loading->problems, at, problem);
    return problem == NULL;
}

bool bind_distribution_text(struct loading *loading, const char *text, struct place at, struct variate *ret)
{
    return report(loading, at, distribution_bind(loading, text, ret));
}

bool bind_distribution(struct loading *loading, const struct tree_node *node, const char *name, struct variate *ret)
{
    const char *text = bind_text(loading, node, name);
    return text && bind_distribution_text(loading, text, node->at, ret);
}

bool bind_duration(struct loading *loading, const struct tree_node *node, const char *name, int64_t *ret_ns)
{
    const char *text = bind_text(loading, node, name);
    return text && report(loading, node->at, value_duration(text, ret_ns));
}

/* ---- numbers within bounds ---- */

static char *bound_text(const struct key *key, uint64_t bound)
{
    switch (key->shape) {
    case KEY_DURATION:
        return duration_text((int64_t)bound);
    case KEY_SHARE:
        return share_text((uint32_t)bound);
    case KEY_SIZE:
        return size_text(bound);
    default:
        return g_strdup_printf("%" G_GUINT64_FORMAT, bound);
    }
}

static char *bounds_check(const struct key *key, uint64_t value)
{
    uint64_t max = key->max > 0 ? key->max : key->bytes == 4 ? UINT32_MAX : UINT64_MAX;
    if (value >= key->min && value <= max)
        return NULL;
    g_autofree char *bound = bound_text(key, value < key->min ? key->min : max);
    if (value < key->min)
        return g_strdup_printf("'%s' is at least %s%s%s", key->name, bound, key->zero ? ", or " : "",
                               key->zero ? key->zero : "");
    return g_strdup_printf("'%s' is at most %s%s%s", key->name, bound, key->zero ? ", or " : "",
                           key->zero ? key->zero : "");
}

static char *number_read(const struct key *key, const char *text, uint64_t *ret)
{
    uint32_t ppm;
    int64_t ns;
    char *problem;
    switch (key->shape) {
    case KEY_SHARE:
        problem = value_share(text, &ppm);
        *ret = problem ? 0 : ppm;
        return problem;
    case KEY_DURATION:
        problem = value_duration(text, &ns);
        *ret = problem ? 0 : (uint64_t)ns;
        return problem;
    case KEY_SIZE:
        return value_size(text, ret);
    default:
        return value_count(text, ret);
    }
}

static void number_store(const struct key *key, uint64_t value, void *field)
{
    uint32_t narrow = (uint32_t)value;
    CHECK(key->bytes == 4 || key->bytes == 8);
    memcpy(field, key->bytes == 4 ? (void *)&narrow : (void *)&value, key->bytes);
}

static char *number_bind(const struct key *key, const char *text, void *field)
{
    uint64_t value = 0;
    char *problem = NULL;
    if (!key->zero || !g_str_equal(text, key->zero)) {
        problem = number_read(key, text, &value);
        if (!problem)
            problem = bounds_check(key, value);
    }
    if (!problem)
        number_store(key, value, field);
    return problem;
}

static char *range_bind(const struct key *key, const char *text, int64_t *field)
{
    const char *dots = strstr(text, "..");
    g_autofree char *first = dots ? g_strndup(text, (size_t)(dots - text)) : g_strdup(text);
    int64_t least, greatest;
    char *problem = value_duration(g_strstrip(first), &least);
    greatest = least;
    if (!problem && dots)
        problem = value_duration(dots + 2, &greatest);
    if (!problem && (least < (int64_t)key->min || greatest < least))
        problem = g_strdup_printf("'%s' goes from a shorter duration above 0 to a longer one: write %s", key->name,
                                  key->normal);
    if (!problem) {
        field[0] = least;
        field[1] = greatest;
    }
    return problem;
}

static char *field_read(struct loading *loading, const struct key *key, const char *text, void *field)
{
    char *problem;
    uint8_t index;
    switch (key->shape) {
    case KEY_TEXT:
        g_free(*(char **)field);
        *(char **)field = g_strdup(text);
        return NULL;
    case KEY_BOOL:
        return value_bool(text, field);
    case KEY_WORD:
        problem = value_word(text, key->words, &index);
        if (!problem && key->bytes > 0)
            memcpy(field, &index, sizeof index);
        return problem;
    case KEY_BANDWIDTH:
        return value_bandwidth(text, field);
    case KEY_RANGE:
        return range_bind(key, text, field);
    case KEY_DISTRIBUTION:
        return distribution_bind(loading, text, field);
    default:
        return number_bind(key, text, field);
    }
}

static void field_bind(struct loading *loading, const struct key *key, const struct tree_node *node, void *field)
{
    const char *text = node ? bind_text(loading, node, key->name) : NULL;
    char *problem = text ? field_read(loading, key, text, field) : NULL;
    if (problem)
        problem_take(&loading->problems, node->at, problem);
    if ((!text || problem) && key->normal) /* goes on with the default, for the sake of further problems */
        CHECK(field_read(loading, key, key->normal, field) == NULL);
}

void bind_fields(struct loading *loading, enum key_place place, const struct tree_node *map, void *into)
{
    if (map && map->kind != TREE_MAP)
        map = NULL;
    if (map)
        names_check(loading, place, map);
    for (const struct key *key = keys; key->name; key++) {
        const struct tree_node *node = map ? tree_get(map, key->name) : NULL;
        if (key->place != place || key->shape == KEY_LATER || key->shape == KEY_OWN)
            continue;
        if ((key->shape == KEY_MAP || key->shape == KEY_NAMED) && node && !bind_is_map(loading, node, key->name))
            node = NULL;
        if (key->shape == KEY_MAP)
            bind_fields(loading, key->inner, node, (char *)into + key->offset);
        else if (key->shape != KEY_NAMED && key->shape != KEY_LIST)
            field_bind(loading, key, node, (char *)into + key->offset);
    }
}

/* ---- names ---- */

enum { ACTOR_NAME_MAX_BYTES = 40 };

bool bind_name_check(struct loading *loading, struct place at, const char *kind, const char *name)
{
    g_autofree char *shown = problem_shown(name);
    size_t allowed = strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-");
    if (g_ascii_isalpha(name[0]) && name[allowed] == '\0' && allowed <= ACTOR_NAME_MAX_BYTES)
        return true;
    problem_add(&loading->problems, at,
                "'%s' is no name for a %s: at most %d letters, digits, '_' and '-', a letter first", shown, kind,
                ACTOR_NAME_MAX_BYTES);
    return false;
}

void bind_actor_name(struct loading *loading, struct place at, const char *kind, const char *name)
{
    bind_name_check(loading, at, kind, name);
    g_autofree char *shown = problem_shown(name);
    const char *bearer = g_hash_table_lookup(loading->actors, name);
    if (bearer)
        problem_add(&loading->problems, at, "a %s is already called '%s'", bearer, shown);
    else
        g_hash_table_insert(loading->actors, g_strdup(name), (char *)(uintptr_t)kind);
}
