#include "sim/plan/yaml_tree.h"
#include "tests/sim_plan/loaded.h"

static struct tree_node *tree(const char *text)
{
    struct problems problems;
    problems_init(&problems, "a-test.yaml");
    struct tree_node *root = tree_read(text, strlen(text), (struct place){0, 1, 1}, &problems);
    assert_false(problems_any(&problems));
    problems_clear(&problems);
    return root;
}

static void places_count_lines_and_characters_from_one(void **state)
{
    (void)state;
    struct tree_node *root = tree("a: 1\n\"b\\u00e9\": {c: \xc3\xa9, d: 2}\n");
    const struct tree_node *d = tree_get(tree_get(root, "b\xc3\xa9"), "d");
    assert_int_equal(d->at.line, 2);
    assert_int_equal(d->at.column, 22);
    assert_int_equal(tree_key(root, "a")->at.column, 1);
    tree_free(root);
}

static void every_scalar_stays_the_text_that_was_written(void **state)
{
    (void)state;
    struct tree_node *root = tree("[no, 010, 1:30, 0x1F, 1e3, 2026-01-01, '1', \"1\"]");
    static const char *const texts[] = {"no", "010", "1:30", "0x1F", "1e3", "2026-01-01", "1", "1"};
    for (guint i = 0; i < root->items->len; i++)
        assert_string_equal(((const struct tree_node *)g_ptr_array_index(root->items, i))->text, texts[i]);
    tree_free(root);
}

static void quotes_tell_an_empty_text_from_no_value(void **state)
{
    (void)state;
    struct tree_node *root = tree("{a: , b: '', c: ~, d: \"~\", e: null}");
    assert_true(tree_null(tree_get(root, "a")));
    assert_false(tree_null(tree_get(root, "b")));
    assert_true(tree_null(tree_get(root, "c")));
    assert_false(tree_null(tree_get(root, "d")));
    assert_true(tree_null(tree_get(root, "e")));
    tree_free(root);
}

static void an_alias_is_a_copy_of_its_own(void **state)
{
    (void)state;
    struct tree_node *root = tree("a: &x {v: 1}\nb: *x\n");
    tree_put(tree_get(root, "b"), "v", tree_text("2", (struct place){0}));
    assert_string_equal(tree_get(tree_get(root, "a"), "v")->text, "1");
    assert_string_equal(tree_get(tree_get(root, "b"), "v")->text, "2");
    tree_free(root);
}

static void a_mapping_keeps_the_order_of_its_keys(void **state)
{
    (void)state;
    struct tree_node *root = tree("{z: 1, a: 2, m: 3}");
    tree_put(root, "a", tree_text("9", (struct place){0}));
    tree_put(root, "b", tree_text("4", (struct place){0}));
    static const char *const keys[] = {"z", "a", "m", "b"};
    for (guint i = 0; i < 4; i++)
        assert_string_equal(((const struct tree_node *)g_ptr_array_index(root->items, 2 * i))->text, keys[i]);
    assert_string_equal(tree_get(root, "a")->text, "9");
    tree_free(root);
}

enum { MANY = 1000 };

static void key_put(struct tree_node *map, const char *format, int number)
{
    char *key = g_strdup_printf(format, number), *value = g_strdup_printf("%d", number);
    tree_put(map, key, tree_text(value, (struct place){0}));
    g_free(value);
    g_free(key);
}

static const char *value_of(const struct tree_node *map, const char *key)
{
    const struct tree_node *value = tree_get(map, key);
    return value ? value->text : "none";
}

static void one_of_many_keys_is_found_while_keys_come_and_go(void **state)
{
    (void)state;
    struct tree_node *map = tree_collection(TREE_MAP, (struct place){0});
    for (int i = 0; i < MANY; i++)
        key_put(map, "a-%d", i);
    assert_int_equal(map->items->len, 2 * MANY);
    assert_string_equal(value_of(map, "a-777"), "777");
    assert_string_equal(value_of(map, "a-1000"), "none");
    tree_remove(map, "a-3"); /* and another in its stead, as an overlay is laid */
    g_ptr_array_add(map->items, tree_text("b", (struct place){0}));
    g_ptr_array_add(map->items, tree_text("of b", (struct place){0}));
    for (int i = 0; i < MANY; i++)
        assert_string_equal(value_of(map, "b"), "of b");
    assert_string_equal(value_of(map, "a-777"), "777");
    assert_string_equal(value_of(map, "a-3"), "none");
    for (int i = 0; i < MANY; i++)
        key_put(map, "a-%d", 2 * i);
    assert_string_equal(value_of(map, "a-777"), "777");
    assert_string_equal(value_of(map, "a-1998"), "1998");
    assert_string_equal(value_of(map, "a-3"), "none");
    tree_free(map);
}

