/* Publisher confirms: an answer is a promise, so it leaves only when the record is safe. */
#include "broker_host.h"

static void each_publish_is_confirmed_only_after_its_own_fsync(void **state)
{
    (void)state;
    struct host *host = host_new(host_config(1, 4, FSYNC_EACH), 64);
    host_open(host, 0);
    host_publish_many(host, 0, 0, 1, 2);
    assert_int_equal(host->fsyncs, 2);
    host_expect_nothing(host, 0);
    host_synced(host);
    host_expect_confirm(host, 0, 1, 0);
    host_expect_nothing(host, 0);
    host_synced(host);
    host_expect_confirm(host, 0, 2, 0);
    host_free(host);
}

static void publishes_beyond_the_fsyncs_in_flight_join_the_next_one(void **state)
{
    (void)state;
    struct host *host = host_new(host_config(1, 4, FSYNC_EACH), 256);
    host_open(host, 0);
    host_publish_many(host, 0, 0, 1, FSYNCS_MAX + 5);
    assert_int_equal(host->fsyncs, FSYNCS_MAX);
    for (unsigned i = 0; i < FSYNCS_MAX; i++) {
        host_synced(host);
        host_expect_confirm(host, 0, i + 1, 0);
    }
    assert_int_equal(host->fsyncs, 1);
    host_expect_nothing(host, 0);
    host_synced(host);
    host_expect_confirm(host, 0, FSYNCS_MAX + 5, FRAME_MULTIPLE);
    assert_int_equal(host->fsyncs_asked, FSYNCS_MAX + 1);
    host_free(host);
}

static void a_group_waits_for_its_timer_and_is_confirmed_with_one_frame(void **state)
{
    (void)state;
    struct host *host = host_new(host_config(1, 4, FSYNC_GROUP), 64);
    host_open(host, 0);
    host_publish_many(host, 0, 0, 1, 5);
    assert_true(host->timer);
    assert_int_equal(host->timer_ns, 1000);
    assert_int_equal(host->fsyncs, 0);
    host_fire_timer(host);
    assert_int_equal(host->fsyncs, 1);
    host_expect_nothing(host, 0);
    host_synced(host);
    host_expect_confirm(host, 0, 5, FRAME_MULTIPLE);
    host_expect_nothing(host, 0);
    host_free(host);
}

static void a_group_due_early_starts_when_the_fsync_in_flight_is_done(void **state)
{
    (void)state;
    struct host *host = host_new(host_config(1, 4, FSYNC_GROUP), 64);
    host_open(host, 0);
    host_publish(host, 0, 0, 1);
    host_fire_timer(host);
    host_publish(host, 0, 0, 2);
    host_fire_timer(host);
    assert_int_equal(host->fsyncs, 1);
    host_publish(host, 0, 0, 3); /* joins what is due */
    assert_false(host->timer);
    host_synced(host);
    host_expect_confirm(host, 0, 1, 0);
    host_expect_nothing(host, 0);
    assert_int_equal(host->fsyncs, 1);
    host_synced(host);
    host_expect_confirm(host, 0, 3, FRAME_MULTIPLE);
    host_free(host);
}

static void without_fsync_a_publish_is_confirmed_once_it_is_appended(void **state)
{
    (void)state;
    struct host *host = host_new(host_config(1, 4, FSYNC_NEVER), 64);
    host_open(host, 0);
    host_publish(host, 0, 0, 1);
    assert_int_equal(host->outputs[0].kind, OUTPUT_APPEND);
    host_expect_confirm(host, 0, 1, 0);
    assert_int_equal(host->fsyncs_asked, 0);
    host_free(host);
}

static void the_strictest_durable_queue_rules_the_log(void **state)
{
    (void)state;
    struct broker_config config = host_config(3, 4, FSYNC_NEVER);
    config.queue[1].fsync = FSYNC_GROUP;
    config.queue[2].fsync = FSYNC_EACH;
    config.queue[2].durable = 0; /* writes no log, so it has no say */
    struct host *host = host_new(config, 64);
    host_open(host, 0);
    host_publish(host, 0, 0, 1);
    assert_true(host->timer);
    host_expect_nothing(host, 0);
    host_free(host);
}

static void a_queue_on_another_node_has_no_say_in_this_ones_log(void **state)
{
    (void)state;
    struct broker_config config = host_config(3, 8, FSYNC_NEVER);
    config.nodes = 2;
    config.peer_slots = 4;
    config.queue[1].first = 1;
    config.queue[1].fsync = FSYNC_EACH;
    config.queue[2].replication = REPLICATION_ACTIVE;
    config.queue[2].replicas = 1u << 1;
    config.queue[2].fsync = FSYNC_GROUP;
    struct host *host = host_new(config, 64);
    host_open(host, 0);
    host_publish(host, 0, 0, 1);
    host_expect_confirm(host, 0, 1, 0);
    assert_int_equal(host->fsyncs_asked, 0);
    host_free(host);
}

static void what_needs_no_fsync_is_confirmed_at_once_and_alone(void **state)
{
    (void)state;
    struct host *host = host_new(host_config(1, 4, FSYNC_EACH), 64);
    host_open(host, 0);
    host_publish(host, 0, 0, 1);
    struct frame frame = {.kind = FRAME_PUBLISH, .tag = 2, .message = host_message(0, 2)};
    frame.message.flags = 0;
    host_send(host, 0, frame);
    host_expect_confirm(host, 0, 2, 0);
    assert_int_equal(host_last_seen(host, OBSERVE_APPENDED)->position, 0);
    host_synced(host);
    host_expect_confirm(host, 0, 1, 0);
    host_expect_length(host, 0, 2, 0);
    host_free(host);
}

