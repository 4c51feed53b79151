/* Are two tuples the same state? Without trusting the 128-bit sum that the visited set keeps: every part's canonical
 * digest must be equal on its own, and so must every distance between the anchors of one space. */
#include "models/base/check.h"
#include "sim/check/explore.h"

static uint64_t space_lowest(const struct explorer *explorer, const uint32_t *tuple, uint64_t key)
{
    uint64_t lowest = UINT64_MAX;
    for (uint32_t part = 0; part < explorer->frontier.parts; part++) {
        const struct part_face *face = &contents_at(&explorer->contents, tuple[part])->face;
        for (int i = 0; i < face->anchor_count; i++)
            if (face->anchors[i].key == key && face->anchors[i].lowest < lowest)
                lowest = face->anchors[i].lowest;
    }
    return lowest;
}

static bool anchors_equal(const struct explorer *explorer, const uint32_t *one, const uint32_t *other, uint32_t part)
{
    const struct part_face *a = &contents_at(&explorer->contents, one[part])->face;
    const struct part_face *b = &contents_at(&explorer->contents, other[part])->face;
    if (a->anchor_count != b->anchor_count)
        return false;
    for (int i = 0; i < a->anchor_count; i++) {
        uint64_t key = a->anchors[i].key;
        if (b->anchors[i].key != key)
            return false;
        if (a->anchors[i].lowest - space_lowest(explorer, one, key) !=
            b->anchors[i].lowest - space_lowest(explorer, other, key))
            return false;
    }
    return true;
}

bool exact_equal(const struct explorer *explorer, const uint32_t *one, const uint32_t *other)
{
    CHECK(one != NULL && other != NULL);
    for (uint32_t part = 0; part < explorer->frontier.parts; part++)
        if (!digest_equal(contents_at(&explorer->contents, one[part])->face.digest,
                          contents_at(&explorer->contents, other[part])->face.digest))
            return false;
    for (uint32_t part = 0; part < explorer->frontier.parts; part++)
        if (!anchors_equal(explorer, one, other, part))
            return false;
    return true;
}
