/* Producers and consumers: protocol-correct programs with the same step form as a node (half of all losses happen in
 * clients). A client talks to one node at a time; when its connection is lost or refused it tries the
 * next node of its list after a backoff that doubles. With active replication it keeps a link to each replica instead:
 * a producer sends every message on all of them, a consumer takes from all and works on each message once.
 *
 * Slots: a client's connection slot s leads to node s / 2; both slots of a node serve in turn, since the old connection
 * may still be dying when the new one opens.
 *
 * Producer: on each TIMER_ARRIVAL a message is attempted (OBSERVE_ATTEMPTED at its intended time), sent at once when
 * connected, writable and below max-in-flight, else kept in order. After a reconnect everything unanswered is sent
 * again in sequence order before anything new (attempts and deadline permitting). A nack counts as an answer. With
 * confirms off a message is forgotten once it is sent. Consumer: works on one message at a time in order of arrival for
 * a service time, then acks (or rejects); when its connection is lost, what it held is forgotten and a service that is
 * going on is broken off (tags of a lost connection are void). A client whose block is full gives up the message that
 * came due (producer), or its connection (consumer). */
#ifndef CRASHQ_CLIENT_H
#define CRASHQ_CLIENT_H

#include "models/base/arena.h"
#include "models/broker/broker.h"
#include "models/broker/broker_io.h"

#define CLIENT_LINKS_MAX ACTIVE_REPLICAS_MAX

enum client_timer {
    TIMER_ARRIVAL, /* producer; OUTPUT_PROCESS; fires with value = size in bytes. Armed by the producer for the next
                      message after each */
    TIMER_SERVICE, /* consumer; OUTPUT_PROCESS */
    TIMER_RETRY, /* producer; OUTPUT_TIMEOUT: the oldest unanswered publish waits too long: the connection is closed and
                    all is sent again on a new one */
    TIMER_DEADLINE, /* producer; OUTPUT_TIMEOUT: what had come due when it was armed is too old to be sent */
    TIMER_RECONNECT, /* both; backoff. One per link from here on */
    TIMER_CONNECT = TIMER_RECONNECT + CLIENT_LINKS_MAX, /* both; OUTPUT_TIMEOUT: no answer to OUTPUT_OPEN: close the
                                                           slot, next node. One per link from here on */
    CLIENT_TIMERS = TIMER_CONNECT + CLIENT_LINKS_MAX,
};

enum client_kind { CLIENT_PRODUCER, CLIENT_CONSUMER };

struct client_config {
    uint8_t kind;      /* enum client_kind */
    uint8_t confirms;  /* producer: asks for confirms */
    uint8_t auto_ack;  /* consumer */
    uint8_t requeue;   /* consumer: what it rejects is requeued */
    uint16_t actor;    /* this client's number among all actors */
    uint16_t queue; /* published to (default exchange), or consumed; beyond the broker's queues: unroutable */
    uint16_t nodes;    /* of the cluster */
    uint16_t first_node; /* where its list starts; then in order, wrapping */
    uint8_t message_flags; /* producer: enum message_flag */
    uint8_t closed_loop;   /* producer, with confirms: in_flight_max messages at a time; TIMER_ARRIVAL is armed when one
                              of them is answered or given up */
    uint16_t replicas;       /* bit per node: keeps a link to each of these; 0: one link, to whichever node serves */
    uint32_t size_bytes;     /* producer: when the arrival's value is 0, and in a closed loop */
    uint32_t in_flight_max;  /* producer: unanswered at most; 0 = unlimited (within what a node accepts) */
    uint64_t messages_max;   /* producer: stops after so many; 0 = never */
    uint32_t attempts_max;   /* producer: sends of one message; 0 = unlimited. 1 = never again */
    uint32_t prefetch;       /* consumer; 0 = unlimited */
    uint32_t dedupe_window;  /* consumer: ids remembered; 0 = none */
    uint32_t reject_ppm;     /* consumer: share of messages rejected after service */
    uint32_t ack_again_ppm;  /* consumer: share of acks that a careless client sends twice (a broker answers 406) */
    uint16_t acks_needed;    /* producer with `replicas`: how many must have confirmed; 0: all that it is linked to */
    uint8_t catch_up;        /* ... keeps a message until every replica has confirmed it, gone ones too */
    uint8_t reserved;
    int64_t backoff_min_ns, backoff_max_ns; /* between connection attempts: doubles from min to max */
    int64_t retry_timeout_ns;   /* producer; 0 = none */
    int64_t connect_timeout_ns; /* 0 = none */
    int64_t deadline_ns; /* producer: a message that would be sent, or sent again, later than this after it came due is
                            given up (and at most twice as late: producer_deadline.c); 0 = never */
};

struct client; /* begins with a struct arena */

uint64_t client_block_bytes(const struct client_config *config, uint64_t messages_max);
void client_init(struct client *client, const struct client_config *config, uint64_t block_bytes);
int client_step(struct client *client, const struct broker_input *in, struct broker_output *ret_outputs);

/* As broker_anchors and broker_canonical. */
int client_anchors(const struct client *client, struct anchor ret_anchors[ANCHORS_MAX]);
void client_canonical(const struct client *client, const struct anchor *anchors, int count, struct client *ret_client,
                      uint64_t block_bytes);

#endif
