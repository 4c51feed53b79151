/* What holds in every run, whatever the scenario: hundreds of drawn ones, of one to five nodes, up to three queues
 * replicated in any way, clients and faults of every kind. No run ends in an internal error or at a bound, none
 * breaks what its configuration promises, and the counts of its messages add up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after those four */
#include <cmocka.h>
#include <string.h>

#include "analysis/measures.h"
#include "models/base/units.h"
#include "sim/plan/load.h"
#include "sim/timed/timed.h"

#define SCENARIOS 400

/* ---- drawing ---- */

struct drawing {
    GRand *rand;
    GString *text;
    bool cluster;  /* more than one node */
    bool answered; /* every producer asks for confirms */
};

static bool perhaps(struct drawing *drawing, double share)
{
    return g_rand_double(drawing->rand) < share;
}

/* Writes one of the alternatives, which '|' separates. */
static void put_one(struct drawing *drawing, const char *alternatives)
{
    g_auto(GStrv) all = g_strsplit(alternatives, "|", -1);
    g_string_append(drawing->text, all[g_rand_int_range(drawing->rand, 0, (gint32)g_strv_length(all))]);
}

static void put_one_perhaps(struct drawing *drawing, double share, const char *alternatives)
{
    if (perhaps(drawing, share))
        put_one(drawing, alternatives);
}

static void draw_cluster(struct drawing *drawing)
{
    put_one(drawing, "duration: 8s\nwarm-up: 1s\n|duration: 8s\n");
    g_string_append(drawing->text, "drain: {for: 60s}\nmeasures: {deadline: 500ms, window: 100ms}\ncluster: ");
    drawing->cluster = perhaps(drawing, 0.7);
    put_one(drawing, drawing->cluster ? "{nodes: 2|{nodes: 3|{nodes: 3|{nodes: 5" : "{nodes: 1");
    put_one(drawing, ", detector: {timeout: 100ms}|, detector: {timeout: 1s}|");
    put_one(drawing, ", client-detector: {timeout: 500ms}|, client-detector: {timeout: never}|");
    put_one(drawing, ", disk: {fsync: exponential(5ms)}}\n|}\n");
    put_one(drawing, "network: {latency: uniform(1ms..5ms)}\n|network: {latency: exponential(2ms), loss: 0.1%}\n|");
}

static void draw_queue(struct drawing *drawing)
{
    put_one(drawing, "{fsync: each|{fsync: never|{fsync: {group: 2ms}|{durable: false");
    if (drawing->cluster && perhaps(drawing, 0.8)) {
        put_one(drawing, ", replication: passive, confirm-after: primary|, replication: passive, confirm-after: one|"
                         ", replication: passive|, replication: active, confirm-after: one|"
                         ", replication: active, confirm-after: majority|, replication: active");
        put_one_perhaps(drawing, 0.3, ", catch-up: true|, catch-up: false");
        put_one_perhaps(drawing, 0.3, ", replicas: 2");
    }
    put_one_perhaps(drawing, 0.3, ", dispatch: random");
    g_string_append(drawing->text, "}\n");
}

static void draw_producer(struct drawing *drawing)
{
    put_one(drawing, ", rate: 100/s|, every: 7ms|, rate: 300/s, count: 2|, closed-loop: {in-flight: 5}, messages: 500");
    if (perhaps(drawing, 0.4)) {
        put_one(drawing, ", retry: {timeout: 300ms}|, retry: {timeout: never}|, retry: {timeout: 2s, attempts: 3}");
    } else if (!g_str_has_suffix(drawing->text->str, "messages: 500") && perhaps(drawing, 0.2)) {
        g_string_append(drawing->text, ", confirms: false");
        drawing->answered = false;
    }
    put_one_perhaps(drawing, 0.2, ", persistent: false|, deadline: 1s");
    g_string_append(drawing->text, "}\n");
}

static void draw_consumer(struct drawing *drawing)
{
    put_one(drawing, ", service: 0s|, service: 1ms|, service: exponential(3ms)");
    if (perhaps(drawing, 0.2)) {
        g_string_append(drawing->text, ", ack: auto");
    } else {
        put_one(drawing, ", prefetch: 1|, prefetch: 10|, prefetch: unlimited");
        put_one_perhaps(drawing, 0.2,
                        ", reject: {probability: 5%, requeue: true}|, reject: {probability: 5%, requeue: false}");
    }
    put_one_perhaps(drawing, 0.4, ", dedupe: {}");
    put_one_perhaps(drawing, 0.4, ", count: 3");
    g_string_append(drawing->text, "}\n");
}

