/* The queue of future events: (time, sequence) and nothing else decides, whichever heap holds the entries. */
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
    for (int large = 0; large < 2; large++) {
        int64_t time_ns = 1000 * (large + 1);
        for (uint64_t i = 0; i < 1000; i++)
            push(queue, time_ns - (i % 3 == 0), i);
        event_queue_choose(queue, !large);
        for (uint64_t i = 0; i < 1000; i += 3)
            assert_int_equal(popped_at(queue, time_ns - 1), i);
        for (uint64_t i = 0; i < 1000; i++)
            if (i % 3 != 0)
                assert_int_equal(popped_at(queue, time_ns), i);
    }
}

static void what_is_pushed_while_its_time_is_served_comes_last(void **state)
{
    struct event_queue *queue = *state;
    for (int large = 0; large < 2; large++) {
        int64_t time_ns = 500 + large;
        push(queue, time_ns, 1);
        push(queue, time_ns, 2);
        event_queue_choose(queue, !large);
        assert_int_equal(popped_at(queue, time_ns), 1);
        push(queue, time_ns, 3);
        assert_int_equal(popped_at(queue, time_ns), 2);
        assert_int_equal(popped_at(queue, time_ns), 3);
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

static void a_queue_changes_sides_with_hysteresis(void **state)
{
    struct event_queue *queue = *state;
    for (int64_t i = 0; i < 96; i++)
        push(queue, i, (uint64_t)i);
    assert_true(queue->small);
    push(queue, 96, 96);
    assert_false(queue->small);
    for (int64_t i = 0; i < 97; i++) {
        assert_int_equal(popped_at(queue, i), i);
        assert_int_equal(queue->small, i > 97 - 25); /* of the last 25, the first is still asked of the radix heap */
    }
    for (int64_t i = 0; i < 96; i++)
        push(queue, 200 + i, 0);
    assert_true(queue->small);
}

static void a_change_of_sides_leaves_nothing_behind_but_the_cancelled(void **state)
{
    struct event_queue *queue = *state;
    event_handle handles[90];
    for (uint64_t i = 0; i < 90; i++)
        handles[i] = push(queue, (int64_t)(i * 7919 % 90), i);
    for (uint64_t i = 0; i < 90; i += 2)
        assert_true(event_queue_cancel(queue, handles[i]));
    for (int turn = 0; turn < 4; turn++)
        event_queue_choose(queue, turn % 2 != 0);
    assert_int_equal(queue->heap4.entries.count, 45);
    for (int64_t time_ns = 0; time_ns < 90; time_ns++)
        for (uint64_t i = 1; i < 90; i += 2)
            if ((int64_t)(i * 7919 % 90) == time_ns)
                assert_int_equal(popped_at(queue, time_ns), i);
    assert_true(is_empty(queue));
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
        ON_A_QUEUE(a_queue_changes_sides_with_hysteresis),
        ON_A_QUEUE(a_change_of_sides_leaves_nothing_behind_but_the_cancelled),
        ON_A_QUEUE(a_copy_goes_on_as_the_original_would),
        ON_A_QUEUE(every_live_event_is_visited_once),
        ON_A_QUEUE(an_event_before_the_one_popped_last_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
