/* Answers, and the lack of them. A confirm names a publish of this connection, or all up to it (RabbitMQ's confirms).
 * The letters that were sent lie in the order of their tags, so the answered ones are found from the head, where nearly
 * all answers fall.
 *
 * The retry timer is one per connection, not per message, since arming costs an event: it marks what is out when it is
 * armed, and what is still out when it fires has waited at least one and at most two periods. Then the connection is
 * given up and everything unanswered goes out again on a new one. */
#include "models/client/client_block.h"

static void producer_answered(struct step *step, struct letter_ref ref, uint8_t flags)
{
    struct client *client = step->client;
    const struct letter *letter = letter_at(client, ref);
    struct observation *seen = client_observe(step, OBSERVE_ANSWERED);
    seen->message = producer_message(client, letter);
    seen->flags = flags & FRAME_NEGATIVE;
    seen->tag = letter->attempts;
    letter_end(client, ref);
    client->sent--;
}

/* The first letter sent with a tag of at least `tag`; .at = 0: none. */
static struct letter_ref producer_find(const struct client *client, uint64_t tag)
{
    struct letter_ref ref = client->first;
    while (ref.at != client->unsent.at && letter_at(client, ref)->tag < tag)
        ref = letter_at(client, ref)->after;
    return ref.at == client->unsent.at ? (struct letter_ref){0} : ref;
}

void producer_confirm(struct step *step, const struct frame *frame)
{
    struct client *client = step->client;
    CHECK(client->config.kind == CLIENT_PRODUCER);
    struct observation *seen = client_observe(step, OBSERVE_ANSWER);
    seen->tag = frame->tag;
    seen->flags = frame->flags;
    if ((frame->flags & FRAME_MULTIPLE) != 0) {
        CHECK((frame->flags & FRAME_NEGATIVE) == 0); /* a node rejects one by one */
        client->answered_tag = frame->tag > client->answered_tag ? frame->tag : client->answered_tag;
        return;
    }
    struct letter_ref ref = producer_find(client, frame->tag);
    if (ref.at != 0 && letter_at(client, ref)->tag == frame->tag)
        producer_answered(step, ref, frame->flags);
}

/* The oldest letter under way, when a multiple confirm has answered it; .at = 0 otherwise. One frame may answer more
 * than a step can put out. */
static struct letter_ref producer_answered_first(const struct client *client)
{
    bool answered = client->sent > 0 && letter_at(client, client->first)->tag <= client->answered_tag;
    return answered ? client->first : (struct letter_ref){0};
}

bool producer_has_answers(const struct client *client)
{
    return producer_answered_first(client).at != 0;
}

void producer_work_answers(struct step *step)
{
    while (step->work > 0 && producer_has_answers(step->client)) {
        producer_answered(step, producer_answered_first(step->client), 0);
        step->work--;
    }
}

/* What is answered and not worked off yet stays before `unsent`: it must not go out again. */
void producer_answers_keep(struct client *client)
{
    client->sent = 0;
    struct letter_ref ref = client->first;
    for (; ref.at != client->unsent.at && letter_at(client, ref)->tag <= client->answered_tag; client->sent++) {
        letter_at(client, ref)->tag = 0;
        ref = letter_at(client, ref)->after;
    }
    client->unsent = ref;
    client->answered_tag = 0;
}

void producer_retry_arm(struct step *step)
{
    struct client *client = step->client;
    if (client->config.retry_timeout_ns == 0 || client->retry_armed || client->sent == 0 ||
        producer_has_answers(client))
        return;
    client->retry_armed = 1;
    client->retry_tag = client->next_tag - 1;
    client_arm(step, TIMER_RETRY, OUTPUT_TIMEOUT, client->config.retry_timeout_ns);
}

void producer_retry(struct step *step)
{
    struct client *client = step->client;
    CHECK(client->retry_armed);
    client->retry_armed = 0;
    struct letter_ref waiting = producer_find(client, client->answered_tag + 1);
    if (waiting.at != 0 && letter_at(client, waiting)->tag <= client->retry_tag)
        connect_abandon(step);
}
