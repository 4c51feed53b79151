/* Random but lawful schedules for a cluster: clients that publish, consume and acknowledge at any node, deliveries and
 * completions in any order, connections that break, nodes that hear nothing, die with any image of their disk, come
 * back. */
#ifndef CRASHQ_TESTS_CLUSTER_SCHEDULE_H
#define CRASHQ_TESTS_CLUSTER_SCHEDULE_H

#include "cluster_host.h"
#include "models/base/draw.h"

#define SCHEDULE_HELD 16

struct schedule_client {
    uint64_t published;              /* number of the last publish */
    uint64_t tag[SCHEDULE_HELD];     /* what it holds: delivery tags */
    uint64_t message[SCHEDULE_HELD]; /* ... and sequences */
    unsigned holding;
    bool consumes;
};

/* A cluster's `judge` begins with it. */
struct schedule {
    struct stream stream;
    uint64_t sequence;                                  /* of the last message */
    bool acked[CLUSTER_SEQUENCES];                      /* a consumer acknowledged it */
    struct schedule_client client[CLUSTER_NODES][2];    /* slot 0 publishes, slot 1 consumes */
    uint64_t sent_as[CLUSTER_NODES][CLUSTER_SEQUENCES]; /* publish number -> sequence */
};

static inline struct schedule *schedule_of(struct cluster *cluster)
{
    return cluster->judge;
}

static inline uint64_t schedule_below(struct cluster *cluster, uint64_t n)
{
    return draw_below(stream_next(&schedule_of(cluster)->stream), n);
}

/* A client hears of a delivery, or that its connection is closed. */
static inline void schedule_delivered(struct cluster *cluster, uint16_t node, uint16_t slot, const struct frame *frame)
{
    struct schedule_client *client = &schedule_of(cluster)->client[node][slot];
    unsigned at = client->holding++;
    assert_true(at < SCHEDULE_HELD);
    client->tag[at] = frame->tag;
    client->message[at] = frame->message.sequence;
}

static inline void schedule_closed(struct cluster *cluster, uint16_t node, uint16_t slot)
{
    schedule_of(cluster)->client[node][slot] = (struct schedule_client){0};
}

static inline void client_publishes(struct cluster *cluster, uint16_t node)
{
    struct schedule *schedule = schedule_of(cluster);
    if (schedule->sequence + 1 == CLUSTER_SEQUENCES)
        return;
    uint64_t tag = ++schedule->client[node][0].published;
    struct message message = host_message(0, ++schedule->sequence);
    schedule->sent_as[node][tag] = schedule->sequence;
    cluster_say(cluster, node, 0, (struct frame){.kind = FRAME_PUBLISH, .tag = tag, .message = message});
}

static inline void client_acknowledges(struct cluster *cluster, uint16_t node)
{
    struct schedule_client *client = &schedule_of(cluster)->client[node][1];
    unsigned at = (unsigned)schedule_below(cluster, client->holding), last = --client->holding;
    uint64_t tag = client->tag[at];
    schedule_of(cluster)->acked[client->message[at]] = true;
    client->tag[at] = client->tag[last];
    client->message[at] = client->message[last];
    cluster_say(cluster, node, 1, (struct frame){.kind = FRAME_ACK, .tag = tag});
}

static inline void client_acts(struct cluster *cluster, uint16_t node)
{
    uint16_t slot = (uint16_t)schedule_below(cluster, 2);
    struct schedule_client *client = &schedule_of(cluster)->client[node][slot];
    if (!cluster->node[node].client_open[slot]) {
        cluster_open(cluster, node, slot);
    } else if (slot == 0) {
        client_publishes(cluster, node);
    } else if (!client->consumes) {
        client->consumes = true;
        cluster_consume(cluster, node, slot, SCHEDULE_HELD / 2);
    } else if (client->holding > 0) {
        client_acknowledges(cluster, node);
    }
}

static inline bool deliver_any(struct cluster *cluster, uint16_t self)
{
    uint16_t nodes = cluster->config.nodes;
    uint16_t from = (uint16_t)schedule_below(cluster, nodes);
    for (uint16_t i = 0; i < nodes; i++) {
        uint16_t peer = (uint16_t)((from + i) % nodes);
        for (unsigned turn = 0; turn < 2 && peer != self; turn++)
            if (cluster_can_deliver(cluster, self, peer, turn)) {
                cluster_deliver(cluster, self, peer, turn);
                return true;
            }
    }
    return false;
}

static inline void node_goes_down(struct cluster *cluster, uint16_t self)
{
    if (cluster->config.queue[0].fsync != FSYNC_NEVER && schedule_below(cluster, 2))
        cluster_crash_power(cluster, self, schedule_below(cluster, 4));
    else
        cluster_crash(cluster, self);
}

/* Whoever is apart meets again, at times. */
static inline void something_heals(struct cluster *cluster)
{
    memset(cluster->apart, 0, sizeof cluster->apart);
}

/* `self` hears nothing, or is not heard, or neither. */
static inline void node_is_cut_off(struct cluster *cluster, uint16_t self)
{
    uint64_t how = schedule_below(cluster, 4);
    for (uint16_t peer = 0; peer < cluster->config.nodes; peer++) {
        cluster->apart[self][peer] = how != 1;
        cluster->apart[peer][self] = how != 0;
    }
}

/* Whoever could lead wants to, all at once. */
static inline void patience_ends(struct cluster *cluster)
{
    for (uint16_t self = 0; self < cluster->config.nodes; self++)
        if (cluster->node[self].up && cluster_armed(cluster, self, BROKER_TIMER_ELECTION))
            cluster_fire(cluster, self, BROKER_TIMER_ELECTION);
}

