/* Whom a fault hits: selectors, links (`a <-> b`, `a -> b`) and the groups of a partition. */
#include <string.h>

#include "sim/plan/loading.h"

/* ---- links ---- */

/* Of a text such as `a -> b`, the arrow; quoted names may hold one too. */
static const char *arrow_find(const char *text)
{
    bool quoted = false;
    for (; *text; text++) {
        if (*text == '"')
            quoted = !quoted;
        if (!quoted && (g_str_has_prefix(text, "<->") || g_str_has_prefix(text, "->")))
            return text;
    }
    return NULL;
}

static const char *link_wrong(const struct plan *plan, const struct plan_selector *a, const struct plan_selector *b)
{
    bool clients = selector_is_client(a) && selector_is_client(b);
    bool nodes = !selector_is_client(a) && !selector_is_client(b);
    bool named = a->kind == SELECT_NODES && b->kind == SELECT_NODES;
    if (clients)
        return "a link joins a node and a client, or two nodes";
    if (nodes && plan->node_count == 1)
        return "a link joins two nodes, or a node and a client: there is one node only";
    return named && a->nodes == b->nodes ? "a link joins two: both ends are the same node" : NULL;
}

static void link_read(struct loading *loading, const struct tree_node *node, struct plan_fault *fault)
{
    const char *text = bind_text(loading, node, fault_kind_names[fault->kind]);
    if (!text)
        return;
    const char *arrow = arrow_find(text);
    if (!arrow) {
        g_autofree char *shown = problem_shown(text);
        problem_add(&loading->problems, node->at, "'%s' is no link: write a <-> b, or a -> b for one way", shown);
        return;
    }
    fault->one_way = arrow[0] == '-';
    g_autofree char *one = g_strstrip(g_strndup(text, (size_t)(arrow - text)));
    g_autofree char *other = g_strstrip(g_strdup(arrow + (fault->one_way ? 2 : 3)));
    bool fine = selector_read(loading, one, node->at, &fault->target);
    fine = selector_read(loading, other, node->at, &fault->other) && fine;
    const char *wrong = fine ? link_wrong(loading->plan, &fault->target, &fault->other) : NULL;
    if (wrong)
        problem_add(&loading->problems, node->at, "%s", wrong);
}

/* ---- partitions ---- */

static bool client_is_named(const struct plan_fault *fault, const struct plan_selector *client)
{
    for (uint32_t i = 0; i < fault->group_count; i++)
        for (uint32_t j = 0; j < fault->groups[i].count; j++) {
            const struct plan_selector *other = &fault->groups[i].members[j];
            bool same = other->kind == client->kind && other->client == client->client;
            if (same && (other->member == client->member || other->member == 0 || client->member == 0))
                return true;
        }
    return false;
}

static bool nodes_are_named(const struct plan_fault *fault, uint64_t nodes)
{
    for (uint32_t i = 0; i < fault->group_count; i++)
        for (uint32_t j = 0; j < fault->groups[i].count; j++)
            if (fault->groups[i].members[j].kind == SELECT_NODES && (fault->groups[i].members[j].nodes & nodes) != 0)
                return true;
    return false;
}

static void member_add(struct plan_group *group, const struct plan_selector *selector)
{
    for (uint32_t i = 0; i < group->count; i++)
        if (selector->kind == SELECT_NODES && group->members[i].kind == SELECT_NODES) {
            group->members[i].nodes |= selector->nodes;
            return;
        }
    group->members = g_renew(struct plan_selector, group->members, group->count + 1);
    group->members[group->count++] = *selector;
}

static void member_read(struct loading *loading, const struct tree_node *node, const struct plan_fault *fault,
                        struct plan_group *group)
{
    struct plan_selector selector;
    const char *text = bind_text(loading, node, "partition");
    if (!text || !selector_read(loading, text, node->at, &selector))
        return;
    g_autofree char *shown = problem_shown(text);
    bool named = selector_is_client(&selector)
                     ? client_is_named(fault, &selector)
                     : selector.kind == SELECT_NODES && nodes_are_named(fault, selector.nodes);
    if (named)
        problem_add(&loading->problems, node->at, "'%s' stands in two groups", shown);
    else if (selector_is_random(&selector))
        problem_add(&loading->problems, node->at,
                    "a group is not drawn at random: name nodes, or primary, backups or replicas of Q");
    else
        member_add(group, &selector);
}

static void group_read(struct loading *loading, const struct tree_node *node, struct plan_fault *fault)
{
    struct plan_group group = {0};
    if (node->kind != TREE_LIST)
        member_read(loading, node, fault, &group);
    for (guint i = 0; node->kind == TREE_LIST && i < node->items->len && !problems_full(&loading->problems); i++)
        member_read(loading, g_ptr_array_index(node->items, i), fault, &group);
    if (node->kind == TREE_LIST && node->items->len == 0)
        problem_add(&loading->problems, node->at, "a group names somebody");
    fault->groups = g_renew(struct plan_group, fault->groups, fault->group_count + 1);
    fault->groups[fault->group_count++] = group;
}

enum { GROUPS_MAX = 16 };

static void groups_read(struct loading *loading, const struct tree_node *node, struct plan_fault *fault)
{
    bool list = node->kind == TREE_LIST && node->items->len >= 2;
    if (!list || node->items->len > GROUPS_MAX) {
        problem_add(&loading->problems, node->at, "a partition has 2 to %d groups, such as [[n1], [n2, n3]]",
                    GROUPS_MAX);
        return;
    }
    for (guint i = 0; i < node->items->len && !problems_full(&loading->problems); i++)
        group_read(loading, g_ptr_array_index(node->items, i), fault);
}

/* ---- any fault ---- */

void fault_target_read(struct loading *loading, const struct tree_node *node, struct plan_fault *fault)
{
    const char *name = fault_kind_names[fault->kind];
    if (fault->kind == FAULT_CUT || fault->kind == FAULT_DEGRADE)
        link_read(loading, node, fault);
    else if (fault->kind == FAULT_PARTITION)
        groups_read(loading, node, fault);
    else if (!selector_bind(loading, node, name, &fault->target))
        return;
    else if (fault->kind == FAULT_CRASH && fault->target.kind == SELECT_PRODUCER)
        problem_add(&loading->problems, node->at, "a crash of a producer is not supported yet");
    else if (fault->kind == FAULT_STALL && fault->target.kind != SELECT_CONSUMER)
        problem_add(&loading->problems, node->at, "only consumers stall: write consumer C, or consumer C 1");
}
