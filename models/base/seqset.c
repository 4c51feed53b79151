/* See seqset.h. */
#include "models/base/seqset.h"

#include <stddef.h>

/* The run that holds or precedes a sequence. */
static bool seqset_run(const struct arena *block, const struct seqset *set, uint64_t sequence, uint64_t *ret_first,
                       uint32_t *ret_length)
{
    return omap_floor(block, &set->runs, sequence, ret_first, ret_length);
}

bool seqset_has(const struct arena *block, const struct seqset *set, uint64_t sequence)
{
    uint64_t first;
    uint32_t length;
    return seqset_run(block, set, sequence, &first, &length) && sequence - first < length;
}

bool seqset_add(struct arena *block, struct seqset *set, uint64_t sequence, bool *ret_added)
{
    uint64_t first;
    uint32_t length;
    bool before = seqset_run(block, set, sequence, &first, &length);
    bool added = !(before && sequence - first < length);
    if (added) {
        bool joins = before && first + length == sequence && length < UINT32_MAX;
        uint32_t after = sequence == UINT64_MAX ? 0 : omap_get(block, &set->runs, sequence + 1);
        uint64_t start = joins ? first : sequence;
        uint64_t whole = (joins ? length : 0) + UINT64_C(1) + after;
        if (whole > UINT32_MAX) {
            whole -= after;
            after = 0;
        }
        if (!omap_put(block, &set->runs, start, (uint32_t)whole))
            return false;
        if (after != 0)
            omap_remove(block, &set->runs, sequence + 1);
    }
    if (ret_added != NULL)
        *ret_added = added;
    return true;
}

bool seqset_remove(struct arena *block, struct seqset *set, uint64_t sequence)
{
    uint64_t first;
    uint32_t length;
    if (!seqset_run(block, set, sequence, &first, &length) || sequence - first >= length)
        return true;
    uint32_t left = (uint32_t)(sequence - first), right = length - left - 1;
    if (right > 0 && !omap_put(block, &set->runs, sequence + 1, right))
        return false;
    if (left > 0)
        omap_put(block, &set->runs, first, left);
    else
        omap_remove(block, &set->runs, first);
    return true;
}

bool seqset_max(const struct arena *block, const struct seqset *set, uint64_t *ret_sequence)
{
    uint64_t first;
    uint32_t length;
    if (!omap_floor(block, &set->runs, UINT64_MAX, &first, &length))
        return false;
    *ret_sequence = first + length - 1;
    return true;
}

void seqset_clear(struct arena *block, struct seqset *set)
{
    omap_clear(block, &set->runs);
}
