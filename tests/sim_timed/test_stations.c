/* The CPU and the disk of a node are single servers; a paused actor keeps everything waiting. */
#include "tests/sim_timed/runs.h"

/* ---- CPU ---- */

static void publishes_are_served_one_after_the_other(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 10 * MS, 10 * MS, 10 * MS + 50 * US, 20 * MS);
    run_until(run, S);
    assert_int_equal(when(run, "deliver web.1 -> n1", 1), 10 * MS + 220 * US);
    assert_int_equal(when(run, "deliver web.1 -> n1", 2), 10 * MS + 240 * US);
    assert_int_equal(when(run, "deliver web.1 -> n1", 3), 10 * MS + 270 * US); /* came at 250: nobody before it */
    assert_int_equal(when(run, "deliver web.1 -> n1", 4), 20 * MS + 220 * US);
}

static void two_producers_share_one_cpu(void **state)
{
    struct run *run = *state;
    run->small.plan.producer_count = 2;
    SENDS_AT(run, 0, 10 * MS);
    SENDS_AT(run, 1, 10 * MS);
    run_until(run, S);
    assert_int_equal(when(run, "deliver web.1 -> n1", 1), 10 * MS + 220 * US);
    assert_int_equal(when(run, "deliver shop.1 -> n1", 1), 10 * MS + 240 * US);
}

/* An ack costs nothing, but takes its turn behind the publish that is being served. */
static void what_costs_nothing_still_queues(void **state)
{
    struct run *run = *state;
    run->small.plan.consumer_count = 1;
    run->small.plan.cpu = variate_constant(10 * MS);
    SENDS_AT(run, 0, MS, 12 * MS);
    run_until(run, S);
    assert_int_equal(when(run, "deliver web.1 -> n1", 1), 11 * MS + 200 * US);
    assert_int_equal(when(run, "timer worker.1 service", 1), 12 * MS + 400 * US);
    assert_int_equal(when(run, "deliver web.1 -> n1", 2), 22 * MS + 200 * US);
    assert_int_equal(when(run, "deliver worker.1 -> n1", 2), 22 * MS + 200 * US); /* the first was its consume */
}

static void a_node_that_died_has_an_idle_cpu(void **state)
{
    struct run *run = *state;
    run->small.plan.producer_count = 2;
    run->small.plan.cpu = variate_constant(500 * MS);
    SENDS_AT(run, 0, 10 * MS, 10 * MS, 10 * MS);
    SENDS_AT(run, 1, 300 * MS);
    small_plan_fault(&run->small, FAULT_CRASH, 20 * MS, 10 * MS);
    run_until(run, S);
    assert_int_equal(when(run, "established shop.1 -> n1 #2", 1), 120 * MS + 600 * US);
    assert_int_equal(times(run, "deliver web.1 -> n1"), 0);
    assert_int_equal(when(run, "deliver web.1 -> n1 #2", 1), 620 * MS + 800 * US);
}

/* ---- disk ---- */

static void the_disk_does_one_thing_after_the_other(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 10 * MS, 10 * MS);
    run_until(run, S);
    assert_int_equal(when(run, "fsync n1", 1), 10 * MS + (220 + 10 + 1000) * US);
    assert_int_equal(when(run, "fsync n1", 2), 10 * MS + (220 + 2 * 10 + 2 * 1000) * US);
    assert_int_equal(when(run, "deliver n1 -> web.1", 2), when(run, "fsync n1", 2) + 200 * US);
}

static void a_disk_of_some_bandwidth_takes_longer_over_more_bytes(void **state)
{
    struct run *run = *state;
    run->small.plan.disk_bandwidth = 1000000; /* a byte each microsecond; a record is 64 bytes and its payload */
    SENDS_AT(run, 0, 10 * MS);
    run_until(run, S);
    assert_int_equal(when(run, "fsync n1", 1), 10 * MS + (220 + 10 + 64 + 100 + 1000) * US);
}

/* ---- pauses ---- */

static struct plan_fault *pause(struct run *run, int64_t at_ns, int64_t for_ns)
{
    return small_plan_fault(&run->small, FAULT_PAUSE, at_ns, for_ns);
}

static void pause_the_producer(struct run *run, int64_t at_ns, int64_t for_ns)
{
    pause(run, at_ns, for_ns)->target = (struct plan_selector){.kind = SELECT_PRODUCER};
}

