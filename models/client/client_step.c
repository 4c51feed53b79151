/* A client's step: a switch, and the verbs that fill its outputs. */
#include <string.h>

#include "models/client/client_block.h"

/* A key of the dedupe window: its place in the ring, its leaf and branch in the map. */
#define KEY_UNITS 3u

static uint32_t config_links(const struct client_config *config)
{
    uint32_t links = 0;
    for (uint32_t replicas = config->replicas; replicas != 0; replicas &= replicas - 1)
        links++;
    return links == 0 ? 1 : links;
}

static uint32_t letter_units_of(uint32_t links)
{
    return (uint32_t)((sizeof(struct letter) + links * sizeof(uint64_t) + UNIT_BYTES - 1) / UNIT_BYTES);
}

/* The object of one message: a letter, or what is held of each link's copy. */
static uint32_t message_units(uint32_t links)
{
    uint32_t letter = letter_units_of(links), held = links * UNITS_OF(struct held);
    return letter > held ? letter : held;
}

uint64_t client_block_bytes(const struct client_config *config, uint64_t messages_max)
{
    uint32_t links = config_links(config);
    uint64_t units = links * UNITS_OF(struct link) + message_units(links) * messages_max +
                     KEY_UNITS * (uint64_t)(config->dedupe_window + 1);
    return sizeof(struct client) + UNIT_BYTES + UNIT_BYTES * units;
}

void client_lay_out(struct client *client, const struct client_config *config, uint64_t block_bytes)
{
    arena_init(&client->arena, sizeof *client, block_bytes);
    client->config = *config;
    client->links = (uint8_t)config_links(config);
    CHECK(client->links <= CLIENT_LINKS_MAX);
    client->letter_units = letter_units_of(client->links);
    client->link_table = arena_reserve(&client->arena, client->links * UNITS_OF(struct link));
    CHECK(client->link_table != 0);
    if (config->dedupe_window > 0)
        CHECK(ring_init(&client->arena, &client->window, 1, config->dedupe_window));
}

void client_init(struct client *client, const struct client_config *config, uint64_t block_bytes)
{
    CHECK(config->first_node < config->nodes && config->nodes <= NODES_MAX);
    CHECK(!config->closed_loop || (config->confirms && config->in_flight_max > 0));
    CHECK(config->replicas >> config->nodes == 0);
    client_lay_out(client, config, block_bytes);
    uint16_t node = config->first_node;
    for (uint32_t link = 0; link < client->links; link++, node++) {
        if (config->replicas != 0)
            for (node = link == 0 ? 0 : node; (config->replicas >> node & 1) == 0;)
                node++;
        link_at(client, link)->node = (uint8_t)node;
    }
}

/* The link that a connection slot belongs to: it leads to the slot's node. */
static uint32_t link_of_slot(const struct client *client, uint16_t slot)
{
    uint32_t link = 0;
    if (client->config.replicas != 0)
        while (link_at(client, link)->node != slot / 2)
            link++;
    CHECK(link_at(client, link)->slot == slot && link_at(client, link)->state != LINK_DOWN);
    return link;
}

struct broker_output *client_output(struct step *step, enum output_kind kind)
{
    CHECK(step->count < OUTPUTS_MAX);
    struct broker_output *output = &step->outputs[step->count++];
    memset(output, 0, sizeof *output);
    output->kind = (uint8_t)kind;
    return output;
}

void client_send(struct step *step, const struct link *link, const struct frame *frame)
{
    CHECK(link->state == LINK_OPEN && !link->blocked);
    struct broker_output *output = client_output(step, OUTPUT_SEND);
    output->connection = link->slot;
    output->u.frame = *frame;
}

struct observation *client_observe(struct step *step, const struct link *link, enum observation_kind kind)
{
    struct observation *seen = &client_output(step, OUTPUT_OBSERVE)->u.observation;
    seen->kind = (uint8_t)kind;
    seen->connection = link != NULL ? link->slot : 0;
    seen->queue = step->client->config.queue;
    return seen;
}

