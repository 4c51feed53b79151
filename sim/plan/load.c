/* From a file to plans: read the tree, lay --set over it, and for the scenario itself and each variant's overlay laid
 * over it: let the table fill in what is one value each, let the sections do the rest, and look for contradictions.
 * Nobody stops at a problem; with a problem all plans are thrown away at the end. */
#include "sim/plan/load.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/plan/loading.h"
#include "sim/plan/value.h"

enum {
    READ_MAX_BYTES = (1 << 20) + 4, /* a mark and one more than yaml_tree.c accepts, so that it can refuse */
    VARIANTS_MAX = 32,
    VARIANTS_VALUES_MAX = 400000, /* of all variants together */
    WINDOWS_MAX = 1 << 25,        /* each is kept: a year of seconds */
};

static void windows_check(struct loading *loading, const struct tree_node *root)
{
    const struct plan *plan = loading->plan;
    const struct tree_node *measures = tree_get(root, "measures"), *duration = tree_get(root, "duration");
    const struct tree_node *window = measures && measures->kind == TREE_MAP ? tree_get(measures, "window") : NULL;
    if (plan->window_ns > 0 && plan->duration_ns / plan->window_ns > WINDOWS_MAX)
        problem_add(&loading->problems, (window ? window : duration ? duration : root)->at,
                    "more than %d windows in the load phase: they are longer, or it is shorter", WINDOWS_MAX);
}

static void contradictions_check(struct loading *loading, const struct tree_node *root)
{
    const struct plan *plan = loading->plan;
    const struct tree_node *warm_up = tree_get(root, "warm-up"), *duration = tree_get(root, "duration");
    if (plan->warm_up_ns >= plan->duration_ns)
        problem_add(&loading->problems, (warm_up ? warm_up : duration)->at,
                    "the warm-up is a prefix of the load phase: it is shorter");
    windows_check(loading, root);
    static const char *const needed[] = {"queues", "producers"};
    for (size_t i = 0; i < G_N_ELEMENTS(needed) && !bind_has_later(IN_SCENARIO, root); i++) {
        const struct tree_node *names = tree_get(root, needed[i]);
        if (!names || (names->kind == TREE_MAP && names->items->len == 0))
            problem_add(&loading->problems, names ? names->at : root->at, "a scenario needs %s: at least one",
                        needed[i]);
    }
}

static void name_read(struct loading *loading, const struct tree_node *root)
{
    const struct tree_node *node = tree_get(root, "name");
    const char *given = node ? bind_text(loading, node, "name") : NULL;
    struct plan *plan = loading->plan;
    g_autofree char *name = given ? g_strdup(given) : g_path_get_basename(plan->file);
    char *ending = given ? NULL : strrchr(name, '.');
    if (ending && ending != name)
        *ending = '\0';
    plan->name = plan->variant ? g_strdup_printf("%s (%s)", name, plan->variant) : g_strdup(name);
}

static void scenario_read(struct loading *loading, const struct tree_node *root)
{
    if (root->kind != TREE_MAP) {
        problem_add(&loading->problems, root->at, "a scenario is a mapping: keys and values, such as 'duration: 60s'");
        return;
    }
    bind_fields(loading, IN_SCENARIO, root, loading->plan);
    name_read(loading, root);
    load_cluster(loading, root);
    load_queues(loading, root);
    load_clients(loading, root);
    load_faults(loading, root);
    load_expect(loading, root);
    load_check(loading, root);
    load_unused(loading, root);
    contradictions_check(loading, root);
}

static struct tree_node *tree_with_sets(struct loading *loading, const char *bytes, gsize length,
                                        const char *const *sets)
{
    static const char mark[] = {'\xef', '\xbb', '\xbf'}; /* of the byte order: some editors begin every text with it */
    struct place start = {0, 1, 1};
    gsize skipped = length >= sizeof mark && memcmp(bytes, mark, sizeof mark) == 0 ? sizeof mark : 0;
    struct tree_node *root = tree_read(bytes + skipped, length - skipped, start, &loading->problems);
    if (!root && !problems_any(&loading->problems))
        problem_add(&loading->problems, start, "an empty file: a scenario has at least queues and producers");
    for (uint32_t i = 0; root && root->kind == TREE_MAP && sets && sets[i]; i++)
        set_lay(root, sets[i], i + 1, &loading->problems);
    return root;
}

/* ---- variants ---- */

static struct plan *scenario_load(struct loading *loading, const struct tree_node *root, const char *variant)
{
    loading->plan = g_new0(struct plan, 1);
    loading->plan->file = g_strdup(loading->problems.file);
    loading->plan->variant = g_strdup(variant);
    loading->problems.variant = variant;
    loading->actors = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    scenario_read(loading, root);
    g_hash_table_unref(loading->actors);
    loading->problems.variant = NULL;
    return loading->plan;
}

