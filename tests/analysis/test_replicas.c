/* Hand-made histories of replicated queues: exact counts of what is lost, who led, what a failover took, and which
 * messages some replicas never had. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/measures.h"
#include "models/base/units.h"

enum { N1, N2, N3, NODES, PRODUCER = NODES, CRASH = 0, STALL = 1, CUT = 2, PAUSE = 3, ALL = 7 };

static struct plan_queue queues[] = {{.name = (char[]){"orders"}, .durable = true, .replicas = ALL}};
static struct plan_producer producers[] = {{.name = (char[]){"web"}, .count = 1, .confirms = true}};
static struct plan_fault faults[] = {
    {.name = (char[]){"kill"}, .kind = FAULT_CRASH},
    {.name = (char[]){"hold"}, .kind = FAULT_STALL, .target = {.kind = SELECT_CONSUMER}},
    {.name = (char[]){"split"}, .kind = FAULT_PARTITION},
    {.name = (char[]){"freeze"}, .kind = FAULT_PAUSE},
};
static const struct plan plan = {.duration_ns = 10 * NS_PER_S,
                                 .window_ns = NS_PER_S,
                                 .deadline_ns = NS_PER_S,
                                 .threshold_ppm = 990000,
                                 .detector_ns = NS_PER_S,
                                 .queues = queues,
                                 .queue_count = 1,
                                 .producers = producers,
                                 .producer_count = 1,
                                 .faults = faults,
                                 .fault_count = 4};

struct tale {
    struct recorder *recorder;
    struct measures *measures;
};

static int begin(void **state, enum replication replication)
{
    static struct tale tale;
    queues[0].replication = (uint8_t)replication;
    tale = (struct tale){.recorder = recorder_new(&plan, NODES, 1)};
    *state = &tale;
    return 0;
}

static int begin_passive(void **state)
{
    return begin(state, REPLICATION_PASSIVE);
}

static int begin_active(void **state)
{
    return begin(state, REPLICATION_ACTIVE);
}

static int finish(void **state)
{
    struct tale *tale = *state;
    measures_free(tale->measures);
    recorder_free(tale->recorder);
    return 0;
}

static void observe(struct tale *tale, int64_t time_ms, struct observation seen)
{
    struct history_event event = {.time_ns = time_ms * NS_PER_MS, .kind = HISTORY_OBSERVED, .observation = &seen};
    recorder_sink(tale->recorder, &event);
}

static void role(struct tale *tale, int64_t time_ms, uint16_t node, enum broker_role taken, uint64_t epoch,
                 uint64_t in_sync)
{
    observe(tale, time_ms,
            (struct observation){
                .kind = OBSERVE_ROLE, .actor = node, .value = taken, .tag = epoch, .position = in_sync});
}

static void node(struct tale *tale, int64_t time_ms, uint16_t actor, enum observation_kind kind, uint64_t sequence,
                 uint64_t position)
{
    observe(tale, time_ms,
            (struct observation){.kind = (uint8_t)kind,
                                 .actor = actor,
                                 .position = position,
                                 .message = {.producer = PRODUCER, .sequence = sequence}});
}

static void answer(struct tale *tale, int64_t time_ms, uint64_t sequence, uint16_t by)
{
    observe(tale, time_ms,
            (struct observation){.kind = OBSERVE_ANSWERED,
                                 .actor = PRODUCER,
                                 .connection = (uint16_t)(2 * by),
                                 .message = {.producer = PRODUCER, .sequence = sequence}});
}

/* Attempted, appended by these nodes (where its record ends in each log: sequence x 100), confirmed by the first. */
static void publish(struct tale *tale, int64_t time_ms, uint64_t sequence, uint32_t nodes)
{
    node(tale, time_ms, PRODUCER, OBSERVE_ATTEMPTED, sequence, 0);
    for (uint16_t at = 0; at < NODES; at++)
        if ((nodes >> at & 1) != 0)
            node(tale, time_ms, at, OBSERVE_APPENDED, sequence, sequence * 100);
    answer(tale, time_ms, sequence, (uint16_t)__builtin_ctz(nodes));
}

static void fault(struct tale *tale, int64_t time_ms, enum history_kind kind, uint32_t which, uint32_t actor)
{
    struct history_event event = {.time_ns = time_ms * NS_PER_MS, .kind = kind, .fault = which, .actor = actor};
    recorder_sink(tale->recorder, &event);
}

