/* Durability: histories that hold, and the smallest that break it. */
#include "court.h"
#include "tests/support/same_block.h"

static uint32_t live_units_of(const struct court *court)
{
    const struct arena *block = (const struct arena *)court->oracle;
    return block->top - block->freed_units;
}

/* ---- answers ---- */

static void a_confirmed_message_that_a_node_holds_is_safe(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_confirmed(court, 1, 64);
    expect_held(court, PROPERTY_DURABILITY);
    court_free(court);
}

static void a_confirm_of_what_no_node_took_is_a_breach(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_attempted(court, WEB, 1);
    see_answered(court, 1, 0);
    expect_breach(court, PROPERTY_DURABILITY, 1, 1);
    assert_int_equal(court->verdict.message.producer, WEB);
    court_free(court);
}

static void a_rejection_promises_nothing(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_attempted(court, WEB, 1);
    see_answered(court, 1, FRAME_NEGATIVE);
    see_crashed(court, 0);
    expect_untested(court, PROPERTY_DURABILITY);
    court_free(court);
}

static void a_confirm_of_what_no_queue_takes_promises_nothing(void **state)
{
    (void)state;
    struct court *court = court_new();
    struct observation seen = {.kind = OBSERVE_ANSWERED, .actor = WEB, .message = court_message(WEB, 1)};
    seen.message.queue = court->config.queues;
    court_see(court, seen);
    expect_untested(court, PROPERTY_DURABILITY);
    court_free(court);
}

static void a_confirm_that_comes_after_the_ack_is_no_news(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_attempted(court, WEB, 1);
    see_appended(court, 1, 64);
    see_acked(court, WORKER, 1, 1, 0);
    see_node(court, OBSERVE_SETTLED, 1, 0);
    see_answered(court, 1, 0);
    see_crashed(court, 0);
    assert_int_equal(court->breached_before | court->verdict.breached, 0);
    court_free(court);
}

/* ---- settlements ---- */

static void a_message_that_a_consumer_acked_may_go(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_confirmed(court, 1, 64);
    see_acked(court, WORKER, 1, 1, 0);
    see_node(court, OBSERVE_SETTLED, 1, 0);
    see_crashed(court, 0);
    expect_held(court, PROPERTY_DURABILITY);
    court_free(court);
}

static void a_node_that_settles_what_nobody_acked_is_found_out(void **state)
{
    (void)state;
    const enum observation_kind ways[] = {OBSERVE_SETTLED, OBSERVE_DROPPED};
    for (unsigned i = 0; i < 2; i++) {
        struct court *court = court_new();
        see_confirmed(court, 1, 64);
        see_node(court, ways[i], 1, 0);
        expect_breach(court, PROPERTY_DURABILITY, 1, 1);
        court_free(court);
    }
}

static void a_rejection_for_good_ends_the_obligation(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_confirmed(court, 1, 64);
    see_acked(court, WORKER, 1, 1, FRAME_NEGATIVE);
    see_node(court, OBSERVE_DROPPED, 1, 0);
    expect_held(court, PROPERTY_DURABILITY);
    court_free(court);
}

static void a_rejection_with_requeue_does_not(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_confirmed(court, 1, 64);
    see_acked(court, WORKER, 1, 1, FRAME_NEGATIVE | FRAME_REQUEUE);
    see_node(court, OBSERVE_DROPPED, 1, 0);
    expect_breach(court, PROPERTY_DURABILITY, 1, 1);
    court_free(court);
}

static void a_queue_with_automatic_acks_settles_when_it_sends(void **state)
{
    (void)state;
    struct court *court = court_prepare(0);
    court->clients[HELPER - 1].auto_ack = 1;
    court_open_session(court, 10);
    see_confirmed(court, 1, 64);
    see_node(court, OBSERVE_SETTLED, 1, 0);
    see_crashed(court, 0);
    expect_held(court, PROPERTY_DURABILITY);
    court_free(court);
}

static void automatic_acks_of_another_queue_settle_nothing_here(void **state)
{
    (void)state;
    struct court *court = court_prepare(0);
    court->clients[STRAY - 1].auto_ack = 1;
    court_open_session(court, 10);
    see_confirmed(court, 1, 64);
    see_node(court, OBSERVE_SETTLED, 1, 0);
    expect_breach(court, PROPERTY_DURABILITY, 1, 1);
    court_free(court);
}

static void a_copy_of_what_is_settled_is_no_longer_followed(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_confirmed(court, 1, 64);
    see_acked(court, WORKER, 1, 1, 0);
    uint32_t units = live_units_of(court);
    see_appended(court, 1, 128);
    assert_int_equal(live_units_of(court), units);
    see_answered(court, 1, 0);
    see_crashed(court, 64); /* its settlement is lost */
    see_node(court, OBSERVE_RECOVERED, 1, 64);
    assert_int_equal(live_units_of(court), units);
    see_recovery_done(court, 64, REFUSE_NOTHING);
    see_crashed(court, 0);
    expect_held(court, PROPERTY_DURABILITY);
    court_free(court);
}

/* ---- crashes ---- */

