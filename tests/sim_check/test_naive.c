/* The checker against the plainest search there is: snapshots of a concrete world, world_enabled(), world_apply(), a
 * sorted list of fingerprints. No interning, no memo, no batches: both must find the same states by the same number of
 * transitions. Where nodes may crash, the plain search also stops every step of a node after every one of its outputs
 * and lets every image survive; the checker, which leaves out the cuts that nobody can tell apart, must find the same
 * states by fewer transitions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/world/part.h"
#include "tests/sim_check/atlas.h"
#include "tests/sim_check/checked.h"

#define ACTIONS_MAX 256
#define RECORDS_MAX 3 /* unsynced at a time, in these worlds */

struct naive {
    const struct atlas *atlas; /* of the checker: tells the index of a state, and which are strange */
    bool *seen;                /* beside each of the atlas' states */
    struct world *world;
    struct world_snapshot **queue; /* in order of discovery */
    size_t found, transitions;
    size_t cuts; /* crashes in the middle of a step among them */
    uint32_t breached;
};

static void naive_find(struct naive *naive)
{
    struct digest fingerprint = world_fingerprint(naive->world);
    const struct atlas *atlas = naive->atlas;
    const struct digest *at = atlas_find(atlas, fingerprint);
    assert_non_null(at);
    if (naive->seen[at - atlas->states])
        return;
    naive->seen[at - atlas->states] = true;
    naive->queue[naive->found++] = world_snapshot(naive->world);
}

/* Applies one action in a state. Returns how many outputs its step had. */
static uint32_t naive_apply(struct naive *naive, const struct world_snapshot *state, const struct action *action)
{
    const struct world_effects *effects;
    world_restore(naive->world, state);
    if (action->cut != 0 && !world_is_enabled(naive->world, action))
        return 0;
    assert_true(world_apply(naive->world, action, 0, NULL, NULL, &effects));
    for (uint32_t i = 0; i < effects->observation_count; i++)
        naive->breached |= effects->verdicts[i].breached;
    uint32_t outputs = effects->outputs;
    naive->transitions++;
    naive->cuts += action->cut != 0;
    naive_find(naive);
    return outputs;
}

/* The step stopped after each output but the last, by a death of the process and by a power loss with each image; more
 * records than are there, and a tear where there is none, leave what there is. */
static void naive_cut(struct naive *naive, const struct world_snapshot *state, const struct action *whole,
                      uint32_t outputs)
{
    struct action cut = *whole;
    for (cut.cut = 1; cut.cut < outputs; cut.cut++) {
        cut.power = 0;
        cut.kept = cut.torn = 0;
        naive_apply(naive, state, &cut);
        cut.power = 1;
        for (cut.kept = 0; cut.kept <= RECORDS_MAX; cut.kept++)
            for (cut.torn = TORN_NOTHING; cut.torn <= TORN_ZEROED; cut.torn++)
                naive_apply(naive, state, &cut);
    }
}

static void naive_expand(struct naive *naive, const struct world_snapshot *state)
{
    struct action actions[ACTIONS_MAX];
    const struct world_shape *shape = world_shape(naive->world);
    world_restore(naive->world, state);
    size_t count = world_enabled(naive->world, actions, ACTIONS_MAX);
    assert_true(count <= ACTIONS_MAX);
    for (size_t i = 0; i < count; i++) {
        uint32_t outputs = naive_apply(naive, state, &actions[i]);
        if (action_actor(shape, &actions[i]) < shape->node_count)
            naive_cut(naive, state, &actions[i], outputs);
    }
}

/* Returns how many crashes in the middle of a step the plain search tried. */
static size_t searches_agree(const struct small_plan *small)
{
    struct world_shape *shape = shape_new(&small->plan, SHAPE_CHECK);
    struct atlas atlas;
    struct check_result result = atlas_make(&atlas, shape);
    assert_int_equal(result.verdict, CHECK_COMPLETE);
    const uint32_t liveness = 1u << PROPERTY_DELIVERED | 1u << PROPERTY_ANSWERED; /* judged where all is quiet */
    struct naive naive = {.atlas = &atlas, .world = world_new(shape)};
    naive.seen = calloc(atlas.count, sizeof *naive.seen);
    naive.queue = calloc(atlas.count, sizeof *naive.queue);
    naive_find(&naive);
    for (size_t i = 0; i < naive.found; i++) {
        naive_expand(&naive, naive.queue[i]);
        world_snapshot_free(naive.queue[i]);
    }
    assert_int_equal(naive.found, result.states);
    assert_true(naive.cuts > 0 ? naive.transitions > result.transitions : naive.transitions == result.transitions);
    assert_int_equal(naive.breached, result.found & ~liveness);
    free(naive.queue);
    free(naive.seen);
    free(atlas.states);
    world_free(naive.world);
    check_result_clear(&result);
    shape_free(shape);
    return naive.cuts;
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

/* Three messages, so that images of several records are torn. */
static void with_a_power_loss_both_searches_find_the_same(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 3, .power_losses = 1, .restarts = 1});
    small.plan.consumer_count = 0;
    assert_true(searches_agree(&small) > 500);
}

static void with_dying_processes_both_searches_find_the_same(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 2, .crashes = 2, .restarts = 2});
    small.plan.consumer_count = 0;
    assert_true(searches_agree(&small) > 100);
}

static void with_a_consumer_and_a_power_loss_both_searches_find_the_same(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 1, .power_losses = 1});
    assert_true(searches_agree(&small) > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_faults_both_searches_find_the_same),
        cmocka_unit_test(with_a_broken_connection_both_searches_find_the_same),
        cmocka_unit_test(with_a_power_loss_both_searches_find_the_same),
        cmocka_unit_test(with_dying_processes_both_searches_find_the_same),
        cmocka_unit_test(with_a_consumer_and_a_power_loss_both_searches_find_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