static bool variant_check(struct loading *loading, const struct tree_node *name, const struct tree_node *overlay)
{
    if (!bind_name_check(loading, name->at, "variant", name->text))
        return false;
    if (g_str_equal(name->text, PLAN_BASE)) {
        problem_add(&loading->problems, name->at,
                    "'" PLAN_BASE "' names the scenario without its variants: call this one something else");
        return false;
    }
    if (overlay->kind != TREE_MAP) {
        problem_add(
            &loading->problems, overlay->at,
            "a variant is a mapping of the keys that differ, such as {queues: {orders: {replication: active}}}");
        return false;
    }
    const struct tree_node *own = tree_key(overlay, "variants");
    if (own)
        problem_add(&loading->problems, own->at, "a variant has no variants of its own");
    return !own;
}

static guint values_count(const struct tree_node *node)
{
    guint count = 1;
    for (guint i = 0; node->items && i < node->items->len; i++)
        count += values_count(g_ptr_array_index(node->items, i));
    return count;
}

static void variants_load(struct loading *loading, const struct tree_node *root, const struct tree_node *variants,
                          const char *const *sets, GPtrArray *plans)
{
    if (variants->items->len / 2 > VARIANTS_MAX) {
        problem_add(&loading->problems, variants->at, "a scenario has at most %d variants", VARIANTS_MAX);
        return;
    }
    if (values_count(root) * (variants->items->len / 2) > VARIANTS_VALUES_MAX) {
        problem_add(&loading->problems, variants->at, "too many variants of so large a scenario");
        return;
    }
    for (guint i = 0; i < variants->items->len && !problems_full(&loading->problems); i += 2) {
        const struct tree_node *name = g_ptr_array_index(variants->items, i);
        struct tree_node *overlay = g_ptr_array_index(variants->items, i + 1);
        if (!variant_check(loading, name, overlay))
            continue;
        for (uint32_t set = 0; sets && sets[set]; set++)
            set_lay_over(overlay, sets[set], set + 1);
        struct tree_node *merged = overlay_laid(root, overlay);
        g_ptr_array_add(plans, scenario_load(loading, merged, name->text));
        tree_free(merged);
    }
}

static void plan_release(void *plan)
{
    plan_free(plan);
}

/* ---- files ---- */

GPtrArray *plan_load_all_bytes(const char *file, const char *bytes, gsize length, const char *const *sets,
                               GPtrArray **ret_problems)
{
    GPtrArray *plans = g_ptr_array_new_with_free_func(plan_release);
    struct loading loading = {.directory = g_path_get_dirname(file)};
    problems_init(&loading.problems, file);
    struct tree_node *root = tree_with_sets(&loading, bytes, length, sets);
    struct tree_node *variants = root ? tree_get(root, "variants") : NULL;
    if (variants && variants->kind == TREE_MAP)
        variants = tree_take(root, "variants");
    else
        variants = NULL; /* what else it is, the table says */
    if (root)
        g_ptr_array_add(plans, scenario_load(&loading, root, NULL));
    if (variants)
        variants_load(&loading, root, variants, sets, plans);
    tree_free(variants);
    tree_free(root);
    bool good = !problems_any(&loading.problems);
    *ret_problems = good ? problems_notes(&loading.problems) : problems_list(&loading.problems);
    if (!good)
        g_clear_pointer(&plans, g_ptr_array_unref);
    problems_clear(&loading.problems);
    g_free(loading.directory);
    return plans;
}

struct plan *plan_load_bytes(const char *file, const char *bytes, gsize length, const char *const *sets,
                             GPtrArray **ret_problems)
{
    g_autoptr(GPtrArray) plans = plan_load_all_bytes(file, bytes, length, sets, ret_problems);
    return plans ? g_ptr_array_steal_index(plans, 0) : NULL;
}

