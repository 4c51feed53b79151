/* Equal clients, equal bytes: lists in their order, free lists empty, tags relative to the lowest live one, what is
 * void left out.
 *
 * Live publish tags are those of the letters under way and the next one; live delivery tags those of what is held and
 * of the acks owed. A mark below the lowest live tag says no more than the one just below it, and the deadline's marks
 * say nothing below the oldest message. */
#include "models/client/client_block.h"

static uint64_t lowest_publish_tag(const struct client *client, uint32_t index)
{
    const struct link *link = link_at(client, index);
    return link->waiting.at != link->unsent.at ? letter_at(client, link->waiting)->tag[index] : link->next_tag;
}

static uint64_t lowest_held(const struct client *client, struct held_ref ref, uint64_t lowest)
{
    for (; ref.at != 0; ref = held_at(client, ref)->after)
        lowest = held_at(client, ref)->tag < lowest ? held_at(client, ref)->tag : lowest;
    return lowest;
}

/* 0: none is live */
static uint64_t lowest_delivery_tag(const struct client *client, uint32_t index)
{
    uint64_t lowest = lowest_held(client, link_at(client, index)->held.first, UINT64_MAX);
    lowest = lowest_held(client, link_at(client, index)->owed.first, lowest);
    return lowest == UINT64_MAX ? 0 : lowest;
}

static int anchor_add(struct anchor *anchors, int count, enum anchor_space space, uint16_t slot, uint64_t lowest)
{
    if (lowest == 0)
        return count;
    anchors[count] = (struct anchor){.space = (uint16_t)space, .connection = slot, .lowest = lowest};
    return count + 1;
}

int client_anchors(const struct client *client, struct anchor ret_anchors[ANCHORS_MAX])
{
    int count = 0;
    for (uint32_t index = 0; index < client->links; index++) {
        const struct link *link = link_at(client, index);
        if (link->state != LINK_OPEN)
            continue;
        count = anchor_add(ret_anchors, count, ANCHOR_PUBLISH_TAG, link->slot, lowest_publish_tag(client, index));
        count = anchor_add(ret_anchors, count, ANCHOR_DELIVERY_TAG, link->slot, lowest_delivery_tag(client, index));
    }
    return count;
}

static uint64_t anchor_lowest(const struct anchor *anchors, int count, enum anchor_space space, uint16_t slot)
{
    for (int i = 0; i < count; i++)
        if (anchors[i].space == space && anchors[i].connection == slot)
            return anchors[i].lowest;
    return 1;
}

static uint64_t lowered(uint64_t tag, uint64_t lowest)
{
    return tag < lowest ? 0 : tag - (lowest - 1);
}

/* What each copy's links have come to: places are copied by the letters they name. */
static void canonical_places(const struct client *client, struct letter_ref from, struct client *ret_client,
                             struct letter_ref to)
{
    for (uint32_t index = 0; index < client->links; index++) {
        const struct link *link = link_at(client, index);
        struct link *copy = link_at(ret_client, index);
        if (link->waiting.at == from.at)
            copy->waiting = to;
        if (link->unsent.at == from.at)
            copy->unsent = to;
    }
    if (client->review.at == from.at)
        ret_client->review = to;
}

static void canonical_letters(const struct client *client, const struct anchor *anchors, int count,
                              struct client *ret_client)
{
    for (struct letter_ref ref = client->first; ref.at != 0; ref = letter_at(client, ref)->after) {
        struct letter_ref copy = letter_append(ret_client);
        CHECK(copy.at != 0);
        const struct letter *from = letter_at(client, ref);
        struct letter *to = letter_at(ret_client, copy);
        to->sequence = from->sequence;
        to->size_bytes = from->size_bytes;
        to->attempts = client->config.attempts_max == 0 ? 0 : from->attempts; /* counted for nobody without a bound */
        to->answered = from->answered;
        to->told = from->told;
        for (uint32_t index = 0; index < client->links; index++)
            if (letter_was_sent(client, from, index) && (from->answered >> index & 1) == 0)
                to->tag[index] = lowered(from->tag[index], anchor_lowest(anchors, count, ANCHOR_PUBLISH_TAG,
                                                                         link_at(client, index)->slot));
    }
    for (uint32_t index = 0; index < client->links; index++)
        link_at(ret_client, index)->waiting.at = link_at(ret_client, index)->unsent.at = 0;
    struct letter_ref copy = ret_client->first;
    for (struct letter_ref ref = client->first; ref.at != 0; ref = letter_at(client, ref)->after) {
        canonical_places(client, ref, ret_client, copy);
        copy = letter_at(ret_client, copy)->after;
    }
}

