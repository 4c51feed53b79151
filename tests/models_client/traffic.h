/* Random but lawful inputs for a client: timers that fire when they like, connections that open, fill, break, a node
 * that confirms what was published (one by one, many at once, not at all) and delivers messages, some of them again. */
#ifndef CRASHQ_TESTS_CLIENT_TRAFFIC_H
#define CRASHQ_TESTS_CLIENT_TRAFFIC_H

#include "client_host.h"
#include "models/base/draw.h"

struct traffic_link {
    uint64_t published; /* publish number of the last one */
    uint64_t confirmed; /* up to here with `multiple` */
    uint64_t delivered; /* delivery tag of the last one */
};

struct traffic {
    struct stream stream;
    unsigned silence; /* of 16 inputs on an open connection, those that are no answer and no delivery */
    struct traffic_link link[CLIENT_LINKS_MAX];
};

static inline uint64_t traffic_below(struct traffic *traffic, uint64_t n)
{
    return draw_below(stream_next(&traffic->stream), n);
}

static inline void traffic_begin(struct traffic *traffic, uint64_t seed)
{
    *traffic = (struct traffic){.silence = 3 + (unsigned)(seed / 2 % 3) * 4};
    stream_seed(&traffic->stream, seed, DRAW_PICK, 0);
}

/* Every kind of producer for an even seed, every kind of consumer for an odd one. */
static inline struct client_config traffic_config(uint64_t seed)
{
    struct client_config config = seed % 2 == 0 ? producer_config() : consumer_config(seed / 2 % 3 ? 20 : 0);
    uint64_t kind = seed / 2;
    config.nodes = (uint16_t)(1 + kind % 3);
    config.connect_timeout_ns = kind % 2 ? 500 : 0;
    if (seed % 2 == 0) {
        config.confirms = kind % 7 != 6;
        config.closed_loop = config.confirms && kind % 4 == 3;
        config.in_flight_max = config.closed_loop ? 3 : kind % 5 == 0 ? 30 : 0;
        config.attempts_max = kind % 5 == 1 ? 2 : 0;
        config.retry_timeout_ns = kind % 3 ? 5000 : 0;
        config.deadline_ns = kind % 4 == 2 ? 9000 : 0;
    } else {
        config.auto_ack = kind % 5 == 4;
        config.dedupe_window = kind % 2 ? 8 : 0;
        config.reject_ppm = kind % 3 == 1 ? 200000 : 0;
        config.requeue = kind % 2;
        config.ack_again_ppm = kind % 4 == 2 ? 300000 : 0;
    }
    return config;
}

/* The same kinds with a link to each of so many replicas, which may be fewer than the nodes. */
static inline struct client_config traffic_config_linked(uint64_t seed, unsigned links)
{
    struct client_config config = traffic_config(seed);
    uint64_t kind = seed / 2;
    if (links == 1)
        return config;
    bool spare = kind % 3 == 2; /* node 1 is no replica */
    config.nodes = (uint16_t)(links + spare);
    config.replicas = (uint16_t)((1u << config.nodes) - 1 - (spare ? 2 : 0));
    config.first_node = 0;
    config.acks_needed = (uint16_t)(kind % (links + 1));
    config.catch_up = kind / 3 % 2;
    return config;
}

/* Its block is at most half full: how a full one answers is not for canonical forms to say. */
static inline bool traffic_has_room(const struct host *host)
{
    const struct arena *block = (const struct arena *)host->client;
    return block->top - block->freed_units < block->limit / 2;
}

static inline struct broker_input traffic_confirm(struct traffic *traffic, struct traffic_link *link,
                                                  struct broker_input in)
{
    in.frame.kind = FRAME_CONFIRM;
    in.frame.tag = link->confirmed + 1 + traffic_below(traffic, link->published - link->confirmed);
    uint64_t chance = traffic_below(traffic, 4);
    in.frame.flags = chance == 0 ? FRAME_NEGATIVE : chance == 1 ? FRAME_MULTIPLE : 0;
    if (chance == 1)
        link->confirmed = in.frame.tag;
    return in;
}

