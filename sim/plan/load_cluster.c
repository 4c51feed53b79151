/* cluster: nodes. A count names them n1, n2, ...; a list gives names. */
#include "sim/plan/loading.h"
#include "sim/plan/value.h"

static void node_add(struct loading *loading, const char *name, struct place at)
{
    struct plan *plan = loading->plan;
    bind_actor_name(loading, at, "node", name);
    if (g_str_equal(name, "all") || g_str_equal(name, "random"))
        problem_add(&loading->problems, at, "a node cannot be called '%s': selectors use the word", name);
    plan->nodes = g_renew(struct plan_node, plan->nodes, plan->node_count + 1);
    plan->nodes[plan->node_count++].name = g_strdup(name);
}

static bool count_check(struct loading *loading, uint64_t count, struct place at)
{
    if (count == 0)
        problem_add(&loading->problems, at, "a cluster has at least one node");
    else if (count > NODES_MAX)
        problem_add(&loading->problems, at, "a cluster has at most %d nodes", NODES_MAX);
    return count > 0 && count <= NODES_MAX;
}

static void names_read(struct loading *loading, const struct tree_node *list)
{
    if (!count_check(loading, list->items->len, list->at))
        return;
    for (guint i = 0; i < list->items->len; i++) {
        const struct tree_node *item = g_ptr_array_index(list->items, i);
        const char *name = bind_text(loading, item, "nodes");
        if (name)
            node_add(loading, name, item->at);
    }
}

/* After too large a count as many nodes exist as may, so that references to them are no further problems. */
static void count_read(struct loading *loading, const struct tree_node *node)
{
    const char *text = bind_text(loading, node, "nodes");
    uint64_t count = 1;
    char *problem = text ? value_count(text, &count) : NULL;
    if (problem)
        problem_take(&loading->problems, node->at, problem);
    else if (!count_check(loading, count, node->at))
        count = count == 0 ? 1 : NODES_MAX;
    for (uint64_t i = 1; i <= count; i++) {
        g_autofree char *name = g_strdup_printf("n%" G_GUINT64_FORMAT, i);
        node_add(loading, name, node->at);
    }
}

void load_cluster(struct loading *loading, const struct tree_node *root)
{
    const struct tree_node *cluster = tree_get(root, "cluster");
    const struct tree_node *nodes = cluster ? tree_get(cluster, "nodes") : NULL;
    if (nodes && nodes->kind == TREE_LIST)
        names_read(loading, nodes);
    else if (nodes)
        count_read(loading, nodes);
    if (loading->plan->node_count == 0)
        node_add(loading, "n1", (struct place){0});
}

uint32_t plan_node_find(const struct plan *plan, const char *name)
{
    for (uint32_t i = 0; i < plan->node_count; i++)
        if (g_str_equal(plan->nodes[i].name, name))
            return i;
    return UINT32_MAX;
}
