/* A host for a few nodes under test, with one replicated queue: connections between them that keep their order, disks
 * with crash images, timers that a test fires by hand, clients that are played by the test.
 *
 * Nothing happens by itself: a test delivers one thing after the other, or all there is (cluster_run()). */
#ifndef CRASHQ_TESTS_CLUSTER_HOST_H
#define CRASHQ_TESTS_CLUSTER_HOST_H

#include "broker_host.h"

#define CLUSTER_NODES 5
#define CLUSTER_CLIENTS 4 /* client slots of each node */
#define CLUSTER_SLOTS (CLUSTER_CLIENTS + 2 * CLUSTER_NODES)
#define CLUSTER_MESSAGES 512 /* that a node may hold; sequence numbers stay below eight times that */
#define CLUSTER_SEQUENCES (8 * CLUSTER_MESSAGES)
#define CLUSTER_DISK_BYTES (UINT64_C(1) << 22)
#define INBOX_MAX 4096
#define CLUSTER_FRAMES 2048 /* to clients, not taken */

enum wire_item_kind { ITEM_FRAME, ITEM_ASK, ITEM_OPENED, ITEM_LOST };

struct wire_item {
    enum wire_item_kind kind;
    unsigned life;
    struct frame frame;
};

struct wire_end {
    bool open, opening, cut, blocked;
    unsigned life; /* which connection it is: the opener counts them, the acceptor is told */
    struct wire_item *inbox;
    unsigned count;
};

/* One slot between nodes a < b: end 0 is b's, who opens, end 1 is a's. */
struct wire {
    struct wire_end end[2];
};

struct cluster_node {
    struct node *node;
    bool up, continues, refused;
    unsigned armed; /* bit per timer */
    int64_t armed_ns[BROKER_TIMER_ATTEMPT + 1];
    uint8_t *disk;
    uint64_t start, end, synced;
    uint64_t fsync[FSYNCS_MAX];
    unsigned fsyncs;
    bool client_open[CLUSTER_CLIENTS];
    unsigned closed[CLUSTER_CLIENTS];
    uint8_t held[CLUSTER_SEQUENCES]; /* by sequence: copies in the queue, as it says */
    struct host_frame *frames;       /* to clients, not taken yet */
    unsigned frame_count;
};

struct cluster;
/* What a test that judges wants to see. */
struct cluster_watch {
    void (*observed)(struct cluster *cluster, uint16_t node, const struct observation *seen);
    void (*sent)(struct cluster *cluster, uint16_t node, uint16_t slot, const struct frame *frame); /* to a client */
    void (*told)(struct cluster *cluster, uint16_t node, uint16_t peer, const struct frame *frame); /* to a node */
    void (*closed)(struct cluster *cluster, uint16_t node, uint16_t slot);
    void (*before)(struct cluster *cluster, uint16_t node, const struct broker_input *in);
    void (*stepped)(struct cluster *cluster, uint16_t node, const struct broker_input *in, int count);
};

struct cluster {
    struct broker_config config; /* .node aside */
    uint64_t block_bytes;
    struct cluster_node node[CLUSTER_NODES];
    struct wire wire[CLUSTER_NODES][CLUSTER_NODES][2]; /* [a][b][turn], a < b */
    bool apart[CLUSTER_NODES][CLUSTER_NODES];          /* nothing gets through */
    unsigned window;                                   /* frames under way that block a sender; 0: none do */
    int64_t now_ns;
    int cut; /* of the next step only so many outputs are performed; OUTPUTS_MAX: all */
    struct tape tape;
    struct broker_output outputs[OUTPUTS_MAX];
    struct cluster_watch watch;
    unsigned shipped[CLUSTER_NODES][FRAME_KINDS]; /* frames sent to this node by other nodes, by kind */
    unsigned sends[CLUSTER_NODES][FRAME_KINDS];   /* ... and by it */
    unsigned heard[CLUSTER_NODES][FRAME_KINDS];   /* frames of other nodes that this node read, by kind */
    void *judge;
    uint64_t steps;
};

