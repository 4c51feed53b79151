/* Answers, and the lack of them. A confirm names a publish of this connection, or all up to it (RabbitMQ's confirms).
 * The letters that were sent lie in the order of their tags, so the answered ones are found from the head, where nearly
 * all answers fall.
 *
 * The retry timer is one per connection, not per message, since arming costs an event: it marks what is out when it is
 * armed, and what is still out when it fires has waited at least one and at most two periods. Then the connection is
 * given up and everything unanswered goes out again on a new one. */
#include "models/client/client_block.h"

/* Tells of the answer that made it enough, and lets the letter go unless a replica is still to be brought up to date
 * with it. `link`: whose answer it was. Of what was sent without confirms there is nothing to tell. */
static void producer_review(struct step *step, struct letter_ref ref, uint32_t link, uint8_t flags)
{
    struct client *client = step->client;
    struct letter *letter = letter_at(client, ref);
    bool everywhere = letter->answered == (1u << client->links) - 1;
    if (!letter_is_answered(client, letter))
        return;
    if (client->config.confirms && !letter->told) {
        struct observation *seen = client_observe(step, link_at(client, link), OBSERVE_ANSWERED);
        seen->message = producer_message(client, letter);
        seen->flags = flags & FRAME_NEGATIVE;
        seen->tag = letter->attempts;
        letter->told = 1;
        letter_over(client);
    }
    if (everywhere || client->links == 1 || !client->config.catch_up)
        letter_remove(client, ref);
}

static bool letter_precedes(const struct letter *letter, uint32_t index, uint64_t tag)
{
    return (letter->answered >> index & 1) != 0 || letter->tag[index] < tag;
}

/* The first letter under way on a link with a tag of at least `tag`; .at = 0: none. The tags of those that are answered
 * say nothing: they may be of an earlier connection. */
static struct letter_ref producer_find(const struct client *client, uint32_t index, uint64_t tag)
{
    const struct link *link = link_at(client, index);
    struct letter_ref ref = link->waiting;
    while (ref.at != link->unsent.at && letter_precedes(letter_at(client, ref), index, tag))
        ref = letter_at(client, ref)->after;
    return ref.at == link->unsent.at ? (struct letter_ref){0} : ref;
}

void producer_confirm(struct step *step, uint32_t index, const struct frame *frame)
{
    struct client *client = step->client;
    struct link *link = link_at(client, index);
    CHECK(client->config.kind == CLIENT_PRODUCER);
    struct observation *seen = client_observe(step, link, OBSERVE_ANSWER);
    seen->tag = frame->tag;
    seen->flags = frame->flags;
    if ((frame->flags & FRAME_MULTIPLE) != 0) {
        CHECK((frame->flags & FRAME_NEGATIVE) == 0); /* a node rejects one by one */
        link->answered_tag = frame->tag > link->answered_tag ? frame->tag : link->answered_tag;
        return;
    }
    struct letter_ref ref = producer_find(client, index, frame->tag);
    if (ref.at == 0 || letter_at(client, ref)->tag[index] != frame->tag)
        return;
    letter_answer(client, ref, index);
    producer_review(step, ref, index, frame->flags);
}

/* A node that does not lead took none of the publishes from `tag` on: they were no attempts. What went out before them
 * on the same connection it may have taken while it led. */
void producer_turned_away(struct step *step, uint32_t index, uint64_t tag)
{
    struct client *client = step->client;
    struct letter_ref unsent = link_at(client, index)->unsent, ref = producer_find(client, index, tag);
    CHECK(client->links == 1);
    for (; ref.at != 0 && ref.at != unsent.at; ref = letter_at(client, ref)->after)
        letter_at(client, ref)->attempts--;
}

/* The oldest letter under way on a link, when a multiple confirm has answered it; .at = 0 otherwise. One frame may
 * answer more than a step can put out. */
static struct letter_ref link_answered_first(const struct client *client, uint32_t index)
{
    const struct link *link = link_at(client, index);
    bool answered = link->waiting.at != link->unsent.at &&
                    letter_at(client, link->waiting)->tag[index] <= link->answered_tag;
    return answered ? link->waiting : (struct letter_ref){0};
}

bool producer_has_answers(const struct client *client)
{
    for (uint32_t link = 0; link < client->links; link++)
        if (link_answered_first(client, link).at != 0)
            return true;
    return client->review.at != 0;
}

static void link_work_answers(struct step *step, uint32_t index)
{
    struct letter_ref ref;
    while (step->work > 0 && (ref = link_answered_first(step->client, index)).at != 0) {
        letter_answer(step->client, ref, index);
        producer_review(step, ref, index, 0);
        step->work--;
    }
}

void producer_work_answers(struct step *step)
{
    struct client *client = step->client;
    for (uint32_t link = 0; link < client->links; link++)
        link_work_answers(step, link);
    while (step->work > 0 && client->review.at != 0) {
        struct letter_ref ref = client->review;
        client->review = letter_at(client, ref)->after;
        producer_review(step, ref, 0, 0);
        step->work--;
    }
}

static bool link_waits(const struct client *client, uint32_t index)
{
    const struct link *link = link_at(client, index);
    return link->state == LINK_OPEN && link->sent > 0 && link_answered_first(client, index).at == 0;
}

void producer_retry_arm(struct step *step)
{
    struct client *client = step->client;
    bool waits = false;
    for (uint32_t link = 0; link < client->links; link++)
        waits = waits || link_waits(client, link);
    if (client->config.retry_timeout_ns == 0 || client->retry_armed || !waits)
        return;
    client->retry_armed = 1;
    for (uint32_t link = 0; link < client->links; link++)
        if (link_at(client, link)->state == LINK_OPEN)
            link_at(client, link)->retry_tag = link_at(client, link)->next_tag - 1;
    client_arm(step, TIMER_RETRY, OUTPUT_TIMEOUT, client->config.retry_timeout_ns);
}

void producer_retry_forget(struct step *step)
{
    struct client *client = step->client;
    for (uint32_t link = 0; link < client->links; link++)
        if (link_at(client, link)->sent > 0)
            return;
    if (client->retry_armed)
        client_cancel(step, TIMER_RETRY);
    client->retry_armed = 0;
}

void producer_retry(struct step *step)
{
    struct client *client = step->client;
    CHECK(client->retry_armed);
    client->retry_armed = 0;
    for (uint32_t index = 0; index < client->links; index++) {
        const struct link *link = link_at(client, index);
        struct letter_ref waiting = producer_find(client, index, link->answered_tag + 1);
        if (link->state == LINK_OPEN && waiting.at != 0 && letter_at(client, waiting)->tag[index] <= link->retry_tag)
            connect_abandon(step, index);
    }
}
