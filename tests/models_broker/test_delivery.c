/* Deliveries, acks and what comes back: order, prefetch, places, flags. */
#include "broker_host.h"

static struct host *host_with_messages(uint64_t count)
{
    struct host *host = host_new(host_config(2, 70, FSYNC_NEVER), 40000);
    host_open(host, 0);
    for (uint64_t sequence = 1; sequence <= count; sequence++)
        host_send(host, 0, (struct frame){.kind = FRAME_PUBLISH, .message = host_message(0, sequence)});
    return host;
}

static void messages_are_delivered_in_order_and_tagged_from_one(void **state)
{
    (void)state;
    struct host *host = host_with_messages(3);
    host_open(host, 1);
    host_consume(host, 1, 0, 0, 0);
    for (uint64_t i = 1; i <= 3; i++)
        assert_int_equal(host_expect_delivery(host, 1, i, false), i);
    host_expect_length(host, 0, 0, 3);
    host_free(host);
}

static void prefetch_is_never_exceeded_and_an_ack_frees_one(void **state)
{
    (void)state;
    struct host *host = host_with_messages(5);
    host_open(host, 1);
    host_consume(host, 1, 0, 2, 0);
    host_expect_delivery(host, 1, 1, false);
    host_expect_delivery(host, 1, 2, false);
    host_expect_nothing(host, 1);
    host_ack(host, 1, 2, 0);
    host_expect_delivery(host, 1, 3, false);
    host_expect_nothing(host, 1);
    host_ack(host, 1, 3, FRAME_MULTIPLE);
    host_expect_delivery(host, 1, 4, false);
    host_expect_delivery(host, 1, 5, false);
    host_expect_length(host, 0, 0, 2);
    host_free(host);
}

static void an_automatic_ack_settles_on_delivery_and_knows_no_prefetch(void **state)
{
    (void)state;
    struct host *host = host_with_messages(5);
    host_open(host, 1);
    host_consume(host, 1, 0, 1, FRAME_AUTO_ACK);
    for (uint64_t i = 1; i <= 5; i++)
        host_expect_delivery(host, 1, i, false);
    assert_int_equal(host_seen(host, OBSERVE_SETTLED), 5);
    host_expect_length(host, 0, 0, 0);
    host_free(host);
}

static void a_multiple_ack_settles_everything_up_to_its_tag(void **state)
{
    (void)state;
    struct host *host = host_with_messages(5);
    host_open(host, 1);
    host_consume(host, 1, 0, 0, 0);
    host_ack(host, 1, 3, FRAME_MULTIPLE);
    host_expect_length(host, 0, 0, 2);
    host_ack(host, 1, 0, FRAME_MULTIPLE); /* 0 stands for all */
    host_expect_length(host, 0, 0, 0);
    assert_int_equal(host->closed[1], 0);
    host_free(host);
}

static void expect_ack_closes(uint64_t tag, uint8_t flags)
{
    struct host *host = host_with_messages(3);
    host_open(host, 1);
    host_consume(host, 1, 0, 2, 0);
    host_ack(host, 1, 1, 0); /* message 3 comes as tag 3 */
    host_expect_length(host, 0, 0, 2);
    host_ack(host, 1, tag, flags);
    assert_int_equal(host->closed[1], 1);
    host_expect_length(host, 0, 2, 0);
    host_free(host);
}

static void an_ack_of_an_unknown_tag_closes_the_connection_and_requeues(void **state)
{
    (void)state;
    expect_ack_closes(1, 0);              /* settled already */
    expect_ack_closes(4, 0);              /* never delivered */
    expect_ack_closes(0, 0);              /* no tag */
    expect_ack_closes(1, FRAME_MULTIPLE); /* settled already */
    expect_ack_closes(9, FRAME_MULTIPLE); /* never delivered */
    expect_ack_closes(1, FRAME_NEGATIVE | FRAME_REQUEUE);
}

