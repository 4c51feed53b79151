/* A YAML text as a tree, within bounds. Only what a scenario needs: one document of mappings with text keys, lists
 * and texts. */
#ifndef CRASHQ_PLAN_YAML_TREE_H
#define CRASHQ_PLAN_YAML_TREE_H

#include "sim/plan/tree.h"

/* Reads `length` bytes; marks start at `origin` (1:1 for a file). NULL after a problem that leaves no tree. The
 * caller frees it. */
struct tree_node *tree_read(const char *bytes, gsize length, struct place origin, struct problems *problems);

#endif
