/* Every crash image, counted by hand on the smallest case: one message arrives at a node that may lose its power. The
 * step has four outputs: the record is appended; the monitor is told so; an fsync is asked for; the queue's length is
 * told. test_naive.c holds the same over whole worlds. */
#include "sim/check/check.h"
#include "tests/sim_check/atlas.h"
#include "tests/sim_world/worlds.h"

#define STEP "deliver web.1 -> n1"
#define OUTPUTS 4u

/* The message is about to arrive; nothing but that and the power loss can happen to the node. */
static int setup(void **state)
{
    struct small_world *small = small_world_new();
    small->small.plan.consumer_count = 0;
    small->small.plan.check = (struct plan_check){
        .messages = 1, .power_losses = 1, .restarts = 1, .properties = (1u << PROPERTY_COUNT) - 1, .given = true};
    small_world_begin(small, SHAPE_CHECK);
    happens(small, "boot n1");
    while (may_happen(small, "continue n1"))
        happens(small, "continue n1");
    happens(small, "boot web.1");
    happens(small, "timer web.1 arrival");
    happens(small, "accept web.1 -> n1");
    happens(small, "established web.1 -> n1");
    *state = small;
    return 0;
}

static int teardown(void **state)
{
    small_world_free(*state);
    return 0;
}

static void visit_images(struct small_world *small, void (*visit)(struct small_world *small, void *context),
                         void *context)
{
    static const char *const images[] = {" power", " power torn short", " power torn zeroed", " power kept 1"};
    struct world_snapshot *before = world_snapshot(small->world);
    for (uint32_t cut = 1; cut < OUTPUTS; cut++)
        for (unsigned i = 0; i < sizeof images / sizeof images[0]; i++) {
            char name[ACTION_TEXT_MAX] = STEP " cut 0";
            name[strlen(name) - 1] = (char)('0' + cut);
            strcat(name, images[i]);
            world_restore(small->world, before);
            happens(small, name);
            visit(small, context);
        }
    world_restore(small->world, before);
    world_snapshot_free(before);
}

struct seen {
    struct digest states[64];
    uint32_t count, all;
};

static void note_state(struct small_world *small, void *context)
{
    struct seen *seen = context;
    struct digest fingerprint = world_fingerprint(small->world);
    seen->all++;
    for (uint32_t i = 0; i < seen->count; i++)
        if (digest_equal(seen->states[i], fingerprint))
            return;
    seen->states[seen->count++] = fingerprint;
}

/* Nothing, half, a zeroed half or all of the record; in the last case the monitor has heard of it or not. What it has
 * heard of a record that did not survive, it forgets; an fsync dies with its node; a length is no state. */
static void twelve_crashes_in_the_step_lead_to_five_states(void **state)
{
    struct small_world *small = *state;
    struct seen seen = {.count = 0};
    visit_images(small, note_state, &seen);
    assert_int_equal(seen.all, (OUTPUTS - 1) * 4);
    assert_int_equal(seen.count, 4 + 1);
    happens(small, STEP);
    assert_int_equal(small->effects->outputs, OUTPUTS);
}

static void the_checker_visits_every_one_of_them(void **state)
{
    struct small_world *small = *state;
    struct seen seen = {.count = 0};
    struct atlas atlas;
    visit_images(small, note_state, &seen);
    struct check_result result = atlas_make(&atlas, small->shape);
    assert_int_equal(result.verdict, CHECK_COMPLETE);
    for (uint32_t i = 0; i < seen.count; i++)
        assert_true(atlas_has(&atlas, seen.states[i]));
    free(atlas.states);
    check_result_clear(&result);
}

/* Appended at 0, 64 bytes long: where the log that a boot accepts ends, and whether the message is in the queue. */
static void recover(struct small_world *small, void *context)
{
    uint32_t *whole = context;
    small->exercised = 0;
    happens(small, "restart n1");
    while (may_happen(small, "continue n1"))
        happens(small, "continue n1");
    uint64_t ready = world_queue(small->world, 0, 0).ready;
    assert_true(ready <= 1);
    *whole += (uint32_t)ready;
    settles(small);
    world_judge_quiet(small->world, &small->effects);
    small_world_note(small);
    assert_int_equal(small->breached, 0);
    uint32_t tested = 1u << PROPERTY_RECOVERY | 1u << PROPERTY_DURABILITY;
    assert_int_equal(small->exercised & tested, tested);
    assert_int_equal(small->counted[OBSERVE_ANSWERED], 1);
    small->counted[OBSERVE_ANSWERED] = 0;
}

static void recovery_holds_after_every_one_of_them(void **state)
{
    uint32_t whole = 0;
    visit_images(*state, recover, &whole);
    assert_int_equal(whole, OUTPUTS - 1);
}

int main(void)
{
#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(twelve_crashes_in_the_step_lead_to_five_states),
        IN_A_WORLD(the_checker_visits_every_one_of_them),
        IN_A_WORLD(recovery_holds_after_every_one_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