static void a_crash_that_keeps_the_whole_record_loses_nothing(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_confirmed(court, 1, 64);
    see_crashed(court, 64);
    expect_held(court, PROPERTY_DURABILITY);
    court_free(court);
}

static void a_crash_that_cuts_confirmed_records_loses_each_of_them(void **state)
{
    (void)state;
    struct court *court = court_new();
    for (uint64_t i = 1; i <= 5; i++)
        see_confirmed(court, i, 64 * i);
    see_crashed(court, 64 * 3 - 32);
    expect_breach(court, PROPERTY_DURABILITY, 3, 3);
    assert_int_equal(court->verdict.message.producer, WEB);
    court_free(court);
}

static void what_was_never_confirmed_may_be_lost(void **state)
{
    (void)state;
    struct court *court = court_new();
    uint32_t units = live_units_of(court);
    see_attempted(court, WEB, 1);
    see_appended(court, 1, 64);
    see_crashed(court, 0);
    expect_untested(court, PROPERTY_DURABILITY);
    assert_int_equal(live_units_of(court), units);
    court_free(court);
}

static void a_confirm_read_after_the_crash_that_lost_its_message_is_a_breach(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_attempted(court, WEB, 1);
    see_appended(court, 1, 64);
    see_crashed(court, 0);
    see_answered(court, 1, 0);
    expect_breach(court, PROPERTY_DURABILITY, 1, 1);
    court_free(court);
}

static void the_first_of_two_copies_is_enough(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_confirmed(court, 1, 64);
    see_appended(court, 1, 128);
    see_crashed(court, 64);
    expect_held(court, PROPERTY_DURABILITY);
    court_free(court);
}

static void a_moved_record_is_still_held(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_confirmed(court, 1, 64);
    see_node(court, OBSERVE_MOVED, 1, 256);
    see_crashed(court, 256);
    see_started(court);
    see_node(court, OBSERVE_RECOVERED, 1, 256);
    see_recovery_done(court, 256, REFUSE_NOTHING);
    expect_held(court, PROPERTY_DURABILITY);
    court_free(court);
}

/* ---- what only memory holds ---- */

static void what_only_memory_held_a_crash_may_take(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_confirmed(court, 1, 0);
    see_crashed(court, 4096);
    see_quiet(court);
    expect_held(court, PROPERTY_DURABILITY);
    court_free(court);
}

static void a_confirm_under_way_of_what_memory_held_is_no_breach_either(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_attempted(court, WEB, 1);
    see_appended(court, 1, 0);
    see_crashed(court, 0);
    see_answered(court, 1, 0);
    see_started(court);
    see_recovery_done(court, 0, REFUSE_NOTHING);
    see_quiet(court);
    expect_held(court, PROPERTY_DURABILITY);
    court_free(court);
}

static void what_memory_took_again_after_a_crash_must_not_be_dropped(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_attempted(court, WEB, 1);
    see_appended(court, 1, 0);
    see_crashed(court, 0);
    see_appended(court, 1, 0);
    see_answered(court, 1, 0);
    see_node(court, OBSERVE_DROPPED, 1, 0);
    expect_breach(court, PROPERTY_DURABILITY, 1, 1);
    court_free(court);
}

static void what_memory_loses_in_crash_after_crash_takes_no_room(void **state)
{
    (void)state;
    for (uint8_t confirms = 0; confirms < 2; confirms++) {
        struct court *court = court_prepare(0);
        court->clients[WEB - 1].confirms = confirms;
        court_open_session(court, 10);
        for (uint64_t i = 1; i <= 1000; i++) {
            see_attempted(court, WEB, i);
            see_appended(court, i, 0);
            if (confirms)
                see_answered(court, i, 0);
            see_crashed(court, 0);
            assert_false(court->full);
        }
        court_free(court);
    }
}

static void a_record_that_follows_a_copy_in_memory_is_what_counts(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_attempted(court, WEB, 1);
    see_appended(court, 1, 0);
    see_appended(court, 1, 64);
    see_answered(court, 1, 0);
    see_crashed(court, 0);
    expect_breach(court, PROPERTY_DURABILITY, 1, 1);
    court_free(court);
}

/* ---- boots ---- */

static void a_boot_that_brings_everything_back_holds(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_confirmed(court, 1, 64);
    for (unsigned i = 0; i < 2; i++) {
        see_crashed(court, 64);
        see_started(court);
        see_node(court, OBSERVE_RECOVERED, 1, 64);
        see_recovery_done(court, 64, REFUSE_NOTHING);
    }
    expect_held(court, PROPERTY_DURABILITY);
    court_free(court);
}

static void a_boot_that_forgets_a_message_is_found_out_when_it_is_done(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_confirmed(court, 1, 64);
    see_confirmed(court, 2, 128);
    see_crashed(court, 128);
    see_started(court);
    see_node(court, OBSERVE_RECOVERED, 1, 64);
    expect_held(court, PROPERTY_DURABILITY);
    see_recovery_done(court, 128, REFUSE_NOTHING);
    expect_breach(court, PROPERTY_DURABILITY, 1, 2);
    court_free(court);
}

