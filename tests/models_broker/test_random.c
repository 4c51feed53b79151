/* A node against a simple model of a broker, over random histories with crashes.
 *
 * The model is a table of every message there ever was, searched from end to end: who holds it, what its client
 * said about it, whether its record is safe. It judges each output as it comes, and after a crash what came
 * back. */
#include <stdio.h>

#include "broker_host.h"
#include "traffic.h"

#define SEEDS 150
#define STEPS 1500
#define MESSAGES 6000

enum model_state { MODEL_READY, MODEL_HELD, MODEL_GONE };

struct model_message {
    enum model_state state;
    uint16_t queue, slot;
    uint64_t sequence, place, position, tag;
    bool redelivered, confirmed;
    uint8_t fate; /* an observation kind that must come: 0 none */
};

struct model {
    struct host *host;
    struct traffic traffic;
    struct model_message message[MESSAGES];
    unsigned count;
    struct {
        uint64_t position; /* to be safe before its confirm */
        bool owed;
        unsigned message;               /* + 1 */
    } publish[TRAFFIC_SLOTS][MESSAGES]; /* by publish number, of the connection that lives */
    uint64_t next_tag[TRAFFIC_SLOTS];
};

/* ---- what the node says ---- */

static struct model_message *model_at(struct model *model, const struct observation *seen)
{
    for (unsigned i = model->count; i-- > 0;)
        if (model->message[i].queue == seen->queue && model->message[i].place == seen->value &&
            model->message[i].state != MODEL_GONE)
            return &model->message[i];
    fail();
    return NULL;
}

static void model_appended(struct model *model, const struct broker_input *in, const struct observation *seen)
{
    assert_true(model->count < MESSAGES);
    for (unsigned i = 0; i < model->count; i++)
        assert_true(model->message[i].queue != seen->queue || model->message[i].place < seen->value ||
                    model->message[i].state == MODEL_GONE);
    model->message[model->count++] = (struct model_message){
        .queue = seen->queue,
        .sequence = seen->message.sequence,
        .place = seen->value,
        .position = seen->position,
    };
    assert_memory_equal(&seen->message, &in->frame.message, sizeof seen->message);
    model->publish[in->connection][in->frame.tag].position = seen->position;
    model->publish[in->connection][in->frame.tag].message = model->count;
}

static void model_delivered(struct model *model, uint16_t slot, const struct frame *frame)
{
    const struct traffic_slot *client = &model->traffic.slot[slot];
    struct model_message *next = NULL;
    unsigned held = 0;
    for (unsigned i = 0; i < model->count; i++) {
        struct model_message *message = &model->message[i];
        held += message->state == MODEL_HELD && message->slot == slot;
        if (message->state == MODEL_READY && message->queue == frame->queue &&
            (next == NULL || message->place < next->place))
            next = message;
    }
    assert_true(client->open && client->consuming && !client->blocked);
    assert_int_equal(frame->queue, client->queue);
    assert_true(client->automatic || client->prefetch == 0 || held < client->prefetch);
    assert_non_null(next);
    assert_int_equal(frame->message.sequence, next->sequence);
    assert_int_equal(frame->flags, next->redelivered ? FRAME_REDELIVERED : 0);
    assert_int_equal(frame->tag, ++model->next_tag[slot]);
    next->state = MODEL_HELD;
    next->slot = slot;
    next->tag = frame->tag;
    next->fate = client->automatic ? OBSERVE_SETTLED : 0;
}

static void model_confirmed(struct model *model, uint16_t slot, const struct frame *frame)
{
    assert_true(frame->tag < MESSAGES && model->publish[slot][frame->tag].owed);
    for (uint64_t tag = frame->flags & FRAME_MULTIPLE ? 1 : frame->tag; tag <= frame->tag; tag++) {
        if (!model->publish[slot][tag].owed)
            continue;
        if (model->host->config.queue[0].fsync != FSYNC_NEVER)
            assert_true(model->publish[slot][tag].position <= model->host->synced);
        model->publish[slot][tag].owed = false;
        if (model->publish[slot][tag].message != 0)
            model->message[model->publish[slot][tag].message - 1].confirmed = true;
    }
}

static void model_settled(struct model *model, const struct observation *seen)
{
    struct model_message *message = model_at(model, seen);
    assert_int_equal(message->state, MODEL_HELD);
    assert_int_equal(message->fate, seen->kind);
    message->fate = 0;
    message->state = seen->kind == OBSERVE_REQUEUED ? MODEL_READY : MODEL_GONE;
    message->redelivered = true;
}

/* ---- what the clients do ---- */

static void model_lose(struct model *model, uint16_t slot)
{
    for (unsigned i = 0; i < model->count; i++)
        if (model->message[i].state == MODEL_HELD && model->message[i].slot == slot) {
            model->message[i].slot = UINT16_MAX;
            model->message[i].fate = model->message[i].fate != 0 ? model->message[i].fate : OBSERVE_REQUEUED;
        }
    memset(model->publish[slot], 0, sizeof model->publish[slot]);
    model->next_tag[slot] = 0;
}

