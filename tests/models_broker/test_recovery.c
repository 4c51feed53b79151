/* Recovery from every image that a crash can leave, and refusal of what no crash can. */
#include "broker_host.h"

/* Messages 1..count in queue 0, one per fsync; those in `settled` (bit i: message i) acknowledged at the end. */
static struct host *host_with_log(uint64_t count, uint64_t settled)
{
    struct host *host = host_new(host_config(2, 4, FSYNC_EACH), 4096);
    host_open(host, 0);
    host_open(host, 1);
    host_publish_many(host, 0, 0, 1, count);
    host_consume(host, 1, 0, 0, 0);
    host_finish(host);
    for (uint64_t i = 1; i <= count; i++)
        if (i < 64 && (settled >> i & 1))
            host_ack(host, 1, i, 0);
    return host;
}

static void expect_messages(struct host *host, const uint64_t *sequences, unsigned count)
{
    host_open(host, 3);
    host_consume(host, 3, 0, 0, 0);
    host_finish(host);
    for (unsigned i = 0; i < count; i++)
        host_expect_delivery(host, 3, sequences[i], true);
    host_expect_nothing(host, 3);
}

static uint64_t truncated_at(const struct host *host)
{
    for (int i = 0; i < host->count; i++)
        if (host->outputs[i].kind == OUTPUT_TRUNCATE)
            return host->outputs[i].position;
    return UINT64_MAX;
}

static void what_was_not_settled_is_in_its_queue_again(void **state)
{
    (void)state;
    struct host *host = host_with_log(5, 1 << 2 | 1 << 5);
    uint64_t end = host->end;
    host_crash_process(host);
    assert_int_equal(host_seen(host, OBSERVE_RECOVERED), 3);
    assert_int_equal(host_last_seen(host, OBSERVE_RECOVERY_DONE)->position, end);
    assert_int_equal(host_last_seen(host, OBSERVE_RECOVERY_DONE)->value, REFUSE_NOTHING);
    expect_messages(host, (const uint64_t[]){1, 3, 4}, 3);
    host_free(host);
}

static void recovered_messages_are_observed_with_place_and_position(void **state)
{
    (void)state;
    struct host *host = host_with_log(3, 1 << 1);
    host_crash_process(host);
    const struct observation *seen = host_last_seen(host, OBSERVE_RECOVERED);
    assert_int_equal(seen->value, 3);
    assert_int_equal(seen->position, 3 * RECORD_MESSAGE_BYTES);
    assert_int_equal(seen->message.sequence, 3);
    host_free(host);
}

static void every_whole_prefix_of_the_log_boots_to_what_it_holds(void **state)
{
    (void)state;
    for (uint64_t kept = 0; kept <= 4 * RECORD_MESSAGE_BYTES; kept += RECORD_MESSAGE_BYTES) {
        struct host *host = host_with_log(4, 0);
        host->end = kept;
        host_boot(host);
        assert_int_equal(host_last_seen(host, OBSERVE_RECOVERY_DONE)->position, kept);
        expect_messages(host, (const uint64_t[]){1, 2, 3, 4}, (unsigned)(kept / RECORD_MESSAGE_BYTES));
        host_free(host);
    }
}

static void a_tail_torn_at_any_byte_is_cut_off(void **state)
{
    (void)state;
    for (uint64_t cut = 1; cut < RECORD_MESSAGE_BYTES; cut++) {
        struct host *host = host_with_log(3, 0);
        host->end = 2 * RECORD_MESSAGE_BYTES + cut;
        host_boot(host);
        assert_int_equal(truncated_at(host), 2 * RECORD_MESSAGE_BYTES);
        assert_int_equal(host->end, 2 * RECORD_MESSAGE_BYTES);
        expect_messages(host, (const uint64_t[]){1, 2}, 2);
        host_free(host);
    }
}

static void a_record_whose_length_arrived_without_its_data_is_cut_off(void **state)
{
    (void)state;
    struct host *host = host_with_log(3, 1 << 1);
    uint64_t settle = 3 * RECORD_MESSAGE_BYTES;
    memset(host->disk + settle + RECORD_SETTLE_BYTES / 2, 0, RECORD_SETTLE_BYTES / 2);
    host_boot(host);
    assert_int_equal(host->end, settle);
    expect_messages(host, (const uint64_t[]){1, 2, 3}, 3);
    memset(host->disk + 2 * RECORD_MESSAGE_BYTES + RECORD_MESSAGE_BYTES / 2, 0, RECORD_MESSAGE_BYTES / 2);
    host_boot(host);
    assert_int_equal(host->end, 2 * RECORD_MESSAGE_BYTES);
    expect_messages(host, (const uint64_t[]){1, 2}, 2);
    host_free(host);
}

static void a_long_tail_of_zeroes_is_searched_in_bounded_steps_and_cut_off(void **state)
{
    (void)state;
    struct host *host = host_with_log(3, 0);
    memset(host->disk + host->end, 0, 4096);
    host->end += 4096;
    host_boot_begin(host);
    assert_true(host_finish(host) >= 4096 / RECORD_SETTLE_BYTES / STEP_WORK_MAX - 1);
    assert_int_equal(host->end, 3 * RECORD_MESSAGE_BYTES);
    host_free(host);
}

