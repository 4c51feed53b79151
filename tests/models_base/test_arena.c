/* Blocks: what is taken is zero, what is given back is found again, a full block refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "models/base/draw.h"
#include "tests/models_base/block.h"

static void an_object_comes_back_zeroed(void **state)
{
    struct arena *block = *state;
    uint32_t first = arena_take(block, 3), before = arena_take(block, 3);
    arena_give(block, before, 3); /* so that the free list's link is not zero */
    memset(arena_at(block, first), 0xff, 3 * UNIT_BYTES);
    arena_give(block, first, 3);
    uint32_t second = arena_take(block, 3);
    static const char zeros[3 * UNIT_BYTES];
    assert_int_equal(second, first);
    assert_memory_equal(arena_at(block, second), zeros, sizeof zeros);
    assert_int_equal(block->freed_units, 3);
}

static void a_freed_object_is_zero_but_for_its_link(void **state)
{
    struct arena *block = *state;
    uint32_t at = arena_take(block, 2);
    unsigned char *object = arena_at(block, at);
    memset(object, 0xff, 2 * UNIT_BYTES);
    arena_give(block, at, 2);
    static const char zeros[2 * UNIT_BYTES];
    assert_memory_equal(object + 4, zeros, 2 * UNIT_BYTES - 4);
}

static void objects_of_one_size_come_back_last_in_first_out(void **state)
{
    struct arena *block = *state;
    uint32_t first = arena_take(block, 1), second = arena_take(block, 1), other = arena_take(block, 2);
    arena_give(block, first, 1);
    arena_give(block, other, 2);
    arena_give(block, second, 1);
    assert_int_equal(arena_take(block, 1), second);
    assert_int_equal(arena_take(block, 1), first);
    assert_int_equal(arena_take(block, 2), other);
}

struct piece {
    uint32_t at, units;
};

static void fill_piece(const struct arena *block, struct piece piece)
{
    memset(arena_at(block, piece.at), (int)(piece.at % 255 + 1), (size_t)piece.units * UNIT_BYTES);
}

static void assert_piece_is_whole(const struct arena *block, struct piece piece)
{
    const unsigned char *bytes = arena_at(block, piece.at);
    for (size_t i = 0; i < (size_t)piece.units * UNIT_BYTES; i++)
        assert_int_equal(bytes[i], piece.at % 255 + 1);
}

static void living_objects_never_overlap(void **state)
{
    struct arena *block = *state;
    struct piece pieces[100] = {0};
    uint32_t fixed = block->top, living = 0;
    for (uint64_t i = 0; i < 50000; i++) {
        uint64_t bits = draw_keyed(4, DRAW_PICK, 0, i);
        struct piece *piece = &pieces[bits % 100];
        if (piece->units == 0) {
            piece->units = 1 + (uint32_t)(bits >> 32) % ARENA_SIZES;
            piece->at = arena_take(block, piece->units);
            living += piece->units;
            fill_piece(block, *piece);
        } else {
            assert_piece_is_whole(block, *piece);
            arena_give(block, piece->at, piece->units);
            living -= piece->units;
            piece->units = 0;
        }
        assert_int_equal(block->top, fixed + living + block->freed_units);
    }
}

static void equal_histories_give_equal_bytes(void **state)
{
    struct arena *block = *state;
    void *other = NULL;
    make_block(&other);
    for (int side = 0; side < 2; side++) {
        struct arena *at = side == 0 ? block : other;
        uint32_t first = arena_take(at, 3), second = arena_take(at, 1);
        memset(arena_at(at, second), 1, UNIT_BYTES);
        arena_give(at, first, 3);
        arena_give(at, second, 1);
        arena_take(at, 1);
    }
    assert_memory_equal(block, other, arena_used_bytes(block));
    free_block(&other);
}

static void a_full_block_refuses_until_something_is_given_back(void **state)
{
    struct arena *block = *state;
    block->limit = block->top + 3;
    uint32_t at = arena_take(block, 2);
    assert_int_equal(arena_room(block, 1), 1);
    assert_int_equal(arena_take(block, 2), 0);
    assert_int_equal(arena_reserve(block, 2), 0);
    assert_int_not_equal(arena_take(block, 1), 0);
    arena_give(block, at, 2);
    assert_int_equal(arena_take(block, 2), at);
    assert_int_equal(block->top, block->limit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_BLOCK(an_object_comes_back_zeroed),
        IN_BLOCK(a_freed_object_is_zero_but_for_its_link),
        IN_BLOCK(objects_of_one_size_come_back_last_in_first_out),
        IN_BLOCK(living_objects_never_overlap),
        IN_BLOCK(equal_histories_give_equal_bytes),
        IN_BLOCK(a_full_block_refuses_until_something_is_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
