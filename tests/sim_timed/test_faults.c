/* Crashes, resets and the schedule of faults: what peers notice, and when. */
#include "sim/timed/timed_state.h"
#include "tests/sim_timed/runs.h"

static struct plan_fault *crash(struct run *run, int64_t at_ns, int64_t restart_ns)
{
    return small_plan_fault(&run->small, FAULT_CRASH, at_ns, restart_ns);
}

static void power_loss(struct run *run, int64_t at_ns, int64_t restart_ns)
{
    crash(run, at_ns, restart_ns)->power = true;
}

static uint32_t image_of_a_power_loss(const struct run *run)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->happened[i].action.kind == ACTION_CRASH) {
            assert_true(run->happened[i].action.power);
            return run->happened[i].action.kept << 2 | run->happened[i].action.torn;
        }
    fail_msg("no power was lost");
    return 0;
}

/* ---- crashes ---- */

static void a_dead_process_closes_its_connections_at_once(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 200 * MS);
    crash(run, 12 * MS, 500 * MS);
    run_until(run, 2 * S);
    assert_int_equal(when(run, "crash n1", 1), 12 * MS);
    assert_int_equal(when(run, "notice n1 -> web.1", 1), 12 * MS + 200 * US);
    assert_int_equal(when(run, "refuse web.1 -> n1 #2", 1), 112 * MS + 400 * US); /* after the back-off of 100 ms */
    assert_int_equal(when(run, "refuse web.1 -> n1", 1), 312 * MS + 600 * US);    /* ... and of 200 */
    assert_int_equal(when(run, "restart n1", 1), 512 * MS);
    assert_int_equal(when(run, "accept web.1 -> n1 #2", 1), 712 * MS + 800 * US);
}

/* The confirm leaves at 11.23 ms; the process dies behind it. */
static void what_the_kernel_was_given_arrives_before_the_end(void **state)
{
    (void)state;
    for (int lost = 0; lost < 2; lost++) {
        struct run *run = run_new();
        SENDS_AT(run, 0, 10 * MS);
        crash(run, 11 * MS + 300 * US, S)->in_flight = lost ? IN_FLIGHT_LOST : IN_FLIGHT_DELIVERED;
        run_until(run, S);
        assert_int_equal(times(run, "deliver n1 -> web.1"), !lost);
        if (!lost)
            assert_int_equal(when(run, "deliver n1 -> web.1", 1), 11 * MS + 430 * US);
        assert_int_equal(when(run, "notice n1 -> web.1", 1), 11 * MS + 500 * US);
        run_free(run);
    }
}

static void of_a_machine_without_power_nothing_is_heard_until_it_is_back(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 10 * MS, 100 * MS);
    run->small.producers[0].retry_timeout_ns = 0;
    power_loss(run, 12 * MS, 3 * S);
    run_until(run, 5 * S);
    assert_int_equal(when(run, "restart n1", 1), 3012 * MS);
    assert_int_equal(when(run, "notice n1 -> web.1", 1), 3212 * MS);
    assert_int_equal(when(run, "deliver web.1 -> n1 #2", 1), 3312 * MS + (200 + 200 + 220) * US);
}

static void of_a_machine_that_never_comes_back_its_peers_tcp_tells(void **state)
{
    struct run *run = *state;
    run->small.plan.duration_ns = 1000 * S;
    run->small.producers[0].retry_timeout_ns = 0;
    SENDS_AT(run, 0, 10 * MS);
    power_loss(run, 12 * MS, 0);
    run_until(run, 999 * S);
    assert_int_equal(when(run, "notice n1 -> web.1", 1), 12 * MS + 924600 * MS);
}

/* The connection is reset at 5 ms; the new one is asked for at 105.2 ms, of a machine without power. */
static void a_machine_without_power_neither_accepts_nor_refuses(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 10 * MS);
    small_plan_fault(&run->small, FAULT_DISCONNECT, 5 * MS, 0);
    power_loss(run, 50 * MS, 500 * MS);
    run_until(run, 2 * S);
    assert_int_equal(when(run, "timer web.1 reconnect", 1), 105 * MS + 200 * US);
    assert_int_equal(times(run, "refuse web.1 -> n1 #2"), 0);
    /* it came at 105.4 and was sent again at 305.4 and 705.4 */
    assert_int_equal(when(run, "accept web.1 -> n1 #2", 1), 705 * MS + 400 * US);
}

static void the_news_of_a_machine_that_is_back_does_not_pass_a_cut(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 10 * MS);
    power_loss(run, 50 * MS, 100 * MS);
    small_plan_fault(&run->small, FAULT_CUT, 60 * MS, S)->target = (struct plan_selector){.kind = SELECT_PRODUCER};
    run_until(run, 3 * S);
    assert_int_equal(when(run, "notice n1 -> web.1", 1), (150 + 200 + 200 + 400 + 800) * MS);
}

