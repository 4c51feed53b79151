/* Hand-made histories with known lost, duplicated, recovered, unexpected and reordered messages (VALIDATION.md, P22).
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/measures.h"
#include "models/base/units.h"

enum { NODES = 1, PRODUCER = 1, CONSUMER = 2 };

static struct plan_queue queues[] = {{.name = (char[]){"orders"}, .durable = true}};
static struct plan_producer producers[] = {{.name = (char[]){"web"}, .count = 1, .confirms = true}};
static struct plan_consumer consumers[] = {{.name = (char[]){"worker"}, .count = 2}};
static const struct plan plan = {.duration_ns = 10 * NS_PER_S,
                                 .window_ns = NS_PER_S,
                                 .deadline_ns = NS_PER_S,
                                 .threshold_ppm = 990000,
                                 .queues = queues,
                                 .queue_count = 1,
                                 .producers = producers,
                                 .producer_count = 1,
                                 .consumers = consumers,
                                 .consumer_count = 1};

struct tale {
    struct recorder *recorder;
    struct measures *measures;
};

static int begin(void **state)
{
    static struct tale tale;
    tale = (struct tale){.recorder = recorder_new(&plan, NODES, 3)};
    *state = &tale;
    return 0;
}

static int finish(void **state)
{
    struct tale *tale = *state;
    measures_free(tale->measures);
    recorder_free(tale->recorder);
    return 0;
}

static void at(struct tale *tale, int64_t time_ms, enum observation_kind kind, uint64_t sequence, uint8_t flags)
{
    struct observation seen = {
        .kind = (uint8_t)kind, .flags = flags, .message = {.producer = PRODUCER, .sequence = sequence}};
    struct history_event event = {.time_ns = time_ms * NS_PER_MS, .kind = HISTORY_OBSERVED, .observation = &seen};
    recorder_sink(tale->recorder, &event);
}

static void attempt(struct tale *tale, int64_t time_ms, uint64_t sequence)
{
    at(tale, time_ms, OBSERVE_ATTEMPTED, sequence, 0);
}

/* By a producer that was paused when it came due. */
static void attempt_late(struct tale *tale, int64_t time_ms, int64_t late_ms, uint64_t sequence)
{
    struct observation seen = {.kind = OBSERVE_ATTEMPTED, .message = {.producer = PRODUCER, .sequence = sequence}};
    struct history_event event = {.time_ns = time_ms * NS_PER_MS,
                                  .late_ns = late_ms * NS_PER_MS,
                                  .kind = HISTORY_OBSERVED,
                                  .observation = &seen};
    recorder_sink(tale->recorder, &event);
}

static void confirm(struct tale *tale, int64_t time_ms, uint64_t sequence)
{
    at(tale, time_ms, OBSERVE_ANSWERED, sequence, 0);
}

static void consume(struct tale *tale, int64_t time_ms, uint64_t sequence)
{
    at(tale, time_ms, OBSERVE_DELIVERED, sequence, 0);
    at(tale, time_ms + 1, OBSERVE_COMPLETED, sequence, 0);
}

static uint64_t count(struct tale *tale, const char *path)
{
    struct history_totals totals = {.simulated_ns = 10 * NS_PER_S};
    if (tale->measures == NULL) {
        struct history_event event = {.time_ns = 10 * NS_PER_S, .kind = HISTORY_PHASE, .value = PHASE_END};
        recorder_sink(tale->recorder, &event);
        tale->measures = recorder_measures(tale->recorder, &totals);
    }
    const struct measure *measure = measures_find(tale->measures, path);
    assert_non_null(measure);
    return measure->count;
}

static double value(struct tale *tale, const char *path)
{
    count(tale, path);
    return measures_find(tale->measures, path)->value;
}

static void an_acknowledged_message_that_nobody_received_is_lost(void **state)
{
    struct tale *tale = *state;
    for (uint64_t sequence = 1; sequence <= 3; sequence++) {
        attempt(tale, 100, sequence);
        confirm(tale, 101, sequence);
    }
    consume(tale, 102, 1);
    consume(tale, 104, 3);
    assert_int_equal(count(tale, "messages.lost"), 1);
    assert_int_equal(count(tale, "messages.missing"), 1);
    assert_int_equal(count(tale, "messages.recovered"), 0);
}

