/* The simulator and the checker cannot drift apart: whatever the timed scheduler does in small scenarios, over many
 * seeds, the checker has done too. Every action it picks is enabled in an untimed world that follows, and every state
 * it passes through is one that the exhaustive scheduler visited. Latencies, services and the disk's times are as long
 * as one another and drawn, so that seeds differ in what happens before what; pauses and cuts change that further, and
 * cost the checker nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/timed/timed.h"
#include "tests/sim_check/atlas.h"
#include "tests/sim_check/checked.h"

#define SEEDS 200 /* of each scenario */

/* ---- a run, followed ---- */

struct follower {
    const struct atlas *atlas; /* NULL: too large a world to visit */
    struct world *untimed; /* a second world that does as the run does */
    bool *met;             /* beside each of the atlas' states */
    bool begun;            /* there is something to publish: a settled start lies behind */
    uint64_t actions, strange, states_met, by_kind[ACTION_KINDS];
};

static void follow_on_the_map(struct follower *follower, struct digest fingerprint, const struct world_shape *shape,
                              const struct action *action)
{
    const struct digest *at = atlas_find(follower->atlas, fingerprint);
    if (at != NULL) {
        follower->states_met += !follower->met[at - follower->atlas->states];
        follower->met[at - follower->atlas->states] = true;
    } else if (follower->strange++ == 0) {
        char text[ACTION_TEXT_MAX];
        action_text(shape, action, text);
        print_error("a state that the checker never visited, after action %lu: %s\n", (unsigned long)follower->actions,
                    text);
    }
}

static void follow(void *context, int64_t time_ns, const struct action *action, const struct world *world)
{
    (void)time_ns;
    struct follower *follower = context;
    const struct world_effects *effects;
    if (!world_is_enabled(follower->untimed, action)) {
        char text[ACTION_TEXT_MAX];
        action_text(world_shape(world), action, text);
        fail_msg("the timed scheduler picked what is not enabled: %s", text);
    }
    assert_true(world_apply(follower->untimed, action, 0, NULL, NULL, &effects));
    struct digest fingerprint = world_fingerprint(world);
    assert_true(digest_equal(world_fingerprint(follower->untimed), fingerprint));
    follower->begun |= action->kind == ACTION_TIMER && !shape_is_node(world_shape(world), action->actor);
    if (follower->atlas != NULL && follower->begun)
        follow_on_the_map(follower, fingerprint, world_shape(world), action);
    follower->actions++;
    follower->by_kind[action->kind]++;
}

static void run_followed(struct follower *follower, const struct world_shape *shape, uint64_t seed)
{
    follower->untimed = world_new(shape);
    follower->begun = !shape->plan->check.settled;
    struct timed *timed = timed_new(
        shape,
        &(struct timed_options){.seed = seed, .applied = follow, .applied_context = follower, .untimed_inputs = true});
    assert_int_equal(timed_run(timed, NS_NEVER, 0), TIMED_DONE);
    assert_true(follower->begun);
    timed_free(timed);
    world_free(follower->untimed);
}

static void draw_every_time(struct small_plan *small)
{
    small->plan.latency = (struct variate){.kind = VARIATE_UNIFORM, .a = 100 * NS_PER_US, .b = 6 * NS_PER_MS};
    small->plan.disk_fsync = (struct variate){.kind = VARIATE_EXPONENTIAL, .a = 4 * NS_PER_MS};
    small->plan.cpu = (struct variate){.kind = VARIATE_EXPONENTIAL, .a = NS_PER_MS};
    small->consumers[0].service = (struct variate){.kind = VARIATE_EXPONENTIAL, .a = 5 * NS_PER_MS};
    small->producers[0].interval.a = 5 * NS_PER_MS;
}

/* Holds the inclusion; returns how many actions of that kind the runs saw, for the test to see that it tested
 * something. */
static uint64_t every_run_is_a_path_of_the_checker(struct small_plan *small, enum action_kind counted)
{
    draw_every_time(small);
    struct world_shape *shape = shape_new(&small->plan, SHAPE_CHECK);
    struct atlas atlas;
    struct check_result result = atlas_make(&atlas, shape);
    assert_int_equal(result.verdict, CHECK_COMPLETE);
    check_result_clear(&result);
    struct follower follower = {.atlas = &atlas, .met = calloc(atlas.count, sizeof(bool))};
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run_followed(&follower, shape, seed);
    assert_int_equal(follower.strange, 0);
    assert_true(follower.actions > SEEDS * 10);
    assert_true(follower.states_met > SEEDS / 2); /* not always the same few */
    free(follower.met);
    free(atlas.states);
    shape_free(shape);
    return follower.by_kind[counted];
}

