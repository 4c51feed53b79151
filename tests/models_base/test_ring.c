/* Bounded queues. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "models/base/draw.h"
#include "models/base/ring.h"
#include "tests/models_base/block.h"

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

static void the_newest_item_can_be_dropped(void **state)
{
    struct arena *block = *state;
    struct ring ring;
    assert_true(ring_init(block, &ring, 2, 3));
    for (uint64_t i = 0; i < 5; i++) { /* so that the items lie over the end */
        *(uint64_t *)ring_push(block, &ring) = i;
        if (i < 2)
            ring_pop(block, &ring);
    }
    ring_pop_last(block, &ring);
    assert_int_equal(ring.count, 2);
    assert_int_equal(*(uint64_t *)ring_item(block, &ring, 0), 2);
    assert_int_equal(*(uint64_t *)ring_item(block, &ring, 1), 3);
}

static void an_emptied_ring_is_byte_for_byte_a_new_one(void **state)
{
    struct arena *block = *state;
    struct ring ring, fresh;
    static const char zeros[4 * UNIT_BYTES];
    assert_true(ring_init(block, &ring, 1, 4));
    fresh = ring;
    for (int i = 0; i < 7; i++) {
        memset(ring_push(block, &ring), 0xff, UNIT_BYTES);
        if (i % 2 == 0)
            ring_pop(block, &ring);
    }
    ring_pop_last(block, &ring);
    ring_clear(block, &ring);
    assert_memory_equal(&ring, &fresh, sizeof ring);
    assert_memory_equal(arena_at(block, ring.at), zeros, sizeof zeros);
}

static void a_block_without_room_has_no_ring(void **state)
{
    struct arena *block = *state;
    struct ring ring = {.capacity = 77};
    block->limit = block->top + 7;
    assert_false(ring_init(block, &ring, 2, 4));
    assert_int_equal(ring.capacity, 77);
    assert_true(ring_init(block, &ring, 1, 7));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_BLOCK(a_ring_is_first_in_first_out_and_restarts_when_empty),
        IN_BLOCK(the_newest_item_can_be_dropped),
        IN_BLOCK(an_emptied_ring_is_byte_for_byte_a_new_one),
        IN_BLOCK(a_block_without_room_has_no_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