/* What the node says of the message; position: where its record ends in the log, 0: in memory only. */
static void node(struct tale *tale, int64_t time_ms, enum observation_kind kind, uint64_t sequence, uint64_t position)
{
    struct observation seen = {
        .kind = (uint8_t)kind, .position = position, .message = {.producer = PRODUCER, .sequence = sequence}};
    struct history_event event = {.time_ns = time_ms * NS_PER_MS, .kind = HISTORY_OBSERVED, .observation = &seen};
    recorder_sink(tale->recorder, &event);
}

static void an_acknowledged_message_that_still_waits_in_its_queue_is_kept_not_lost(void **state)
{
    struct tale *tale = *state;
    attempt(tale, 100, 1);
    node(tale, 101, OBSERVE_APPENDED, 1, 0);
    confirm(tale, 101, 1);
    assert_int_equal(count(tale, "messages.lost"), 0);
    assert_int_equal(count(tale, "messages.kept"), 1);
}

static void a_message_that_a_queue_keeps_without_an_acknowledgement_hides_no_loss(void **state)
{
    struct tale *tale = *state;
    for (uint64_t sequence = 1; sequence <= 2; sequence++)
        attempt(tale, 100, sequence);
    node(tale, 101, OBSERVE_APPENDED, 2, 0); /* kept, and never confirmed */
    confirm(tale, 101, 1);                   /* confirmed, and held nowhere */
    assert_int_equal(count(tale, "messages.lost"), 1);
    assert_int_equal(count(tale, "messages.kept"), 0);
}

static void a_crash_loses_what_lay_in_memory_or_beyond_the_end_of_the_surviving_log(void **state)
{
    struct tale *tale = *state;
    const uint64_t positions[] = {100, 200, 0};
    for (uint64_t sequence = 1; sequence <= 3; sequence++) {
        attempt(tale, 100, sequence);
        node(tale, 101, OBSERVE_APPENDED, sequence, positions[sequence - 1]);
        confirm(tale, 102, sequence);
    }
    node(tale, 200, OBSERVE_CRASHED, 0, 100);
    assert_int_equal(count(tale, "messages.lost"), 2);
    assert_int_equal(count(tale, "messages.kept"), 1);
}

static void what_a_boot_recovers_is_held_again_and_what_is_dropped_no_longer(void **state)
{
    struct tale *tale = *state;
    attempt(tale, 100, 1);
    confirm(tale, 102, 1);
    attempt(tale, 103, 2);
    node(tale, 104, OBSERVE_APPENDED, 2, 50);
    confirm(tale, 105, 2);
    node(tale, 200, OBSERVE_RECOVERED, 1, 100);
    node(tale, 201, OBSERVE_DROPPED, 2, 0);
    assert_int_equal(count(tale, "messages.kept"), 1);
    assert_int_equal(count(tale, "messages.lost"), 1);
}

/* An automatic ack takes it from the queue as it is sent. */
static void what_left_the_queue_and_was_never_worked_on_to_the_end_is_unprocessed(void **state)
{
    struct tale *tale = *state;
    for (uint64_t sequence = 1; sequence <= 3; sequence++) {
        attempt(tale, 100, sequence);
        node(tale, 101, OBSERVE_APPENDED, sequence, 100 * sequence);
        confirm(tale, 102, sequence);
        at(tale, 103, OBSERVE_DELIVERED, sequence, 0);
    }
    node(tale, 103, OBSERVE_SETTLED, 1, 0);
    node(tale, 103, OBSERVE_SETTLED, 2, 0); /* the third comes again: nobody has settled it */
    at(tale, 104, OBSERVE_COMPLETED, 1, 0);
    assert_int_equal(count(tale, "messages.unprocessed"), 1);
    assert_int_equal(count(tale, "messages.lost"), 0);
    assert_int_equal(measures_witness(tale->measures, "messages.unprocessed")->message.sequence, 2);
}