static void gave_up(struct tale *tale, int64_t time_ms, uint32_t watcher, uint32_t suspect)
{
    struct history_event event = {
        .time_ns = time_ms * NS_PER_MS, .kind = HISTORY_GAVE_UP, .actor = watcher, .value = suspect};
    recorder_sink(tale->recorder, &event);
}

static const struct measures *measures(struct tale *tale)
{
    struct history_totals totals = {.simulated_ns = 10 * NS_PER_S, .frames = 200, .heartbeats = 50};
    struct history_event event = {.time_ns = 10 * NS_PER_S, .kind = HISTORY_PHASE, .value = PHASE_END};
    if (tale->measures == NULL) {
        recorder_sink(tale->recorder, &event);
        tale->measures = recorder_measures(tale->recorder, &totals);
    }
    return tale->measures;
}

static double value(struct tale *tale, const char *path)
{
    const struct measure *measure = measures_find(measures(tale), path);
    assert_non_null(measure);
    return measure->kind == MEASURE_NULL ? NAN : measure->value;
}

static void assert_near(double is, double wanted)
{
    if (!(fabs(is - wanted) < 1e-9))
        fail_msg("%.9g is not %.9g", is, wanted);
}

/* n1 led, took its last messages with it at 5 s, and n2 leads at 5.3 s, of epoch 2. */
static void fail_over(struct tale *tale)
{
    role(tale, 0, N1, ROLE_PRIMARY, 1, ALL);
    publish(tale, 1000, 1, ALL);
    publish(tale, 4900, 2, 1u << N1);
    node(tale, 5000, N1, OBSERVE_CRASHED, 0, 1000);
    fault(tale, 5000, HISTORY_FAULT_BEGINS, CRASH, N1);
    role(tale, 5200, N2, ROLE_CANDIDATE, 2, ALL);
    role(tale, 5300, N2, ROLE_PRIMARY, 2, 1u << N2 | 1u << N3);
}

static void what_only_the_old_primary_has_is_lost_though_its_disk_still_holds_it(void **state)
{
    struct tale *tale = *state;
    fail_over(tale);
    assert_near(value(tale, "messages.lost"), 1);
    assert_near(value(tale, "messages.kept"), 1);
}

static void what_a_copy_takes_from_a_returning_replica_is_held_there_no_longer(void **state)
{
    struct tale *tale = *state;
    fail_over(tale);
    node(tale, 7000, N1, OBSERVE_RECOVERED, 2, 200);
    role(tale, 8000, N2, ROLE_PRIMARY, 2, ALL);
    node(tale, 8001, N1, OBSERVE_DISCARDED, 2, 0);
    assert_near(value(tale, "messages.lost"), 1);
}

static void who_gives_up_one_of_two_copies_still_holds_the_message(void **state)
{
    struct tale *tale = *state;
    role(tale, 0, N1, ROLE_PRIMARY, 1, 1u << N1);
    publish(tale, 100, 1, 1u << N1);
    node(tale, 101, N1, OBSERVE_APPENDED, 1, 900);
    node(tale, 102, N1, OBSERVE_DISCARDED, 1, 0);
    assert_near(value(tale, "messages.lost"), 0);
    assert_near(value(tale, "messages.kept"), 1);
}

static void copies_are_counted_anew_after_a_crash(void **state)
{
    struct tale *tale = *state;
    role(tale, 0, N1, ROLE_PRIMARY, 1, 1u << N1);
    publish(tale, 100, 1, 1u << N1);
    node(tale, 101, N1, OBSERVE_APPENDED, 1, 900);
    node(tale, 200, N1, OBSERVE_CRASHED, 0, 1000);
    node(tale, 300, N1, OBSERVE_RECOVERED, 1, 100);
    node(tale, 301, N1, OBSERVE_DISCARDED, 1, 0);
    assert_near(value(tale, "messages.lost"), 1);
}

static void each_node_loses_by_its_own_log(void **state)
{
    struct tale *tale = *state;
    role(tale, 0, N1, ROLE_PRIMARY, 1, ALL);
    publish(tale, 100, 1, 1u << N1);
    node(tale, 101, N2, OBSERVE_APPENDED, 1, 900); /* its log is longer */
    node(tale, 200, N1, OBSERVE_CRASHED, 0, 50);
    node(tale, 201, N2, OBSERVE_CRASHED, 0, 900);
    assert_near(value(tale, "messages.kept"), 1);
}

