/* The event queue against its oracle, a 4-ary heap by (time, number): under random pushes, pops and cancels with many
 * ties both give the same sequence, whatever of it was near, far, or spilled on the way. And the radix heap alone. */
#include "tests/sim_timed/queues.h"

#include "tests/support/heap4.h"

#define SEEDS 60
#define TURNS 4000

struct duel {
    struct event_queue queue;
    struct heap4 oracle; /* key: the number of the event, which is also its payload */
    event_handle handles[TURNS];
    bool gone[TURNS]; /* cancelled or popped */
    struct stream chance;
    int64_t now_ns;
    uint64_t pushed, popped, cancelled;
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

static void push_both(struct duel *duel)
{
    int64_t time_ns = some_time(duel);
    uint64_t number = duel->pushed++;
    duel->handles[number] = push(&duel->queue, time_ns, number);
    heap4_push(&duel->oracle, (struct due_entry){.time_ns = time_ns, .key = number});
}

static void cancel_one(struct duel *duel)
{
    if (duel->pushed == 0)
        return;
    uint64_t number = below(duel, duel->pushed);
    assert_int_equal(event_queue_cancel(&duel->queue, duel->handles[number]), !duel->gone[number]);
    duel->cancelled += !duel->gone[number];
    duel->gone[number] = true;
}

static bool oracle_pop(struct duel *duel, int64_t until_ns, struct due_entry *ret_entry)
{
    while (duel->oracle.entries.count > 0 && heap4_earliest(&duel->oracle) <= until_ns) {
        *ret_entry = heap4_pop(&duel->oracle);
        if (!duel->gone[ret_entry->key])
            return true;
    }
    return false;
}

static void pop_both(struct duel *duel)
{
    int64_t until_ns = below(duel, 4) == 0 ? duel->now_ns + (int64_t)below(duel, 1000) : NS_NEVER, time_ns;
    struct due due;
    struct due_entry entry;
    bool got = event_queue_pop(&duel->queue, until_ns, &time_ns, &due);
    assert_int_equal(oracle_pop(duel, until_ns, &entry), got);
    if (!got) {
        duel->now_ns = until_ns == NS_NEVER ? duel->queue.now_ns : until_ns;
        return;
    }
    assert_int_equal(time_ns, entry.time_ns);
    assert_int_equal(due.value, entry.key);
    duel->gone[due.value] = true;
    duel->now_ns = time_ns;
    duel->popped++;
}

/* Swells, then shrinks, and again. */
static void duel_turn(struct duel *duel, unsigned turn)
{
    bool swells = turn / 500 % 2 == 0;
    uint64_t what = below(duel, 8);
    if (what < (swells ? 4u : 2u))
        push_both(duel);
    else if (what < 7)
        pop_both(duel);
    else
        cancel_one(duel);
    assert_int_equal(duel->queue.live, duel->pushed - duel->popped - duel->cancelled);
}

static void the_queue_and_its_oracle_pop_the_same_sequence(void **state)
{
    uint64_t popped = 0, cancelled = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        static struct duel duel;
        memset(&duel, 0, sizeof duel);
        stream_seed(&duel.chance, seed, DRAW_PICK, 0);
        event_queue_init(&duel.queue);
        heap4_init(&duel.oracle);
        duel.now_ns = seed % 3 == 0 ? -1000000 : 0;
        for (unsigned i = 0; i < seed % 4 * 100; i++)
            push_both(&duel);
        for (unsigned turn = 0; turn < TURNS - 300; turn++)
            duel_turn(&duel, turn);
        popped += duel.popped;
        cancelled += duel.cancelled;
        event_queue_free(&duel.queue);
        heap4_free(&duel.oracle);
    }
    assert_true(popped > SEEDS * TURNS / 4 && cancelled > SEEDS * 50);
    (void)state;
}

/* The next of the heap's, run after run. */
struct reader {
    struct radix_heap *heap;
    struct due_entry run[RADIX_RUN];
    uint32_t left;
    int64_t beyond_ns;
};

static struct due_entry read_next(struct reader *reader)
{
    if (reader->left == 0)
        reader->left = radix_heap_take(reader->heap, NS_NEVER, reader->run, &reader->beyond_ns);
    assert_true(reader->left > 0);
    return reader->run[--reader->left];
}

