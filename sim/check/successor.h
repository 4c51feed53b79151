/* One action applied to a tuple of contents: the same cascade, in the same order, as world_apply() runs over blocks.
 * Each first input is stepped, and depth first whatever its effects are, before the next one. */
#ifndef CRASHQ_CHECK_SUCCESSOR_H
#define CRASHQ_CHECK_SUCCESSOR_H

#include "sim/check/memo.h"

enum successor_kind {
    SUCCESSOR_DONE,
    SUCCESSOR_WANTS_PICK, /* `ways`: run again with each extension of the picks; the tuple is spoilt */
    SUCCESSOR_TRUNCATED,  /* `bound` was hit; the tuple is spoilt */
};

struct successor {
    uint32_t *tuple; /* a content per part: changed in place */
    uint16_t picks[PICKS_MAX];
    uint32_t pick_count, picks_used;
    uint32_t actor; /* whose first step is the acting one; UINT32_MAX: none */
    uint32_t cut;   /* of the acting step; 0: none */

    enum successor_kind kind;
    uint32_t ways;
    uint32_t bound;
    uint32_t breached, exercised; /* bits of enum property */
    uint32_t acting_step;         /* 0 until the actor stepped */
    uint32_t acting_content, acting_input, acting_disk;
    uint32_t acting_picks_from; /* picks used before it */
};

/* Runs the cascade of `action`; with `cut`, only up to the crash that has to follow (successor_crash). */
void successor_apply(struct successor *successor, struct memo *memo, uint32_t action);
/* Goes on with a CRASH action where a cut cascade ended. */
void successor_crash(struct successor *successor, struct memo *memo, uint32_t crash);
/* The monitor judges that nothing but faults can happen any more. */
void successor_quiet(struct successor *successor, struct memo *memo, uint32_t quiet_input);
/* The outputs of the acting step after which a crash must be explored (memo_cuts). */
uint64_t successor_cuts(const struct successor *successor, struct memo *memo);

#endif