/* ---- wires ---- */

static inline uint16_t cluster_peer_slot(uint16_t peer, unsigned turn)
{
    return (uint16_t)(CLUSTER_CLIENTS + 2u * peer + turn);
}

static inline struct wire *cluster_wire(struct cluster *cluster, uint16_t one, uint16_t other, unsigned turn)
{
    assert_true(one != other && turn < 2);
    return one < other ? &cluster->wire[one][other][turn] : &cluster->wire[other][one][turn];
}

static inline struct wire_end *cluster_end(struct cluster *cluster, uint16_t self, uint16_t peer, unsigned turn)
{
    return &cluster_wire(cluster, self, peer, turn)->end[self < peer];
}

static inline void end_push(struct wire_end *end, enum wire_item_kind kind, unsigned life, const struct frame *frame)
{
    assert_true(end->count < INBOX_MAX);
    end->inbox[end->count++] =
        (struct wire_item){.kind = kind, .life = life, .frame = frame != NULL ? *frame : (struct frame){0}};
}

static inline struct wire_item end_pop(struct wire_end *end)
{
    struct wire_item item = end->inbox[0];
    memmove(end->inbox, end->inbox + 1, --end->count * sizeof item);
    return item;
}

/* The other end hears of it once it has read what was sent before. */
static inline void end_gone(struct wire_end *end, struct wire_end *far)
{
    if (end->open || end->opening)
        end_push(far, ITEM_LOST, end->life, NULL);
    end->open = end->opening = end->cut = end->blocked = false;
}

/* ---- outputs ---- */

static inline void cluster_input(struct cluster *cluster, uint16_t node, struct broker_input in, int cut);

static inline void cluster_send(struct cluster *cluster, uint16_t self, uint16_t slot, const struct frame *frame)
{
    struct cluster_node *node = &cluster->node[self];
    if (slot < CLUSTER_CLIENTS) {
        if (!node->client_open[slot])
            return;
        if (cluster->watch.sent != NULL)
            cluster->watch.sent(cluster, self, slot, frame);
        assert_true(node->frame_count < CLUSTER_FRAMES);
        node->frames[node->frame_count++] = (struct host_frame){.slot = slot, .frame = *frame};
        return;
    }
    uint16_t peer = (uint16_t)((slot - CLUSTER_CLIENTS) / 2);
    unsigned turn = slot % 2u;
    struct wire_end *end = cluster_end(cluster, self, peer, turn), *far = cluster_end(cluster, peer, self, turn);
    if (cluster->watch.told != NULL)
        cluster->watch.told(cluster, self, peer, frame);
    cluster->sends[self][frame->kind]++;
    cluster->shipped[peer][frame->kind]++;
    if (end->open && !end->cut)
        end_push(far, ITEM_FRAME, end->life, frame);
}

static inline void cluster_open_wire(struct cluster *cluster, uint16_t self, uint16_t slot)
{
    uint16_t peer = (uint16_t)((slot - CLUSTER_CLIENTS) / 2);
    unsigned turn = slot % 2u;
    struct wire_end *end = cluster_end(cluster, self, peer, turn), *far = cluster_end(cluster, peer, self, turn);
    assert_true(slot >= CLUSTER_CLIENTS && peer < self && !end->open && !end->opening);
    end->opening = true;
    end->life++;
    end_push(far, ITEM_ASK, end->life, NULL);
}

static inline void cluster_close(struct cluster *cluster, uint16_t self, uint16_t slot)
{
    struct cluster_node *node = &cluster->node[self];
    if (slot < CLUSTER_CLIENTS) {
        node->client_open[slot] = false;
        node->closed[slot]++;
        if (cluster->watch.closed != NULL)
            cluster->watch.closed(cluster, self, slot);
        return;
    }
    uint16_t peer = (uint16_t)((slot - CLUSTER_CLIENTS) / 2);
    unsigned turn = slot % 2u;
    end_gone(cluster_end(cluster, self, peer, turn), cluster_end(cluster, peer, self, turn));
}

