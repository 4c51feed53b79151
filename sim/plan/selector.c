/* Whom a fault hits. The grammar is a few words, so a selector is split at its spaces and compared as a list of
 * words; the selectors that need replicas (`leader of Q`, `rack R`) are recognised, to be told from a mistyped
 * name. */
#include <string.h>

#include "sim/plan/loading.h"
#include "sim/plan/value.h"

static bool words_are(char **words, const char *pattern)
{
    g_auto(GStrv) expected = g_strsplit(pattern, " ", -1);
    guint i = 0;
    for (; words[i] && expected[i]; i++)
        if (!g_str_equal(expected[i], "_") && !g_str_equal(expected[i], words[i]))
            return false;
    return !words[i] && !expected[i];
}

/* Selectors of the language that only mean something with replication or several consumers picked at random. */
static bool words_are_later(char **words)
{
    static const char *const later[] = {"leader of _",
                                        "primary of _",
                                        "all followers of _",
                                        "minority of _",
                                        "majority of _",
                                        "rack _",
                                        "random followers of _",
                                        "random backups of _",
                                        "random replicas of _",
                                        "_ random followers of _",
                                        "_ random backups of _",
                                        "_ random replicas of _",
                                        "_ random consumers of _",
                                        "random consumers of _"};
    for (size_t i = 0; i < G_N_ELEMENTS(later); i++)
        if (words_are(words, later[i]))
            return true;
    return false;
}

static bool node_read(struct loading *loading, const char *name, struct place at, struct plan_selector *ret)
{
    const struct plan *plan = loading->plan;
    uint32_t index = plan_node_find(plan, name);
    if (index != UINT32_MAX) {
        ret->kind = SELECT_NODES;
        ret->nodes |= UINT64_C(1) << index;
        return true;
    }
    struct nearest nearest = {.text = name};
    for (uint32_t i = 0; i < plan->node_count; i++)
        nearest_offer(&nearest, plan->nodes[i].name);
    g_autofree char *shown = problem_shown(name);
    if (plan_producer_find(plan, name) != UINT32_MAX)
        problem_add(&loading->problems, at, "there is no node '%s'; for the producer write: producer %s", shown, name);
    else if (plan_consumer_find(plan, name) != UINT32_MAX)
        problem_add(&loading->problems, at, "there is no node '%s'; for the consumer write: consumer %s", shown, name);
    else if (nearest.best)
        problem_add(&loading->problems, at, "there is no node '%s', did you mean '%s'?", shown, nearest.best);
    else
        problem_add(&loading->problems, at, "there is no node '%s'", shown);
    return false;
}

static bool random_read(struct loading *loading, const char *number, struct place at, struct plan_selector *ret)
{
    uint64_t count = 1;
    char *problem = number ? value_count(number, &count) : NULL;
    if (!problem && (count < 1 || count > loading->plan->node_count))
        problem = g_strdup_printf("'%s random' of %u node%s", number, loading->plan->node_count,
                                  loading->plan->node_count == 1 ? "" : "s");
    if (problem) {
        problem_take(&loading->problems, at, problem);
        return false;
    }
    *ret = (struct plan_selector){.kind = SELECT_RANDOM_NODES, .count = (uint32_t)count};
    return true;
}

/* producer P, producer P 2, and the same for consumers. */
static bool client_read(struct loading *loading, char **words, struct place at, struct plan_selector *ret)
{
    const struct plan *plan = loading->plan;
    bool producer = g_str_equal(words[0], "producer");
    uint32_t group = producer ? plan_producer_find(plan, words[1]) : plan_consumer_find(plan, words[1]);
    uint64_t member = 0;
    g_autofree char *shown = problem_shown(words[1]);
    if (group == UINT32_MAX) {
        problem_add(&loading->problems, at, "there is no %s '%s'", words[0], shown);
        return false;
    }
    uint32_t count = producer ? plan->producers[group].count : plan->consumers[group].count;
    char *problem = words[2] ? value_count(words[2], &member) : NULL;
    if (!problem && words[2] && (member < 1 || member > count))
        problem = g_strdup_printf("%s '%s' has members 1 to %u", words[0], shown, count);
    if (problem) {
        problem_take(&loading->problems, at, problem);
        return false;
    }
    *ret = (struct plan_selector){
        .kind = producer ? SELECT_PRODUCER : SELECT_CONSUMER, .client = group, .member = (uint32_t)member};
    return true;
}

bool selector_read(struct loading *loading, const char *text, struct place at, struct plan_selector *ret)
{
    g_auto(GStrv) words = g_strsplit_set(text, " ", 8);
    *ret = (struct plan_selector){.kind = SELECT_ALL_NODES};
    if (words_are(words, "all"))
        return true;
    if (words_are(words, "random") || words_are(words, "_ random"))
        return random_read(loading, words[1] ? words[0] : NULL, at, ret);
    bool client = words[0] && (g_str_equal(words[0], "producer") || g_str_equal(words[0], "consumer"));
    if (client && words[1] && (!words[2] || !words[3]))
        return client_read(loading, words, at, ret);
    g_autofree char *shown = problem_shown(text);
    if (words_are_later(words)) {
        problem_add(&loading->problems, at, "'%s' is not supported yet", shown);
        return false;
    }
    if (words[0] && !words[1])
        return node_read(loading, words[0], at, ret);
    problem_add(
        &loading->problems, at,
        "'%s' selects nothing: write a node's name, a list of names, all, [N] random, producer P [I] or consumer C [I]",
        shown);
    return false;
}

bool selector_bind(struct loading *loading, const struct tree_node *node, const char *name, struct plan_selector *ret)
{
    if (node->kind != TREE_LIST) {
        const char *text = bind_text(loading, node, name);
        return text && selector_read(loading, text, node->at, ret);
    }
    *ret = (struct plan_selector){.kind = SELECT_NODES};
    bool fine = node->items->len > 0;
    if (!fine)
        problem_add(&loading->problems, node->at, "'%s' takes at least one node", name);
    for (guint i = 0; i < node->items->len; i++) {
        const struct tree_node *item = g_ptr_array_index(node->items, i);
        const char *text = bind_text(loading, item, name);
        fine = text && node_read(loading, text, item->at, ret) && fine;
    }
    return fine;
}

static char *nodes_text(const struct plan *plan, uint64_t nodes)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (uint32_t i = 0; i < plan->node_count; i++)
        if (nodes >> i & 1)
            g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", plan->nodes[i].name);
    return nodes & (nodes - 1) ? g_strdup_printf("[%s]", text->str) : g_strdup(text->str);
}

char *selector_text(const struct plan *plan, const struct plan_selector *selector)
{
    bool producer = selector->kind == SELECT_PRODUCER;
    const char *name;
    switch (selector->kind) {
    case SELECT_ALL_NODES:
        return g_strdup("all");
    case SELECT_NODES:
        return nodes_text(plan, selector->nodes);
    case SELECT_RANDOM_NODES:
        return g_strdup_printf("%u random", selector->count);
    default:
        name = producer ? plan->producers[selector->client].name : plan->consumers[selector->client].name;
        if (selector->member == 0)
            return g_strdup_printf("%s %s", producer ? "producer" : "consumer", name);
        return g_strdup_printf("%s %s %u", producer ? "producer" : "consumer", name, selector->member);
    }
}
