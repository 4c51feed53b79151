/* queues.NAME: the names; `fsync`, which is a word or a mapping: each, never, group, {group: 5ms}; and what goes with
 * its replication.
 *
 * Placement is balanced: the first primary (or the only node) of the first queue is the first node, of the second the
 * second, and so on; the other replicas are the nodes after it. */
#include <string.h>

#include "models/base/units.h"
#include "models/broker/broker.h"
#include "sim/plan/loading.h"
#include "sim/plan/value.h"

const char *const confirm_after_passive = "primary|one|all", *const confirm_after_active = "one|majority|all";

enum { QUEUE_NAME_MAX_BYTES = 255 /* AMQP 0-9-1: a short string */ };

static void fsync_read(struct loading *loading, const struct tree_node *node, struct plan_queue *queue)
{
    if (node->kind == TREE_MAP) {
        bind_fields(loading, IN_FSYNC, node, queue);
        if (node->items->len == 0)
            problem_add(&loading->problems, node->at, "'fsync' is each, never or {group: INTERVAL}");
        queue->fsync = FSYNC_GROUP;
        return;
    }
    const char *text = bind_text(loading, node, "fsync");
    char *problem = text ? value_word(text, key_find(IN_QUEUE, "fsync")->words, &queue->fsync) : NULL;
    if (problem)
        problem_take(&loading->problems, node->at, problem);
    if (queue->fsync == FSYNC_GROUP)
        queue->fsync_interval_ns = NS_PER_MS;
}

/* ---- replication ---- */

/* True when the queue says `key`; a problem when that means nothing with its replication. */
static const struct tree_node *said_with(struct loading *loading, const struct tree_node *map, const char *key,
                                         bool sense, const char *belongs)
{
    const struct tree_node *node = tree_get(map, key);
    if (node && !sense)
        problem_add(&loading->problems, tree_key(map, key)->at, "'%s' belongs to replication: %s", key, belongs);
    return sense ? node : NULL;
}

static uint8_t word_read(struct loading *loading, const struct tree_node *node, const char *key, const char *words,
                         uint8_t otherwise)
{
    const char *text = node ? bind_text(loading, node, key) : NULL;
    char *problem = text ? value_word(text, words, &otherwise) : NULL;
    if (problem)
        problem_take(&loading->problems, node->at, problem);
    return otherwise;
}

static uint32_t replicas_read(struct loading *loading, const struct tree_node *node, const struct tree_node *said)
{
    uint32_t nodes = loading->plan->node_count;
    uint64_t count = nodes;
    const char *text = node ? bind_text(loading, node, "replicas") : NULL;
    char *problem = text ? value_count(text, &count) : NULL;
    if (!problem && count > nodes)
        problem = g_strdup_printf("more replicas than nodes: the cluster has %u", nodes);
    else if (!problem && nodes == 1)
        problem = g_strdup("a replicated queue needs more than one node: say how many, such as cluster: {nodes: 3}");
    else if (!problem && count < 2)
        problem = g_strdup("a replicated queue has at least two replicas");
    else if (!problem && g_str_equal(said->text, "active") && count > ACTIVE_REPLICAS_MAX)
        problem = g_strdup_printf("clients keep a connection to each replica, and to no more than %u: say replicas: %u",
                                  ACTIVE_REPLICAS_MAX, ACTIVE_REPLICAS_MAX);
    if (!problem)
        return (uint32_t)count;
    problem_take(&loading->problems, node ? node->at : said->at, problem);
    return MIN(nodes, ACTIVE_REPLICAS_MAX);
}

static void confirm_after_read(struct loading *loading, const struct tree_node *node, struct plan_queue *queue,
                               uint32_t replicas)
{
    enum { ONE, MAJORITY, ALL };
    if (queue->replication == REPLICATION_PASSIVE) {
        queue->confirm_after = word_read(loading, node, "confirm-after", confirm_after_passive, CONFIRM_AFTER_ALL);
        return;
    }
    uint8_t after = word_read(loading, node, "confirm-after", confirm_after_active, ALL);
    queue->acks_needed = after == ONE ? 1 : after == MAJORITY ? replicas / 2 + 1 : 0;
}

static void ship_read(struct loading *loading, const struct tree_node *node, struct plan_queue *queue)
{
    if (!node || !bind_is_map(loading, node, "ship"))
        return;
    bind_fields(loading, IN_SHIP, node, queue);
    if (queue->ship_every_ns > 0 && queue->ship_delay_ns > 0)
        problem_add(&loading->problems, tree_key(node, "delay")->at, "'every' and 'delay' exclude each other");
}

static void catch_up_read(struct loading *loading, const struct tree_node *node, struct plan_queue *queue)
{
    queue->catch_up = queue->replication == REPLICATION_PASSIVE;
    const char *text = node ? bind_text(loading, node, "catch-up") : NULL;
    char *problem = text ? value_bool(text, &queue->catch_up) : NULL;
    if (problem)
        problem_take(&loading->problems, node->at, problem);
}