static inline void cluster_observe(struct cluster *cluster, uint16_t self, const struct observation *seen)
{
    struct cluster_node *node = &cluster->node[self];
    assert_true(seen->message.sequence < CLUSTER_SEQUENCES);
    uint8_t *held = &node->held[seen->message.sequence];
    if (seen->kind == OBSERVE_APPENDED || seen->kind == OBSERVE_RECOVERED)
        ++*held;
    if (seen->kind == OBSERVE_SETTLED || seen->kind == OBSERVE_DROPPED || seen->kind == OBSERVE_DISCARDED) {
        assert_true(*held > 0);
        --*held;
    }
    if (seen->kind == OBSERVE_APPENDED && seen->position != 0)
        assert_int_equal(seen->position, node->end);
    if (seen->kind == OBSERVE_RECOVERY_DONE)
        node->refused = seen->value != REFUSE_NOTHING;
    if (cluster->watch.observed != NULL)
        cluster->watch.observed(cluster, self, seen);
}

static inline bool timer_is_timeout(uint16_t timer)
{
    return timer == BROKER_TIMER_ELECTION || timer == BROKER_TIMER_ATTEMPT;
}

static inline void cluster_perform(struct cluster *cluster, uint16_t self, const struct broker_output *output)
{
    struct cluster_node *node = &cluster->node[self];
    switch ((enum output_kind)output->kind) {
    case OUTPUT_SEND:
        cluster_send(cluster, self, output->connection, &output->u.frame);
        return;
    case OUTPUT_OPEN:
        cluster_open_wire(cluster, self, output->connection);
        return;
    case OUTPUT_CLOSE:
        cluster_close(cluster, self, output->connection);
        return;
    case OUTPUT_ARM:
        assert_true(output->u.arm.max_ns >= output->u.arm.min_ns);
        assert_true(output->u.arm.min_ns >= 0 || output->timer == BROKER_TIMER_SHIP); /* which may be late */
        assert_true(output->timer <= BROKER_TIMER_ATTEMPT);
        assert_int_equal(output->flags, timer_is_timeout(output->timer) ? OUTPUT_TIMEOUT : 0);
        node->armed |= 1u << output->timer;
        node->armed_ns[output->timer] = output->u.arm.min_ns;
        return;
    case OUTPUT_CANCEL:
        node->armed &= ~(1u << output->timer);
        return;
    case OUTPUT_APPEND:
        assert_true(node->end + output->u.record.length <= CLUSTER_DISK_BYTES);
        memcpy(node->disk + node->end, &output->u.record, output->u.record.length);
        node->end += output->u.record.length;
        return;
    case OUTPUT_FSYNC:
        assert_true(node->fsyncs < FSYNCS_MAX);
        node->fsync[node->fsyncs++] = node->end;
        return;
    case OUTPUT_TRUNCATE:
        node->end = output->position;
        return;
    case OUTPUT_TRIM:
        assert_in_range(output->position, node->start, node->end);
        node->start = output->position;
        return;
    case OUTPUT_CONTINUE:
        assert_false(node->continues);
        node->continues = true;
        return;
    case OUTPUT_OBSERVE:
        cluster_observe(cluster, self, &output->u.observation);
        return;
    case OUTPUT_NONE:
        break;
    }
    fail();
}

/* ---- inputs ---- */

/* A sender hears that its window is full, or has drained, before anything else. */
static inline void cluster_flow(struct cluster *cluster, uint16_t self)
{
    for (uint16_t peer = 0; peer < cluster->config.nodes && cluster->window != 0; peer++)
        for (unsigned turn = 0; turn < 2 && peer != self; turn++) {
            struct wire_end *end = cluster_end(cluster, self, peer, turn);
            struct wire_end *far = cluster_end(cluster, peer, self, turn);
            bool full = far->count > cluster->window;
            if (!end->open || end->blocked == full || (!full && far->count > cluster->window / 2))
                continue;
            end->blocked = full;
            cluster_input(cluster, self,
                          (struct broker_input){.kind = full ? INPUT_BLOCKED : INPUT_WRITABLE,
                                                .connection = cluster_peer_slot(peer, turn)},
                          OUTPUTS_MAX);
        }
}

