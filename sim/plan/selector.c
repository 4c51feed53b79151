/* Whom a fault hits. The grammar is a few words, so a selector is split at its spaces and compared as a list of
 * words; a queue whose name holds spaces or arrows stands in double quotes. What is not supported yet (`rack R`,
 * `2 random consumers of C`) is recognised, to be told from a mistyped name. */
#include <string.h>

#include "models/broker/broker.h"
#include "sim/plan/loading.h"
#include "sim/plan/value.h"

/* The words of a selector, a quoted one without its quotes. Freed with g_strfreev. */
static char **words_split(const char *text)
{
    GPtrArray *words = g_ptr_array_new();
    for (const char *at = text + strspn(text, " "); *at; at += strspn(at, " ")) {
        const char *close = *at == '"' ? strchr(at + 1, '"') : NULL;
        size_t length = strcspn(at, " ");
        g_ptr_array_add(words, close ? g_strndup(at + 1, (size_t)(close - at - 1)) : g_strndup(at, length));
        at = close ? close + 1 : at + length;
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

static bool words_are(char **words, const char *pattern)
{
    g_auto(GStrv) expected = g_strsplit(pattern, " ", -1);
    guint i = 0;
    for (; words[i] && expected[i]; i++)
        if (!g_str_equal(expected[i], "_") && !g_str_equal(expected[i], words[i]))
            return false;
    return !words[i] && !expected[i];
}

static bool words_are_later(char **words)
{
    static const char *const later[] = {"rack _", "_ random consumers of _", "random consumers of _"};
    for (size_t i = 0; i < G_N_ELEMENTS(later); i++)
        if (words_are(words, later[i]))
            return true;
    return false;
}

/* Takes `problem` over; always false. */
static bool refused(struct loading *loading, struct place at, char *problem)
{
    problem_take(&loading->problems, at, problem);
    return false;
}

/* ---- nodes and clients by name ---- */

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
    if (problem)
        return refused(loading, at, problem);
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
    if (problem)
        return refused(loading, at, problem);
    *ret = (struct plan_selector){
        .kind = producer ? SELECT_PRODUCER : SELECT_CONSUMER, .client = group, .member = (uint32_t)member};
    return true;
}

/* ---- replicas of a queue: [all | [N] [random]] ROLE of Q ---- */

static const struct role {
    const char *word, *one, *many;
    uint8_t kind; /* enum plan_selector_kind */
} roles[] = {
    {"primary", NULL, NULL, SELECT_PRIMARY},
    {"leader", NULL, NULL, SELECT_PRIMARY},
    {"backups", "backup", "backups", SELECT_BACKUPS},
    {"followers", "backup", "backups", SELECT_BACKUPS},
    {"replicas", "replica", "replicas", SELECT_REPLICAS},
};

static const struct role *role_find(const char *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(roles); i++)
        if (g_str_equal(roles[i].word, word))
            return &roles[i];
    return NULL;
}

/* What stands before the role: nothing or `all` is all of them, anything else so many at random. */
static char *some_read(const struct plan_queue *queue, char **words, guint before, const struct role *role,
                       uint32_t *ret_count)
{
    uint64_t count = 1, most = (uint64_t)__builtin_popcount(queue->replicas) - (role->kind == SELECT_BACKUPS);
    bool random = before > 0 && g_str_equal(words[before - 1], "random");
    if (role->kind == SELECT_BACKUPS && queue->replication == REPLICATION_NONE)
        return g_strdup("a queue that is not replicated has no backups");
    if (before == 0 || (before == 1 && g_str_equal(words[0], "all")))
        return NULL;
    char *problem = before > random ? value_count(words[0], &count) : NULL;
    if (!problem && before - random > 1)
        problem = g_strdup_printf("write %s of Q, or N random %s of Q", role->many, role->many);
    if (!problem && (count < 1 || count > most))
        problem = g_strdup_printf("the queue has %" G_GUINT64_FORMAT " %s", most, most == 1 ? role->one : role->many);
    if (!problem)
        *ret_count = (uint32_t)count;
    return problem;
}

/* minority of Q, majority of Q: so many replicas at random. */
static bool part_read(struct loading *loading, const struct plan_queue *queue, bool majority, struct place at,
                      struct plan_selector *ret)
{
    uint32_t replicas = (uint32_t)__builtin_popcount(queue->replicas);
    ret->kind = SELECT_REPLICAS;
    ret->count = majority ? replicas / 2 + 1 : (replicas - 1) / 2;
    return ret->count > 0 || refused(loading, at,
                                     g_strdup_printf("the queue has %u replica%s: none is a minority", replicas,
                                                     replicas == 1 ? "" : "s"));
}