/* Where the checker cannot visit every state: each step of every run is one that an untimed world takes too, and leads
 * it to the same state. */
static uint64_t every_step_is_one_of_the_untimed_world(struct small_plan *small, enum action_kind counted)
{
    draw_every_time(small);
    struct world_shape *shape = shape_new(&small->plan, SHAPE_CHECK);
    struct follower follower = {0};
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run_followed(&follower, shape, seed);
    assert_true(follower.actions > SEEDS * 50);
    shape_free(shape);
    return follower.by_kind[counted];
}

/* Faults strike while messages are under way: all of a small scenario's traffic lies in its first 40 ms. */
static struct variate soon(void)
{
    return (struct variate){.kind = VARIATE_UNIFORM, .a = 100 * NS_PER_US, .b = 40 * NS_PER_MS};
}

static void a_run_without_faults_is_a_path_of_the_checker(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 2});
    assert_true(every_run_is_a_path_of_the_checker(&small, ACTION_SYNCED) >= SEEDS);
}

static void a_run_with_a_killed_process_is_a_path_of_the_checker(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 1, .crashes = 1, .restarts = 1});
    struct plan_fault *kill = small_plan_fault(&small, FAULT_CRASH, 0, 5 * NS_PER_MS);
    kill->at = soon();
    kill->in_flight = IN_FLIGHT_DRAWN;
    kill->length = (struct variate){.kind = VARIATE_UNIFORM, .a = NS_PER_MS, .b = 300 * NS_PER_MS};
    assert_true(every_run_is_a_path_of_the_checker(&small, ACTION_REFUSE) >= SEEDS / 4); /* of those who came back */
}

static void a_run_with_a_power_loss_is_a_path_of_the_checker(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 1, .restarts = 1, .power_losses = 1});
    struct plan_fault *outage = small_plan_fault(&small, FAULT_CRASH, 0, 5 * NS_PER_MS);
    outage->at = soon();
    outage->power = true;
    outage->in_flight = IN_FLIGHT_DRAWN;
    assert_true(every_run_is_a_path_of_the_checker(&small, ACTION_CRASH) >= SEEDS / 2);
}

static void a_run_with_a_broken_connection_is_a_path_of_the_checker(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 1, .disconnects = 1});
    struct plan_fault *reset = small_plan_fault(&small, FAULT_DISCONNECT, 0, 0);
    reset->at = soon();
    reset->target = (struct plan_selector){.kind = SELECT_PRODUCER, .client = 0, .member = 1};
    assert_true(every_run_is_a_path_of_the_checker(&small, ACTION_BREAK) >= SEEDS / 4);
}

/* Nothing that breaks: only due times change, so the checker needs no budget. The time-outs of a check never fire. */
static void a_run_with_pauses_and_cuts_is_a_path_of_the_checker(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 2});
    struct plan_selector web = {.kind = SELECT_PRODUCER}, worker = {.kind = SELECT_CONSUMER};
    const struct plan_selector *hit[] = {&web, &worker, NULL};
    for (unsigned i = 0; i < 3; i++) {
        struct plan_fault *pause = small_plan_fault(&small, FAULT_PAUSE, 0, 10 * NS_PER_MS);
        pause->at = soon();
        if (hit[i] != NULL)
            pause->target = *hit[i];
    }
    for (unsigned i = 0; i < 2; i++) {
        struct plan_fault *cut = small_plan_fault(&small, FAULT_CUT, 0, 10 * NS_PER_MS);
        cut->at = soon();
        cut->target = *hit[i];
    }
    assert_true(every_run_is_a_path_of_the_checker(&small, ACTION_SYNCED) >= SEEDS);
}

/* The machine dies behind a cut, in the middle of a reset, while its peers are paused: all at once. */
static void a_run_with_a_reset_and_a_power_loss_is_a_path_of_the_checker(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 1, .restarts = 1, .power_losses = 1, .disconnects = 1});
    small.plan.consumer_count = 0;
    struct plan_fault *outage = small_plan_fault(&small, FAULT_CRASH, 0, 5 * NS_PER_MS);
    outage->at = soon();
    outage->power = true;
    small_plan_fault(&small, FAULT_DISCONNECT, 0, 0)->at = soon();
    small_plan_fault(&small, FAULT_CUT, 0, 20 * NS_PER_MS)->at = soon();
    small.faults[2].target = (struct plan_selector){.kind = SELECT_PRODUCER};
    small_plan_fault(&small, FAULT_PAUSE, 0, 10 * NS_PER_MS)->at = soon();
    small.faults[3].target = (struct plan_selector){.kind = SELECT_PRODUCER};
    assert_true(every_run_is_a_path_of_the_checker(&small, ACTION_CRASH) >= SEEDS / 2);
}

