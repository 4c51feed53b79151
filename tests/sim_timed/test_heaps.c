/* The radix heap against its oracle, the 4-ary heap: under random pushes, pops and cancels with many ties both sides
 * give the same sequence, also when a queue changes sides on the way. */
#include "tests/sim_timed/queues.h"

#define SEEDS 40
#define TURNS 4000

struct duel {
    struct event_queue radix, heap4, either; /* held to one side, to the other, left to itself */
    event_handle handles[256];               /* some of those that may be pending; equal in all three */
    struct stream chance;
    int64_t now_ns;
    uint64_t pushed, popped, cancelled, sides;
};

static uint64_t below(struct duel *duel, uint64_t n)
{
    return draw_below(stream_next(&duel->chance), n);
}

/* Distances of every size, and many ties. */
static int64_t some_time(struct duel *duel)
{
    uint64_t size = below(duel, 8);
    return size < 3 ? duel->now_ns + (int64_t)below(duel, 3)
                    : duel->now_ns + (int64_t)below(duel, UINT64_C(1) << (4 * size));
}

static void push_all(struct duel *duel)
{
    int64_t time_ns = some_time(duel);
    uint64_t number = ++duel->pushed;
    event_handle handle = push(&duel->radix, time_ns, number);
    assert_int_equal(push(&duel->heap4, time_ns, number), handle);
    assert_int_equal(push(&duel->either, time_ns, number), handle);
    duel->handles[below(duel, 256)] = handle;
}

static void cancel_all(struct duel *duel)
{
    event_handle handle = duel->handles[below(duel, 256)];
    bool was = event_queue_cancel(&duel->radix, handle);
    assert_int_equal(event_queue_cancel(&duel->heap4, handle), was);
    assert_int_equal(event_queue_cancel(&duel->either, handle), was);
    duel->cancelled += was;
}

/* Looking for a live event in vain passes over cancelled ones; which of them still lie there is each heap's own. */
static int64_t come_to(const struct duel *duel)
{
    int64_t now_ns = duel->radix.now_ns > duel->heap4.now_ns ? duel->radix.now_ns : duel->heap4.now_ns;
    now_ns = duel->either.now_ns > now_ns ? duel->either.now_ns : now_ns;
    return now_ns > duel->now_ns ? now_ns : duel->now_ns;
}

static void pop_all(struct duel *duel)
{
    int64_t until_ns = below(duel, 4) == 0 ? duel->now_ns + (int64_t)below(duel, 1000) : NS_NEVER;
    int64_t time_ns, again_ns;
    struct due due, again;
    bool was_small = duel->either.small;
    bool got = event_queue_pop(&duel->either, until_ns, &again_ns, &again);
    duel->sides += duel->either.small != was_small;
    assert_int_equal(event_queue_pop(&duel->radix, until_ns, &time_ns, &due), got);
    if (got) {
        assert_int_equal(time_ns, again_ns);
        assert_memory_equal(&due, &again, sizeof due);
    }
    assert_int_equal(event_queue_pop(&duel->heap4, until_ns, &time_ns, &due), got);
    if (!got) {
        duel->now_ns = come_to(duel);
        return;
    }
    assert_int_equal(time_ns, again_ns);
    assert_memory_equal(&due, &again, sizeof due);
    assert_true(time_ns >= duel->now_ns && time_ns <= until_ns);
    duel->now_ns = time_ns;
    duel->popped++;
}

/* Swells, then shrinks, and again. */
static void duel_turn(struct duel *duel, unsigned turn)
{
    bool swells = turn / 500 % 2 == 0;
    uint64_t what = below(duel, 8);
    event_queue_choose(&duel->radix, false);
    event_queue_choose(&duel->heap4, true);
    if (what < (swells ? 4u : 2u))
        push_all(duel);
    else if (what < 7)
        pop_all(duel);
    else
        cancel_all(duel);
    assert_int_equal(duel->radix.live, duel->pushed - duel->popped - duel->cancelled);
    assert_int_equal(duel->either.live, duel->radix.live);
}

static void both_heaps_pop_the_same_sequence(void **state)
{
    uint64_t popped = 0, cancelled = 0, sides = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct duel duel = {.now_ns = 0};
        stream_seed(&duel.chance, seed, DRAW_PICK, 0);
        event_queue_init(&duel.radix);
        event_queue_init(&duel.heap4);
        event_queue_init(&duel.either);
        for (unsigned i = 0; i < (seed % 2 == 0 ? 200u : 0u); i++)
            push_all(&duel);
        for (unsigned turn = 0; turn < TURNS; turn++)
            duel_turn(&duel, turn);
        popped += duel.popped;
        cancelled += duel.cancelled;
        sides += duel.sides;
        event_queue_free(&duel.radix);
        event_queue_free(&duel.heap4);
        event_queue_free(&duel.either);
    }
    assert_true(popped > SEEDS * TURNS / 4 && cancelled > SEEDS * 50 && sides >= SEEDS / 2);
    (void)state;
}

/* The heaps alone, far beyond the size where a queue would have changed: popped by (time, key). */
static void a_hundred_thousand_entries_leave_both_heaps_alike(void **state)
{
    struct radix_heap radix;
    struct heap4 heap4;
    struct stream chance;
    radix_heap_init(&radix);
    heap4_init(&heap4);
    stream_seed(&chance, 1, DRAW_PICK, 0);
    for (uint64_t i = 0; i < 100000; i++) {
        struct due_entry entry = {.time_ns = (int64_t)draw_below(stream_next(&chance), 30000) - 10000, .key = i << 24};
        radix_heap_push(&radix, entry);
        heap4_push(&heap4, entry);
    }
    for (uint64_t i = 0; i < 100000; i++) {
        assert_int_equal(radix_heap_earliest(&radix), heap4_earliest(&heap4));
        struct due_entry a = radix_heap_pop(&radix), b = heap4_pop(&heap4);
        assert_int_equal(a.time_ns, b.time_ns);
        assert_int_equal(a.key, b.key);
        if (i % 2 == 0) {
            a.time_ns += (int64_t)draw_below(stream_next(&chance), 1000);
            a.key = (100000 + i) << 24;
            radix_heap_push(&radix, a);
            heap4_push(&heap4, a);
        }
    }
    radix_heap_free(&radix);
    heap4_free(&heap4);
    (void)state;
}

static void looking_at_the_earliest_time_moves_nothing(void **state)
{
    struct radix_heap radix;
    radix_heap_init(&radix);
    radix_heap_push(&radix, (struct due_entry){.time_ns = 1000, .key = 1});
    radix_heap_push(&radix, (struct due_entry){.time_ns = 700, .key = 2});
    assert_int_equal(radix_heap_earliest(&radix), 700);
    radix_heap_push(&radix, (struct due_entry){.time_ns = 5, .key = 3}); /* earlier than what was looked at */
    assert_int_equal(radix_heap_earliest(&radix), 5);
    assert_int_equal(radix_heap_pop(&radix).key, 3);
    assert_int_equal(radix_heap_pop(&radix).key, 2);
    assert_int_equal(radix_heap_pop(&radix).key, 1);
    radix_heap_free(&radix);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_heaps_pop_the_same_sequence),
        cmocka_unit_test(a_hundred_thousand_entries_leave_both_heaps_alike),
        cmocka_unit_test(looking_at_the_earliest_time_moves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