static void a_message_without_an_answer_that_was_delivered_is_recovered(void **state)
{
    struct tale *tale = *state;
    attempt(tale, 100, 1);
    consume(tale, 105, 1);
    assert_int_equal(count(tale, "messages.unanswered"), 1);
    assert_int_equal(count(tale, "messages.recovered"), 1);
    assert_int_equal(count(tale, "messages.missing"), 0);
}

static void a_rejected_message_is_answered_and_not_lost(void **state)
{
    struct tale *tale = *state;
    attempt(tale, 100, 1);
    at(tale, 101, OBSERVE_ANSWERED, 1, FRAME_NEGATIVE);
    assert_int_equal(count(tale, "messages.rejected"), 1);
    assert_int_equal(count(tale, "messages.unanswered"), 0);
    assert_int_equal(count(tale, "messages.lost"), 0);
}

static void a_message_processed_three_times_is_duplicated_twice(void **state)
{
    struct tale *tale = *state;
    attempt(tale, 100, 1);
    confirm(tale, 101, 1);
    for (int i = 0; i < 3; i++)
        consume(tale, 110 + 10 * i, 1);
    assert_int_equal(count(tale, "messages.duplicated"), 2);
    assert_int_equal(count(tale, "messages.consumed"), 1);
}

static void a_redelivery_that_was_never_processed_before_is_no_duplicate(void **state)
{
    struct tale *tale = *state;
    attempt(tale, 100, 1);
    confirm(tale, 101, 1);
    at(tale, 102, OBSERVE_DELIVERED, 1, 0);
    consume(tale, 500, 1);
    assert_int_equal(count(tale, "messages.duplicated"), 0);
}

static void a_message_that_nobody_attempted_is_unexpected(void **state)
{
    struct tale *tale = *state;
    attempt(tale, 100, 1);
    at(tale, 102, OBSERVE_DELIVERED, 2, 0);
    assert_int_equal(count(tale, "messages.unexpected"), 1);
    assert_int_equal(count(tale, "messages.delivered"), 0);
}

static void only_first_deliveries_count_as_reordered(void **state)
{
    struct tale *tale = *state;
    for (uint64_t sequence = 1; sequence <= 3; sequence++)
        attempt(tale, 100, sequence);
    consume(tale, 110, 2);
    consume(tale, 120, 1); /* first time, after 2: reordered */
    consume(tale, 130, 2); /* again: not */
    consume(tale, 140, 3);
    assert_int_equal(count(tale, "messages.reordered"), 1);
}

static void the_identities_hold(void **state)
{
    struct tale *tale = *state;
    for (uint64_t sequence = 1; sequence <= 100; sequence++) {
        attempt(tale, (int64_t)sequence, sequence);
        if (sequence % 3 != 0)
            at(tale, (int64_t)sequence + 1, OBSERVE_ANSWERED, sequence, sequence % 10 == 0 ? FRAME_NEGATIVE : 0);
        if (sequence % 4 != 0)
            consume(tale, (int64_t)sequence + 2, sequence);
    }
    assert_int_equal(count(tale, "messages.acknowledged") + count(tale, "messages.rejected") +
                         count(tale, "messages.unanswered"),
                     count(tale, "messages.attempted"));
    assert_int_equal(count(tale, "messages.delivered"), count(tale, "messages.acknowledged") -
                                                            count(tale, "messages.lost") +
                                                            count(tale, "messages.recovered"));
    assert_int_equal(count(tale, "messages.missing"),
                     count(tale, "messages.attempted") - count(tale, "messages.delivered"));
}

static void latency_counts_from_the_intended_send_time(void **state)
{
    struct tale *tale = *state;
    attempt(tale, 100, 1);
    confirm(tale, 350, 1);
    consume(tale, 400, 1);
    assert_true(fabs(value(tale, "latency.confirm.mean") - 0.250) < 1e-9);
    assert_true(fabs(value(tale, "latency.delivery.mean") - 0.300) < 1e-9);
    assert_true(fabs(value(tale, "latency.completion.mean") - 0.301) < 1e-9);
}

