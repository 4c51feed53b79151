/* A snapshot of a run holds everything: whoever restores it goes on as the original does, event by event. */
#include "models/base/draw.h"
#include "sim/timed/timed_state.h"
#include "tests/sim_timed/lively.h"

#define SEEDS 15
#define CUTS 4 /* of each run */

static uint64_t events_of(const struct run *run)
{
    return timed_totals(run->timed)->events;
}

/* What is left of a run, when it begins with these events behind it. */
static void goes_on_alike(struct run *run, const struct run *reference, uint64_t events)
{
    run->count = 0;
    run_to_the_end(run);
    assert_int_equal(events + run->count, reference->count);
    assert_memory_equal(run->happened, reference->happened + events, run->count * sizeof *run->happened);
    const struct history_totals *a = timed_totals(run->timed), *b = timed_totals(reference->timed);
    assert_memory_equal(a, b, sizeof *a);
}

struct sights { /* of what the snapshots held, for the test to see that it tested something */
    unsigned down, paused, pending_frames;
};

static void look_around(const struct run *run, struct sights *sights)
{
    const struct world *world = timed_world(run->timed);
    uint64_t begun = times_told(run, HISTORY_FAULT_BEGINS, 2), ended = times_told(run, HISTORY_FAULT_ENDS, 2);
    sights->down += !world_actor_up(world, 0);
    sights->paused += begun > ended;
    for (uint32_t connection = 0; connection < run->shape->connection_count; connection++)
        sights->pending_frames += world_frames_under_way(world, connection, 1) > 0;
}

/* Another scheduler, of an equal plan and another seed, somewhere in the middle of its own run. */
static struct run *elsewhere(uint64_t seed)
{
    struct run *run = lively_new(seed + 1000);
    run_begin(run);
    timed_run(run->timed, NS_NEVER, 100 + seed * 37 % 1000);
    return run;
}

static void snapshot_and_go_on(const struct run *reference, uint64_t seed, int64_t at_ns, struct sights *sights)
{
    struct run *run = lively_new(seed), *other = elsewhere(seed);
    run_until(run, at_ns);
    uint64_t events = events_of(run);
    look_around(run, sights);
    struct timed_snapshot *snapshot = timed_snapshot(run->timed);
    goes_on_alike(run, reference, events);
    timed_restore(run->timed, snapshot);
    goes_on_alike(run, reference, events);
    timed_restore(other->timed, snapshot);
    timed_snapshot_free(snapshot);
    goes_on_alike(other, reference, events);
    run_free(run);
    run_free(other);
}

static void a_restored_run_goes_on_as_the_original_did(void **state)
{
    struct sights sights = {0};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct run *reference = lively_new(seed);
        run_to_the_end(reference);
        for (uint64_t cut = 0; cut < CUTS; cut++) {
            uint64_t bits = draw_keyed(1, DRAW_PICK, seed, cut);
            snapshot_and_go_on(reference, seed, (int64_t)draw_below(bits, 2 * S), &sights);
        }
        run_free(reference);
    }
    assert_true(sights.down > 2 && sights.paused > 2 && sights.pending_frames > 50);
    (void)state;
}

/* The queue's entries are copied as they lie, near and far. */
static void a_run_with_many_pending_events_is_restored_too(void **state)
{
    (void)state;
    struct run *reference = lively_new(1), *run = lively_new(1);
    for (int i = 0; i < 2; i++) {
        struct small_plan *small = i == 0 ? &reference->small : &run->small;
        small->producers[0].count = small->consumers[0].count = 60;
        small->producers[0].interval = exponential(200 * MS);
    }
    run_to_the_end(reference);
    run_begin(run);
    timed_run(run->timed, NS_NEVER, reference->count / 2);
    uint64_t events = events_of(run);
    assert_true(run->timed->queue.far.count > 30);
    struct timed_snapshot *snapshot = timed_snapshot(run->timed);
    timed_run(run->timed, NS_NEVER, 2000);
    timed_restore(run->timed, snapshot);
    timed_snapshot_free(snapshot);
    goes_on_alike(run, reference, events);
    run_free(reference);
    run_free(run);
}

static void a_run_in_steps_is_the_run_in_one(void **state)
{
    (void)state;
    struct run *reference = lively_new(3), *run = lively_new(3);
    run_to_the_end(reference);
    run_begin(run);
    for (int64_t until_ns = 0; timed_run(run->timed, until_ns, 7) == TIMED_RUNNING; until_ns += 10 * US)
        continue;
    assert_int_equal(run->count, reference->count);
    assert_memory_equal(timed_totals(run->timed), timed_totals(reference->timed), sizeof(struct history_totals));
    run_free(reference);
    run_free(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restored_run_goes_on_as_the_original_did),
        cmocka_unit_test(a_run_with_many_pending_events_is_restored_too),
        cmocka_unit_test(a_run_in_steps_is_the_run_in_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