static inline void cluster_input(struct cluster *cluster, uint16_t self, struct broker_input in, int cut)
{
    struct cluster_node *node = &cluster->node[self];
    struct disk_view disk = {.bytes = node->disk + node->start, .start = node->start, .end = node->end};
    assert_true(node->up);
    if (in.kind == INPUT_CONTINUE) {
        assert_true(node->continues);
        node->continues = false;
    }
    if (in.kind == INPUT_BOOT || in.kind == INPUT_CONTINUE)
        in.disk = &disk;
    in.now_ns = cluster->now_ns;
    in.tape = &cluster->tape;
    cluster->tape.used = 0;
    cluster->tape.key = cluster->steps++;
    if (cluster->watch.before != NULL)
        cluster->watch.before(cluster, self, &in);
    int count = broker_step(node->node, &in, cluster->outputs);
    if (cluster->watch.stepped != NULL)
        cluster->watch.stepped(cluster, self, &in, count);
    assert_in_range(count, 0, OUTPUTS_MAX);
    for (int i = 0; i < count && i < cut; i++)
        cluster_perform(cluster, self, &cluster->outputs[i]);
    if (cut == OUTPUTS_MAX)
        cluster_flow(cluster, self);
}

static inline void cluster_step(struct cluster *cluster, uint16_t self, struct broker_input in)
{
    int cut = cluster->cut;
    cluster->cut = OUTPUTS_MAX;
    cluster_input(cluster, self, in, cut);
}

/* ---- what a node meets ---- */

static inline void cluster_boot(struct cluster *cluster, uint16_t self, bool first)
{
    struct cluster_node *node = &cluster->node[self];
    struct broker_config config = cluster->config;
    config.node = self;
    assert_false(node->up);
    memset(node->node, 0, cluster->block_bytes);
    memset(node->held, 0, sizeof node->held);
    node->up = true;
    node->continues = node->refused = false;
    node->armed = node->fsyncs = 0;
    broker_init(node->node, &config, cluster->block_bytes);
    cluster_step(cluster, self, (struct broker_input){.kind = INPUT_BOOT, .flags = first ? INPUT_FIRST_BOOT : 0});
}

static inline void cluster_crash(struct cluster *cluster, uint16_t self)
{
    struct cluster_node *node = &cluster->node[self];
    node->up = false;
    for (uint16_t slot = 0; slot < CLUSTER_CLIENTS; slot++)
        if (node->client_open[slot])
            cluster_close(cluster, self, slot);
    for (uint16_t peer = 0; peer < cluster->config.nodes; peer++)
        for (unsigned turn = 0; turn < 2 && peer != self; turn++)
            end_gone(cluster_end(cluster, self, peer, turn), cluster_end(cluster, peer, self, turn));
}

/* The machine dies: what was not synced is lost, but for `records` of it. */
static inline void cluster_crash_power(struct cluster *cluster, uint16_t self, uint64_t records)
{
    struct cluster_node *node = &cluster->node[self];
    uint64_t whole = node->synced > node->start ? node->synced : node->start;
    cluster_crash(cluster, self);
    for (uint32_t length; records > 0 && whole < node->end; records--) {
        memcpy(&length, node->disk + whole, sizeof length);
        whole += length;
    }
    node->end = node->synced = whole;
}

static inline void cluster_wipe(struct cluster *cluster, uint16_t self)
{
    cluster_crash(cluster, self);
    cluster->node[self].start = cluster->node[self].end = cluster->node[self].synced = 0;
}

static inline bool cluster_can_deliver(struct cluster *cluster, uint16_t self, uint16_t peer, unsigned turn)
{
    return cluster_end(cluster, self, peer, turn)->count > 0 && !cluster->apart[self][peer];
}

