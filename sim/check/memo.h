/* The memory of steps: a part step is a pure function of (content, input), so each is executed once and looked up ever
 * after. Of ten million world states of a cluster a few hundred node contents were distinct: exploring real C code then
 * costs about a probe per step.
 *
 * Two things that a step may read besides are asked for only when it does read them: the disk of its actor, and picks
 * from the tape. A step that wants one is remembered as such (STEP_WANTS_...), and the answer leads from it to the next
 * step, as an edge of a tree:
 *
 *     (content, input) -> [cut after k outputs ->] [this disk ->] [pick ->]* done
 *
 * so a step that reads neither, nearly all of them, is one probe. */
#ifndef CRASHQ_CHECK_MEMO_H
#define CRASHQ_CHECK_MEMO_H

#include "sim/check/contents.h"

enum step_kind { STEP_DONE, STEP_WANTS_DISK, STEP_WANTS_PICK };

struct memo_step {
    uint32_t content;                  /* DONE: what the part holds afterwards */
    uint32_t effect_count;             /* DONE */
    const struct known_input *effects; /* DONE: in order, depth first */
    uint8_t kind;                      /* enum step_kind */
    uint8_t truncated;                 /* DONE: enum part_bound; the rest is then void */
    uint8_t cuts_known;
    uint8_t outputs; /* DONE: of an actor's whole step */
    uint32_t ways;   /* WANTS_PICK: of how many */
    uint64_t cuts;   /* DONE, when cuts_known: bit k: a crash after k outputs is worth exploring (memo_cuts) */
    uint16_t breached, exercised; /* DONE, the monitor: bits of enum property */
};

struct memo_question {
    uint32_t content, input;
    uint32_t cut;  /* 0: the whole step */
    uint32_t disk; /* content of the actor's disk; 0: it has none */
    const uint16_t *picks;
    uint32_t pick_count; /* as many as the step wants are used, from the first */
};

struct memo {
    struct contents *contents;
    struct catalogue *catalogue;
    struct memory *memory;
    struct pairs edges;
    struct hoard hoard;
    struct memo_step *steps; /* [step - 1] */
    uint32_t step_count, step_room;
    uint8_t **scratch; /* a zeroed block per part */
    struct part_effects *effects;
    struct known_input *numbered; /* the effects of the step just executed, by number */
    uint32_t numbered_room;
    bool always_execute; /* execute known steps too, and hold the result against the memory */
    uint64_t executed, looked_up;
};

void memo_init(struct memo *memo, struct contents *contents, bool always_execute);
void memo_clear(struct memo *memo);

/* The number of a content given by its used bytes. */
uint32_t memo_content(struct memo *memo, uint32_t part, const void *used, uint64_t bytes);

/* The step's number. Its kind is WANTS_PICK when the picks do not suffice, otherwise DONE. */
uint32_t memo_ask(struct memo *memo, const struct memo_question *question, uint32_t *ret_picks_used);
static inline const struct memo_step *memo_at(const struct memo *memo, uint32_t step)
{
    return &memo->steps[step - 1];
}

/* After which outputs of this (whole, done) actor step a crash must be explored, as bits. A crash after output k leaves
 * what the outputs 1..k did outside the actor; its block, timers and wishes die with it. So of all k between two
 * outputs that reach another part (send, close, append, fsync, truncate, trim) one is enough, and the first is taken:
 * the monitor then knows least, that is, nothing of what the node merely meant to do. k = 0 is a crash before the
 * action, k = all one after it: both are transitions of their own. */
uint64_t memo_cuts(struct memo *memo, const struct memo_question *question, uint32_t step);

#endif