void client_arm(struct step *step, uint32_t timer, uint8_t flags, int64_t ns)
{
    struct broker_output *output = client_output(step, OUTPUT_ARM);
    output->timer = (uint16_t)timer;
    output->flags = flags;
    output->u.arm.min_ns = output->u.arm.max_ns = ns;
}

void client_cancel(struct step *step, uint32_t timer)
{
    client_output(step, OUTPUT_CANCEL)->timer = (uint16_t)timer;
}

static void step_timer(struct step *step)
{
    uint16_t timer = step->in->timer;
    if (timer >= TIMER_CONNECT)
        connect_abandon(step, timer - TIMER_CONNECT);
    else if (timer >= TIMER_RECONNECT)
        connect_start(step, timer - TIMER_RECONNECT);
    else if (timer == TIMER_ARRIVAL)
        producer_arrival(step);
    else if (timer == TIMER_SERVICE)
        consumer_served(step);
    else if (timer == TIMER_RETRY)
        producer_retry(step);
    else
        producer_deadline(step);
}

static void step_frame(struct step *step, uint32_t index)
{
    const struct frame *frame = &step->in->frame;
    struct link *link = link_at(step->client, index);
    CHECK(link->state == LINK_OPEN);
    if (frame->kind == FRAME_NOT_LEADER) {
        connect_turned_away(step, index, frame);
        return;
    }
    link->turned_away = 0;
    link->tried = 0;
    switch (frame->kind) {
    case FRAME_CONFIRM:
        producer_confirm(step, index, frame);
        break;
    case FRAME_RETURN:
        client_observe(step, link, OBSERVE_RETURNED)->message = frame->message;
        break;
    case FRAME_DELIVER:
        consumer_deliver(step, index, frame);
        break;
    default:
        check_failed(__FILE__, __LINE__, "a frame that a node sends to a client");
    }
}

static void step_boot(struct step *step)
{
    if (step->client->config.kind == CLIENT_PRODUCER)
        producer_boot(step);
    for (uint32_t link = 0; link < step->client->links; link++)
        connect_start(step, link);
}

static void step_flow(struct step *step, bool blocked)
{
    struct link *link = link_at(step->client, link_of_slot(step->client, step->in->connection));
    CHECK(link->state == LINK_OPEN);
    link->blocked = blocked;
}

/* What is left over is worked off by every step; OUTPUT_CONTINUE keeps at least one coming. */
static void step_finish(struct step *step)
{
    struct client *client = step->client;
    bool producer = client->config.kind == CLIENT_PRODUCER;
    if (producer)
        producer_pump(step);
    else
        consumer_pump(step);
    bool backlog = producer ? producer_has_backlog(client) : consumer_has_backlog(client);
    if (backlog && !client->continues) {
        client_output(step, OUTPUT_CONTINUE);
        client->continues = 1;
    }
}

int client_step(struct client *client, const struct broker_input *in, struct broker_output *ret_outputs)
{
    struct step step = {.client = client, .in = in, .outputs = ret_outputs, .work = STEP_WORK_MAX};
    switch ((enum input_kind)in->kind) {
    case INPUT_BOOT:
        step_boot(&step);
        break;
    case INPUT_FRAME:
        step_frame(&step, link_of_slot(client, in->connection));
        break;
    case INPUT_OPENED:
        connect_opened(&step, link_of_slot(client, in->connection));
        break;
    case INPUT_LOST:
        connect_lost(&step, link_of_slot(client, in->connection));
        break;
    case INPUT_BLOCKED:
    case INPUT_WRITABLE:
        step_flow(&step, in->kind == INPUT_BLOCKED);
        break;
    case INPUT_TIMER:
        step_timer(&step);
        break;
    case INPUT_CONTINUE:
        CHECK(client->continues);
        client->continues = 0;
        break;
    case INPUT_NONE:
    case INPUT_SYNCED:
        check_failed(__FILE__, __LINE__, "an input of a client");
    }
    step_finish(&step);
    return (int)step.count;
}
