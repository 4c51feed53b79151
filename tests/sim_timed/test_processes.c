/* When the processes of a scenario act: arrivals of four kinds, service times. */
#include "tests/sim_timed/runs.h"

static void periodic_arrivals_come_every_interval_until_the_load_ends(void **state)
{
    struct run *run = *state;
    run->small.plan.duration_ns = 50 * MS;
    run->small.producers[0].arrivals = ARRIVALS_PERIODIC;
    run->small.producers[0].interval = variate_constant(5 * MS);
    run_to_the_end(run);
    for (uint64_t i = 1; i <= 10; i++)
        assert_int_equal(when(run, "timer web.1 arrival", i), (int64_t)i * 5 * MS);
    assert_int_equal(times(run, "timer web.1 arrival"), 10);
}

static void a_paused_producers_clock_goes_on(void **state)
{
    struct run *run = *state;
    static const int64_t expected[] = {5, 22, 22, 22, 25, 30};
    run->small.plan.duration_ns = 30 * MS;
    run->small.producers[0].arrivals = ARRIVALS_PERIODIC;
    run->small.producers[0].interval = variate_constant(5 * MS);
    small_plan_fault(&run->small, FAULT_PAUSE, 6 * MS, 16 * MS)->target =
        (struct plan_selector){.kind = SELECT_PRODUCER};
    run_to_the_end(run);
    for (uint64_t i = 0; i < 6; i++)
        assert_int_equal(when(run, "timer web.1 arrival", i + 1), expected[i] * MS);
    assert_int_equal(times(run, "timer web.1 arrival"), 6);
}

static void what_came_due_in_a_pause_is_told_as_late(void **state)
{
    struct run *run = *state;
    static const int64_t expected[] = {0, 11, 8, 1, 0};
    SENDS_AT(run, 0, 5 * MS, 11 * MS, 14 * MS, 21 * MS, 30 * MS);
    small_plan_fault(&run->small, FAULT_PAUSE, 6 * MS, 16 * MS)->target =
        (struct plan_selector){.kind = SELECT_PRODUCER};
    run_to_the_end(run);
    assert_int_equal(run->attempts, 5);
    for (uint64_t i = 0; i < 5; i++)
        assert_int_equal(run->late_ns[i], expected[i] * MS);
}

static void a_producer_stops_after_so_many_messages(void **state)
{
    struct run *run = *state;
    run->small.producers[0].arrivals = ARRIVALS_PERIODIC;
    run->small.producers[0].interval = variate_constant(5 * MS);
    run->small.producers[0].messages = 3;
    run_to_the_end(run);
    assert_int_equal(times(run, "timer web.1 arrival"), 3);
    assert_int_equal(times(run, "deliver n1 -> web.1"), 3);
}

static void a_trace_gives_times_and_sizes(void **state)
{
    struct run *run = *state;
    static uint32_t sizes[] = {300, 7};
    run->small.plan.bandwidth = 1000000;
    run->small.plan.cpu = variate_constant(0);
    run->small.producers[0].trace_size = sizes;
    SENDS_AT(run, 0, 10 * MS, 33 * MS);
    run_to_the_end(run);
    assert_int_equal(when(run, "timer web.1 arrival 300", 1), 10 * MS);
    assert_int_equal(when(run, "timer web.1 arrival 7", 1), 33 * MS);
    assert_int_equal(when(run, "deliver web.1 -> n1", 1), 10 * MS + (65 + 300 + 200) * US);
    assert_int_equal(when(run, "deliver web.1 -> n1", 2), 33 * MS + (65 + 7 + 200) * US);
}

/* Twice in each place, so that one waits for the other. */
static void what_takes_longer_than_all_time_never_ends(void **state)
{
    (void)state;
    for (unsigned place = 0; place < 7; place++) {
        struct run *run = run_new();
        struct plan *plan = &run->small.plan;
        struct variate *const places[] = {&plan->latency,
                                          &plan->cpu,
                                          &plan->disk_fsync,
                                          &plan->disk_append,
                                          &run->small.consumers[0].service,
                                          &run->small.faults[0].length,
                                          &run->small.faults[0].at};
        plan->consumer_count = 1;
        plan->client_detector_ns = NS_NEVER / 4;
        SENDS_AT(run, 0, 10 * MS, 20 * MS, 500 * MS);
        small_plan_fault(&run->small, FAULT_CRASH, 300 * MS, 10 * MS)->recurring = place >= 5;
        *places[place] = variate_constant(NS_NEVER - 5);
        run_to_the_end(run);
        assert_int_equal(times(run, "timer web.1 arrival"), 3);
        run_free(run);
    }
}

static void what_a_trace_has_after_the_load_is_left_out(void **state)
{
    struct run *run = *state;
    run->small.plan.duration_ns = 50 * MS;
    SENDS_AT(run, 0, 10 * MS, 50 * MS, 51 * MS);
    run_to_the_end(run);
    assert_int_equal(times(run, "timer web.1 arrival"), 2);
}

