/* faults: a list of mappings. Each says when (`at`, or `every` with from and until), what (one kind and whom:
 * load_targets.c), how, and what ends it. */
#include <string.h>

#include "sim/plan/loading.h"
#include "sim/plan/value.h"

enum { FAULTS_MAX = 10000 };

const char *const fault_kind_names[FAULT_KINDS] = {
    [FAULT_CRASH] = "crash",     [FAULT_PAUSE] = "pause",         [FAULT_DISCONNECT] = "disconnect",
    [FAULT_CUT] = "cut",         [FAULT_PARTITION] = "partition", [FAULT_ISOLATE] = "isolate",
    [FAULT_DEGRADE] = "degrade", [FAULT_STALL] = "stall",
};

/* `key` only makes sense beside `kind`. */
static void only_with(struct loading *loading, const struct tree_node *map, const char *key, bool sense,
                      const char *why)
{
    const struct tree_node *name = tree_key(map, key);
    if (name && !sense)
        problem_add(&loading->problems, name->at, "%s", why);
}

static bool kind_read(struct loading *loading, const struct tree_node *map, struct plan_fault *fault)
{
    const char *given = NULL;
    for (uint8_t kind = 0; kind < FAULT_KINDS; kind++) {
        const struct tree_node *node = tree_get(map, fault_kind_names[kind]);
        if (node && given)
            problem_add(&loading->problems, tree_key(map, fault_kind_names[kind])->at,
                        "one fault each: '%s' and '%s' are two", given, fault_kind_names[kind]);
        if (!node || given)
            continue;
        given = fault_kind_names[kind];
        fault->kind = kind;
        fault_target_read(loading, node, fault);
    }
    if (!given && !bind_has_later(IN_FAULT, map))
        problem_add(&loading->problems, map->at,
                    "a fault needs its kind: crash, pause, disconnect, cut, partition, isolate, degrade or stall");
    return given;
}

/* ---- when ---- */

/* The earliest that a time can be. */
static int64_t least(const struct variate *time)
{
    bool bounded = time->kind == VARIATE_CONSTANT || time->kind == VARIATE_UNIFORM || time->kind == VARIATE_PARETO;
    return bounded ? time->a : time->kind == VARIATE_EMPIRICAL ? time->table[0] : 0;
}

static void within_load(struct loading *loading, struct place at, int64_t ns, bool end_too)
{
    int64_t end = loading->plan->duration_ns;
    if (ns < end || (end_too && ns == end))
        return;
    g_autofree char *text = duration_text(end);
    problem_add(&loading->problems, at, "the load phase ends at %s: this is after the end", text);
}

static void at_read(struct loading *loading, const struct tree_node *node, struct plan_fault *fault)
{
    if (bind_distribution(loading, node, "at", &fault->at))
        within_load(loading, node->at, least(&fault->at), false);
}

static void every_read(struct loading *loading, const struct tree_node *map, struct plan_fault *fault)
{
    const struct tree_node *every = tree_get(map, "every"), *from = tree_get(map, "from"),
                           *until = tree_get(map, "until");
    fault->recurring = true;
    fault->until_ns = loading->plan->duration_ns;
    if (bind_distribution(loading, every, "every", &fault->at) && fault->at.kind != VARIATE_EMPIRICAL &&
        MAX(fault->at.a, fault->at.b) == 0)
        problem_add(&loading->problems, every->at, "'every' needs an interval above 0");
    if (from && bind_duration(loading, from, "from", &fault->from_ns))
        within_load(loading, from->at, fault->from_ns, false);
    if (until && bind_duration(loading, until, "until", &fault->until_ns))
        within_load(loading, until->at, fault->until_ns, true);
    if (until && fault->from_ns >= fault->until_ns)
        problem_add(&loading->problems, until->at, "'until' comes after 'from'");
}

static void time_read(struct loading *loading, const struct tree_node *map, struct plan_fault *fault)
{
    const struct tree_node *at = tree_get(map, "at"), *every = tree_get(map, "every");
    if (at && every)
        problem_add(&loading->problems, tree_key(map, "every")->at, "'at' and 'every' exclude each other");
    else if (at)
        at_read(loading, at, fault);
    else if (every)
        every_read(loading, map, fault);
    else if (!bind_has_later(IN_FAULT, map))
        problem_add(&loading->problems, map->at, "a fault needs its time: at, or every");
    only_with(loading, map, "from", every, "'from' belongs to 'every'");
    only_with(loading, map, "until", every, "'until' belongs to 'every'");
}

/* ---- what ends it ---- */

