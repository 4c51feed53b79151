/* A producer: messages come due (open loop: whatever became of the earlier ones), are sent in order as far as the
 * connection, its window and max-in-flight allow, and are kept until they are answered. */
#include "models/client/client_block.h"

struct message producer_message(const struct client *client, const struct letter *letter)
{
    const struct client_config *config = &client->config;
    return (struct message){.producer = config->actor,
                            .sequence = letter->sequence,
                            .body = message_body(config->actor, 0, letter->sequence, letter->size_bytes),
                            .size_bytes = letter->size_bytes,
                            .queue = config->queue,
                            .flags = config->message_flags};
}

/* ---- attempts ---- */

static void producer_arm_arrival(struct step *step)
{
    struct client *client = step->client;
    bool more = client->config.messages_max == 0 || client->attempted < client->config.messages_max;
    if (client->arrival_armed || !more || (client->config.closed_loop && client->wanted == 0))
        return;
    client->arrival_armed = 1;
    client_arm(step, TIMER_ARRIVAL, OUTPUT_PROCESS, 0);
}

void producer_boot(struct step *step)
{
    struct client *client = step->client;
    client->wanted = client->config.closed_loop ? client->config.in_flight_max : 0;
}

void producer_give_up(struct step *step, const struct message *message)
{
    client_observe(step, NULL, OBSERVE_ABANDONED)->message = *message;
}

void producer_give_up_letter(struct step *step, struct letter_ref ref)
{
    struct client *client = step->client;
    const struct letter *letter = letter_at(client, ref);
    if (!letter->told) {
        struct message message = producer_message(client, letter);
        producer_give_up(step, &message);
        letter_over(client);
    }
    letter_remove(client, ref);
}

void producer_arrival(struct step *step)
{
    struct client *client = step->client;
    CHECK(client->arrival_armed);
    client->arrival_armed = 0;
    struct letter letter = {.sequence = ++client->attempted,
                            .size_bytes = step->in->value != 0 ? (uint32_t)step->in->value : client->config.size_bytes};
    struct message message = producer_message(client, &letter);
    client_observe(step, NULL, OBSERVE_ATTEMPTED)->message = message;
    struct letter_ref ref = letter_append(client);
    if (ref.at == 0) {
        producer_give_up(step, &message); /* no memory to keep it */
    } else {
        letter_at(client, ref)->sequence = letter.sequence;
        letter_at(client, ref)->size_bytes = letter.size_bytes;
    }
    if (client->config.closed_loop)
        client->wanted--;
}

/* ---- the connection ---- */

void producer_opened(struct step *step, uint32_t index)
{
    struct link *link = link_at(step->client, index);
    CHECK(link->sent == 0 && link->next_tag == 0);
    link->next_tag = 1;
}

void producer_lost(struct step *step, uint32_t index)
{
    link_rewind(step->client, index);
    producer_retry_forget(step);
}

/* ---- sending ---- */

/* What has its answer on this link already need not go out on it again. */
static void link_skip_answered(struct step *step, uint32_t index)
{
    struct client *client = step->client;
    struct link *link = link_at(client, index);
    while (step->work > 0 && link->unsent.at != 0 && (letter_at(client, link->unsent)->answered >> index & 1) != 0) {
        bool waiting = link->waiting.at == link->unsent.at;
        link->unsent = letter_at(client, link->unsent)->after;
        if (waiting)
            link->waiting = link->unsent;
        step->work--;
    }
}

static bool link_may_send(const struct client *client, uint32_t index)
{
    const struct link *link = link_at(client, index);
    uint32_t most = client->config.in_flight_max;
    return link->state == LINK_OPEN && !link->blocked && link->unsent.at != 0 && (most == 0 || link->sent < most);
}

bool producer_has_backlog(const struct client *client)
{
    for (uint32_t link = 0; link < client->links; link++)
        if (link_may_send(client, link))
            return true;
    return producer_has_answers(client) || producer_has_expired(client);
}

/* Moves a link past the letter that it has just sent. Without confirms nobody will answer, and sending is all. */
static void link_sent(struct client *client, uint32_t index, struct letter_ref ref)
{
    struct link *link = link_at(client, index);
    struct letter *letter = letter_at(client, ref);
    link->unsent = letter->after;
    if (client->config.confirms) {
        link->sent++;
        return;
    }
    letter->answered |= (uint16_t)(1u << index);
    if (link->waiting.at == ref.at)
        link->waiting = link->unsent;
    if (letter_is_answered(client, letter))
        letter_remove(client, ref);
}

static void producer_send(struct step *step, uint32_t index)
{
    struct client *client = step->client;
    struct link *link = link_at(client, index);
    struct letter_ref ref = link->unsent;
    struct letter *letter = letter_at(client, ref);
    if (client->config.attempts_max != 0 && letter->attempts >= client->config.attempts_max * client->links &&
        !letter_is_under_way(client, letter)) {
        producer_give_up_letter(step, ref);
        return;
    }
    struct message message = producer_message(client, letter);
    letter->attempts++;
    letter->tag[index] = client->config.confirms ? link->next_tag++ : 0;
    client_send(step, link,
                &(struct frame){
                    .kind = FRAME_PUBLISH, .queue = message.queue, .tag = letter->tag[index], .message = message});
    struct observation *seen = client_observe(step, link, OBSERVE_SENT);
    seen->message = message;
    seen->tag = letter->tag[index];
    seen->value = letter->attempts;
    link_sent(client, index, ref);
}

static void link_pump(struct step *step, uint32_t index)
{
    link_skip_answered(step, index);
    while (step->work > 0 && link_may_send(step->client, index)) {
        producer_send(step, index);
        step->work--;
        link_skip_answered(step, index);
    }
}

void producer_pump(struct step *step)
{
    producer_work_answers(step);
    producer_work_expired(step);
    for (uint32_t link = 0; link < step->client->links; link++)
        link_pump(step, link);
    producer_arm_arrival(step);
    producer_retry_arm(step);
    producer_deadline_arm(step);
}