static bool replicas_read(struct loading *loading, char **words, struct place at, struct plan_selector *ret)
{
    guint before = g_strv_length(words) - 3;
    const char *word = words[before];
    const struct role *role = role_find(word);
    bool part = g_str_equal(word, "minority") || g_str_equal(word, "majority");
    struct nearest nearest = {.text = word};
    for (size_t i = 0; i < G_N_ELEMENTS(roles); i++)
        nearest_offer(&nearest, roles[i].word);
    g_autofree char *shown = problem_shown(word);
    if (!role && !part)
        return refused(loading, at,
                       nearest.best
                           ? g_strdup_printf("'%s of' selects nothing, did you mean '%s'?", shown, nearest.best)
                           : g_strdup_printf("'%s of' selects nothing: write primary, backups, replicas, "
                                             "minority or majority of Q",
                                             shown));
    if (before > 0 && (part || role->kind == SELECT_PRIMARY))
        return refused(loading, at, g_strdup_printf("write '%s of Q', with nothing before it", shown));
    uint32_t index = plan_queue_named(loading, words[before + 2], at);
    if (index == UINT32_MAX)
        return false;
    const struct plan_queue *queue = &loading->plan->queues[index];
    *ret = (struct plan_selector){.queue = index};
    if (part)
        return part_read(loading, queue, g_str_equal(word, "majority"), at, ret);
    ret->kind = role->kind;
    char *problem = role->kind == SELECT_PRIMARY ? NULL : some_read(queue, words, before, role, &ret->count);
    return !problem || refused(loading, at, problem);
}

/* ---- any selector ---- */

bool selector_read(struct loading *loading, const char *text, struct place at, struct plan_selector *ret)
{
    g_auto(GStrv) words = words_split(text);
    guint count = g_strv_length(words);
    g_autofree char *shown = problem_shown(text);
    *ret = (struct plan_selector){.kind = SELECT_ALL_NODES};
    if (words_are(words, "all"))
        return true;
    if (words_are(words, "random") || words_are(words, "_ random"))
        return random_read(loading, words[1] ? words[0] : NULL, at, ret);
    bool client = count > 0 && (g_str_equal(words[0], "producer") || g_str_equal(words[0], "consumer"));
    if (client && (count == 2 || count == 3))
        return client_read(loading, words, at, ret);
    if (words_are_later(words))
        return refused(loading, at, g_strdup_printf("'%s' is not supported yet", shown));
    if (count >= 3 && g_str_equal(words[count - 2], "of"))
        return replicas_read(loading, words, at, ret);
    if (count == 1)
        return node_read(loading, words[0], at, ret);
    return refused(loading, at,
                   g_strdup_printf("'%s' selects nothing: write a node's name, a list of names, all, [N] random, "
                                   "primary of Q, [N random] backups of Q, [N random] replicas of Q, producer P [I] or "
                                   "consumer C [I]",
                                   shown));
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
        g_autofree char *shown = problem_shown(text ? text : "");
        if (text && strchr(text, ' '))
            fine = refused(loading, item->at, g_strdup_printf("a list names nodes: '%s' stands alone", shown));
        else
            fine = text && node_read(loading, text, item->at, ret) && fine;
    }
    return fine;
}

/* ---- as text ---- */

static char *replicas_text(const struct plan *plan, const struct plan_selector *selector)
{
    const char *name = plan->queues[selector->queue].name;
    bool plain = name[strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-.")] == '\0';
    const char *word = selector->kind == SELECT_PRIMARY   ? "primary"
                       : selector->kind == SELECT_BACKUPS ? "backups"
                                                          : "replicas";
    g_autofree char *some = selector->count > 0 ? g_strdup_printf("%u random ", selector->count) : g_strdup("");
    return g_strdup_printf(plain ? "%s%s of %s" : "%s%s of \"%s\"", some, word, name);
}

static char *client_text(const char *kind, const char *name, uint32_t member)
{
    return member == 0 ? g_strdup_printf("%s %s", kind, name) : g_strdup_printf("%s %s %u", kind, name, member);
}

char *selector_text(const struct plan *plan, const struct plan_selector *selector)
{
    switch ((enum plan_selector_kind)selector->kind) {
    case SELECT_ALL_NODES:
        return g_strdup("all");
    case SELECT_NODES:
        return g_strdup(plan->nodes[__builtin_ctzll(selector->nodes)].name);
    case SELECT_RANDOM_NODES:
        return g_strdup_printf("%u random", selector->count);
    case SELECT_PRIMARY:
    case SELECT_BACKUPS:
    case SELECT_REPLICAS:
        return replicas_text(plan, selector);
    case SELECT_PRODUCER:
        return client_text("producer", plan->producers[selector->client].name, selector->member);
    case SELECT_CONSUMER:
        break;
    }
    return client_text("consumer", plan->consumers[selector->client].name, selector->member);
}
