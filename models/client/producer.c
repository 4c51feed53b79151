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

/* ---- the list of letters ---- */

struct letter_ref letter_append(struct client *client)
{
    struct letter_ref ref = {arena_take(&client->arena, UNITS_OF(struct letter))};
    if (ref.at == 0)
        return ref;
    letter_at(client, ref)->before = client->last;
    if (client->first.at == 0)
        client->first = ref;
    else
        letter_at(client, client->last)->after = ref;
    client->last = ref;
    if (client->unsent.at == 0)
        client->unsent = ref;
    return ref;
}

void letter_remove(struct client *client, struct letter_ref ref)
{
    struct letter *letter = letter_at(client, ref);
    if (letter->before.at != 0)
        letter_at(client, letter->before)->after = letter->after;
    else
        client->first = letter->after;
    if (letter->after.at != 0)
        letter_at(client, letter->after)->before = letter->before;
    else
        client->last = letter->before;
    if (client->unsent.at == ref.at)
        client->unsent = letter->after;
    arena_give(&client->arena, ref.at, UNITS_OF(struct letter));
}

void letter_end(struct client *client, struct letter_ref ref)
{
    letter_remove(client, ref);
    if (client->config.closed_loop)
        client->wanted++;
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
    client_observe(step, OBSERVE_ABANDONED)->message = *message;
}

void producer_arrival(struct step *step)
{
    struct client *client = step->client;
    CHECK(client->arrival_armed);
    client->arrival_armed = 0;
    struct letter letter = {.sequence = ++client->attempted,
                            .size_bytes = step->in->value != 0 ? (uint32_t)step->in->value : client->config.size_bytes};
    struct message message = producer_message(client, &letter);
    client_observe(step, OBSERVE_ATTEMPTED)->message = message;
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

void producer_opened(struct step *step)
{
    struct client *client = step->client;
    CHECK(client->sent == 0 || producer_has_answers(client));
    client->next_tag = 1;
}

void producer_lost(struct step *step)
{
    struct client *client = step->client;
    producer_answers_keep(client);
    client->next_tag = 0;
    client->retry_tag = 0;
    if (client->retry_armed) {
        client->retry_armed = 0;
        client_cancel(step, TIMER_RETRY);
    }
}

/* ---- sending ---- */

static bool producer_may_send(const struct client *client)
{
    uint32_t most = client->config.in_flight_max;
    return client->link == LINK_OPEN && !client->blocked && client->unsent.at != 0 &&
           (most == 0 || client->sent < most);
}

bool producer_has_backlog(const struct client *client)
{
    return producer_may_send(client) || producer_has_answers(client) || producer_has_expired(client);
}

static void producer_send(struct step *step)
{
    struct client *client = step->client;
    struct letter_ref ref = client->unsent;
    struct letter *letter = letter_at(client, ref);
    struct message message = producer_message(client, letter);
    if (client->config.attempts_max != 0 && letter->attempts >= client->config.attempts_max) {
        producer_give_up(step, &message);
        letter_end(client, ref);
        return;
    }
    letter->attempts++;
    letter->tag = client->config.confirms ? client->next_tag++ : 0;
    client_send(step,
                &(struct frame){.kind = FRAME_PUBLISH, .queue = message.queue, .tag = letter->tag, .message = message});
    struct observation *seen = client_observe(step, OBSERVE_SENT);
    seen->message = message;
    seen->tag = letter->tag;
    seen->value = letter->attempts;
    client->unsent = letter->after;
    if (client->config.confirms)
        client->sent++;
    else
        letter_remove(client, ref);
}

void producer_pump(struct step *step)
{
    producer_work_answers(step);
    producer_work_expired(step);
    while (step->work > 0 && producer_may_send(step->client)) {
        producer_send(step);
        step->work--;
    }
    producer_arm_arrival(step);
    producer_retry_arm(step);
    producer_deadline_arm(step);
}
