/* --explain: a scenario that gives an equal plan, for the files of scenarios/ and for scenarios drawn from the
 * table of keys. */
#include "sim/plan/keys.h"
#include "tests/sim_plan/plan_equal.h"

enum { PLANS = 400 };

/* Explains, loads that, and compares; the second explanation must be the first. */
static void assert_explains_itself(const struct plan *plan)
{
    char *text = plan_explain(plan);
    GPtrArray *problems;
    struct plan *again = plan_load_bytes(plan->file, text, strlen(text), NULL, &problems);
    char *said = problems_text(problems);
    if (!again)
        print_error("%s%s", text, said);
    assert_non_null(again);
    assert_plans_equal(plan, again);
    char *text_again = plan_explain(again);
    assert_string_equal(text, text_again);
    g_free(text_again);
    g_free(said);
    g_free(text);
    plan_free(again);
    g_ptr_array_unref(problems);
}

static unsigned folder_explains_itself(const char *folder)
{
    unsigned files = 0;
    GDir *names = g_dir_open(folder, 0, NULL);
    assert_non_null(names);
    for (const char *name = g_dir_read_name(names); name; name = g_dir_read_name(names)) {
        if (!g_str_has_suffix(name, ".yaml"))
            continue;
        char *file = g_build_filename(folder, name, NULL);
        GPtrArray *problems;
        bool io_error;
        GPtrArray *plans = plan_load_all(file, NULL, &problems, &io_error);
        char *said = problems_text(problems);
        assert_string_equal(said, "");
        for (guint i = 0; i < plans->len; i++)
            assert_explains_itself(g_ptr_array_index(plans, i));
        g_ptr_array_unref(plans);
        g_free(said);
        g_ptr_array_unref(problems);
        g_free(file);
        files++;
    }
    g_dir_close(names);
    return files;
}

static void every_example_explains_itself(void **state)
{
    (void)state;
    unsigned files = folder_explains_itself("scenarios") + folder_explains_itself("scenarios/theory") +
                     folder_explains_itself("scenarios/check") + folder_explains_itself("scenarios/start-here");
    assert_true(files >= 9);
}

/* ---- scenarios drawn from the table ---- */

/* Valid until the next call. */
static const char *one_of(GRand *rand, const char *alternatives)
{
    static char chosen[160];
    char **all = g_strsplit(alternatives, "|", -1);
    guint count = g_strv_length(all);
    const char *word = all[(guint)g_rand_int_range(rand, 0, (gint32)count)];
    g_strlcpy(chosen, word[0] == '!' ? all[0] : word, sizeof chosen);
    g_strfreev(all);
    return chosen;
}

static const char *drawn_value(GRand *rand, const struct key *key)
{
    switch (key->shape) {
    case KEY_TEXT:
        return one_of(rand, "plain|\"yes\"|\"a: b # c\"|'1:30'|\"tab\\there \\\"x\\\"\"");
    case KEY_BOOL:
        return one_of(rand, "true|false");
    case KEY_WORD:
        return one_of(rand, key->words);
    case KEY_COUNT:
        return key->zero && g_rand_boolean(rand) ? key->zero : one_of(rand, key->name[0] == 'm' ? "1|2|17" : "1|2|99");
    case KEY_SHARE:
        return one_of(rand, "0.0001%|1%|33.3333%|98.7%");
    case KEY_SIZE:
        return one_of(rand, "1B|1000B|1024B|1.5KiB|3MB");
    case KEY_BANDWIDTH:
        return one_of(rand, "unlimited|1B/s|125MB/s|3GiB/s");
    case KEY_DURATION:
        return key->zero && g_rand_boolean(rand) ? key->zero : one_of(rand, "1ms|1.000001s|90s|2m|1.5h|1d");
    case KEY_RANGE:
        return one_of(rand, "1ns..1h|5ms|10ms..10.5ms");
    default:
        return one_of(rand,
                      "0s|7us|uniform(1ms..3ms)|exponential(2.5ms)|normal(5ms sd 1ms)|lognormal(median 1ms p99 8ms)|"
                      "pareto(1ms shape 1.5)|weibull(1ms shape 0.7)|empirical(service.csv)");
    }
}