static void one_of_many_keys_is_found_however_it_is_spelt_but_best_as_it_is(void **state)
{
    (void)state;
    struct tree_node *map = tree_collection(TREE_MAP, (struct place){0});
    for (int i = 0; i < MANY; i++)
        key_put(map, "a-%d", i);
    key_put(map, "a_%d", 7);
    key_put(map, "a_%d", MANY);
    assert_string_equal(tree_spelled(map, "a_5"), "a-5");
    assert_string_equal(tree_spelled(map, "a_7"), "a_7");
    assert_string_equal(tree_spelled(map, "a-1000"), "a_1000");
    assert_null(tree_spelled(map, "a-1001"));
    assert_string_equal(value_of(map, "a_5"), "none");
    tree_free(map);
}

static void a_mark_of_the_byte_order_may_begin_a_file(void **state)
{
    (void)state;
    struct plan *plan = loaded("\xef\xbb\xbf" SMALLEST);
    assert_int_equal(plan->queue_count, 1);
    plan_free(plan);
    assert_problems("\xef\xbb\xbf" "quues: 1\n" SMALLEST, "1:1: unknown key 'quues', did you mean 'queues'?\n");
}

/* Loads a text of the greatest size there is, made of `unit` repeated; it must end, with at least one problem. */
static void assert_bounded(const char *start, const char *unit)
{
    GString *text = g_string_new(start);
    while (text->len + strlen(unit) < 1 << 20)
        g_string_append(text, unit);
    GPtrArray *problems;
    assert_null(plan_load_bytes("a-test.yaml", text->str, text->len, NULL, &problems));
    assert_in_range(problems->len, 1, 201);
    g_ptr_array_unref(problems);
    g_string_free(text, TRUE);
}

static void hostile_texts_end_within_bounds(void **state)
{
    (void)state;
    static const char *const units[] = {
        "[",  "{",     "{a: ",   "- ",  "? ",     "a: {",         "&a ", "*a ", "\"",    "'",        "x ", "x: ", "#",
        "\n", "---\n", "!!str ", ">\n", "- - - ", "- {at: 1s}\n", ", ",  "a(",  "  \n ", "\xc3\xa9", "%",  "..",  "[]"};
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        assert_bounded("", units[i]);
        assert_bounded("faults: [{at: ", units[i]);
        assert_bounded("expect:\n  lost: ", units[i]);
    }
}

static void more_than_a_mebibyte_is_refused(void **state)
{
    (void)state;
    char *text = g_malloc((1 << 20) + 1);
    memset(text, '#', (1 << 20) + 1);
    GPtrArray *problems;
    assert_null(plan_load_bytes("a-test.yaml", text, (1 << 20) + 1, NULL, &problems));
    char *said = problems_text(problems);
    assert_string_equal(said, "1:1: too large: a scenario has at most 1 MiB\n");
    g_free(said);
    g_ptr_array_unref(problems);
    g_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_count_lines_and_characters_from_one),
        cmocka_unit_test(every_scalar_stays_the_text_that_was_written),
        cmocka_unit_test(quotes_tell_an_empty_text_from_no_value),
        cmocka_unit_test(an_alias_is_a_copy_of_its_own),
        cmocka_unit_test(a_mapping_keeps_the_order_of_its_keys),
        cmocka_unit_test(one_of_many_keys_is_found_while_keys_come_and_go),
        cmocka_unit_test(one_of_many_keys_is_found_however_it_is_spelt_but_best_as_it_is),
        cmocka_unit_test(a_mark_of_the_byte_order_may_begin_a_file),
        cmocka_unit_test(hostile_texts_end_within_bounds),
        cmocka_unit_test(more_than_a_mebibyte_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