/* The oldest thing under way to `self` on a wire. */
static inline void cluster_deliver(struct cluster *cluster, uint16_t self, uint16_t peer, unsigned turn)
{
    struct wire_end *end = cluster_end(cluster, self, peer, turn), *far = cluster_end(cluster, peer, self, turn);
    struct wire_item item = end_pop(end);
    uint16_t slot = cluster_peer_slot(peer, turn);
    struct broker_input in = {.connection = slot, .flags = INPUT_PEER_NODE, .value = peer};
    if (item.kind == ITEM_ASK) {
        if (!cluster->node[self].up) {
            end_push(far, ITEM_LOST, item.life, NULL);
            return;
        }
        assert_false(end->open);
        end->open = true;
        end->life = item.life;
        end_push(far, ITEM_OPENED, item.life, NULL);
        in.kind = INPUT_OPENED;
        cluster_step(cluster, self, in);
        return;
    }
    if (!cluster->node[self].up || (!end->open && !end->opening) || item.life != end->life)
        return;
    if (item.kind == ITEM_OPENED) {
        end->open = true;
        end->opening = false;
        in.kind = INPUT_OPENED;
    } else if (item.kind == ITEM_LOST) {
        end->open = end->opening = end->cut = end->blocked = false;
        in.kind = INPUT_LOST;
        in.flags = 0;
    } else {
        in.kind = INPUT_FRAME;
        in.frame = item.frame;
        cluster->heard[self][item.frame.kind]++;
    }
    cluster_step(cluster, self, in);
    if (cluster->node[peer].up && item.kind == ITEM_FRAME)
        cluster_flow(cluster, peer);
}

static inline void end_reset(struct wire_end *end)
{
    while (end->count > 0 && end->inbox[end->count - 1].kind == ITEM_FRAME)
        end->count--;
    end->cut = true;
    end_push(end, ITEM_LOST, end->life, NULL);
}

/* Both ends will hear that the connection is reset; what is under way is lost. */
static inline void cluster_break(struct cluster *cluster, uint16_t one, uint16_t other)
{
    for (unsigned turn = 0; turn < 2; turn++) {
        struct wire *wire = cluster_wire(cluster, one, other, turn);
        struct wire_end *opener = &wire->end[0], *acceptor = &wire->end[1];
        bool same = opener->life == acceptor->life;
        if (acceptor->open && !acceptor->cut) {
            end_reset(acceptor);
            if (same && (opener->open || opener->opening))
                end_reset(opener);
        }
    }
}

/* `self` has heard nothing from `peer` for too long. */
static inline void cluster_give_up(struct cluster *cluster, uint16_t self, uint16_t peer)
{
    for (unsigned turn = 0; turn < 2; turn++) {
        struct wire_end *end = cluster_end(cluster, self, peer, turn);
        if (!end->open)
            continue;
        end_gone(end, cluster_end(cluster, peer, self, turn));
        cluster_step(cluster, self,
                     (struct broker_input){
                         .kind = INPUT_LOST, .flags = INPUT_SILENT, .connection = cluster_peer_slot(peer, turn)});
    }
}

static inline void cluster_synced(struct cluster *cluster, uint16_t self)
{
    struct cluster_node *node = &cluster->node[self];
    assert_true(node->fsyncs > 0);
    uint64_t position = node->fsync[0];
    memmove(node->fsync, node->fsync + 1, --node->fsyncs * sizeof position);
    node->synced = position;
    cluster_step(cluster, self, (struct broker_input){.kind = INPUT_SYNCED, .value = position});
}

static inline bool cluster_armed(const struct cluster *cluster, uint16_t self, enum broker_timer timer)
{
    return (cluster->node[self].armed >> timer & 1) != 0;
}

static inline void cluster_fire(struct cluster *cluster, uint16_t self, enum broker_timer timer)
{
    assert_true(cluster_armed(cluster, self, timer));
    cluster->node[self].armed &= ~(1u << timer);
    cluster_step(cluster, self, (struct broker_input){.kind = INPUT_TIMER, .timer = (uint16_t)timer});
}

