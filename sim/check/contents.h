/* The contents that parts were seen in, and what the search asks of them again and again: which actions they offer,
 * what they contribute to a fingerprint, whether an actor is up, what a disk shows. All of it depends on the content
 * alone, so it is worked out when the content is first met. Millions of states are made of a few thousand contents. */
#ifndef CRASHQ_CHECK_CONTENTS_H
#define CRASHQ_CHECK_CONTENTS_H

#include "sim/check/catalogue.h"

struct offer {
    uint32_t action;   /* number in the catalogue */
    uint32_t progress; /* action_is_progress() */
};

struct content {
    const uint8_t *bytes;
    uint32_t length;
    uint32_t part;
    bool up; /* actors */
    uint32_t offer_count;
    const struct offer *offers;
    struct disk_view view; /* disks */
    struct part_face face;
};

struct contents {
    const struct world_shape *shape;
    struct catalogue *catalogue;
    struct memory *memory;
    struct intern intern;
    struct hoard hoard;
    struct content *known; /* [content - 1] */
    uint32_t known_room;
    uint8_t *scratch; /* zeroed: where canonical forms are written */
    uint64_t scratch_bytes;
    struct action *offered; /* room for one part's offers */
    uint32_t offered_room;
};

void contents_init(struct contents *contents, struct catalogue *catalogue);
void contents_clear(struct contents *contents);
/* The number (from 1) of the content that this block of `part` has. The block is as long as part_block_bytes(). */
uint32_t contents_put(struct contents *contents, uint32_t part, const uint8_t *block);

static inline const struct content *contents_at(const struct contents *contents, uint32_t content)
{
    return &contents->known[content - 1];
}

#endif