static void end_read(struct loading *loading, const struct tree_node *map, struct plan_fault *fault)
{
    bool crash = fault->kind == FAULT_CRASH, lasts = !crash && fault->kind != FAULT_DISCONNECT;
    only_with(loading, map, "restart", crash, "a restart without a crash");
    only_with(loading, map, "for", lasts,
              crash ? "a crash ends with 'restart', not with 'for'" : "this fault is over at once: it has no 'for'");
    const char *key = crash ? "restart" : "for";
    const struct tree_node *node = crash || lasts ? tree_get(map, key) : NULL;
    fault->ends = node && bind_distribution(loading, node, key, &fault->length);
}

/* ---- how ---- */

static void crash_read(struct loading *loading, const struct tree_node *map, const struct plan_fault *fault)
{
    bool crash = fault->kind == FAULT_CRASH;
    only_with(loading, map, "kind", crash, "'kind' belongs to a crash");
    only_with(loading, map, "in-flight", crash, "'in-flight' belongs to a crash");
    only_with(loading, map, "disk", crash, "'disk' belongs to a crash");
    const struct tree_node *kind = tree_get(map, "kind"), *in_flight = tree_get(map, "in-flight"),
                           *disk = tree_get(map, "disk");
    bool client = crash && selector_is_client(&fault->target);
    if (in_flight && crash && fault->power)
        problem_add(&loading->problems, in_flight->at,
                    "a power loss leaves nothing in flight: 'in-flight' belongs to kind: process");
    if (kind && client && fault->power)
        problem_add(&loading->problems, kind->at, "a power loss of a client is not supported yet");
    if (disk && client && fault->wipe)
        problem_add(&loading->problems, disk->at, "a client has no disk");
}

/* latency: 40ms replaces the network's, +40ms comes on top of it. */
static void latency_read(struct loading *loading, const struct tree_node *node, struct plan_fault *fault)
{
    const char *text = bind_text(loading, node, "latency");
    if (!text)
        return;
    fault->latency_given = true;
    fault->latency_adds = text[0] == '+';
    bind_distribution_text(loading, text + fault->latency_adds, node->at, &fault->latency);
}

static void degrade_read(struct loading *loading, const struct tree_node *map, struct plan_fault *fault)
{
    bool degrade = fault->kind == FAULT_DEGRADE;
    only_with(loading, map, "latency", degrade, "'latency' belongs to degrade");
    only_with(loading, map, "loss", degrade, "'loss' belongs to degrade");
    const struct tree_node *latency = degrade ? tree_get(map, "latency") : NULL;
    if (latency)
        latency_read(loading, latency, fault);
    if (degrade && !latency && !tree_get(map, "loss") && !bind_has_later(IN_FAULT, map))
        problem_add(&loading->problems, tree_key(map, "degrade")->at, "'degrade' needs latency, loss or both");
}

/* ---- names ---- */

static void name_take(struct loading *loading, const struct tree_node *map, GHashTable *names, struct plan_fault *fault)
{
    const struct tree_node *node = tree_get(map, "name");
    const char *given = node ? bind_text(loading, node, "name") : NULL;
    struct place at = node ? node->at : map->at;
    fault->name =
        given ? g_strdup(given) : g_strdup_printf("%s%u", fault_kind_names[fault->kind], loading->plan->fault_count);
    g_autofree char *shown = problem_shown(fault->name);
    if (!g_hash_table_add(names, fault->name))
        problem_add(&loading->problems, at, "two faults are called '%s'", shown);
    if (given && (!*given || strpbrk(given, "\"\n")))
        problem_add(&loading->problems, at, "'%s' is no name for a fault", shown);
}

static void fault_read(struct loading *loading, const struct tree_node *map, GHashTable *names)
{
    struct plan *plan = loading->plan;
    if (map->kind != TREE_MAP) {
        problem_add(&loading->problems, map->at, "a fault is a mapping, such as {at: 10s, crash: n1, restart: 5s}");
        return;
    }
    plan->faults = g_renew(struct plan_fault, plan->faults, plan->fault_count + 1);
    struct plan_fault *fault = &plan->faults[plan->fault_count++];
    *fault = (struct plan_fault){.place = {map->at.line, map->at.column}};
    bind_fields(loading, IN_FAULT, map, fault);
    if (kind_read(loading, map, fault)) {
        end_read(loading, map, fault);
        crash_read(loading, map, fault);
        degrade_read(loading, map, fault);
    }
    time_read(loading, map, fault);
    name_take(loading, map, names, fault);
}

void load_faults(struct loading *loading, const struct tree_node *root)
{
    const struct tree_node *list = tree_get(root, "faults");
    if (!list)
        return;
    if (list->kind != TREE_LIST) {
        problem_add(&loading->problems, list->at, "'faults' is a list: start each fault with a dash");
        return;
    }
    if (list->items->len > FAULTS_MAX) {
        problem_add(&loading->problems, list->at, "a scenario has at most %d faults", FAULTS_MAX);
        return;
    }
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal); /* borrowed from the faults */
    for (guint i = 0; i < list->items->len && !problems_full(&loading->problems); i++)
        fault_read(loading, g_ptr_array_index(list->items, i), names);
}
