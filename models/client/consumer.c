/* A consumer: takes what it is sent, works on one message at a time in the order of arrival, and acks (or rejects) what
 * it has worked on. When its connection is lost it forgets what it holds: the node gives that to somebody again, and
 * the old delivery tags mean nothing on the next connection (AMQP 0-9-1, 1.8.3.13). */
#include "models/client/client_block.h"

static void held_put(struct client *client, struct held_list *list, struct held_ref ref)
{
    held_at(client, ref)->after.at = 0;
    if (list->first.at == 0)
        list->first = ref;
    else
        held_at(client, list->last)->after = ref;
    list->last = ref;
}

struct held_ref held_append(struct client *client, struct held_list *list)
{
    struct held_ref ref = {arena_take(&client->arena, UNITS_OF(struct held))};
    if (ref.at != 0)
        held_put(client, list, ref);
    return ref;
}

static struct held_ref held_take(struct client *client, struct held_list *list)
{
    struct held_ref ref = list->first;
    list->first = held_at(client, ref)->after;
    if (list->first.at == 0)
        list->last.at = 0;
    return ref;
}

static void held_give(struct client *client, struct held_ref ref)
{
    arena_give(&client->arena, ref.at, UNITS_OF(struct held));
}

static void held_discard(struct client *client, struct held_list *list)
{
    if (list->first.at == 0)
        return;
    held_at(client, list->last)->after = client->discard;
    client->discard = list->first;
    list->first.at = list->last.at = 0;
}

/* ---- acks ---- */

static void consumer_observe_ack(struct step *step, const struct link *link, const struct message *message,
                                 uint64_t tag, uint8_t flags)
{
    struct observation *seen = client_observe(step, link, OBSERVE_ACKED);
    seen->message = *message;
    seen->tag = tag;
    seen->flags = flags;
}

/* The oldest message that a link brought is worked off: its ack is owed, in order, until the window takes it. */
static void consumer_ack(struct step *step, struct link *link, uint8_t flags, uint8_t times)
{
    struct client *client = step->client;
    struct held_ref ref = held_take(client, &link->held);
    struct held *held = held_at(client, ref);
    held->flags = flags;
    held->times = times;
    for (uint8_t i = 0; i < times; i++)
        consumer_observe_ack(step, link, &held->message, held->tag, flags);
    held_put(client, &link->owed, ref);
}

static bool link_may_ack(const struct link *link)
{
    return link->state == LINK_OPEN && !link->blocked && link->owed.first.at != 0;
}

static void link_send_acks(struct step *step, struct link *link)
{
    struct client *client = step->client;
    while (link_may_ack(link) && step->work > 0) {
        struct held_ref ref = held_take(client, &link->owed);
        const struct held *held = held_at(client, ref);
        for (uint8_t i = 0; i < held->times; i++)
            client_send(step, link, &(struct frame){.kind = FRAME_ACK, .flags = held->flags, .tag = held->tag});
        held_give(client, ref);
        step->work--;
    }
}

/* ---- the connection ---- */

void consumer_opened(struct step *step, uint32_t link)
{
    const struct client_config *config = &step->client->config;
    uint8_t flags = config->auto_ack ? FRAME_AUTO_ACK : 0;
    client_send(step, link_at(step->client, link),
                &(struct frame){
                    .kind = FRAME_CONSUME, .flags = flags, .queue = config->queue, .count = config->prefetch});
}

void consumer_lost(struct step *step, uint32_t index)
{
    struct client *client = step->client;
    if (client->serving == index + 1) {
        client->serving = 0;
        client_cancel(step, TIMER_SERVICE);
    }
    held_discard(client, &link_at(client, index)->held);
    held_discard(client, &link_at(client, index)->owed);
}

/* ---- work ---- */

/* The link whose turn it is: the first from behind the one served last that brought anything. UINT32_MAX: none did. */
static uint32_t consumer_turn(const struct client *client)
{
    for (uint32_t i = 1; i <= client->links; i++) {
        uint32_t index = (client->served + i) % client->links;
        if (link_at(client, index)->held.first.at != 0)
            return index;
    }
    return UINT32_MAX;
}

/* Begins with the next message, if there is one and nothing is going on. What the dedupe window knows by now needs no
 * work. */
static void consumer_serve(struct step *step)
{
    struct client *client = step->client;
    for (uint32_t index; !client->serving && step->work > 0 && (index = consumer_turn(client)) != UINT32_MAX;) {
        struct link *link = link_at(client, index);
        client->served = (uint8_t)index;
        step->work--;
        if (!dedupe_knows(client, &held_at(client, link->held.first)->message)) {
            client->serving = (uint8_t)(index + 1);
            client_arm(step, TIMER_SERVICE, OUTPUT_PROCESS, 0);
        } else if (client->config.auto_ack) {
            held_give(client, held_take(client, &link->held));
        } else {
            consumer_ack(step, link, 0, 1);
        }
    }
}

void consumer_deliver(struct step *step, uint32_t index, const struct frame *frame)
{
    struct client *client = step->client;
    struct link *link = link_at(client, index);
    CHECK(client->config.kind == CLIENT_CONSUMER);
    struct observation *seen = client_observe(step, link, OBSERVE_DELIVERED);
    seen->message = frame->message;
    seen->tag = frame->tag;
    seen->flags = frame->flags & FRAME_REDELIVERED;
    seen->value = dedupe_knows(client, &frame->message);
    struct held_ref ref = held_append(client, &link->held);
    if (ref.at == 0) { /* no memory to keep it: the node gives it to somebody again */
        connect_abandon(step, index);
        return;
    }
    held_at(client, ref)->message = frame->message;
    held_at(client, ref)->tag = frame->tag;
    if (client->config.auto_ack)
        consumer_observe_ack(step, link, &frame->message, frame->tag, 0);
}

void consumer_served(struct step *step)
{
    struct client *client = step->client;
    const struct client_config *config = &client->config;
    CHECK(client->serving != 0);
    struct link *link = link_at(client, client->serving - 1u);
    struct message message = held_at(client, link->held.first)->message;
    client->serving = 0;
    client_observe(step, link, OBSERVE_COMPLETED)->message = message;
    if (config->auto_ack) {
        held_give(client, held_take(client, &link->held));
    } else if (choice_happens(step->in->tape, config->reject_ppm, CHOICE_REJECT)) {
        consumer_ack(step, link, (uint8_t)(FRAME_NEGATIVE | (config->requeue ? FRAME_REQUEUE : 0)), 1);
        return;
    } else {
        consumer_ack(step, link, 0, choice_happens(step->in->tape, config->ack_again_ppm, CHOICE_ACK_AGAIN) ? 2 : 1);
    }
    dedupe_remember(client, dedupe_key(&message));
}

bool consumer_has_backlog(const struct client *client)
{
    for (uint32_t link = 0; link < client->links; link++)
        if (link_may_ack(link_at(client, link)))
            return true;
    return (!client->serving && consumer_turn(client) != UINT32_MAX) || client->discard.at != 0;
}

void consumer_pump(struct step *step)
{
    struct client *client = step->client;
    consumer_serve(step);
    for (uint32_t link = 0; link < client->links; link++)
        link_send_acks(step, link_at(client, link));
    while (client->discard.at != 0 && step->work > 0) {
        struct held_ref ref = client->discard;
        client->discard = held_at(client, ref)->after;
        held_give(client, ref);
        step->work--;
    }
}
