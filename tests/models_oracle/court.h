/* A court: one monitor, and a word for each thing that may be seen. One node (actor 0); web (1) and app (2) publish
 * into the first queue, worker (3) and helper (4) consume it, stray (5) consumes the second one. */
#ifndef CRASHQ_TESTS_COURT_H
#define CRASHQ_TESTS_COURT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/base/host.h"
#include "models/oracle/oracle.h"

enum { NODE, WEB, APP, WORKER, HELPER, STRAY, ACTORS };
enum { KIND_PRODUCER, KIND_CONSUMER };

struct court {
    struct oracle_config config;
    struct oracle_client clients[ACTORS - 1]; /* index = actor - 1 */
    uint64_t block_bytes;
    struct oracle *oracle;
    struct verdict verdict; /* of the last observation */
    uint32_t breached_before, exercised; /* bits: before the last observation; ever */
    bool full;
};

static inline void court_open_session(struct court *court, uint64_t messages_max)
{
    court->block_bytes = oracle_block_bytes(&court->config, messages_max);
    court->oracle = host_reserve(court->block_bytes);
    oracle_init(court->oracle, &court->config, court->clients, court->block_bytes);
}

/* Before its first session: for tests that configure it otherwise. */
static inline struct court *court_prepare(uint32_t promised)
{
    struct court *court = calloc(1, sizeof *court);
    court->config =
        (struct oracle_config){.nodes = 1, .queues = 2, .actors = ACTORS, .promised = (uint16_t)promised};
    court->config.queue_consumers[0] = 2;
    court->config.queue_consumers[1] = 1;
    for (unsigned actor = WEB; actor <= APP; actor++)
        court->clients[actor - 1] = (struct oracle_client){.kind = KIND_PRODUCER, .confirms = 1, .links = 1};
    for (unsigned actor = WORKER; actor <= STRAY; actor++)
        court->clients[actor - 1] =
            (struct oracle_client){.kind = KIND_CONSUMER, .prefetch = 2, .queue = actor == STRAY, .links = 1};
    return court;
}

static inline struct court *court_new(void)
{
    struct court *court = court_prepare(0);
    court_open_session(court, 1000);
    return court;
}

static inline void court_free(struct court *court)
{
    host_release(court->oracle, court->block_bytes);
    free(court);
}

static inline void court_see(struct court *court, struct observation seen)
{
    court->breached_before |= court->verdict.breached;
    court->full = !oracle_step(court->oracle, &seen, &court->verdict);
    court->exercised |= court->verdict.exercised;
}

static inline struct message court_message(uint32_t producer, uint64_t sequence)
{
    return (struct message){.producer = producer,
                            .sequence = sequence,
                            .size_bytes = 10,
                            .body = message_body(producer, 0, sequence, 10)};
}

/* ---- what producers see ---- */

static inline void see_attempted(struct court *court, uint16_t producer, uint64_t sequence)
{
    court_see(court, (struct observation){.kind = OBSERVE_ATTEMPTED,
                                          .actor = producer,
                                          .message = court_message(producer, sequence)});
}

static inline void see_sent(struct court *court, uint16_t producer, uint64_t tag)
{
    court_see(court, (struct observation){.kind = OBSERVE_SENT, .actor = producer, .tag = tag});
}

static inline void see_answer(struct court *court, uint16_t producer, uint64_t tag, uint8_t flags)
{
    court_see(court, (struct observation){.kind = OBSERVE_ANSWER, .actor = producer, .tag = tag, .flags = flags});
}

static inline void see_answered(struct court *court, uint64_t sequence, uint8_t flags)
{
    court_see(court, (struct observation){.kind = OBSERVE_ANSWERED,
                                          .actor = WEB,
                                          .flags = flags,
                                          .message = court_message(WEB, sequence)});
}

/* ---- what its node says ---- */

static inline void see_node(struct court *court, enum observation_kind kind, uint64_t sequence, uint64_t position)
{
    court_see(court, (struct observation){.kind = (uint8_t)kind,
                                          .actor = NODE,
                                          .position = position,
                                          .message = court_message(WEB, sequence)});
}

static inline void see_appended(struct court *court, uint64_t sequence, uint64_t position)
{
    see_node(court, OBSERVE_APPENDED, sequence, position);
}

static inline void see_crashed(struct court *court, uint64_t position)
{
    court_see(court, (struct observation){.kind = OBSERVE_CRASHED, .actor = NODE, .position = position});
}

static inline void see_started(struct court *court)
{
    court_see(court, (struct observation){.kind = OBSERVE_STARTED, .actor = NODE});
}

static inline void see_recovery_done(struct court *court, uint64_t position, enum refuse_reason reason)
{
    court_see(court, (struct observation){
                         .kind = OBSERVE_RECOVERY_DONE, .actor = NODE, .position = position, .value = reason});
}

/* Attempted, appended and confirmed. */
static inline void see_confirmed(struct court *court, uint64_t sequence, uint64_t position)
{
    see_attempted(court, WEB, sequence);
    see_appended(court, sequence, position);
    see_answered(court, sequence, 0);
}

/* ---- what consumers see ---- */

static inline void see_message_delivered(struct court *court, uint16_t consumer, uint64_t tag, struct message message)
{
    court_see(court,
              (struct observation){.kind = OBSERVE_DELIVERED, .actor = consumer, .tag = tag, .message = message});
}

static inline void see_delivered(struct court *court, uint16_t consumer, uint64_t tag, uint64_t sequence)
{
    see_message_delivered(court, consumer, tag, court_message(WEB, sequence));
}

static inline void see_acked(struct court *court, uint16_t consumer, uint64_t tag, uint64_t sequence, uint8_t flags)
{
    court_see(court, (struct observation){.kind = OBSERVE_ACKED,
                                          .actor = consumer,
                                          .tag = tag,
                                          .flags = flags,
                                          .message = court_message(WEB, sequence)});
}

/* ---- what all see ---- */

static inline void see_opened(struct court *court, uint16_t client, uint16_t slot)
{
    court_see(court, (struct observation){.kind = OBSERVE_OPENED, .actor = client, .connection = slot});
}

static inline void see_lost(struct court *court, uint16_t client)
{
    court_see(court, (struct observation){.kind = OBSERVE_LOST, .actor = client});
}

static inline void see_quiet(struct court *court)
{
    court_see(court, (struct observation){.kind = OBSERVE_QUIET});
}

/* ---- judgements ---- */

/* Nothing was breached, and this property was put to the test. */
static inline void expect_held(const struct court *court, enum property property)
{
    assert_int_equal(court->breached_before | court->verdict.breached, 0);
    assert_true(court->exercised >> property & 1);
}

static inline void expect_untested(const struct court *court, enum property property)
{
    assert_int_equal(court->breached_before | court->verdict.breached, 0);
    assert_false(court->exercised >> property & 1);
}

/* The last observation, and none before it, broke this property and no other, so often, first by this message. */
static inline void expect_breach(const struct court *court, enum property property, uint32_t breaches,
                                 uint64_t sequence)
{
    assert_int_equal(court->breached_before, 0);
    assert_int_equal(court->verdict.breached, 1u << property);
    assert_true(court->verdict.exercised >> property & 1);
    assert_int_equal(court->verdict.breaches, breaches);
    assert_int_equal(court->verdict.message.sequence, sequence);
}

#endif
