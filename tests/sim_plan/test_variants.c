/* variants: one plan each, the scenario itself first; what an overlay changes, what it leaves, what gives way to it. */
#include <glib/gstdio.h>

#include "models/base/units.h"
#include "models/broker/broker.h"
#include "sim/plan/loading.h"
#include "tests/sim_plan/plan_equal.h"

#define SHOP                                                                                                           \
    "name: shop\n"                                                                                                     \
    "cluster: {nodes: 3}\n"                                                                                            \
    "queues:\n"                                                                                                        \
    "  notes: {}\n"                                                                                                    \
    "  orders: {replication: passive, replicas: 2, confirm-after: primary, ship: {every: 100ms}, fsync: group}\n"      \
    "producers: {web: {queue: orders, rate: 200/s, size: 1KiB}}\n"                                                     \
    "consumers: {worker: {queue: orders}}\n"                                                                           \
    "faults: [{name: kill, at: 10s, crash: primary of orders}, {at: 20s, pause: n1, for: 1s}]\n"                       \
    "expect: {lost: more than 0, duplicated: 0}\n"

static GPtrArray *all_of(const char *text, const char *const *sets)
{
    GPtrArray *problems, *plans = plan_load_all_bytes("shop.yaml", text, strlen(text), sets, &problems);
    char *said = problems_text(problems);
    assert_string_equal(said, "");
    g_free(said);
    g_ptr_array_unref(problems);
    return plans;
}

/* The shop with one variant, `v`, of this overlay. */
static GPtrArray *shop_with(const char *overlay, const char *const *sets)
{
    char *text = g_strdup_printf(SHOP "variants:\n  v: %s\n", overlay);
    GPtrArray *plans = all_of(text, sets);
    assert_int_equal(plans->len, 2);
    g_free(text);
    return plans;
}

static const struct plan *variant_of(const GPtrArray *plans)
{
    return g_ptr_array_index(plans, 1);
}

static const struct plan_queue *orders_of(const GPtrArray *plans)
{
    return &variant_of(plans)->queues[1];
}

static void the_scenario_comes_first_and_then_its_variants_in_order(void **state)
{
    (void)state;
    static const char *const names[] = {NULL, "sync", "async", "active"};
    GPtrArray *plans = all_of(SHOP "variants: {sync: {seed: 7}, async: {}, active: {}}\n", NULL);
    assert_int_equal(plans->len, 4);
    for (guint i = 0; i < plans->len; i++) {
        const struct plan *plan = g_ptr_array_index(plans, i);
        if (names[i])
            assert_string_equal(plan->variant, names[i]);
        else
            assert_null(plan->variant);
        assert_int_equal(plan->seed, i == 1 ? 7 : 1);
    }
    assert_string_equal(((const struct plan *)g_ptr_array_index(plans, 0))->name, "shop");
    assert_string_equal(((const struct plan *)g_ptr_array_index(plans, 2))->name, "shop (async)");
    g_ptr_array_unref(plans);
}

static void mappings_merge_and_everything_else_stays(void **state)
{
    (void)state;
    GPtrArray *plans = shop_with("{queues: {orders: {confirm-after: all}}, producers: {web: {size: 2KiB}}}", NULL);
    const struct plan *plan = variant_of(plans), *scenario = g_ptr_array_index(plans, 0);
    assert_int_equal(plan->queues[1].confirm_after, CONFIRM_AFTER_ALL);
    assert_int_equal(plan->queues[1].ship_every_ns, 100 * NS_PER_MS);
    assert_int_equal(plan->queues[1].fsync, FSYNC_GROUP);
    assert_int_equal(plan->producers[0].size_bytes, 2048);
    assert_int_equal(plan->producers[0].interval.a, 5 * NS_PER_MS);
    assert_int_equal(plan->fault_count, 2);
    assert_int_equal(scenario->queues[1].confirm_after, CONFIRM_AFTER_PRIMARY);
    assert_int_equal(scenario->producers[0].size_bytes, 1024);
    g_ptr_array_unref(plans);
}

static void an_empty_overlay_is_the_scenario(void **state)
{
    (void)state;
    GPtrArray *plans = shop_with("{name: other}", NULL);
    struct plan *plan = g_ptr_array_index(plans, 1);
    assert_string_equal(plan->name, "other (v)");
    g_free(plan->name);
    plan->name = g_strdup("shop");
    assert_plans_equal(plan, g_ptr_array_index(plans, 0));
    g_ptr_array_unref(plans);
}

static void lists_are_replaced(void **state)
{
    (void)state;
    GPtrArray *plans = shop_with("{faults: [{at: 5s, disconnect: n2}]}", NULL);
    assert_int_equal(variant_of(plans)->fault_count, 1);
    assert_int_equal(variant_of(plans)->faults[0].kind, FAULT_DISCONNECT);
    g_ptr_array_unref(plans);
    plans = shop_with("{faults: []}", NULL);
    assert_int_equal(variant_of(plans)->fault_count, 0);
    g_ptr_array_unref(plans);
}