static void model_ack(struct model *model, uint16_t slot, const struct frame *frame)
{
    uint8_t fate = !(frame->flags & FRAME_NEGATIVE) ? OBSERVE_SETTLED
                   : frame->flags & FRAME_REQUEUE   ? OBSERVE_REQUEUED
                                                    : OBSERVE_DROPPED;
    bool known = false;
    for (unsigned i = 0; i < model->count; i++) {
        const struct model_message *message = &model->message[i];
        known |= message->state == MODEL_HELD && message->slot == slot && message->fate == 0 &&
                 (message->tag == frame->tag || frame->tag == 0);
    }
    for (unsigned i = 0; known && i < model->count; i++) {
        struct model_message *message = &model->message[i];
        bool meant = message->tag == frame->tag ||
                     (frame->flags & FRAME_MULTIPLE && (message->tag < frame->tag || frame->tag == 0));
        if (message->state == MODEL_HELD && message->slot == slot && message->fate == 0 && meant)
            message->fate = fate;
    }
}

static void model_hear(struct model *model, const struct broker_input *in)
{
    if (in->kind == INPUT_LOST)
        model_lose(model, in->connection);
    if (in->kind == INPUT_FRAME && in->frame.kind == FRAME_ACK)
        model_ack(model, in->connection, &in->frame);
    if (in->kind == INPUT_FRAME && in->frame.kind == FRAME_PUBLISH) {
        model->publish[in->connection][in->frame.tag].owed = in->frame.tag != 0;
        model->publish[in->connection][in->frame.tag].position = 0;
        model->publish[in->connection][in->frame.tag].message = 0;
    }
}

static void model_see(struct model *model, const struct broker_input *in)
{
    for (int i = 0; i < model->host->count; i++) {
        const struct broker_output *output = &model->host->outputs[i];
        if (output->kind == OUTPUT_SEND && output->u.frame.kind == FRAME_DELIVER)
            model_delivered(model, output->connection, &output->u.frame);
        if (output->kind == OUTPUT_SEND && output->u.frame.kind == FRAME_CONFIRM)
            model_confirmed(model, output->connection, &output->u.frame);
        if (output->kind == OUTPUT_CLOSE)
            model_lose(model, output->connection);
        if (output->kind != OUTPUT_OBSERVE)
            continue;
        const struct observation *seen = &output->u.observation;
        if (seen->kind == OBSERVE_APPENDED)
            model_appended(model, in, seen);
        if (seen->kind == OBSERVE_SETTLED || seen->kind == OBSERVE_DROPPED || seen->kind == OBSERVE_REQUEUED)
            model_settled(model, seen);
        if (seen->kind == OBSERVE_MOVED)
            model_at(model, seen)->position = seen->position;
    }
}

/* With nothing left over, every fate has been met, and nobody who may take a message waits beside one. */
static void model_rest(struct model *model)
{
    struct queue_view view[2] = {{0}};
    for (unsigned i = 0; i < model->count; i++) {
        const struct model_message *message = &model->message[i];
        assert_true(message->state != MODEL_HELD || message->fate == 0);
        view[message->queue].ready += message->state == MODEL_READY;
        view[message->queue].unacknowledged += message->state == MODEL_HELD;
    }
    for (uint16_t queue = 0; queue < 2; queue++)
        host_expect_length(model->host, queue, view[queue].ready, view[queue].unacknowledged);
    for (unsigned slot = 0; slot < TRAFFIC_SLOTS; slot++) {
        const struct traffic_slot *client = &model->traffic.slot[slot];
        if (!client->consuming || client->blocked || view[client->queue].ready == 0)
            continue;
        assert_false(client->automatic);
        assert_true(client->prefetch != 0 && client->count >= client->prefetch);
    }
}

/* ---- crashes ---- */

/* The last whole record's end at or after `from`, at most `records` further. */
static uint64_t whole_after(const struct host *host, uint64_t from, uint64_t records)
{
    uint32_t length;
    for (; records > 0 && from < host->end; records--) {
        memcpy(&length, host->disk + from, sizeof length);
        from += length;
    }
    return from;
}

static void crash_power(struct model *model)
{
    struct host *host = model->host;
    uint64_t safe = host->synced > host->start ? host->synced : host->start;
    uint64_t whole = whole_after(host, safe, traffic_below(&model->traffic, 6));
    uint64_t next = whole_after(host, whole, 1);
    host->end = whole;
    if (next > whole && traffic_below(&model->traffic, 3) > 0) {
        uint64_t half = whole + (next - whole) / 2;
        bool zeroed = traffic_below(&model->traffic, 2);
        memset(host->disk + half, 0, next - half);
        host->end = zeroed ? next : half;
    }
}

