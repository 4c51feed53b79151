/* A producer on a connection that holds: when messages come due, when they are sent, what counts as an answer. */
#include "client_host.h"

static void a_producer_attempts_before_it_is_connected_and_sends_when_it_is(void **state)
{
    (void)state;
    struct host *host = host_new(producer_config(), 10);
    host_arrive(host, 2);
    assert_int_equal(host_seen(host, OBSERVE_ATTEMPTED), 2);
    host_expect_nothing(host);
    host_accept(host);
    host_expect_publishes(host, 1, 2, 1);
    host_free(host);
}

static void an_open_loop_does_not_wait_for_answers(void **state)
{
    (void)state;
    struct host *host = host_open(producer_config(), 10);
    for (unsigned i = 1; i <= 5; i++) {
        host_expect_armed(host, TIMER_ARRIVAL, OUTPUT_PROCESS, 0);
        host_arrive(host, 1);
    }
    host_expect_publishes(host, 1, 5, 1);
    assert_int_equal(host_seen(host, OBSERVE_ANSWERED), 0);
    host_free(host);
}

static void a_message_says_who_where_and_how_large_it_is(void **state)
{
    (void)state;
    struct client_config config = producer_config();
    config.queue = 5;
    config.message_flags = MESSAGE_MANDATORY;
    struct host *host = host_open(config, 10);
    host_arrive(host, 1);
    host_fire_with(host, TIMER_ARRIVAL, 7000);
    const uint32_t sizes[] = {100, 7000};
    for (unsigned i = 0; i < 2; i++) {
        struct frame frame = host_take(host);
        struct message expected = {.producer = HOST_ACTOR, .sequence = i + 1, .size_bytes = sizes[i], .queue = 5,
                                   .body = message_body(HOST_ACTOR, 0, i + 1, sizes[i]), .flags = MESSAGE_MANDATORY};
        assert_memory_equal(&frame.message, &expected, sizeof expected);
        assert_int_equal(frame.queue, 5);
        assert_memory_equal(&host_seen_at(host, OBSERVE_ATTEMPTED, i)->message, &expected, sizeof expected);
        assert_memory_equal(&host_seen_at(host, OBSERVE_SENT, i)->message, &expected, sizeof expected);
        assert_int_equal(host_seen_at(host, OBSERVE_SENT, i)->queue, 5);
        assert_int_equal(host_seen_at(host, OBSERVE_SENT, i)->tag, i + 1);
    }
    host_free(host);
}

static void a_producer_stops_after_its_last_message(void **state)
{
    (void)state;
    struct client_config config = producer_config();
    config.messages_max = 2;
    struct host *host = host_open(config, 10);
    host_arrive(host, 2);
    assert_false(host->timer[TIMER_ARRIVAL].armed);
    host_free(host);
}

static void a_producer_without_confirms_forgets_what_it_sent(void **state)
{
    (void)state;
    struct client_config config = producer_config();
    config.confirms = 0;
    config.retry_timeout_ns = 1000;
    struct host *host = host_open(config, 10);
    host_arrive(host, 1);
    host_expect_publish(host, 1, 0);
    assert_false(host->timer[TIMER_RETRY].armed);
    host_lose(host);
    host_reconnect(host);
    host_expect_nothing(host);
    host_arrive(host, 1000); /* far more than it has room for */
    assert_int_equal(host_seen(host, OBSERVE_ABANDONED) + host_seen(host, OBSERVE_ANSWERED), 0);
    host_free(host);
}

/* ---- answers ---- */

static void a_confirm_answers_the_publish_that_it_names_and_no_other(void **state)
{
    (void)state;
    struct host *host = host_open(producer_config(), 10);
    host_arrive(host, 3);
    host_confirm(host, 2, 0);
    HOST_EXPECT_SEEN(host, OBSERVE_ANSWERED, 2);
    host_confirm(host, 1, 0);
    host_confirm(host, 3, 0);
    HOST_EXPECT_SEEN(host, OBSERVE_ANSWERED, 2, 1, 3);
    host_free(host);
}

static void a_multiple_confirm_answers_all_up_to_its_tag(void **state)
{
    (void)state;
    struct host *host = host_open(producer_config(), 10);
    host_arrive(host, 4);
    host_confirm(host, 2, 0);
    host_confirm(host, 3, FRAME_MULTIPLE);
    HOST_EXPECT_SEEN(host, OBSERVE_ANSWERED, 2, 1, 3);
    assert_int_equal(host_seen(host, OBSERVE_ANSWER), 2);
    host_free(host);
}

