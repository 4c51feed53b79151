/* A client's block, and the verbs of its files. Private to the room.
 *
 *   struct client | links | dedupe ring | objects that come and go
 *
 * A link is one connection after the other: to whichever node serves, or each to a replica of its own.
 *
 * Producer: every message that is not over yet (unanswered, or not even sent) is a letter in one list, in the order of
 * sequences. Each link goes through that list from the head: the letters before its `unsent` went out on its
 * connection, in the order of their tags, and those from `waiting` on have no answer there. Losing the connection only
 * moves both back to the head, so it costs nothing however many were under way, and what has no answer on this link
 * goes out on it again before anything new. A letter is over when enough links have an answer.
 *
 * Consumer: what a link brought is a list in the order of arrival. One message at a time is worked on, the head of one
 * of the lists (`serving`); then it goes to that link's list of acks owed, until the send window takes its ack. */
#ifndef CRASHQ_CLIENT_BLOCK_H
#define CRASHQ_CLIENT_BLOCK_H

#include <stddef.h>

#include "models/base/arena.h"
#include "models/base/omap.h"
#include "models/base/ring.h"
#include "models/client/client.h"

struct letter_ref {
    uint32_t at;
};
struct held_ref {
    uint32_t at;
};

struct letter {
    uint64_t sequence;
    uint32_t size_bytes;
    uint32_t attempts; /* sends so far, on all links, but for those that a node refused */
    struct letter_ref before, after;
    uint16_t answered; /* bit per link */
    uint8_t told;      /* enough links answered, and the observers know: kept only for a replica that misses it */
    uint8_t reserved;
    uint32_t reserved2;
    uint64_t tag[]; /* by link: on its connection; void when unsent there */
};

struct held {
    struct message message;
    uint64_t tag;
    struct held_ref after;
    uint8_t flags; /* of its ack */
    uint8_t times; /* that its ack is sent */
    uint16_t reserved;
};

struct held_list {
    struct held_ref first, last;
};

enum link_state { LINK_DOWN, LINK_CONNECTING, LINK_OPEN };

struct link {
    uint8_t state;       /* enum link_state */
    uint8_t blocked;     /* the send window is full */
    uint8_t backoff;     /* doublings so far */
    uint8_t hint;        /* 1 + the node that leads, as the last one said; 0: it did not */
    uint8_t turned_away; /* by nodes that do not lead, since one last did its work */
    uint8_t node;   /* talked to, or to be tried next */
    uint16_t tried; /* bit per node, since one last did its work or all had been tried */
    uint16_t slot;  /* CONNECTING, OPEN */
    uint16_t turns; /* bit per node: the slot to use next */
    /* producer */
    uint32_t sent;         /* letters under way: sent, without an answer */
    uint64_t next_tag;     /* of the next publish on this connection; 0: not open */
    uint64_t retry_tag;    /* publishes up to here were out when the retry timer was armed */
    uint64_t answered_tag; /* publishes up to here are answered */
    struct letter_ref waiting, unsent;
    /* consumer */
    struct held_list held, owed;
};

struct client {
    struct arena arena;
    struct client_config config;
    uint32_t link_table;
    uint8_t links;
    uint8_t continues; /* an OUTPUT_CONTINUE has not come back yet */
    uint8_t arrival_armed, retry_armed, deadline_armed; /* producer */
    uint8_t serving; /* consumer: 1 + the link whose head the service timer runs for; 0: none */
    uint8_t served;  /* consumer: the link that was served last; the next is looked for from behind it */
    uint8_t reserved;
    uint32_t letter_units;
    /* producer */
    uint64_t attempted;     /* messages so far */
    uint64_t deadline_mark; /* messages up to here had come due when the deadline's timer was armed */
    uint64_t expired;       /* messages up to here are too old to be sent */
    struct letter_ref first, last;
    struct letter_ref review; /* from here on letters may have become over without a new answer */
    uint32_t wanted;          /* closed loop: messages to attempt */
    /* consumer */
    struct held_ref discard; /* held when a connection was lost: given back bit by bit */
    uint32_t reserved2;
    struct omap known; /* dedupe: key -> 1 */
    struct ring window; /* the same keys, oldest first */
};

static_assert(sizeof(struct letter) == 32, "no padding in stored structs");
static_assert(sizeof(struct held) == 48, "no padding in stored structs");
static_assert(sizeof(struct link) == 64, "no padding in stored structs");
static_assert(sizeof(struct client_config) == 96, "no padding in stored structs");
static_assert(sizeof(struct client) == 48 + 96 + 16 + 24 + 16 + 8 + 40, "no padding in stored structs");
static_assert(CLIENT_TIMERS <= TIMERS_MAX, "a timer of each kind per link");

