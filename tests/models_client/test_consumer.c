/* A consumer: what it works on and when, what it acks, what it forgets. */
#include "client_host.h"

static void a_consumer_asks_for_its_queue_with_its_prefetch(void **state)
{
    (void)state;
    struct client_config config = consumer_config(7);
    config.queue = 2;
    config.auto_ack = 1;
    struct host *host = host_new(config, 10);
    host_accept(host);
    struct frame frame = host_take(host);
    assert_int_equal(frame.kind, FRAME_CONSUME);
    assert_int_equal(frame.queue, 2);
    assert_int_equal(frame.count, 7);
    assert_int_equal(frame.flags, FRAME_AUTO_ACK);
    host_expect_nothing(host);
    host_free(host);
}

static void messages_are_worked_on_one_at_a_time_in_order_and_acked_after_the_work(void **state)
{
    (void)state;
    struct host *host = host_open(consumer_config(10), 10);
    host_deliver(host, 1, 8, 0);
    host_deliver(host, 2, 5, 0);
    host_expect_nothing(host);
    host_expect_armed(host, TIMER_SERVICE, OUTPUT_PROCESS, 0);
    host_fire(host, TIMER_SERVICE);
    host_expect_ack(host, 1, 0);
    host_expect_nothing(host);
    host_fire(host, TIMER_SERVICE);
    host_expect_ack(host, 2, 0);
    assert_false(host->timer[TIMER_SERVICE].armed);
    HOST_EXPECT_SEEN(host, OBSERVE_COMPLETED, 8, 5);
    HOST_EXPECT_SEEN(host, OBSERVE_ACKED, 8, 5);
    assert_int_equal(host_seen_at(host, OBSERVE_ACKED, 1)->tag, 2);
    host_free(host);
}

static void a_delivery_is_seen_as_it_came(void **state)
{
    (void)state;
    struct client_config config = consumer_config(10);
    config.dedupe_window = 4;
    struct host *host = host_open(config, 10);
    host_deliver(host, 1, 8, FRAME_REDELIVERED);
    host_fire(host, TIMER_SERVICE);
    host_deliver(host, 2, 8, 0);
    const struct observation *first = host_seen_at(host, OBSERVE_DELIVERED, 0);
    const struct observation *second = host_seen_at(host, OBSERVE_DELIVERED, 1);
    struct message expected = host_message(8);
    assert_memory_equal(&first->message, &expected, sizeof expected);
    assert_int_equal(first->flags, FRAME_REDELIVERED);
    assert_int_equal(first->value, 0);
    assert_int_equal(first->tag, 1);
    assert_int_equal(second->flags, 0);
    assert_int_equal(second->value, 1); /* known by now */
    assert_int_equal(second->tag, 2);
    host_free(host);
}

static void an_automatic_ack_is_seen_on_delivery_and_never_sent(void **state)
{
    (void)state;
    struct client_config config = consumer_config(10);
    config.auto_ack = 1;
    config.reject_ppm = 1000000;
    struct host *host = host_open(config, 10);
    host_deliver(host, 1, 4, 0);
    HOST_EXPECT_SEEN(host, OBSERVE_ACKED, 4);
    host_fire(host, TIMER_SERVICE);
    HOST_EXPECT_SEEN(host, OBSERVE_COMPLETED, 4);
    HOST_EXPECT_SEEN(host, OBSERVE_ACKED, 4);
    assert_int_equal(host_seen_at(host, OBSERVE_ACKED, 0)->flags, 0);
    assert_false(host->timer[TIMER_SERVICE].armed);
    host_expect_nothing(host);
    host_free(host);
}

/* ---- rejecting, and acking again ---- */

static void a_rejected_message_is_requeued_only_when_told_to(void **state)
{
    (void)state;
    for (uint8_t requeue = 0; requeue < 2; requeue++) {
        struct client_config config = consumer_config(10);
        config.reject_ppm = 1000000;
        config.requeue = requeue;
        uint8_t flags = (uint8_t)(FRAME_NEGATIVE | (requeue ? FRAME_REQUEUE : 0));
        struct host *host = host_open(config, 10);
        host_deliver(host, 1, 4, 0);
        host_fire(host, TIMER_SERVICE);
        host_expect_ack(host, 1, flags);
        HOST_EXPECT_SEEN(host, OBSERVE_ACKED, 4);
        assert_int_equal(host_seen_at(host, OBSERVE_ACKED, 0)->flags, flags);
        host_free(host);
    }
}

