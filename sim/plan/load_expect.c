/* expect: a measure's path and a condition, or a mapping that says over which runs: {every-run: < 50ms}, {mean: 2
 * +- 1%}. */
#include <string.h>

#include "sim/plan/condition.h"
#include "sim/plan/loading.h"

/* A path may name a queue or a group of consumers: it exists. */
static void reference_check(struct loading *loading, const char *path, struct place at)
{
    uint32_t offset;
    g_autofree char *problem = NULL;
    g_autoptr(GArray) parts = path_split(path, &offset, &problem);
    const char *kind = path_at(parts, 0)->text;
    bool queue = g_str_equal(kind, "queues"), consumer = g_str_equal(kind, "consumers");
    if (!queue && !consumer)
        return;
    const char *name = path_at(parts, 1)->text;
    g_autofree char *shown = problem_shown(name);
    if ((queue ? plan_queue_find(loading->plan, name) : plan_consumer_find(loading->plan, name)) == UINT32_MAX)
        problem_add(&loading->problems, at, "there is no %s '%s'", queue ? "queue" : "consumer", shown);
}

static void expectation_add(struct loading *loading, const struct tree_node *name, const char *path,
                            enum plan_expect_over over, const char *wanted, const struct condition *condition)
{
    struct plan *plan = loading->plan;
    plan->expectations = g_renew(struct plan_expectation, plan->expectations, plan->expectation_count + 1);
    const char *sign = g_ascii_isdigit(*wanted) ? "= " : "", *mean = over == EXPECT_MEAN ? ", mean over runs" : "";
    plan->expectations[plan->expectation_count++] = (struct plan_expectation){
        .path = g_strdup(path),
        .text = g_strdup_printf("%s %s%s%s", name->text, sign, wanted, mean),
        .said = g_strdup(name->text),
        .wanted = g_strdup(wanted),
        .over = (uint8_t)over,
        .condition = condition->kind,
        .low = condition->low,
        .high = condition->high,
        .place = {name->at.line, name->at.column},
    };
}

static void condition_bind(struct loading *loading, const struct tree_node *name, const char *path,
                           enum measure_unit unit, enum plan_expect_over over, const struct tree_node *node)
{
    const char *text = bind_text(loading, node, name->text);
    if (!text)
        return;
    g_autofree char *wanted = g_strstrip(g_strdup(text));
    struct condition condition;
    char *problem =
        strlen(wanted) > 200 ? g_strdup("a condition is shorter") : condition_read(wanted, unit, &condition);
    if (!problem && over == EXPECT_MEAN && condition.kind != CONDITION_NEAR)
        problem = g_strdup("'mean' takes a value and its tolerance: 2 +- 1%");
    if (problem)
        problem_take(&loading->problems, node->at, problem);
    else
        expectation_add(loading, name, path, over, wanted, &condition);
}

static void judge_read(struct loading *loading, const struct tree_node *name, const char *path, enum measure_unit unit,
                       const struct tree_node *map)
{
    static const struct {
        const char *key;
        enum plan_expect_over over;
    } forms[] = {{"every-run", EXPECT_EVERY_RUN}, {"mean", EXPECT_MEAN}};
    bind_fields(loading, IN_JUDGE, map, NULL);
    if (map->items->len == 0)
        problem_add(&loading->problems, map->at, "'%s' needs a condition: every-run or mean", name->text);
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        const struct tree_node *node = tree_get(map, forms[i].key);
        if (node)
            condition_bind(loading, name, path, unit, forms[i].over, node);
    }
}

static void expectation_read(struct loading *loading, const struct tree_node *name, const struct tree_node *node)
{
    static const char *const lists[] = {"all ", "any ", "count "};
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        if (g_str_has_prefix(name->text, lists[i])) {
            problem_add(&loading->problems, name->at, "'%s...' is not supported yet", lists[i]);
            return;
        }
    enum measure_unit unit;
    char *problem = NULL;
    g_autofree char *path = strlen(name->text) > 400 ? NULL : measure_find(name->text, &unit, &problem);
    if (!path) {
        problem_take(&loading->problems, name->at, problem ? problem : g_strdup("a path is shorter"));
        return;
    }
    reference_check(loading, path, name->at);
    if (node->kind == TREE_MAP)
        judge_read(loading, name, path, unit, node);
    else
        condition_bind(loading, name, path, unit, EXPECT_EVERY_RUN, node);
}

void load_expect(struct loading *loading, const struct tree_node *root)
{
    const struct tree_node *expect = tree_get(root, "expect");
    for (guint i = 0;
         expect && expect->kind == TREE_MAP && i < expect->items->len && !problems_full(&loading->problems); i += 2)
        expectation_read(loading, g_ptr_array_index(expect->items, i), g_ptr_array_index(expect->items, i + 1));
}