static void what_a_boot_does_not_bring_back_is_held_no_longer(void **state)
{
    struct tale *tale = *state;
    role(tale, 0, N1, ROLE_PRIMARY, 1, 1u << N1);
    for (uint64_t sequence = 1; sequence <= 2; sequence++)
        publish(tale, 100, sequence, 1u << N1);
    node(tale, 200, N1, OBSERVE_CRASHED, 0, 1000);
    node(tale, 300, N1, OBSERVE_RECOVERED, 1, 100);
    node(tale, 301, N1, OBSERVE_RECOVERY_DONE, 0, 1000);
    assert_near(value(tale, "messages.kept"), 1);
    assert_near(value(tale, "messages.lost"), 1);
}

static void a_failover_is_told_from_its_fault_to_all_in_sync(void **state)
{
    struct tale *tale = *state;
    fail_over(tale);
    publish(tale, 6000, 3, 1u << N2 | 1u << N3);
    role(tale, 9000, N2, ROLE_PRIMARY, 2, ALL);
    assert_int_equal(measures(tale)->failovers->len, 1);
    const struct failover *failover = &g_array_index(measures(tale)->failovers, struct failover, 0);
    assert_string_equal(failover->fault, "kill");
    assert_int_equal(failover->at_ns, 5 * NS_PER_S);
    assert_near(failover_value(failover, "detected"), 0.2);
    assert_near(failover_value(failover, "elected"), 0.3);
    assert_near(failover_value(failover, "first_confirm"), 1.0);
    assert_near(failover_value(failover, "recovery"), 4.0);
    assert_near(value(tale, "queues.orders.leader_changes"), 1);
    assert_near(value(tale, "queues.orders.in_sync_min"), 2);
    assert_near(value(tale, "elections.held"), 1);
    assert_near(value(tale, "elections.split"), 0);
}

static void what_an_old_primary_goes_on_confirming_is_no_confirm_of_the_new_one(void **state)
{
    struct tale *tale = *state;
    fail_over(tale);
    publish(tale, 5400, 3, 1u << N1);
    publish(tale, 7000, 4, 1u << N2 | 1u << N3);
    const struct failover *failover = &g_array_index(measures(tale)->failovers, struct failover, 0);
    assert_near(failover_value(failover, "first_confirm"), 2.0);
}

static void a_fault_after_the_load_makes_no_run_of_minutes_out_of_one_of_seconds(void **state)
{
    struct tale *tale = *state;
    publish(tale, 500, 1, ALL);
    fault(tale, 90000, HISTORY_FAULT_BEGINS, CRASH, N1);
    assert_near(value(tale, "availability.publish.windowed.1s"), 1);
    assert_true(isnan(value(tale, "availability.publish.windowed.1m")));
}

static void a_failover_that_did_not_come_to_its_end_says_never(void **state)
{
    struct tale *tale = *state;
    fail_over(tale);
    g_autoptr(GArray) recovery = measures_entries(measures(tale), "failover.recovery");
    assert_int_equal(recovery->len, 1);
    assert_true(isinf(g_array_index(recovery, double, 0)));
}

static void a_partition_explains_a_failover_of_a_primary_that_nothing_else_hit(void **state)
{
    struct tale *tale = *state;
    role(tale, 0, N1, ROLE_PRIMARY, 1, ALL);
    fault(tale, 1000, HISTORY_FAULT_BEGINS, CRASH, N3);
    fault(tale, 2000, HISTORY_FAULT_BEGINS, CUT, N2);
    role(tale, 4000, N2, ROLE_PRIMARY, 2, ALL);
    const struct failover *failover = &g_array_index(measures(tale)->failovers, struct failover, 0);
    assert_string_equal(failover->fault, "split");
    assert_int_equal(failover->at_ns, 2 * NS_PER_S);
}

static void a_fault_explains_one_failover_of_a_queue(void **state)
{
    struct tale *tale = *state;
    role(tale, 0, N1, ROLE_PRIMARY, 1, ALL);
    fault(tale, 2000, HISTORY_FAULT_BEGINS, CUT, N2);
    role(tale, 4000, N2, ROLE_PRIMARY, 2, 1u << N2 | 1u << N3);
    role(tale, 6000, N3, ROLE_PRIMARY, 3, 1u << N2 | 1u << N3); /* nothing happened since */
    assert_int_equal(measures(tale)->failovers->len, 1);
    assert_near(value(tale, "queues.orders.leader_changes"), 2);
    assert_near(value(tale, "elections.held"), 2);
}

