/* The checker against the plainest search there is: snapshots of a concrete world, world_enabled(), world_apply(), a
 * sorted list of fingerprints. No interning, no memo, no batches: both must find the same states by the same number of
 * transitions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/sim_check/atlas.h"
#include "tests/sim_check/checked.h"

#define ACTIONS_MAX 256

struct naive {
    const struct atlas *atlas; /* of the checker: tells the index of a state, and which are strange */
    bool *seen;                /* beside each of the atlas' states */
    struct world *world;
    struct world_snapshot **queue; /* in order of discovery */
    size_t found, transitions;
};

static void naive_find(struct naive *naive)
{
    struct digest fingerprint = world_fingerprint(naive->world);
    const struct atlas *atlas = naive->atlas;
    const struct digest *at = bsearch(&fingerprint, atlas->states, atlas->count, sizeof fingerprint, digest_order);
    assert_non_null(at);
    if (naive->seen[at - atlas->states])
        return;
    naive->seen[at - atlas->states] = true;
    naive->queue[naive->found++] = world_snapshot(naive->world);
}

static void naive_expand(struct naive *naive, const struct world_snapshot *state)
{
    struct action actions[ACTIONS_MAX];
    const struct world_effects *effects;
    world_restore(naive->world, state);
    size_t count = world_enabled(naive->world, actions, ACTIONS_MAX);
    assert_true(count <= ACTIONS_MAX);
    for (size_t i = 0; i < count; i++) {
        world_restore(naive->world, state);
        assert_true(world_apply(naive->world, &actions[i], 0, NULL, NULL, &effects));
        naive->transitions++;
        naive_find(naive);
    }
}

static void searches_agree(const struct small_plan *small)
{
    struct world_shape *shape = shape_new(&small->plan, SHAPE_CHECK);
    struct atlas atlas;
    struct check_result result = atlas_make(&atlas, shape);
    assert_int_equal(result.verdict, CHECK_COMPLETE);
    struct naive naive = {.atlas = &atlas, .world = world_new(shape)};
    naive.seen = calloc(atlas.count, sizeof *naive.seen);
    naive.queue = calloc(atlas.count, sizeof *naive.queue);
    naive_find(&naive);
    for (size_t i = 0; i < naive.found; i++) {
        naive_expand(&naive, naive.queue[i]);
        world_snapshot_free(naive.queue[i]);
    }
    assert_int_equal(naive.found, result.states);
    assert_int_equal(naive.transitions, result.transitions);
    free(naive.queue);
    free(naive.seen);
    free(atlas.states);
    world_free(naive.world);
    check_result_clear(&result);
    shape_free(shape);
}

static void without_faults_both_searches_find_the_same(void **state)
{
    (void)state;
    struct small_plan small;
    searches_agree(small_plan_with(&small, (struct plan_check){.messages = 2}));
}

static void with_a_broken_connection_both_searches_find_the_same(void **state)
{
    (void)state;
    struct small_plan small;
    searches_agree(small_plan_with(&small, (struct plan_check){.messages = 1, .disconnects = 1}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_faults_both_searches_find_the_same),
        cmocka_unit_test(with_a_broken_connection_both_searches_find_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
