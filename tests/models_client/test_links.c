/* Clients of an actively replicated queue: a link to each replica, every message on all of them, each worked on once.
 * Three nodes; the client's slots 0, 2 and 4 lead to them. */
#include "client_host.h"

static void lose_link(struct host *host, unsigned link)
{
    host_lose_on(host, link);
    host_finish(host);
}

static void reopen(struct host *host, unsigned link, uint16_t slot)
{
    host_reconnect_on(host, link);
    host_finish(host);
    assert_int_equal(host->link[link].slot, slot);
}

/* What went out and what was seen so far is of no interest. */
static void forget(struct host *host)
{
    memset(host->sends, 0, sizeof host->sends);
    host->seen_count = host->frame_count = 0;
}

static struct host *links_new(struct client_config config)
{
    config.nodes = 3;
    config.replicas = 7;
    struct host *host = host_new(config, 100);
    for (unsigned link = 0; link < 3; link++)
        host_accept_on(host, link);
    host_finish(host);
    forget(host);
    return host;
}

/* ... that waits for so many replicas. */
static struct client_config links_config(uint16_t acks_needed, bool catch_up)
{
    struct client_config config = producer_config();
    config.acks_needed = acks_needed;
    config.catch_up = catch_up;
    return config;
}

static struct host *producer(uint16_t acks_needed, bool catch_up)
{
    return links_new(links_config(acks_needed, catch_up));
}

static void arrive(struct host *host)
{
    host_fire(host, TIMER_ARRIVAL);
    host_finish(host);
}

static void confirm_with(struct host *host, unsigned link, uint64_t tag, uint8_t flags)
{
    host_hear_on(host, link, (struct frame){.kind = FRAME_CONFIRM, .flags = flags, .tag = tag});
    host_finish(host);
}

static void confirm(struct host *host, unsigned link, uint64_t tag)
{
    confirm_with(host, link, tag, FRAME_MULTIPLE);
}

static void confirm_only(struct host *host, unsigned link, uint64_t tag)
{
    confirm_with(host, link, tag, 0);
}

/* ---- producers ---- */

static void a_message_goes_out_on_every_link(void **state)
{
    (void)state;
    struct host *host = producer(0, false);
    arrive(host);
    for (uint16_t slot = 0; slot < 6; slot += 2)
        assert_int_equal(host->sends[slot][FRAME_PUBLISH], 1);
    assert_int_equal(host_seen(host, OBSERVE_ATTEMPTED), 1);
    host_free(host);
}

static void it_is_answered_when_as_many_replicas_as_needed_have_confirmed(void **state)
{
    (void)state;
    for (uint16_t needed = 0; needed <= 3; needed++) {
        struct host *host = producer(needed, false);
        arrive(host);
        for (uint16_t replica = 0; replica < 3; replica++) {
            confirm(host, replica, 1);
            assert_int_equal(host_seen(host, OBSERVE_ANSWERED), replica + 1 >= (needed == 0 ? 3 : needed));
        }
        host_free(host);
    }
}

static void who_waits_for_all_does_not_wait_for_a_replica_that_is_gone(void **state)
{
    (void)state;
    struct host *host = producer(0, false);
    arrive(host);
    confirm(host, 0, 1);
    confirm(host, 1, 1);
    assert_int_equal(host_seen(host, OBSERVE_ANSWERED), 0);
    lose_link(host, 2);
    assert_int_equal(host_seen(host, OBSERVE_ANSWERED), 1);
    host_free(host);
}

static void what_nobody_has_confirmed_is_not_answered_by_losing_every_link(void **state)
{
    (void)state;
    struct host *host = producer(0, false);
    arrive(host);
    for (unsigned link = 0; link < 3; link++)
        lose_link(host, link);
    assert_int_equal(host_seen(host, OBSERVE_ANSWERED), 0);
    host_free(host);
}