static void a_rejected_message_is_not_remembered(void **state)
{
    (void)state;
    struct client_config config = consumer_config(10);
    config.dedupe_window = 4;
    config.reject_ppm = 500000;
    struct host *host = host_open(config, 10);
    const uint32_t reject[] = {1}, keep[] = {0};
    host_deliver(host, 1, 4, 0);
    tape_read(&host->tape, reject, 1);
    host_fire(host, TIMER_SERVICE);
    host_deliver(host, 2, 4, 0);
    assert_true(host->timer[TIMER_SERVICE].armed);
    tape_read(&host->tape, keep, 1);
    host_fire(host, TIMER_SERVICE);
    host_deliver(host, 3, 4, 0);
    assert_false(host->timer[TIMER_SERVICE].armed);
    host_free(host);
}

static void a_careless_consumer_acks_twice(void **state)
{
    (void)state;
    struct client_config config = consumer_config(10);
    config.ack_again_ppm = 1000000;
    struct host *host = host_open(config, 10);
    host_deliver(host, 1, 4, 0);
    host_fire(host, TIMER_SERVICE);
    host_expect_ack(host, 1, 0);
    host_expect_ack(host, 1, 0);
    host_expect_nothing(host);
    HOST_EXPECT_SEEN(host, OBSERVE_ACKED, 4, 4);
    host_free(host);
}

/* ---- the send window ---- */

static void acks_are_owed_in_order_while_the_window_is_full(void **state)
{
    (void)state;
    struct client_config config = consumer_config(10);
    config.ack_again_ppm = 500000;
    struct host *host = host_open(config, 10);
    const uint32_t again[] = {1}, once[] = {0};
    for (uint64_t tag = 1; tag <= 3; tag++)
        host_deliver(host, tag, tag, 0);
    host_block(host);
    tape_read(&host->tape, again, 1);
    host_fire(host, TIMER_SERVICE);
    tape_read(&host->tape, once, 1);
    host_fire(host, TIMER_SERVICE); /* the work goes on */
    host_expect_nothing(host);
    HOST_EXPECT_SEEN(host, OBSERVE_ACKED, 1, 1, 2);
    assert_false(host->continues);
    host_unblock(host);
    host_expect_ack(host, 1, 0);
    host_expect_ack(host, 1, 0);
    host_expect_ack(host, 2, 0);
    host_expect_nothing(host);
    host_free(host);
}

static void a_rejection_that_is_owed_is_still_one(void **state)
{
    (void)state;
    struct client_config config = consumer_config(10);
    config.reject_ppm = 1000000;
    struct host *host = host_open(config, 10);
    host_deliver(host, 1, 4, 0);
    host_block(host);
    host_fire(host, TIMER_SERVICE);
    host_unblock(host);
    host_expect_ack(host, 1, FRAME_NEGATIVE);
    host_free(host);
}

static void many_owed_acks_leave_in_bounded_steps(void **state)
{
    (void)state;
    struct host *host = host_open(consumer_config(0), 100);
    host_block(host);
    for (uint64_t tag = 1; tag <= 40; tag++) {
        host_deliver(host, tag, tag, 0);
        host_fire(host, TIMER_SERVICE);
    }
    host_unblock(host);
    assert_int_equal(host->frame_count, STEP_WORK_MAX);
    assert_int_equal(host_finish(host), 2);
    for (uint64_t tag = 1; tag <= 40; tag++)
        host_expect_ack(host, tag, 0);
    host_expect_nothing(host);
    host_free(host);
}