/* '@' stands for a node that is drawn when it strikes, or a named one. */
static void draw_fault(struct drawing *drawing)
{
    put_one(drawing, "  - {at: uniform(1s..6s), |  - {every: exponential(3s), ");
    GString *fault = drawing->text;
    gsize begins = fault->len;
    put_one(drawing,
            "crash: @, restart: |crash: @, kind: power, restart: |crash: @, disk: wipe, restart: |pause: @, for: |"
            "isolate: @, for: |stall: consumer c0, for: |crash: consumer c0, restart: |"
            "cut: n1 -> producer p0, for: |isolate: consumer c0, for: |"
            "degrade: n1 <-> producer p0, latency: +20ms, for: |pause: producer p0, for: ");
    put_one(drawing, "200ms|1s|uniform(50ms..2s)");
    if (perhaps(drawing, 0.2)) {
        g_string_truncate(fault, begins);
        put_one(drawing, "disconnect: @|disconnect: producer p0|disconnect: consumer c0");
    }
    g_string_replace(fault, "@,", perhaps(drawing, 0.5) ? "random," : "n1,", 0);
    g_string_append(fault, "}\n");
    g_string_replace(fault, "disconnect: @", "disconnect: n1", 0);
}

static void draw_scenario(struct drawing *drawing)
{
    int queues = g_rand_int_range(drawing->rand, 1, 4), faults = g_rand_int_range(drawing->rand, 1, 5);
    draw_cluster(drawing);
    drawing->answered = true;
    g_string_append(drawing->text, "queues:\n");
    for (int i = 0; i < queues; i++) {
        g_string_append_printf(drawing->text, "  q%d: ", i);
        draw_queue(drawing);
    }
    g_string_append(drawing->text, "producers:\n");
    for (int i = 0; i < queues; i++) {
        g_string_append_printf(drawing->text, "  p%d: {queue: q%d", i, i);
        draw_producer(drawing);
    }
    g_string_append(drawing->text, "consumers:\n");
    for (int i = 0; i < queues; i++) {
        g_string_append_printf(drawing->text, "  c%d: {queue: q%d", i, i);
        draw_consumer(drawing);
    }
    g_string_append(drawing->text, "faults:\n");
    for (int i = 0; i < faults; i++)
        draw_fault(drawing);
}

/* ---- running ---- */

static uint64_t counted(const struct measures *measures, const char *what)
{
    g_autofree char *path = g_strconcat("messages.", what, NULL);
    const struct measure *measure = measures_find(measures, path);
    assert_non_null(measure);
    return measure->count;
}

static void assert_adds_up(const struct measures *measures, bool answered)
{
    uint64_t attempted = counted(measures, "attempted"), delivered = counted(measures, "delivered");
    uint64_t answers = counted(measures, "acknowledged") + counted(measures, "rejected");
    assert_true(attempted > 0);
    if (answered)
        assert_int_equal(attempted, answers + counted(measures, "unanswered"));
    assert_int_equal(attempted, delivered + counted(measures, "missing"));
    assert_true(counted(measures, "lost") <= counted(measures, "missing"));
    assert_true(counted(measures, "consumed") <= delivered);
    assert_int_equal(counted(measures, "unexpected"), 0);
}

static void assert_run_is_right(const struct world_shape *shape, uint64_t seed, bool answered)
{
    struct recorder *recorder = recorder_new(shape->plan, shape->node_count, shape->client_count);
    struct timed *timed =
        timed_new(shape, &(struct timed_options){.seed = seed, .sink = recorder_sink, .sink_context = recorder});
    assert_int_equal(timed_run(timed, NS_NEVER, 0), TIMED_DONE);
    for (uint32_t property = 0; property < PROPERTY_COUNT; property++)
        if ((shape->oracle.promised >> property & 1) != 0 && timed_totals(timed)->breaches[property] != 0)
            fail_msg("%s is promised, and broken", property_name((enum property)property));
    struct measures *measures = recorder_measures(recorder, timed_totals(timed));
    assert_adds_up(measures, answered);
    measures_free(measures);
    timed_free(timed);
    recorder_free(recorder);
}

static void whatever_is_drawn_keeps_its_promises_and_adds_up(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < SCENARIOS; i++) {
        struct drawing drawing = {.rand = g_rand_new_with_seed(i), .text = g_string_new(NULL)};
        draw_scenario(&drawing);
        GPtrArray *problems;
        struct plan *plan = plan_load_bytes("drawn.yaml", drawing.text->str, drawing.text->len, NULL, &problems);
        if (!plan)
            print_error("%s\n%s", drawing.text->str, ((struct plan_problem *)problems->pdata[0])->message);
        assert_non_null(plan);
        print_message("scenario %u\n%s", i, drawing.text->str); /* seen when it fails */
        struct world_shape *shape = shape_new(plan, SHAPE_RUN);
        assert_run_is_right(shape, i, drawing.answered);
        shape_free(shape);
        plan_free(plan);
        g_ptr_array_unref(problems);
        g_string_free(drawing.text, TRUE);
        g_rand_free(drawing.rand);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_drawn_keeps_its_promises_and_adds_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
