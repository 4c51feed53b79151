/* What consumers receive: no-phantom, fifo and prefetch; histories that hold, and the smallest that break them. */
#include "court.h"

/* ---- no-phantom ---- */

static void a_delivery_of_what_was_attempted_holds(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_attempted(court, WEB, 1);
    see_delivered(court, WORKER, 1, 1);
    expect_held(court, PROPERTY_NO_PHANTOM);
    court_free(court);
}

static void a_message_that_nobody_attempted_is_a_phantom(void **state)
{
    (void)state;
    const uint64_t sequences[] = {0, 2, UINT64_MAX};
    for (unsigned i = 0; i < 3; i++) {
        struct court *court = court_new();
        see_attempted(court, WEB, 1);
        see_delivered(court, WORKER, 1, sequences[i]);
        expect_breach(court, PROPERTY_NO_PHANTOM, 1, sequences[i]);
        court_free(court);
    }
}

static void a_message_of_whoever_does_not_publish_is_a_phantom(void **state)
{
    (void)state;
    const uint32_t producers[] = {NODE, WORKER, ACTORS, UINT32_MAX};
    for (unsigned i = 0; i < 4; i++) {
        struct court *court = court_new();
        struct message message = court_message(producers[i], 1);
        see_message_delivered(court, WORKER, 1, message);
        expect_breach(court, PROPERTY_NO_PHANTOM, 1, 1);
        court_see(court,
                  (struct observation){.kind = OBSERVE_ACKED, .actor = WORKER, .tag = 1, .message = message});
        assert_int_equal(court->verdict.breached, 0);
        court_free(court);
    }
}

static void a_message_with_other_bytes_is_a_phantom(void **state)
{
    (void)state;
    for (unsigned change = 0; change < 3; change++) {
        struct court *court = court_new();
        see_attempted(court, WEB, 1);
        struct message message = court_message(WEB, 1);
        message.body += change == 0;
        message.size_bytes += change == 1;
        message.epoch += change == 2;
        see_message_delivered(court, WORKER, 1, message);
        expect_breach(court, PROPERTY_NO_PHANTOM, 1, 1);
        court_free(court);
    }
}

static void a_message_that_reaches_a_consumer_of_another_queue_is_a_phantom(void **state)
{
    (void)state;
    for (uint16_t queue = 0; queue < 2; queue++) { /* also when the node pretends that it was meant to */
        struct court *court = court_new();
        see_attempted(court, WEB, 1);
        struct message message = court_message(WEB, 1);
        message.queue = queue;
        see_message_delivered(court, STRAY, 1, message);
        expect_breach(court, PROPERTY_NO_PHANTOM, 1, 1);
        court_free(court);
    }
}

/* ---- fifo ---- */

static void first_deliveries_in_order_hold_whatever_gaps_they_leave(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_attempted(court, WEB, 9);
    see_delivered(court, WORKER, 1, 1);
    see_delivered(court, HELPER, 1, 2);
    see_delivered(court, WORKER, 2, 7);
    expect_held(court, PROPERTY_FIFO);
    court_free(court);
}

static void a_later_message_delivered_first_breaks_fifo_when_the_earlier_one_comes(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_attempted(court, WEB, 2);
    see_delivered(court, WORKER, 1, 2);
    expect_held(court, PROPERTY_FIFO);
    see_delivered(court, HELPER, 1, 1);
    expect_breach(court, PROPERTY_FIFO, 1, 1);
    court_free(court);
}

static void a_message_delivered_again_is_no_first_delivery(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_attempted(court, WEB, 2);
    see_delivered(court, WORKER, 1, 1);
    see_delivered(court, WORKER, 2, 2);
    see_delivered(court, HELPER, 1, 1);
    expect_held(court, PROPERTY_FIFO);
    assert_false(court->verdict.exercised >> PROPERTY_FIFO & 1);
    court_free(court);
}

static void each_producer_has_an_order_of_its_own(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_attempted(court, WEB, 2);
    see_attempted(court, APP, 2);
    see_delivered(court, WORKER, 1, 2);
    see_message_delivered(court, HELPER, 1, court_message(APP, 1));
    expect_held(court, PROPERTY_FIFO);
    court_free(court);
}

static void a_breach_of_fifo_does_not_make_the_latest_any_earlier(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_attempted(court, WEB, 9);
    see_delivered(court, WORKER, 1, 5);
    see_delivered(court, HELPER, 1, 1);
    assert_int_equal(court->verdict.breached, 1u << PROPERTY_FIFO);
    see_delivered(court, HELPER, 2, 4);
    assert_int_equal(court->verdict.breached, 1u << PROPERTY_FIFO);
    court_free(court);
}

/* ---- prefetch ---- */

static void a_consumer_may_hold_as_many_as_it_asked_for(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_attempted(court, WEB, 3);
    see_delivered(court, WORKER, 1, 1);
    see_delivered(court, WORKER, 2, 2);
    see_delivered(court, HELPER, 1, 3);
    expect_held(court, PROPERTY_PREFETCH);
    court_free(court);
}

