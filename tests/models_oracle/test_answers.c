/* Answers, and what must have happened when all is quiet: one-answer, answered, delivered. */
#include "court.h"

static void send_many(struct court *court, uint64_t first, uint64_t last)
{
    for (uint64_t tag = first; tag <= last; tag++)
        see_sent(court, WEB, tag);
}

/* ---- one answer ---- */

static void each_publish_answered_once_holds_in_any_order(void **state)
{
    (void)state;
    struct court *court = court_new();
    send_many(court, 1, 3);
    see_answer(court, WEB, 2, 0);
    see_answer(court, WEB, 3, FRAME_NEGATIVE);
    see_answer(court, WEB, 1, 0);
    expect_held(court, PROPERTY_ONE_ANSWER);
    court_free(court);
}

static void a_second_answer_is_a_breach(void **state)
{
    (void)state;
    const uint8_t flags[] = {0, FRAME_NEGATIVE, FRAME_MULTIPLE};
    for (unsigned i = 0; i < 3; i++) {
        struct court *court = court_new();
        send_many(court, 1, 2);
        see_answer(court, WEB, 1, 0);
        see_answer(court, WEB, 1, flags[i]);
        expect_breach(court, PROPERTY_ONE_ANSWER, 1, 0);
        court_free(court);
    }
}

static void an_answer_to_what_was_never_published_is_a_breach(void **state)
{
    (void)state;
    const uint8_t flags[] = {0, FRAME_NEGATIVE, FRAME_MULTIPLE};
    for (unsigned i = 0; i < 3; i++) {
        struct court *court = court_new();
        send_many(court, 1, 2);
        see_sent(court, APP, 3);
        see_answer(court, WEB, 3, flags[i]);
        expect_breach(court, PROPERTY_ONE_ANSWER, 1, 0);
        court_free(court);
    }
}

static void a_publish_that_asked_for_no_confirm_expects_none(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_sent(court, WEB, 0);
    see_answer(court, WEB, 0, 0);
    expect_breach(court, PROPERTY_ONE_ANSWER, 1, 0);
    court_free(court);
}

static void a_multiple_confirm_answers_all_up_to_its_tag_and_none_beyond(void **state)
{
    (void)state;
    struct court *court = court_new();
    send_many(court, 1, 5);
    see_answer(court, WEB, 2, 0);
    see_answer(court, WEB, 4, FRAME_MULTIPLE);
    see_answer(court, WEB, 5, 0);
    expect_held(court, PROPERTY_ONE_ANSWER);
    see_answer(court, WEB, 1, 0);
    expect_breach(court, PROPERTY_ONE_ANSWER, 1, 0);
    court_free(court);
}

static void a_multiple_confirm_must_name_an_unanswered_publish_itself(void **state)
{
    (void)state;
    struct court *court = court_new();
    send_many(court, 1, 2);
    see_answer(court, WEB, 2, 0);
    see_answer(court, WEB, 2, FRAME_MULTIPLE);
    expect_breach(court, PROPERTY_ONE_ANSWER, 1, 0);
    court_free(court);
}

static void publish_numbers_begin_anew_on_the_next_connection(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_opened(court, WEB, 0);
    send_many(court, 1, 2);
    see_answer(court, WEB, 1, 0);
    see_lost(court, WEB);
    see_opened(court, WEB, 1);
    see_sent(court, WEB, 1);
    see_answer(court, WEB, 1, 0);
    expect_held(court, PROPERTY_ONE_ANSWER);
    see_answer(court, WEB, 2, 0);
    expect_breach(court, PROPERTY_ONE_ANSWER, 1, 0);
    court_free(court);
}

/* ---- answered ---- */

static void a_publish_on_a_living_connection_must_be_answered_by_the_end(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_opened(court, WEB, 0);
    send_many(court, 1, 2);
    see_answer(court, WEB, 1, 0);
    see_quiet(court);
    expect_breach(court, PROPERTY_ANSWERED, 1, 0);
    assert_int_equal(court->verdict.message.producer, WEB);
    court_free(court);
}

