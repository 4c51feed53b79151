/* An exploration under way, shared by the files that make it up: explore.c (the loop), expand.c (a state's
 * transitions), exact.c (comparing states in full), trace.c (from a state back to the actions that lead there). */
#ifndef CRASHQ_CHECK_EXPLORE_H
#define CRASHQ_CHECK_EXPLORE_H

#include "sim/check/check.h"
#include "sim/check/frontier.h"
#include "sim/check/successor.h"
#include "sim/check/visited.h"

/* A transition that broke something: the trace ends with it. */
struct ending {
    bool found;
    uint32_t state;    /* where it starts */
    uint32_t action;   /* 0: the state itself is quiet, and judged as such */
    uint32_t property; /* enum property */
};

/* A successor, collected until a batch of them is looked up. */
struct candidate {
    struct digest key, fingerprint;
    struct link link;
};
#define BATCH 256u

struct explorer {
    const struct world_shape *shape;
    const struct check_options *options;
    struct memory memory;
    struct catalogue catalogue;
    struct contents contents;
    struct memo memo;
    struct visited visited;
    struct frontier frontier;

    uint32_t quiet_input;
    uint32_t checked, promised; /* bits of enum property */
    uint64_t states_max;

    struct candidate candidates[BATCH];
    uint32_t *candidate_tuples; /* BATCH of them; the first free one is where the next successor is made */
    uint32_t candidate_count;
    const struct part_face **faces; /* room for a face per part */

    bool settling; /* check.from: settled, and it is not yet */
    bool stop;
    const char *stopped_by; /* a budget, when that is why */
    uint32_t bounds_hit;    /* bits of enum part_bound */
    uint32_t found;         /* bits of enum property */
    struct ending violation, finding;
    uint64_t transitions, frontier_max, collisions;
    uint64_t exercised_by_mask[1u << PROPERTY_COUNT];
};

/* Adds every successor of the index-th state of the level (expand.c). */
void explorer_expand(struct explorer *explorer, uint32_t index);
/* Where the next successor is made; explorer_collect keeps what lies there. */
static inline uint32_t *explorer_spare_tuple(struct explorer *explorer)
{
    return explorer->candidate_tuples + (uint64_t)explorer->candidate_count * explorer->frontier.parts;
}
void explorer_collect(struct explorer *explorer, struct link link);
struct digest explorer_fingerprint(struct explorer *explorer, const uint32_t *tuple);

/* Whether two tuples are the same state, canonical form by canonical form and anchor by anchor (exact.c). */
bool exact_equal(const struct explorer *explorer, const uint32_t *one, const uint32_t *other);

/* The contents of a world in which nothing happened yet. */
void explorer_start_tuple(struct explorer *explorer, uint32_t *ret_tuple);
/* Fills the result's trace with the way to an ending, executed again (trace.c). */
void trace_rebuild(struct explorer *explorer, const struct ending *ending, struct check_result *result);

#endif