static void replication_read(struct loading *loading, const struct tree_node *map, struct plan_queue *queue)
{
    const struct plan *plan = loading->plan;
    bool active = queue->replication == REPLICATION_ACTIVE, passive = queue->replication == REPLICATION_PASSIVE;
    bool replicated = active || passive;
    queue->first = (uint16_t)((plan->queue_count - 1) % plan->node_count);
    queue->replicas = (uint16_t)(1u << queue->first);
    const struct tree_node *said = tree_get(map, "replication");
    if (!replicated && said && (said->kind != TREE_TEXT || !g_str_equal(said->text, "none")))
        return; /* not understood: what goes with it is no further problem */
    const struct tree_node *replicas = said_with(loading, map, "replicas", replicated, "active or passive");
    const struct tree_node *after = said_with(loading, map, "confirm-after", replicated, "active or passive");
    const struct tree_node *ship = said_with(loading, map, "ship", passive, "passive");
    const struct tree_node *recovery = said_with(loading, map, "recovery", replicated, "active or passive");
    const struct tree_node *catch_up = said_with(loading, map, "catch-up", replicated, "active or passive");
    if (!replicated)
        return;
    uint32_t count = replicas_read(loading, replicas, said);
    for (uint32_t i = 0; i < count; i++)
        queue->replicas = (uint16_t)(queue->replicas | 1u << (queue->first + i) % plan->node_count);
    confirm_after_read(loading, after, queue, count);
    ship_read(loading, ship, queue);
    word_read(loading, recovery, "recovery", active ? "active|!passive|!none" : "passive|!active|!none", 0);
    catch_up_read(loading, catch_up, queue);
}

/* ---- queues ---- */

static void name_check(struct loading *loading, const struct tree_node *name)
{
    g_autofree char *shown = problem_shown(name->text);
    size_t length = strlen(name->text);
    bool fine = length > 0 && length <= QUEUE_NAME_MAX_BYTES && !strchr(name->text, '"');
    for (const char *at = name->text; *at; at = g_utf8_next_char(at))
        fine = fine && g_unichar_isprint(g_utf8_get_char(at));
    if (!fine)
        problem_add(&loading->problems, name->at,
                    "'%s' is no name for a queue: 1 to %d printable bytes without a double quote", shown,
                    QUEUE_NAME_MAX_BYTES);
    if (g_str_has_prefix(name->text, "amq."))
        problem_add(&loading->problems, name->at, "'%s': names that start with amq. are the broker's own", shown);
}

void load_queues(struct loading *loading, const struct tree_node *root)
{
    const struct tree_node *queues = tree_get(root, "queues");
    struct plan *plan = loading->plan;
    if (!queues || queues->kind != TREE_MAP)
        return;
    for (guint i = 0; i < queues->items->len; i += 2) {
        const struct tree_node *name = g_ptr_array_index(queues->items, i),
                               *node = g_ptr_array_index(queues->items, i + 1);
        if (plan->queue_count == QUEUES_MAX) {
            problem_add(&loading->problems, name->at, "a broker has at most %d queues", QUEUES_MAX);
            return;
        }
        name_check(loading, name);
        plan->queues = g_renew(struct plan_queue, plan->queues, plan->queue_count + 1);
        struct plan_queue *queue = &plan->queues[plan->queue_count++];
        *queue = (struct plan_queue){.name = g_strdup(name->text)};
        bool is_map = bind_is_map(loading, node, name->text);
        bind_fields(loading, IN_QUEUE, node, queue);
        const struct tree_node *fsync = is_map ? tree_get(node, "fsync") : NULL;
        if (fsync)
            fsync_read(loading, fsync, queue);
        replication_read(loading, node, queue);
    }
}

uint32_t plan_queue_find(const struct plan *plan, const char *name)
{
    for (uint32_t i = 0; i < plan->queue_count; i++)
        if (g_str_equal(plan->queues[i].name, name))
            return i;
    return UINT32_MAX;
}

uint32_t plan_queue_named(struct loading *loading, const char *name, struct place at)
{
    const struct plan *plan = loading->plan;
    uint32_t queue = plan_queue_find(plan, name);
    if (queue != UINT32_MAX)
        return queue;
    struct nearest nearest = {.text = name};
    for (uint32_t i = 0; i < plan->queue_count; i++)
        nearest_offer(&nearest, plan->queues[i].name);
    g_autofree char *shown = problem_shown(name);
    if (nearest.best)
        problem_add(&loading->problems, at, "there is no queue '%s', did you mean '%s'?", shown, nearest.best);
    else
        problem_add(&loading->problems, at, "there is no queue '%s'", shown);
    return UINT32_MAX;
}
