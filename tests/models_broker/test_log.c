/* The log follows what is live: trimmed, its oldest records moved when they would pin it, safe at every moment. */
#include "broker_host.h"

#define MANY 20000 /* messages: far more than the log may hold */

/* A big block, so that the log's slack is what a run has. */
static struct host *host_with_slack(enum fsync_policy fsync)
{
    struct host *host = host_new(host_config(2, 4, fsync), 100000);
    host_open(host, 0);
    host_open(host, 1);
    return host;
}

static void finish_fsyncs(struct host *host)
{
    if (host->timer)
        host_fire_timer(host);
    while (host->fsyncs > 0)
        host_synced(host);
    host_finish(host);
    host->frame_count = host->seen_count = 0;
}

/* Publishes one to queue 0 and has it consumed. */
static void pass_one(struct host *host, uint64_t sequence)
{
    host_publish(host, 0, 0, sequence);
    uint64_t tag = 0;
    for (unsigned i = 0; i < host->frame_count; i++)
        if (host->frames[i].frame.kind == FRAME_DELIVER)
            tag = host->frames[i].frame.tag;
    host_ack(host, 1, tag, 0);
    finish_fsyncs(host);
}

static void the_log_stays_short_while_messages_pass_through(void **state)
{
    (void)state;
    struct host *host = host_with_slack(FSYNC_EACH);
    host_consume(host, 1, 0, 1, 0);
    uint64_t longest = 0, trims = 0;
    for (uint64_t i = 1; i <= MANY; i++) {
        uint64_t start = host->start;
        pass_one(host, i);
        trims += host->start != start;
        longest = host->end - host->start > longest ? host->end - host->start : longest;
    }
    assert_in_range(longest, 60000, 66000);
    assert_in_range(trims, 25, 35); /* batched: 96 bytes a message, 64 KiB a trim */
    host_free(host);
}

static void a_small_node_trims_at_once(void **state)
{
    (void)state;
    struct host *host = host_new(host_config(1, 4, FSYNC_EACH), 4);
    host_open(host, 0);
    host_open(host, 1);
    host_consume(host, 1, 0, 1, 0);
    pass_one(host, 1);
    assert_int_equal(host->start, host->end);
    assert_int_equal(host->end, RECORD_MESSAGE_BYTES + RECORD_SETTLE_BYTES);
    host_free(host);
}

static void expect_old_message_does_not_pin(enum fsync_policy fsync)
{
    struct host *host = host_with_slack(fsync);
    host_publish(host, 0, 1, 1);
    finish_fsyncs(host);
    host_consume(host, 1, 0, 1, 0);
    uint64_t longest = 0;
    for (uint64_t i = 2; i <= MANY; i++) {
        pass_one(host, i);
        longest = host->end - host->start > longest ? host->end - host->start : longest;
    }
    assert_in_range(longest, 60000, 2 * 66000);
    host_crash_process(host);
    host_expect_length(host, 0, 0, 0);
    host_expect_length(host, 1, 1, 0);
    assert_int_equal(host_last_seen(host, OBSERVE_RECOVERED)->value, 1);
    host_free(host);
}

static void a_message_that_stays_does_not_pin_the_log(void **state)
{
    (void)state;
    expect_old_message_does_not_pin(FSYNC_EACH);
    expect_old_message_does_not_pin(FSYNC_GROUP);
    expect_old_message_does_not_pin(FSYNC_NEVER);
}

/* Three messages at the log's head in queue 1, then traffic until the node moves one. */
static struct host *host_about_to_trim(void)
{
    struct host *host = host_with_slack(FSYNC_EACH);
    host_publish_many(host, 0, 1, 1, 3);
    finish_fsyncs(host);
    host_consume(host, 1, 0, 1, FRAME_AUTO_ACK);
    for (uint64_t i = 4; host_seen(host, OBSERVE_MOVED) == 0; i++) {
        finish_fsyncs(host);
        host_publish(host, 0, 0, i);
    }
    return host;
}

static void a_moved_record_is_safe_before_its_old_copy_goes(void **state)
{
    (void)state;
    struct host *host = host_about_to_trim();
    const struct observation *moved = host_last_seen(host, OBSERVE_MOVED);
    assert_int_equal(moved->position, host->end);
    assert_int_equal(moved->value, host_seen(host, OBSERVE_MOVED));
    assert_int_equal(host->start, 0);
    while (host->fsync[0] < host->end)
        host_synced(host);
    assert_int_equal(host->start, 0);
    host_synced(host);
    assert_true(host->start > 0);
    host_free(host);
}

static void expect_queue_1(struct host *host, uint64_t count)
{
    host_open(host, 3);
    host_consume(host, 3, 1, 0, 0);
    for (uint64_t i = 1; i <= count; i++)
        host_expect_delivery(host, 3, i, true);
    host_expect_nothing(host, 3);
}

static void two_records_of_one_message_recover_as_one_in_its_place(void **state)
{
    (void)state;
    struct host *host = host_about_to_trim();
    host_crash_process(host);
    host_expect_length(host, 1, 3, 0);
    expect_queue_1(host, 3);
    host_free(host);
}

static void after_a_boot_on_two_copies_the_old_one_stays_until_an_fsync(void **state)
{
    (void)state;
    struct host *host = host_about_to_trim();
    uint64_t trimmed_to = host->start;
    host_crash_process(host);
    assert_int_equal(host->fsyncs, 1);
    assert_int_equal(host->start, trimmed_to);
    host_synced(host);
    assert_true(host->start > trimmed_to);
    host_boot(host);
    expect_queue_1(host, 3);
    host_free(host);
}

static void a_settled_moved_message_stays_settled(void **state)
{
    (void)state;
    struct host *host = host_about_to_trim();
    host_open(host, 2);
    host_consume(host, 2, 1, 0, 0);
    host_ack(host, 2, 1, 0);
    host_crash_process(host);
    host_expect_length(host, 1, 2, 0);
    host_free(host);
}

static void settlements_ask_for_no_fsync(void **state)
{
    (void)state;
    struct host *host = host_with_slack(FSYNC_EACH);
    host_publish(host, 0, 0, 1);
    host_synced(host);
    host_consume(host, 1, 0, 1, 0);
    host_ack(host, 1, 1, 0);
    assert_int_equal(host->fsyncs_asked, 1);
    assert_int_equal(host->end, RECORD_MESSAGE_BYTES + RECORD_SETTLE_BYTES);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_log_stays_short_while_messages_pass_through),
        cmocka_unit_test(a_small_node_trims_at_once),
        cmocka_unit_test(a_message_that_stays_does_not_pin_the_log),
        cmocka_unit_test(a_moved_record_is_safe_before_its_old_copy_goes),
        cmocka_unit_test(two_records_of_one_message_recover_as_one_in_its_place),
        cmocka_unit_test(after_a_boot_on_two_copies_the_old_one_stays_until_an_fsync),
        cmocka_unit_test(a_settled_moved_message_stays_settled),
        cmocka_unit_test(settlements_ask_for_no_fsync),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