static void a_replica_that_comes_back_is_sent_what_is_unanswered_and_no_more(void **state)
{
    (void)state;
    struct host *host = producer(2, false);
    arrive(host);
    arrive(host);
    confirm(host, 0, 1);
    confirm(host, 1, 1);
    lose_link(host, 2);
    forget(host);
    reopen(host, 2, 5);
    assert_int_equal(host->sends[5][FRAME_PUBLISH], 1);
    host_free(host);
}

static void with_catch_up_it_is_sent_all_that_it_has_missed(void **state)
{
    (void)state;
    struct host *host = producer(2, true);
    lose_link(host, 2);
    for (uint64_t tag = 1; tag <= 3; tag++) {
        arrive(host);
        confirm(host, 0, tag);
        confirm(host, 1, tag);
    }
    assert_int_equal(host_seen(host, OBSERVE_ANSWERED), 3);
    forget(host);
    reopen(host, 2, 5);
    assert_int_equal(host->sends[5][FRAME_PUBLISH], 3);
    confirm(host, 2, 3);
    assert_int_equal(host_seen(host, OBSERVE_ANSWERED), 0); /* that was told already */
    lose_link(host, 2);
    reopen(host, 2, 4);
    assert_int_equal(host->sends[4][FRAME_PUBLISH], 0);
    host_free(host);
}

static void a_replica_that_confirmed_out_of_order_is_not_asked_twice(void **state)
{
    (void)state;
    struct host *host = producer(2, false);
    arrive(host);
    arrive(host);
    confirm_only(host, 0, 2);
    confirm(host, 1, 1);
    confirm(host, 2, 1); /* the first is over, and the second is the oldest */
    assert_int_equal(host_seen(host, OBSERVE_ANSWERED), 1);
    confirm(host, 0, 2);
    assert_int_equal(host_seen(host, OBSERVE_ANSWERED), 1);
    confirm(host, 1, 2);
    assert_int_equal(host_seen(host, OBSERVE_ANSWERED), 2);
    host_free(host);
}

static void the_numbers_of_a_lost_connection_do_not_hide_those_of_the_next(void **state)
{
    (void)state;
    struct host *host = producer(2, false);
    for (unsigned i = 0; i < 3; i++)
        arrive(host);
    confirm_only(host, 2, 2);
    lose_link(host, 2);
    forget(host);
    reopen(host, 2, 5);
    assert_int_equal(host->sends[5][FRAME_PUBLISH], 2); /* the third as number 2 */
    confirm_only(host, 2, 2);
    confirm_only(host, 0, 3);
    assert_int_equal(host_seen(host, OBSERVE_ANSWERED), 1);
    host_free(host);
}

static void a_closed_loop_goes_on_when_a_message_is_answered_though_a_replica_misses_it(void **state)
{
    (void)state;
    struct client_config config = links_config(2, true);
    config.closed_loop = 1;
    config.in_flight_max = 1;
    struct host *host = links_new(config);
    lose_link(host, 2);
    for (uint64_t tag = 1; tag <= 2; tag++) {
        arrive(host);
        assert_false(host->timer[TIMER_ARRIVAL].armed);
        confirm(host, 0, tag);
        confirm(host, 1, tag);
        assert_true(host->timer[TIMER_ARRIVAL].armed);
    }
    reopen(host, 2, 5);
    confirm(host, 2, 2);
    arrive(host);
    assert_false(host->timer[TIMER_ARRIVAL].armed); /* the loop had had its answer */
    host_free(host);
}

static void what_is_answered_is_not_given_up_for_a_replica_that_misses_it(void **state)
{
    (void)state;
    struct client_config config = links_config(2, true);
    config.attempts_max = 1;
    struct host *host = links_new(config);
    arrive(host);
    confirm(host, 0, 1);
    confirm(host, 1, 1);
    lose_link(host, 2);
    reopen(host, 2, 5);
    assert_int_equal(host_seen(host, OBSERVE_ANSWERED), 1);
    assert_int_equal(host_seen(host, OBSERVE_ABANDONED), 0);
    host_free(host);
}

