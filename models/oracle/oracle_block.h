/* The monitor's block, and the verbs of its files. Private to the room.
 *
 *   struct oracle | views of nodes | views of clients | live messages and what maps need
 *
 * A message is live from the moment a node holds it until a consumer settles it or a declared rule disposes of it. Then
 * only its number stays, in sets that keep a run per gap. So memory follows what is live, and what was settled in order
 * costs nothing. */
#ifndef CRASHQ_ORACLE_BLOCK_H
#define CRASHQ_ORACLE_BLOCK_H

#include <stddef.h>

#include "models/base/seqset.h"
#include "models/oracle/oracle.h"

struct live_ref {
    uint32_t at;
};

/* Where a node holds a message: at a log position (where its record ends, so 32 at the least), or not in its log. */
#define HOLD_NOWHERE UINT64_C(0)
#define HOLD_MEMORY UINT64_C(1)

enum live_flag {
    LIVE_CONFIRMED = 1, /* its producer knows that it is safe */
    LIVE_LOST = 2,      /* ... and it is not: found once, told once */
};

struct live {
    uint8_t flags;      /* enum live_flag */
    uint8_t reserved;
    uint16_t recovered; /* bit per node: seen again since its last crash */
    uint32_t held;      /* consumers that hold it unacknowledged now */
    uint16_t ruled;     /* bit per node: only its memory held it when it crashed, and it has not taken it again: while
                           nobody holds it, a declared rule disposed of it */
    uint16_t reserved2[3];
    uint64_t hold[];    /* by node: where its first copy is. Behind them, by node: how many copies (live_copies()) */
};

struct unacked { /* what a consumer holds */
    uint32_t producer; /* client index */
    uint32_t reserved;
    uint64_t sequence;
};

struct queue_watch { /* PASSIVE: the newest view that a primary committed */
    uint64_t epoch;   /* 0: none yet */
    uint16_t primary;
    uint16_t in_sync; /* bit per node */
    uint16_t timely;  /* bit per node: what it proposed last, it proposed before its epoch was over */
    uint16_t paused;  /* bit per node: it said so, and may go on */
};

struct link_view { /* one of the connections that a client keeps */
    uint8_t open;
    uint8_t reserved;
    uint16_t slot;
    uint32_t reserved2;
    struct seqset unanswered; /* publish tags */
    struct omap unacked;      /* delivery tag -> struct unacked */
    struct omap returned;     /* the same, of what its consumer gave back and what has not come again */
};

struct node_view {
    uint64_t log_end; /* of the whole records that its next boot finds */
    uint8_t down, refused, crashed, reserved[5];
};

enum { ORACLE_PRODUCER, ORACLE_CONSUMER }; /* struct oracle_client's kind, as in enum client_kind */

struct client_view {
    struct oracle_client config;
    uint32_t link_table;
    /* producer */
    uint64_t attempted;     /* highest sequence */
    uint64_t delivered_max; /* highest first delivery */
    struct seqset delivered, settled;
    struct omap live;       /* sequence -> struct live */
    /* consumer */
    struct omap completed; /* `once`: producer (client + 1) -> a struct seqset: what it worked on to the end */
};

struct oracle {
    struct arena arena;
    struct oracle_config config;
    uint32_t node_table, client_table, queue_table;
    uint32_t clients;
    uint8_t frozen; /* 1 + the promised property that was broken first; 0: none */
    uint8_t full;   /* the block had no room */
    uint16_t reserved;
    uint32_t reserved2;
};

static_assert(sizeof(struct live) == 16 && sizeof(struct unacked) == 16 && sizeof(struct node_view) == 16,
              "no padding in stored structs");
static_assert(sizeof(struct queue_watch) == 16 && sizeof(struct link_view) == 32, "no padding in stored structs");
static_assert(sizeof(struct oracle_client) == 12 && sizeof(struct client_view) == 64, "no padding in stored structs");
static_assert(sizeof(struct oracle) == 48 + sizeof(struct oracle_config) + 24, "no padding in stored structs");

/* One observation being judged. */
struct judgement {
    struct oracle *oracle;
    const struct observation *seen;
    struct verdict *verdict;
};

void oracle_lay_out(struct oracle *oracle, const struct oracle_config *config, uint32_t clients, uint64_t block_bytes);
void client_lay_out_links(struct oracle *oracle, struct client_view *client); /* its configuration is there */
uint32_t live_units(const struct oracle *oracle);

