/* Ordered maps, sets of sequences, rings and the arena below them, against simple models over many seeds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "models/base/draw.h"
#include "models/base/ring.h"
#include "models/base/seqset.h"

#define BLOCK_BYTES (1u << 20)
#define KEYS 256

static int make_block(void **state)
{
    struct arena *block = calloc(1, BLOCK_BYTES);
    arena_init(block, sizeof *block, BLOCK_BYTES);
    *state = block;
    return 0;
}

static int free_block(void **state)
{
    free(*state);
    return 0;
}

/* Small keys and keys that differ in high bits. */
static uint64_t key_of(unsigned index)
{
    return index < KEYS / 2 ? index : (uint64_t)index << 50;
}

static int least_at_or_above(const bool *in, int from)
{
    for (int i = from; i < KEYS; i++)
        if (in[i])
            return i;
    return -1;
}

static int greatest_at_or_below(const bool *in, int to)
{
    for (int i = to; i >= 0; i--)
        if (in[i])
            return i;
    return -1;
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
    assert_int_equal(omap_get(block, &map, 2), 2);
}

static unsigned runs_of(const bool *in)
{
    unsigned runs = 0;
    for (int i = 0; i < KEYS; i++)
        runs += in[i] && (i == 0 || !in[i - 1]);
    return runs;
}

static void a_set_of_sequences_keeps_one_run_per_gap(void **state)
{
    struct arena *block = *state;
    struct seqset set = {0};
    bool in[KEYS] = {false};
    for (uint64_t i = 0; i < 100000; i++) {
        uint64_t bits = draw_keyed(2, DRAW_PICK, 0, i), highest = 0;
        unsigned index = bits % KEYS;
        bool added = false;
        if ((bits >> 20) % 5 < 3) {
            assert_true(seqset_add(block, &set, index, &added));
            assert_int_equal(added, !in[index]);
        } else {
            assert_true(seqset_remove(block, &set, index));
        }
        in[index] = (bits >> 20) % 5 < 3;
        assert_int_equal(set.runs.count, runs_of(in));
        assert_int_equal(seqset_has(block, &set, (bits >> 40) % KEYS), in[(bits >> 40) % KEYS]);
        int greatest = greatest_at_or_below(in, KEYS - 1);
        assert_int_equal(seqset_max(block, &set, &highest), greatest >= 0);
        if (greatest >= 0)
            assert_int_equal(highest, greatest);
    }
}

static void a_million_sequences_in_order_are_one_run(void **state)
{
    struct arena *block = *state;
    struct seqset set = {0};
    for (uint64_t sequence = 1; sequence <= 1000000; sequence++)
        assert_true(seqset_add(block, &set, sequence, NULL));
    assert_int_equal(set.runs.count, 1);
    assert_true(arena_used_bytes(block) < 256);
}

static void a_ring_is_first_in_first_out_and_restarts_when_empty(void **state)
{
    struct arena *block = *state;
    struct ring ring;
    assert_true(ring_init(block, &ring, 1, 8));
    uint64_t next = 0, expected = 0;
    for (uint64_t i = 0; i < 10000; i++) {
        bool push = draw_keyed(3, DRAW_PICK, 0, i) % 2 == 0;
        if (push && ring.count < 8)
            *(uint64_t *)ring_push(block, &ring) = next++;
        else if (!push && ring.count > 0) {
            assert_int_equal(*(uint64_t *)ring_item(block, &ring, 0), expected++);
            ring_pop(block, &ring);
        }
        assert_int_equal(ring.count, next - expected);
        assert_true(ring.count > 0 || ring.head == 0);
    }
    while (ring.count < 8)
        assert_non_null(ring_push(block, &ring));
    assert_null(ring_push(block, &ring));
}

static void an_object_comes_back_zeroed(void **state)
{
    struct arena *block = *state;
    uint32_t first = arena_take(block, 3);
    memset(arena_at(block, first), 0xff, 3 * UNIT_BYTES);
    arena_give(block, first, 3);
    uint32_t second = arena_take(block, 3);
    static const char zeros[3 * UNIT_BYTES];
    assert_int_equal(second, first);
    assert_memory_equal(arena_at(block, second), zeros, sizeof zeros);
    assert_int_equal(block->freed_units, 0);
}

int main(void)
{
#define IN_BLOCK(test) cmocka_unit_test_setup_teardown(test, make_block, free_block)
    const struct CMUnitTest tests[] = {
        IN_BLOCK(a_map_agrees_with_a_table_of_flags),
        IN_BLOCK(an_emptied_map_gives_all_its_memory_back),
        IN_BLOCK(a_full_block_refuses_and_leaves_the_map_as_it_was),
        IN_BLOCK(a_set_of_sequences_keeps_one_run_per_gap),
        IN_BLOCK(a_million_sequences_in_order_are_one_run),
        IN_BLOCK(a_ring_is_first_in_first_out_and_restarts_when_empty),
        IN_BLOCK(an_object_comes_back_zeroed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
