/* A consumer: takes what it is sent, works on one message at a time in the order of arrival, and acks (or rejects) what
 * it has worked on. When its connection is lost it forgets what it holds: the node gives that to somebody again, and
 * the old delivery tags mean nothing on the next connection (AMQP 0-9-1, 1.8.3.13). */
#include "models/client/client_block.h"

struct held_ref held_append(struct client *client, const struct message *message, uint64_t tag)
{
    struct held_ref ref = {arena_take(&client->arena, UNITS_OF(struct held))};
    CHECK(ref.at != 0); /* a prefetch bounds it; without one the block was laid out for all messages */
    struct held *held = held_at(client, ref);
    held->message = *message;
    held->tag = tag;
    if (client->held_first.at == 0)
        client->held_first = ref;
    else
        held_at(client, client->held_last)->after = ref;
    client->held_last = ref;
    return ref;
}

void owed_append(struct client *client, uint64_t tag, uint32_t flags)
{
    struct owed_ref ref = {arena_take(&client->arena, UNITS_OF(struct owed))};
    CHECK(ref.at != 0);
    struct owed *owed = owed_at(client, ref);
    owed->tag = tag;
    owed->flags = flags;
    if (client->owed_first.at == 0)
        client->owed_first = ref;
    else
        owed_at(client, client->owed_last)->after = ref;
    client->owed_last = ref;
}

static struct owed consumer_owed_take(struct client *client)
{
    struct owed_ref ref = client->owed_first;
    struct owed owed = *owed_at(client, ref);
    client->owed_first = owed.after;
    if (client->owed_first.at == 0)
        client->owed_last.at = 0;
    arena_give(&client->arena, ref.at, UNITS_OF(struct owed));
    return owed;
}

static void consumer_held_drop(struct client *client)
{
    struct held_ref ref = client->held_first;
    client->held_first = held_at(client, ref)->after;
    if (client->held_first.at == 0)
        client->held_last.at = 0;
    arena_give(&client->arena, ref.at, UNITS_OF(struct held));
}

/* ---- acks ---- */

static void consumer_send_ack(struct step *step, uint64_t tag, uint8_t flags)
{
    client_send(step, &(struct frame){.kind = FRAME_ACK, .flags = flags, .tag = tag});
}

/* Sends the ack, or keeps it in order while the window is full. */
static void consumer_ack(struct step *step, const struct message *message, uint64_t tag, uint8_t flags)
{
    struct client *client = step->client;
    struct observation *seen = client_observe(step, OBSERVE_ACKED);
    seen->message = *message;
    seen->tag = tag;
    seen->flags = flags;
    if (client->config.auto_ack)
        return;
    if (client->blocked || client->owed_first.at != 0)
        owed_append(client, tag, flags);
    else
        consumer_send_ack(step, tag, flags);
}

/* ---- the connection ---- */

void consumer_opened(struct step *step)
{
    const struct client_config *config = &step->client->config;
    uint8_t flags = config->auto_ack ? FRAME_AUTO_ACK : 0;
    client_send(step, &(struct frame){
                          .kind = FRAME_CONSUME, .flags = flags, .queue = config->queue, .count = config->prefetch});
}

void consumer_lost(struct step *step)
{
    struct client *client = step->client;
    if (client->serving) {
        client->serving = 0;
        client_cancel(step, TIMER_SERVICE);
    }
    if (client->held_first.at != 0) {
        held_at(client, client->held_last)->after = client->discard;
        client->discard = client->held_first;
        client->held_first.at = client->held_last.at = 0;
    }
    while (client->owed_first.at != 0)
        consumer_owed_take(client);
}

/* ---- work ---- */

/* Begins with the next message, if there is one and nothing is going on. What the dedupe window knows by now needs no
 * work. */
static void consumer_serve(struct step *step)
{
    struct client *client = step->client;
    while (!client->serving && client->held_first.at != 0 && step->work > 0) {
        const struct held *held = held_at(client, client->held_first);
        step->work--;
        if (!dedupe_knows(client, &held->message)) {
            client->serving = 1;
            client_arm(step, TIMER_SERVICE, OUTPUT_PROCESS, 0);
            return;
        }
        if (!client->config.auto_ack)
            consumer_ack(step, &held->message, held->tag, 0);
        consumer_held_drop(client);
    }
}

void consumer_deliver(struct step *step, const struct frame *frame)
{
    struct client *client = step->client;
    CHECK(client->config.kind == CLIENT_CONSUMER);
    struct observation *seen = client_observe(step, OBSERVE_DELIVERED);
    seen->message = frame->message;
    seen->queue = frame->queue;
    seen->tag = frame->tag;
    seen->flags = frame->flags & FRAME_REDELIVERED;
    seen->value = dedupe_knows(client, &frame->message);
    if (client->config.auto_ack)
        consumer_ack(step, &frame->message, frame->tag, 0);
    held_append(client, &frame->message, frame->tag);
}

void consumer_served(struct step *step)
{
    struct client *client = step->client;
    CHECK(client->serving && client->held_first.at != 0);
    struct held held = *held_at(client, client->held_first);
    const struct client_config *config = &client->config;
    client->serving = 0;
    client_observe(step, OBSERVE_COMPLETED)->message = held.message;
    consumer_held_drop(client);
    if (config->auto_ack) {
        dedupe_remember(client, dedupe_key(&held.message));
        return;
    }
    if (choice_happens(step->in->tape, config->reject_ppm, CHOICE_REJECT)) {
        consumer_ack(step, &held.message, held.tag, (uint8_t)(FRAME_NEGATIVE | (config->requeue ? FRAME_REQUEUE : 0)));
        return;
    }
    dedupe_remember(client, dedupe_key(&held.message));
    consumer_ack(step, &held.message, held.tag, 0);
    if (choice_happens(step->in->tape, config->ack_again_ppm, CHOICE_ACK_AGAIN))
        consumer_ack(step, &held.message, held.tag, 0);
}

bool consumer_has_backlog(const struct client *client)
{
    bool acks = client->link == LINK_OPEN && !client->blocked && client->owed_first.at != 0;
    bool work = !client->serving && client->held_first.at != 0;
    return acks || work || client->discard.at != 0;
}

void consumer_pump(struct step *step)
{
    struct client *client = step->client;
    while (client->link == LINK_OPEN && !client->blocked && client->owed_first.at != 0 && step->work > 0) {
        struct owed owed = consumer_owed_take(client);
        consumer_send_ack(step, owed.tag, (uint8_t)owed.flags);
        step->work--;
    }
    consumer_serve(step);
    while (client->discard.at != 0 && step->work > 0) {
        struct held_ref ref = client->discard;
        client->discard = held_at(client, ref)->after;
        arena_give(&client->arena, ref.at, UNITS_OF(struct held));
        step->work--;
    }
}