static void what_one_boot_brought_back_the_next_one_must_bring_back_too(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_confirmed(court, 1, 64);
    see_crashed(court, 64);
    see_node(court, OBSERVE_RECOVERED, 1, 64);
    see_recovery_done(court, 64, REFUSE_NOTHING);
    see_crashed(court, 64);
    see_recovery_done(court, 64, REFUSE_NOTHING);
    expect_breach(court, PROPERTY_DURABILITY, 1, 1);
    court_free(court);
}

static void a_boot_that_forgets_what_nobody_was_told_of_is_no_breach(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_attempted(court, WEB, 1);
    see_appended(court, 1, 64);
    see_crashed(court, 64);
    see_recovery_done(court, 64, REFUSE_NOTHING);
    expect_untested(court, PROPERTY_DURABILITY);
    court_free(court);
}

static void a_boot_that_refuses_has_forgotten_nothing(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_confirmed(court, 1, 64);
    see_crashed(court, 64);
    see_started(court);
    see_recovery_done(court, 64, REFUSE_CORRUPT);
    expect_breach(court, PROPERTY_RECOVERY, 1, 0);
    court_free(court);
}

static void what_one_crash_took_the_next_one_does_not_take_again(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_confirmed(court, 1, 64);
    see_crashed(court, 0);
    expect_breach(court, PROPERTY_DURABILITY, 1, 1);
    see_crashed(court, 0);
    assert_int_equal(court->verdict.breached | court->verdict.exercised, 0);
    court_free(court);
}

static void what_is_taken_while_a_boot_goes_on_is_not_forgotten_by_it(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_crashed(court, 0);
    see_started(court);
    see_confirmed(court, 1, 64);
    see_recovery_done(court, 0, REFUSE_NOTHING);
    expect_held(court, PROPERTY_DURABILITY);
    court_free(court);
}

static void what_a_boot_brings_back_at_another_position_is_held_there(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_confirmed(court, 1, 128);
    see_crashed(court, 128);
    see_node(court, OBSERVE_RECOVERED, 1, 64);
    see_recovery_done(court, 128, REFUSE_NOTHING);
    see_crashed(court, 64);
    expect_held(court, PROPERTY_DURABILITY);
    see_crashed(court, 32);
    expect_breach(court, PROPERTY_DURABILITY, 1, 1);
    court_free(court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_confirmed_message_that_a_node_holds_is_safe),
        cmocka_unit_test(a_confirm_of_what_no_node_took_is_a_breach),
        cmocka_unit_test(a_rejection_promises_nothing),
        cmocka_unit_test(a_confirm_of_what_no_queue_takes_promises_nothing),
        cmocka_unit_test(a_confirm_that_comes_after_the_ack_is_no_news),
        cmocka_unit_test(a_message_that_a_consumer_acked_may_go),
        cmocka_unit_test(a_node_that_settles_what_nobody_acked_is_found_out),
        cmocka_unit_test(a_rejection_for_good_ends_the_obligation),
        cmocka_unit_test(a_rejection_with_requeue_does_not),
        cmocka_unit_test(a_queue_with_automatic_acks_settles_when_it_sends),
        cmocka_unit_test(automatic_acks_of_another_queue_settle_nothing_here),
        cmocka_unit_test(a_copy_of_what_is_settled_is_no_longer_followed),
        cmocka_unit_test(a_crash_that_keeps_the_whole_record_loses_nothing),
        cmocka_unit_test(a_crash_that_cuts_confirmed_records_loses_each_of_them),
        cmocka_unit_test(what_was_never_confirmed_may_be_lost),
        cmocka_unit_test(a_confirm_read_after_the_crash_that_lost_its_message_is_a_breach),
        cmocka_unit_test(the_first_of_two_copies_is_enough),
        cmocka_unit_test(a_moved_record_is_still_held),
        cmocka_unit_test(what_only_memory_held_a_crash_may_take),
        cmocka_unit_test(a_confirm_under_way_of_what_memory_held_is_no_breach_either),
        cmocka_unit_test(what_memory_took_again_after_a_crash_must_not_be_dropped),
        cmocka_unit_test(what_memory_loses_in_crash_after_crash_takes_no_room),
        cmocka_unit_test(a_record_that_follows_a_copy_in_memory_is_what_counts),
        cmocka_unit_test(a_boot_that_brings_everything_back_holds),
        cmocka_unit_test(a_boot_that_forgets_a_message_is_found_out_when_it_is_done),
        cmocka_unit_test(what_one_boot_brought_back_the_next_one_must_bring_back_too),
        cmocka_unit_test(a_boot_that_forgets_what_nobody_was_told_of_is_no_breach),
        cmocka_unit_test(a_boot_that_refuses_has_forgotten_nothing),
        cmocka_unit_test(what_one_crash_took_the_next_one_does_not_take_again),
        cmocka_unit_test(what_is_taken_while_a_boot_goes_on_is_not_forgotten_by_it),
        cmocka_unit_test(what_a_boot_brings_back_at_another_position_is_held_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
