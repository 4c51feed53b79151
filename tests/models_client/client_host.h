/* A host for one client under test: performs its outputs on connections that only the test moves, keeps the frames that
 * it sends and the observations that it makes, and holds it to a client's rules on every step. The verbs without a link
 * are for a client of one link; those with one (_on) name it by its place among the replicas. */
#ifndef CRASHQ_TESTS_CLIENT_HOST_H
#define CRASHQ_TESTS_CLIENT_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/base/host.h"
#include "models/client/client.h"

#define HOST_KEPT 65536
#define HOST_ACTOR 3
#define HOST_NO_SLOT UINT16_MAX

struct host_timer {
    bool armed;
    uint8_t flags;
    int64_t ns;
};

enum host_link_state { HOST_DOWN, HOST_OPENING, HOST_OPEN };

struct host_link {
    enum host_link_state state;
    uint16_t slot; /* while opening or open */
    bool blocked;
};

struct host {
    struct client_config config;
    uint64_t block_bytes;
    struct client *client;
    struct tape tape;
    struct host_timer timer[TIMERS_MAX];
    struct host_link link[CLIENT_LINKS_MAX];
    bool continues;
    unsigned closed; /* connections that it closed itself */
    struct broker_output outputs[OUTPUTS_MAX]; /* of the last step */
    int count;
    struct frame *frames; /* not yet taken */
    unsigned frame_count;
    unsigned sends[2 * NODES_MAX][FRAME_KINDS]; /* frames by slot and kind */
    struct observation *seen;
    unsigned seen_count;
};

static inline struct client_config producer_config(void)
{
    return (struct client_config){.kind = CLIENT_PRODUCER,
                                  .confirms = 1,
                                  .actor = HOST_ACTOR,
                                  .nodes = 1,
                                  .message_flags = MESSAGE_PERSISTENT,
                                  .size_bytes = 100,
                                  .backoff_min_ns = 100,
                                  .backoff_max_ns = 1000};
}

static inline struct client_config consumer_config(uint32_t prefetch)
{
    return (struct client_config){.kind = CLIENT_CONSUMER,
                                  .actor = HOST_ACTOR,
                                  .nodes = 1,
                                  .prefetch = prefetch,
                                  .backoff_min_ns = 100,
                                  .backoff_max_ns = 1000};
}

/* With a link for each replica: in the order of their nodes. */
static inline unsigned host_link_of(const struct host *host, uint16_t slot)
{
    unsigned link = 0;
    for (unsigned node = 0; node < slot / 2u; node++)
        link += host->config.replicas >> node & 1;
    return link;
}

static inline unsigned host_links(const struct host *host)
{
    return host->config.replicas == 0 ? 1 : host_link_of(host, (uint16_t)(2 * host->config.nodes));
}

/* ---- outputs ---- */

static inline void host_send(struct host *host, const struct broker_output *output)
{
    const struct host_link *link = &host->link[host_link_of(host, output->connection)];
    assert_int_equal(link->state, HOST_OPEN);
    assert_int_equal(output->connection, link->slot);
    assert_false(link->blocked);
    assert_true(host->frame_count < HOST_KEPT);
    host->frames[host->frame_count++] = output->u.frame;
    host->sends[link->slot][output->u.frame.kind]++;
}

static inline void host_perform(struct host *host, const struct broker_output *output)
{
    struct host_link *link = &host->link[host_link_of(host, output->connection)];
    switch ((enum output_kind)output->kind) {
    case OUTPUT_SEND:
        host_send(host, output);
        break;
    case OUTPUT_OPEN:
        assert_int_equal(link->state, HOST_DOWN);
        assert_in_range(output->connection, 0, 2 * host->config.nodes - 1);
        link->state = HOST_OPENING;
        link->slot = output->connection;
        break;
    case OUTPUT_CLOSE:
        assert_int_not_equal(link->state, HOST_DOWN);
        assert_int_equal(output->connection, link->slot);
        link->state = HOST_DOWN;
        link->blocked = false;
        host->closed++;
        break;
    case OUTPUT_ARM:
        assert_in_range(output->timer, 0, TIMERS_MAX - 1);
        assert_false(host->timer[output->timer].armed);
        assert_int_equal(output->u.arm.min_ns, output->u.arm.max_ns);
        host->timer[output->timer] =
            (struct host_timer){.armed = true, .flags = output->flags, .ns = output->u.arm.min_ns};
        break;
    case OUTPUT_CANCEL:
        host->timer[output->timer].armed = false;
        break;
    case OUTPUT_CONTINUE:
        assert_false(host->continues);
        host->continues = true;
        break;
    case OUTPUT_OBSERVE:
        assert_true(host->seen_count < HOST_KEPT);
        host->seen[host->seen_count++] = output->u.observation;
        break;
    default:
        fail(); /* what only nodes do */
    }
}