static void an_answered_publish_holds_at_the_end(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_opened(court, WEB, 0);
    see_sent(court, WEB, 1);
    see_answer(court, WEB, 1, FRAME_NEGATIVE);
    see_quiet(court);
    expect_held(court, PROPERTY_ANSWERED);
    court_free(court);
}

static void a_lost_connection_owes_no_answers(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_opened(court, WEB, 0);
    see_sent(court, WEB, 1);
    see_lost(court, WEB);
    see_quiet(court);
    expect_untested(court, PROPERTY_ANSWERED);
    court_free(court);
}

static void a_producer_without_confirms_is_owed_no_answers(void **state)
{
    (void)state;
    struct court *court = court_prepare(0);
    court->clients[WEB - 1].confirms = 0;
    court_open_session(court, 10);
    see_opened(court, WEB, 0);
    see_opened(court, WORKER, 0);
    see_sent(court, WEB, 0);
    see_quiet(court);
    expect_untested(court, PROPERTY_ANSWERED);
    court_free(court);
}

/* ---- delivered ---- */

static void a_confirmed_message_must_be_with_a_consumer_by_the_end(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_confirmed(court, 1, 64);
    see_confirmed(court, 2, 128);
    see_delivered(court, WORKER, 1, 1);
    see_quiet(court);
    expect_breach(court, PROPERTY_DELIVERED, 1, 2);
    assert_int_equal(court->verdict.message.producer, WEB);
    court_free(court);
}

static void a_message_that_a_consumer_holds_or_settled_is_delivered(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_confirmed(court, 1, 64);
    see_confirmed(court, 2, 128);
    see_delivered(court, WORKER, 1, 1);
    see_delivered(court, WORKER, 2, 2);
    see_acked(court, WORKER, 1, 1, 0);
    see_quiet(court);
    expect_held(court, PROPERTY_DELIVERED);
    court_free(court);
}

static void what_all_settled_is_delivered(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_quiet(court);
    expect_untested(court, PROPERTY_DELIVERED);
    see_confirmed(court, 1, 64);
    see_delivered(court, WORKER, 1, 1);
    see_acked(court, WORKER, 1, 1, 0);
    see_quiet(court);
    expect_held(court, PROPERTY_DELIVERED);
    court_free(court);
}

static void what_a_lost_or_rejecting_consumer_held_must_be_delivered_again(void **state)
{
    (void)state;
    for (unsigned lost = 0; lost < 2; lost++) {
        struct court *court = court_new();
        see_confirmed(court, 1, 64);
        see_delivered(court, WORKER, 1, 1);
        if (lost)
            see_lost(court, WORKER);
        else
            see_acked(court, WORKER, 1, 1, FRAME_NEGATIVE | FRAME_REQUEUE);
        see_quiet(court);
        expect_breach(court, PROPERTY_DELIVERED, 1, 1);
        court_free(court);
    }
}

static void whose_message_it_holds_a_consumer_knows_by_its_producer(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_confirmed(court, 1, 64);
    see_attempted(court, APP, 1);
    see_message_delivered(court, WORKER, 1, court_message(APP, 1));
    see_quiet(court);
    expect_breach(court, PROPERTY_DELIVERED, 1, 1);
    assert_int_equal(court->verdict.message.producer, WEB);
    court_free(court);
    court = court_new();
    court_see(court, (struct observation){.kind = OBSERVE_APPENDED, .position = 64, .message = court_message(APP, 1)});
    court_see(court, (struct observation){.kind = OBSERVE_ANSWERED, .actor = APP, .message = court_message(APP, 1)});
    see_attempted(court, APP, 1);
    see_message_delivered(court, WORKER, 1, court_message(APP, 1));
    see_quiet(court);
    expect_held(court, PROPERTY_DELIVERED);
    court_free(court);
}