static void a_flipped_bit_before_the_tail_is_refused(void **state)
{
    (void)state;
    for (uint64_t byte = 0; byte < 2 * RECORD_MESSAGE_BYTES; byte++) {
        struct host *host = host_with_log(3, 0);
        host->disk[byte] ^= 4;
        host_boot(host);
        assert_int_equal(host_last_seen(host, OBSERVE_RECOVERY_DONE)->value, REFUSE_CORRUPT);
        assert_int_equal(truncated_at(host), UINT64_MAX);
        host_open(host, 0);
        assert_int_equal(host->closed[0], 1);
        host_free(host);
    }
}

static void a_record_missing_in_the_middle_is_refused(void **state)
{
    (void)state;
    struct host *host = host_with_log(4, 0);
    memmove(host->disk + RECORD_MESSAGE_BYTES, host->disk + 2 * RECORD_MESSAGE_BYTES, 2 * RECORD_MESSAGE_BYTES);
    host->end -= RECORD_MESSAGE_BYTES;
    host_boot(host);
    assert_int_equal(host_last_seen(host, OBSERVE_RECOVERY_DONE)->value, REFUSE_CORRUPT);
    host_free(host);
}

static void an_older_record_behind_a_torn_one_does_not_make_it_corruption(void **state)
{
    (void)state;
    struct host *host = host_with_log(3, 0);
    memcpy(host->disk + host->end, host->disk, RECORD_MESSAGE_BYTES);
    host->end += RECORD_MESSAGE_BYTES;
    host_boot(host);
    assert_int_equal(host_last_seen(host, OBSERVE_RECOVERY_DONE)->value, REFUSE_NOTHING);
    assert_int_equal(host->end, 3 * RECORD_MESSAGE_BYTES);
    host_free(host);
}

static void a_log_of_another_configuration_is_refused(void **state)
{
    (void)state;
    struct host *host = host_with_log(3, 0);
    host->config.queues = 1;
    host->config.queue[0].durable = 0;
    host_boot(host);
    assert_int_equal(host_last_seen(host, OBSERVE_RECOVERY_DONE)->value, REFUSE_CORRUPT);
    host_free(host);
}

static void a_log_beyond_the_node_s_limits_is_refused(void **state)
{
    (void)state;
    struct host *host = host_with_log(30, 0);
    host->block_bytes = broker_block_bytes(&host->config, 29);
    host_boot(host);
    assert_int_equal(host_last_seen(host, OBSERVE_RECOVERY_DONE)->value, REFUSE_FULL);
    host->block_bytes = broker_block_bytes(&host->config, 30);
    host_boot(host);
    assert_int_equal(host_last_seen(host, OBSERVE_RECOVERY_DONE)->value, REFUSE_NOTHING);
    host_free(host);
}

static void recovery_takes_bounded_steps_and_closes_whoever_comes_before_its_end(void **state)
{
    (void)state;
    struct host *host = host_with_log(1000, 0);
    host_boot_begin(host);
    host_open(host, 0);
    assert_int_equal(host->closed[0], 1);
    assert_in_range(host_finish(host), 2 * 1000 / STEP_WORK_MAX - 2, 2 * 1000 / STEP_WORK_MAX + 4);
    host_open(host, 0);
    assert_int_equal(host->closed[0], 1);
    host_free(host);
}

static void places_and_sequences_go_on_where_the_log_left_off(void **state)
{
    (void)state;
    struct host *host = host_with_log(2, 1 << 2);
    host_crash_process(host);
    host_open(host, 0);
    host_publish(host, 0, 0, 9);
    assert_int_equal(host_last_seen(host, OBSERVE_APPENDED)->value, 3);
    assert_int_equal(host->outputs[0].u.record.sequence, 4);
    host_crash_process(host);
    expect_messages(host, (const uint64_t[]){1, 9}, 2);
    host_free(host);
}

static void what_was_not_persistent_or_not_durable_is_gone(void **state)
{
    (void)state;
    struct broker_config config = host_config(2, 4, FSYNC_EACH);
    config.queue[1].durable = 0;
    struct host *host = host_new(config, 64);
    host_open(host, 0);
    host_publish(host, 0, 1, 1);
    struct frame frame = {.kind = FRAME_PUBLISH, .tag = 2, .message = host_message(0, 2)};
    frame.message.flags = 0;
    host_send(host, 0, frame);
    host_publish(host, 0, 0, 3);
    host_crash_process(host);
    host_expect_length(host, 0, 1, 0);
    host_expect_length(host, 1, 0, 0);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_not_settled_is_in_its_queue_again),
        cmocka_unit_test(recovered_messages_are_observed_with_place_and_position),
        cmocka_unit_test(every_whole_prefix_of_the_log_boots_to_what_it_holds),
        cmocka_unit_test(a_tail_torn_at_any_byte_is_cut_off),
        cmocka_unit_test(a_record_whose_length_arrived_without_its_data_is_cut_off),
        cmocka_unit_test(a_long_tail_of_zeroes_is_searched_in_bounded_steps_and_cut_off),
        cmocka_unit_test(a_flipped_bit_before_the_tail_is_refused),
        cmocka_unit_test(a_record_missing_in_the_middle_is_refused),
        cmocka_unit_test(an_older_record_behind_a_torn_one_does_not_make_it_corruption),
        cmocka_unit_test(a_log_of_another_configuration_is_refused),
        cmocka_unit_test(a_log_beyond_the_node_s_limits_is_refused),
        cmocka_unit_test(recovery_takes_bounded_steps_and_closes_whoever_comes_before_its_end),
        cmocka_unit_test(places_and_sequences_go_on_where_the_log_left_off),
        cmocka_unit_test(what_was_not_persistent_or_not_durable_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
