/* Memory of an exploration: counted, so that a check can stop at a budget and say what a state costs.
 *
 * Arrays grow and move; what others point at lies in a hoard, which only grows at its end and never moves. Running out
 * of memory in an array that a budget could have refused is the caller's to prevent (memory_fits); malloc's refusal
 * itself is fatal. */
#ifndef CRASHQ_CHECK_MEMORY_H
#define CRASHQ_CHECK_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memory {
    uint64_t bytes;     /* held now */
    uint64_t bytes_max; /* the budget; 0 = none */
};

/* Zeroed. */
void *memory_take(struct memory *memory, size_t bytes);
/* Moves `old` (may be NULL) into a larger piece; the new tail is zeroed. */
void *memory_grow(struct memory *memory, void *old, size_t bytes_old, size_t bytes_new);
void memory_give(struct memory *memory, void *old, size_t bytes);
/* Whether `more` bytes stay within the budget. */
bool memory_fits(const struct memory *memory, uint64_t more);

/* Room for one more item in an array of `count` items with room for *room: doubles it when full. */
void *memory_room_for_one(struct memory *memory, void *items, uint32_t count, uint32_t *room, size_t item_bytes);

struct hoard_chunk;
struct hoard {
    struct memory *memory;
    struct hoard_chunk *last;
    size_t used;  /* of the last chunk */
    size_t bytes; /* of all */
};
void hoard_init(struct hoard *hoard, struct memory *memory);
void hoard_clear(struct hoard *hoard);
/* Zeroed, aligned to 16 bytes, at the same address for the hoard's life. */
void *hoard_take(struct hoard *hoard, size_t bytes);

#endif