static void expectations_are_replaced_as_a_whole(void **state)
{
    (void)state;
    GPtrArray *plans = shop_with("{expect: {lost: 0}}", NULL);
    assert_int_equal(variant_of(plans)->expectation_count, 1);
    assert_string_equal(variant_of(plans)->expectations[0].text, "lost = 0");
    assert_int_equal(((const struct plan *)g_ptr_array_index(plans, 0))->expectation_count, 2);
    g_ptr_array_unref(plans);
}

static void queues_keep_their_order_and_new_ones_follow(void **state)
{
    (void)state;
    GPtrArray *plans = shop_with("{queues: {more: {}, notes: {durable: false}}}", NULL);
    assert_int_equal(variant_of(plans)->queue_count, 3);
    assert_string_equal(variant_of(plans)->queues[0].name, "notes");
    assert_false(variant_of(plans)->queues[0].durable);
    assert_string_equal(variant_of(plans)->queues[2].name, "more");
    g_ptr_array_unref(plans);
}

static void a_new_replication_resets_what_belongs_to_it(void **state)
{
    (void)state;
    GPtrArray *plans = shop_with("{queues: {orders: {replication: active}}}", NULL);
    assert_int_equal(orders_of(plans)->replication, REPLICATION_ACTIVE);
    assert_int_equal(orders_of(plans)->acks_needed, 0);
    assert_int_equal(orders_of(plans)->ship_every_ns, 0);
    assert_int_equal(orders_of(plans)->replicas, 6);
    assert_int_equal(orders_of(plans)->fsync, FSYNC_GROUP);
    g_ptr_array_unref(plans);
    plans = shop_with("{queues: {orders: {confirm-after: majority, replication: active}}}", NULL);
    assert_int_equal(orders_of(plans)->acks_needed, 2);
    g_ptr_array_unref(plans);
    plans = shop_with("{queues: {orders: {replication: none}}}", NULL);
    assert_int_equal(orders_of(plans)->replicas, 2);
    g_ptr_array_unref(plans);
}

static void the_same_replication_again_resets_nothing(void **state)
{
    (void)state;
    GPtrArray *plans = shop_with("{queues: {orders: {replication: passive}}}", NULL);
    assert_int_equal(orders_of(plans)->confirm_after, CONFIRM_AFTER_PRIMARY);
    assert_int_equal(orders_of(plans)->ship_every_ns, 100 * NS_PER_MS);
    g_ptr_array_unref(plans);
}

static void other_arrivals_replace_those_of_the_file(void **state)
{
    (void)state;
    GPtrArray *plans = shop_with("{producers: {web: {every: 3ms}}, queues: {orders: {ship: {delay: 2ms}}}}", NULL);
    assert_int_equal(variant_of(plans)->producers[0].arrivals, ARRIVALS_PERIODIC);
    assert_int_equal(orders_of(plans)->ship_every_ns, 0);
    assert_int_equal(orders_of(plans)->ship_delay_ns, 2 * NS_PER_MS);
    g_ptr_array_unref(plans);
}

static void a_word_gives_way_to_a_mapping_and_back(void **state)
{
    (void)state;
    GPtrArray *plans = shop_with("{queues: {orders: {fsync: {group: 5ms}}}}", NULL);
    assert_int_equal(orders_of(plans)->fsync_interval_ns, 5 * NS_PER_MS);
    g_ptr_array_unref(plans);
}

static struct tree_node *tree_of(const char *text)
{
    struct problems problems;
    problems_init(&problems, "");
    struct tree_node *root = tree_read(text, strlen(text), (struct place){0, 1, 1}, &problems);
    problems_clear(&problems);
    assert_non_null(root);
    return root;
}

static void a_new_kind_resets_its_siblings(void **state)
{
    (void)state;
    static const struct {
        const char *overlay;
        bool kept;
    } cases[] = {
        {"kind: phi", false}, {"kind: heartbeat", true}, {"timeout: 2s", true}, {"kind: phi, timeout: 2s", false}};
    struct tree_node *base = tree_of("cluster: {detector: {timeout: 9s, window: 5}}");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *text = g_strdup_printf("cluster: {detector: {%s}}", cases[i].overlay);
        struct tree_node *overlay = tree_of(text), *merged = overlay_laid(base, overlay);
        const struct tree_node *detector = tree_get(tree_get(merged, "cluster"), "detector");
        assert_int_equal(tree_get(detector, "window") != NULL, cases[i].kept);
        tree_free(merged);
        tree_free(overlay);
        g_free(text);
    }
    tree_free(base);
}

/* ---- with --set ---- */

