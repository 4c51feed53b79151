/* Fifo beyond first deliveries: what a consumer gave back comes again before what stood behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "models/base/host.h"
#include "models/oracle/oracle.h"

enum { NODE, PRODUCER, CONSUMER, OTHER_PRODUCER };
#define BLOCK_BYTES UINT64_C(65536)
#define PREFETCH 2

struct watched {
    struct oracle *oracle;
    uint32_t breached; /* bits of enum property, so far */
    uint64_t tag;      /* of the last delivery */
    uint32_t producer; /* whose messages are told of */
};

static struct watched watched_new(uint8_t consumers)
{
    struct oracle_config config = {.nodes = 1, .queues = 1, .actors = 4, .promised = (1u << PROPERTY_COUNT) - 1};
    struct oracle_client clients[] = {
        {.kind = 0, .confirms = 1, .links = 1},
        {.kind = 1, .links = 1, .prefetch = PREFETCH},
        {.kind = 0, .confirms = 1, .links = 1},
    };
    config.queue_consumers[0] = consumers;
    struct watched watched = {.oracle = host_reserve(BLOCK_BYTES), .producer = PRODUCER};
    oracle_init(watched.oracle, &config, clients, BLOCK_BYTES);
    return watched;
}

static int watched_setup(void **state)
{
    static struct watched watched;
    watched = watched_new(1);
    *state = &watched;
    return 0;
}

static int watched_teardown(void **state)
{
    struct watched *watched = *state;
    host_release(watched->oracle, BLOCK_BYTES);
    return 0;
}

static void sees(struct watched *watched, struct observation seen, uint64_t sequence)
{
    struct verdict verdict;
    seen.message = (struct message){.producer = watched->producer, .sequence = sequence, .size_bytes = 10};
    seen.message.body = message_body(watched->producer, 0, sequence, 10);
    assert_true(oracle_step(watched->oracle, &seen, &verdict));
    watched->breached |= verdict.breached;
}

static void attempted(struct watched *watched, uint64_t last)
{
    for (uint64_t sequence = 1; sequence <= last; sequence++)
        sees(watched, (struct observation){.kind = OBSERVE_ATTEMPTED, .actor = (uint16_t)watched->producer}, sequence);
}

/* Returns its delivery tag. */
static uint64_t delivered(struct watched *watched, uint64_t sequence)
{
    struct observation seen = {.kind = OBSERVE_DELIVERED, .actor = CONSUMER, .tag = ++watched->tag};
    sees(watched, seen, sequence);
    return watched->tag;
}

static void answered(struct watched *watched, uint64_t tag, uint64_t sequence, uint8_t flags)
{
    sees(watched, (struct observation){.kind = OBSERVE_ACKED, .actor = CONSUMER, .tag = tag, .flags = flags}, sequence);
}

static void given_back(struct watched *watched, uint64_t tag, uint64_t sequence)
{
    answered(watched, tag, sequence, FRAME_NEGATIVE | FRAME_REQUEUE);
}

static void lost(struct watched *watched)
{
    sees(watched, (struct observation){.kind = OBSERVE_LOST, .actor = CONSUMER}, 0);
    watched->tag = 0;
}

static void what_was_given_back_comes_again_before_what_is_behind_it(void **state)
{
    struct watched *watched = *state;
    attempted(watched, 4);
    uint64_t tag = delivered(watched, 1);
    delivered(watched, 2);
    given_back(watched, tag, 1);
    delivered(watched, 1);
    answered(watched, 2, 2, 0);
    delivered(watched, 3);
    answered(watched, 3, 1, 0);
    delivered(watched, 4);
    assert_int_equal(watched->breached, 0);
}

static void a_later_message_before_what_was_given_back_breaks_fifo(void **state)
{
    struct watched *watched = *state;
    attempted(watched, 3);
    given_back(watched, delivered(watched, 1), 1);
    answered(watched, delivered(watched, 2), 2, 0);
    assert_int_equal(watched->breached, 0);
    delivered(watched, 3); /* its tag says that the node knew */
    assert_int_equal(watched->breached, 1u << PROPERTY_FIFO);
}

static void what_was_under_way_already_breaks_nothing(void **state)
{
    struct watched *watched = *state;
    attempted(watched, 2);
    given_back(watched, delivered(watched, 1), 1);
    delivered(watched, 2); /* the prefetch allowed for it before the answer */
    delivered(watched, 1);
    assert_int_equal(watched->breached, 0);
}

