#include "sim/check/memory.h"

#include <stdlib.h>
#include <string.h>

#include "models/base/check.h"
#include "models/base/host.h"

#define CHUNK_BYTES ((size_t)64 << 10)
#define CHUNK_DENSE_BYTES ((size_t)8 << 20) /* once a hoard has shown that it will be large */
#define DENSE_LEAST ((size_t)4 << 20)       /* a piece from here on lies in large pages, where the system has them */

struct hoard_chunk {
    struct hoard_chunk *before;
    size_t size; /* of bytes */
    _Alignas(16) uint8_t bytes[];
};

static void *piece_take(size_t bytes)
{
    if (bytes >= DENSE_LEAST)
        return host_reserve_dense(bytes);
    void *piece = calloc(1, bytes ? bytes : 1);
    CHECK(piece != NULL);
    return piece;
}

static void piece_give(void *piece, size_t bytes)
{
    if (bytes >= DENSE_LEAST)
        host_release(piece, bytes);
    else
        free(piece);
}

void *memory_take(struct memory *memory, size_t bytes)
{
    memory->bytes += bytes;
    return piece_take(bytes);
}

void *memory_grow(struct memory *memory, void *old, size_t bytes_old, size_t bytes_new)
{
    CHECK(bytes_new >= bytes_old && bytes_new > 0);
    void *piece = piece_take(bytes_new);
    if (old != NULL) {
        memcpy(piece, old, bytes_old);
        piece_give(old, bytes_old);
    }
    memory->bytes += bytes_new - bytes_old;
    return piece;
}

void memory_give(struct memory *memory, void *old, size_t bytes)
{
    CHECK(memory->bytes >= bytes);
    memory->bytes -= bytes;
    if (old != NULL)
        piece_give(old, bytes);
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
    hoard->used = hoard->bytes = 0;
}

void *hoard_take(struct hoard *hoard, size_t bytes)
{
    bytes = (bytes + 15) & ~(size_t)15;
    if (hoard->last == NULL || hoard->last->size - hoard->used < bytes) {
        size_t usual = hoard->bytes < CHUNK_DENSE_BYTES ? CHUNK_BYTES : CHUNK_DENSE_BYTES - sizeof(struct hoard_chunk);
        size_t size = bytes > usual ? bytes : usual;
        struct hoard_chunk *chunk = memory_take(hoard->memory, sizeof *chunk + size);
        chunk->before = hoard->last;
        chunk->size = size;
        hoard->bytes += size;
        hoard->last = chunk;
        hoard->used = 0;
    }
    void *piece = hoard->last->bytes + hoard->used;
    hoard->used += bytes;
    return piece;
}
