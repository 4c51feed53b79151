/* The set of states seen so far, by fingerprint: 16 bytes a state in one flat table.
 *
 * A check spends its time here if it is careless: the table is far larger than any cache, so a probe costs a memory
 * miss. Hence successors are collected, their home slots prefetched, and only then looked up. A key's home is its rank
 * among all 128-bit numbers scaled to the table, so a table may have any size, and growing it reads and writes both
 * tables in order.
 *
 * Two states with one fingerprint would be taken for one: with n states the probability is about n^2 / 2^129.
 * `bits_kept` weakens the key on purpose, for the test that such a mistake is noticed; `numbered` keeps each key's
 * state number, for comparing in full. */
#ifndef CRASHQ_CHECK_VISITED_H
#define CRASHQ_CHECK_VISITED_H

#include "models/base/digest.h"
#include "sim/check/memory.h"

struct visited {
    struct memory *memory;
    struct digest *slots; /* all zero: empty */
    uint32_t *states;     /* beside each slot; NULL unless numbered */
    uint64_t room, count;
    struct digest mask;
};

void visited_init(struct visited *visited, struct memory *memory, unsigned bits_kept, bool numbered);
void visited_clear(struct visited *visited);
/* The key under which a fingerprint is kept. */
struct digest visited_key(const struct visited *visited, struct digest fingerprint);
/* Makes sure that `more` keys can be added. False: the memory budget does not allow it. */
bool visited_reserve(struct visited *visited, uint64_t more);
/* True when the key is new, which is then kept with its state number. Otherwise *ret_state is the number it had (if
 * numbered). */
bool visited_add(struct visited *visited, struct digest key, uint32_t state, uint32_t *ret_state);

static inline uint64_t visited_home(const struct visited *visited, struct digest key)
{
    return (uint64_t)(__extension__((unsigned __int128)key.high * visited->room >> 64));
}

static inline void visited_prefetch(const struct visited *visited, struct digest key)
{
    __builtin_prefetch(&visited->slots[visited_home(visited, key)], 1);
}

#endif
