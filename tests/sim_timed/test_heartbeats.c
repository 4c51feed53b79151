/* Failure detectors beside the ends of connections: when an end gives up, and what keeps it from doing so. One idle
 * producer that is connected to n1: n1's end is open from 0.2 ms on, the producer's from 0.4 ms; both watch with a
 * time-out of one second. */
#include "sim/timed/timed_state.h"
#include "tests/sim_timed/runs.h"

static int watched(void **state)
{
    struct run *run = run_new();
    run->small.plan.duration_ns = 60 * S;
    run->small.plan.client_detector_ns = S;
    run->small.producers[0].retry_timeout_ns = 0;
    SENDS_AT(run, 0, 59 * S);
    *state = run;
    return 0;
}

#define ON_A_WATCHED_RUN(test) cmocka_unit_test_setup_teardown(test, watched, run_drop)

static struct plan_fault *cut(struct run *run, int64_t at_ns, int64_t for_ns)
{
    struct plan_fault *fault = small_plan_fault(&run->small, FAULT_CUT, at_ns, for_ns);
    fault->other = (struct plan_selector){.kind = SELECT_PRODUCER};
    return fault;
}

static void an_idle_connection_lives_on_heartbeats(void **state)
{
    struct run *run = *state;
    run_until(run, 50 * S);
    assert_int_equal(times(run, "give-up web.1 -> n1"), 0);
    assert_int_equal(times(run, "give-up n1 -> web.1"), 0);
    /* two in a second from each end, the last at 49.5004 s */
    assert_int_equal(timed_totals(run->timed)->heartbeats, 2 * 99);
}

/* The last beat of either arrives before 10 s. The looks at 10 s still find it, those at 11 and 12 s find nothing. */
static void the_second_empty_look_gives_up(void **state)
{
    struct run *run = *state;
    cut(run, 10 * S, 0);
    run_until(run, 20 * S);
    assert_int_equal(when(run, "give-up n1 -> web.1", 1), 12 * S + 200 * US);
    assert_int_equal(when(run, "give-up web.1 -> n1", 1), 12 * S + 400 * US);
}

static void where_one_direction_is_cut_the_end_that_hears_nothing_gives_up(void **state)
{
    struct run *run = *state;
    cut(run, 10 * S, 0)->one_way = true; /* from n1 to the producer */
    run_until(run, 20 * S);
    assert_int_equal(times(run, "give-up n1 -> web.1"), 0);
    assert_int_equal(when(run, "give-up web.1 -> n1", 1), 12 * S + 400 * US);
    assert_int_equal(when(run, "notice web.1 -> n1", 1), 12 * S + 600 * US);
}

/* What a cut held up is sent again after 0.2, 0.6 and 1.4 s. */
static void a_cut_that_heals_in_time_goes_unnoticed(void **state)
{
    struct run *run = *state;
    cut(run, 10 * S, 1300 * MS);
    run_until(run, 30 * S);
    assert_int_equal(times(run, "give-up n1 -> web.1"), 0);
    assert_int_equal(times(run, "give-up web.1 -> n1"), 0);
}

/* ... and then after 3 s, when both have given up. */
static void healing_in_time_does_not_help_when_the_next_retransmission_comes_too_late(void **state)
{
    struct run *run = *state;
    cut(run, 10 * S, 1500 * MS);
    run_until(run, 30 * S);
    assert_int_equal(when(run, "give-up n1 -> web.1", 1), 12 * S + 200 * US);
    assert_int_equal(when(run, "give-up web.1 -> n1", 1), 12 * S + 400 * US);
}

/* Who is paused sends nothing, looks at nothing, and finds in its sockets what came meanwhile. */
static void a_paused_process_is_given_up_and_gives_nobody_up(void **state)
{
    struct run *run = *state;
    small_plan_fault(&run->small, FAULT_PAUSE, 10 * S, 10 * S);
    run_until(run, 30 * S);
    assert_int_equal(when(run, "give-up web.1 -> n1", 1), 12 * S + 400 * US);
    assert_int_equal(times(run, "give-up n1 -> web.1"), 0);
    assert_int_equal(when(run, "notice web.1 -> n1", 1), 20 * S);
}

static void what_is_sent_saves_heartbeats(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 200 * MS, 600 * MS, 1200 * MS, 1700 * MS);
    run_until(run, 2 * S - 100 * MS);
    assert_int_equal(timed_totals(run->timed)->heartbeats, 0); /* the confirms are n1's */
}

static void without_a_time_out_nobody_watches(void **state)
{
    struct run *run = *state;
    run->small.plan.client_detector_ns = 0;
    cut(run, 10 * S, 0);
    run_until(run, 50 * S);
    assert_int_equal(times(run, "give-up web.1 -> n1"), 0);
    assert_int_equal(timed_totals(run->timed)->heartbeats, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_WATCHED_RUN(an_idle_connection_lives_on_heartbeats),
        ON_A_WATCHED_RUN(the_second_empty_look_gives_up),
        ON_A_WATCHED_RUN(where_one_direction_is_cut_the_end_that_hears_nothing_gives_up),
        ON_A_WATCHED_RUN(a_cut_that_heals_in_time_goes_unnoticed),
        ON_A_WATCHED_RUN(healing_in_time_does_not_help_when_the_next_retransmission_comes_too_late),
        ON_A_WATCHED_RUN(a_paused_process_is_given_up_and_gives_nobody_up),
        ON_A_WATCHED_RUN(what_is_sent_saves_heartbeats),
        ON_A_WATCHED_RUN(without_a_time_out_nobody_watches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
