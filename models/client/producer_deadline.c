/* The deadline: a message that came due so long ago is given up when it would be sent, for the first time or again.
 * What is under way on a living connection may still be answered, and waits.
 *
 * A client compares no clocks. As with the retry timer, one timer marks what is there when it is armed, and what it
 * marked is too old when it fires: so a message is given up after one deadline at the least and two at the most. */
#include "models/client/client_block.h"

void producer_deadline_arm(struct step *step)
{
    struct client *client = step->client;
    if (client->config.deadline_ns == 0 || client->deadline_armed || client->first.at == 0)
        return;
    client->deadline_armed = 1;
    client->deadline_mark = client->attempted;
    client_arm(step, TIMER_DEADLINE, OUTPUT_TIMEOUT, client->config.deadline_ns);
}

void producer_deadline(struct step *step)
{
    struct client *client = step->client;
    CHECK(client->deadline_armed);
    client->deadline_armed = 0;
    client->expired = client->deadline_mark;
}

/* The first letter that a link would send too late; .at = 0: none. What another link has under way may still be
 * answered there. */
static struct letter_ref link_expired(const struct client *client, uint32_t index)
{
    struct letter_ref ref = link_at(client, index)->unsent;
    bool late = ref.at != 0 && letter_at(client, ref)->sequence <= client->expired &&
                !letter_at(client, ref)->told && !letter_is_under_way(client, letter_at(client, ref));
    return late ? ref : (struct letter_ref){0};
}

static struct letter_ref producer_expired(const struct client *client)
{
    struct letter_ref ref = {0};
    for (uint32_t link = 0; link < client->links && ref.at == 0; link++)
        ref = link_expired(client, link);
    return ref;
}

bool producer_has_expired(const struct client *client)
{
    return producer_expired(client).at != 0;
}

void producer_work_expired(struct step *step)
{
    struct client *client = step->client;
    for (struct letter_ref ref; step->work > 0 && (ref = producer_expired(client)).at != 0; step->work--)
        producer_give_up_letter(step, ref);
}