/* The file's bytes, at most as many as a scenario may have and one; NULL with errno set. */
static char *file_read(const char *file, gsize *ret_length)
{
    int descriptor = open(file, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return NULL;
    g_autofree char *bytes = g_malloc(READ_MAX_BYTES);
    gsize length = 0;
    ssize_t got = 1;
    while (got > 0 && length < READ_MAX_BYTES) {
        got = read(descriptor, bytes + length, READ_MAX_BYTES - length);
        if (got > 0)
            length += (gsize)got;
        else if (got < 0 && errno == EINTR)
            got = 1;
    }
    int error = errno;
    close(descriptor);
    errno = error;
    *ret_length = length;
    return got < 0 ? NULL : g_steal_pointer(&bytes);
}

/* The list of one problem that has no place. */
static GPtrArray *one_problem(const char *file, char *message)
{
    struct problems problems;
    problems_init(&problems, file);
    problem_take(&problems, (struct place){0}, message);
    GPtrArray *list = problems_list(&problems);
    problems_clear(&problems);
    return list;
}

GPtrArray *plan_load_all(const char *file, const char *const *sets, GPtrArray **ret_problems, bool *ret_io_error)
{
    gsize length;
    g_autofree char *bytes = file_read(file, &length);
    *ret_io_error = bytes == NULL;
    if (bytes)
        return plan_load_all_bytes(file, bytes, length, sets, ret_problems);
    *ret_problems = one_problem(file, g_strdup_printf("cannot be read: %s", g_strerror(errno)));
    return NULL;
}

static char *no_such_variant(const char *variant, const GPtrArray *plans)
{
    struct nearest nearest = {.text = variant};
    g_autoptr(GString) all = g_string_new(NULL);
    for (guint i = 1; i < plans->len; i++) {
        const struct plan *plan = g_ptr_array_index(plans, i);
        nearest_offer(&nearest, plan->variant);
        g_string_append_printf(all, "%s%s", i > 1 ? ", " : "", plan->variant);
    }
    g_autofree char *shown = problem_shown(variant);
    if (plans->len == 1)
        return g_strdup_printf("there is no variant '%s': this scenario has none", shown);
    return nearest.best ? g_strdup_printf("there is no variant '%s', did you mean '%s'?", shown, nearest.best)
                        : g_strdup_printf("there is no variant '%s': there are %s", shown, all->str);
}

struct plan *plan_load_variant(const char *file, const char *variant, const char *const *sets, GPtrArray **ret_problems,
                               bool *ret_io_error)
{
    g_autoptr(GPtrArray) plans = plan_load_all(file, sets, ret_problems, ret_io_error);
    if (g_strcmp0(variant, PLAN_BASE) == 0)
        variant = NULL;
    for (guint i = 0; plans && i < plans->len; i++)
        if (g_strcmp0(((const struct plan *)g_ptr_array_index(plans, i))->variant, variant) == 0)
            return g_ptr_array_steal_index(plans, i);
    if (plans) {
        g_ptr_array_unref(*ret_problems);
        *ret_problems = one_problem(file, no_such_variant(variant, plans));
    }
    return NULL;
}

struct plan *plan_load(const char *file, const char *const *sets, GPtrArray **ret_problems, bool *ret_io_error)
{
    return plan_load_variant(file, NULL, sets, ret_problems, ret_io_error);
}

/* ---- the end of a plan ---- */

static void lists_free(struct plan *plan)
{
    for (uint32_t i = 0; i < plan->producer_count; i++) {
        g_free(plan->producers[i].name);
        g_free(plan->producers[i].trace_ns);
        g_free(plan->producers[i].trace_size);
        g_free(plan->producers[i].trace_file);
    }
    for (uint32_t i = 0; i < plan->expectation_count; i++) {
        g_free(plan->expectations[i].path);
        g_free(plan->expectations[i].text);
        g_free(plan->expectations[i].said);
        g_free(plan->expectations[i].wanted);
    }
    for (uint32_t i = 0; i < plan->table_count; i++) {
        g_free(plan->tables[i].file);
        g_free(plan->tables[i].values_ns);
    }
    g_free(plan->producers);
    g_free(plan->expectations);
    g_free(plan->tables);
}

static void fault_clear(struct plan_fault *fault)
{
    for (uint32_t i = 0; i < fault->group_count; i++)
        g_free(fault->groups[i].members);
    g_free(fault->groups);
    g_free(fault->name);
}

void plan_free(struct plan *plan)
{
    if (!plan)
        return;
    lists_free(plan);
    for (uint32_t i = 0; i < plan->node_count; i++)
        g_free(plan->nodes[i].name);
    for (uint32_t i = 0; i < plan->queue_count; i++)
        g_free(plan->queues[i].name);
    for (uint32_t i = 0; i < plan->consumer_count; i++)
        g_free(plan->consumers[i].name);
    for (uint32_t i = 0; i < plan->fault_count; i++)
        fault_clear(&plan->faults[i]);
    g_free(plan->nodes);
    g_free(plan->queues);
    g_free(plan->consumers);
    g_free(plan->faults);
    g_free(plan->name);
    g_free(plan->variant);
    g_free(plan->description);
    g_free(plan->file);
    g_free(plan);
}