static void an_ack_covered_by_a_multiple_ack_still_at_work_closes_too(void **state)
{
    (void)state;
    struct host *host = host_with_messages(100);
    host_open(host, 1);
    host_consume(host, 1, 0, 0, 0);
    host_finish(host);
    host_ack(host, 1, 90, FRAME_MULTIPLE);
    host_ack(host, 1, 95, 0);
    assert_int_equal(host->closed[1], 0);
    host_ack(host, 1, 80, 0);
    assert_int_equal(host->closed[1], 1);
    host_finish(host);
    host_expect_length(host, 0, 9, 0); /* what was acknowledged stays settled */
    assert_int_equal(host_seen(host, OBSERVE_SETTLED), 91);
    host_free(host);
}

static void multiple_settlements_of_different_kinds_are_worked_off_in_order(void **state)
{
    (void)state;
    struct host *host = host_with_messages(90);
    host_open(host, 1);
    host_consume(host, 1, 0, 0, 0);
    host_finish(host);
    host_ack(host, 1, 30, FRAME_MULTIPLE);
    host_ack(host, 1, 40, FRAME_MULTIPLE);
    host_ack(host, 1, 60, FRAME_MULTIPLE | FRAME_NEGATIVE);
    host_ack(host, 1, 90, FRAME_MULTIPLE);
    host_finish(host);
    assert_int_equal(host_seen(host, OBSERVE_SETTLED), 70);
    assert_int_equal(host_seen(host, OBSERVE_DROPPED), 20);
    host_expect_length(host, 0, 0, 0);
    host_free(host);
}

static void a_requeued_message_goes_back_to_its_place(void **state)
{
    (void)state;
    struct host *host = host_with_messages(4);
    host_open(host, 1);
    host_consume(host, 1, 0, 3, 0);
    for (uint64_t i = 1; i <= 3; i++)
        host_expect_delivery(host, 1, i, false);
    host_block(host, 1);
    host_ack(host, 1, 3, FRAME_NEGATIVE | FRAME_REQUEUE);
    host_ack(host, 1, 1, FRAME_NEGATIVE | FRAME_REQUEUE);
    host_open(host, 2);
    host_consume(host, 2, 0, 0, 0);
    host_expect_delivery(host, 2, 1, true);
    host_expect_delivery(host, 2, 3, true);
    host_expect_delivery(host, 2, 4, false);
    host_free(host);
}

static void a_lost_connection_gives_its_messages_back_in_place_as_redelivered(void **state)
{
    (void)state;
    struct host *host = host_with_messages(5);
    host_open(host, 1);
    host_consume(host, 1, 0, 3, 0);
    host_ack(host, 1, 2, 0); /* it holds 1, 3, 4 */
    host_lose(host, 1);
    assert_int_equal(host_seen(host, OBSERVE_REQUEUED), 3);
    host_expect_length(host, 0, 4, 0);
    host_open(host, 2);
    host_consume(host, 2, 0, 0, 0);
    host_expect_delivery(host, 2, 1, true);
    host_expect_delivery(host, 2, 3, true);
    host_expect_delivery(host, 2, 4, true);
    host_expect_delivery(host, 2, 5, false);
    host_free(host);
}

static void a_rejected_message_is_gone_and_said_to_be_dropped(void **state)
{
    (void)state;
    struct host *host = host_with_messages(1);
    host_open(host, 1);
    host_consume(host, 1, 0, 1, 0);
    host_ack(host, 1, 1, FRAME_NEGATIVE);
    assert_int_equal(host_seen(host, OBSERVE_DROPPED), 1);
    host_expect_length(host, 0, 0, 0);
    host_crash_process(host);
    host_expect_length(host, 0, 0, 0);
    host_free(host);
}

static void a_slot_can_serve_anew_while_its_old_messages_go_back(void **state)
{
    (void)state;
    struct host *host = host_with_messages(200);
    host_open(host, 1);
    host_consume(host, 1, 0, 0, 0);
    host_finish(host);
    while (host_take(host, 1).kind != FRAME_NONE)
        ;
    host_lose(host, 1);
    assert_true(host->continues);
    host_expect_length(host, 0, STEP_WORK_MAX, 200 - STEP_WORK_MAX);
    host_open(host, 1);
    host_consume(host, 1, 0, 0, 0);
    host_finish(host);
    for (uint64_t i = 1; i <= 200; i++) /* nothing overtakes what is still on its way back */
        assert_int_equal(host_expect_delivery(host, 1, i, true), i);
    host_free(host);
}

