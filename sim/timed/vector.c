/* See vector.h. */
#include "sim/timed/vector.h"

#include <string.h>

#include "models/base/check.h"
#include "models/base/host.h"

#define FIRST_BYTES 4096u

void vector_init(struct vector *vector, uint32_t item_bytes)
{
    CHECK(item_bytes > 0 && item_bytes <= FIRST_BYTES);
    *vector = (struct vector){.item_bytes = item_bytes};
}

void vector_free(struct vector *vector)
{
    if (vector->items != NULL)
        host_release(vector->items, vector->capacity * vector->item_bytes);
    vector_init(vector, vector->item_bytes);
}

static void vector_grow(struct vector *vector, uint64_t capacity)
{
    unsigned char *items = host_reserve_dense(capacity * vector->item_bytes);
    if (vector->items != NULL) {
        memcpy(items, vector->items, vector->count * vector->item_bytes);
        host_release(vector->items, vector->capacity * vector->item_bytes);
    }
    vector->items = items;
    vector->capacity = capacity;
}

void vector_double(struct vector *vector)
{
    vector_grow(vector, vector->capacity == 0 ? FIRST_BYTES / vector->item_bytes : vector->capacity * 2);
}

void vector_copy(struct vector *to, const struct vector *from)
{
    CHECK(to->item_bytes == from->item_bytes);
    to->count = 0;
    if (from->count > to->capacity)
        vector_grow(to, from->capacity);
    if (from->count > 0)
        memcpy(to->items, from->items, from->count * from->item_bytes);
    to->count = from->count;
}
