/* expect: a measure's path and a condition, or a mapping that says over which runs: {every-run: < 50ms}, {mean: 2
 * +- 1%}. A path into a list says of which entries: all failover.recovery, any ..., count .... */
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

/* One line of `expect`, as far as its key says. */
struct subject {
    const struct tree_node *name;
    const char *path; /* full */
    enum measure_unit unit;
    enum plan_expect_list list;
};

static void expectation_add(struct loading *loading, const struct subject *subject, enum plan_expect_over over,
                            const char *wanted, const struct condition *condition)
{
    struct plan *plan = loading->plan;
    const struct tree_node *name = subject->name;
    plan->expectations = g_renew(struct plan_expectation, plan->expectations, plan->expectation_count + 1);
    const char *sign = g_ascii_isdigit(*wanted) ? "= " : "", *mean = over == EXPECT_MEAN ? ", mean over runs" : "";
    plan->expectations[plan->expectation_count++] = (struct plan_expectation){
        .path = g_strdup(subject->path),
        .text = g_strdup_printf("%s %s%s%s", name->text, sign, wanted, mean),
        .said = g_strdup(name->text),
        .wanted = g_strdup(wanted),
        .over = (uint8_t)over,
        .list = (uint8_t)subject->list,
        .condition = condition->kind,
        .low = condition->low,
        .high = condition->high,
        .place = {name->at.line, name->at.column},
    };
}

static void condition_bind(struct loading *loading, const struct subject *subject, enum plan_expect_over over,
                           const struct tree_node *node)
{
    const char *text = bind_text(loading, node, subject->name->text);
    if (!text)
        return;
    g_autofree char *wanted = g_strstrip(g_strdup(text));
    struct condition condition;
    char *problem =
        strlen(wanted) > 200 ? g_strdup("a condition is shorter") : condition_read(wanted, subject->unit, &condition);
    if (!problem && over == EXPECT_MEAN && condition.kind != CONDITION_NEAR)
        problem = g_strdup("'mean' takes a value and its tolerance: 2 +- 1%");
    if (!problem && over == EXPECT_MEAN && (subject->list == EXPECT_ALL || subject->list == EXPECT_ANY))
        problem = g_strdup("'mean' judges one value of each run: of a list, write count");
    if (problem)
        problem_take(&loading->problems, node->at, problem);
    else
        expectation_add(loading, subject, over, wanted, &condition);
}

static void judge_read(struct loading *loading, const struct subject *subject, const struct tree_node *map)
{
    static const struct {
        const char *key;
        enum plan_expect_over over;
    } forms[] = {{"every-run", EXPECT_EVERY_RUN}, {"mean", EXPECT_MEAN}};
    bind_fields(loading, IN_JUDGE, map, NULL);
    g_autofree char *shown = problem_shown(subject->name->text);
    if (map->items->len == 0)
        problem_add(&loading->problems, map->at, "'%s' needs a condition: every-run or mean", shown);
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        const struct tree_node *node = tree_get(map, forms[i].key);
        if (node)
            condition_bind(loading, subject, forms[i].over, node);
    }
}

/* The word before a path into a list; moves *path behind it. */
static enum plan_expect_list list_read(const char **path)
{
    static const char *const words[] = {[EXPECT_ALL] = "all ", [EXPECT_ANY] = "any ", [EXPECT_COUNT] = "count "};
    for (int word = EXPECT_ALL; word <= EXPECT_COUNT; word++)
        if (g_str_has_prefix(*path, words[word])) {
            *path += strlen(words[word]);
            *path += strspn(*path, " ");
            return (enum plan_expect_list)word;
        }
    return EXPECT_VALUE;
}

/* Whether the word before a path fits its measure: NULL, or what is wrong. */
static char *list_check(enum plan_expect_list list, const struct measure_row *row, const char *written)
{
    g_autofree char *shown = problem_shown(written);
    enum measure_list kind = measure_list(row);
    if (list == EXPECT_VALUE && kind == MEASURE_ENTRIES)
        return g_strdup_printf("'%s' is a list: write count %s", shown, shown);
    if (list == EXPECT_VALUE && kind == MEASURE_EACH)
        return g_strdup_printf("'%s' is a list of values: write all %s, any %s or count %s", shown, shown, shown,
                               shown);
    if (list != EXPECT_VALUE && kind == MEASURE_ONE)
        return g_strdup_printf("'%s' is one value: all, any and count are for lists, such as failover.recovery", shown);
    if (list != EXPECT_COUNT && kind == MEASURE_ENTRIES)
        return g_strdup_printf("'%s' is only counted: name a value of its entries", shown);
    return NULL;
}

static void expectation_read(struct loading *loading, const struct tree_node *name, const struct tree_node *node)
{
    const char *written = name->text;
    const struct measure_row *row = NULL;
    struct subject subject = {.name = name, .list = list_read(&written)};
    char *problem = strlen(written) > 400 ? g_strdup("a path is shorter") : NULL;
    g_autofree char *path = problem ? NULL : measure_find(written, &row, &problem);
    if (path)
        problem = list_check(subject.list, row, written);
    if (problem) {
        problem_take(&loading->problems, name->at, problem);
        return;
    }
    subject.path = path;
    subject.unit = subject.list == EXPECT_COUNT ? MEASURE_COUNT : row->unit;
    reference_check(loading, path, name->at);
    if (node->kind == TREE_MAP)
        judge_read(loading, &subject, node);
    else
        condition_bind(loading, &subject, EXPECT_EVERY_RUN, node);
}

void load_expect(struct loading *loading, const struct tree_node *root)
{
    const struct tree_node *expect = tree_get(root, "expect");
    for (guint i = 0;
         expect && expect->kind == TREE_MAP && i < expect->items->len && !problems_full(&loading->problems); i += 2)
        expectation_read(loading, g_ptr_array_index(expect->items, i), g_ptr_array_index(expect->items, i + 1));
}
