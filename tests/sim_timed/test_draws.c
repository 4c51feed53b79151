/* Draws are keyed by what they are for: variants of a scenario on one seed meet the same arrivals, latencies and
 * faults, whoever else is there; what is drawn twice is drawn anew. */
#include "tests/sim_timed/lively.h"

/* One message each 50 ms, none of which can catch up with the one before. */
static void spread_out(struct run *run, unsigned group)
{
    run->small.plan.latency = (struct variate){.kind = VARIATE_UNIFORM, .a = MS, .b = 20 * MS};
    run->small.plan.cpu = variate_constant(0);
    run->small.producers[group].arrivals = ARRIVALS_PERIODIC;
    run->small.producers[group].interval =
        (struct variate){.kind = VARIATE_UNIFORM, .a = 45 * MS, .b = 55 * MS};
}

static void happen_at_the_same_times(const struct run *a, const struct run *b, const char *name)
{
    uint64_t count = times(a, name);
    assert_true(count > 20);
    assert_int_equal(times(b, name), count);
    for (uint64_t i = 1; i <= count; i++)
        assert_int_equal(when(a, name, i), when(b, name, i));
}

static void a_consumer_more_moves_no_arrival_and_no_latency(void **state)
{
    struct run *alone = *state, *both = run_new();
    spread_out(alone, 0);
    spread_out(both, 0);
    both->small.plan.consumer_count = 2;
    both->small.consumers[1].count = 3;
    run_to_the_end(alone);
    run_to_the_end(both);
    assert_true(times(both, "deliver n1 -> worker.1") > 10);
    happen_at_the_same_times(alone, both, "timer web.1 arrival");
    happen_at_the_same_times(alone, both, "deliver web.1 -> n1");
    for (uint64_t i = 1; i <= times(alone, "fsync n1"); i++) /* the disk has more to do, the way back is the same */
        assert_int_equal(when(alone, "deliver n1 -> web.1", i) - when(alone, "fsync n1", i),
                         when(both, "deliver n1 -> web.1", i) - when(both, "fsync n1", i));
    run_free(both);
}

/* Everybody's numbers change; names do not. */
static void a_producer_more_before_the_others_moves_none_of_them(void **state)
{
    struct run *alone = *state, *behind = run_new();
    spread_out(alone, 0);
    spread_out(behind, 1);
    spread_out(behind, 0);
    char *web = behind->small.producers[0].name;
    behind->small.producers[0].name = behind->small.producers[1].name;
    behind->small.producers[1].name = web;
    behind->small.plan.producer_count = 2;
    run_to_the_end(alone);
    run_to_the_end(behind);
    assert_true(times(behind, "timer shop.1 arrival") > 10);
    happen_at_the_same_times(alone, behind, "timer web.1 arrival");
    happen_at_the_same_times(alone, behind, "deliver web.1 -> n1");
    run_free(behind);
}

static void service_times_are_each_consumers_own(void **state)
{
    struct run *run = *state;
    spread_out(run, 0);
    run->small.plan.consumer_count = 1;
    run->small.consumers[0].count = 2;
    run->small.consumers[0].service = exponential(5 * MS);
    run_until(run, S);
    assert_int_not_equal(
        when(run, "timer worker.1 service", 1) - when(run, "deliver n1 -> worker.1", 1),
        when(run, "timer worker.2 service", 1) - when(run, "deliver n1 -> worker.2", 1));
}

static int64_t due_nth(const struct run *run, const char *fault, uint64_t nth)
{
    for (uint32_t i = 0; i < run->told_count; i++) {
        const struct told *told = &run->told[i];
        if ((told->kind == HISTORY_FAULT_BEGINS || told->kind == HISTORY_FAULT_SKIPPED) &&
            strcmp(run->small.plan.faults[told->fault].name, fault) == 0 && nth-- == 0)
            return told->time_ns;
    }
    return NS_NEVER;
}

static void expect_due_alike(const struct run *one, const struct run *other, const char *fault)
{
    for (uint64_t i = 0; i < 50; i++) {
        assert_int_not_equal(due_nth(one, fault, i), NS_NEVER);
        assert_int_equal(due_nth(one, fault, i), due_nth(other, fault, i));
    }
}

static char reset_name[] = "reset", kill_name[] = "kill";