static void a_pause_of_the_producer_hides_no_outage(void **state)
{
    struct tale *tale = *state;
    attempt(tale, 500, 1);
    confirm(tale, 501, 1);
    attempt_late(tale, 4000, 2500, 2);
    attempt_late(tale, 4000, 500, 3);
    for (uint64_t sequence = 2; sequence <= 3; sequence++) {
        confirm(tale, 4100, sequence);
        consume(tale, 4200, sequence);
    }
    assert_true(fabs(value(tale, "latency.confirm.max") - 2.6) < 1e-12);
    assert_int_equal(count(tale, "latency.confirm_during_faults.count"), 2);
    assert_true(fabs(value(tale, "availability.publish.requests") - 2.0 / 3) < 1e-12); /* the deadline is a second */
    assert_true(fabs(value(tale, "availability.delivery.max_outage") - 2) < 1e-12); /* the first second, the second */
    assert_true(fabs(value(tale, "availability.publish.max_outage") - 1) < 1e-12);
}

static void littles_law_holds_for_what_was_attempted_late(void **state)
{
    struct tale *tale = *state;
    attempt_late(tale, 4000, 2500, 1);
    consume(tale, 4200, 1);
    assert_true(value(tale, "system.little_error") == 0);
    assert_true(fabs(value(tale, "system.length_mean") - 0.2701) < 1e-12);
}

static void who_asks_for_no_confirms_is_denied_none(void **state)
{
    struct tale *tale = *state;
    producers[0].confirms = false;
    recorder_free(tale->recorder);
    tale->recorder = recorder_new(&plan, NODES, 3);
    attempt(tale, 500, 1);
    consume(tale, 600, 1);
    producers[0].confirms = true;
    assert_int_equal(count(tale, "messages.recovered"), 1);
    count(tale, "availability.publish.requests");
    assert_int_equal(measures_find(tale->measures, "availability.publish.requests")->kind, MEASURE_NULL);
    assert_int_equal(measures_find(tale->measures, "availability.publish.max_outage")->kind, MEASURE_NULL);
    assert_int_equal(measures_find(tale->measures, "error_rate.publish")->kind, MEASURE_NULL);
    assert_true(value(tale, "availability.delivery.requests") == 1);
}

static void littles_law_holds_to_the_nanosecond(void **state)
{
    struct tale *tale = *state;
    for (uint64_t sequence = 1; sequence <= 50; sequence++)
        attempt(tale, (int64_t)(7 * sequence), sequence);
    for (uint64_t sequence = 50; sequence >= 1; sequence--)
        consume(tale, (int64_t)(1000 - 11 * sequence), sequence);
    assert_true(value(tale, "system.little_error") == 0);
}

static const struct witness *witness(struct tale *tale, const char *path)
{
    count(tale, "messages.attempted");
    return measures_witness(tale->measures, path);
}

static void a_report_can_name_the_first_message_lost_and_the_slowest(void **state)
{
    struct tale *tale = *state;
    for (uint64_t sequence = 1; sequence <= 4; sequence++) {
        attempt(tale, 100 * (int64_t)sequence, sequence);
        confirm(tale, 100 * (int64_t)sequence + (sequence == 3 ? 90 : 10), sequence);
    }
    consume(tale, 450, 1);
    consume(tale, 460, 4);
    assert_int_equal(witness(tale, "messages.lost")->message.sequence, 2);
    assert_int_equal(witness(tale, "messages.lost")->message.producer, PRODUCER);
    assert_int_equal(witness(tale, "messages.lost")->time_ns, 200 * NS_PER_MS);
    assert_int_equal(witness(tale, "latency.confirm.p99")->message.sequence, 3);
    assert_int_equal(witness(tale, "latency.completion.mean")->message.sequence, 1);
    assert_null(witness(tale, "messages.duplicated"));
    assert_null(witness(tale, "throughput.offered"));
}

