/* Sets of sequence numbers against a table of flags. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "models/base/draw.h"
#include "models/base/seqset.h"
#include "tests/models_base/block.h"

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

static void a_run_of_the_greatest_length_is_followed_by_another(void **state)
{
    struct arena *block = *state;
    struct seqset set = {0};
    assert_true(omap_put(block, &set.runs, 10, UINT32_MAX));
    uint64_t next = UINT64_C(10) + UINT32_MAX, highest;
    assert_false(seqset_has(block, &set, next));
    assert_true(seqset_add(block, &set, next, NULL));
    assert_true(seqset_add(block, &set, next + 1, NULL));
    assert_int_equal(set.runs.count, 2);
    assert_true(seqset_has(block, &set, next - 1) && seqset_has(block, &set, next + 1));
    assert_true(seqset_max(block, &set, &highest) && highest == next + 1);
}

static void two_runs_that_would_be_too_long_together_stay_two(void **state)
{
    struct arena *block = *state;
    struct seqset set = {0};
    assert_true(omap_put(block, &set.runs, 0, 5));
    assert_true(omap_put(block, &set.runs, 6, UINT32_MAX - 3));
    assert_true(seqset_add(block, &set, 5, NULL));
    assert_int_equal(set.runs.count, 2);
    assert_true(seqset_has(block, &set, 5) && seqset_has(block, &set, 6));
    assert_false(seqset_has(block, &set, UINT64_C(3) + UINT32_MAX));
}

static void the_last_sequence_there_is_can_be_kept(void **state)
{
    struct arena *block = *state;
    struct seqset set = {0};
    uint64_t highest;
    assert_true(seqset_add(block, &set, 0, NULL));
    assert_true(seqset_add(block, &set, UINT64_MAX, NULL));
    assert_true(seqset_has(block, &set, UINT64_MAX));
    assert_false(seqset_has(block, &set, UINT64_MAX - 1));
    assert_true(seqset_max(block, &set, &highest) && highest == UINT64_MAX);
}

static void a_full_block_refuses_and_leaves_the_set_as_it_was(void **state)
{
    struct arena *block = *state;
    struct seqset set = {0};
    for (uint64_t sequence = 1; sequence <= 3; sequence++)
        assert_true(seqset_add(block, &set, sequence, NULL));
    block->limit = block->top;
    bool added = false;
    assert_false(seqset_add(block, &set, 9, &added));
    assert_false(seqset_remove(block, &set, 2));
    assert_false(added);
    assert_true(seqset_has(block, &set, 2) && seqset_has(block, &set, 3));
    assert_true(seqset_remove(block, &set, 3)); /* shortening a run takes no room */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_BLOCK(a_set_of_sequences_keeps_one_run_per_gap),
        IN_BLOCK(a_million_sequences_in_order_are_one_run),
        IN_BLOCK(a_run_of_the_greatest_length_is_followed_by_another),
        IN_BLOCK(two_runs_that_would_be_too_long_together_stay_two),
        IN_BLOCK(the_last_sequence_there_is_can_be_kept),
        IN_BLOCK(a_full_block_refuses_and_leaves_the_set_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
