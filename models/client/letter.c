/* Letters: the messages of a producer that are not over, in the order of their sequences, and how far each link has
 * come with them. A link's two places move forward only, until its connection is lost:
 *
 *   head ... waiting ... unsent ... tail
 *      answered  under way   not sent on this connection */
#include "models/client/client_block.h"

struct letter_ref letter_append(struct client *client)
{
    struct letter_ref ref = {arena_take(&client->arena, client->letter_units)};
    if (ref.at == 0)
        return ref;
    letter_at(client, ref)->before = client->last;
    if (client->first.at == 0)
        client->first = ref;
    else
        letter_at(client, client->last)->after = ref;
    client->last = ref;
    for (uint32_t link = 0; link < client->links; link++) {
        if (link_at(client, link)->waiting.at == 0)
            link_at(client, link)->waiting = ref;
        if (link_at(client, link)->unsent.at == 0)
            link_at(client, link)->unsent = ref;
    }
    return ref;
}

bool letter_was_sent(const struct client *client, const struct letter *letter, uint32_t link)
{
    struct letter_ref unsent = link_at(client, link)->unsent;
    bool before = unsent.at == 0 || letter->sequence < letter_at(client, unsent)->sequence;
    return before && letter->tag[link] != 0;
}

bool letter_is_under_way(const struct client *client, const struct letter *letter)
{
    for (uint32_t link = 0; link < client->links; link++)
        if (letter_was_sent(client, letter, link) && (letter->answered >> link & 1) == 0)
            return true;
    return false;
}

/* What waits is the oldest letter under way: those that follow it may have been answered before. */
static void link_pass_answered(struct client *client, uint32_t index)
{
    struct link *link = link_at(client, index);
    while (link->waiting.at != link->unsent.at && (letter_at(client, link->waiting)->answered >> index & 1) != 0)
        link->waiting = letter_at(client, link->waiting)->after;
}

void letter_remove(struct client *client, struct letter_ref ref)
{
    struct letter *letter = letter_at(client, ref);
    for (uint32_t index = 0; index < client->links; index++) {
        struct link *link = link_at(client, index);
        if (letter_was_sent(client, letter, index) && (letter->answered >> index & 1) == 0)
            link->sent--;
        if (link->waiting.at == ref.at)
            link->waiting = letter->after;
        if (link->unsent.at == ref.at)
            link->unsent = letter->after;
        link_pass_answered(client, index);
    }
    if (client->review.at == ref.at)
        client->review = letter->after;
    if (letter->before.at != 0)
        letter_at(client, letter->before)->after = letter->after;
    else
        client->first = letter->after;
    if (letter->after.at != 0)
        letter_at(client, letter->after)->before = letter->before;
    else
        client->last = letter->before;
    arena_give(&client->arena, ref.at, client->letter_units);
}

void letter_over(struct client *client)
{
    if (client->config.closed_loop)
        client->wanted++;
}

bool letter_is_answered(const struct client *client, const struct letter *letter)
{
    uint32_t answers = 0, missing = 0;
    for (uint32_t link = 0; link < client->links; link++) {
        bool answered = (letter->answered >> link & 1) != 0;
        answers += answered;
        missing += !answered && link_at(client, link)->state == LINK_OPEN;
    }
    if (client->links == 1)
        return answers > 0;
    return client_takes_all(client) ? answers > 0 && missing == 0 : answers >= client->config.acks_needed;
}

void letter_answer(struct client *client, struct letter_ref ref, uint32_t index)
{
    struct link *link = link_at(client, index);
    struct letter *letter = letter_at(client, ref);
    CHECK((letter->answered >> index & 1) == 0 && link->sent > 0);
    letter->answered |= (uint16_t)(1u << index);
    link->sent--;
    link_pass_answered(client, index);
}

/* What was answered up to a tag and not worked off yet stays answered: it must not go out again. */
void link_rewind(struct client *client, uint32_t index)
{
    struct link *link = link_at(client, index);
    bool over = client->links > 1 && client_takes_all(client); /* for want of this link's answer */
    while (link->waiting.at != link->unsent.at && letter_at(client, link->waiting)->tag[index] <= link->answered_tag) {
        letter_answer(client, link->waiting, index);
        over = true;
    }
    link->waiting = link->unsent = client->first;
    link->sent = 0;
    link->next_tag = link->answered_tag = link->retry_tag = 0;
    if (over)
        client->review = client->first;
}