static void draw_fields(GRand *rand, GString *out, enum key_place place, unsigned depth)
{
    for (const struct key *key = keys; key->name; key++) {
        bool bound =
            key->shape != KEY_LATER && key->shape != KEY_OWN && key->shape != KEY_NAMED && key->shape != KEY_LIST;
        bool later_word = key->words && key->bytes == 0;
        bool decided_here = g_str_equal(key->name, "duration") || g_str_equal(key->name, "warm-up") ||
                            g_str_equal(key->name, "restarts") || g_str_equal(key->name, "replication") ||
                            g_str_equal(key->name, "cluster") || g_str_equal(key->name, "ticks");
        if (key->place != place || !bound || later_word || decided_here || g_rand_boolean(rand))
            continue;
        g_string_append_printf(out, "%*s%s:", (int)depth, "", key->name);
        if (key->shape != KEY_MAP) {
            g_string_append_printf(out, " %s\n", drawn_value(rand, key));
            continue;
        }
        gsize before = out->len;
        g_string_append_c(out, '\n');
        draw_fields(rand, out, key->inner, depth + 2);
        if (out->len == before + 1)
            g_string_insert(out, (gssize)before, " {}");
    }
}

/* Copies: one_of() keeps one text only. */
static char *drawn(GRand *rand, const char *alternatives)
{
    return g_strdup(one_of(rand, alternatives));
}

static void draw_fault(GRand *rand, GString *out)
{
    static const char times[] = "at: 1s|at: uniform(2s..3s)|every: exponential(9s)|every: 5s, from: 1s, until: 50s";
    static const char targets[] = "n1|all|random|2 random|[n2, n3]|primary of q|2 random backups of q|replicas of q|"
                                  "leader of q|majority of q|consumer c 1";
    static const char ends[] = "n1|n2|random|primary of q|backups of q|producer p 2|consumer c";
    static const char what[] = "crash: %s, kind: power|crash: %s, disk: wipe, restart: 1s|crash: %s, in-flight: drawn|"
                               "pause: %s, for: 2s|disconnect: %s|isolate: %s, for: 1s";
    static const char link[] = "cut: n3 <-> %s|cut: n3 -> %s, for: uniform(1s..2s)|degrade: %s -> all, loss: 2%|"
                               "degrade: %s <-> n3, latency: +empirical(service.csv)|"
                               "degrade: n3 -> %s, latency: uniform(1ms..2ms), loss: 1%, for: 1s";
    static const char groups[] = "stall: consumer c 1, for: 2s|partition: [[n1, consumer c], [n3, n2]], for: 1s|"
                                 "partition: [primary of q, [producer p 1, backups of q, n1]]|"
                                 "partition: [[replicas of q], producer p, [all]], for: 3s";
    unsigned sort = (unsigned)g_rand_int_range(rand, 0, 3);
    char *time = drawn(rand, times), *fault = drawn(rand, sort == 0 ? what : sort == 1 ? link : groups);
    char *whom = drawn(rand, sort == 1 ? ends : strstr(fault, "power") || strstr(fault, "wipe") ? "n1|all" : targets);
    char **parts = g_strsplit(fault, "%s", 2), *said = g_strjoinv(whom, parts);
    g_string_append_printf(out, "  - {%s, %s}\n", time, said);
    g_strfreev(parts);
    g_free(said);
    g_free(whom);
    g_free(fault);
    g_free(time);
}

#define REPLICATIONS                                                                                                   \
    "active|active\n    confirm-after: majority|active\n    replicas: 3\n    confirm-after: one|passive|"              \
    "passive\n    ship: {delay: 5ms}|passive\n    confirm-after: one\n    catch-up: false\n    ship: {every: 1s}"

static char *drawn_scenario(GRand *rand)
{
    GString *out = g_string_new("warm-up: 1s\nduration: 100s\n");
    draw_fields(rand, out, IN_SCENARIO, 0);
    g_string_append(out, "cluster:\n  nodes: 3\n");
    draw_fields(rand, out, IN_CLUSTER, 2);
    g_string_append_printf(out, "queues:\n  q:\n    replication: %s\n", one_of(rand, REPLICATIONS));
    g_string_append(out, "    fsync: ");
    g_string_append_printf(out, "%s\n", one_of(rand, "each|group|never|{group: 3ms}"));
    draw_fields(rand, out, IN_QUEUE, 4);
    g_string_append(out, "  \"on\": {}\nproducers:\n  p:\n    count: 2\n    queue: \"on\"\n    ");
    g_string_append_printf(
        out, "%s\n", one_of(rand, "rate: 0.9/s|rate: 7/m|every: 5ms|every: normal(5ms sd 1ms)|arrivals: arrivals.csv"));
    GString *fields = g_string_new(NULL);
    draw_fields(rand, fields, IN_RETRY, 6);
    g_string_append_printf(out, fields->len > 0 ? "    retry:\n%s" : "%s", fields->str);
    g_string_free(fields, TRUE);
    g_string_append(out, "consumers:\n  c:\n    queue: q\n    connect: n1\n");
    g_string_append_printf(out, "    service: %s\n", drawn_value(rand, key_find(IN_CONSUMER, "service")));
    g_string_append_printf(out, "    prefetch: %s\n", drawn_value(rand, key_find(IN_CONSUMER, "prefetch")));
    g_string_append(out, "faults:\n");
    for (unsigned i = 0; i < 3; i++)
        draw_fault(rand, out);
    g_string_append_printf(out, "expect: {lost: %s, ", one_of(rand, "0|more than 2|1..3|<= 7"));
    g_string_append_printf(out, "completion.p99: {every-run: %s, mean: 2 +- 1%%}, all failover.recovery: < 9s}\n",
                           one_of(rand, "< 5ms|1.5ms..7s|at most 3h"));
    return g_string_free(out, FALSE);
}