static inline struct broker_input traffic_on_open(struct traffic *traffic, const struct host *host, unsigned index)
{
    struct traffic_link *link = &traffic->link[index];
    struct broker_input in = {.connection = host->link[index].slot};
    bool producer = host->config.kind == CLIENT_PRODUCER;
    bool idle = producer ? link->published == link->confirmed : !traffic_has_room(host);
    uint64_t chance = traffic_below(traffic, 16);
    if (chance == 0 && traffic_below(traffic, 8) == 0) {
        in.kind = INPUT_LOST;
    } else if (chance <= traffic->silence || idle) {
        in.kind = host->link[index].blocked ? INPUT_WRITABLE : INPUT_BLOCKED;
    } else {
        in.kind = INPUT_FRAME;
        if (producer)
            return traffic_confirm(traffic, link, in);
        in.frame.kind = FRAME_DELIVER;
        in.frame.tag = ++link->delivered;
        in.frame.message = host_message(traffic_below(traffic, 30) + link->delivered / 2);
    }
    return in;
}

static inline struct broker_input traffic_next(struct traffic *traffic, const struct host *host)
{
    uint16_t timer = (uint16_t)traffic_below(traffic, CLIENT_TIMERS);
    bool rare = timer == TIMER_RETRY || timer == TIMER_DEADLINE;
    if (host->continues && traffic_below(traffic, 4) == 0)
        return (struct broker_input){.kind = INPUT_CONTINUE};
    bool full = timer == TIMER_ARRIVAL && !traffic_has_room(host);
    if (host->timer[timer].armed && !full && (!rare || traffic_below(traffic, 6) == 0))
        return (struct broker_input){
            .kind = INPUT_TIMER, .timer = timer, .value = timer == TIMER_ARRIVAL ? traffic_below(traffic, 3) : 0};
    unsigned index = (unsigned)traffic_below(traffic, host_links(host));
    const struct host_link *link = &host->link[index];
    if (link->state == HOST_OPENING && traffic_below(traffic, 3) == 0)
        return (struct broker_input){.kind = INPUT_LOST, .connection = link->slot};
    if (link->state == HOST_OPENING)
        return (struct broker_input){.kind = INPUT_OPENED, .connection = link->slot};
    if (link->state == HOST_OPEN)
        return traffic_on_open(traffic, host, index);
    return (struct broker_input){.kind = INPUT_NONE};
}

/* The host's own view moves before the client's. */
static inline void traffic_spend(struct host *host, const struct broker_input *in)
{
    struct host_link *link = &host->link[host_link_of(host, in->connection)];
    if (in->kind == INPUT_CONTINUE)
        host->continues = false;
    else if (in->kind == INPUT_TIMER)
        host->timer[in->timer].armed = false;
    else if (in->kind == INPUT_BLOCKED || in->kind == INPUT_WRITABLE)
        link->blocked = in->kind == INPUT_BLOCKED;
    else if (in->kind == INPUT_OPENED)
        link->state = HOST_OPEN;
    else if (in->kind == INPUT_LOST)
        link->state = HOST_DOWN;
    if (in->kind == INPUT_LOST)
        link->blocked = false;
}

static inline void traffic_hear(struct traffic *traffic, struct host *host)
{
    for (unsigned i = 0; i < host->seen_count; i++) {
        const struct observation *seen = &host->seen[i];
        struct traffic_link *link = &traffic->link[host_link_of(host, seen->connection)];
        if (seen->kind == OBSERVE_OPENED || seen->kind == OBSERVE_LOST)
            *link = (struct traffic_link){0};
        if (seen->kind == OBSERVE_SENT && seen->tag != 0)
            link->published = seen->tag;
    }
    host->seen_count = host->frame_count = 0;
}

/* A random input that the client can get now, on the real client. */
static inline struct broker_input traffic_step(struct traffic *traffic, struct host *host)
{
    struct broker_input in;
    do
        in = traffic_next(traffic, host);
    while (in.kind == INPUT_NONE);
    traffic_spend(host, &in);
    host->tape.key = stream_next(&traffic->stream);
    host_step(host, in);
    traffic_hear(traffic, host);
    return in;
}

#endif
