/* Keys that are said and have no effect: who wrote one expects something that will not come. They are no
 * contradictions, since an overlay or a --set may well switch off what reads them. So they are told as notes, and only
 * where neither the scenario nor any of its variants reads what was written. A default, as `--explain` prints it, is no
 * news, nor is what says what happens anyway. */
#include "sim/plan/loading.h"

static bool takes_all(const struct plan *plan, uint32_t consumer)
{
    return plan->consumers[consumer].auto_ack;
}

static bool asks_for_no_answer(const struct plan *plan, uint32_t producer)
{
    return !plan->producers[producer].confirms;
}

static bool keeps_nothing(const struct plan *plan, uint32_t queue)
{
    return !plan->queues[queue].durable;
}

/* A node has one log, synced as the queue asks that asks for most. */
static bool shares_a_log(const struct plan *plan, uint32_t queue)
{
    const struct plan_queue *it = &plan->queues[queue];
    for (uint32_t i = 0; i < plan->queue_count; i++) {
        const struct plan_queue *other = &plan->queues[i];
        if (i != queue && other->durable && (other->replicas & it->replicas) != 0 && other->fsync < it->fsync)
            return true;
    }
    return false;
}

static bool has_no_peers(const struct plan *plan, uint32_t cluster)
{
    (void)cluster;
    return !plan_nodes_talk(plan);
}

static const char no_peers[] = "nodes speak to one another only for a passive queue";

static const struct {
    enum key_place place;
    const char *inner, *key; /* inner: the mapping that it stands in, within the place; NULL: none */
    const char *truth;       /* a value that says what happens anyway */
    bool (*idle)(const struct plan *plan, uint32_t index);
    const char *why;
} rules[] = {
    {IN_CONSUMER, NULL, "prefetch", "unlimited", takes_all, "with 'ack: auto' a consumer is sent everything at once"},
    {IN_PRODUCER, "retry", "timeout", "never", asks_for_no_answer, "with 'confirms: false' nobody waits for an answer"},
    {IN_PRODUCER, "retry", "attempts", "1", asks_for_no_answer, "with 'confirms: false' nothing is sent again"},
    {IN_PRODUCER, NULL, "max-in-flight", "unlimited", asks_for_no_answer,
     "with 'confirms: false' nothing is unanswered"},
    {IN_QUEUE, NULL, "fsync", "never", keeps_nothing, "with 'durable: false' nothing goes to disk"},
    {IN_QUEUE, NULL, "fsync", NULL, shares_a_log,
     "another queue on the same node, whose log they share, asks for more"},
    {IN_CLUSTER, "detector", "timeout", "never", has_no_peers, no_peers},
    {IN_CLUSTER, NULL, "partition-handling", NULL, has_no_peers, no_peers},
    {IN_CHECK, NULL, "suspicions", NULL, has_no_peers, no_peers},
    {IN_CHECK, NULL, "reconnects", "0", has_no_peers, no_peers},
};

static bool says(const struct tree_node *node, const char *word)
{
    return word && node->kind == TREE_TEXT && g_str_equal(node->text, word);
}

/* The inner mapping's place in the table of keys, for its keys' defaults. */
static enum key_place rule_place(size_t rule)
{
    const char *inner = rules[rule].inner;
    return inner ? key_find(rules[rule].place, inner)->inner : rules[rule].place;
}

static void rule_apply(struct loading *loading, size_t rule, const struct tree_node *map, uint32_t index)
{
    const char *inner = rules[rule].inner;
    if (inner && map && map->kind == TREE_MAP)
        map = tree_get(map, inner);
    if (!map || map->kind != TREE_MAP)
        return;
    const struct tree_node *said = tree_get(map, rules[rule].key);
    const char *normal = key_find(rule_place(rule), rules[rule].key)->normal;
    if (!said || says(said, normal) || says(said, rules[rule].truth))
        return;
    bool idle = rules[rule].idle(loading->plan, index);
    problem_note(&loading->problems, said->at, idle, "'%s%s%s' has no effect: %s", inner ? inner : "", inner ? "." : "",
                 rules[rule].key, rules[rule].why);
}

static void rules_apply(struct loading *loading, enum key_place place, const struct tree_node *map, uint32_t index)
{
    for (size_t rule = 0; rule < G_N_ELEMENTS(rules); rule++)
        if (rules[rule].place == place)
            rule_apply(loading, rule, map, index);
}

static void named_apply(struct loading *loading, enum key_place place, const struct tree_node *named)
{
    for (guint i = 0; named && named->kind == TREE_MAP && i < named->items->len; i += 2)
        rules_apply(loading, place, g_ptr_array_index(named->items, i + 1), i / 2);
}

void load_unused(struct loading *loading, const struct tree_node *root)
{
    if (problems_any(&loading->problems))
        return; /* nobody will see a note, and the plan may hold less than the file says */
    rules_apply(loading, IN_CLUSTER, tree_get(root, "cluster"), 0);
    rules_apply(loading, IN_CHECK, tree_get(root, "check"), 0);
    named_apply(loading, IN_QUEUE, tree_get(root, "queues"));
    named_apply(loading, IN_PRODUCER, tree_get(root, "producers"));
    named_apply(loading, IN_CONSUMER, tree_get(root, "consumers"));
}
