/* The choice tape: the only nondeterminism inside a step.
 *
 * In a run the tape draws: a pick is a hash of (key, purpose, how many picks this step made before). In replay
 * and in a check it reads: picks come from a finite list, and a step that runs off its end sets `ran_off`; whoever
 * stepped then discards that step and runs it once per extension 0..ran_off_n-1. Either way the picks made are
 * recorded, so that any step can be named and repeated. */
#ifndef CRASHQ_BASE_CHOICE_H
#define CRASHQ_BASE_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

#include "models/base/limits.h"

enum choice_purpose {
    CHOICE_DISPATCH = 1, /* which consumer */
    CHOICE_REJECT,       /* does the consumer reject */
    CHOICE_ACK_AGAIN,    /* does the (careless) consumer ack twice */
    CHOICE_CONNECT,      /* which node first */
};

struct tape {
    uint64_t key;             /* of the draws; used while `draws` */
    uint8_t draws;            /* 1: draw, 0: read */
    uint8_t given;            /* picks to read */
    uint8_t used;             /* picks made so far */
    uint8_t ran_off;          /* a pick was wanted beyond the list */
    uint32_t ran_off_n;       /* how many ways that pick had */
    uint32_t picks[PICKS_MAX];
};

void tape_draw(struct tape *tape, uint64_t key);
void tape_read(struct tape *tape, const uint32_t *picks, unsigned count);
/* A number in [0, n), n >= 1. One way is no choice: n == 1 returns 0 and records nothing. */
uint32_t choice_pick(struct tape *tape, uint32_t n, enum choice_purpose purpose);
/* True with probability share_ppm / 1,000,000. In a list it is a choice of two (1 = true), and no choice for 0 and
 * 1,000,000. */
bool choice_happens(struct tape *tape, uint32_t share_ppm, enum choice_purpose purpose);

#endif