static void every_drawn_scenario_explains_itself(void **state)
{
    (void)state;
    GRand *rand = g_rand_new_with_seed(77);
    for (unsigned i = 0; i < PLANS; i++) {
        char *text = drawn_scenario(rand);
        struct plan *plan = loaded(text);
        assert_explains_itself(plan);
        plan_free(plan);
        g_free(text);
    }
    g_rand_free(rand);
}

/* ---- particular lines ---- */

static void assert_explained(const char *scenario, const char *line)
{
    struct plan *plan = loaded(scenario);
    char *text = plan_explain(plan);
    if (!strstr(text, line))
        print_error("%s", text);
    assert_non_null(strstr(text, line));
    g_free(text);
    assert_explains_itself(plan);
    plan_free(plan);
}

static void names_that_yaml_would_retype_are_quoted(void **state)
{
    (void)state;
    static const char *const traps[] = {"on", "Yes",  "NO",  "1:30", "010", "1e3", "2026-01-01",
                                        "~x", "0x1f", "a b", "a: b", ".5",  "a,b"};
    for (size_t i = 0; i < G_N_ELEMENTS(traps); i++) {
        char *scenario =
            g_strdup_printf("queues: {'%s': {}}\nproducers: {web: {queue: '%s', rate: 1/s}}\n", traps[i], traps[i]);
        char *line = g_strdup_printf("    queue: \"%s\"\n", traps[i]);
        assert_explained(scenario, line);
        g_free(line);
        g_free(scenario);
    }
}

static void a_queue_with_an_odd_name_is_quoted_in_selectors(void **state)
{
    (void)state;
    static const char scenario[] =
        "cluster: {nodes: [n1, \"on\", n3]}\n"
        "queues: {'a -> b': {replication: passive}}\nproducers: {web: {queue: 'a -> b', rate: 1/s}}\n"
        "faults:\n"
        "  - {at: 1s, cut: 'primary of \"a -> b\" <-> n1', for: 1s}\n"
        "  - {at: 1s, partition: [['primary of \"a -> b\"'], [n1, \"on\"]], for: 1s}\n"
        "  - {at: 1s, crash: 'random backups of \"a -> b\"'}\n"
        "  - {at: 1s, pause: \"on\"}\n";
    assert_explained(scenario, "    cut: \"primary of \\\"a -> b\\\" <-> n1\"\n");
    assert_explained(scenario, "    partition: [[\"primary of \\\"a -> b\\\"\"], [n1, \"on\"]]\n");
    assert_explained(scenario, "    crash: \"1 random backups of \\\"a -> b\\\"\"\n");
    assert_explained(scenario, "    pause: \"on\"\n");
}

static void a_closed_loop_says_once_how_much_is_in_flight(void **state)
{
    (void)state;
    assert_explained("queues: {orders: {}}\nproducers: {web: {queue: orders, closed-loop: {in-flight: 16}}}\n",
                     "    closed-loop: {in-flight: 16}\n    messages:");
}

static void a_check_is_explained_only_when_it_was_given(void **state)
{
    (void)state;
    struct plan *plan = loaded(SMALLEST);
    char *text = plan_explain(plan);
    assert_null(strstr(text, "check:"));
    g_free(text);
    plan_free(plan);
    assert_explained(SMALLEST "check: {messages: 3, properties: [fifo, durability]}\n",
                     "  properties: [durability, fifo]\n");
}

static void a_description_of_several_lines_survives(void **state)
{
    (void)state;
    assert_explained("description: |\n  one\n  \"two\" \\ three\n" SMALLEST,
                     "description: \"one\\u000A\\\"two\\\" \\\\ three\\u000A\"\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_explains_itself),
        cmocka_unit_test(every_drawn_scenario_explains_itself),
        cmocka_unit_test(names_that_yaml_would_retype_are_quoted),
        cmocka_unit_test(a_queue_with_an_odd_name_is_quoted_in_selectors),
        cmocka_unit_test(a_closed_loop_says_once_how_much_is_in_flight),
        cmocka_unit_test(a_check_is_explained_only_when_it_was_given),
        cmocka_unit_test(a_description_of_several_lines_survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
