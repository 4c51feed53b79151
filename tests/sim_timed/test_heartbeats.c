/* Failure detectors beside the ends of connections: when an end gives up, and what keeps it from doing so. One idle
 * producer that is connected to n1: n1's end is open from 0.2 ms on, the producer's from 0.4 ms; both watch with a
 * time-out of one second, each in a phase of its own. */
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

enum { OF_WEB, OF_N1 }; /* ends */

static int64_t opened_ns(unsigned end)
{
    return end == OF_N1 ? 200 * US : 400 * US;
}

/* The first look of an end at this time or later. */
static int64_t next_look_ns(const struct run *run, unsigned end, int64_t time_ns)
{
    int64_t look_ns = opened_ns(end) + heartbeat_phase_ns(run->timed, 0, end, 0);
    while (look_ns < time_ns)
        look_ns += S;
    return look_ns;
}

/* When the last heartbeat of an end that comes through before this time arrives. */
static int64_t last_heartbeat_ns(const struct run *run, unsigned of, int64_t before_ns)
{
    int64_t arrives_ns = opened_ns(of) + heartbeat_phase_ns(run->timed, 0, of, 0) % (S / 2) + 200 * US;
    while (arrives_ns + S / 2 < before_ns)
        arrives_ns += S / 2;
    return arrives_ns;
}

/* It finds the last byte by one look, and nothing by the next two. */
static int64_t gives_up_ns(const struct run *run, unsigned end, int64_t silent_from_ns)
{
    return next_look_ns(run, end, last_heartbeat_ns(run, 1 - end, silent_from_ns)) + 2 * S;
}

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
    assert_int_equal(timed_totals(run->timed)->heartbeats, 2 * 99); /* two a second from each end but the first */
}

static void the_second_empty_look_gives_up(void **state)
{
    struct run *run = *state;
    cut(run, 10 * S, 0);
    run_until(run, 20 * S);
    assert_int_equal(when(run, "give-up n1 -> web.1", 1), gives_up_ns(run, OF_N1, 10 * S));
    assert_int_equal(when(run, "give-up web.1 -> n1", 1), gives_up_ns(run, OF_WEB, 10 * S));
}

static void where_one_direction_is_cut_the_end_that_hears_nothing_gives_up(void **state)
{
    struct run *run = *state;
    cut(run, 10 * S, 0)->one_way = true; /* from n1 to the producer */
    run_until(run, 20 * S);
    assert_int_equal(times(run, "give-up n1 -> web.1"), 0);
    assert_int_equal(when(run, "give-up web.1 -> n1", 1), gives_up_ns(run, OF_WEB, 10 * S));
    assert_int_equal(when(run, "notice web.1 -> n1", 1), gives_up_ns(run, OF_WEB, 10 * S) + 200 * US);
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
    assert_int_equal(when(run, "give-up n1 -> web.1", 1), gives_up_ns(run, OF_N1, 10 * S));
    assert_int_equal(when(run, "give-up web.1 -> n1", 1), gives_up_ns(run, OF_WEB, 10 * S));
}

/* Who is paused sends nothing, looks at nothing, and finds in its sockets what came meanwhile. */
static void a_paused_process_is_given_up_and_gives_nobody_up(void **state)
{
    struct run *run = *state;
    small_plan_fault(&run->small, FAULT_PAUSE, 10 * S, 10 * S);
    run_until(run, 30 * S);
    assert_int_equal(when(run, "give-up web.1 -> n1", 1), gives_up_ns(run, OF_WEB, 10 * S));
    assert_int_equal(times(run, "give-up n1 -> web.1"), 0);
    assert_int_equal(when(run, "notice web.1 -> n1", 1), 20 * S);
}

static void what_is_sent_saves_heartbeats(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 100 * MS, 550 * MS, 1000 * MS, 1450 * MS, 1900 * MS);
    run_until(run, 2 * S - 100 * MS);
    assert_int_equal(timed_totals(run->timed)->heartbeats, 0); /* the confirms are n1's */
}

/* The crash of a machine at a fixed time finds a detector anywhere between two looks, from seed to seed. */
static void how_long_a_detector_takes_differs_from_seed_to_seed(void **state)
{
    int64_t least_ns = NS_NEVER, most_ns = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct run *run;
        watched((void **)&run);
        run->seed = seed;
        cut(run, 10 * S, 0);
        run_until(run, 20 * S);
        int64_t took_ns = when(run, "give-up web.1 -> n1", 1) - last_heartbeat_ns(run, OF_N1, 10 * S);
        least_ns = took_ns < least_ns ? took_ns : least_ns;
        most_ns = took_ns > most_ns ? took_ns : most_ns;
        run_free(run);
    }
    assert_in_range(least_ns, 2 * S, 2 * S + S / 5);
    assert_in_range(most_ns, 3 * S - S / 5, 3 * S);
    (void)state;
}

static void every_beat_and_look_is_judged(void **state)
{
    struct run *run = *state;
    run_until(run, 50 * S);
    assert_int_equal(timed_totals(run->timed)->exercised[PROPERTY_DETECTION], 2 * (100 + 50));
    assert_int_equal(timed_totals(run->timed)->breaches[PROPERTY_DETECTION], 0);
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
        cmocka_unit_test(how_long_a_detector_takes_differs_from_seed_to_seed),
        ON_A_WATCHED_RUN(every_beat_and_look_is_judged),
        ON_A_WATCHED_RUN(without_a_time_out_nobody_watches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