static void a_hundred_thousand_entries_leave_by_time_and_key(void **state)
{
    struct radix_heap radix;
    struct heap4 heap4;
    struct stream chance;
    struct reader reader = {.heap = &radix};
    radix_heap_init(&radix);
    heap4_init(&heap4);
    stream_seed(&chance, 1, DRAW_PICK, 0);
    for (uint64_t i = 0; i < 100000; i++) {
        struct due_entry entry = {.time_ns = (int64_t)draw_below(stream_next(&chance), 30000) - 10000, .key = i};
        radix_heap_push(&radix, entry);
        heap4_push(&heap4, entry);
    }
    for (uint64_t i = 0; i < 100000; i++) {
        struct due_entry a = read_next(&reader), b = heap4_pop(&heap4);
        assert_int_equal(a.time_ns, b.time_ns);
        assert_int_equal(a.key, b.key);
        if (i % 2 == 0) {
            int64_t time_ns = a.time_ns + (int64_t)draw_below(stream_next(&chance), 1000);
            struct due_entry entry = {.time_ns = time_ns > reader.beyond_ns ? time_ns : reader.beyond_ns, .key = i};
            entry.key += 100000;
            radix_heap_push(&radix, entry);
            heap4_push(&heap4, entry);
        }
    }
    radix_heap_free(&radix);
    heap4_free(&heap4);
    (void)state;
}

static void nothing_is_taken_that_is_later_than_asked_for(void **state)
{
    struct radix_heap radix;
    struct due_entry run[RADIX_RUN];
    int64_t beyond_ns;
    radix_heap_init(&radix);
    radix_heap_rebase(&radix, 0);
    for (uint64_t i = 0; i < 100; i++)
        radix_heap_push(&radix, (struct due_entry){.time_ns = 1000000 + (int64_t)i * 64, .key = i});
    assert_int_equal(radix_heap_take(&radix, 900000, run, &beyond_ns), 0);
    assert_true(radix_heap_base(&radix) <= 900000); /* so that what is pushed next has a place */
    radix_heap_push(&radix, (struct due_entry){.time_ns = 900000, .key = 100});
    uint32_t count = radix_heap_take(&radix, 900000, run, &beyond_ns);
    assert_true(count > 0 && beyond_ns > 900000);
    assert_int_equal(run[count - 1].key, 100);
    radix_heap_free(&radix);
    (void)state;
}

/* More than a run holds, at one time: taken in parts, and what comes back goes to the front. */
static void ties_keep_their_order_through_parts_and_returns(void **state)
{
    struct radix_heap radix;
    struct due_entry run[RADIX_RUN];
    int64_t beyond_ns;
    radix_heap_init(&radix);
    for (uint64_t i = 0; i < 3 * RADIX_RUN; i++)
        radix_heap_push(&radix, (struct due_entry){.time_ns = 777, .key = i});
    assert_int_equal(radix_heap_take(&radix, 777, run, &beyond_ns), RADIX_RUN);
    assert_int_equal(beyond_ns, 777);
    for (uint32_t i = 0; i < RADIX_RUN - 1; i++) /* all but the first */
        radix_heap_push_front(&radix, run[i]);
    radix_heap_push(&radix, (struct due_entry){.time_ns = 777, .key = 3 * RADIX_RUN});
    struct reader reader = {.heap = &radix};
    for (uint64_t key = 1; key <= 3 * RADIX_RUN; key++)
        assert_int_equal(read_next(&reader).key, key);
    assert_int_equal(radix.count, 0);
    assert_int_equal(reader.beyond_ns, INT64_MAX);
    radix_heap_free(&radix);
    (void)state;
}

/* Every chunk that was given back serves again: what a heap occupies follows what was pending at most. */
static void memory_follows_what_is_pending(void **state)
{
    struct radix_heap radix;
    struct reader reader = {.heap = &radix};
    radix_heap_init(&radix);
    uint64_t chunks = 0;
    for (uint64_t i = 0; i < 200000; i++) {
        int64_t time_ns = (int64_t)(i / 100 * 100000 + i * 7919 % 100000);
        radix_heap_push(&radix, (struct due_entry){.time_ns = time_ns, .key = i});
        if (i % 1000 == 999)
            for (unsigned n = 0; n < 1000; n++)
                read_next(&reader);
        if (i == 10000)
            chunks = radix.chunks.count;
    }
    assert_int_equal(radix.chunks.count, chunks);
    radix_heap_free(&radix);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_queue_and_its_oracle_pop_the_same_sequence),
        cmocka_unit_test(a_hundred_thousand_entries_leave_by_time_and_key),
        cmocka_unit_test(nothing_is_taken_that_is_later_than_asked_for),
        cmocka_unit_test(ties_keep_their_order_through_parts_and_returns),
        cmocka_unit_test(memory_follows_what_is_pending),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
