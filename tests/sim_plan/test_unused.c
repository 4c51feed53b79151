/* What is said and has no effect is noted, and nothing else is. */
#include "tests/sim_plan/loaded.h"

#define WEB "producers: {web: {queue: q, rate: 1/s}}\n"

static void assert_notes_with(const char *text, const char *const *sets, const char *expected)
{
    GPtrArray *notes;
    GPtrArray *plans = plan_load_all_bytes("a-test.yaml", text, strlen(text), sets, &notes);
    char *said = problems_text(notes);
    assert_string_equal(said, expected);
    assert_non_null(plans);
    for (guint i = 0; i < notes->len; i++)
        assert_true(((const struct plan_problem *)g_ptr_array_index(notes, i))->is_note);
    g_free(said);
    g_ptr_array_unref(plans);
    g_ptr_array_unref(notes);
}

static void assert_notes(const char *text, const char *expected)
{
    assert_notes_with(text, NULL, expected);
}

static void a_prefetch_bounds_nothing_that_is_acknowledged_by_itself(void **state)
{
    (void)state;
    assert_notes("queues: {q: {}}\n" WEB "consumers: {c: {queue: q, ack: auto, prefetch: 5}}\n",
                 "3:48: 'prefetch' has no effect: with 'ack: auto' a consumer is sent everything at once\n");
    assert_notes("queues: {q: {}}\n" WEB "consumers: {c: {queue: q, prefetch: 5}}\n", "");
}

static void who_asks_for_no_answer_waits_for_none(void **state)
{
    (void)state;
    assert_notes("queues: {q: {}}\n"
                 "producers: {web: {queue: q, rate: 1/s, confirms: false, max-in-flight: 7,\n"
                 "                  retry: {timeout: 1s, attempts: 3, backoff: 1s..2s}}}\n",
                 "2:72: 'max-in-flight' has no effect: with 'confirms: false' nothing is unanswered\n"
                 "3:36: 'retry.timeout' has no effect: with 'confirms: false' nobody waits for an answer\n"
                 "3:50: 'retry.attempts' has no effect: with 'confirms: false' nothing is sent again\n");
}

static void a_queue_that_is_not_durable_syncs_nothing(void **state)
{
    (void)state;
    assert_notes("queues: {q: {durable: false, fsync: {group: 5ms}}}\n" WEB,
                 "1:37: 'fsync' has no effect: with 'durable: false' nothing goes to disk\n");
}

static void queues_on_one_node_are_synced_as_the_strictest_asks(void **state)
{
    (void)state;
    assert_notes("queues: {q: {fsync: never}, other: {}}\n" WEB,
                 "1:21: 'fsync' has no effect: another queue on the same node, whose log they share, asks for more\n");
    assert_notes("cluster: {nodes: 2}\nqueues: {q: {fsync: never}, on n2: {}}\n" WEB, "");
    assert_notes("queues: {q: {fsync: never}, other: {durable: false}}\n" WEB, "");
}

static void nodes_that_have_nothing_to_say_to_one_another_watch_nobody(void **state)
{
    (void)state;
    static const char cluster[] = "cluster: {nodes: 3, detector: {timeout: 1s}, partition-handling: ignore}\n";
    static const char check[] = WEB "check: {suspicions: 1, reconnects: 1}\n";
    g_autofree char *alone = g_strconcat(cluster, "queues: {q: {}}\n", check, NULL);
    g_autofree char *passive = g_strconcat(cluster, "queues: {q: {replication: passive}}\n", check, NULL);
    assert_notes(alone,
                 "1:41: 'detector.timeout' has no effect: nodes speak to one another only for a passive queue\n"
                 "1:66: 'partition-handling' has no effect: nodes speak to one another only for a passive queue\n"
                 "4:21: 'suspicions' has no effect: nodes speak to one another only for a passive queue\n"
                 "4:36: 'reconnects' has no effect: nodes speak to one another only for a passive queue\n");
    assert_notes(passive, "");
}

static void what_some_variant_reads_has_an_effect(void **state)
{
    (void)state;
    static const char text[] = "cluster: {nodes: 3, detector: {timeout: 1s}}\nqueues: {q: {replication: active}}\n" WEB
                               "variants: {passive: {queues: {q: {replication: passive}}}}\n";
    assert_notes(text, "");
}

static void what_only_a_variant_says_must_have_an_effect_there(void **state)
{
    (void)state;
    assert_notes("queues: {q: {}}\n" WEB "consumers: {c: {queue: q, prefetch: 5}}\n"
                 "variants: {auto: {consumers: {c: {ack: auto}}},\n"
                 "           odd: {consumers: {c: {ack: auto, prefetch: 6}}}}\n",
                 "5:55: 'prefetch' has no effect: with 'ack: auto' a consumer is sent everything at once\n");
}

static void a_set_is_noted_where_it_stands(void **state)
{
    (void)state;
    static const char *const sets[] = {"cluster.partition-handling=ignore", NULL};
    assert_notes_with(SMALLEST, sets,
                      "--set:1:28: 'partition-handling' has no effect: nodes speak to one another only for a passive "
                      "queue\n");
}

/* With a problem there may be fewer queues and clients in the plan than in the file. */
static void where_something_is_wrong_nothing_is_noted(void **state)
{
    (void)state;
    GString *text = g_string_new("queues:\n");
    for (int i = 0; i <= QUEUES_MAX; i++)
        g_string_append_printf(text, "  q%d: {fsync: never, durable: false, dispatch: random}\n", i);
    for (int i = 0; i < 2000; i++)
        g_string_append_printf(text, "  r%d: {fsync: {group: 5ms}}\n", i);
    g_string_append(text, "producers: {web: {queue: q0, rate: 1/s}}\n");
    g_autofree char *problem = g_strdup_printf("%d:3: a broker has at most %d queues\n", QUEUES_MAX + 2, QUEUES_MAX);
    assert_problems(text->str, problem);
    g_string_free(text, TRUE);
}

static void a_default_is_no_news(void **state)
{
    (void)state;
    struct plan *plan = loaded(SMALLEST "consumers: {c: {queue: orders, ack: auto}}\ncheck: {messages: 1}\n");
    g_autofree char *explained = plan_explain(plan);
    assert_notes(explained, "");
    plan_free(plan);
}

static void what_says_how_it_is_is_no_news(void **state)
{
    (void)state;
    assert_notes(
        "queues: {q: {durable: false, fsync: never}}\n"
        "producers: {web: {queue: q, rate: 1/s, confirms: false, max-in-flight: unlimited, retry: {timeout: never}}}\n"
        "consumers: {c: {queue: q, ack: auto, prefetch: unlimited}}\n",
        "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_prefetch_bounds_nothing_that_is_acknowledged_by_itself),
        cmocka_unit_test(who_asks_for_no_answer_waits_for_none),
        cmocka_unit_test(a_queue_that_is_not_durable_syncs_nothing),
        cmocka_unit_test(queues_on_one_node_are_synced_as_the_strictest_asks),
        cmocka_unit_test(nodes_that_have_nothing_to_say_to_one_another_watch_nobody),
        cmocka_unit_test(what_some_variant_reads_has_an_effect),
        cmocka_unit_test(what_only_a_variant_says_must_have_an_effect_there),
        cmocka_unit_test(a_set_is_noted_where_it_stands),
        cmocka_unit_test(where_something_is_wrong_nothing_is_noted),
        cmocka_unit_test(a_default_is_no_news),
        cmocka_unit_test(what_says_how_it_is_is_no_news),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
