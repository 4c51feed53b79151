/* Heartbeats seen from one end of a connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "models/detector/detector.h"

static void an_idle_end_beats_at_every_look(void **state)
{
    (void)state;
    struct detector detector = {0};
    assert_true(detector_beat(&detector));
    assert_true(detector_beat(&detector));
}

static void an_end_that_sent_something_else_need_not_beat(void **state)
{
    (void)state;
    struct detector detector = {0};
    detector_sent(&detector);
    assert_false(detector_beat(&detector));
    assert_true(detector_beat(&detector));
}

static void the_second_look_in_a_row_that_finds_nothing_gives_up(void **state)
{
    (void)state;
    struct detector detector = {0};
    detector_heard(&detector);
    assert_false(detector_look(&detector)); /* finds the byte */
    assert_false(detector_look(&detector));
    assert_true(detector_look(&detector));
}

static void an_opening_takes_bytes_both_ways(void **state)
{
    (void)state;
    struct detector detector = {.misses = 1};
    detector_opened(&detector);
    assert_false(detector_beat(&detector));
    assert_false(detector_look(&detector)); /* finds them */
    assert_false(detector_look(&detector));
    assert_true(detector_look(&detector));
}

static void a_byte_between_two_looks_starts_the_count_again(void **state)
{
    (void)state;
    struct detector detector = {0};
    assert_false(detector_look(&detector));
    detector_heard(&detector);
    assert_false(detector_look(&detector));
    assert_false(detector_look(&detector));
    assert_true(detector_look(&detector));
}

static void what_an_end_sends_itself_says_nothing_about_its_peer(void **state)
{
    (void)state;
    struct detector detector = {0};
    for (int look = 0; look < DETECTOR_MISSES_MAX; look++) {
        detector_sent(&detector);
        detector_beat(&detector);
        detector_beat(&detector);
        assert_int_equal(detector_look(&detector), look == DETECTOR_MISSES_MAX - 1);
    }
}

static void a_heartbeat_is_due_twice_in_a_time_out(void **state)
{
    (void)state;
    assert_int_equal(detector_beat_ns(INT64_C(60000000000)), INT64_C(30000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_end_beats_at_every_look),
        cmocka_unit_test(an_end_that_sent_something_else_need_not_beat),
        cmocka_unit_test(the_second_look_in_a_row_that_finds_nothing_gives_up),
        cmocka_unit_test(an_opening_takes_bytes_both_ways),
        cmocka_unit_test(a_byte_between_two_looks_starts_the_count_again),
        cmocka_unit_test(what_an_end_sends_itself_says_nothing_about_its_peer),
        cmocka_unit_test(a_heartbeat_is_due_twice_in_a_time_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