static void what_a_prefetch_allows_fits_whatever_is_held_or_owed(void **state)
{
    (void)state;
    struct client_config config = consumer_config(20);
    config.ack_again_ppm = 1000000;
    struct host *host = host_open(config, 20);
    for (unsigned round = 0; round < 3; round++) {
        for (uint64_t tag = 1; tag <= 20; tag++)
            host_deliver(host, round * 20 + tag, tag, 0);
        host_block(host);
        while (host->timer[TIMER_SERVICE].armed)
            host_fire(host, TIMER_SERVICE);
        host_unblock(host);
        host_finish(host);
    }
    assert_int_equal(host->closed, 0);
    assert_int_equal(host->frame_count, 3 * 20 * 2);
    host_free(host);
}

/* ---- the connection ---- */

static void a_lost_connection_ends_the_work_and_its_acks(void **state)
{
    (void)state;
    struct client_config config = consumer_config(10);
    config.dedupe_window = 4;
    struct host *host = host_open(config, 10);
    for (uint64_t tag = 1; tag <= 3; tag++)
        host_deliver(host, tag, tag, 0);
    host_block(host);
    host_fire(host, TIMER_SERVICE); /* its ack is owed */
    host_lose(host);
    assert_false(host->timer[TIMER_SERVICE].armed);
    host_reconnect(host);
    assert_int_equal(host_take(host).kind, FRAME_CONSUME);
    host_expect_nothing(host);
    host_deliver(host, 1, 2, FRAME_REDELIVERED); /* was under way: worked on again */
    host_fire(host, TIMER_SERVICE);
    host_expect_ack(host, 1, 0);
    HOST_EXPECT_SEEN(host, OBSERVE_COMPLETED, 1, 2);
    host_free(host);
}

static void what_a_lost_connection_held_is_given_back_in_bounded_steps(void **state)
{
    (void)state;
    struct host *host = host_open(consumer_config(0), 50);
    for (unsigned round = 0; round < 5; round++) {
        for (uint64_t tag = 1; tag <= 50; tag++)
            host_deliver(host, tag, tag, 0);
        host_block(host);
        for (unsigned i = 0; i < 20; i++)
            host_fire(host, TIMER_SERVICE);
        host_lose(host);
        assert_int_equal(host_finish(host), 3);
        host_reconnect(host);
    }
    assert_int_equal(host->closed, 0);
    host_free(host);
}

static void a_consumer_without_room_gives_its_connection_up(void **state)
{
    (void)state;
    struct client_config config = consumer_config(0);
    config.auto_ack = 1;
    struct host *host = host_open(config, 4);
    uint64_t tag = 0;
    while (host->closed == 0 && tag < 100) {
        tag++;
        host_deliver(host, tag, tag, 0);
    }
    assert_int_equal(host->closed, 1);
    assert_true(tag > 4);
    assert_int_equal(host_seen(host, OBSERVE_DELIVERED), tag);
    assert_int_equal(host_seen(host, OBSERVE_ACKED), tag - 1); /* the last one it did not take */
    host_finish(host);
    host_reconnect(host);
    host_deliver(host, 1, 1, 0);
    assert_true(host->timer[TIMER_SERVICE].armed);
    host_free(host);
}

/* ---- the dedupe window ---- */

static struct host *dedupe_host(uint32_t window)
{
    struct client_config config = consumer_config(0);
    config.dedupe_window = window;
    return host_open(config, 100);
}

static void what_the_window_knows_is_acked_without_work(void **state)
{
    (void)state;
    struct host *host = dedupe_host(2);
    host_deliver(host, 1, 4, 0);
    host_fire(host, TIMER_SERVICE);
    host_expect_ack(host, 1, 0);
    host_deliver(host, 2, 4, FRAME_REDELIVERED);
    assert_false(host->timer[TIMER_SERVICE].armed);
    host_expect_ack(host, 2, 0);
    HOST_EXPECT_SEEN(host, OBSERVE_COMPLETED, 4);
    HOST_EXPECT_SEEN(host, OBSERVE_ACKED, 4, 4);
    host_free(host);
}

static void a_copy_that_waits_while_its_twin_is_worked_on_is_known_afterwards(void **state)
{
    (void)state;
    struct host *host = dedupe_host(2);
    host_deliver(host, 1, 4, 0);
    host_deliver(host, 2, 4, 0);
    host_fire(host, TIMER_SERVICE);
    assert_false(host->timer[TIMER_SERVICE].armed);
    host_expect_ack(host, 1, 0);
    host_expect_ack(host, 2, 0);
    host_free(host);
}