static void what_was_held_before_it_was_confirmed_and_given_back_is_owed(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_attempted(court, WEB, 1);
    see_delivered(court, WORKER, 1, 1); /* a copy that its node lost since */
    see_confirmed(court, 1, 64);
    see_acked(court, WORKER, 1, 1, FRAME_NEGATIVE | FRAME_REQUEUE);
    see_quiet(court);
    expect_breach(court, PROPERTY_DELIVERED, 1, 1);
    court_free(court);
}

static void of_two_consumers_that_hold_a_message_one_may_go(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_confirmed(court, 1, 64);
    see_delivered(court, WORKER, 1, 1);
    see_delivered(court, HELPER, 1, 1);
    see_lost(court, WORKER);
    see_quiet(court);
    expect_held(court, PROPERTY_DELIVERED);
    court_free(court);
}

static void what_was_never_confirmed_need_not_be_delivered(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_attempted(court, WEB, 1);
    see_appended(court, 1, 64);
    see_quiet(court);
    expect_untested(court, PROPERTY_DELIVERED);
    court_free(court);
}

static void a_queue_without_consumers_need_not_deliver(void **state)
{
    (void)state;
    struct court *court = court_prepare(0);
    court->config.queue_consumers[0] = 0;
    court_open_session(court, 10);
    see_confirmed(court, 1, 64);
    see_quiet(court);
    expect_untested(court, PROPERTY_DELIVERED);
    court_free(court);
}

static void nothing_is_owed_while_a_node_is_down_or_refuses(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_opened(court, WEB, 0);
    see_sent(court, WEB, 1);
    see_confirmed(court, 1, 64);
    see_crashed(court, 64);
    see_quiet(court);
    expect_untested(court, PROPERTY_DELIVERED);
    expect_untested(court, PROPERTY_ANSWERED);
    see_started(court);
    see_node(court, OBSERVE_RECOVERED, 1, 64);
    see_recovery_done(court, 64, REFUSE_CORRUPT); /* which breaks `recovery` */
    see_quiet(court);
    assert_int_equal(court->verdict.exercised, 0);
    see_crashed(court, 64);
    see_started(court);
    see_quiet(court);
    assert_int_equal(court->verdict.breached, 1u << PROPERTY_DELIVERED | 1u << PROPERTY_ANSWERED);
    court_free(court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_publish_answered_once_holds_in_any_order),
        cmocka_unit_test(a_second_answer_is_a_breach),
        cmocka_unit_test(an_answer_to_what_was_never_published_is_a_breach),
        cmocka_unit_test(a_publish_that_asked_for_no_confirm_expects_none),
        cmocka_unit_test(a_multiple_confirm_answers_all_up_to_its_tag_and_none_beyond),
        cmocka_unit_test(a_multiple_confirm_must_name_an_unanswered_publish_itself),
        cmocka_unit_test(publish_numbers_begin_anew_on_the_next_connection),
        cmocka_unit_test(a_publish_on_a_living_connection_must_be_answered_by_the_end),
        cmocka_unit_test(an_answered_publish_holds_at_the_end),
        cmocka_unit_test(a_lost_connection_owes_no_answers),
        cmocka_unit_test(a_producer_without_confirms_is_owed_no_answers),
        cmocka_unit_test(a_confirmed_message_must_be_with_a_consumer_by_the_end),
        cmocka_unit_test(a_message_that_a_consumer_holds_or_settled_is_delivered),
        cmocka_unit_test(what_all_settled_is_delivered),
        cmocka_unit_test(what_a_lost_or_rejecting_consumer_held_must_be_delivered_again),
        cmocka_unit_test(whose_message_it_holds_a_consumer_knows_by_its_producer),
        cmocka_unit_test(what_was_held_before_it_was_confirmed_and_given_back_is_owed),
        cmocka_unit_test(of_two_consumers_that_hold_a_message_one_may_go),
        cmocka_unit_test(what_was_never_confirmed_need_not_be_delivered),
        cmocka_unit_test(a_queue_without_consumers_need_not_deliver),
        cmocka_unit_test(nothing_is_owed_while_a_node_is_down_or_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