static struct held *held_copy(struct client *ret_client, struct held_list *list, uint64_t tag)
{
    struct held_ref ref = held_append(ret_client, list);
    CHECK(ref.at != 0);
    held_at(ret_client, ref)->tag = tag;
    return held_at(ret_client, ref);
}

static void canonical_held(const struct client *client, uint32_t index, uint64_t lowest, struct client *ret_client)
{
    const struct link *link = link_at(client, index);
    struct link *to = link_at(ret_client, index);
    for (struct held_ref ref = link->held.first; ref.at != 0; ref = held_at(client, ref)->after) {
        const struct held *held = held_at(client, ref);
        struct held *copy = held_copy(ret_client, &to->held, lowered(held->tag, lowest));
        copy->message = held->message;
    }
    for (struct held_ref ref = link->owed.first; ref.at != 0; ref = held_at(client, ref)->after) {
        const struct held *owed = held_at(client, ref); /* of the message only its ack is left */
        struct held *copy = held_copy(ret_client, &to->owed, lowered(owed->tag, lowest));
        copy->flags = owed->flags;
        copy->times = owed->times;
    }
}

/* What is still to be given back: as many, without what they were. */
static void canonical_discard(const struct client *client, struct client *ret_client)
{
    for (struct held_ref ref = client->discard; ref.at != 0; ref = held_at(client, ref)->after) {
        struct held_ref copy = {arena_take(&ret_client->arena, UNITS_OF(struct held))};
        held_at(ret_client, copy)->after = ret_client->discard;
        ret_client->discard = copy;
    }
}

static void canonical_link(const struct client *client, uint32_t index, const struct anchor *anchors, int count,
                           struct client *ret_client)
{
    const struct link *link = link_at(client, index);
    struct link *copy = link_at(ret_client, index);
    uint64_t publish = anchor_lowest(anchors, count, ANCHOR_PUBLISH_TAG, link->slot);
    copy->state = link->state;
    copy->blocked = link->blocked;
    copy->backoff = link->backoff;
    copy->hint = link->hint;
    copy->turned_away = link->turned_away;
    copy->node = link->node;
    copy->tried = link->tried;
    copy->slot = link->slot;
    copy->turns = link->turns;
    copy->sent = link->sent;
    if (link->next_tag != 0) {
        copy->next_tag = lowered(link->next_tag, publish);
        copy->retry_tag = client->retry_armed ? lowered(link->retry_tag, publish) : 0;
        copy->answered_tag = lowered(link->answered_tag, publish);
    }
    canonical_held(client, index, anchor_lowest(anchors, count, ANCHOR_DELIVERY_TAG, link->slot), ret_client);
}

void client_canonical(const struct client *client, const struct anchor *anchors, int count, struct client *ret_client,
                      uint64_t block_bytes)
{
    client_lay_out(ret_client, &client->config, block_bytes);
    ret_client->continues = client->continues;
    ret_client->arrival_armed = client->arrival_armed;
    ret_client->retry_armed = client->retry_armed;
    ret_client->deadline_armed = client->deadline_armed;
    ret_client->serving = client->serving;
    ret_client->served = client->served;
    ret_client->attempted = client->attempted;
    ret_client->wanted = client->wanted;
    uint64_t oldest = client->first.at == 0 ? UINT64_MAX : letter_at(client, client->first)->sequence;
    ret_client->deadline_mark = client->deadline_armed && client->deadline_mark >= oldest ? client->deadline_mark : 0;
    ret_client->expired = client->expired >= oldest ? client->expired : 0;
    canonical_letters(client, anchors, count, ret_client);
    for (uint32_t index = 0; index < client->links; index++)
        canonical_link(client, index, anchors, count, ret_client);
    canonical_discard(client, ret_client);
    for (uint32_t i = 0; i < client->window.count; i++)
        dedupe_remember(ret_client, *(const uint64_t *)ring_item(&client->arena, &client->window, i));
}
