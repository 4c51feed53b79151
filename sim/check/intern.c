#include "sim/check/intern.h"

#include <string.h>

#include "models/base/check.h"
#include "models/base/digest.h"

static uint64_t intern_home(const struct intern *intern, uint32_t hash)
{
    return (uint64_t)hash * intern->slot_count >> 32;
}

static uint64_t intern_next(const struct intern *intern, uint64_t slot)
{
    return slot + 1 == intern->slot_count ? 0 : slot + 1;
}

static void intern_grow_slots(struct intern *intern)
{
    uint64_t old_count = intern->slot_count;
    memory_give(intern->memory, intern->slots, old_count * sizeof *intern->slots);
    intern->slot_count = old_count ? old_count * 2 : 256;
    intern->slots = memory_take(intern->memory, intern->slot_count * sizeof *intern->slots);
    for (uint32_t id = 1; id <= intern->count; id++) {
        uint64_t slot = intern_home(intern, intern->entries[id - 1].hash);
        while (intern->slots[slot] != 0)
            slot = intern_next(intern, slot);
        intern->slots[slot] = id;
    }
}

void intern_init(struct intern *intern, struct memory *memory, size_t slack)
{
    *intern = (struct intern){.memory = memory, .slack = slack};
    hoard_init(&intern->hoard, memory);
    intern_grow_slots(intern);
}

void intern_clear(struct intern *intern)
{
    memory_give(intern->memory, intern->slots, intern->slot_count * sizeof *intern->slots);
    memory_give(intern->memory, intern->entries, intern->room * sizeof *intern->entries);
    hoard_clear(&intern->hoard);
    *intern = (struct intern){0};
}

static bool entry_holds(const struct intern_entry *entry, uint32_t hash, uint32_t salt, const void *bytes,
                        size_t length)
{
    return entry->hash == hash && entry->salt == salt && entry->length == length &&
           memcmp(entry->bytes, bytes, length) == 0;
}

uint32_t intern_put(struct intern *intern, uint32_t salt, const void *bytes, size_t length, bool *ret_new)
{
    CHECK(length <= UINT32_MAX && intern->count < UINT32_MAX / 2);
    uint32_t hash = (uint32_t)digest_bytes(bytes, length, salt).low;
    uint64_t slot = intern_home(intern, hash);
    for (; intern->slots[slot] != 0; slot = intern_next(intern, slot)) {
        uint32_t id = intern->slots[slot];
        if (entry_holds(&intern->entries[id - 1], hash, salt, bytes, length)) {
            *ret_new = false;
            return id;
        }
    }

    uint8_t *copy = hoard_take(&intern->hoard, length + intern->slack);
    memcpy(copy, bytes, length);
    intern->entries =
        memory_room_for_one(intern->memory, intern->entries, intern->count, &intern->room, sizeof *intern->entries);
    intern->entries[intern->count++] =
        (struct intern_entry){.bytes = copy, .length = (uint32_t)length, .salt = salt, .hash = hash};
    intern->slots[slot] = intern->count;
    if ((uint64_t)intern->count * 2 > intern->slot_count)
        intern_grow_slots(intern);
    *ret_new = true;
    return intern->count;
}

const void *intern_bytes(const struct intern *intern, uint32_t id, size_t *ret_length)
{
    CHECK(id >= 1 && id <= intern->count);
    const struct intern_entry *entry = &intern->entries[id - 1];
    if (ret_length != NULL)
        *ret_length = entry->length;
    return entry->bytes;
}