static void one_more_than_it_asked_for_is_a_breach(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_attempted(court, WEB, 3);
    for (uint64_t i = 1; i <= 3; i++)
        see_delivered(court, WORKER, i, i);
    expect_breach(court, PROPERTY_PREFETCH, 1, 3);
    court_free(court);
}

static void an_ack_makes_room_for_one_however_often_it_is_sent(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_attempted(court, WEB, 4);
    see_delivered(court, WORKER, 1, 1);
    see_delivered(court, WORKER, 2, 2);
    see_acked(court, WORKER, 1, 1, 0);
    see_acked(court, WORKER, 1, 1, 0);
    see_delivered(court, WORKER, 3, 3);
    expect_held(court, PROPERTY_PREFETCH);
    see_delivered(court, WORKER, 4, 4);
    expect_breach(court, PROPERTY_PREFETCH, 1, 4);
    court_free(court);
}

static void a_rejection_makes_room_too(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_attempted(court, WEB, 3);
    see_delivered(court, WORKER, 1, 1);
    see_delivered(court, WORKER, 2, 2);
    see_acked(court, WORKER, 2, 2, FRAME_NEGATIVE | FRAME_REQUEUE);
    see_delivered(court, WORKER, 3, 3);
    expect_held(court, PROPERTY_PREFETCH);
    court_free(court);
}

static void a_lost_connection_frees_what_it_held_and_only_its_own(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_attempted(court, WEB, 9);
    for (uint64_t i = 1; i <= 2; i++)
        see_delivered(court, WORKER, i, i);
    for (uint64_t i = 1; i <= 2; i++)
        see_delivered(court, HELPER, i, i + 2);
    see_lost(court, WORKER);
    see_delivered(court, WORKER, 1, 5);
    see_delivered(court, WORKER, 2, 6);
    expect_held(court, PROPERTY_PREFETCH);
    see_delivered(court, HELPER, 3, 7);
    expect_breach(court, PROPERTY_PREFETCH, 1, 7);
    court_free(court);
}

static void without_a_prefetch_or_with_automatic_acks_there_is_no_bound(void **state)
{
    (void)state;
    struct court *court = court_prepare(0);
    court->clients[WORKER - 1].prefetch = 0;
    court->clients[HELPER - 1].auto_ack = 1;
    court_open_session(court, 100);
    see_attempted(court, WEB, 20);
    for (uint64_t i = 1; i <= 10; i++) {
        see_delivered(court, WORKER, i, 2 * i - 1);
        see_delivered(court, HELPER, i, 2 * i);
    }
    expect_untested(court, PROPERTY_PREFETCH);
    court_free(court);
}

static void what_was_held_and_answered_takes_no_room(void **state)
{
    (void)state;
    const uint8_t flags[] = {0, FRAME_NEGATIVE | FRAME_REQUEUE};
    for (unsigned i = 0; i < 2; i++) {
        struct court *court = court_prepare(0);
        court->config.queue_consumers[0] = 1; /* so that what it gives back must come again */
        court_open_session(court, 10);
        see_attempted(court, WEB, 1);
        for (uint64_t tag = 1; tag <= 1000; tag++) {
            see_delivered(court, WORKER, tag, 1);
            see_acked(court, WORKER, tag, 1, flags[i]);
            assert_false(court->full);
        }
        court_free(court);
    }
}

static void a_delivery_tag_used_again_takes_no_room_for_good(void **state)
{
    (void)state;
    struct court *court = court_prepare(0);
    court_open_session(court, 10);
    see_attempted(court, WEB, 1);
    for (unsigned i = 0; i < 1000; i++) {
        see_delivered(court, WORKER, 1, 1);
        assert_false(court->full);
    }
    court_free(court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delivery_of_what_was_attempted_holds),
        cmocka_unit_test(a_message_that_nobody_attempted_is_a_phantom),
        cmocka_unit_test(a_message_of_whoever_does_not_publish_is_a_phantom),
        cmocka_unit_test(a_message_with_other_bytes_is_a_phantom),
        cmocka_unit_test(a_message_that_reaches_a_consumer_of_another_queue_is_a_phantom),
        cmocka_unit_test(first_deliveries_in_order_hold_whatever_gaps_they_leave),
        cmocka_unit_test(a_later_message_delivered_first_breaks_fifo_when_the_earlier_one_comes),
        cmocka_unit_test(a_message_delivered_again_is_no_first_delivery),
        cmocka_unit_test(each_producer_has_an_order_of_its_own),
        cmocka_unit_test(a_breach_of_fifo_does_not_make_the_latest_any_earlier),
        cmocka_unit_test(a_consumer_may_hold_as_many_as_it_asked_for),
        cmocka_unit_test(one_more_than_it_asked_for_is_a_breach),
        cmocka_unit_test(an_ack_makes_room_for_one_however_often_it_is_sent),
        cmocka_unit_test(a_rejection_makes_room_too),
        cmocka_unit_test(a_lost_connection_frees_what_it_held_and_only_its_own),
        cmocka_unit_test(without_a_prefetch_or_with_automatic_acks_there_is_no_bound),
        cmocka_unit_test(what_was_held_and_answered_takes_no_room),
        cmocka_unit_test(a_delivery_tag_used_again_takes_no_room_for_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