static void an_old_primary_that_still_believes_in_itself_changes_no_leader(void **state)
{
    struct tale *tale = *state;
    role(tale, 0, N1, ROLE_PRIMARY, 1, ALL);
    role(tale, 1000, N2, ROLE_PRIMARY, 2, 1u << N2 | 1u << N3);
    role(tale, 2000, N1, ROLE_PRIMARY, 1, 1u << N1);
    assert_near(value(tale, "queues.orders.leader_changes"), 1);
    assert_near(value(tale, "queues.orders.in_sync_min"), 2);
}

static void a_candidate_that_steps_back_has_split_an_election(void **state)
{
    struct tale *tale = *state;
    role(tale, 0, N1, ROLE_PRIMARY, 1, ALL);
    role(tale, 100, N2, ROLE_CANDIDATE, 2, ALL);
    role(tale, 200, N2, ROLE_SEEKING, 2, ALL);
    role(tale, 300, N3, ROLE_CANDIDATE, 3, ALL);
    node(tale, 400, N3, OBSERVE_CRASHED, 0, 0);
    assert_near(value(tale, "elections.split"), 2);
    assert_near(value(tale, "elections.held"), 0);
}

static void two_primaries_count_while_both_lead(void **state)
{
    struct tale *tale = *state;
    role(tale, 0, N1, ROLE_PRIMARY, 1, ALL);
    role(tale, 2000, N2, ROLE_PRIMARY, 2, 6);
    role(tale, 3500, N1, ROLE_SEEKING, 1, ALL);
    assert_near(value(tale, "two_primaries"), 1.5);
}

static void a_primary_that_is_paused_serves_nobody(void **state)
{
    struct tale *tale = *state;
    role(tale, 0, N1, ROLE_PRIMARY, 1, ALL);
    fault(tale, 1000, HISTORY_FAULT_BEGINS, PAUSE, N1);
    role(tale, 2000, N2, ROLE_PRIMARY, 2, 6);
    fault(tale, 5000, HISTORY_FAULT_ENDS, PAUSE, N1);
    role(tale, 5200, N1, ROLE_SEEKING, 1, ALL);
    assert_near(value(tale, "two_primaries"), 0.2);
}

static void an_old_primary_is_not_heard_about_the_length_of_its_queue(void **state)
{
    struct tale *tale = *state;
    role(tale, 0, N1, ROLE_PRIMARY, 1, ALL);
    role(tale, 5000, N2, ROLE_PRIMARY, 2, 6);
    observe(tale, 5000, (struct observation){.kind = OBSERVE_QUEUE, .actor = N2, .value = 4, .tag = 2});
    observe(tale, 6000, (struct observation){.kind = OBSERVE_QUEUE, .actor = N1, .value = 90, .tag = 90});
    assert_near(value(tale, "queues.orders.length_mean"), 2);
    assert_near(value(tale, "queues.orders.length_max"), 4);
    assert_near(value(tale, "queues.orders.unacked_max"), 2);
}

static void an_active_queue_is_as_long_as_at_its_longest_live_replica(void **state)
{
    struct tale *tale = *state;
    observe(tale, 0, (struct observation){.kind = OBSERVE_QUEUE, .actor = N1, .value = 3});
    observe(tale, 0, (struct observation){.kind = OBSERVE_QUEUE, .actor = N2, .value = 5});
    node(tale, 5000, N2, OBSERVE_CRASHED, 0, 0);
    assert_near(value(tale, "queues.orders.length_mean"), 4);
    assert_near(value(tale, "queues.orders.length_max"), 5);
}

static void what_waits_and_what_is_unacknowledged_at_two_replicas_is_not_added_up(void **state)
{
    struct tale *tale = *state;
    observe(tale, 0, (struct observation){.kind = OBSERVE_QUEUE, .actor = N1, .value = 0, .tag = 7});
    observe(tale, 0, (struct observation){.kind = OBSERVE_QUEUE, .actor = N2, .value = 5, .tag = 3});
    assert_near(value(tale, "queues.orders.length_mean"), 5);
    assert_near(value(tale, "queues.orders.unacked_max"), 7);
    assert_near(value(tale, "queues.orders.in_system_mean"), 8);
}

static void messages_that_a_replica_never_had_are_divergent(void **state)
{
    struct tale *tale = *state;
    const uint32_t by[] = {ALL, 1u << N1 | 1u << N2, 1u << N3, ALL, 1u << N1, ALL};
    for (uint64_t sequence = 1; sequence <= G_N_ELEMENTS(by); sequence++)
        publish(tale, 100 * (int64_t)sequence, sequence, by[sequence - 1]);
    node(tale, 900, N3, OBSERVE_APPENDED, 2, 0); /* it came later */
    assert_near(value(tale, "queues.orders.divergent_messages"), 2);
    assert_near(value(tale, "messages.attempted"), 6);
    assert_true(isnan(value(tale, "queues.orders.leader_changes")));
    assert_true(isnan(value(tale, "two_primaries")));
}