static inline void something_breaks(struct cluster *cluster, uint16_t self)
{
    uint16_t nodes = cluster->config.nodes;
    if (!cluster->node[self].up)
        return;
    uint16_t other = (uint16_t)((self + 1 + schedule_below(cluster, nodes - 1u)) % nodes);
    switch (schedule_below(cluster, 12)) {
    case 0:
        cluster_break(cluster, self, other);
        return;
    case 1:
    case 2:
        cluster_give_up(cluster, self, other);
        return;
    case 3:
        cluster->apart[self][other] = !cluster->apart[self][other];
        return;
    case 4:
        node_is_cut_off(cluster, self);
        return;
    case 5:
    case 6:
        something_heals(cluster);
        return;
    case 7:
        node_goes_down(cluster, self);
        return;
    case 8:
    case 9:
        patience_ends(cluster);
        return;
    case 10: /* everybody suspects it */
        for (uint16_t peer = 0; peer < nodes; peer++)
            if (peer != self && cluster->node[peer].up)
                cluster_give_up(cluster, peer, self);
        return;
    default: /* it dies in the middle of a step */
        cluster->cut = (int)schedule_below(cluster, 8);
        if (cluster->node[self].continues)
            cluster_step(cluster, self, (struct broker_input){.kind = INPUT_CONTINUE});
        else if (!deliver_any(cluster, self))
            client_acts(cluster, self);
        cluster->cut = OUTPUTS_MAX;
        if (cluster->node[self].up)
            node_goes_down(cluster, self);
    }
}

static inline void timer_fires(struct cluster *cluster, uint16_t self)
{
    enum broker_timer timer = (enum broker_timer)schedule_below(cluster, BROKER_TIMER_ATTEMPT + 1);
    cluster->now_ns += 1000;
    if (cluster_armed(cluster, self, timer))
        cluster_fire(cluster, self, timer);
}

/* Mostly at a primary; else anywhere. */
static inline void some_client_acts(struct cluster *cluster, uint16_t self)
{
    for (uint16_t node = 0; node < cluster->config.nodes && schedule_below(cluster, 4) != 0; node++)
        if (cluster->node[node].up && cluster_view(cluster, node).role == ROLE_PRIMARY)
            self = node;
    client_acts(cluster, self);
}

static inline void deliver_somewhere(struct cluster *cluster, uint16_t self)
{
    for (uint16_t i = 0; i < cluster->config.nodes; i++)
        if (deliver_any(cluster, (uint16_t)((self + i) % cluster->config.nodes)))
            return;
}

static inline void node_goes_on(struct cluster *cluster, uint16_t self)
{
    struct cluster_node *node = &cluster->node[self];
    uint64_t what = schedule_below(cluster, 16);
    if (what < 3)
        some_client_acts(cluster, self);
    else if (what == 3)
        timer_fires(cluster, self);
    else if (what < 7 && node->fsyncs > 0)
        cluster_synced(cluster, self);
    else if (what < 10 && node->continues)
        cluster_step(cluster, self, (struct broker_input){.kind = INPUT_CONTINUE});
    else
        deliver_somewhere(cluster, self);
}

static inline void cluster_happens(struct cluster *cluster, unsigned trouble)
{
    uint16_t self = (uint16_t)schedule_below(cluster, cluster->config.nodes);
    if (!cluster->node[self].up) {
        if (schedule_below(cluster, 16) == 0)
            cluster_boot(cluster, self, false);
    } else if (schedule_below(cluster, 1000) < trouble) {
        something_breaks(cluster, self);
    } else {
        node_goes_on(cluster, self);
    }
}

static inline struct broker_config schedule_config(uint64_t seed)
{
    static const enum fsync_policy policies[] = {FSYNC_EACH, FSYNC_GROUP, FSYNC_EACH, FSYNC_NEVER};
    static const enum confirm_after confirms[] = {CONFIRM_AFTER_ALL, CONFIRM_AFTER_ALL, CONFIRM_AFTER_ONE,
                                                  CONFIRM_AFTER_ALL, CONFIRM_AFTER_PRIMARY};
    static const uint16_t sizes[][2] = {{3, 3}, {5, 3}, {5, 5}, {3, 2}, {3, 3}};
    const uint16_t *size = sizes[seed % 5];
    struct broker_config config = cluster_config(size[0], size[1], confirms[seed / 5 % 5]);
    config.queue[0].fsync = (uint8_t)policies[seed / 25 % 4];
    config.queue[0].ship_every_ns = seed / 100 % 4 == 1 ? 3000 : 0;
    config.queue[0].ship_delay_ns = seed / 100 % 4 == 2 ? 5000 : 0;
    config.partition_handling = seed % 11 == 3 ? PARTITION_IGNORE : PARTITION_PAUSE_MINORITY;
    config.operations_max = seed % 7 == 0 ? 3 : seed % 7 == 1 ? 16 : 200;
    return config;
}

/* A cluster that boots; `judge` is its owner's, zeroed. */
static inline struct cluster *schedule_new(struct broker_config config, uint64_t seed, void *judge,
                                           struct cluster_watch watch)
{
    struct cluster *cluster = cluster_bare(config);
    cluster->judge = judge;
    cluster->window = seed % 3 == 0 ? 4 : 0;
    cluster->watch = watch;
    stream_seed(&schedule_of(cluster)->stream, seed, DRAW_PICK, 0);
    for (uint16_t self = 0; self < config.nodes; self++)
        cluster_boot(cluster, self, true);
    return cluster;
}

static inline void schedule_run(struct cluster *cluster, uint64_t seed, unsigned steps)
{
    for (unsigned i = 0; i < steps; i++) {
        cluster_happens(cluster, 4 + (unsigned)(seed % 4) * 12);
        for (uint16_t self = 0; self < cluster->config.nodes; self++)
            cluster->node[self].frame_count = 0;
    }
}

#endif