static void a_set_reaches_every_variant(void **state)
{
    (void)state;
    static const char *const sets[] = {"duration=90s", "producers.web.rate=10/s", NULL};
    GPtrArray *plans = shop_with("{queues: {orders: {confirm-after: all}}}", sets);
    assert_int_equal(variant_of(plans)->duration_ns, 90 * NS_PER_S);
    assert_int_equal(variant_of(plans)->producers[0].interval.a, 100 * NS_PER_MS);
    assert_int_equal(orders_of(plans)->confirm_after, CONFIRM_AFTER_ALL);
    g_ptr_array_unref(plans);
}

static void a_set_wins_over_what_an_overlay_says_too(void **state)
{
    (void)state;
    static const char *const sets[] = {"queues.orders.confirm-after=one", "expect.lost=< 5", "faults.kill.at=9s", NULL};
    GPtrArray *plans = shop_with("{queues: {orders: {confirm-after: all}}, expect: {duplicated: 0}, "
                                 "faults: [{at: 1s, pause: n1}, {name: kill, at: 30s, crash: n2}]}",
                                 sets);
    assert_int_equal(orders_of(plans)->confirm_after, CONFIRM_AFTER_ONE);
    assert_int_equal(variant_of(plans)->expectation_count, 2);
    assert_int_equal(variant_of(plans)->faults[1].at.a, 9 * NS_PER_S);
    g_ptr_array_unref(plans);
}

static void a_set_of_what_a_variant_resets_stays_reset(void **state)
{
    (void)state;
    const char *sets[] = {"queues.orders.ship.every=1s", "queues.orders.confirm-after=all", NULL};
    GPtrArray *plans = shop_with("{queues: {orders: {replication: active}}}", sets);
    assert_int_equal(((const struct plan *)g_ptr_array_index(plans, 0))->queues[1].ship_every_ns, NS_PER_S);
    assert_int_equal(orders_of(plans)->ship_every_ns, 0);
    g_ptr_array_unref(plans);
    sets[1] = "queues.orders.confirm-after=primary"; /* an error, were it laid over `active` */
    g_ptr_array_unref(shop_with("{queues: {orders: {replication: active}}}", sets));
}

static void a_set_may_name_a_variant(void **state)
{
    (void)state;
    static const char *const sets[] = {"variants.v.queues.orders.confirm-after=one", NULL};
    GPtrArray *plans = shop_with("{queues: {orders: {confirm-after: all}}}", sets);
    assert_int_equal(orders_of(plans)->confirm_after, CONFIRM_AFTER_ONE);
    assert_int_equal(((const struct plan *)g_ptr_array_index(plans, 0))->queues[1].confirm_after,
                     CONFIRM_AFTER_PRIMARY);
    g_ptr_array_unref(plans);
}

/* ---- one of them ---- */

/* Of a file with the variants sync and async. */
static struct plan *one_of_file(const char *variant, char **ret_problems)
{
    GPtrArray *problems;
    bool io_error;
    char *folder = g_dir_make_tmp(NULL, NULL), *path = g_build_filename(folder, "shop.yaml", NULL);
    assert_true(g_file_set_contents(path, SHOP "variants: {sync: {}, async: {}}\n", -1, NULL));
    struct plan *plan = plan_load_variant(path, variant, NULL, &problems, &io_error);
    assert_false(io_error);
    *ret_problems = problems_text(problems);
    g_ptr_array_unref(problems);
    assert_int_equal(g_remove(path) + g_rmdir(folder), 0);
    g_free(folder);
    g_free(path);
    return plan;
}

static void a_variant_is_picked_by_its_name(void **state)
{
    (void)state;
    char *problems;
    struct plan *plan = one_of_file("async", &problems);
    assert_string_equal(plan->variant, "async");
    plan_free(plan);
    g_free(problems);
    plan = one_of_file(NULL, &problems);
    assert_null(plan->variant);
    plan_free(plan);
    g_free(problems);
}

static void base_picks_the_scenario_itself(void **state)
{
    (void)state;
    char *problems;
    struct plan *plan = one_of_file("base", &problems);
    assert_non_null(plan);
    assert_null(plan->variant);
    plan_free(plan);
    g_free(problems);
}

static void a_variant_that_is_not_there_is_a_problem(void **state)
{
    (void)state;
    char *problems;
    assert_null(one_of_file("asnyc", &problems));
    assert_string_equal(problems, "0:0: there is no variant 'asnyc', did you mean 'async'?\n");
    g_free(problems);
    assert_null(one_of_file("quorum", &problems));
    assert_string_equal(problems, "0:0: there is no variant 'quorum': there are sync, async\n");
    g_free(problems);
}

