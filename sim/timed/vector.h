/* A growing array of plain items over host memory: doubling copies, so an index stays good and a pointer does not. */
#ifndef CRASHQ_VECTOR_H
#define CRASHQ_VECTOR_H

#include <stddef.h>
#include <stdint.h>

struct vector {
    unsigned char *items; /* NULL while empty and never filled */
    uint64_t count, capacity;
    uint32_t item_bytes;
};

void vector_init(struct vector *vector, uint32_t item_bytes);
void vector_free(struct vector *vector);
void vector_double(struct vector *vector); /* for vector_push */
void vector_copy(struct vector *to, const struct vector *from); /* `to` was initialised */
static inline void *vector_at(const struct vector *vector, uint64_t index)
{
    return vector->items + index * vector->item_bytes;
}
/* Room for a new last item, not cleared. */
static inline void *vector_push(struct vector *vector)
{
    if (vector->count == vector->capacity)
        vector_double(vector);
    return vector_at(vector, vector->count++);
}

#endif
