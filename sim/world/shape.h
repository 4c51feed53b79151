/* What a world is made of, fixed for its life: who the actors are, which connection joins whom, where each part
 * lies. Made from a plan once, shared read-only by every world and checker of that plan.
 *
 * Actors are numbered nodes first, then every producer of every group, then every consumer. Each (client, node) pair
 * has two connection slots that serve in turn. Connection numbers: ((client * nodes) + node) * 2 + turn. A client's
 * own slot is node * 2 + turn; a node's own slot is client * 2 + turn (client counted from 0).
 *
 * Where a queue is replicated passively the nodes speak to one another: each pair of them has two slots as well,
 * behind all those of clients, pair by pair: (1, 0), (2, 0), (2, 1), (3, 0), ... The higher-numbered node opens.
 * A node's own slot is then peer_slots + peer * 2 + turn; the two that would lead to itself lead nowhere.
 *
 * An end of a connection: 0 is its opener's (the client's; the higher node's), 1 its acceptor's.
 *
 * Parts, in this order: one per actor (host head + block), one disk per node, one per connection, the monitor, the
 * budgets. */
#ifndef CRASHQ_SHAPE_H
#define CRASHQ_SHAPE_H

#include "models/broker/broker.h"
#include "models/client/client.h"
#include "models/oracle/oracle.h"
#include "sim/plan/plan.h"

enum shape_purpose {
    SHAPE_RUN,   /* generous limits, memory committed lazily */
    SHAPE_CHECK, /* small blocks; `check:` bounds messages and faults */
};

/* Names of up to this many bytes always fit into an action's text. */
#define SHAPE_NAME_MAX 40

struct shape_actor {
    char *name;          /* "n1", "web.1" (always numbered for clients) */
    uint8_t is_node;
    uint8_t kind;        /* enum client_kind */
    uint16_t group;      /* index into plan->producers or plan->consumers */
    uint32_t member;     /* 0-based in its group */
    uint64_t block_bytes;
};

#define SHAPE_PAIRS_MAX (NODES_MAX * (NODES_MAX - 1) / 2)
#define SHAPE_NO_CONNECTION UINT32_MAX

struct world_shape {
    const struct plan *plan; /* borrowed */
    enum shape_purpose purpose;
    uint32_t node_count, client_count, actor_count, connection_count, part_count;
    uint32_t client_connections; /* connections from here on join nodes */
    uint32_t pair_count;         /* of nodes that connect to one another: all pairs, or none */
    uint8_t pair[SHAPE_PAIRS_MAX][2]; /* by end: who opens, who accepts */
    uint32_t window_frames;     /* high water of a connection direction: beyond it the sender is blocked */
    uint32_t connection_frames; /* capacity of a direction: window_frames + OUTPUTS_MAX */
    uint64_t disk_bytes;        /* reserved per log */
    uint64_t oracle_bytes;
    struct shape_actor *actors;
    struct broker_config *broker;   /* per node */
    struct client_config *client;   /* per client */
    struct oracle_config oracle;
    struct oracle_client *oracle_client;
};

struct world_shape *shape_new(const struct plan *plan, enum shape_purpose purpose);
void shape_free(struct world_shape *shape);

/* Whether equal states of so large a world can be told: parts have room for so many anchors (fingerprint.c). */
bool shape_can_be_checked(const struct world_shape *shape);

/* shape_promises.c: bits of enum property that hold whatever may happen, for every queue; consumers of a queue. */
uint32_t shape_promises(const struct world_shape *shape);
uint32_t shape_queue_consumers(const struct world_shape *shape, uint32_t queue);

/* Where things are. */
static inline bool shape_is_node(const struct world_shape *s, uint32_t actor) { return actor < s->node_count; }
static inline bool shape_joins_nodes(const struct world_shape *s, uint32_t connection)
{
    return connection >= s->client_connections;
}
/* Whether the ends of a connection carry failure detectors that tick: in a check that has a budget for it. */
static inline bool shape_watches(const struct world_shape *s, uint32_t connection)
{
    return s->purpose == SHAPE_CHECK && s->plan->check.ticks > 0 && shape_joins_nodes(s, connection);
}
static inline uint32_t shape_connection_turn(uint32_t connection) { return connection % 2; }
/* The actor at an end. */
static inline uint32_t shape_actor_at(const struct world_shape *s, uint32_t connection, unsigned end)
{
    if (shape_joins_nodes(s, connection))
        return s->pair[(connection - s->client_connections) / 2][end];
    return end == 1 ? connection / 2 % s->node_count : s->node_count + connection / 2 / s->node_count;
}
/* The end that is this actor's; it has one of them. */
static inline unsigned shape_end_of(const struct world_shape *s, uint32_t connection, uint32_t actor)
{
    return shape_actor_at(s, connection, 1) == actor;
}

/* A node's first slot towards other nodes, and how many own slots an actor has. */
static inline uint32_t shape_peer_slots(const struct world_shape *s) { return 2 * s->client_count; }
static inline uint32_t shape_slots(const struct world_shape *s, uint32_t actor)
{
    if (!shape_is_node(s, actor))
        return 2 * s->node_count;
    return shape_peer_slots(s) + (s->pair_count > 0 ? 2 * s->node_count : 0);
}
/* The slot that a connection is to the actor at an end. */
static inline uint16_t shape_slot_at(const struct world_shape *s, uint32_t connection, unsigned end)
{
    uint32_t peer = shape_actor_at(s, connection, 1 - end), slots = 2 * peer;
    if (shape_joins_nodes(s, connection))
        slots += shape_peer_slots(s);
    else if (end == 1)
        slots -= 2 * s->node_count;
    return (uint16_t)(slots + shape_connection_turn(connection));
}
/* The connection between two actors that serves in this turn; SHAPE_NO_CONNECTION: they have none. */
static inline uint32_t shape_connection_between(const struct world_shape *s, uint32_t a, uint32_t b, uint32_t turn)
{
    uint32_t low = a < b ? a : b, high = a < b ? b : a;
    if (low >= s->node_count || low == high)
        return SHAPE_NO_CONNECTION;
    if (high >= s->node_count)
        return ((high - s->node_count) * s->node_count + low) * 2 + turn;
    return s->pair_count > 0 ? s->client_connections + high * (high - 1) + low * 2 + turn : SHAPE_NO_CONNECTION;
}
/* The connection that an actor's own slot is; SHAPE_NO_CONNECTION: a node's towards itself. */
static inline uint32_t shape_connection_of(const struct world_shape *s, uint32_t actor, uint32_t slot)
{
    uint32_t peer = slot / 2;
    if (shape_is_node(s, actor))
        peer = slot < shape_peer_slots(s) ? s->node_count + peer : peer - s->client_count;
    return shape_connection_between(s, actor, peer, slot % 2);
}

/* A timer's name, and whether it is a time-out (OUTPUT_TIMEOUT when armed, CHECKed): in a check it then fires only
 * within the budget. */
const char *shape_timer_name(const struct world_shape *shape, uint32_t actor, uint32_t timer);
bool shape_timer_is_timeout(const struct world_shape *shape, uint32_t actor, uint32_t timer);

static inline uint32_t shape_part_disk(const struct world_shape *s, uint32_t node) { return s->actor_count + node; }
static inline uint32_t shape_part_connection(const struct world_shape *s, uint32_t connection)
{
    return s->actor_count + s->node_count + connection;
}
static inline uint32_t shape_part_monitor(const struct world_shape *s)
{
    return s->actor_count + s->node_count + s->connection_count;
}
static inline uint32_t shape_part_budget(const struct world_shape *s) { return shape_part_monitor(s) + 1; }

#endif
