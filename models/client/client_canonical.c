/* Equal clients, equal bytes: lists in their order, free lists empty, tags relative to the lowest live one, what is
 * void left out.
 *
 * Live publish tags are those of the letters under way and the next one; live delivery tags those of what is held and
 * of the acks owed. A mark below the lowest live tag says no more than the one just below it, and the deadline's marks
 * say nothing below the oldest message. */
#include "models/client/client_block.h"

static uint64_t lowest_publish_tag(const struct client *client)
{
    for (struct letter_ref ref = client->first; ref.at != client->unsent.at; ref = letter_at(client, ref)->after)
        if (letter_at(client, ref)->tag != 0)
            return letter_at(client, ref)->tag;
    return client->next_tag;
}

static uint64_t lowest_held(const struct client *client, struct held_ref ref, uint64_t lowest)
{
    for (; ref.at != 0; ref = held_at(client, ref)->after)
        lowest = held_at(client, ref)->tag < lowest ? held_at(client, ref)->tag : lowest;
    return lowest;
}

/* 0: none is live */
static uint64_t lowest_delivery_tag(const struct client *client)
{
    uint64_t lowest = lowest_held(client, client->held.first, UINT64_MAX);
    lowest = lowest_held(client, client->owed.first, lowest);
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
    if (client->link != LINK_OPEN)
        return 0;
    count = anchor_add(ret_anchors, count, ANCHOR_PUBLISH_TAG, client->slot, lowest_publish_tag(client));
    return anchor_add(ret_anchors, count, ANCHOR_DELIVERY_TAG, client->slot, lowest_delivery_tag(client));
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

static void canonical_letters(const struct client *client, uint64_t lowest, struct client *ret_client)
{
    bool sent = true;
    for (struct letter_ref ref = client->first; ref.at != 0; ref = letter_at(client, ref)->after) {
        sent = sent && ref.at != client->unsent.at;
        struct letter_ref copy = letter_append(ret_client);
        CHECK(copy.at != 0);
        const struct letter *from = letter_at(client, ref);
        struct letter *to = letter_at(ret_client, copy);
        to->sequence = from->sequence;
        to->size_bytes = from->size_bytes;
        to->attempts = client->config.attempts_max == 0 ? 0 : from->attempts; /* counted for nobody without a bound */
        to->tag = sent ? lowered(from->tag, lowest) : 0;
        if (sent)
            ret_client->unsent.at = 0;
    }
}

static struct held *held_copy(struct client *ret_client, struct held_list *list, uint64_t tag)
{
    struct held_ref ref = held_append(ret_client, list);
    CHECK(ref.at != 0);
    held_at(ret_client, ref)->tag = tag;
    return held_at(ret_client, ref);
}

static void canonical_held(const struct client *client, uint64_t lowest, struct client *ret_client)
{
    for (struct held_ref ref = client->held.first; ref.at != 0; ref = held_at(client, ref)->after) {
        const struct held *held = held_at(client, ref);
        struct held *copy = held_copy(ret_client, &ret_client->held, lowered(held->tag, lowest));
        copy->message = held->message;
    }
    for (struct held_ref ref = client->owed.first; ref.at != 0; ref = held_at(client, ref)->after) {
        const struct held *owed = held_at(client, ref); /* of the message only its ack is left */
        struct held *copy = held_copy(ret_client, &ret_client->owed, lowered(owed->tag, lowest));
        copy->flags = owed->flags;
        copy->times = owed->times;
    }
    /* what is still to be given back: as many, without what they were */
    for (struct held_ref ref = client->discard; ref.at != 0; ref = held_at(client, ref)->after) {
        struct held_ref copy = {arena_take(&ret_client->arena, UNITS_OF(struct held))};
        held_at(ret_client, copy)->after = ret_client->discard;
        ret_client->discard = copy;
    }
}

void client_canonical(const struct client *client, const struct anchor *anchors, int count, struct client *ret_client,
                      uint64_t block_bytes)
{
    uint64_t publish = anchor_lowest(anchors, count, ANCHOR_PUBLISH_TAG, client->slot);
    uint64_t delivery = anchor_lowest(anchors, count, ANCHOR_DELIVERY_TAG, client->slot);
    client_lay_out(ret_client, &client->config, block_bytes);
    ret_client->link = client->link;
    ret_client->blocked = client->blocked;
    ret_client->continues = client->continues;
    ret_client->backoff = client->backoff;
    ret_client->node = client->node;
    ret_client->slot = client->slot;
    ret_client->turns = client->turns;
    ret_client->arrival_armed = client->arrival_armed;
    ret_client->retry_armed = client->retry_armed;
    ret_client->deadline_armed = client->deadline_armed;
    ret_client->serving = client->serving;
    ret_client->hint = client->hint;
    ret_client->turned_away = client->turned_away;
    ret_client->attempted = client->attempted;
    ret_client->sent = client->sent;
    ret_client->wanted = client->wanted;
    if (client->next_tag != 0) {
        ret_client->next_tag = lowered(client->next_tag, publish);
        ret_client->retry_tag = client->retry_armed ? lowered(client->retry_tag, publish) : 0;
        ret_client->answered_tag = lowered(client->answered_tag, publish);
    }
    uint64_t oldest = client->first.at == 0 ? UINT64_MAX : letter_at(client, client->first)->sequence;
    ret_client->deadline_mark = client->deadline_armed && client->deadline_mark >= oldest ? client->deadline_mark : 0;
    ret_client->expired = client->expired >= oldest ? client->expired : 0;
    canonical_letters(client, publish, ret_client);
    canonical_held(client, delivery, ret_client);
    for (uint32_t i = 0; i < client->window.count; i++)
        dedupe_remember(ret_client, *(const uint64_t *)ring_item(&client->arena, &client->window, i));
}
