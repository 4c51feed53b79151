/* A set of sequence numbers, kept as maximal runs [first, first + length): memory follows the number of
 * gaps, not of members. For "which messages of this producer were delivered". A run longer than 2^32 - 1 is split. */
#ifndef CRASHQ_BASE_SEQSET_H
#define CRASHQ_BASE_SEQSET_H

#include "models/base/omap.h"

struct seqset {
    struct omap runs; /* first -> length */
};

bool seqset_has(const struct arena *block, const struct seqset *set, uint64_t sequence);
/* Adds one number. ret_added (may be NULL) says whether it was new. Returns false when the block has no room. */
bool seqset_add(struct arena *block, struct seqset *set, uint64_t sequence, bool *ret_added);
bool seqset_remove(struct arena *block, struct seqset *set, uint64_t sequence); /* false: no room to split a run */
bool seqset_max(const struct arena *block, const struct seqset *set, uint64_t *ret_sequence); /* false: empty */
void seqset_clear(struct arena *block, struct seqset *set);

#endif