static void a_variant_explains_itself_as_a_scenario(void **state)
{
    (void)state;
    GPtrArray *plans = shop_with("{queues: {orders: {replication: active}}, expect: {lost: 0}}", NULL);
    char *text = plan_explain(variant_of(plans));
    assert_null(strstr(text, "variants"));
    struct plan *again = loaded(text);
    assert_plans_equal(variant_of(plans), again);
    plan_free(again);
    g_free(text);
    g_ptr_array_unref(plans);
}

static void many_variants_of_a_large_scenario_are_refused(void **state)
{
    (void)state;
    GString *text = g_string_new(SMALLEST "variants:\n");
    for (unsigned i = 1; i <= 30; i++)
        g_string_append_printf(text, "  v%u: {}\n", i);
    g_string_append(text, "faults:\n");
    for (unsigned i = 0; i < 2000; i++)
        g_string_append(text, "  - {at: 1s, pause: n1, for: 1s}\n");
    assert_problems(text->str, "4:3: too many variants of so large a scenario\n");
    g_string_free(text, TRUE);
}

/* The example with which the language is explained, and its variants. */
static void the_example_of_the_language_loads_and_explains_itself(void **state)
{
    (void)state;
    GPtrArray *plans =
        all_of("name: primary crash with asynchronous backups\n"
               "duration: 60s\n"
               "cluster: {nodes: 3}\n"
               "queues: {orders: {replication: passive, confirm-after: primary, ship: {every: 100ms}}}   # in batches\n"
               "producers: {web: {queue: orders, rate: 200/s}}\n"
               "consumers: {worker: {queue: orders, count: 2, prefetch: 10}}\n"
               "faults:\n"
               "  - {at: 9s, stall: consumer worker, for: 3s}           # a backlog\n"
               "  - {name: kill, at: 10s, crash: primary of orders, restart: 15s}\n"
               "expect: {lost: more than 0}                             # and the run shows it\n"
               "variants:\n"
               "  active: {queues: {orders: {replication: active, confirm-after: all}}, expect: {lost: 0}}\n"
               "  async:  {queues: {orders: {replication: passive, confirm-after: primary}}}\n"
               "  semi:   {queues: {orders: {replication: passive, confirm-after: one}}}\n"
               "  sync:   {queues: {orders: {replication: passive, confirm-after: all}}, expect: {lost: 0}}\n",
               NULL);
    static const uint8_t after[] = {CONFIRM_AFTER_PRIMARY, 0, CONFIRM_AFTER_PRIMARY, CONFIRM_AFTER_ONE,
                                    CONFIRM_AFTER_ALL};
    assert_int_equal(plans->len, 5);
    for (guint i = 0; i < plans->len; i++) {
        const struct plan *plan = g_ptr_array_index(plans, i);
        bool active = i == 1;
        assert_int_equal(plan->queues[0].replication, active ? REPLICATION_ACTIVE : REPLICATION_PASSIVE);
        assert_int_equal(plan->queues[0].confirm_after, after[i]);
        assert_int_equal(plan->queues[0].ship_every_ns, active ? 0 : 100 * NS_PER_MS);
        assert_int_equal(plan->faults[1].target.kind, SELECT_PRIMARY);
        char *text = plan_explain(plan);
        struct plan *again = loaded(text);
        assert_plans_equal(plan, again);
        plan_free(again);
        g_free(text);
    }
    g_ptr_array_unref(plans);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_scenario_comes_first_and_then_its_variants_in_order),
        cmocka_unit_test(mappings_merge_and_everything_else_stays),
        cmocka_unit_test(an_empty_overlay_is_the_scenario),
        cmocka_unit_test(lists_are_replaced),
        cmocka_unit_test(expectations_are_replaced_as_a_whole),
        cmocka_unit_test(queues_keep_their_order_and_new_ones_follow),
        cmocka_unit_test(a_new_replication_resets_what_belongs_to_it),
        cmocka_unit_test(the_same_replication_again_resets_nothing),
        cmocka_unit_test(other_arrivals_replace_those_of_the_file),
        cmocka_unit_test(a_word_gives_way_to_a_mapping_and_back),
        cmocka_unit_test(a_new_kind_resets_its_siblings),
        cmocka_unit_test(a_set_reaches_every_variant),
        cmocka_unit_test(a_set_wins_over_what_an_overlay_says_too),
        cmocka_unit_test(a_set_of_what_a_variant_resets_stays_reset),
        cmocka_unit_test(a_set_may_name_a_variant),
        cmocka_unit_test(a_variant_is_picked_by_its_name),
        cmocka_unit_test(base_picks_the_scenario_itself),
        cmocka_unit_test(a_variant_that_is_not_there_is_a_problem),
        cmocka_unit_test(a_variant_explains_itself_as_a_scenario),
        cmocka_unit_test(many_variants_of_a_large_scenario_are_refused),
        cmocka_unit_test(the_example_of_the_language_loads_and_explains_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
