/* The exhaustive scheduler: explores every interleaving of a world within the bounds of `check:`, breadth first. A state is
 * a tuple of interned part contents; steps of parts are memoised, so a transition costs a few look-ups. */
#ifndef CRASHQ_CHECK_H
#define CRASHQ_CHECK_H

#include "sim/world/world.h"

struct check_options {
    uint64_t states_max;       /* 0: the plan's, or none */
    uint64_t memory_max_bytes; /* 0: none */
    bool memo_off;             /* for the benchmark: execute every step */
    bool exact;                /* compare whole canonical tuples on every hit of the visited set; a collision is counted */
    uint8_t fingerprint_bits;  /* 0: all 128. Fewer make the hash weak: for the test that notices it */
    bool stop_at_finding;      /* stop at the first breach of any checked property; otherwise only promised ones stop */
    void (*visited)(void *context, struct digest fingerprint); /* each new state; may be NULL */
    void (*progress)(void *context, uint64_t states, uint64_t transitions, uint64_t frontier, uint32_t depth); /* may be NULL */
    void *context;
};

enum check_verdict {
    CHECK_COMPLETE,  /* every reachable state within the bounds was visited, nothing broken */
    CHECK_VIOLATION, /* see trace */
    CHECK_TRUNCATED, /* a budget, block or channel bound was hit: nothing broken so far, nothing proven */
};

struct check_result {
    enum check_verdict verdict;
    const char *truncated_by; /* "states", "memory", "a connection's capacity", ... */
    uint64_t states, transitions, frontier_max, memo_steps, parts_interned, collisions;
    uint64_t steps_executed; /* real steps; the rest were looked up */
    uint32_t depth;
    uint64_t bytes; /* memory at the end */
    double omission_probability;
    uint64_t exercised[PROPERTY_COUNT];
    uint32_t found; /* bits of enum property that were broken somewhere */
    uint32_t property; /* VIOLATION or a finding: which (enum property) */
    struct action *trace; /* owned; shortest */
    struct digest *trace_fingerprint; /* world_fingerprint after each action */
    uint32_t trace_length;
};

/* `shape` must be SHAPE_CHECK. The trace was executed again on a concrete world and every fingerprint compared (CHECKed: a difference is a
 * determinism bug). */
void check_run(const struct world_shape *shape, const struct check_options *options, struct check_result *ret_result);
void check_result_clear(struct check_result *result);

#endif
