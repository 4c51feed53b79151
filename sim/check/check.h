/* The exhaustive scheduler: explores every interleaving of a world within the bounds of `check:`, breadth first. A
 * state is a tuple of interned part contents; steps of parts are memoised, so a transition costs a few look-ups. */
#ifndef CRASHQ_CHECK_H
#define CRASHQ_CHECK_H

#include "sim/world/world.h"

struct check_options {
    uint64_t states_max;       /* 0: the plan's, or none */
    uint64_t memory_max_bytes; /* 0: none */
    bool memo_off;             /* execute every step, and CHECK that it does again what it did before: for the bench */
    bool exact;                /* compare whole canonical tuples on every hit of the visited set; count collisions */
    uint8_t fingerprint_bits;  /* 0: all 128. Fewer make the hash weak: for the test that notices it */
    uint32_t expected;         /* bits of enum property: held to be promised, whatever the configuration is worth */
    bool stop_at_finding;      /* any breach of a checked property is a VIOLATION; otherwise only a promised one is */

    /* Each may be NULL. Called with `context`: for each new state; every now and then. */
    void (*visited)(void *context, struct digest fingerprint);
    void (*progress)(void *context, uint64_t states, uint64_t transitions, uint64_t frontier, uint32_t depth);
    /* Asked as often; true: stop there, truncated by an interruption. */
    bool (*stop)(void *context);
    void *context;
};

enum check_verdict {
    CHECK_COMPLETE,  /* every reachable state within the bounds was visited, nothing broken that was promised */
    CHECK_VIOLATION, /* see trace */
    CHECK_TRUNCATED, /* a budget, block or channel bound was hit: nothing broken so far, nothing proven */
};

struct check_result {
    enum check_verdict verdict;
    const char *truncated_by; /* "states", "memory", "a connection's capacity", ...; NULL: nothing was */
    uint64_t states, transitions, frontier_max;
    uint64_t steps_executed;            /* of parts, in earnest */
    uint64_t memo_steps;                /* looked up instead (with memo_off: executed again) */
    uint64_t parts_interned;            /* distinct contents of parts */
    uint64_t collisions;                /* different states taken for one; counted only when `exact` */
    uint32_t depth;                     /* of the deepest state: actions from the start */
    uint64_t bytes;                     /* memory at the end */
    double omission_probability;        /* that two states shared a fingerprint and one was left out: n^2 / 2^129 */
    uint64_t exercised[PROPERTY_COUNT]; /* transitions that put the property to the test */
    uint32_t found;                     /* bits of the checked properties that were broken somewhere */
    uint32_t property;                  /* that the trace breaks (enum property), when there is one */
    struct action *trace;               /* owned; shortest. To the violation; without one, to the first finding */
    struct digest *trace_fingerprint;   /* world_fingerprint after each action */
    uint32_t trace_length;              /* 0: no trace. A liveness property is broken by the quiet state at its end */
};

/* `shape` must be SHAPE_CHECK. The trace was executed again on a concrete world and every fingerprint compared
 * (CHECKed: a difference is a determinism bug). */
void check_run(const struct world_shape *shape, const struct check_options *options, struct check_result *ret_result);
void check_result_clear(struct check_result *result);

#endif