/* ---- inputs ---- */

static inline void host_step(struct host *host, struct broker_input in)
{
    in.tape = &host->tape;
    host->tape.used = 0;
    memset(host->outputs, 0xee, sizeof host->outputs);
    host->count = client_step(host->client, &in, host->outputs);
    assert_in_range(host->count, 0, OUTPUTS_MAX);
    for (int i = 0; i < host->count; i++)
        host_perform(host, &host->outputs[i]);
}

static inline void host_continue(struct host *host)
{
    assert_true(host->continues);
    host->continues = false;
    host_step(host, (struct broker_input){.kind = INPUT_CONTINUE});
}

/* Until nothing is left over. Returns how many steps it took. */
static inline unsigned host_finish(struct host *host)
{
    unsigned steps = 0;
    while (host->continues) {
        host_continue(host);
        assert_true(++steps < 1000000);
    }
    return steps;
}

static inline void host_fire_with(struct host *host, enum client_timer timer, uint64_t value)
{
    assert_true(host->timer[timer].armed);
    host->timer[timer].armed = false;
    host_step(host, (struct broker_input){.kind = INPUT_TIMER, .timer = (uint16_t)timer, .value = value});
}

static inline void host_fire(struct host *host, enum client_timer timer)
{
    host_fire_with(host, timer, 0);
}

/* Messages come due, one after the other. */
static inline void host_arrive(struct host *host, unsigned messages)
{
    for (unsigned i = 0; i < messages; i++)
        host_fire(host, TIMER_ARRIVAL);
}

/* The node accepts the connection that the client asked for. */
static inline void host_accept_on(struct host *host, unsigned link)
{
    assert_int_equal(host->link[link].state, HOST_OPENING);
    host->link[link].state = HOST_OPEN;
    host_step(host, (struct broker_input){.kind = INPUT_OPENED, .connection = host->link[link].slot});
}

static inline void host_accept(struct host *host)
{
    host_accept_on(host, 0);
}

/* The connection breaks, or the attempt is refused. */
static inline void host_lose_on(struct host *host, unsigned link)
{
    assert_int_not_equal(host->link[link].state, HOST_DOWN);
    host->link[link].state = HOST_DOWN;
    host->link[link].blocked = false;
    host_step(host, (struct broker_input){.kind = INPUT_LOST, .connection = host->link[link].slot});
}

static inline void host_lose(struct host *host)
{
    host->frame_count = 0;
    host_lose_on(host, 0);
}

static inline void host_reconnect_on(struct host *host, unsigned link)
{
    host_fire(host, (enum client_timer)(TIMER_RECONNECT + link));
    host_accept_on(host, link);
}

static inline void host_reconnect(struct host *host)
{
    host_reconnect_on(host, 0);
}

static inline void host_block_on(struct host *host, unsigned link)
{
    host->link[link].blocked = true;
    host_step(host, (struct broker_input){.kind = INPUT_BLOCKED, .connection = host->link[link].slot});
}

static inline void host_block(struct host *host)
{
    host_block_on(host, 0);
}

static inline void host_unblock(struct host *host)
{
    host->link[0].blocked = false;
    host_step(host, (struct broker_input){.kind = INPUT_WRITABLE, .connection = host->link[0].slot});
}

static inline void host_hear_on(struct host *host, unsigned link, struct frame frame)
{
    assert_int_equal(host->link[link].state, HOST_OPEN);
    host_step(host, (struct broker_input){.kind = INPUT_FRAME, .connection = host->link[link].slot, .frame = frame});
}

static inline void host_hear(struct host *host, struct frame frame)
{
    host_hear_on(host, 0, frame);
}

static inline void host_confirm(struct host *host, uint64_t tag, uint8_t flags)
{
    host_hear(host, (struct frame){.kind = FRAME_CONFIRM, .tag = tag, .flags = flags});
}

