/* Queues of events driven by hand and by chance. An event is known by the number in its value. */
#ifndef CRASHQ_TESTS_QUEUES_H
#define CRASHQ_TESTS_QUEUES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "models/base/draw.h"
#include "models/base/units.h"
#include "sim/timed/event_queue.h"

static inline event_handle push(struct event_queue *queue, int64_t time_ns, uint64_t number)
{
    return event_queue_push(queue, time_ns, &(struct due){.kind = 1, .value = number});
}

/* The number of the next event; fails when it is not due at that time. */
static inline uint64_t popped_at(struct event_queue *queue, int64_t time_ns)
{
    int64_t at_ns;
    struct due due;
    assert_true(event_queue_pop(queue, NS_NEVER, &at_ns, &due));
    assert_int_equal(at_ns, time_ns);
    return due.value;
}

static inline int is_empty(struct event_queue *queue)
{
    int64_t at_ns;
    struct due due;
    return !event_queue_pop(queue, NS_NEVER, &at_ns, &due) && queue->live == 0;
}

/* Both pop, and pop the same. Returns false when both are empty. */
static inline int pop_alike(struct event_queue *a, struct event_queue *b, int64_t until_ns, int64_t *ret_time_ns)
{
    int64_t time_a, time_b;
    struct due due_a, due_b;
    bool got = event_queue_pop(a, until_ns, &time_a, &due_a);
    assert_int_equal(event_queue_pop(b, until_ns, &time_b, &due_b), got);
    if (!got)
        return 0;
    assert_int_equal(time_a, time_b);
    assert_memory_equal(&due_a, &due_b, sizeof due_a);
    *ret_time_ns = time_a;
    return 1;
}

#endif
