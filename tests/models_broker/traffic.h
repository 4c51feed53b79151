/* Random but lawful inputs for a node: a few clients that publish, consume, settle, stall, vanish and come back,
 * an fsync that completes sometime, a continue that comes when it likes. Stale acks happen, and cost the
 * connection, as they should. */
#ifndef CRASHQ_TESTS_TRAFFIC_H
#define CRASHQ_TESTS_TRAFFIC_H

#include "broker_host.h"
#include "models/base/draw.h"

#define TRAFFIC_SLOTS 5
#define TRAFFIC_HELD 4096

struct traffic_slot {
    bool open, blocked, consuming, automatic;
    uint16_t queue;
    uint32_t prefetch;
    uint64_t published;          /* publish number of the last one */
    uint64_t held[TRAFFIC_HELD]; /* delivery tags, rising */
    unsigned count;
};

struct traffic {
    struct stream stream;
    uint16_t queues;
    unsigned publish_share; /* of 16 inputs on an open connection */
    uint64_t sequence;
    struct traffic_slot slot[TRAFFIC_SLOTS];
};

static inline uint64_t traffic_below(struct traffic *traffic, uint64_t n)
{
    return draw_below(stream_next(&traffic->stream), n);
}

static inline void traffic_drop_up_to(struct traffic_slot *slot, uint64_t from, uint64_t to)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < slot->count; i++)
        if (slot->held[i] < from || slot->held[i] > to)
            slot->held[kept++] = slot->held[i];
    slot->count = kept;
}

static inline struct frame traffic_publish(struct traffic *traffic, struct traffic_slot *slot)
{
    struct frame frame = {.kind = FRAME_PUBLISH};
    uint64_t chance = traffic_below(traffic, 20);
    frame.tag = chance == 0 ? 0 : ++slot->published;
    frame.message = host_message((uint16_t)traffic_below(traffic, traffic->queues), ++traffic->sequence);
    if (chance == 1)
        frame.message.queue = 99;
    if (chance <= 2)
        frame.message.flags |= MESSAGE_MANDATORY;
    if (chance == 3)
        frame.message.flags &= (uint8_t)~MESSAGE_PERSISTENT;
    return frame;
}

static inline struct frame traffic_consume(struct traffic *traffic, struct traffic_slot *slot)
{
    slot->consuming = true;
    slot->queue = (uint16_t)traffic_below(traffic, traffic->queues);
    slot->prefetch = (uint32_t)(traffic_below(traffic, 3) == 0 ? 0 : traffic_below(traffic, 40));
    slot->automatic = traffic_below(traffic, 6) == 0;
    return (struct frame){.kind = FRAME_CONSUME,
                          .queue = slot->queue,
                          .count = slot->prefetch,
                          .flags = slot->automatic ? FRAME_AUTO_ACK : 0};
}

static inline struct frame traffic_ack(struct traffic *traffic, struct traffic_slot *slot)
{
    static const uint8_t kinds[] = {0, 0, 0, FRAME_NEGATIVE, FRAME_NEGATIVE | FRAME_REQUEUE};
    uint64_t tag = slot->held[traffic_below(traffic, slot->count)];
    struct frame frame = {.kind = FRAME_ACK, .tag = tag, .flags = kinds[traffic_below(traffic, 5)]};
    if (traffic_below(traffic, 4) == 0) {
        frame.flags |= FRAME_MULTIPLE;
        if (traffic_below(traffic, 8) == 0)
            frame.tag = 0;
        traffic_drop_up_to(slot, 0, frame.tag == 0 ? UINT64_MAX : tag);
    } else if (traffic_below(traffic, 50) != 0) { /* else it will ack this one again */
        traffic_drop_up_to(slot, tag, tag);
    }
    return frame;
}

static inline struct broker_input traffic_on_open(struct traffic *traffic, uint16_t index)
{
    struct traffic_slot *slot = &traffic->slot[index];
    struct broker_input in = {.kind = INPUT_FRAME, .connection = index};
    uint64_t chance = traffic_below(traffic, 64);
    if (chance == 0) {
        *slot = (struct traffic_slot){0};
        in.kind = INPUT_LOST;
    } else if (chance <= 3) {
        in.kind = slot->blocked ? INPUT_WRITABLE : INPUT_BLOCKED;
        slot->blocked = !slot->blocked;
    } else if (!slot->consuming && index > 1 && chance <= 20) {
        in.frame = traffic_consume(traffic, slot);
    } else if (slot->count > 0 && traffic_below(traffic, 16) >= traffic->publish_share) {
        in.frame = traffic_ack(traffic, slot);
    } else {
        in.frame = traffic_publish(traffic, slot);
    }
    return in;
}

static inline struct broker_input traffic_next(struct traffic *traffic, const struct host *host)
{
    uint64_t chance = traffic_below(traffic, 8);
    if (host->continues && chance <= 2)
        return (struct broker_input){.kind = INPUT_CONTINUE};
    if (host->timer && chance == 3)
        return (struct broker_input){.kind = INPUT_TIMER, .timer = BROKER_TIMER_FSYNC};
    if (host->fsyncs > 0 && chance >= 6)
        return (struct broker_input){.kind = INPUT_SYNCED, .value = host->fsync[0]};
    uint16_t slot = (uint16_t)traffic_below(traffic, TRAFFIC_SLOTS);
    if (traffic->slot[slot].open)
        return traffic_on_open(traffic, slot);
    traffic->slot[slot].open = true;
    return (struct broker_input){.kind = INPUT_OPENED, .connection = slot};
}

/* The clients hear what the node's last step sent. */
static inline void traffic_hear(struct traffic *traffic, const struct host *host)
{
    for (int i = 0; i < host->count; i++) {
        const struct broker_output *output = &host->outputs[i];
        struct traffic_slot *slot = &traffic->slot[output->connection];
        if (output->kind == OUTPUT_CLOSE)
            *slot = (struct traffic_slot){0};
        if (output->kind != OUTPUT_SEND || output->u.frame.kind != FRAME_DELIVER || slot->automatic)
            continue;
        assert_true(slot->count < TRAFFIC_HELD);
        slot->held[slot->count++] = output->u.frame.tag;
    }
}

static inline void traffic_begin(struct traffic *traffic, uint16_t queues, uint64_t seed)
{
    *traffic = (struct traffic){.queues = queues, .publish_share = 2 + (unsigned)(seed % 5) * 3};
    stream_seed(&traffic->stream, seed, DRAW_PICK, 0);
}

#endif
