/* A bounded FIFO of fixed-size items inside a block; the room is reserved once. An emptied ring starts again at
 * its first item, and popped items are zeroed, so that equal contents from empty are equal bytes. */
#ifndef CRASHQ_BASE_RING_H
#define CRASHQ_BASE_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "models/base/arena.h"

struct ring {
    uint32_t at;         /* where the items lie */
    uint32_t item_units;
    uint32_t capacity;   /* items */
    uint32_t head;
    uint32_t count;
    uint32_t reserved[3];
};
static_assert(sizeof(struct ring) == 32, "no padding in stored structs");

/* Reserves room for `capacity` items. False when the block has none. */
bool ring_init(struct arena *block, struct ring *ring, uint32_t item_units, uint32_t capacity);
/* A zeroed new last item, or NULL when full. */
void *ring_push(struct arena *block, struct ring *ring);
/* The index-th item from the head; index < count. */
void *ring_item(const struct arena *block, const struct ring *ring, uint32_t index);
void ring_pop(struct arena *block, struct ring *ring);      /* drops the head; count > 0 */
void ring_pop_last(struct arena *block, struct ring *ring); /* drops the newest; count > 0 */
void ring_clear(struct arena *block, struct ring *ring);

#endif
