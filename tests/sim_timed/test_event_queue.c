/* The queue of future events: (time, sequence) and nothing else decides, whether an event waits near or far. */
#include "tests/sim_timed/queues.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int queue_make(void **state)
{
    struct event_queue *queue = malloc(sizeof *queue);
    event_queue_init(queue);
    *state = queue;
    return 0;
}

static int queue_drop(void **state)
{
    event_queue_free(*state);
    free(*state);
    return 0;
}

static void events_leave_by_time(void **state)
{
    struct event_queue *queue = *state;
    push(queue, 30, 3);
    push(queue, 10, 1);
    push(queue, 20, 2);
    assert_int_equal(popped_at(queue, 10), 1);
    assert_int_equal(popped_at(queue, 20), 2);
    assert_int_equal(popped_at(queue, 30), 3);
    assert_true(is_empty(queue));
}

static void events_of_one_time_leave_in_the_order_of_insertion(void **state)
{
    struct event_queue *queue = *state;
    for (uint64_t i = 0; i < 1000; i++)
        push(queue, 1000 - (i % 3 == 0), i);
    for (uint64_t i = 0; i < 1000; i += 3)
        assert_int_equal(popped_at(queue, 999), i);
    for (uint64_t i = 0; i < 1000; i++)
        if (i % 3 != 0)
            assert_int_equal(popped_at(queue, 1000), i);
}

static void what_is_pushed_while_its_time_is_served_comes_last(void **state)
{
    struct event_queue *queue = *state;
    for (uint64_t pending = 2; pending <= 2000; pending *= 10) { /* near alone, and far behind it */
        int64_t time_ns = (int64_t)pending * 1000;
        for (uint64_t i = 0; i < pending; i++)
            push(queue, time_ns, i);
        for (uint64_t i = 0; i < pending; i++) {
            assert_int_equal(popped_at(queue, time_ns), i);
            push(queue, time_ns, pending + i);
        }
        for (uint64_t i = 0; i < pending; i++)
            assert_int_equal(popped_at(queue, time_ns), pending + i);
    }
}

static void nothing_leaves_before_its_time(void **state)
{
    struct event_queue *queue = *state;
    int64_t at_ns;
    struct due due;
    push(queue, 100, 1);
    assert_false(event_queue_pop(queue, 99, &at_ns, &due));
    assert_true(event_queue_pop(queue, 100, &at_ns, &due));
    assert_int_equal(at_ns, 100);
}

static void a_cancelled_event_never_leaves(void **state)
{
    struct event_queue *queue = *state;
    push(queue, 10, 1);
    event_handle second = push(queue, 20, 2);
    push(queue, 30, 3);
    assert_true(event_queue_cancel(queue, second));
    assert_int_equal(queue->live, 2);
    assert_int_equal(popped_at(queue, 10), 1);
    assert_int_equal(popped_at(queue, 30), 3);
}

static void a_handle_is_stale_once_its_event_is_gone(void **state)
{
    struct event_queue *queue = *state;
    event_handle popped = push(queue, 10, 1), cancelled = push(queue, 20, 2);
    assert_int_equal(popped_at(queue, 10), 1);
    assert_true(event_queue_cancel(queue, cancelled));
    push(queue, 30, 3); /* in the slots of the two */
    push(queue, 40, 4);
    assert_false(event_queue_cancel(queue, popped));
    assert_false(event_queue_cancel(queue, cancelled));
    assert_false(event_queue_cancel(queue, 0));
    assert_int_equal(popped_at(queue, 30), 3);
    assert_int_equal(popped_at(queue, 40), 4);
}

static void a_cancelled_events_slot_serves_another_time_at_once(void **state)
{
    struct event_queue *queue = *state;
    event_handle first = push(queue, 50, 1);
    event_queue_cancel(queue, first);
    push(queue, 20, 2); /* its entry and the stale one name the same slot */
    assert_int_equal(queue->slots.count, 1);
    assert_int_equal(popped_at(queue, 20), 2);
    assert_true(is_empty(queue));
}

/* Each spill leaves the same time in two places. */
static void ties_keep_their_order_when_what_is_near_spills_over(void **state)
{
    struct event_queue *queue = *state;
    uint64_t number = 0, earlier = 0;
    for (int turn = 0; turn < 5; turn++) {
        for (int i = 0; i < 50; i++)
            push(queue, 1000, number++);
        for (int i = 0; i < 50; i++)
            push(queue, 900 - turn, earlier++);
    }
    for (int turn = 4; turn >= 0; turn--)
        for (uint64_t i = 0; i < 50; i++)
            assert_int_equal(popped_at(queue, 900 - turn), (uint64_t)turn * 50 + i);
    for (uint64_t i = 0; i < number; i++)
        assert_int_equal(popped_at(queue, 1000), i);
    assert_true(is_empty(queue));
}