static void a_report_can_name_when_the_longest_outage_began(void **state)
{
    struct tale *tale = *state;
    for (uint64_t sequence = 1; sequence <= 9; sequence++) {
        attempt(tale, 1000 * (int64_t)sequence, sequence);
        if (sequence != 2 && sequence != 5 && sequence != 6)
            confirm(tale, 1000 * (int64_t)sequence + 1, sequence);
    }
    assert_int_equal(witness(tale, "availability.publish.max_outage")->time_ns, 5 * NS_PER_S);
    assert_int_equal(witness(tale, "availability.publish.max_outage")->message.sequence, 0);
}

static void a_queue_is_measured_with_what_its_consumers_hold(void **state)
{
    struct tale *tale = *state;
    struct observation seen = {.kind = OBSERVE_QUEUE, .queue = 0, .value = 3, .tag = 2};
    struct history_event event = {.time_ns = 5 * NS_PER_S, .kind = HISTORY_OBSERVED, .observation = &seen};
    recorder_sink(tale->recorder, &event);
    assert_true(value(tale, "queues.orders.length_mean") == 1.5); /* half of 10 s */
    assert_true(value(tale, "queues.orders.in_system_mean") == 2.5);
    assert_int_equal(count(tale, "queues.orders.unacked_max"), 2);
}

static void a_group_of_consumers_is_even_when_all_did_as_much(void **state)
{
    struct tale *tale = *state;
    for (uint64_t sequence = 1; sequence <= 3; sequence++) {
        attempt(tale, 100, sequence);
        struct observation seen = {.kind = OBSERVE_COMPLETED,
                                   .actor = (uint16_t)(CONSUMER + (sequence == 3)),
                                   .message = {.producer = PRODUCER, .sequence = sequence}};
        struct history_event event = {.time_ns = NS_PER_S, .kind = HISTORY_OBSERVED, .observation = &seen};
        recorder_sink(tale->recorder, &event);
    }
    assert_true(fabs(value(tale, "consumers.worker.share_max_over_mean") - 4.0 / 3) < 1e-12);
    assert_true(fabs(value(tale, "consumers.worker.jain") - 0.9) < 1e-12); /* 3^2 / (2 (4 + 1)) */
}

int main(void)
{
#define TALE(test) cmocka_unit_test_setup_teardown(test, begin, finish)
    const struct CMUnitTest tests[] = {
        TALE(an_acknowledged_message_that_nobody_received_is_lost),
        TALE(an_acknowledged_message_that_still_waits_in_its_queue_is_kept_not_lost),
        TALE(a_message_that_a_queue_keeps_without_an_acknowledgement_hides_no_loss),
        TALE(a_crash_loses_what_lay_in_memory_or_beyond_the_end_of_the_surviving_log),
        TALE(what_a_boot_recovers_is_held_again_and_what_is_dropped_no_longer),
        TALE(what_left_the_queue_and_was_never_worked_on_to_the_end_is_unprocessed),
        TALE(a_message_without_an_answer_that_was_delivered_is_recovered),
        TALE(a_rejected_message_is_answered_and_not_lost),
        TALE(a_message_processed_three_times_is_duplicated_twice),
        TALE(a_redelivery_that_was_never_processed_before_is_no_duplicate),
        TALE(a_message_that_nobody_attempted_is_unexpected),
        TALE(only_first_deliveries_count_as_reordered),
        TALE(the_identities_hold),
        TALE(latency_counts_from_the_intended_send_time),
        TALE(a_pause_of_the_producer_hides_no_outage),
        TALE(who_asks_for_no_confirms_is_denied_none),
        TALE(littles_law_holds_to_the_nanosecond),
        TALE(littles_law_holds_for_what_was_attempted_late),
        TALE(a_report_can_name_the_first_message_lost_and_the_slowest),
        TALE(a_report_can_name_when_the_longest_outage_began),
        TALE(a_queue_is_measured_with_what_its_consumers_hold),
        TALE(a_group_of_consumers_is_even_when_all_did_as_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
