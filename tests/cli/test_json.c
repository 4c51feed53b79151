/* result.json: valid, whole, and what COMMANDS says of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "sim/cli/experiment.h"
#include "sim/plan/load.h"
#include "tests/cli/json_text.h"

static const char ten_messages[] = "name: \"ten \\\"messages\\\" \\\\ \\u0001 \\u00fc\"\n"
                                   "duration: 1s\n"
                                   "queues: {orders.eu: {}}\n"
                                   "producers: {p: {queue: orders.eu, every: 100ms, messages: 10}}\n"
                                   "consumers: {c: {queue: orders.eu}}\n";

/* The result of a scenario on one seed, read. */
struct told {
    struct plan *plan;
    struct experiment *experiment;
    char *text;
    GHashTable *json;
};

static void tell(struct told *told, const char *more, guint64 runs)
{
    g_autoptr(GPtrArray) problems = NULL;
    g_autofree char *scenario = g_strconcat(ten_messages, more, NULL);
    told->plan = plan_load_bytes("ten.yaml", scenario, strlen(scenario), NULL, &problems);
    assert_non_null(told->plan);
    told->experiment = experiment_run(told->plan, 1, runs, 1, TRUE);
    told->text = report_json(told->experiment, experiment_telling_run(told->experiment), TRUE);
    told->json = json_read(told->text);
    if (told->json == NULL)
        print_error("%s\n", told->text);
    assert_non_null(told->json);
}

static void forget(struct told *told)
{
    g_hash_table_unref(told->json);
    g_free(told->text);
    experiment_free(told->experiment);
    plan_free(told->plan);
}

static const char *at(const struct told *told, const char *path)
{
    const char *value = g_hash_table_lookup(told->json, path);
    if (value == NULL)
        print_error("there is no %s\n", path);
    assert_non_null(value);
    return value;
}

static uint64_t count(const struct told *told, const char *path)
{
    return g_ascii_strtoull(at(told, path), NULL, 10);
}

static void the_reader_refuses_what_is_no_json(void **state)
{
    (void)state;
    static const char *const bad[] = {"",      "{",       "{}}",          "{\"a\": 1,}", "{\"a\": nan}", "{\"a\": 01}",
                                      "[1 2]", "{a: 1}",  "{\"a\" 1}",    "\"\n\"",      "\"\\x\"",      "[1,]",
                                      "tru",   "{\"a\"}", "{\"a\": +1}", "{\"a\": 1, \"a\": 2}", "{\"a\": .5}"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        assert_null(json_read(bad[i]));
    GHashTable *good = json_read(" {\"a\": {\"b\": [-1.5e3, {\"c\": null}]}, \"d\": \"x\\u00e9\\\"\"}\n");
    assert_non_null(good);
    assert_string_equal(g_hash_table_lookup(good, "d"), "\"x\\u00e9\\\"\"");
    assert_non_null(g_hash_table_lookup(good, "a.b"));
    g_hash_table_unref(good);
}

static void a_result_has_every_part_that_is_promised(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "schema", "crashq", "scenario", "seed", "fingerprint", "verdict", "expectations", "properties",
        "time.simulated", "time.load", "time.events", "messages.attempted", "messages.lost", "error_rate.publish",
        "availability.publish.requests", "availability.publish.windowed.1s", "availability.publish.outages",
        "availability.delivery.max_outage", "latency.confirm.count", "latency.completion.p9999",
        "latency.confirm_during_faults.mean", "throughput.consumed", "consumers.c.jain", "cost.fsyncs",
        "cost.frames_per_message", "time.wall", "time.events_per_second", "queues.orders.eu.in_system_mean"};
    struct told told;
    tell(&told, "expect: {lost: 0}\n", 1);
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++)
        at(&told, paths[i]);
    assert_string_equal(at(&told, "verdict"), "\"held\"");
    assert_string_equal(at(&told, "scenario"), "\"ten \\\"messages\\\" \\\\ \\u0001 \303\274\"");
    assert_string_equal(at(&told, "latency.confirm_during_faults.mean"), "null");
    assert_string_equal(at(&told, "availability.publish.windowed.1h"), "null");
    forget(&told);
}

static void the_identities_between_counts_hold_in_every_result(void **state)
{
    (void)state;
    static const char *const faults[] = {"", "faults: [{at: 350ms, crash: n1, restart: 100ms}]\n",
                                         "faults: [{at: 350ms, crash: n1, kind: power, restart: 2s}]\n",
                                         "faults: [{at: 500ms, crash: n1}]\ndrain: {heal: none}\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
        struct told told;
        tell(&told, faults[i], 1);
        assert_int_equal(count(&told, "messages.attempted"), 10);
        assert_int_equal(count(&told, "messages.acknowledged") + count(&told, "messages.rejected") +
                             count(&told, "messages.unanswered"),
                         10);
        assert_int_equal(count(&told, "messages.delivered") + count(&told, "messages.lost") +
                             count(&told, "messages.kept"),
                         count(&told, "messages.acknowledged") + count(&told, "messages.recovered"));
        assert_int_equal(count(&told, "messages.missing"), 10 - count(&told, "messages.delivered"));
        forget(&told);
    }
}

static void a_broken_expectation_names_seed_time_and_message(void **state)
{
    (void)state;
    struct told told;
    tell(&told, "expect: {confirm.max: < 1us}\n", 2);
    assert_string_equal(at(&told, "verdict"), "\"violated\"");
    const char *said = at(&told, "expectations");
    assert_non_null(strstr(said, "\"text\": \"confirm.max < 1us\""));
    assert_non_null(strstr(said, "\"held\": false"));
    assert_non_null(strstr(said, "\"seed\": 1"));
    assert_non_null(strstr(said, "\"p.1/"));
    assert_null(strstr(said, "\"at\": null"));
    forget(&told);
}

static void the_wall_clock_stays_out_of_files(void **state)
{
    (void)state;
    struct told told;
    tell(&told, "", 1);
    g_autofree char *text = report_json(told.experiment, told.experiment->results->pdata[0], FALSE);
    assert_null(strstr(text, "wall"));
    assert_null(strstr(text, "per_second"));
    GHashTable *json = json_read(text);
    assert_non_null(json);
    g_hash_table_unref(json);
    forget(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reader_refuses_what_is_no_json),
        cmocka_unit_test(a_result_has_every_part_that_is_promised),
        cmocka_unit_test(the_identities_between_counts_hold_in_every_result),
        cmocka_unit_test(a_broken_expectation_names_seed_time_and_message),
        cmocka_unit_test(the_wall_clock_stays_out_of_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