#define UNITS_OF(type) ((uint32_t)(sizeof(type) / UNIT_BYTES))

static inline struct link *link_at(const struct client *client, uint32_t link)
{
    CHECK(link < client->links);
    return (struct link *)arena_at(&client->arena, client->link_table) + link;
}

static inline struct letter *letter_at(const struct client *client, struct letter_ref ref)
{
    return arena_at(&client->arena, ref.at);
}

static inline struct held *held_at(const struct client *client, struct held_ref ref)
{
    return arena_at(&client->arena, ref.at);
}

/* Whether every link that is open counts, and no number of them is enough. */
static inline bool client_takes_all(const struct client *client)
{
    return client->config.acks_needed == 0 || !client->config.confirms;
}

/* One step under way. */
struct step {
    struct client *client;
    const struct broker_input *in;
    struct broker_output *outputs;
    uint32_t count; /* outputs so far */
    uint32_t work;  /* messages that this step may still move */
};

/* client_step.c */
struct broker_output *client_output(struct step *step, enum output_kind kind);
void client_send(struct step *step, const struct link *link, const struct frame *frame);
/* `link`: whose connection it is about; NULL: none's. */
struct observation *client_observe(struct step *step, const struct link *link, enum observation_kind kind);
void client_arm(struct step *step, uint32_t timer, uint8_t flags, int64_t ns);
void client_cancel(struct step *step, uint32_t timer);

/* client_connect.c */
void connect_start(struct step *step, uint32_t link);
void connect_opened(struct step *step, uint32_t link);
void connect_lost(struct step *step, uint32_t link);    /* the connection, or the attempt, is gone; its slot is free */
void connect_abandon(struct step *step, uint32_t link); /* closes it from this side */
void connect_turned_away(struct step *step, uint32_t link, const struct frame *frame); /* that node does not lead */

/* letter.c: the list of letters, and the links' places in it */
struct letter_ref letter_append(struct client *client); /* a new last letter; .at = 0 when the block is full */
void letter_remove(struct client *client, struct letter_ref ref);
/* A letter has its answer or is given up: a closed loop attempts another. */
void letter_over(struct client *client);
/* Have enough links answered it? Without confirms: has it gone out on all that are open? */
bool letter_is_answered(const struct client *client, const struct letter *letter);
/* It went out on a link's connection, and that has not been lost since. */
bool letter_was_sent(const struct client *client, const struct letter *letter, uint32_t link);
bool letter_is_under_way(const struct client *client, const struct letter *letter);
void letter_answer(struct client *client, struct letter_ref ref, uint32_t link); /* this link has its answer */
void link_rewind(struct client *client, uint32_t link); /* its connection is lost: it begins at the head again */

/* producer.c */
void producer_boot(struct step *step);
void producer_arrival(struct step *step);
void producer_opened(struct step *step, uint32_t link);
void producer_lost(struct step *step, uint32_t link);
void producer_pump(struct step *step); /* sends what may be sent, within the step's work */
bool producer_has_backlog(const struct client *client);
/* What the message of a letter is. */
struct message producer_message(const struct client *client, const struct letter *letter);
void producer_give_up(struct step *step, const struct message *message); /* one that has no letter */
void producer_give_up_letter(struct step *step, struct letter_ref ref);

/* producer_confirm.c */
void producer_confirm(struct step *step, uint32_t link, const struct frame *frame);
void producer_turned_away(struct step *step, uint32_t link, uint64_t tag);
void producer_retry(struct step *step);
bool producer_has_answers(const struct client *client);
void producer_work_answers(struct step *step);
void producer_retry_arm(struct step *step);
void producer_retry_forget(struct step *step); /* a link is lost: the time-out, if nobody waits any more */

/* producer_deadline.c */
void producer_deadline(struct step *step);
bool producer_has_expired(const struct client *client);
void producer_work_expired(struct step *step);
void producer_deadline_arm(struct step *step);

/* consumer.c */
void consumer_opened(struct step *step, uint32_t link);
void consumer_lost(struct step *step, uint32_t link);
void consumer_deliver(struct step *step, uint32_t link, const struct frame *frame);
void consumer_served(struct step *step);
void consumer_pump(struct step *step); /* the next message, acks owed, leftovers */
bool consumer_has_backlog(const struct client *client);
/* A new last one; .at = 0 when the block is full. */
struct held_ref held_append(struct client *client, struct held_list *list);

/* consumer_dedupe.c */
bool dedupe_knows(const struct client *client, const struct message *message);
void dedupe_remember(struct client *client, uint64_t key);
uint64_t dedupe_key(const struct message *message);

/* Lays a client out in a zeroed block: header, configuration, links, dedupe window. */
void client_lay_out(struct client *client, const struct client_config *config, uint64_t block_bytes);

#endif