static void nobody_is_answered_who_asks_for_no_confirms(void **state)
{
    (void)state;
    struct client_config config = links_config(0, false);
    config.confirms = 0;
    struct host *host = links_new(config);
    host_block_on(host, 2);
    for (unsigned i = 0; i < 200; i++) { /* more than its memory holds, if they stayed */
        arrive(host);
        if (i % 50 == 49) {
            lose_link(host, 2);
            reopen(host, 2, i % 100 == 49 ? 5 : 4);
            host_block_on(host, 2);
        }
    }
    assert_int_equal(host_seen(host, OBSERVE_ANSWERED), 0);
    assert_int_equal(host_seen(host, OBSERVE_ABANDONED), 0);
    host_free(host);
}

/* ---- consumers ---- */

static void deliver(struct host *host, unsigned link, uint64_t tag, uint64_t sequence)
{
    host_hear_on(host, link,
                 (struct frame){.kind = FRAME_DELIVER, .tag = tag, .message = host_message(sequence)});
    host_finish(host);
}

static void serve(struct host *host)
{
    host_fire(host, TIMER_SERVICE);
    host_finish(host);
}

static struct host *consumer(void)
{
    struct client_config config = consumer_config(10);
    config.dedupe_window = 50;
    return links_new(config);
}

static void copies_of_a_message_are_worked_on_once_and_acknowledged_each(void **state)
{
    (void)state;
    struct host *host = consumer();
    deliver(host, 0, 1, 7);
    deliver(host, 1, 1, 7);
    serve(host);
    deliver(host, 2, 1, 7);
    assert_false(host->timer[TIMER_SERVICE].armed);
    assert_int_equal(host_seen(host, OBSERVE_COMPLETED), 1);
    for (uint16_t slot = 0; slot < 6; slot += 2)
        assert_int_equal(host->sends[slot][FRAME_ACK], 1);
    host_free(host);
}

static void a_lost_link_takes_only_its_own_copies_along(void **state)
{
    (void)state;
    struct host *host = consumer();
    deliver(host, 0, 1, 7);
    deliver(host, 1, 1, 7);
    lose_link(host, 0);
    assert_true(host->timer[TIMER_SERVICE].armed); /* with the other copy */
    serve(host);
    assert_int_equal(host_seen(host, OBSERVE_COMPLETED), 1);
    assert_int_equal(host->sends[2][FRAME_ACK], 1);
    assert_int_equal(host->sends[0][FRAME_ACK], 0);
    host_free(host);
}

static void links_take_turns(void **state)
{
    (void)state;
    struct host *host = consumer();
    deliver(host, 0, 1, 1);
    deliver(host, 0, 2, 2);
    deliver(host, 2, 1, 3);
    serve(host);
    serve(host);
    assert_int_equal(host->sends[4][FRAME_ACK], 1);
    assert_int_equal(host->sends[0][FRAME_ACK], 1);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_goes_out_on_every_link),
        cmocka_unit_test(it_is_answered_when_as_many_replicas_as_needed_have_confirmed),
        cmocka_unit_test(who_waits_for_all_does_not_wait_for_a_replica_that_is_gone),
        cmocka_unit_test(what_nobody_has_confirmed_is_not_answered_by_losing_every_link),
        cmocka_unit_test(a_replica_that_comes_back_is_sent_what_is_unanswered_and_no_more),
        cmocka_unit_test(with_catch_up_it_is_sent_all_that_it_has_missed),
        cmocka_unit_test(a_replica_that_confirmed_out_of_order_is_not_asked_twice),
        cmocka_unit_test(the_numbers_of_a_lost_connection_do_not_hide_those_of_the_next),
        cmocka_unit_test(a_closed_loop_goes_on_when_a_message_is_answered_though_a_replica_misses_it),
        cmocka_unit_test(what_is_answered_is_not_given_up_for_a_replica_that_misses_it),
        cmocka_unit_test(nobody_is_answered_who_asks_for_no_confirms),
        cmocka_unit_test(copies_of_a_message_are_worked_on_once_and_acknowledged_each),
        cmocka_unit_test(a_lost_link_takes_only_its_own_copies_along),
        cmocka_unit_test(links_take_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
