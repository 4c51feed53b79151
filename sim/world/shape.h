/* What a world is made of, fixed for its life: who the actors are, which connection joins whom, where each part
 * lies. Made from a plan once, shared read-only by every world and checker of that plan.
 *
 * Actors are numbered nodes first, then every producer of every group, then every consumer. Each (client, node) pair
 * has two connection slots that serve in turn. Connection numbers: ((client * nodes) + node) * 2 + turn. A client's
 * own slot is node * 2 + turn; a node's own slot is client * 2 + turn (client counted from 0).
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

struct world_shape {
    const struct plan *plan; /* borrowed */
    enum shape_purpose purpose;
    uint32_t node_count, client_count, actor_count, connection_count, part_count;
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

/* Where things are. */
static inline bool shape_is_node(const struct world_shape *s, uint32_t actor) { return actor < s->node_count; }
static inline uint32_t shape_connection_client(const struct world_shape *s, uint32_t connection)
{
    return connection / 2 / s->node_count;
}
static inline uint32_t shape_connection_node(const struct world_shape *s, uint32_t connection)
{
    return connection / 2 % s->node_count;
}
static inline uint32_t shape_connection_turn(uint32_t connection) { return connection % 2; }
/* The actor at an end: 0 the client, 1 the node. */
static inline uint32_t shape_actor_at(const struct world_shape *s, uint32_t connection, unsigned end)
{
    return end == 1 ? shape_connection_node(s, connection) : s->node_count + shape_connection_client(s, connection);
}
/* The number of its own slots that an actor has, the slot that a connection is to the actor at an end, and back. */
static inline uint32_t shape_slots(const struct world_shape *s, uint32_t actor)
{
    return 2 * (shape_is_node(s, actor) ? s->client_count : s->node_count);
}
static inline uint16_t shape_slot_at(const struct world_shape *s, uint32_t connection, unsigned end)
{
    uint32_t peer = end == 1 ? shape_connection_client(s, connection) : shape_connection_node(s, connection);
    return (uint16_t)(peer * 2 + shape_connection_turn(connection));
}
static inline uint32_t shape_connection_of(const struct world_shape *s, uint32_t actor, uint32_t slot)
{
    if (!shape_is_node(s, actor))
        return (actor - s->node_count) * s->node_count * 2 + slot;
    return (slot / 2 * s->node_count + actor) * 2 + slot % 2;
}
static inline unsigned shape_end_of(const struct world_shape *s, uint32_t actor) { return shape_is_node(s, actor); }

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