/* Looking in vain may open what lies far; the queue then holds itself to a time at which that is no harm. */
static void looking_in_vain_leaves_room_for_what_is_due_before(void **state)
{
    struct event_queue *queue = *state;
    int64_t at_ns;
    struct due due;
    for (uint64_t i = 0; i < 200; i++)
        push(queue, 10000 + (int64_t)i * 100, i);
    for (uint64_t i = 0; i < 200; i++) {
        int64_t next_ns = 10000 + (int64_t)i * 100;
        assert_false(event_queue_pop(queue, next_ns - 1, &at_ns, &due));
        assert_true(queue->now_ns >= radix_heap_base(&queue->far) && queue->now_ns < next_ns);
        push(queue, next_ns - 1, 1000 + i);
        assert_int_equal(popped_at(queue, next_ns - 1), 1000 + i);
        assert_int_equal(popped_at(queue, next_ns), i);
    }
}

static void an_event_that_is_never_due_is_the_last(void **state)
{
    struct event_queue *queue = *state;
    push(queue, NS_NEVER, 1);
    for (uint64_t i = 0; i < 100; i++)
        push(queue, (int64_t)i, i);
    push(queue, NS_NEVER, 2);
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(popped_at(queue, (int64_t)i), i);
    assert_int_equal(popped_at(queue, NS_NEVER), 1);
    assert_int_equal(popped_at(queue, NS_NEVER), 2);
}

static void a_copy_goes_on_as_the_original_would(void **state)
{
    struct event_queue *queue = *state, copy;
    event_queue_init(&copy);
    for (uint64_t size = 10; size <= 1000; size *= 10) {
        for (uint64_t i = 0; i < size; i++)
            push(queue, queue->now_ns + (int64_t)(i * 7919 % 101), i);
        popped_at(queue, queue->now_ns); /* so that a heap is in the middle of something */
        event_queue_copy(&copy, queue);
        assert_int_equal(push(&copy, queue->now_ns + 50, 7), push(queue, queue->now_ns + 50, 7));
        int64_t time_ns;
        while (pop_alike(queue, &copy, NS_NEVER, &time_ns))
            continue;
    }
    event_queue_free(&copy);
}

static void visit_one(void *context, const struct due *due)
{
    *(uint64_t *)context += due->value;
}

static void every_live_event_is_visited_once(void **state)
{
    struct event_queue *queue = *state;
    uint64_t sum = 0;
    push(queue, 1, 1);
    event_handle gone = push(queue, 2, 10);
    push(queue, 2, 100);
    push(queue, 3, 1000);
    popped_at(queue, 1);
    event_queue_cancel(queue, gone);
    event_queue_foreach(queue, visit_one, &sum);
    assert_int_equal(sum, 1100);
}

/* A child that pushes into the past ends with check_failed(). */
static void an_event_before_the_one_popped_last_is_a_bug(void **state)
{
    struct event_queue *queue = *state;
    push(queue, 10, 1);
    popped_at(queue, 10);
    for (int64_t time_ns = 9; time_ns <= 10; time_ns++) {
        int status;
        pid_t child = fork();
        if (child == 0) {
            close(STDERR_FILENO);
            push(queue, time_ns, 2);
            _exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(WEXITSTATUS(status), time_ns < 10 ? 70 : 0);
    }
}

int main(void)
{
#define ON_A_QUEUE(test) cmocka_unit_test_setup_teardown(test, queue_make, queue_drop)
    const struct CMUnitTest tests[] = {
        ON_A_QUEUE(events_leave_by_time),
        ON_A_QUEUE(events_of_one_time_leave_in_the_order_of_insertion),
        ON_A_QUEUE(what_is_pushed_while_its_time_is_served_comes_last),
        ON_A_QUEUE(nothing_leaves_before_its_time),
        ON_A_QUEUE(a_cancelled_event_never_leaves),
        ON_A_QUEUE(a_handle_is_stale_once_its_event_is_gone),
        ON_A_QUEUE(a_cancelled_events_slot_serves_another_time_at_once),
        ON_A_QUEUE(ties_keep_their_order_when_what_is_near_spills_over),
        ON_A_QUEUE(looking_in_vain_leaves_room_for_what_is_due_before),
        ON_A_QUEUE(an_event_that_is_never_due_is_the_last),
        ON_A_QUEUE(a_copy_goes_on_as_the_original_would),
        ON_A_QUEUE(every_live_event_is_visited_once),
        ON_A_QUEUE(an_event_before_the_one_popped_last_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