static void giving_up_a_node_is_right_when_a_fault_hit_it_and_else_a_mistake(void **state)
{
    struct tale *tale = *state;
    gave_up(tale, 500, N2, N1);
    fault(tale, 1000, HISTORY_FAULT_BEGINS, CRASH, N1);
    gave_up(tale, 3000, N2, N1);
    gave_up(tale, 4000, N3, N1);
    fault(tale, 5000, HISTORY_FAULT_ENDS, CRASH, N1);
    gave_up(tale, 6000, N2, N1);
    assert_near(value(tale, "detector.detections"), 2);
    assert_near(value(tale, "detector.detection_time.mean"), 2.5);
    assert_near(value(tale, "detector.detection_time.max"), 3);
    assert_near(value(tale, "detector.mistakes"), 2);
}

static void heartbeats_are_a_share_of_the_frames(void **state)
{
    assert_near(value(*state, "cost.heartbeat_share"), 0.25);
}

static void an_outage_of_publishing_is_not_put_down_to_a_consumer(void **state)
{
    struct tale *tale = *state;
    fault(tale, 1000, HISTORY_FAULT_BEGINS, STALL, PRODUCER);
    node(tale, 3500, PRODUCER, OBSERVE_ATTEMPTED, 1, 0);
    fault(tale, 4000, HISTORY_FAULT_BEGINS, CRASH, N1);
    fault(tale, 4000, HISTORY_FAULT_ENDS, CRASH, N1);
    const struct outage *publish_outage = &g_array_index(measures(tale)->publish_outages, struct outage, 0);
    const struct outage *delivery_outage = &g_array_index(measures(tale)->delivery_outages, struct outage, 0);
    assert_string_equal(publish_outage->cause, "kill"); /* sent before it, it failed by it */
    assert_string_equal(delivery_outage->cause, "hold");
}

int main(void)
{
#define PASSIVE(test) cmocka_unit_test_setup_teardown(test, begin_passive, finish)
#define ACTIVE(test) cmocka_unit_test_setup_teardown(test, begin_active, finish)
    const struct CMUnitTest tests[] = {
        PASSIVE(what_only_the_old_primary_has_is_lost_though_its_disk_still_holds_it),
        PASSIVE(what_a_copy_takes_from_a_returning_replica_is_held_there_no_longer),
        PASSIVE(who_gives_up_one_of_two_copies_still_holds_the_message),
        PASSIVE(copies_are_counted_anew_after_a_crash),
        PASSIVE(each_node_loses_by_its_own_log),
        PASSIVE(what_a_boot_does_not_bring_back_is_held_no_longer),
        PASSIVE(a_failover_is_told_from_its_fault_to_all_in_sync),
        PASSIVE(what_an_old_primary_goes_on_confirming_is_no_confirm_of_the_new_one),
        PASSIVE(a_fault_after_the_load_makes_no_run_of_minutes_out_of_one_of_seconds),
        PASSIVE(a_failover_that_did_not_come_to_its_end_says_never),
        PASSIVE(a_partition_explains_a_failover_of_a_primary_that_nothing_else_hit),
        PASSIVE(a_fault_explains_one_failover_of_a_queue),
        PASSIVE(an_old_primary_that_still_believes_in_itself_changes_no_leader),
        PASSIVE(a_candidate_that_steps_back_has_split_an_election),
        PASSIVE(two_primaries_count_while_both_lead),
        PASSIVE(a_primary_that_is_paused_serves_nobody),
        PASSIVE(an_old_primary_is_not_heard_about_the_length_of_its_queue),
        ACTIVE(an_active_queue_is_as_long_as_at_its_longest_live_replica),
        ACTIVE(what_waits_and_what_is_unacknowledged_at_two_replicas_is_not_added_up),
        ACTIVE(messages_that_a_replica_never_had_are_divergent),
        PASSIVE(giving_up_a_node_is_right_when_a_fault_hit_it_and_else_a_mistake),
        PASSIVE(heartbeats_are_a_share_of_the_frames),
        PASSIVE(an_outage_of_publishing_is_not_put_down_to_a_consumer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
