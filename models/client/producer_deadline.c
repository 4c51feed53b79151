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

bool producer_has_expired(const struct client *client)
{
    return client->unsent.at != 0 && letter_at(client, client->unsent)->sequence <= client->expired;
}

void producer_work_expired(struct step *step)
{
    struct client *client = step->client;
    while (step->work > 0 && producer_has_expired(client)) {
        struct message message = producer_message(client, letter_at(client, client->unsent));
        producer_give_up(step, &message);
        letter_end(client, client->unsent);
        step->work--;
    }
}
