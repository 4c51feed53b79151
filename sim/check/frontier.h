/* Breadth first, level by level: a level is a flat array of tuples, the next one grows beside it. States are numbered
 * in the order in which they were found, so a level is a range of numbers; behind the levels only a link per state
 * stays: its parent and the action that led here, 8 bytes, from which a shortest trace is read backwards. */
#ifndef CRASHQ_CHECK_FRONTIER_H
#define CRASHQ_CHECK_FRONTIER_H

#include "sim/check/memory.h"

struct link {
    uint32_t parent; /* of the first state: UINT32_MAX */
    uint32_t action;
};

struct level {
    uint32_t *tuples;
    uint64_t room; /* states */
    uint32_t first, count;
};

struct frontier {
    struct memory *memory;
    uint32_t parts;
    struct level now, next;
    struct link *links;
    uint64_t link_room;
    uint32_t states;
    uint32_t depth; /* of the states in `now` */
    bool keeps_all; /* levels are never dropped: every state's tuple stays (for exact comparison) */
    uint32_t *all;
    uint64_t all_room;
};

#define STATES_LIMIT (UINT32_MAX - 1)

void frontier_init(struct frontier *frontier, struct memory *memory, uint32_t parts, bool keeps_all);
void frontier_clear(struct frontier *frontier);
/* Makes sure that `more` states can be added. False: the memory budget does not allow it. */
bool frontier_reserve(struct frontier *frontier, uint32_t more);
/* Adds a state to the next level; returns its number. */
uint32_t frontier_add(struct frontier *frontier, const uint32_t *tuple, struct link link);
/* Goes on to the next level. False: there is none. */
bool frontier_advance(struct frontier *frontier);

static inline const uint32_t *frontier_tuple(const struct frontier *frontier, uint32_t index)
{
    return frontier->now.tuples + (uint64_t)index * frontier->parts;
}

/* Any state's tuple; only with keeps_all. */
static inline const uint32_t *frontier_tuple_of(const struct frontier *frontier, uint32_t state)
{
    return frontier->all + (uint64_t)state * frontier->parts;
}

#endif
