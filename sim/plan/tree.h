/* What a YAML text says, as a tree whose every node knows where it was written: mappings with text keys, lists and
 * texts. Everything is text; what a text means is the reader's business, so no YAML version's idea of `no`, `010`
 * or `1:30` ever changes a value. */
#ifndef CRASHQ_PLAN_TREE_H
#define CRASHQ_PLAN_TREE_H

#include <glib.h>

#include "sim/plan/problem.h"

enum tree_kind { TREE_TEXT, TREE_LIST, TREE_MAP };

struct tree_node {
    enum tree_kind kind;
    bool quoted;    /* TEXT: stood in quotes */
    bool block;     /* TEXT: folded or literal, with > or | */
    bool commented; /* TEXT: empty, and a comment follows: perhaps an unquoted '#' */
    struct place at;
    char *text;       /* TEXT */
    GPtrArray *items; /* LIST: nodes. MAP: key, value, key, value, ...; keys are TEXT and differ */
    struct tree_index *index; /* MAP: where its keys are, once there are many */
};

void tree_free(struct tree_node *node);

struct tree_node *tree_text(const char *text, struct place at);
struct tree_node *tree_collection(enum tree_kind kind, struct place at);

struct tree_node *tree_copy(const struct tree_node *node);

/* The value under a key of a mapping, or NULL. */
struct tree_node *tree_get(const struct tree_node *map, const char *key);
/* The key that a name means in which `-` may stand for `_`, as the mapping spells it; NULL when there is none. */
const char *tree_spelled(const struct tree_node *map, const char *name);
/* The key's own node, for its place; NULL when absent. */
const struct tree_node *tree_key(const struct tree_node *map, const char *key);
/* Puts a value under a key, in the place of an old one; takes `value` over. */
void tree_put(struct tree_node *map, const char *key, struct tree_node *value);
/* Takes a value out with its key: the caller's; NULL when there is none. */
struct tree_node *tree_take(struct tree_node *map, const char *key);
void tree_remove(struct tree_node *map, const char *key);

static inline bool tree_null(const struct tree_node *node)
{
    return node->kind == TREE_TEXT && !node->quoted && !node->block &&
           (node->text[0] == '\0' || g_str_equal(node->text, "~") || g_ascii_strcasecmp(node->text, "null") == 0);
}

#endif
