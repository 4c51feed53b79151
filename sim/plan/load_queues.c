/* queues.NAME: the names, and `fsync`, which is a word or a mapping: each, never, group, {group: 5ms}. */
#include <string.h>

#include "models/base/units.h"
#include "models/broker/broker.h"
#include "sim/plan/loading.h"
#include "sim/plan/value.h"

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
    }
}

uint32_t plan_queue_find(const struct plan *plan, const char *name)
{
    for (uint32_t i = 0; i < plan->queue_count; i++)
        if (g_str_equal(plan->queues[i].name, name))
            return i;
    return UINT32_MAX;
}
