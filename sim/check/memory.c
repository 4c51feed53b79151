#include "sim/check/memory.h"

#include <stdlib.h>
#include <string.h>

#include "models/base/check.h"

#define CHUNK_BYTES ((size_t)64 << 10)

struct hoard_chunk {
    struct hoard_chunk *before;
    size_t size; /* of bytes */
    _Alignas(16) uint8_t bytes[];
};

void *memory_take(struct memory *memory, size_t bytes)
{
    void *piece = calloc(1, bytes ? bytes : 1);
    CHECK(piece != NULL);
    memory->bytes += bytes;
    return piece;
}

void *memory_grow(struct memory *memory, void *old, size_t bytes_old, size_t bytes_new)
{
    CHECK(bytes_new >= bytes_old && bytes_new > 0);
    uint8_t *piece = realloc(old, bytes_new);
    CHECK(piece != NULL);
    memset(piece + bytes_old, 0, bytes_new - bytes_old);
    memory->bytes += bytes_new - bytes_old;
    return piece;
}

void memory_give(struct memory *memory, void *old, size_t bytes)
{
    CHECK(memory->bytes >= bytes);
    memory->bytes -= bytes;
    free(old);
}

bool memory_fits(const struct memory *memory, uint64_t more)
{
    return memory->bytes_max == 0 || memory->bytes + more <= memory->bytes_max;
}

void *memory_room_for_one(struct memory *memory, void *items, uint32_t count, uint32_t *room, size_t item_bytes)
{
    CHECK(count <= *room && *room <= UINT32_MAX / 2);
    if (count < *room)
        return items;
    uint32_t room_new = *room ? *room * 2 : 64;
    items = memory_grow(memory, items, *room * item_bytes, room_new * item_bytes);
    *room = room_new;
    return items;
}

void hoard_init(struct hoard *hoard, struct memory *memory)
{
    *hoard = (struct hoard){.memory = memory};
}

void hoard_clear(struct hoard *hoard)
{
    while (hoard->last != NULL) {
        struct hoard_chunk *before = hoard->last->before;
        memory_give(hoard->memory, hoard->last, sizeof *hoard->last + hoard->last->size);
        hoard->last = before;
    }
    hoard->used = 0;
}

void *hoard_take(struct hoard *hoard, size_t bytes)
{
    bytes = (bytes + 15) & ~(size_t)15;
    if (hoard->last == NULL || hoard->last->size - hoard->used < bytes) {
        size_t size = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
        struct hoard_chunk *chunk = memory_take(hoard->memory, sizeof *chunk + size);
        chunk->before = hoard->last;
        chunk->size = size;
        hoard->last = chunk;
        hoard->used = 0;
    }
    void *piece = hoard->last->bytes + hoard->used;
    hoard->used += bytes;
    return piece;
}