/* A passive queue whose primary is killed, for good or until it returns, and one message. */
static void lead_and_be_killed(struct small_plan *small, uint32_t nodes, bool returns)
{
    small_plan_with(small, (struct plan_check){.messages = 1, .crashes = 1, .restarts = returns});
    small_plan_cluster(small, nodes);
    small->plan.consumer_count = 0;
    small->plan.heal = returns;
    struct plan_fault *kill = small_plan_fault(small, FAULT_CRASH, 0, returns ? 5 * NS_PER_MS : 0);
    kill->at = soon();
    kill->target = (struct plan_selector){.kind = SELECT_NODES, .nodes = 1};
    kill->in_flight = IN_FLIGHT_DRAWN;
    kill->length = (struct variate){.kind = VARIATE_UNIFORM, .a = NS_PER_MS, .b = 400 * NS_PER_MS};
}

static void a_run_of_two_nodes_whose_primary_is_killed_is_a_path_of_the_checker(void **state)
{
    (void)state;
    struct small_plan small;
    lead_and_be_killed(&small, 2, false);
    assert_true(every_run_is_a_path_of_the_checker(&small, ACTION_CRASH) == SEEDS);
}

/* Two replicas that the clients keep, and one of them dies for good. */
static void a_run_of_an_active_queue_is_a_path_of_the_checker(void **state)
{
    (void)state;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 1, .crashes = 1});
    small_plan_cluster(&small, 2);
    small.queues[0].replication = REPLICATION_ACTIVE;
    small.consumers[0].dedupe_window = 2;
    small.plan.heal = false;
    struct plan_fault *kill = small_plan_fault(&small, FAULT_CRASH, 0, 0);
    kill->at = soon();
    kill->target = (struct plan_selector){.kind = SELECT_NODES, .nodes = 1};
    kill->in_flight = IN_FLIGHT_DRAWN;
    assert_true(every_run_is_a_path_of_the_checker(&small, ACTION_CRASH) == SEEDS);
}

/* All are up, connected and in sync before there is anything to publish, however they came to be: from then on. Two
 * replicas and a third node that votes, and any of them dies for good. */
static void a_run_of_three_nodes_is_a_path_of_the_checker_once_they_have_settled(void **state)
{
    (void)state;
    static int64_t sent_ns[] = {400 * NS_PER_MS};
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 1, .crashes = 1, .settled = true});
    small_plan_cluster(&small, 3);
    small.queues[0].replicas = 0x3; /* n1, n2 */
    small.producers[0].arrivals = ARRIVALS_TRACE;
    small.producers[0].trace_ns = sent_ns;
    small.producers[0].trace_count = 1;
    small.plan.consumer_count = 0;
    small.plan.heal = false;
    struct plan_fault *kill = small_plan_fault(&small, FAULT_CRASH, 0, 0);
    kill->at = (struct variate){.kind = VARIATE_UNIFORM, .a = 400 * NS_PER_MS, .b = 440 * NS_PER_MS};
    kill->target = (struct plan_selector){.kind = SELECT_RANDOM_NODES, .count = 1};
    kill->in_flight = IN_FLIGHT_DRAWN;
    assert_true(every_run_is_a_path_of_the_checker(&small, ACTION_CRASH) == SEEDS);
}

/* Three nodes have more than five million states even when nothing fails: a test does not visit them all. */
static void a_run_of_three_nodes_takes_the_steps_of_the_untimed_world(void **state)
{
    (void)state;
    struct small_plan small;
    lead_and_be_killed(&small, 3, true);
    assert_true(every_step_is_one_of_the_untimed_world(&small, ACTION_RESTART) == SEEDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_without_faults_is_a_path_of_the_checker),
        cmocka_unit_test(a_run_with_a_killed_process_is_a_path_of_the_checker),
        cmocka_unit_test(a_run_with_a_power_loss_is_a_path_of_the_checker),
        cmocka_unit_test(a_run_with_a_broken_connection_is_a_path_of_the_checker),
        cmocka_unit_test(a_run_with_pauses_and_cuts_is_a_path_of_the_checker),
        cmocka_unit_test(a_run_with_a_reset_and_a_power_loss_is_a_path_of_the_checker),
        cmocka_unit_test(a_run_of_two_nodes_whose_primary_is_killed_is_a_path_of_the_checker),
        cmocka_unit_test(a_run_of_an_active_queue_is_a_path_of_the_checker),
        cmocka_unit_test(a_run_of_three_nodes_is_a_path_of_the_checker_once_they_have_settled),
        cmocka_unit_test(a_run_of_three_nodes_takes_the_steps_of_the_untimed_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