static void one_frame_that_answers_many_is_worked_off_in_bounded_steps(void **state)
{
    (void)state;
    struct host *host = host_open(producer_config(), 100);
    host_arrive(host, 50);
    host_confirm(host, 49, FRAME_MULTIPLE);
    assert_int_equal(host_seen(host, OBSERVE_ANSWERED), STEP_WORK_MAX);
    assert_int_equal(host_finish(host), 3);
    assert_int_equal(host_seen(host, OBSERVE_ANSWERED), 49);
    assert_int_equal(host_seen_at(host, OBSERVE_ANSWERED, 48)->message.sequence, 49);
    host_free(host);
}

static void a_rejection_is_an_answer_too(void **state)
{
    (void)state;
    struct host *host = host_open(producer_config(), 10);
    host_arrive(host, 1);
    host_confirm(host, 1, FRAME_NEGATIVE);
    HOST_EXPECT_SEEN(host, OBSERVE_ANSWERED, 1);
    assert_int_equal(host_seen_at(host, OBSERVE_ANSWERED, 0)->flags, FRAME_NEGATIVE);
    host_lose(host);
    host_reconnect(host);
    host_expect_nothing(host);
    host_free(host);
}

static void a_second_answer_is_heard_and_changes_nothing(void **state)
{
    (void)state;
    struct host *host = host_open(producer_config(), 10);
    host_arrive(host, 2);
    host_confirm(host, 1, 0);
    host_confirm(host, 1, 0);
    host_confirm(host, 1, FRAME_MULTIPLE);
    host_confirm(host, 9, 0);
    HOST_EXPECT_SEEN(host, OBSERVE_ANSWERED, 1);
    assert_int_equal(host_seen(host, OBSERVE_ANSWER), 4);
    assert_int_equal(host_seen_at(host, OBSERVE_ANSWER, 2)->flags, FRAME_MULTIPLE);
    assert_int_equal(host_seen_at(host, OBSERVE_ANSWER, 3)->tag, 9);
    host_free(host);
}

static void an_unroutable_message_that_comes_back_is_seen_and_still_waits_for_its_answer(void **state)
{
    (void)state;
    struct host *host = host_open(producer_config(), 10);
    host_arrive(host, 1);
    host_hear(host, (struct frame){.kind = FRAME_RETURN, .message = host_take(host).message});
    HOST_EXPECT_SEEN(host, OBSERVE_RETURNED, 1);
    assert_int_equal(host_seen(host, OBSERVE_ANSWERED), 0);
    host_confirm(host, 1, 0);
    HOST_EXPECT_SEEN(host, OBSERVE_ANSWERED, 1);
    host_free(host);
}

/* ---- what holds a message back ---- */

static void no_more_than_max_in_flight_are_unanswered(void **state)
{
    (void)state;
    struct client_config config = producer_config();
    config.in_flight_max = 2;
    struct host *host = host_open(config, 10);
    host_arrive(host, 5);
    host_expect_publishes(host, 1, 2, 1);
    host_confirm(host, 2, 0);
    host_expect_publishes(host, 3, 3, 3);
    host_confirm(host, 3, FRAME_MULTIPLE);
    host_expect_publishes(host, 4, 5, 4);
    host_free(host);
}

static void a_full_window_holds_messages_back_in_order_but_not_answers(void **state)
{
    (void)state;
    struct host *host = host_open(producer_config(), 10);
    host_arrive(host, 1);
    host_block(host);
    host_arrive(host, 2);
    host_expect_publishes(host, 1, 1, 1);
    host_confirm(host, 1, 0);
    HOST_EXPECT_SEEN(host, OBSERVE_ANSWERED, 1);
    assert_false(host->continues);
    host_unblock(host);
    host_expect_publishes(host, 2, 3, 2);
    host_free(host);
}

static void a_window_that_was_full_is_not_full_on_the_next_connection(void **state)
{
    (void)state;
    struct host *host = host_open(producer_config(), 10);
    host_block(host);
    host_arrive(host, 1);
    host_lose(host);
    host_reconnect(host);
    host_expect_publishes(host, 1, 1, 1);
    host_free(host);
}

static void a_backlog_is_sent_in_bounded_steps(void **state)
{
    (void)state;
    struct host *host = host_new(producer_config(), 100);
    host_arrive(host, 40);
    host_accept(host);
    assert_int_equal(host->frame_count, STEP_WORK_MAX);
    assert_int_equal(host_finish(host), 2);
    host_expect_publishes(host, 1, 40, 1);
    host_free(host);
}