static inline struct message host_message(uint64_t sequence)
{
    return (struct message){.producer = 9, .sequence = sequence, .body = message_body(9, 0, sequence, 10)};
}

static inline void host_deliver(struct host *host, uint64_t tag, uint64_t sequence, uint8_t flags)
{
    host_hear(host, (struct frame){
                        .kind = FRAME_DELIVER, .flags = flags, .tag = tag, .message = host_message(sequence)});
}

/* ---- life ---- */

static inline struct host *host_new(struct client_config config, uint64_t messages_max)
{
    struct host *host = calloc(1, sizeof *host);
    host->config = config;
    host->block_bytes = client_block_bytes(&config, messages_max);
    host->client = host_reserve(host->block_bytes);
    host->frames = calloc(HOST_KEPT, sizeof *host->frames);
    host->seen = calloc(HOST_KEPT, sizeof *host->seen);
    tape_draw(&host->tape, 7);
    client_init(host->client, &config, host->block_bytes);
    host_step(host, (struct broker_input){.kind = INPUT_BOOT});
    return host;
}

/* With its first connection open. */
static inline struct host *host_open(struct client_config config, uint64_t messages_max)
{
    struct host *host = host_new(config, messages_max);
    host_accept(host);
    if (config.kind == CLIENT_CONSUMER) {
        assert_int_equal(host->frames[0].kind, FRAME_CONSUME);
        host->frame_count = 0;
    }
    return host;
}

static inline void host_free(struct host *host)
{
    host_release(host->client, host->block_bytes);
    free(host->frames);
    free(host->seen);
    free(host);
}

/* ---- what came out ---- */

/* Takes the oldest frame. FRAME_NONE when there is none. */
static inline struct frame host_take(struct host *host)
{
    if (host->frame_count == 0)
        return (struct frame){0};
    struct frame frame = host->frames[0];
    memmove(host->frames, host->frames + 1, --host->frame_count * sizeof host->frames[0]);
    return frame;
}

static inline void host_expect_nothing(struct host *host)
{
    assert_int_equal(host_take(host).kind, FRAME_NONE);
}

static inline void host_expect_publish(struct host *host, uint64_t sequence, uint64_t tag)
{
    struct frame frame = host_take(host);
    assert_int_equal(frame.kind, FRAME_PUBLISH);
    assert_int_equal(frame.message.sequence, sequence);
    assert_int_equal(frame.tag, tag);
}

/* These and no others, published one after the other from `tag` on. */
static inline void host_expect_publishes(struct host *host, uint64_t first, uint64_t last, uint64_t tag)
{
    for (uint64_t sequence = first; sequence <= last; sequence++)
        host_expect_publish(host, sequence, tag + (sequence - first));
    host_expect_nothing(host);
}

static inline void host_expect_ack(struct host *host, uint64_t tag, uint8_t flags)
{
    struct frame frame = host_take(host);
    assert_int_equal(frame.kind, FRAME_ACK);
    assert_int_equal(frame.tag, tag);
    assert_int_equal(frame.flags, flags);
}

static inline unsigned host_seen(const struct host *host, enum observation_kind kind)
{
    unsigned count = 0;
    for (unsigned i = 0; i < host->seen_count; i++)
        count += host->seen[i].kind == kind;
    return count;
}

/* The index-th of its kind, from 0. */
static inline const struct observation *host_seen_at(const struct host *host, enum observation_kind kind,
                                                     unsigned index)
{
    for (unsigned i = 0; i < host->seen_count; i++)
        if (host->seen[i].kind == kind && index-- == 0)
            return &host->seen[i];
    fail();
    return NULL;
}

/* The messages of these observations, in order. */
static inline void host_expect_seen(const struct host *host, enum observation_kind kind, const uint64_t *sequences,
                                    unsigned count)
{
    assert_int_equal(host_seen(host, kind), count);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(host_seen_at(host, kind, i)->message.sequence, sequences[i]);
}
#define HOST_EXPECT_SEEN(host, kind, ...)                                                                              \
    host_expect_seen(host, kind, (const uint64_t[]){__VA_ARGS__},                                                      \
                     sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

static inline void host_expect_armed(const struct host *host, enum client_timer timer, uint8_t flags, int64_t ns)
{
    assert_true(host->timer[timer].armed);
    assert_int_equal(host->timer[timer].flags, flags);
    assert_int_equal(host->timer[timer].ns, ns);
}

#endif
