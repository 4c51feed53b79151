#include "sim/check/contents.h"

#include <string.h>

#include "models/base/check.h"

void contents_init(struct contents *contents, struct catalogue *catalogue)
{
    const struct world_shape *shape = catalogue->shape;
    *contents = (struct contents){.shape = shape, .catalogue = catalogue, .memory = catalogue->memory};
    /* The budgets are read in place, by a function that expects the whole block: what is not in use is zero. */
    intern_init(&contents->intern, contents->memory, part_block_bytes(shape, shape_part_budget(shape)));
    hoard_init(&contents->hoard, contents->memory);
    for (uint32_t part = 0; part < shape->part_count; part++) {
        uint64_t bytes = part_block_bytes(shape, part);
        if (bytes > contents->scratch_bytes)
            contents->scratch_bytes = bytes;
    }
    contents->scratch = memory_take(contents->memory, contents->scratch_bytes);
}

void contents_clear(struct contents *contents)
{
    struct memory *memory = contents->memory;
    intern_clear(&contents->intern);
    hoard_clear(&contents->hoard);
    memory_give(memory, contents->known, contents->known_room * sizeof *contents->known);
    memory_give(memory, contents->scratch, contents->scratch_bytes);
    memory_give(memory, contents->offered, contents->offered_room * sizeof *contents->offered);
    *contents = (struct contents){0};
}

static uint32_t contents_list_offers(struct contents *contents, uint32_t part, const uint8_t *block)
{
    uint32_t count = part_offers(contents->shape, part, block, contents->offered, contents->offered_room);
    if (count <= contents->offered_room)
        return count;
    size_t item = sizeof *contents->offered;
    contents->offered = memory_grow(contents->memory, contents->offered, contents->offered_room * item, count * item);
    contents->offered_room = count;
    return part_offers(contents->shape, part, block, contents->offered, contents->offered_room);
}

static void content_learn_offers(struct contents *contents, struct content *content, const uint8_t *block)
{
    const struct world_shape *shape = contents->shape;
    uint32_t count = contents_list_offers(contents, content->part, block);
    struct offer *offers = hoard_take(&contents->hoard, count * sizeof *offers);
    const uint8_t *actor_block = content->part < shape->actor_count ? block : NULL;
    for (uint32_t i = 0; i < count; i++) {
        const struct action *action = &contents->offered[i];
        offers[i].progress = action_is_progress(shape, action, actor_block);
        offers[i].action = catalogue_action(contents->catalogue, action);
    }
    content->offers = offers;
    content->offer_count = count;
}

static void content_learn_face(struct contents *contents, struct content *content, const uint8_t *block)
{
    uint32_t part = content->part;
    struct part_anchor found[ANCHORS_MAX];
    int count = part_anchors(contents->shape, part, block, found);
    CHECK(count >= 0 && count <= ANCHORS_MAX);
    struct part_anchor *anchors = hoard_take(&contents->hoard, (size_t)count * sizeof *anchors);
    memcpy(anchors, found, (size_t)count * sizeof *anchors);
    struct digest canonical = part_canonical_digest(contents->shape, part, block, contents->scratch);
    content->face = (struct part_face){.digest = digest_at(canonical, part), .anchor_count = count, .anchors = anchors};
}

/* The view's bytes lie in the block that was just interned; the stored copy is what stays. */
static void content_learn_view(struct content *content, const uint8_t *block)
{
    struct disk_view *view = &content->view;
    part_disk_view(block, view);
    uint64_t offset = view->end > view->start ? (uint64_t)(view->bytes - block) : 0;
    CHECK(offset + (view->end - view->start) <= content->length);
    view->bytes = content->bytes + offset;
}

uint32_t contents_put(struct contents *contents, uint32_t part, const uint8_t *block)
{
    const struct world_shape *shape = contents->shape;
    uint64_t used = part_used_bytes(shape, part, block);
    CHECK(used <= contents->scratch_bytes);
    bool is_new;
    uint32_t number = intern_put(&contents->intern, part, block, used, &is_new);
    if (!is_new)
        return number;

    struct content content = {.part = part, .length = (uint32_t)used};
    content.bytes = intern_bytes(&contents->intern, number, NULL);
    content.up = part < shape->actor_count && part_actor_up(block);
    if (part >= shape_part_disk(shape, 0) && part < shape_part_connection(shape, 0))
        content_learn_view(&content, block);
    content_learn_offers(contents, &content, block);
    content_learn_face(contents, &content, block);
    contents->known = memory_room_for_one(contents->memory, contents->known, number - 1, &contents->known_room,
                                          sizeof *contents->known);
    contents->known[number - 1] = content;
    return number;
}
