/* What the parts of the loader share while one file is read. Private to this room. */
#ifndef CRASHQ_PLAN_LOADING_H
#define CRASHQ_PLAN_LOADING_H

#include <glib.h>

#include "sim/plan/keys.h"
#include "sim/plan/plan.h"
#include "sim/plan/problem.h"
#include "sim/plan/yaml_tree.h"

struct loading {
    struct plan *plan; /* being read: the scenario itself, then each variant */
    struct problems problems;
    char *directory;    /* of the file: where relative traces lie */
    GHashTable *actors; /* name of a node or a group of clients -> what bears it; actions are named after them */
};

/* ---- bind.c: mappings into structs, by the table ---- */

/* Reads the fields of `place` into `into`: what `map` says (NULL: nothing), defaults for the rest. Reports keys
 * that nobody knows. */
void bind_fields(struct loading *loading, enum key_place place, const struct tree_node *map, void *into);
/* The text of a value, or NULL after a problem. `name` is what the message calls it. */
const char *bind_text(struct loading *loading, const struct tree_node *node, const char *name);
/* A duration or a distribution, its table included. False after a problem. */
bool bind_distribution(struct loading *loading, const struct tree_node *node, const char *name, struct variate *ret);
/* The same for a part of a value, which stands at `at`. */
bool bind_distribution_text(struct loading *loading, const char *text, struct place at, struct variate *ret);
bool bind_duration(struct loading *loading, const struct tree_node *node, const char *name, int64_t *ret_ns);
/* True when `node` is a mapping; else says that `name` is one. */
bool bind_is_map(struct loading *loading, const struct tree_node *node, const char *name);
/* True when the mapping holds a key of the language that is not supported yet: what it lacks then is no news. */
bool bind_has_later(enum key_place place, const struct tree_node *map);
/* False after a problem: letters, digits, '_' and '-', a letter first. */
bool bind_name_check(struct loading *loading, struct place at, const char *kind, const char *name);
/* Takes a name for a node or a group of clients: letters, digits, '_' and '-', and nobody else's. */
void bind_actor_name(struct loading *loading, struct place at, const char *kind, const char *name);

/* ---- the sections: what the table cannot say ---- */

void load_cluster(struct loading *loading, const struct tree_node *root);
void load_queues(struct loading *loading, const struct tree_node *root);
void load_clients(struct loading *loading, const struct tree_node *root);
void load_faults(struct loading *loading, const struct tree_node *root);
void load_expect(struct loading *loading, const struct tree_node *root);
void load_check(struct loading *loading, const struct tree_node *root);
void load_unused(struct loading *loading, const struct tree_node *root);
/* Is any queue replicated passively, over more than one node? */
bool plan_nodes_talk(const struct plan *plan);

extern const char *const fault_kind_names[FAULT_KINDS]; /* the keys of faults */
/* Reads whom a fault hits; kind and fields of the table are already there. */
void fault_target_read(struct loading *loading, const struct tree_node *node, struct plan_fault *fault);
extern const char *const confirm_after_passive, *const confirm_after_active; /* words */

/* ---- sets.c ---- */

/* Lays "PATH=VALUE" over the tree; `source` counts from 1. */
void set_lay(struct tree_node *root, const char *text, uint32_t source, struct problems *problems);
/* The same for a variant's overlay: only where it says something else than the file; without a word about problems. */
void set_lay_over(struct tree_node *overlay, const char *text, uint32_t source);

/* ---- overlay.c ---- */

/* A copy of `base` with a variant's overlay laid over it. */
struct tree_node *overlay_laid(const struct tree_node *base, const struct tree_node *overlay);

/* ---- selector.c ---- */

/* Reads the selector in `text`, which stands at `at`. False after a problem. */
bool selector_read(struct loading *loading, const char *text, struct place at, struct plan_selector *ret);
/* The same for a value: a text or a list of node names. */
bool selector_bind(struct loading *loading, const struct tree_node *node, const char *name, struct plan_selector *ret);
static inline bool selector_is_client(const struct plan_selector *selector)
{
    return selector->kind >= SELECT_PRODUCER;
}
/* Whom it takes is drawn. */
static inline bool selector_is_random(const struct plan_selector *selector)
{
    return !selector_is_client(selector) && selector->count > 0;
}
/* The text that reads back as this selector, of NODES as its first node. Caller frees. */
char *selector_text(const struct plan *plan, const struct plan_selector *selector);

/* ---- name look-ups in the plan: an index, or UINT32_MAX ---- */

uint32_t plan_node_find(const struct plan *plan, const char *name);
uint32_t plan_queue_find(const struct plan *plan, const char *name);
/* The same; a problem at `at` when there is none. */
uint32_t plan_queue_named(struct loading *loading, const char *name, struct place at);
uint32_t plan_producer_find(const struct plan *plan, const char *name);
uint32_t plan_consumer_find(const struct plan *plan, const char *name);

#endif
