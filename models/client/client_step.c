/* A client's step: a switch, and the verbs that fill its outputs. */
#include <string.h>

#include "models/client/client_block.h"

/* The object of one message: a letter, or what is held. */
#define MESSAGE_UNITS UNITS_OF(struct held)
static_assert(sizeof(struct letter) <= sizeof(struct held), "one bound for both kinds");
/* A key of the dedupe window: its place in the ring, its leaf and branch in the map. */
#define KEY_UNITS 3u

uint64_t client_block_bytes(const struct client_config *config, uint64_t messages_max)
{
    uint64_t units = MESSAGE_UNITS * messages_max + KEY_UNITS * (uint64_t)(config->dedupe_window + 1);
    return sizeof(struct client) + UNIT_BYTES * units;
}

void client_lay_out(struct client *client, const struct client_config *config, uint64_t block_bytes)
{
    arena_init(&client->arena, sizeof *client, block_bytes);
    client->config = *config;
    if (config->dedupe_window > 0)
        CHECK(ring_init(&client->arena, &client->window, 1, config->dedupe_window));
}

void client_init(struct client *client, const struct client_config *config, uint64_t block_bytes)
{
    CHECK(config->first_node < config->nodes && config->nodes <= NODES_MAX);
    CHECK(!config->closed_loop || (config->confirms && config->in_flight_max > 0));
    client_lay_out(client, config, block_bytes);
    client->node = config->first_node;
}

struct broker_output *client_output(struct step *step, enum output_kind kind)
{
    CHECK(step->count < OUTPUTS_MAX);
    struct broker_output *output = &step->outputs[step->count++];
    memset(output, 0, sizeof *output);
    output->kind = (uint8_t)kind;
    return output;
}

void client_send(struct step *step, const struct frame *frame)
{
    CHECK(step->client->link == LINK_OPEN && !step->client->blocked);
    struct broker_output *output = client_output(step, OUTPUT_SEND);
    output->connection = step->client->slot;
    output->u.frame = *frame;
}

struct observation *client_observe(struct step *step, enum observation_kind kind)
{
    struct observation *seen = &client_output(step, OUTPUT_OBSERVE)->u.observation;
    seen->kind = (uint8_t)kind;
    seen->connection = step->client->slot;
    seen->queue = step->client->config.queue;
    return seen;
}

void client_arm(struct step *step, enum client_timer timer, uint8_t flags, int64_t ns)
{
    struct broker_output *output = client_output(step, OUTPUT_ARM);
    output->timer = (uint16_t)timer;
    output->flags = flags;
    output->u.arm.min_ns = output->u.arm.max_ns = ns;
}

void client_cancel(struct step *step, enum client_timer timer)
{
    client_output(step, OUTPUT_CANCEL)->timer = (uint16_t)timer;
}

static void step_timer(struct step *step)
{
    switch ((enum client_timer)step->in->timer) {
    case TIMER_ARRIVAL:
        producer_arrival(step);
        break;
    case TIMER_SERVICE:
        consumer_served(step);
        break;
    case TIMER_RECONNECT:
        connect_start(step);
        break;
    case TIMER_RETRY:
        producer_retry(step);
        break;
    case TIMER_CONNECT:
        connect_abandon(step);
        break;
    case TIMER_DEADLINE:
        producer_deadline(step);
        break;
    }
}

static void step_frame(struct step *step)
{
    const struct frame *frame = &step->in->frame;
    CHECK(step->client->link == LINK_OPEN && step->in->connection == step->client->slot);
    if (frame->kind == FRAME_NOT_LEADER) {
        connect_turned_away(step, frame);
        return;
    }
    step->client->turned_away = 0;
    switch (frame->kind) {
    case FRAME_CONFIRM:
        producer_confirm(step, frame);
        break;
    case FRAME_RETURN:
        client_observe(step, OBSERVE_RETURNED)->message = frame->message;
        break;
    case FRAME_DELIVER:
        consumer_deliver(step, frame);
        break;
    default:
        check_failed(__FILE__, __LINE__, "a frame that a node sends to a client");
    }
}

static void step_boot(struct step *step)
{
    if (step->client->config.kind == CLIENT_PRODUCER)
        producer_boot(step);
    connect_start(step);
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
        step_frame(&step);
        break;
    case INPUT_OPENED:
        connect_opened(&step);
        break;
    case INPUT_LOST:
        connect_lost(&step);
        break;
    case INPUT_BLOCKED:
        CHECK(client->link == LINK_OPEN && in->connection == client->slot);
        client->blocked = 1;
        break;
    case INPUT_WRITABLE:
        CHECK(client->link == LINK_OPEN && in->connection == client->slot);
        client->blocked = 0;
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