static void steps_stay_bounded_however_much_there_is_to_do(void **state)
{
    (void)state;
    struct host *host = host_with_messages(10000);
    host_open(host, 1);
    host_consume(host, 1, 0, 0, 0);
    assert_in_range(host_finish(host), 10000 / STEP_WORK_MAX - 1, 10000 / 8);
    host->seen_count = host->frame_count = 0;
    host_lose(host, 1);
    assert_in_range(host_finish(host), 10000 / STEP_WORK_MAX - 1, 10000 / 8);
    host_expect_length(host, 0, 10000, 0);
    host_free(host);
}

static void round_robin_serves_consumers_in_turn_and_skips_the_busy(void **state)
{
    (void)state;
    struct host *host = host_with_messages(0);
    for (uint16_t slot = 1; slot <= 66; slot += 65) /* in different words of the set */
        host_open(host, slot);
    host_open(host, 2);
    host_consume(host, 1, 0, 2, 0);
    host_consume(host, 2, 0, 1, 0);
    host_consume(host, 66, 0, 3, 0);
    host_publish_many(host, 0, 0, 1, 6);
    const uint16_t turn[] = {1, 2, 66, 1, 66, 66};
    for (uint64_t i = 0; i < 6; i++)
        host_expect_delivery(host, turn[i], i + 1, false);
    host_free(host);
}

static void random_dispatch_reaches_every_consumer_and_only_those_that_may_take(void **state)
{
    (void)state;
    struct broker_config config = host_config(1, 70, FSYNC_NEVER);
    config.queue[0].dispatch = DISPATCH_RANDOM;
    struct host *host = host_new(config, 4096);
    unsigned got[70] = {0};
    for (uint16_t slot = 0; slot < 70; slot += 3)
        host_open(host, slot);
    for (uint16_t slot = 3; slot < 70; slot += 3)
        host_consume(host, slot, 0, 0, FRAME_AUTO_ACK);
    host_block(host, 6);
    for (uint64_t i = 1; i <= 2300; i++) {
        host->tape.key = i;
        host_send(host, 0, (struct frame){.kind = FRAME_PUBLISH, .message = host_message(0, i)});
        assert_int_equal(host->frames[0].frame.kind, FRAME_DELIVER);
        got[host->frames[0].slot]++;
        host->frame_count = 0;
    }
    for (uint16_t slot = 3; slot < 70; slot += 3)
        assert_in_range(got[slot], slot == 6 ? 0 : 50, slot == 6 ? 0 : 170);
    host_free(host);
}

static void random_dispatch_makes_no_more_choices_in_a_step_than_a_tape_holds(void **state)
{
    (void)state;
    struct broker_config config = host_config(1, 4, FSYNC_NEVER);
    config.queue[0].dispatch = DISPATCH_RANDOM;
    struct host *host = host_new(config, 64);
    for (uint16_t slot = 0; slot < 3; slot++)
        host_open(host, slot);
    host_consume(host, 1, 0, 20, 0);
    host_block(host, 1);
    host_publish_many(host, 0, 0, 1, 30);
    host_consume(host, 2, 0, 1, 0);
    host_unblock(host, 1);
    host_finish(host);
    host_expect_length(host, 0, 9, 21);
    host_free(host);
}