static void the_window_forgets_the_oldest(void **state)
{
    (void)state;
    struct host *host = dedupe_host(2);
    for (uint64_t i = 1; i <= 3; i++) {
        host_deliver(host, i, i, 0);
        host_fire(host, TIMER_SERVICE);
    }
    host_deliver(host, 4, 2, 0);
    host_deliver(host, 5, 3, 0);
    assert_false(host->timer[TIMER_SERVICE].armed);
    host_deliver(host, 6, 1, 0);
    assert_true(host->timer[TIMER_SERVICE].armed);
    host_free(host);
}

static void messages_of_two_producers_or_epochs_are_never_the_same(void **state)
{
    (void)state;
    struct host *host = dedupe_host(8);
    struct frame frame = {.kind = FRAME_DELIVER, .message = host_message(1)};
    for (uint32_t i = 0; i < 4; i++) {
        frame.tag++;
        frame.message.producer = 8 + i / 2;
        frame.message.epoch = i % 2;
        host_hear(host, frame);
        assert_true(host->timer[TIMER_SERVICE].armed);
        host_fire(host, TIMER_SERVICE);
    }
    host_free(host);
}

static void an_automatic_ack_remembers_too_and_skips_what_is_known(void **state)
{
    (void)state;
    struct client_config config = consumer_config(0);
    config.dedupe_window = 2;
    config.auto_ack = 1;
    struct host *host = host_open(config, 10);
    host_deliver(host, 1, 4, 0);
    host_fire(host, TIMER_SERVICE);
    host_deliver(host, 2, 4, 0);
    assert_false(host->timer[TIMER_SERVICE].armed);
    host_deliver(host, 3, 5, 0);
    assert_true(host->timer[TIMER_SERVICE].armed);
    host_expect_nothing(host);
    host_free(host);
}

static void a_run_of_known_messages_is_acked_in_bounded_steps(void **state)
{
    (void)state;
    struct host *host = dedupe_host(8);
    for (uint64_t tag = 1; tag <= 50; tag++)
        host_deliver(host, tag, 4, 0);
    host_fire(host, TIMER_SERVICE);
    host_finish(host);
    assert_int_equal(host->frame_count, 50);
    assert_int_equal(host_seen(host, OBSERVE_COMPLETED), 1);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_consumer_asks_for_its_queue_with_its_prefetch),
        cmocka_unit_test(messages_are_worked_on_one_at_a_time_in_order_and_acked_after_the_work),
        cmocka_unit_test(a_delivery_is_seen_as_it_came),
        cmocka_unit_test(an_automatic_ack_is_seen_on_delivery_and_never_sent),
        cmocka_unit_test(a_rejected_message_is_requeued_only_when_told_to),
        cmocka_unit_test(a_rejected_message_is_not_remembered),
        cmocka_unit_test(a_careless_consumer_acks_twice),
        cmocka_unit_test(acks_are_owed_in_order_while_the_window_is_full),
        cmocka_unit_test(a_rejection_that_is_owed_is_still_one),
        cmocka_unit_test(many_owed_acks_leave_in_bounded_steps),
        cmocka_unit_test(what_a_prefetch_allows_fits_whatever_is_held_or_owed),
        cmocka_unit_test(a_lost_connection_ends_the_work_and_its_acks),
        cmocka_unit_test(what_a_lost_connection_held_is_given_back_in_bounded_steps),
        cmocka_unit_test(a_consumer_without_room_gives_its_connection_up),
        cmocka_unit_test(what_the_window_knows_is_acked_without_work),
        cmocka_unit_test(a_copy_that_waits_while_its_twin_is_worked_on_is_known_afterwards),
        cmocka_unit_test(the_window_forgets_the_oldest),
        cmocka_unit_test(messages_of_two_producers_or_epochs_are_never_the_same),
        cmocka_unit_test(an_automatic_ack_remembers_too_and_skips_what_is_known),
        cmocka_unit_test(a_run_of_known_messages_is_acked_in_bounded_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