static void an_unroutable_message_is_confirmed_at_once_and_stored_nowhere(void **state)
{
    (void)state;
    struct host *host = host_new(host_config(1, 4, FSYNC_EACH), 64);
    host_open(host, 0);
    host_publish(host, 0, 1, 1);
    host_expect_confirm(host, 0, 1, 0);
    assert_int_equal(host->end, 0);
    assert_int_equal(host_seen(host, OBSERVE_APPENDED), 0);
    host_free(host);
}

static void a_mandatory_unroutable_message_is_returned_before_its_confirm(void **state)
{
    (void)state;
    struct host *host = host_new(host_config(1, 4, FSYNC_EACH), 64);
    host_open(host, 0);
    struct frame frame = {.kind = FRAME_PUBLISH, .tag = 1, .message = host_message(9, 1)};
    frame.message.flags |= MESSAGE_MANDATORY;
    host_send(host, 0, frame);
    struct frame returned = host_take(host, 0);
    assert_int_equal(returned.kind, FRAME_RETURN);
    assert_memory_equal(&returned.message, &frame.message, sizeof frame.message);
    host_expect_confirm(host, 0, 1, 0);
    host_free(host);
}

static void a_publish_without_a_number_gets_no_confirm(void **state)
{
    (void)state;
    struct host *host = host_new(host_config(1, 4, FSYNC_EACH), 64);
    host_open(host, 0);
    host_send(host, 0, (struct frame){.kind = FRAME_PUBLISH, .message = host_message(0, 1)});
    host_synced(host);
    host_expect_nothing(host, 0);
    host_free(host);
}

static void one_fsync_confirms_every_connection_that_waits_for_it(void **state)
{
    (void)state;
    struct host *host = host_new(host_config(1, 4, FSYNC_GROUP), 64);
    host_open(host, 0);
    host_open(host, 1);
    for (uint64_t tag = 1; tag <= 3; tag++) {
        host_publish(host, 0, 0, tag);
        host_publish(host, 1, 0, tag);
    }
    host_fire_timer(host);
    host_synced(host);
    host_expect_confirm(host, 0, 3, FRAME_MULTIPLE);
    host_expect_confirm(host, 1, 3, FRAME_MULTIPLE);
    host_free(host);
}

static void a_new_connection_in_the_slot_gets_no_confirm_of_the_old_one(void **state)
{
    (void)state;
    struct host *host = host_new(host_config(1, 4, FSYNC_EACH), 64);
    host_open(host, 0);
    host_publish(host, 0, 0, 1);
    host_lose(host, 0);
    host_open(host, 0);
    host_publish(host, 0, 0, 1);
    host_synced(host);
    host_expect_nothing(host, 0);
    host_synced(host);
    host_expect_confirm(host, 0, 1, 0);
    host_free(host);
}

static void too_many_unconfirmed_publishes_close_the_connection(void **state)
{
    (void)state;
    struct broker_config config = host_config(1, 4, FSYNC_EACH);
    config.unconfirmed_max = 2;
    struct host *host = host_new(config, 64);
    host_open(host, 0);
    host_publish_many(host, 0, 0, 1, 2);
    assert_int_equal(host->closed[0], 0);
    host_publish(host, 0, 0, 3);
    assert_int_equal(host->closed[0], 1);
    host_expect_length(host, 0, 2, 0);
    host_free(host);
}

static void a_full_node_refuses_by_closing_and_says_so(void **state)
{
    (void)state;
    struct host *host = host_new(host_config(1, 4, FSYNC_NEVER), 3);
    host_open(host, 0);
    host_publish_many(host, 0, 0, 1, 3);
    assert_false(broker_was_full(host->node));
    host_publish(host, 0, 0, 4);
    assert_true(broker_was_full(host->node));
    assert_int_equal(host->closed[0], 1);
    host_expect_length(host, 0, 3, 0);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_publish_is_confirmed_only_after_its_own_fsync),
        cmocka_unit_test(publishes_beyond_the_fsyncs_in_flight_join_the_next_one),
        cmocka_unit_test(a_group_waits_for_its_timer_and_is_confirmed_with_one_frame),
        cmocka_unit_test(a_group_due_early_starts_when_the_fsync_in_flight_is_done),
        cmocka_unit_test(without_fsync_a_publish_is_confirmed_once_it_is_appended),
        cmocka_unit_test(the_strictest_durable_queue_rules_the_log),
        cmocka_unit_test(a_queue_on_another_node_has_no_say_in_this_ones_log),
        cmocka_unit_test(what_needs_no_fsync_is_confirmed_at_once_and_alone),
        cmocka_unit_test(an_unroutable_message_is_confirmed_at_once_and_stored_nowhere),
        cmocka_unit_test(a_mandatory_unroutable_message_is_returned_before_its_confirm),
        cmocka_unit_test(a_publish_without_a_number_gets_no_confirm),
        cmocka_unit_test(one_fsync_confirms_every_connection_that_waits_for_it),
        cmocka_unit_test(a_new_connection_in_the_slot_gets_no_confirm_of_the_old_one),
        cmocka_unit_test(too_many_unconfirmed_publishes_close_the_connection),
        cmocka_unit_test(a_full_node_refuses_by_closing_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