/* It comes on the tape of the step that filled the window. */
static void who_is_told_of_a_full_window_makes_no_choice(void **state)
{
    (void)state;
    struct broker_config config = host_config(1, 5, FSYNC_NEVER);
    config.queue[0].dispatch = DISPATCH_RANDOM;
    struct host *host = host_new(config, 200);
    for (uint16_t slot = 0; slot < 5; slot++)
        host_open(host, slot);
    for (uint16_t slot = 1; slot < 3; slot++) {
        host_consume(host, slot, 0, 0, 0);
        host_block(host, slot);
    }
    host_publish_many(host, 0, 0, 1, 150);
    host_unblock(host, 1);
    host_unblock(host, 2);
    assert_int_equal(host->tape.used, PICKS_MAX);
    host_block(host, 4);
    assert_int_equal(host->tape.used, 0);
    host_finish(host);
    host_expect_length(host, 0, 0, 150);
    host_free(host);
}

static void queues_do_not_mix(void **state)
{
    (void)state;
    struct host *host = host_with_messages(0);
    host_open(host, 1);
    host_open(host, 2);
    host_consume(host, 1, 0, 0, 0);
    host_consume(host, 2, 1, 0, 0);
    host_publish(host, 0, 0, 1);
    host_publish(host, 0, 1, 2);
    host_expect_delivery(host, 1, 1, false);
    host_expect_nothing(host, 1);
    host_expect_delivery(host, 2, 2, false);
    host_expect_nothing(host, 2);
    host_free(host);
}

static void what_a_client_may_not_say_closes_its_connection(void **state)
{
    (void)state;
    struct host *host = host_with_messages(0);
    for (uint16_t slot = 1; slot <= 4; slot++)
        host_open(host, slot);
    host_consume(host, 1, 7, 0, 0); /* no such queue */
    host_consume(host, 2, 0, 0, 0);
    host_consume(host, 2, 0, 0, 0); /* a second consumer */
    host_ack(host, 3, 1, 0);        /* consumes nothing */
    host_send(host, 4, (struct frame){.kind = FRAME_DELIVER, .tag = 1});
    for (uint16_t slot = 1; slot <= 4; slot++)
        assert_int_equal(host->closed[slot], 1);
    host_free(host);
}

static void lengths_are_observed_once_a_step(void **state)
{
    (void)state;
    struct host *host = host_with_messages(20);
    host_open(host, 1);
    host->seen_count = 0;
    host_consume(host, 1, 0, 10, 0);
    assert_int_equal(host_seen(host, OBSERVE_QUEUE), 1);
    assert_int_equal(host_last_seen(host, OBSERVE_QUEUE)->value, 10);
    assert_int_equal(host_last_seen(host, OBSERVE_QUEUE)->tag, 10);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_delivered_in_order_and_tagged_from_one),
        cmocka_unit_test(prefetch_is_never_exceeded_and_an_ack_frees_one),
        cmocka_unit_test(an_automatic_ack_settles_on_delivery_and_knows_no_prefetch),
        cmocka_unit_test(a_multiple_ack_settles_everything_up_to_its_tag),
        cmocka_unit_test(an_ack_of_an_unknown_tag_closes_the_connection_and_requeues),
        cmocka_unit_test(an_ack_covered_by_a_multiple_ack_still_at_work_closes_too),
        cmocka_unit_test(multiple_settlements_of_different_kinds_are_worked_off_in_order),
        cmocka_unit_test(a_requeued_message_goes_back_to_its_place),
        cmocka_unit_test(a_lost_connection_gives_its_messages_back_in_place_as_redelivered),
        cmocka_unit_test(a_rejected_message_is_gone_and_said_to_be_dropped),
        cmocka_unit_test(a_slot_can_serve_anew_while_its_old_messages_go_back),
        cmocka_unit_test(steps_stay_bounded_however_much_there_is_to_do),
        cmocka_unit_test(round_robin_serves_consumers_in_turn_and_skips_the_busy),
        cmocka_unit_test(random_dispatch_reaches_every_consumer_and_only_those_that_may_take),
        cmocka_unit_test(random_dispatch_makes_no_more_choices_in_a_step_than_a_tape_holds),
        cmocka_unit_test(who_is_told_of_a_full_window_makes_no_choice),
        cmocka_unit_test(queues_do_not_mix),
        cmocka_unit_test(what_a_client_may_not_say_closes_its_connection),
        cmocka_unit_test(lengths_are_observed_once_a_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
