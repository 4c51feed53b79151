/* What the files of the fault schedule share. Private to the room. */
#ifndef CRASHQ_FAULTS_H
#define CRASHQ_FAULTS_H

#include "sim/timed/timed_state.h"

/* What a fault draws beside its times. */
enum fault_question { ASK_TARGETS, ASK_OTHERS, ASK_LENGTH, ASK_KEPT, ASK_TORN, ASK_IN_FLIGHT, ASK_KEEP };
/* Keyed by the fault, how often it struck, the question and whom it concerns. */
uint64_t fault_draw(const struct timed *timed, uint32_t fault, enum fault_question question, uint64_t whom);

/* A set of actors as the fault finds it: a selector, and the nodes among which it chose. */
struct chosen {
    const struct plan_selector *selector;
    uint64_t nodes;
};
struct chosen fault_choose(const struct timed *timed, uint32_t fault, enum fault_question question,
                           const struct plan_selector *selector);
bool chosen_has(const struct timed *timed, const struct chosen *chosen, uint32_t actor);

/* faults.c: an actor comes under a fault, until later if the fault has an end (`other`: the far end of a link). */
void fault_started(struct timed *timed, uint32_t fault, uint32_t actor);
void fault_ends_later(struct timed *timed, uint32_t fault, uint32_t actor, uint32_t other);

/* fault_links.c. Each returns whether it hit anything. */
bool fault_begin_between(struct timed *timed, uint32_t fault);   /* CUT, DEGRADE, ISOLATE */
bool fault_begin_partition(struct timed *timed, uint32_t fault); /* PARTITION */
/* Both directions between two actors, or only from `from` to `to`: begins or ends there. Whether they are joined. */
bool fault_change_link(const struct timed *timed, uint32_t fault, uint32_t from, uint32_t to, bool begins);

#endif
