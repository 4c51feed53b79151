/* The queue of future events: (time, sequence) to payload. The sequence is given at insertion; events of one time leave
 * in that order.
 *
 * Payloads lie in a slab of slots; a queue entry names its slot and is stale unless the slot still holds the entry's
 * sequence. So cancelling is freeing the slot, and costs nothing in the queue.
 *
 * What is due soon lies sorted in a short array, everything later in a radix heap that hands over its earliest entries
 * when the array is empty (Cherkassky, Goldberg and Silverstein 1999 call this a hot queue, with a heap for our array).
 * A queue of a few events is the array alone. */
#ifndef CRASHQ_EVENT_QUEUE_H
#define CRASHQ_EVENT_QUEUE_H

#include "sim/timed/radix_heap.h"

/* What is due. The queue does not look inside. */
struct due {
    uint8_t kind;
    uint8_t end;
    uint16_t actor;
    uint32_t connection;
    uint32_t argument;
    uint32_t generation;
    uint64_t value;
};
_Static_assert(sizeof(struct due) == 24, "no padding in stored structs");

/* Names a pending event; good for cancelling until it has been popped. 0: none. */
typedef uint64_t event_handle;

#define EVENT_QUEUE_NEAR 32u
_Static_assert(EVENT_QUEUE_NEAR >= RADIX_RUN, "what the heap hands over has room");

struct event_queue {
    uint64_t sequence; /* of the event pushed last */
    uint64_t live;     /* events that were neither popped nor cancelled */
    uint32_t free_slot; /* head of the list of free slots, + 1; 0: none */
    uint32_t near_count;
    /* Nothing may be pushed before it: the time of the entry popped last, cancelled ones included, or later. */
    int64_t now_ns;
    /* What is near is before what is far, by (time, key); what comes in at this time or later is far. */
    int64_t beyond_ns;
    struct due_entry near[EVENT_QUEUE_NEAR]; /* by falling (time, key): the next one is the last */
    struct vector slots; /* struct event_slot */
    struct radix_heap far;
};

void event_queue_init(struct event_queue *queue);
void event_queue_free(struct event_queue *queue);
event_handle event_queue_push(struct event_queue *queue, int64_t time_ns, const struct due *due);
/* True when the event was still pending. */
bool event_queue_cancel(struct event_queue *queue, event_handle handle);
/* The next event at or before `until_ns`. False: there is none, and nothing before `until_ns` may be pushed any more
 * (cancelled events up to there may have been passed over). */
bool event_queue_pop(struct event_queue *queue, int64_t until_ns, int64_t *ret_time_ns, struct due *ret_due);
/* Every live event, in no particular order. */
void event_queue_foreach(const struct event_queue *queue, void (*visit)(void *context, const struct due *due),
                         void *context);
void event_queue_copy(struct event_queue *to, const struct event_queue *from); /* `to` was initialised */

#endif