/* Frames that left before the end take a second; the machine is back in no time. */
static void the_news_of_a_machine_that_is_back_waits_behind_its_last_frames(void **state)
{
    struct run *run = *state;
    run->small.plan.latency = variate_constant(S);
    run->small.producers[0].connect_timeout_ns = 0;
    SENDS_AT(run, 0, 3 * S);
    power_loss(run, 4 * S + 10 * MS, MS);
    run_until(run, 9 * S);
    assert_int_equal(when(run, "deliver n1 -> web.1", 1), 5 * S + (20 + 10 + 1000) * US);
    assert_int_equal(when(run, "notice n1 -> web.1", 1), 5 * S + (20 + 10 + 1000) * US);
    assert_in_range(run->timed->queue.sequence, 1, 100); /* nor does it ask every nanosecond */
}

/* At 10.4 ms one record is written and not yet safe. */
static void a_power_loss_draws_its_image(void **state)
{
    (void)state;
    uint32_t seen = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct run *run = run_new();
        run->seed = seed;
        SENDS_AT(run, 0, 10 * MS);
        power_loss(run, 10 * MS + 400 * US, S);
        run_until(run, 20 * MS);
        seen |= 1u << image_of_a_power_loss(run);
        run_free(run);
    }
    assert_int_equal(seen, 1 << TORN_NOTHING | 1 << TORN_SHORT | 1 << TORN_ZEROED | 1 << (1 << 2));
}

static void a_restarted_node_has_what_was_confirmed(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 10 * MS, 20 * MS);
    power_loss(run, 100 * MS, S);
    run_until(run, 100 * MS);
    assert_int_equal(world_queue(timed_world(run->timed), 0, 0).ready, 0);
    run_until(run, 2 * S);
    assert_int_equal(world_queue(timed_world(run->timed), 0, 0).ready, 2);
    assert_int_equal(run->breached, 0);
}

/* ---- resets ---- */

static void a_reset_reaches_both_ends(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 10 * MS);
    small_plan_fault(&run->small, FAULT_DISCONNECT, 5 * MS, 0);
    run_until(run, S);
    assert_int_equal(when(run, "break web.1 - n1 keep 0 0", 1), 5 * MS);
    assert_int_equal(when(run, "notice n1 -> web.1", 1), 5 * MS + 200 * US);
    assert_int_equal(when(run, "notice web.1 -> n1", 1), 5 * MS + 200 * US);
    assert_int_equal(when(run, "deliver web.1 -> n1 #2", 1), 105 * MS + (200 + 200 + 200 + 220) * US);
}

static void a_reset_lets_some_prefix_of_what_is_under_way_through(void **state)
{
    (void)state;
    unsigned seen = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct run *run = run_new();
        run->seed = seed;
        SENDS_AT(run, 0, 10 * MS, 10 * MS, 10 * MS);
        small_plan_fault(&run->small, FAULT_DISCONNECT, 10 * MS + 100 * US, 0);
        run_until(run, 50 * MS);
        seen |= 1u << times(run, "deliver web.1 -> n1");
        run_free(run);
    }
    assert_int_equal(seen, 0xf);
}

static void only_the_chosen_members_connection_is_reset(void **state)
{
    struct run *run = *state;
    run->small.producers[0].count = 3;
    SENDS_AT(run, 0, S);
    small_plan_fault(&run->small, FAULT_DISCONNECT, 5 * MS, 0)->target =
        (struct plan_selector){.kind = SELECT_PRODUCER, .member = 2};
    run_until(run, S);
    assert_int_equal(times(run, "break web.1 - n1 keep 0 0"), 0);
    assert_int_equal(times(run, "break web.2 - n1 keep 0 0"), 1);
    assert_int_equal(times(run, "break web.3 - n1 keep 0 0"), 0);
}

/* ---- the schedule ---- */

static void a_recurring_fault_that_is_due_while_active_is_skipped_and_told(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 10 * MS);
    struct plan_fault *fault = small_plan_fault(&run->small, FAULT_PAUSE, 100 * MS, 250 * MS);
    fault->recurring = true;
    fault->from_ns = 50 * MS;
    fault->until_ns = 800 * MS;
    run_until(run, 5 * S);
    static const struct {
        enum history_kind kind;
        int64_t at;
    } expected[] = {
        {HISTORY_FAULT_BEGINS, 150},  {HISTORY_FAULT_SKIPPED, 250}, {HISTORY_FAULT_SKIPPED, 350},
        {HISTORY_FAULT_ENDS, 400},    {HISTORY_FAULT_BEGINS, 450},  {HISTORY_FAULT_SKIPPED, 550},
        {HISTORY_FAULT_SKIPPED, 650}, {HISTORY_FAULT_ENDS, 700},    {HISTORY_FAULT_BEGINS, 750},
        {HISTORY_FAULT_ENDS, 1000},
    };
    assert_int_equal(run->told_count, 10);
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(run->told[i].kind, expected[i].kind);
        assert_int_equal(run->told[i].time_ns, expected[i].at * MS);
    }
    assert_int_equal(timed_totals(run->timed)->fault_fired[0], 3);
}