static void a_message_that_finds_no_room_is_given_up_at_once(void **state)
{
    (void)state;
    struct host *host = host_new(producer_config(), 2);
    while (host_seen(host, OBSERVE_ABANDONED) == 0)
        host_arrive(host, 1);
    unsigned kept = host_seen(host, OBSERVE_ATTEMPTED) - 1;
    assert_true(kept >= 2);
    HOST_EXPECT_SEEN(host, OBSERVE_ABANDONED, kept + 1);
    host_accept(host);
    host_expect_publishes(host, 1, kept, 1);
    host_arrive(host, 1);
    host_confirm(host, 1, 0);
    host_arrive(host, 1);
    host_expect_publishes(host, kept + 3, kept + 3, kept + 1);
    host_free(host);
}

/* ---- closed loop ---- */

static struct client_config closed_loop(uint32_t in_flight)
{
    struct client_config config = producer_config();
    config.closed_loop = 1;
    config.in_flight_max = in_flight;
    return config;
}

static void a_closed_loop_attempts_the_next_when_one_is_answered(void **state)
{
    (void)state;
    struct host *host = host_open(closed_loop(2), 10);
    host_arrive(host, 2);
    assert_false(host->timer[TIMER_ARRIVAL].armed);
    host_confirm(host, 1, 0);
    host_expect_armed(host, TIMER_ARRIVAL, OUTPUT_PROCESS, 0);
    host_arrive(host, 1);
    assert_false(host->timer[TIMER_ARRIVAL].armed);
    host_expect_publishes(host, 1, 3, 1);
    host_free(host);
}

static void a_multiple_confirm_lets_a_closed_loop_attempt_as_many(void **state)
{
    (void)state;
    struct host *host = host_open(closed_loop(3), 10);
    host_arrive(host, 3);
    host_confirm(host, 2, FRAME_MULTIPLE);
    host_arrive(host, 2);
    assert_false(host->timer[TIMER_ARRIVAL].armed);
    host_expect_publishes(host, 1, 5, 1);
    host_free(host);
}

static void a_closed_loop_stops_after_its_last_message(void **state)
{
    (void)state;
    struct client_config config = closed_loop(1);
    config.messages_max = 2;
    struct host *host = host_open(config, 10);
    host_arrive(host, 1);
    host_confirm(host, 1, 0);
    host_arrive(host, 1);
    host_confirm(host, 2, 0);
    assert_false(host->timer[TIMER_ARRIVAL].armed);
    host_free(host);
}

static void a_message_given_up_makes_room_in_a_closed_loop(void **state)
{
    (void)state;
    struct client_config config = closed_loop(2);
    config.attempts_max = 1;
    struct host *host = host_open(config, 10);
    host_arrive(host, 2);
    host_lose(host);
    host_reconnect(host);
    HOST_EXPECT_SEEN(host, OBSERVE_ABANDONED, 1, 2);
    host_arrive(host, 2);
    assert_false(host->timer[TIMER_ARRIVAL].armed);
    host_expect_publishes(host, 3, 4, 1);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_producer_attempts_before_it_is_connected_and_sends_when_it_is),
        cmocka_unit_test(an_open_loop_does_not_wait_for_answers),
        cmocka_unit_test(a_message_says_who_where_and_how_large_it_is),
        cmocka_unit_test(a_producer_stops_after_its_last_message),
        cmocka_unit_test(a_producer_without_confirms_forgets_what_it_sent),
        cmocka_unit_test(a_confirm_answers_the_publish_that_it_names_and_no_other),
        cmocka_unit_test(a_multiple_confirm_answers_all_up_to_its_tag),
        cmocka_unit_test(one_frame_that_answers_many_is_worked_off_in_bounded_steps),
        cmocka_unit_test(a_rejection_is_an_answer_too),
        cmocka_unit_test(a_second_answer_is_heard_and_changes_nothing),
        cmocka_unit_test(an_unroutable_message_that_comes_back_is_seen_and_still_waits_for_its_answer),
        cmocka_unit_test(no_more_than_max_in_flight_are_unanswered),
        cmocka_unit_test(a_full_window_holds_messages_back_in_order_but_not_answers),
        cmocka_unit_test(a_window_that_was_full_is_not_full_on_the_next_connection),
        cmocka_unit_test(a_backlog_is_sent_in_bounded_steps),
        cmocka_unit_test(a_message_that_finds_no_room_is_given_up_at_once),
        cmocka_unit_test(a_closed_loop_attempts_the_next_when_one_is_answered),
        cmocka_unit_test(a_multiple_confirm_lets_a_closed_loop_attempt_as_many),
        cmocka_unit_test(a_closed_loop_stops_after_its_last_message),
        cmocka_unit_test(a_message_given_up_makes_room_in_a_closed_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