static struct plan_fault *resets(struct run *run)
{
    struct plan_fault *fault = lively_fault(run, FAULT_DISCONNECT, 100 * MS, 0);
    fault->name = reset_name;
    fault->target = (struct plan_selector){.kind = SELECT_PRODUCER};
    return fault;
}

/* With the node down most of the time, the resets also find other things. */
static void a_fault_more_moves_no_other(void **state)
{
    struct run *alone = *state, *both = run_new();
    resets(alone);
    lively_fault(both, FAULT_CRASH, 100 * MS, 900 * MS)->name = kill_name;
    resets(both);
    run_to_the_end(alone);
    run_to_the_end(both);
    assert_true(times_told(alone, HISTORY_FAULT_BEGINS, 0) > 2 * times_told(both, HISTORY_FAULT_BEGINS, 1));
    expect_due_alike(alone, both, "reset");
    run_free(both);
}

/* Alone it always finds the node up; beside the other it often finds it down. */
static void what_a_fault_finds_moves_none_of_its_times(void **state)
{
    struct run *alone = *state, *both = run_new();
    lively_fault(alone, FAULT_CRASH, 50 * MS, MS)->name = kill_name;
    lively_fault(both, FAULT_CRASH, 50 * MS, MS)->name = kill_name;
    lively_fault(both, FAULT_CRASH, 100 * MS, 900 * MS)->power = true;
    run_to_the_end(alone);
    run_to_the_end(both);
    assert_true(times_told(alone, HISTORY_FAULT_BEGINS, 0) > 2 * times_told(both, HISTORY_FAULT_BEGINS, 0));
    expect_due_alike(alone, both, "kill");
    run_free(both);
}

/* Accepted at once and killed before it is safe: sent again on a new connection. */
static void another_attempt_meets_another_latency(void **state)
{
    struct run *run = *state;
    spread_out(run, 0);
    run->small.plan.disk_fsync = variate_constant(S);
    SENDS_AT(run, 0, 100 * MS);
    small_plan_fault(&run->small, FAULT_CRASH, 200 * MS, 10 * MS);
    run_until(run, S);
    int64_t first = when(run, "deliver web.1 -> n1", 1) - 100 * MS;
    int64_t second = when(run, "deliver web.1 -> n1 #2", 1) - when(run, "established web.1 -> n1 #2", 1);
    assert_int_not_equal(first, second);
}

static void both_slots_of_a_pair_draw_from_one_link(void **state)
{
    struct run *run = *state;
    spread_out(run, 0);
    SENDS_AT(run, 0, 900 * MS);
    small_plan_fault(&run->small, FAULT_DISCONNECT, 200 * MS, 0);
    run_until(run, S);
    int64_t first = when(run, "accept web.1 -> n1", 1);
    int64_t second = when(run, "accept web.1 -> n1 #2", 1) - when(run, "timer web.1 reconnect", 1);
    assert_int_not_equal(first, second);
}

static struct digest fingerprint_of(uint64_t seed)
{
    struct run *run = lively_new(seed);
    run_to_the_end(run);
    struct digest fingerprint = timed_totals(run->timed)->fingerprint;
    assert_int_equal(run->breached & run->shape->oracle.promised, 0);
    run_free(run);
    return fingerprint;
}

static void a_seed_gives_its_fingerprint_and_no_other(void **state)
{
    struct digest seen[20];
    for (uint64_t seed = 0; seed < 20; seed++) {
        seen[seed] = fingerprint_of(seed);
        assert_true(digest_equal(fingerprint_of(seed), seen[seed]));
        for (uint64_t other = 0; other < seed; other++)
            assert_false(digest_equal(seen[seed], seen[other]));
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_RUN(a_consumer_more_moves_no_arrival_and_no_latency),
        ON_A_RUN(a_producer_more_before_the_others_moves_none_of_them),
        ON_A_RUN(service_times_are_each_consumers_own),
        ON_A_RUN(a_fault_more_moves_no_other),
        ON_A_RUN(what_a_fault_finds_moves_none_of_its_times),
        ON_A_RUN(another_attempt_meets_another_latency),
        ON_A_RUN(both_slots_of_a_pair_draw_from_one_link),
        cmocka_unit_test(a_seed_gives_its_fingerprint_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
