/* What a configuration promises, what a broken promise does to the rest, and a block that is full. */
#include "court.h"

#define BIT(property) (1u << (property))
#define ALWAYS                                                                                                         \
    (BIT(PROPERTY_NO_PHANTOM) | BIT(PROPERTY_ONE_ANSWER) | BIT(PROPERTY_PREFETCH) | BIT(PROPERTY_RECOVERY) |           \
     BIT(PROPERTY_DETECTION) | BIT(PROPERTY_ANSWERED) | BIT(PROPERTY_NO_DUPLICATE) | BIT(PROPERTY_SINGLE_LEADER))
#define KEPT (BIT(PROPERTY_DURABILITY) | BIT(PROPERTY_DELIVERED))

static struct promise_question best_question(void)
{
    return (struct promise_question){
        .catch_up = 1, .durable = 1, .persistent = 1, .confirms = 1, .fsync = FSYNC_EACH, .consumers = 1};
}

static void the_best_configuration_promises_everything_even_under_crashes(void **state)
{
    (void)state;
    for (uint8_t fsync = FSYNC_EACH; fsync <= FSYNC_GROUP; fsync++) {
        struct promise_question question = best_question();
        question.fsync = fsync;
        question.crash = question.power_loss = 1;
        assert_int_equal(oracle_promises(&question), BIT(PROPERTY_COUNT) - 1);
    }
}

static void what_is_only_in_memory_is_promised_until_something_crashes(void **state)
{
    (void)state;
    for (unsigned memory = 0; memory < 2; memory++) {
        struct promise_question question = best_question();
        question.durable = memory == 0;
        question.persistent = memory == 1;
        assert_int_equal(oracle_promises(&question) & KEPT, KEPT);
        question.crash = 1;
        assert_int_equal(oracle_promises(&question) & KEPT, 0);
        question.crash = 0;
        question.power_loss = 1;
        assert_int_equal(oracle_promises(&question) & KEPT, 0);
    }
}

static void without_fsync_a_crash_keeps_what_a_power_loss_takes(void **state)
{
    (void)state;
    struct promise_question question = best_question();
    question.fsync = FSYNC_NEVER;
    question.crash = 1;
    assert_int_equal(oracle_promises(&question) & KEPT, KEPT);
    question.power_loss = 1;
    assert_int_equal(oracle_promises(&question) & KEPT, 0);
}

static void without_confirms_nothing_is_promised_to_be_kept(void **state)
{
    (void)state;
    struct promise_question question = best_question();
    question.confirms = 0;
    assert_int_equal(oracle_promises(&question), ALWAYS | BIT(PROPERTY_FIFO));
}

static void order_is_promised_to_one_consumer_whose_connection_cannot_be_replaced(void **state)
{
    (void)state;
    struct promise_question question = best_question();
    assert_true(oracle_promises(&question) & BIT(PROPERTY_FIFO));
    question.consumers = 2;
    assert_int_equal(oracle_promises(&question), ALWAYS | KEPT);
    question.consumers = 1;
    question.disconnect = 1;
    assert_int_equal(oracle_promises(&question), ALWAYS | KEPT);
}

static void a_failover_keeps_only_what_a_backup_had_too_and_an_elected_primary(void **state)
{
    (void)state;
    for (uint8_t after = CONFIRM_AFTER_PRIMARY; after <= CONFIRM_AFTER_ALL; after++) {
        struct promise_question question = best_question();
        question.replication = REPLICATION_PASSIVE;
        question.confirm_after = after;
        assert_int_equal(oracle_promises(&question), ALWAYS | KEPT | BIT(PROPERTY_FIFO));
        question.suspicion = 1;
        assert_int_equal(oracle_promises(&question), ALWAYS | (after != CONFIRM_AFTER_PRIMARY ? KEPT : 0));
        question.partition_handling = PARTITION_IGNORE;
        assert_int_equal(oracle_promises(&question), ALWAYS & ~BIT(PROPERTY_SINGLE_LEADER));
    }
}

