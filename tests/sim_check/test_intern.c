#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/check/intern.h"

struct store {
    struct memory memory;
    struct intern intern;
};

static int open_store(void **state)
{
    static struct store store;
    store.memory = (struct memory){0};
    intern_init(&store.intern, &store.memory, 32);
    *state = &store;
    return 0;
}

static int close_store(void **state)
{
    struct store *store = *state;
    intern_clear(&store->intern);
    return store->memory.bytes == 0 ? 0 : -1;
}

static uint32_t put(struct store *store, uint32_t salt, const char *text)
{
    bool is_new;
    return intern_put(&store->intern, salt, text, strlen(text), &is_new);
}

static void equal_bytes_get_one_id_and_different_bytes_another(void **state)
{
    assert_int_equal(put(*state, 0, "queue"), 1);
    assert_int_equal(put(*state, 0, "log"), 2);
    assert_int_equal(put(*state, 0, "queue"), 1);
    assert_int_equal(put(*state, 0, "queu"), 3);
}

static void equal_bytes_of_two_parts_are_two_contents(void **state)
{
    assert_int_not_equal(put(*state, 1, "block"), put(*state, 2, "block"));
}

static void the_empty_content_is_a_content(void **state)
{
    uint32_t id = put(*state, 0, "");
    size_t length = 1;
    (void)intern_bytes(&((struct store *)*state)->intern, id, &length);
    assert_int_equal(length, 0);
    assert_int_equal(put(*state, 0, ""), id);
}

static void stored_bytes_stay_where_they_are_and_zeroes_follow_them(void **state)
{
    struct store *store = *state;
    const uint8_t *bytes = intern_bytes(&store->intern, put(store, 0, "first"), NULL);
    for (uint32_t i = 0; i < 10000; i++) {
        bool is_new;
        intern_put(&store->intern, 0, &i, sizeof i, &is_new);
        assert_true(is_new);
    }
    assert_ptr_equal(intern_bytes(&store->intern, 1, NULL), bytes);
    assert_memory_equal(bytes, "first\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
}

/* Of n = 300,000 contents about n^2 / 2^33 = 10 pairs share their 32-bit hash: only their bytes tell them apart. */
static void contents_whose_hashes_collide_are_told_apart(void **state)
{
    struct store *store = *state;
    for (uint32_t i = 0; i < 300000; i++) {
        bool is_new;
        assert_int_equal(intern_put(&store->intern, 0, &i, sizeof i, &is_new), i + 1);
        assert_true(is_new);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(equal_bytes_get_one_id_and_different_bytes_another, open_store, close_store),
        cmocka_unit_test_setup_teardown(equal_bytes_of_two_parts_are_two_contents, open_store, close_store),
        cmocka_unit_test_setup_teardown(the_empty_content_is_a_content, open_store, close_store),
        cmocka_unit_test_setup_teardown(stored_bytes_stay_where_they_are_and_zeroes_follow_them, open_store,
                                        close_store),
        cmocka_unit_test_setup_teardown(contents_whose_hashes_collide_are_told_apart, open_store, close_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