/* Two unanswered at a time: the next is due the moment that one is answered. */
static void a_closed_loop_sends_when_it_is_answered(void **state)
{
    struct run *run = *state;
    run->small.plan.duration_ns = 10 * MS;
    run->small.producers[0].arrivals = ARRIVALS_CLOSED_LOOP;
    run->small.producers[0].in_flight_max = 2;
    run_to_the_end(run);
    assert_int_equal(when(run, "timer web.1 arrival", 1), 0);
    assert_int_equal(when(run, "timer web.1 arrival", 2), 0);
    for (uint64_t i = 1; when(run, "deliver n1 -> web.1", i) <= 10 * MS; i++)
        assert_int_equal(when(run, "timer web.1 arrival", i + 2), when(run, "deliver n1 -> web.1", i));
    assert_int_equal(when(run, "deliver n1 -> web.1", 1), 400 * US + (220 + 10 + 1000 + 200) * US);
    assert_int_equal(times(run, "deliver n1 -> web.1"), times(run, "timer web.1 arrival"));
}

/* 100 a second for 100 seconds: 10,000 give or take four deviations of 100. */
static void poisson_arrivals_have_their_rate_and_their_spread(void **state)
{
    struct run *run = *state;
    run->small.plan.duration_ns = 100 * S;
    run_to_the_end(run);
    uint64_t count = times(run, "timer web.1 arrival"), short_gaps = 0;
    assert_in_range(count, 9600, 10400);
    int64_t before_ns = 0;
    for (size_t i = 0; i < run->count; i++) {
        if (run->happened[i].action.kind != ACTION_TIMER || run->happened[i].action.argument != TIMER_ARRIVAL)
            continue;
        short_gaps += run->happened[i].time_ns - before_ns < 2 * MS;
        before_ns = run->happened[i].time_ns;
    }
    assert_in_range(short_gaps * 1000 / count, 165, 197); /* 1 - exp(-0.2) = 0.181 */
}

static void what_became_of_the_earlier_ones_moves_no_arrival(void **state)
{
    struct run *calm = *state, *broken = run_new();
    calm->small.plan.duration_ns = broken->small.plan.duration_ns = 2 * S;
    small_plan_fault(&broken->small, FAULT_CRASH, 100 * MS, S);
    run_to_the_end(calm);
    run_to_the_end(broken);
    uint64_t count = times(calm, "timer web.1 arrival");
    assert_true(count > 100 && times(broken, "timer web.1 arrival") == count);
    for (uint64_t i = 1; i <= count; i++)
        assert_int_equal(when(calm, "timer web.1 arrival", i), when(broken, "timer web.1 arrival", i));
    run_free(broken);
}

static void members_of_a_group_are_processes_of_their_own(void **state)
{
    struct run *run = *state;
    run->small.producers[0].count = 2;
    run_until(run, S);
    assert_int_not_equal(when(run, "timer web.1 arrival", 1), when(run, "timer web.2 arrival", 1));
}

static void a_consumer_works_for_its_service_time_on_one_message_after_the_other(void **state)
{
    struct run *run = *state;
    run->small.plan.consumer_count = 1;
    run->small.consumers[0].service = variate_constant(30 * MS);
    SENDS_AT(run, 0, 10 * MS, 10 * MS);
    run_until(run, S);
    assert_int_equal(when(run, "deliver n1 -> worker.1", 1), 10 * MS + 420 * US);
    assert_int_equal(when(run, "deliver n1 -> worker.1", 2), 10 * MS + 440 * US);
    assert_int_equal(when(run, "timer worker.1 service", 1), 40 * MS + 420 * US);
    assert_int_equal(when(run, "timer worker.1 service", 2), 70 * MS + 420 * US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_RUN(periodic_arrivals_come_every_interval_until_the_load_ends),
        ON_A_RUN(a_paused_producers_clock_goes_on),
        ON_A_RUN(what_came_due_in_a_pause_is_told_as_late),
        ON_A_RUN(a_producer_stops_after_so_many_messages),
        ON_A_RUN(a_trace_gives_times_and_sizes),
        cmocka_unit_test(what_takes_longer_than_all_time_never_ends),
        ON_A_RUN(what_a_trace_has_after_the_load_is_left_out),
        ON_A_RUN(a_closed_loop_sends_when_it_is_answered),
        ON_A_RUN(poisson_arrivals_have_their_rate_and_their_spread),
        ON_A_RUN(what_became_of_the_earlier_ones_moves_no_arrival),
        ON_A_RUN(members_of_a_group_are_processes_of_their_own),
        ON_A_RUN(a_consumer_works_for_its_service_time_on_one_message_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