static void who_waits_for_one_backup_is_answered_when_backups_come_back(void **state)
{
    (void)state;
    struct promise_question question = best_question();
    question.replication = REPLICATION_PASSIVE;
    question.confirm_after = CONFIRM_AFTER_ONE;
    question.catch_up = 0;
    assert_true(oracle_promises(&question) & BIT(PROPERTY_ANSWERED));
    question.power_loss = 1;
    assert_false(oracle_promises(&question) & BIT(PROPERTY_ANSWERED));
    question.catch_up = 1;
    assert_true(oracle_promises(&question) & BIT(PROPERTY_ANSWERED));
    question.catch_up = 0;
    question.confirm_after = CONFIRM_AFTER_ALL;
    assert_true(oracle_promises(&question) & BIT(PROPERTY_ANSWERED));
}

static void a_wiped_disk_takes_what_was_kept_and_who_leads(void **state)
{
    (void)state;
    struct promise_question question = best_question();
    question.wipe = 1;
    assert_int_equal(oracle_promises(&question), (ALWAYS | BIT(PROPERTY_FIFO)) & ~BIT(PROPERTY_SINGLE_LEADER));
    question.replication = REPLICATION_PASSIVE;
    question.confirm_after = CONFIRM_AFTER_ALL;
    question.crash = 1;
    assert_int_equal(oracle_promises(&question), ALWAYS & ~BIT(PROPERTY_SINGLE_LEADER));
}

static void a_consumer_that_may_crash_keeps_no_order_and_works_twice(void **state)
{
    (void)state;
    struct promise_question question = best_question();
    question.consumer_crash = 1;
    assert_int_equal(oracle_promises(&question), (ALWAYS | KEPT) & ~BIT(PROPERTY_NO_DUPLICATE));
}

static void every_property_has_a_name_and_a_line(void **state)
{
    (void)state;
    for (unsigned property = 0; property < PROPERTY_COUNT; property++) {
        assert_true(strlen(property_name((enum property)property)) > 0);
        assert_true(strlen(property_description((enum property)property)) > 0);
        for (unsigned other = 0; other < property; other++)
            assert_string_not_equal(property_name((enum property)property), property_name((enum property)other));
    }
}

/* ---- after a breach ---- */

static void break_fifo(struct court *court)
{
    see_attempted(court, WEB, 9);
    see_delivered(court, WORKER, 1, 5);
    see_delivered(court, HELPER, 1, 1);
    assert_int_equal(court->verdict.breached, BIT(PROPERTY_FIFO));
}

static void after_a_broken_promise_only_that_one_is_judged(void **state)
{
    (void)state;
    struct court *court = court_prepare(BIT(PROPERTY_FIFO));
    court_open_session(court, 100);
    break_fifo(court);
    see_delivered(court, HELPER, 2, 77); /* a phantom */
    assert_int_equal(court->verdict.breached, 0);
    assert_int_equal(court->verdict.exercised, BIT(PROPERTY_FIFO));
    see_delivered(court, HELPER, 3, 2); /* too many */
    assert_int_equal(court->verdict.breached, BIT(PROPERTY_FIFO));
    assert_int_equal(court->verdict.exercised, BIT(PROPERTY_FIFO));
    assert_int_equal(court->verdict.breaches, 1);
    see_answered(court, 9, 0); /* of what no node took */
    assert_int_equal(court->verdict.breached | court->verdict.exercised, 0);
    court_free(court);
}

static void a_breach_of_what_was_not_promised_is_a_finding_and_judging_goes_on(void **state)
{
    (void)state;
    struct court *court = court_prepare(BIT(PROPERTY_COUNT) - 1 - BIT(PROPERTY_FIFO));
    court_open_session(court, 100);
    break_fifo(court);
    see_delivered(court, HELPER, 2, 77);
    assert_int_equal(court->verdict.breached, BIT(PROPERTY_NO_PHANTOM));
    see_answered(court, 9, 0); /* what a promised breach silences */
    assert_int_equal(court->verdict.breached | court->verdict.exercised, 0);
    court_free(court);
}

static void one_observation_breaks_the_first_promise_that_it_meets(void **state)
{
    (void)state;
    struct court *court = court_prepare(BIT(PROPERTY_COUNT) - 1);
    court_open_session(court, 100);
    see_attempted(court, WEB, 9);
    see_delivered(court, WORKER, 1, 5);
    see_delivered(court, WORKER, 2, 6);
    struct message message = court_message(WEB, 1);
    message.body++;
    see_message_delivered(court, WORKER, 3, message); /* other bytes, too early, too many */
    expect_breach(court, PROPERTY_NO_PHANTOM, 1, 1);
    court_free(court);
}