/* oracle_step.c */
void judge_exercise(struct judgement *judgement, enum property property);
void judge_breach(struct judgement *judgement, enum property property, const struct message *message);

static inline struct node_view *node_view(const struct oracle *oracle, uint32_t node)
{
    CHECK(node < oracle->config.nodes);
    return (struct node_view *)arena_at(&oracle->arena, oracle->node_table) + node;
}

static inline struct client_view *client_view(const struct oracle *oracle, uint32_t client)
{
    CHECK(client < oracle->clients);
    return (struct client_view *)arena_at(&oracle->arena, oracle->client_table) + client;
}

static inline struct queue_watch *queue_watch(const struct oracle *oracle, uint16_t queue)
{
    CHECK(queue < oracle->config.queues);
    return (struct queue_watch *)arena_at(&oracle->arena, oracle->queue_table) + queue;
}

static inline struct link_view *link_view(const struct oracle *oracle, const struct client_view *client, uint32_t link)
{
    CHECK(link < client->config.links);
    return (struct link_view *)arena_at(&oracle->arena, client->link_table) + link;
}

/* The view of the observing client. */
static inline struct client_view *observer_view(const struct judgement *judgement)
{
    CHECK(judgement->seen->actor >= judgement->oracle->config.nodes);
    return client_view(judgement->oracle, judgement->seen->actor - judgement->oracle->config.nodes);
}

/* The connection that an observation of a client speaks of. */
static inline struct link_view *observer_link(const struct judgement *judgement)
{
    const struct client_view *client = observer_view(judgement);
    uint32_t link = client->config.links == 1 ? 0 : judgement->seen->connection / 2u;
    return link_view(judgement->oracle, client, link);
}

static inline struct live *live_at(const struct oracle *oracle, struct live_ref ref)
{
    return arena_at(&oracle->arena, ref.at);
}

/* How many copies each node has, since its last crash: what was sent again lies in the queue twice. 16 bits are many;
 * there they stay. */
static inline uint16_t *live_copies(const struct oracle *oracle, struct live *live)
{
    return (uint16_t *)(live->hold + oracle->config.nodes);
}

/* Whether a node that may still serve it holds a message of this queue: of a replicated queue a member of the newest
 * in-sync set, of any other whichever node. */
bool live_held_by_nodes(const struct oracle *oracle, const struct live *live, uint16_t queue);

/* The producer's view, or NULL when no client of that number publishes. */
struct client_view *message_producer(const struct oracle *oracle, const struct message *message);
struct live *message_live(const struct oracle *oracle, const struct message *message); /* NULL: not live */

/* Calls for every live message, by producer and sequence (the rest of `message` is void); the visitor may end the life
 * of the one it is given. */
typedef void (*live_visitor)(struct judgement *judgement, struct live *live, const struct message *message);
void live_foreach(struct judgement *judgement, live_visitor visit);
void live_end(struct oracle *oracle, struct client_view *producer, uint64_t sequence);

/* one file each */
void durability_appended(struct judgement *judgement);
void durability_answered(struct judgement *judgement);
void durability_acked(struct judgement *judgement);
void durability_left(struct judgement *judgement);
void durability_discarded(struct judgement *judgement);
void durability_view(struct judgement *judgement); /* the newest view of a queue has changed */
void durability_crashed(struct judgement *judgement);
void durability_recovered(struct judgement *judgement);
void durability_recovery_done(struct judgement *judgement);
void no_phantom_delivered(struct judgement *judgement);
void fifo_delivered(struct judgement *judgement);
void one_answer_sent(struct judgement *judgement);
void one_answer_answer(struct judgement *judgement);
void one_answer_forget(struct judgement *judgement);
void no_duplicate_completed(struct judgement *judgement);
void no_duplicate_acked(struct judgement *judgement);
void no_duplicate_forget(struct judgement *judgement);
void single_leader_role(struct judgement *judgement);
void single_leader_proposed(struct judgement *judgement);
void prefetch_delivered(struct judgement *judgement);
void prefetch_acked(struct judgement *judgement);
void prefetch_forget(struct oracle *oracle, struct link_view *link);
void recovery_crashed(struct judgement *judgement);
void recovery_started(struct judgement *judgement);
void recovery_recovered(struct judgement *judgement);
void recovery_done(struct judgement *judgement);
void detection_beat(struct judgement *judgement);
void detection_look(struct judgement *judgement);
void liveness_quiet(struct judgement *judgement);

#endif
