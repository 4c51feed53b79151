/* check: what the table cannot say of the model checker's bounds: the budget of states, reconnects that may be
 * unlimited, the properties, and as many restarts as crashes. */
#include <assert.h>
#include <string.h>

#include "models/oracle/oracle.h"
#include "sim/plan/loading.h"
#include "sim/plan/value.h"

static_assert(PROPERTY_COUNT <= 32, "a bit each");

/* Properties of consensus and queue limits, which come with those. */
static const char *const later[] = {"max-length",    "delivery-limit", "single-active-consumer",
                                    "routing",       "log-matching",   "leader-completeness",
                                    "state-machine", "leader-returns", "not-stuck"};

static bool is_later(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(later); i++)
        if (g_str_equal(later[i], name))
            return true;
    return false;
}

static void property_read(struct loading *loading, const struct tree_node *node, uint32_t *properties)
{
    const char *text = bind_text(loading, node, "properties");
    if (!text)
        return;
    struct nearest nearest = {.text = text};
    for (unsigned property = 0; property < PROPERTY_COUNT; property++) {
        const char *name = property_name((enum property)property);
        if (g_str_equal(name, text)) {
            *properties |= UINT32_C(1) << property;
            return;
        }
        nearest_offer(&nearest, name);
    }
    g_autofree char *shown = problem_shown(text);
    if (is_later(text))
        problem_add(&loading->problems, node->at, "the property '%s' is not supported yet", shown);
    else if (nearest.best)
        problem_add(&loading->problems, node->at, "there is no property '%s', did you mean '%s'?", shown, nearest.best);
    else
        problem_add(&loading->problems, node->at, "there is no property '%s'", shown);
}

static void properties_read(struct loading *loading, const struct tree_node *node, struct plan_check *check)
{
    bool all = node->kind == TREE_TEXT && g_str_equal(node->text, "all");
    if (all)
        return;
    check->properties = 0;
    if (node->kind == TREE_LIST && node->items->len == 0)
        problem_add(&loading->problems, node->at, "'properties' is all, or a list of at least one");
    if (node->kind != TREE_LIST)
        property_read(loading, node, &check->properties);
    for (guint i = 0; node->kind == TREE_LIST && i < node->items->len; i++)
        property_read(loading, g_ptr_array_index(node->items, i), &check->properties);
}

/* Whole millions: 10M, or 10000000. */
static char *states_read(const char *text, struct plan_check *check)
{
    bool millions = g_str_has_suffix(text, "M");
    g_autofree char *number = g_strndup(text, strlen(text) - millions);
    uint64_t states = 0;
    char *problem = value_count(number, &states);
    if (!problem && !millions && states % 1000000 != 0)
        problem = g_strdup("states are counted in whole millions: write 1M or 10M");
    states /= millions ? 1 : 1000000;
    if (!problem && (states < 1 || states > 1000000))
        problem = g_strdup("'states' lies between 1M and 1000000M");
    if (!problem)
        check->states_max_millions = (uint32_t)states;
    return problem;
}

static char *reconnects_read(const char *text, struct plan_check *check)
{
    uint64_t reconnects = 0;
    if (g_str_equal(text, "unlimited"))
        return NULL;
    char *problem = value_count(text, &reconnects);
    if (!problem && reconnects > 100)
        problem = g_strdup("'reconnects' is unlimited, or at most 100");
    if (problem)
        return problem;
    check->reconnects = (uint32_t)reconnects;
    check->reconnects_bounded = true;
    return NULL;
}

static void bound_read(struct loading *loading, const struct tree_node *map, const char *name,
                       char *(*read)(const char *text, struct plan_check *check))
{
    const struct tree_node *node = map ? tree_get(map, name) : NULL;
    const char *text = node ? bind_text(loading, node, name) : key_find(IN_CHECK, name)->normal;
    char *problem = text ? read(text, &loading->plan->check) : NULL;
    if (problem)
        problem_take(&loading->problems, node->at, problem);
}

/* Without messages no client takes part: what remains must have something to do. */
bool plan_nodes_talk(const struct plan *plan)
{
    for (uint32_t queue = 0; queue < plan->queue_count; queue++)
        if (plan->queues[queue].replication == REPLICATION_PASSIVE)
            return plan->node_count > 1;
    return false;
}

void load_check(struct loading *loading, const struct tree_node *root)
{
    const struct tree_node *map = tree_get(root, "check");
    struct plan_check *check = &loading->plan->check;
    check->given = map != NULL;
    check->properties = (UINT32_C(1) << PROPERTY_COUNT) - 1;
    if (map && map->kind != TREE_MAP)
        map = NULL;
    const struct tree_node *properties = map ? tree_get(map, "properties") : NULL;
    const struct tree_node *restarts = map ? tree_get(map, "restarts") : NULL;
    bound_read(loading, map, "states", states_read);
    bound_read(loading, map, "reconnects", reconnects_read);
    if (properties)
        properties_read(loading, properties, check);
    if (!restarts)
        check->restarts = check->crashes + check->power_losses;
    else if (check->restarts > check->crashes + check->power_losses)
        problem_add(&loading->problems, restarts->at, "more restarts than crashes and power losses");
    const struct tree_node *messages = map ? tree_get(map, "messages") : NULL;
    if (messages && check->messages == 0 && !plan_nodes_talk(loading->plan))
        problem_add(&loading->problems, messages->at,
                    "a check without messages is one of nodes that talk: it needs a passively replicated queue");
    const struct tree_node *ticks = map ? tree_get(map, "ticks") : NULL;
    if (check->ticks > 0 && (!plan_nodes_talk(loading->plan) || loading->plan->detector_ns == 0))
        problem_add(&loading->problems, ticks->at,
                    "'ticks' are beats and looks of detectors between nodes: it needs a passively replicated queue "
                    "and cluster.detector");
}