/* ---- a full block ---- */

static void see_worst(struct court *court, uint64_t sequence)
{
    see_attempted(court, WEB, sequence);
    see_sent(court, WEB, sequence);
    see_appended(court, sequence, 64 * sequence);
    see_answered(court, sequence, 0);
    see_delivered(court, WORKER, sequence, sequence);
}

static void a_block_for_so_many_messages_holds_as_many_of_the_worst_kind(void **state)
{
    (void)state;
    struct court *court = court_prepare(0);
    court_open_session(court, 50);
    for (uint64_t i = 1; i <= 50; i++) { /* a gap between any two */
        see_worst(court, 2 * i);
        assert_false(court->full);
    }
    court_free(court);
}

typedef void (*burden)(struct court *court, uint64_t sequence);

static void burden_appended(struct court *court, uint64_t sequence)
{
    see_appended(court, sequence, 64);
}

static void burden_answered(struct court *court, uint64_t sequence)
{
    see_answered(court, sequence, 0);
}

static void burden_recovered(struct court *court, uint64_t sequence)
{
    see_node(court, OBSERVE_RECOVERED, sequence, 64);
}

static void burden_sent(struct court *court, uint64_t sequence)
{
    see_sent(court, WEB, 2 * sequence);
}

static void burden_acked(struct court *court, uint64_t sequence)
{
    see_acked(court, WORKER, 1, 2 * sequence, 0);
}

static void burden_delivered(struct court *court, uint64_t sequence)
{
    see_delivered(court, WORKER, sequence, sequence);
}

static void burden_with_gaps(struct court *court, uint64_t sequence)
{
    see_delivered(court, WORKER, 1, 2 * sequence);
}

static void burden_held(struct court *court, uint64_t sequence)
{
    see_delivered(court, WORKER, sequence, 1);
}

static void whatever_fills_the_block_says_so_and_goes_on_saying_so(void **state)
{
    (void)state;
    const burden burdens[] = {burden_appended, burden_answered,  burden_recovered, burden_sent,
                              burden_acked,    burden_delivered, burden_with_gaps, burden_held};
    for (unsigned i = 0; i < sizeof burdens / sizeof burdens[0]; i++) {
        struct court *court = court_prepare(0);
        court_open_session(court, 3);
        uint64_t sequence = 0;
        while (!court->full && sequence < 1000)
            burdens[i](court, ++sequence);
        assert_in_range(sequence, 3, 100);
        see_quiet(court);
        assert_true(court->full);
        court_free(court);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_configuration_promises_everything_even_under_crashes),
        cmocka_unit_test(what_is_only_in_memory_is_promised_until_something_crashes),
        cmocka_unit_test(without_fsync_a_crash_keeps_what_a_power_loss_takes),
        cmocka_unit_test(without_confirms_nothing_is_promised_to_be_kept),
        cmocka_unit_test(order_is_promised_to_one_consumer_whose_connection_cannot_be_replaced),
        cmocka_unit_test(a_failover_keeps_only_what_a_backup_had_too_and_an_elected_primary),
        cmocka_unit_test(who_waits_for_one_backup_is_answered_when_backups_come_back),
        cmocka_unit_test(a_wiped_disk_takes_what_was_kept_and_who_leads),
        cmocka_unit_test(a_consumer_that_may_crash_keeps_no_order_and_works_twice),
        cmocka_unit_test(every_property_has_a_name_and_a_line),
        cmocka_unit_test(after_a_broken_promise_only_that_one_is_judged),
        cmocka_unit_test(a_breach_of_what_was_not_promised_is_a_finding_and_judging_goes_on),
        cmocka_unit_test(one_observation_breaks_the_first_promise_that_it_meets),
        cmocka_unit_test(a_block_for_so_many_messages_holds_as_many_of_the_worst_kind),
        cmocka_unit_test(whatever_fills_the_block_says_so_and_goes_on_saying_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
