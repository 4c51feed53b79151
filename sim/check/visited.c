#include "sim/check/visited.h"

#include "models/base/check.h"

#define ROOM_FIRST 4096

static bool slot_empty(struct digest slot)
{
    return slot.low == 0 && slot.high == 0;
}

void visited_init(struct visited *visited, struct memory *memory, unsigned bits_kept, bool numbered)
{
    CHECK(bits_kept >= 1 && bits_kept <= 128);
    *visited = (struct visited){.memory = memory, .room = ROOM_FIRST};
    visited->mask.high = bits_kept >= 64 ? UINT64_MAX : ~(UINT64_MAX >> bits_kept);
    visited->mask.low = bits_kept <= 64 ? 0 : bits_kept == 128 ? UINT64_MAX : ~(UINT64_MAX >> (bits_kept - 64));
    visited->slots = memory_take(memory, ROOM_FIRST * sizeof *visited->slots);
    if (numbered)
        visited->states = memory_take(memory, ROOM_FIRST * sizeof *visited->states);
}

void visited_clear(struct visited *visited)
{
    memory_give(visited->memory, visited->slots, visited->room * sizeof *visited->slots);
    if (visited->states != NULL)
        memory_give(visited->memory, visited->states, visited->room * sizeof *visited->states);
    *visited = (struct visited){0};
}

struct digest visited_key(const struct visited *visited, struct digest fingerprint)
{
    struct digest key = {fingerprint.low & visited->mask.low, fingerprint.high & visited->mask.high};
    if (slot_empty(key))
        key.low = 1; /* zero marks an empty slot */
    return key;
}

/* The slot that holds the key, or the empty one where it belongs. */
static uint64_t visited_find(const struct visited *visited, struct digest key)
{
    uint64_t at = visited_home(visited, key);
    while (!slot_empty(visited->slots[at]) && !digest_equal(visited->slots[at], key))
        at = at + 1 == visited->room ? 0 : at + 1;
    return at;
}

static void visited_resize(struct visited *visited, uint64_t room)
{
    struct visited old = *visited;
    visited->room = room;
    visited->slots = memory_take(visited->memory, room * sizeof *visited->slots);
    if (old.states != NULL)
        visited->states = memory_take(visited->memory, room * sizeof *visited->states);
    for (uint64_t i = 0; i < old.room; i++) {
        if (slot_empty(old.slots[i]))
            continue;
        uint64_t at = visited_find(visited, old.slots[i]);
        visited->slots[at] = old.slots[i];
        if (old.states != NULL)
            visited->states[at] = old.states[i];
    }
    visited_clear(&old);
}

bool visited_reserve(struct visited *visited, uint64_t more)
{
    /* At most three quarters full; grown by a half, so between half and three quarters: 21 to 32 bytes a state. */
    uint64_t wanted = visited->count + more;
    if (wanted <= visited->room / 4 * 3)
        return true;
    uint64_t room = visited->room;
    while (wanted > room / 4 * 3)
        room += room / 2;
    uint64_t slot_bytes = sizeof *visited->slots + (visited->states != NULL ? sizeof *visited->states : 0);
    if (!memory_fits(visited->memory, room * slot_bytes))
        return false;
    visited_resize(visited, room);
    return true;
}

bool visited_add(struct visited *visited, struct digest key, uint32_t state, uint32_t *ret_state)
{
    CHECK(!slot_empty(key));
    CHECK(visited->count < visited->room);
    uint64_t at = visited_find(visited, key);
    if (!slot_empty(visited->slots[at])) {
        if (visited->states != NULL)
            *ret_state = visited->states[at];
        return false;
    }
    visited->slots[at] = key;
    if (visited->states != NULL)
        visited->states[at] = state;
    visited->count++;
    return true;
}
