/* Ordered maps against a table of flags, and the promise that their shape depends on the keys alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "models/base/digest.h"
#include "models/base/draw.h"
#include "models/base/omap.h"
#include "tests/models_base/block.h"

/* Small keys and keys that differ in high bits. */
static uint64_t key_of(unsigned index)
{
    return index < KEYS / 2 ? index : (uint64_t)index << 50;
}

static void assert_found(bool found, uint32_t value, int expected)
{
    assert_int_equal(found, expected >= 0);
    if (found)
        assert_int_equal(value, expected + 1);
}

static void a_map_agrees_with_a_table_of_flags(void **state)
{
    struct arena *block = *state;
    struct omap map = {0};
    bool in[KEYS] = {false};
    for (uint64_t i = 0; i < 200000; i++) {
        uint64_t bits = draw_keyed(1, DRAW_PICK, 0, i), key;
        unsigned index = bits % KEYS;
        uint32_t value = 0;
        if ((bits >> 20) % 2 == 0) {
            assert_true(omap_put(block, &map, key_of(index), index + 1));
            in[index] = true;
        } else {
            assert_int_equal(omap_remove(block, &map, key_of(index)), in[index] ? index + 1 : 0);
            in[index] = false;
        }
        unsigned probe = (bits >> 32) % KEYS;
        assert_int_equal(omap_get(block, &map, key_of(probe)), in[probe] ? probe + 1 : 0);
        bool found = omap_ceiling(block, &map, key_of(probe), &key, &value);
        assert_found(found, value, least_at_or_above(in, (int)probe));
        found = omap_floor(block, &map, key_of(probe), &key, &value);
        assert_found(found, value, greatest_at_or_below(in, (int)probe));
    }
}

static void an_emptied_map_gives_all_its_memory_back(void **state)
{
    struct arena *block = *state;
    struct omap map = {0};
    for (uint64_t key = 1; key <= 1000; key++)
        assert_true(omap_put(block, &map, key * 977, (uint32_t)key));
    uint32_t top = block->top;
    omap_clear(block, &map);
    assert_int_equal(map.count, 0);
    assert_int_equal(block->freed_units, 2 * 1000 - 1);
    for (uint64_t key = 1; key <= 1000; key++)
        assert_true(omap_put(block, &map, key, 1));
    assert_int_equal(block->top, top);
}

static void a_full_block_refuses_and_leaves_the_map_as_it_was(void **state)
{
    struct arena *block = *state;
    struct omap map = {0};
    block->limit = block->top + 4; /* two leaves and a branch fit; one unit is left for half of the next */
    assert_true(omap_put(block, &map, 1, 1));
    assert_true(omap_put(block, &map, 2, 2));
    assert_false(omap_put(block, &map, 3, 3));
    assert_int_equal(map.count, 2);
    assert_int_equal(omap_get(block, &map, 3), 0);
    assert_int_equal(block->freed_units, 1); /* the half that fitted */
    assert_int_equal(omap_get(block, &map, 2), 2);
}

/* What a map holds, branch by branch, without the references: they tell its history. */
static struct digest shape_of(const struct arena *block, uint32_t at)
{
    struct digest unit = digest_bytes((const char *)arena_at(block, at) + 8, 8, 0); /* value and mark */
    const uint32_t *words = arena_at(block, at);
    if (words[3] == 0)
        return digest_fold(unit, digest_bytes(words, 8, 0));
    return digest_fold(digest_fold(unit, shape_of(block, words[0])), shape_of(block, words[1]));
}

static void the_shape_of_a_map_depends_on_its_keys_alone(void **state)
{
    struct arena *block = *state;
    struct omap rising = {0}, falling = {0}, thinned = {0};
    for (unsigned i = 0; i < KEYS; i++) {
        assert_true(omap_put(block, &rising, key_of(i), i + 1));
        assert_true(omap_put(block, &falling, key_of(KEYS - 1 - i), KEYS - i));
        assert_true(omap_put(block, &thinned, key_of(i), i + 1));
        assert_true(omap_put(block, &thinned, key_of(i) + 1000, 7));
    }
    for (unsigned i = 0; i < KEYS; i++)
        assert_int_equal(omap_remove(block, &thinned, key_of(i) + 1000), 7);
    struct digest shape = shape_of(block, rising.root);
    assert_true(digest_equal(shape, shape_of(block, falling.root)));
    assert_true(digest_equal(shape, shape_of(block, thinned.root)));
}

static void the_least_and_the_greatest_key_there_are_can_be_kept(void **state)
{
    struct arena *block = *state;
    struct omap map = {0};
    uint64_t key;
    uint32_t value;
    assert_false(omap_ceiling(block, &map, 0, &key, &value));
    assert_true(omap_put(block, &map, 0, 1));
    assert_true(omap_put(block, &map, UINT64_MAX, 2));
    assert_true(omap_ceiling(block, &map, 1, &key, &value));
    assert_true(key == UINT64_MAX && value == 2);
    assert_true(omap_floor(block, &map, UINT64_MAX - 1, &key, &value));
    assert_true(key == 0 && value == 1);
}

static void putting_a_key_again_replaces_its_value(void **state)
{
    struct arena *block = *state;
    struct omap map = {0};
    assert_true(omap_put(block, &map, 5, 1));
    block->limit = block->top; /* replacing takes no room */
    assert_true(omap_put(block, &map, 5, 2));
    assert_int_equal(map.count, 1);
    assert_int_equal(omap_get(block, &map, 5), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_BLOCK(a_map_agrees_with_a_table_of_flags),
        IN_BLOCK(an_emptied_map_gives_all_its_memory_back),
        IN_BLOCK(a_full_block_refuses_and_leaves_the_map_as_it_was),
        IN_BLOCK(the_shape_of_a_map_depends_on_its_keys_alone),
        IN_BLOCK(the_least_and_the_greatest_key_there_are_can_be_kept),
        IN_BLOCK(putting_a_key_again_replaces_its_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
