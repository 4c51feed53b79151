/* Equal states: what the fingerprint forgets, what it may not, and snapshots. */
#include "sim/world/blocks.h"
#include "tests/sim_world/walks.h"

static int fingerprint_setup(void **state)
{
    struct small_world *small = small_world_new();
    small->small.plan.check = (struct plan_check){.messages = 3, .disconnects = 2};
    small_world_begin(small, SHAPE_CHECK);
    *state = small;
    return 0;
}

static int fingerprint_teardown(void **state)
{
    small_world_free(*state);
    return 0;
}

static struct digest fingerprint(const struct small_world *small)
{
    return world_fingerprint(small->world);
}

static void independent_actions_commute(void **state)
{
    struct small_world *small = *state;
    struct world_snapshot *before = world_snapshot(small->world);
    happens(small, "boot n1");
    happens(small, "boot web.1");
    happens(small, "boot worker.1");
    struct digest one = fingerprint(small);
    world_restore(small->world, before);
    happens(small, "boot worker.1");
    happens(small, "boot web.1");
    happens(small, "boot n1");
    assert_true(digest_equal(one, fingerprint(small)));
    world_snapshot_free(before);
}

static void every_step_changes_the_fingerprint_and_restoring_brings_it_back(void **state)
{
    struct small_world *small = *state;
    struct action action;
    for (unsigned i = 0; next_progress(small, &action) && i < 200; i++) {
        struct digest before = fingerprint(small);
        struct world_snapshot *snapshot = world_snapshot(small->world);
        apply(small, &action);
        struct digest after = fingerprint(small);
        world_restore(small->world, snapshot);
        assert_true(digest_equal(before, fingerprint(small)));
        apply(small, &action);
        assert_true(digest_equal(after, fingerprint(small)));
        world_snapshot_free(snapshot);
    }
}

static void taking_a_fingerprint_changes_nothing(void **state)
{
    struct small_world *small = *state;
    struct action action;
    for (unsigned i = 0; next_progress(small, &action) && i < 200; i++) {
        struct digest first = fingerprint(small);
        assert_true(digest_equal(first, fingerprint(small)));
        apply(small, &action);
    }
}

static struct digest fingerprint_of(const struct part_anchor *first, const struct part_anchor *second)
{
    const struct part_face faces[] = {{.digest = {1, 2}, .anchor_count = 1, .anchors = first},
                                      {.digest = {3, 4}, .anchor_count = 1, .anchors = second}};
    const struct part_face *const list[] = {&faces[0], &faces[1]};
    return world_fingerprint_of(list, 2);
}

static void only_the_distance_of_shared_counters_counts(void **state)
{
    const struct part_anchor five = {.key = 9, .lowest = 5}, six = {.key = 9, .lowest = 6};
    const struct part_anchor seven = {.key = 9, .lowest = 7}, eight = {.key = 9, .lowest = 8};
    const struct part_anchor elsewhere = {.key = 10, .lowest = 5}, far_away = {.key = 10, .lowest = 500};
    assert_true(digest_equal(fingerprint_of(&five, &seven), fingerprint_of(&six, &eight)));
    assert_false(digest_equal(fingerprint_of(&five, &seven), fingerprint_of(&five, &eight)));
    assert_false(digest_equal(fingerprint_of(&five, &seven), fingerprint_of(&seven, &five)));
    assert_true(digest_equal(fingerprint_of(&five, &elsewhere), fingerprint_of(&six, &far_away)));
    (void)state;
}

static void armed_timers_are_part_of_the_state(void **state)
{
    struct small_world *small = *state;
    uint32_t web = 1;
    happens(small, "boot web.1");
    uint64_t used, bytes = part_block_bytes(small->shape, web);
    const void *block = world_part(small->world, web, &used);
    uint8_t *other = host_reserve(bytes), *scratch = host_reserve(bytes);
    memcpy(other, block, used);
    struct digest one = part_canonical_digest(small->shape, web, other, scratch);
    ((struct actor *)other)->armed ^= 1u << TIMER_SERVICE;
    assert_false(digest_equal(one, part_canonical_digest(small->shape, web, other, scratch)));
    host_release(other, bytes);
    host_release(scratch, bytes);
}

static void outputs_that_differ_have_digests_that_differ(void **state)
{
    struct small_world *small = *state;
    happens(small, "boot web.1");
    struct world_snapshot *before = world_snapshot(small->world);
    happens(small, "timer web.1 arrival 100");
    struct digest small_message = small->effects->digest;
    world_restore(small->world, before);
    happens(small, "timer web.1 arrival 300");
    assert_false(digest_equal(small_message, small->effects->digest));
    world_restore(small->world, before);
    happens(small, "timer web.1 arrival 100");
    assert_true(digest_equal(small_message, small->effects->digest));
    world_snapshot_free(before);
}

/* ---- states that look alike ---- */

#define KNOWN_MAX 65536u

struct known {
    struct digest fingerprint;
    struct world_snapshot *snapshot;
};

struct look_alikes {
    struct known known[KNOWN_MAX];
    uint32_t pairs; /* of states with equal fingerprints and different bytes */
    uint32_t compared, every; /* of them */
};