/* Whatever is due at a node, each once: what is under way to it, its next step, its oldest fsync. False: nothing. */
static inline bool cluster_run_node(struct cluster *cluster, uint16_t self, bool fsyncs)
{
    struct cluster_node *node = &cluster->node[self];
    bool any = false;
    for (uint16_t peer = 0; peer < cluster->config.nodes; peer++)
        for (unsigned turn = 0; turn < 2 && peer != self; turn++)
            if (cluster_can_deliver(cluster, self, peer, turn)) {
                cluster_deliver(cluster, self, peer, turn);
                any = true;
            }
    if (node->up && node->continues) {
        cluster_step(cluster, self, (struct broker_input){.kind = INPUT_CONTINUE});
        any = true;
    }
    if (node->up && node->fsyncs > 0 && fsyncs) {
        cluster_synced(cluster, self);
        any = true;
    }
    return any;
}

/* Everything but timers and faults, until nothing is left. `fsyncs`: they complete too. */
static inline void cluster_run_but(struct cluster *cluster, bool fsyncs)
{
    bool any = true;
    for (unsigned rounds = 0; any; rounds++) {
        assert_true(rounds < 100000);
        any = false;
        for (uint16_t self = 0; self < cluster->config.nodes; self++)
            any |= cluster_run_node(cluster, self, fsyncs);
    }
}

/* ... until `self` has read so many more frames of a kind. */
static inline void cluster_run_until_heard(struct cluster *cluster, uint16_t self, enum frame_kind kind, unsigned more)
{
    unsigned wanted = cluster->heard[self][kind] + more;
    while (cluster->heard[self][kind] < wanted)
        for (uint16_t node = 0; node < cluster->config.nodes; node++)
            cluster_run_node(cluster, node, true);
}

static inline void cluster_run(struct cluster *cluster)
{
    cluster_run_but(cluster, true);
}

/* Nodes without a connection to a lower-numbered one try again; attempts that hang are made anew. */
static inline void cluster_reconnect(struct cluster *cluster)
{
    static const enum broker_timer timers[] = {BROKER_TIMER_ATTEMPT, BROKER_TIMER_CONNECT};
    for (uint16_t self = 0; self < cluster->config.nodes; self++)
        for (unsigned i = 0; i < 2; i++)
            if (cluster->node[self].up && cluster_armed(cluster, self, timers[i]))
                cluster_fire(cluster, self, timers[i]);
    cluster_run(cluster);
}

/* ---- a cluster's life ---- */

static inline struct broker_config cluster_config(uint16_t nodes, uint16_t replicas, enum confirm_after confirm_after)
{
    struct broker_config config = {
        .nodes = nodes,
        .queues = 1,
        .connections = (uint16_t)(CLUSTER_CLIENTS + 2 * nodes),
        .peer_slots = CLUSTER_CLIENTS,
        .operations_max = 64,
        .unconfirmed_max = 1000,
    };
    config.queue[0] = (struct queue_config){
        .durable = 1,
        .fsync = FSYNC_EACH,
        .fsync_interval_ns = 1000,
        .replication = REPLICATION_PASSIVE,
        .confirm_after = (uint8_t)confirm_after,
        .catch_up = 1,
        .replicas = (uint16_t)((1u << replicas) - 1),
    };
    return config;
}

static inline struct cluster *cluster_bare(struct broker_config config)
{
    struct cluster *cluster = calloc(1, sizeof *cluster);
    cluster->config = config;
    cluster->cut = OUTPUTS_MAX;
    cluster->block_bytes = broker_block_bytes(&config, CLUSTER_MESSAGES);
    tape_draw(&cluster->tape, 7);
    for (uint16_t self = 0; self < config.nodes; self++) {
        cluster->node[self].node = host_reserve(cluster->block_bytes);
        cluster->node[self].disk = host_reserve(CLUSTER_DISK_BYTES);
        cluster->node[self].frames = calloc(CLUSTER_FRAMES, sizeof *cluster->node[self].frames);
        for (uint16_t peer = 0; peer < config.nodes; peer++)
            for (unsigned turn = 0; turn < 2 && peer != self; turn++)
                cluster_end(cluster, self, peer, turn)->inbox = calloc(INBOX_MAX, sizeof(struct wire_item));
    }
    return cluster;
}