static void a_paused_producer_catches_up_on_its_arrivals(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 10 * MS, 20 * MS, 30 * MS);
    pause_the_producer(run, 5 * MS, 20 * MS);
    run_until(run, S);
    assert_int_equal(when(run, "timer web.1 arrival", 1), 25 * MS);
    assert_int_equal(when(run, "timer web.1 arrival", 2), 25 * MS);
    assert_int_equal(when(run, "timer web.1 arrival", 3), 30 * MS);
}

static void peers_of_a_paused_node_hear_silence(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 10 * MS, 10 * MS);
    pause(run, 10 * MS, 90 * MS);
    run_until(run, S);
    assert_int_equal(when(run, "deliver web.1 -> n1", 1), 100 * MS + 20 * US); /* nor has its CPU done anything */
    assert_int_equal(when(run, "deliver web.1 -> n1", 2), 100 * MS + 40 * US);
    assert_int_equal(when(run, "deliver n1 -> web.1", 1), 101 * MS + 230 * US);
    assert_int_equal(times(run, "notice n1 -> web.1"), 0);
}

static void an_fsync_that_ends_in_a_pause_is_learnt_after_it(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 10 * MS);
    pause(run, 10 * MS + 500 * US, 20 * MS);
    run_until(run, S);
    assert_int_equal(when(run, "fsync n1", 1), 30 * MS + 500 * US);
}

static void a_node_accepts_nobody_while_it_is_paused(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 10 * MS);
    pause(run, 100 * US, 50 * MS);
    run_until(run, S);
    assert_int_equal(when(run, "accept web.1 -> n1", 1), 50 * MS + 100 * US);
    assert_int_equal(times(run, "refuse web.1 -> n1"), 0);
}

static void two_pauses_hold_until_both_are_over(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 25 * MS);
    pause(run, 10 * MS, 20 * MS);
    pause(run, 20 * MS, 40 * MS);
    run_until(run, S);
    assert_int_equal(when(run, "deliver web.1 -> n1", 1), 60 * MS + 20 * US);
}

/* The answer and the time-out both wait; the answer came first. */
static void a_timer_cancelled_at_the_end_of_a_pause_does_not_fire(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 10 * MS);
    pause_the_producer(run, 300 * US, 2 * S);
    run_until(run, 5 * S);
    assert_int_equal(when(run, "established web.1 -> n1", 1), 2 * S + 300 * US);
    assert_int_equal(times(run, "timer web.1 connect"), 0);
}

static void a_node_that_dies_in_a_pause_comes_back_unpaused(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 200 * MS);
    pause(run, 10 * MS, 5 * S);
    pause(run, S, S); /* the next one is not cut short by the end of the first */
    small_plan_fault(&run->small, FAULT_CRASH, 20 * MS, 30 * MS);
    run_until(run, 8 * S);
    assert_int_equal(when(run, "established web.1 -> n1 #2", 1), 120 * MS + 600 * US);
    assert_int_equal(when(run, "deliver web.1 -> n1 #2", 1), 200 * MS + 220 * US);
    assert_int_equal(told_nth(run, HISTORY_FAULT_ENDS, 1, 1)->time_ns, 2 * S);
    assert_int_equal(times_told(run, HISTORY_FAULT_ENDS, 0), 1);
}

static void an_opening_that_waited_for_a_paused_node_is_refused_when_that_dies(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 200 * MS);
    pause(run, 100 * US, 5 * S);
    small_plan_fault(&run->small, FAULT_CRASH, 20 * MS, S);
    run_until(run, 100 * MS);
    assert_int_equal(when(run, "refuse web.1 -> n1", 1), 20 * MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_RUN(publishes_are_served_one_after_the_other),
        ON_A_RUN(two_producers_share_one_cpu),
        ON_A_RUN(what_costs_nothing_still_queues),
        ON_A_RUN(a_node_that_died_has_an_idle_cpu),
        ON_A_RUN(the_disk_does_one_thing_after_the_other),
        ON_A_RUN(a_disk_of_some_bandwidth_takes_longer_over_more_bytes),
        ON_A_RUN(a_paused_producer_catches_up_on_its_arrivals),
        ON_A_RUN(peers_of_a_paused_node_hear_silence),
        ON_A_RUN(an_fsync_that_ends_in_a_pause_is_learnt_after_it),
        ON_A_RUN(a_node_accepts_nobody_while_it_is_paused),
        ON_A_RUN(two_pauses_hold_until_both_are_over),
        ON_A_RUN(a_timer_cancelled_at_the_end_of_a_pause_does_not_fire),
        ON_A_RUN(a_node_that_dies_in_a_pause_comes_back_unpaused),
        ON_A_RUN(an_opening_that_waited_for_a_paused_node_is_refused_when_that_dies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