static struct known *known_at(struct look_alikes *all, struct digest fingerprint)
{
    uint32_t at = (uint32_t)fingerprint.low % KNOWN_MAX;
    while (all->known[at].snapshot != NULL && !digest_equal(all->known[at].fingerprint, fingerprint))
        at = (at + 1) % KNOWN_MAX;
    return &all->known[at];
}

static int world_differs(const struct world_shape *shape, const struct world *a, const struct world *b)
{
    for (uint32_t part = 0; part < shape->part_count; part++) {
        uint64_t bytes_a, bytes_b;
        const void *of_a = world_part(a, part, &bytes_a), *of_b = world_part(b, part, &bytes_b);
        if (bytes_a != bytes_b || memcmp(of_a, of_b, bytes_a) != 0)
            return 1;
    }
    return 0;
}

static uint32_t breaches(const struct world_effects *effects)
{
    uint32_t breached = 0;
    for (uint32_t i = 0; i < effects->observation_count; i++)
        breached |= effects->verdicts[i].breached;
    return breached;
}

/* Both may do the same, and end up alike again whatever they do. */
static void compare_futures(struct walk *walk, struct world *twin, const struct world_snapshot *snapshot)
{
    struct small_world *small = walk->small;
    struct world_snapshot *here = world_snapshot(small->world);
    static struct action of_twin[ENABLED_MAX];
    size_t count = enabled(small);
    assert_int_equal(world_enabled(twin, of_twin, ENABLED_MAX), count);
    for (size_t i = 0; i < count; i++) {
        struct action done;
        const struct world_effects *effects;
        char name[ACTION_TEXT_MAX];
        assert_memory_equal(&of_twin[i], &small->enabled[i], sizeof of_twin[i]);
        action_text(small->shape, &of_twin[i], name);
        walk_apply(walk, &of_twin[i], &done);
        assert_true(world_apply(twin, &done, 0, NULL, NULL, &effects));
        if (!digest_equal(fingerprint(small), world_fingerprint(twin)))
            fail_msg("after '%s' two states that looked alike do not", name);
        assert_int_equal(breaches(effects), breaches(small->effects));
        world_restore(small->world, here);
        world_restore(twin, snapshot);
    }
    world_snapshot_free(here);
}

static void look_for_a_twin(struct walk *walk, struct look_alikes *all, struct world *twin)
{
    struct digest now = fingerprint(walk->small);
    struct known *known = known_at(all, now);
    if (known->snapshot == NULL) {
        known->fingerprint = now;
        known->snapshot = world_snapshot(walk->small->world);
        return;
    }
    world_restore(twin, known->snapshot);
    if (!world_differs(walk->small->shape, twin, walk->small->world))
        return;
    all->pairs++;
    if (all->pairs % all->every == 0 && ++all->compared)
        compare_futures(walk, twin, known->snapshot);
}

/* From where the world stands, so many steps on each of so many walks; every so many-th pair is compared. */
static void look_alikes_have_equal_futures(struct small_world *small, uint64_t seeds, unsigned steps, uint32_t every)
{
    struct look_alikes *all = host_reserve(sizeof *all);
    all->every = every;
    struct world *twin = world_new(small->shape);
    struct world_snapshot *start = world_snapshot(small->world);
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct walk walk;
        struct action done;
        walk_begin(&walk, small, seed);
        world_restore(small->world, start);
        for (unsigned i = 0; i < steps && walk_step(&walk, &done); i++)
            look_for_a_twin(&walk, all, twin);
    }
    assert_true(all->compared >= 20);
    for (uint32_t i = 0; i < KNOWN_MAX; i++)
        if (all->known[i].snapshot != NULL)
            world_snapshot_free(all->known[i].snapshot);
    world_snapshot_free(start);
    world_free(twin);
    host_release(all, sizeof *all);
    small_world_free(small);
}

static void states_with_equal_fingerprints_have_equal_futures(void **state)
{
    look_alikes_have_equal_futures(walk_world(), 150, 200, 8);
    (void)state;
}

/* Its nodes are connected, and their detectors seldom tick: walks that begin with all that it takes to connect, or that
 * are full of ticks, hardly ever meet. */
static void so_have_states_of_a_cluster(void **state)
{
    struct small_world *small = walk_cluster();
    small->small.plan.check.ticks = 2;
    nodes_settle(small);
    look_alikes_have_equal_futures(small, 6000, 14, 1);
    (void)state;
}

#define TEST(behaviour) cmocka_unit_test_setup_teardown(behaviour, fingerprint_setup, fingerprint_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(independent_actions_commute),
        TEST(every_step_changes_the_fingerprint_and_restoring_brings_it_back),
        TEST(taking_a_fingerprint_changes_nothing),
        TEST(only_the_distance_of_shared_counters_counts),
        TEST(armed_timers_are_part_of_the_state),
        TEST(outputs_that_differ_have_digests_that_differ),
        cmocka_unit_test(states_with_equal_fingerprints_have_equal_futures),
        cmocka_unit_test(so_have_states_of_a_cluster),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