static void a_fault_that_finds_nobody_to_hit_is_skipped_and_told(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 10 * MS);
    crash(run, 20 * MS, S);
    crash(run, 30 * MS, S);
    small_plan_fault(&run->small, FAULT_DISCONNECT, 40 * MS, 0);
    run_until(run, 5 * S);
    for (uint32_t fault = 1; fault <= 2; fault++) {
        assert_int_equal(times_told(run, HISTORY_FAULT_SKIPPED, fault), 1);
        assert_int_equal(times_told(run, HISTORY_FAULT_BEGINS, fault), 0);
        assert_int_equal(timed_totals(run->timed)->fault_fired[fault], 0);
    }
    assert_int_equal(when(run, "restart n1", 1), 1020 * MS);
    assert_int_equal(times(run, "restart n1"), 1);
}

static void whatever_is_broken_is_healed_when_the_load_ends(void **state)
{
    struct run *run = *state;
    struct plan_selector web = {.kind = SELECT_PRODUCER};
    run->small.plan.duration_ns = S;
    SENDS_AT(run, 0, 500 * MS);
    crash(run, 900 * MS, 0);
    small_plan_fault(&run->small, FAULT_PAUSE, 100 * MS, 0)->target = web;
    small_plan_fault(&run->small, FAULT_CUT, 100 * MS, 5 * S)->target = web;
    run_to_the_end(run);
    assert_int_equal(when(run, "restart n1", 1), S);
    assert_int_equal(when(run, "timer web.1 arrival", 1), S);
    for (uint32_t fault = 0; fault < 3; fault++) {
        const struct told *begins = told_nth(run, HISTORY_FAULT_BEGINS, fault, 1);
        const struct told *ends = told_nth(run, HISTORY_FAULT_ENDS, fault, 1);
        assert_int_equal(ends->time_ns, S);
        assert_int_equal(ends->actor, begins->actor);
        assert_int_equal(begins->actor, fault == 0 ? 0 : 1);
        assert_int_equal(times_told(run, HISTORY_FAULT_ENDS, fault), 1);
    }
}

static void without_healing_what_is_broken_stays_broken(void **state)
{
    struct run *run = *state;
    run->small.plan.duration_ns = S;
    run->small.plan.heal = false;
    SENDS_AT(run, 0, 500 * MS);
    crash(run, 900 * MS, 0);
    run_to_the_end(run);
    assert_int_equal(times(run, "restart n1"), 0);
    assert_int_equal(times_told(run, HISTORY_FAULT_ENDS, 0), 0);
}

static void no_fault_begins_after_the_heal(void **state)
{
    struct run *run = *state;
    run->small.plan.duration_ns = S;
    SENDS_AT(run, 0, 500 * MS);
    crash(run, 2 * S, S);
    run_to_the_end(run);
    assert_int_equal(times(run, "crash n1"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_RUN(a_dead_process_closes_its_connections_at_once),
        cmocka_unit_test(what_the_kernel_was_given_arrives_before_the_end),
        ON_A_RUN(of_a_machine_without_power_nothing_is_heard_until_it_is_back),
        ON_A_RUN(of_a_machine_that_never_comes_back_its_peers_tcp_tells),
        ON_A_RUN(a_machine_without_power_neither_accepts_nor_refuses),
        ON_A_RUN(the_news_of_a_machine_that_is_back_does_not_pass_a_cut),
        ON_A_RUN(the_news_of_a_machine_that_is_back_waits_behind_its_last_frames),
        cmocka_unit_test(a_power_loss_draws_its_image),
        ON_A_RUN(a_restarted_node_has_what_was_confirmed),
        ON_A_RUN(a_reset_reaches_both_ends),
        cmocka_unit_test(a_reset_lets_some_prefix_of_what_is_under_way_through),
        ON_A_RUN(only_the_chosen_members_connection_is_reset),
        ON_A_RUN(a_recurring_fault_that_is_due_while_active_is_skipped_and_told),
        ON_A_RUN(a_fault_that_finds_nobody_to_hit_is_skipped_and_told),
        ON_A_RUN(whatever_is_broken_is_healed_when_the_load_ends),
        ON_A_RUN(without_healing_what_is_broken_stays_broken),
        ON_A_RUN(no_fault_begins_after_the_heal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