/* What the bytes say, the slow way: the message's record is there and no settlement of its place. */
static bool disk_holds(const struct host *host, uint16_t queue, uint64_t place)
{
    bool holds = false;
    for (uint64_t at = host->start; at < host->end;) {
        struct record record = {0};
        memcpy(&record, host->disk + at, RECORD_SETTLE_BYTES);
        if (record.queue == queue && record.place == place)
            holds = record.kind == RECORD_MESSAGE;
        at += record.length;
    }
    return holds;
}

static bool was_recovered(const struct host *host, const struct model_message *message)
{
    for (unsigned i = 0; i < host->seen_count; i++)
        if (host->seen[i].kind == OBSERVE_RECOVERED && host->seen[i].queue == message->queue &&
            host->seen[i].value == message->place) {
            assert_int_equal(host->seen[i].message.sequence, message->sequence);
            return true;
        }
    return false;
}

/* A crash between an append and what was to be said of it leaves a message that the model has not heard of: at
 * most one. */
static void model_adopt(struct model *model)
{
    const struct host *host = model->host;
    unsigned adopted = 0;
    for (unsigned i = 0; i < host->seen_count; i++) {
        const struct observation *seen = &host->seen[i];
        bool known = seen->kind != OBSERVE_RECOVERED;
        for (unsigned m = 0; m < model->count; m++)
            known |= model->message[m].queue == seen->queue && model->message[m].place == seen->value;
        if (known)
            continue;
        assert_int_equal(++adopted, 1);
        assert_int_equal(seen->message.sequence, model->traffic.sequence);
        model->message[model->count++] = (struct model_message){
            .queue = seen->queue, .sequence = seen->message.sequence, .place = seen->value, .position = seen->position};
    }
}

static void model_restart(struct model *model, bool power)
{
    struct host *host = model->host;
    if (power)
        crash_power(model);
    host_boot(host);
    host->synced = host->end;
    assert_int_equal(host_last_seen(host, OBSERVE_RECOVERY_DONE)->value, REFUSE_NOTHING);
    model_adopt(model);
    unsigned recovered = 0;
    for (unsigned i = 0; i < model->count; i++) {
        struct model_message *message = &model->message[i];
        bool lives = was_recovered(host, message);
        assert_int_equal(lives, disk_holds(host, message->queue, message->place));
        if (message->state != MODEL_GONE && message->position != 0 && !lives) {
            assert_true(power || message->fate == OBSERVE_SETTLED || message->fate == OBSERVE_DROPPED);
            if (message->fate == 0 && host->config.queue[0].fsync != FSYNC_NEVER)
                assert_false(message->confirmed);
        }
        message->state = lives ? MODEL_READY : MODEL_GONE;
        message->redelivered = true;
        message->fate = 0;
        recovered += lives;
    }
    assert_int_equal(recovered, host_seen(host, OBSERVE_RECOVERED));
    for (uint16_t slot = 0; slot < TRAFFIC_SLOTS; slot++)
        model_lose(model, slot);
    memset(model->traffic.slot, 0, sizeof model->traffic.slot);
    /* places may be used again once no record shows them: forget what is gone */
    unsigned kept = 0;
    for (unsigned i = 0; i < model->count; i++)
        if (model->message[i].state != MODEL_GONE)
            model->message[kept++] = model->message[i];
    model->count = kept;
}

static void model_step(struct model *model)
{
    struct host *host = model->host;
    struct broker_input in = traffic_next(&model->traffic, host);
    bool crash = traffic_below(&model->traffic, 300) == 0;
    host->tape.key = model->traffic.sequence;
    model_hear(model, &in);
    host_step_cut(host, in, crash ? (int)traffic_below(&model->traffic, 6) : OUTPUTS_MAX);
    model_see(model, &in);
    traffic_hear(&model->traffic, host);
    host->seen_count = host->frame_count = 0;
    if (crash)
        model_restart(model, traffic_below(&model->traffic, 2));
    else if (!host->continues)
        model_rest(model);
}

static struct model *model_new(uint64_t seed)
{
    static const enum fsync_policy policies[] = {FSYNC_EACH, FSYNC_GROUP, FSYNC_NEVER};
    struct model *model = calloc(1, sizeof *model);
    struct broker_config config = host_config(2, TRAFFIC_SLOTS, policies[seed % 3]);
    config.queue[0].dispatch = seed / 3 % 2 ? DISPATCH_RANDOM : DISPATCH_ROUND_ROBIN;
    config.queue[1].durable = seed / 6 % 4 != 0;
    config.unconfirmed_max = 30 + (uint32_t)(seed % 5) * 50;
    model->host = host_new(config, 100 + seed % 7 * 200);
    traffic_begin(&model->traffic, 2, seed);
    return model;
}

static void a_node_does_what_the_model_of_a_broker_does(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct model *model = model_new(seed);
        for (unsigned i = 0; i < STEPS; i++)
            model_step(model);
        host_free(model->host);
        free(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_does_what_the_model_of_a_broker_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