/* All nodes booted for the first time, connected, and everything said. */
static inline struct cluster *cluster_new(struct broker_config config)
{
    struct cluster *cluster = cluster_bare(config);
    for (uint16_t self = 0; self < config.nodes; self++)
        cluster_boot(cluster, self, true);
    cluster_run(cluster);
    return cluster;
}

static inline void cluster_free(struct cluster *cluster)
{
    for (uint16_t self = 0; self < cluster->config.nodes; self++) {
        host_release(cluster->node[self].node, cluster->block_bytes);
        host_release(cluster->node[self].disk, CLUSTER_DISK_BYTES);
        free(cluster->node[self].frames);
        for (uint16_t peer = 0; peer < cluster->config.nodes; peer++)
            for (unsigned turn = 0; turn < 2 && peer != self; turn++)
                free(cluster_end(cluster, self, peer, turn)->inbox);
    }
    free(cluster);
}

/* ---- clients ---- */

static inline void cluster_open(struct cluster *cluster, uint16_t self, uint16_t slot)
{
    cluster->node[self].client_open[slot] = true;
    cluster_step(cluster, self, (struct broker_input){.kind = INPUT_OPENED, .connection = slot});
}

static inline void cluster_say(struct cluster *cluster, uint16_t self, uint16_t slot, struct frame frame)
{
    cluster_step(cluster, self, (struct broker_input){.kind = INPUT_FRAME, .connection = slot, .frame = frame});
}

/* The message's sequence is also its publish number. */
static inline void cluster_publish(struct cluster *cluster, uint16_t self, uint16_t slot, uint64_t sequence)
{
    cluster_say(cluster, self, slot,
                (struct frame){.kind = FRAME_PUBLISH, .tag = sequence, .message = host_message(0, sequence)});
}

static inline void cluster_consume(struct cluster *cluster, uint16_t self, uint16_t slot, uint32_t prefetch)
{
    cluster_say(cluster, self, slot, (struct frame){.kind = FRAME_CONSUME, .count = prefetch});
}

/* Takes the oldest frame to a client; FRAME_NONE when there is none. */
static inline struct frame cluster_take(struct cluster *cluster, uint16_t self, uint16_t slot)
{
    struct cluster_node *node = &cluster->node[self];
    for (unsigned i = 0; i < node->frame_count; i++) {
        if (node->frames[i].slot != slot)
            continue;
        struct frame frame = node->frames[i].frame;
        memmove(node->frames + i, node->frames + i + 1, (--node->frame_count - i) * sizeof node->frames[0]);
        return frame;
    }
    return (struct frame){0};
}

static inline void cluster_expect_confirm(struct cluster *cluster, uint16_t self, uint16_t slot, uint64_t tag)
{
    struct frame frame = cluster_take(cluster, self, slot);
    assert_int_equal(frame.kind, FRAME_CONFIRM);
    assert_int_equal(frame.tag, tag);
}

static inline void cluster_expect_nothing(struct cluster *cluster, uint16_t self, uint16_t slot)
{
    assert_int_equal(cluster_take(cluster, self, slot).kind, FRAME_NONE);
}

static inline struct queue_view cluster_view(const struct cluster *cluster, uint16_t self)
{
    return broker_queue_view(cluster->node[self].node, 0);
}

static inline void cluster_expect_role(const struct cluster *cluster, uint16_t self, enum broker_role role,
                                       uint64_t epoch)
{
    struct queue_view view = cluster_view(cluster, self);
    assert_int_equal(view.role, role);
    assert_int_equal(view.epoch, epoch);
}

/* Messages 1 .. count, published to node 0 and confirmed. */
static inline struct cluster *cluster_with_messages(struct broker_config config, uint64_t count)
{
    struct cluster *cluster = cluster_new(config);
    cluster_open(cluster, 0, 0);
    for (uint64_t i = 1; i <= count; i++)
        cluster_publish(cluster, 0, 0, i);
    cluster_run(cluster);
    return cluster;
}

#endif
