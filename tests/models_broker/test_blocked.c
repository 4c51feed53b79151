/* A full send window: nothing leaves, nothing is lost, nothing overtakes. */
#include "broker_host.h"

static void confirms_wait_in_order_until_the_window_opens(void **state)
{
    (void)state;
    struct host *host = host_new(host_config(1, 4, FSYNC_EACH), 64);
    host_open(host, 0);
    host_publish(host, 0, 0, 1);
    host_block(host, 0);
    host_synced(host);
    struct frame frame = {.kind = FRAME_PUBLISH, .tag = 2, .message = host_message(9, 2)};
    frame.message.flags |= MESSAGE_MANDATORY;
    host_send(host, 0, frame);
    host_expect_nothing(host, 0);
    host_unblock(host, 0);
    host_expect_confirm(host, 0, 1, 0);
    assert_int_equal(host_take(host, 0).kind, FRAME_RETURN);
    host_expect_confirm(host, 0, 2, 0);
    host_free(host);
}

static void held_frames_leave_a_few_a_step_and_new_ones_queue_up_behind(void **state)
{
    (void)state;
    struct host *host = host_new(host_config(1, 4, FSYNC_NEVER), 256);
    host_open(host, 0);
    host_block(host, 0);
    host_publish_many(host, 0, 0, 1, 40);
    host_unblock(host, 0);
    assert_int_equal(host->frame_count, STEP_WORK_MAX);
    host_publish(host, 0, 0, 41);
    host_block(host, 0); /* again, in the middle */
    unsigned sent = host->frame_count;
    host_finish(host);
    assert_int_equal(host->frame_count, sent);
    host_unblock(host, 0);
    host_finish(host);
    for (uint64_t tag = 1; tag <= 41; tag++)
        host_expect_confirm(host, 0, tag, 0);
    host_free(host);
}

static void a_blocked_consumer_gets_nothing_and_goes_on_when_writable(void **state)
{
    (void)state;
    struct host *host = host_new(host_config(1, 4, FSYNC_NEVER), 64);
    host_open(host, 0);
    host_open(host, 1);
    host_consume(host, 1, 0, 0, 0);
    host_block(host, 1);
    host_publish_many(host, 0, 0, 1, 3);
    host_expect_nothing(host, 1);
    host_expect_length(host, 0, 3, 0);
    host_unblock(host, 1);
    for (uint64_t i = 1; i <= 3; i++)
        host_expect_delivery(host, 1, i, false);
    host_free(host);
}

static void an_ack_of_a_blocked_consumer_counts_but_brings_nothing_new(void **state)
{
    (void)state;
    struct host *host = host_new(host_config(1, 4, FSYNC_NEVER), 64);
    host_open(host, 0);
    host_open(host, 1);
    host_consume(host, 1, 0, 1, 0);
    host_publish_many(host, 0, 0, 1, 2);
    host_expect_delivery(host, 1, 1, false);
    host_block(host, 1);
    host_ack(host, 1, 1, 0);
    host_expect_nothing(host, 1);
    host_unblock(host, 1);
    host_expect_delivery(host, 1, 2, false);
    host_free(host);
}

static void another_consumer_takes_what_a_blocked_one_cannot(void **state)
{
    (void)state;
    struct host *host = host_new(host_config(1, 4, FSYNC_NEVER), 64);
    for (uint16_t slot = 0; slot < 3; slot++)
        host_open(host, slot);
    host_consume(host, 1, 0, 0, 0);
    host_consume(host, 2, 0, 0, 0);
    host_block(host, 1);
    host_publish_many(host, 0, 0, 1, 2);
    host_expect_delivery(host, 2, 1, false);
    host_expect_delivery(host, 2, 2, false);
    host_free(host);
}

static void a_publisher_that_reads_no_answers_is_closed_at_its_limit(void **state)
{
    (void)state;
    struct broker_config config = host_config(1, 4, FSYNC_NEVER);
    config.unconfirmed_max = 5;
    struct host *host = host_new(config, 64);
    host_open(host, 0);
    host_block(host, 0);
    host_publish_many(host, 0, 0, 1, 5);
    assert_int_equal(host->closed[0], 0);
    host_publish(host, 0, 0, 6);
    assert_int_equal(host->closed[0], 1);
    host_expect_length(host, 0, 5, 0);
    host_free(host);
}

static void held_frames_of_a_lost_connection_are_never_sent_and_make_room_again(void **state)
{
    (void)state;
    struct host *host = host_new(host_config(1, 4, FSYNC_NEVER), 50);
    for (unsigned round = 0; round < 3; round++) {
        host_open(host, 0);
        host_block(host, 0);
        for (uint64_t tag = 1; tag <= 50; tag++)
            host_send(host, 0, (struct frame){.kind = FRAME_PUBLISH, .tag = tag, .message = host_message(9, tag)});
        host_lose(host, 0);
        assert_int_equal(host_finish(host), 3); /* 50 frames, 16 a step */
    }
    host_open(host, 0);
    host_expect_nothing(host, 0);
    assert_false(broker_was_full(host->node));
    host_free(host);
}

static void news_of_a_window_after_our_own_close_mean_nothing(void **state)
{
    (void)state;
    struct host *host = host_new(host_config(1, 4, FSYNC_NEVER), 64);
    host_open(host, 0);
    host_ack(host, 0, 1, 0);
    assert_int_equal(host->closed[0], 1);
    host_block(host, 0);
    host_unblock(host, 0);
    host_open(host, 0);
    host_publish(host, 0, 0, 1);
    host_expect_confirm(host, 0, 1, 0);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(confirms_wait_in_order_until_the_window_opens),
        cmocka_unit_test(held_frames_leave_a_few_a_step_and_new_ones_queue_up_behind),
        cmocka_unit_test(a_blocked_consumer_gets_nothing_and_goes_on_when_writable),
        cmocka_unit_test(an_ack_of_a_blocked_consumer_counts_but_brings_nothing_new),
        cmocka_unit_test(another_consumer_takes_what_a_blocked_one_cannot),
        cmocka_unit_test(a_publisher_that_reads_no_answers_is_closed_at_its_limit),
        cmocka_unit_test(held_frames_of_a_lost_connection_are_never_sent_and_make_room_again),
        cmocka_unit_test(news_of_a_window_after_our_own_close_mean_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