static void what_is_not_delivered_for_the_first_time_may_come_earlier(void **state)
{
    struct watched *watched = *state;
    attempted(watched, 3);
    for (uint64_t sequence = 1; sequence <= 3; sequence++)
        answered(watched, delivered(watched, sequence), sequence, 0);
    lost(watched);
    given_back(watched, delivered(watched, 1), 1);
    answered(watched, delivered(watched, 3), 3, 0);
    answered(watched, delivered(watched, 3), 3, 0);
    assert_int_equal(watched->breached, 0);
}

static void a_lost_connection_forgets_what_was_given_back(void **state)
{
    struct watched *watched = *state;
    attempted(watched, 4);
    given_back(watched, delivered(watched, 1), 1);
    lost(watched);
    for (uint64_t sequence = 2; sequence <= 4; sequence++)
        answered(watched, delivered(watched, sequence), sequence, 0);
    assert_int_equal(watched->breached, 0);
}

static void what_was_rejected_for_good_is_not_waited_for(void **state)
{
    struct watched *watched = *state;
    attempted(watched, 4);
    answered(watched, delivered(watched, 1), 1, FRAME_NEGATIVE);
    for (uint64_t sequence = 2; sequence <= 4; sequence++)
        answered(watched, delivered(watched, sequence), sequence, 0);
    assert_int_equal(watched->breached, 0);
}

static void with_two_consumers_the_other_one_may_have_it(void **state)
{
    (void)state;
    struct watched watched = watched_new(2);
    attempted(&watched, 4);
    given_back(&watched, delivered(&watched, 1), 1);
    for (uint64_t sequence = 2; sequence <= 4; sequence++)
        answered(&watched, delivered(&watched, sequence), sequence, 0);
    assert_int_equal(watched.breached, 0);
    host_release(watched.oracle, BLOCK_BYTES);
}

static void another_producers_messages_do_not_wait(void **state)
{
    struct watched *watched = *state;
    attempted(watched, 4);
    given_back(watched, delivered(watched, 1), 1);
    watched->producer = OTHER_PRODUCER;
    attempted(watched, 4);
    for (uint64_t sequence = 1; sequence <= 4; sequence++)
        answered(watched, delivered(watched, sequence), sequence, 0);
    assert_int_equal(watched->breached, 0);
    watched->producer = PRODUCER;
    delivered(watched, 2);
    assert_int_equal(watched->breached, 1u << PROPERTY_FIFO);
}

static struct oracle *canonical_of(const struct watched *watched)
{
    struct anchor anchors[ANCHORS_MAX];
    int count = oracle_anchors(watched->oracle, anchors);
    struct oracle *canonical = host_reserve(BLOCK_BYTES);
    oracle_canonical(watched->oracle, anchors, count, canonical, BLOCK_BYTES);
    return canonical;
}

static void monitors_that_differ_only_in_how_often_a_message_was_given_back_are_equal(void **state)
{
    struct watched *watched = *state;
    attempted(watched, 1);
    given_back(watched, delivered(watched, 1), 1);
    struct oracle *once = canonical_of(watched);
    uint64_t tag = delivered(watched, 1);
    struct oracle *held = canonical_of(watched);
    given_back(watched, tag, 1);
    struct oracle *twice = canonical_of(watched);
    lost(watched);
    struct oracle *forgotten = canonical_of(watched);
    assert_memory_equal(once, twice, BLOCK_BYTES);
    assert_int_not_equal(memcmp(once, held, BLOCK_BYTES), 0);
    assert_int_not_equal(memcmp(once, forgotten, BLOCK_BYTES), 0);
    host_release(once, BLOCK_BYTES);
    host_release(forgotten, BLOCK_BYTES);
    host_release(held, BLOCK_BYTES);
    host_release(twice, BLOCK_BYTES);
}

#define TEST(behaviour) cmocka_unit_test_setup_teardown(behaviour, watched_setup, watched_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_given_back_comes_again_before_what_is_behind_it),
        TEST(a_later_message_before_what_was_given_back_breaks_fifo),
        TEST(what_was_under_way_already_breaks_nothing),
        TEST(what_is_not_delivered_for_the_first_time_may_come_earlier),
        TEST(a_lost_connection_forgets_what_was_given_back),
        TEST(what_was_rejected_for_good_is_not_waited_for),
        TEST(with_two_consumers_the_other_one_may_have_it),
        TEST(another_producers_messages_do_not_wait),
        TEST(monitors_that_differ_only_in_how_often_a_message_was_given_back_are_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
