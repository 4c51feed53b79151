#include "sim/check/frontier.h"

#include <string.h>

#include "models/base/check.h"

void frontier_init(struct frontier *frontier, struct memory *memory, uint32_t parts, bool keeps_all)
{
    CHECK(parts > 0);
    *frontier = (struct frontier){.memory = memory, .parts = parts, .keeps_all = keeps_all};
}

void frontier_clear(struct frontier *frontier)
{
    uint64_t tuple_bytes = frontier->parts * sizeof(uint32_t);
    memory_give(frontier->memory, frontier->now.tuples, frontier->now.room * tuple_bytes);
    memory_give(frontier->memory, frontier->next.tuples, frontier->next.room * tuple_bytes);
    memory_give(frontier->memory, frontier->links, frontier->link_room * sizeof *frontier->links);
    memory_give(frontier->memory, frontier->all, frontier->all_room * tuple_bytes);
    *frontier = (struct frontier){0};
}

/* Room for `wanted` items, half as much again when it grows. */
static bool array_reserve(struct memory *memory, void **items, uint64_t *room, uint64_t wanted, uint64_t item_bytes)
{
    if (wanted <= *room)
        return true;
    uint64_t room_new = *room + *room / 2 > wanted ? *room + *room / 2 : wanted + 1024;
    if (!memory_fits(memory, (room_new - *room) * item_bytes))
        return false;
    *items = memory_grow(memory, *items, *room * item_bytes, room_new * item_bytes);
    *room = room_new;
    return true;
}

bool frontier_reserve(struct frontier *frontier, uint32_t more)
{
    struct memory *memory = frontier->memory;
    struct level *next = &frontier->next;
    uint64_t tuple_bytes = frontier->parts * sizeof(uint32_t);
    uint64_t states = (uint64_t)frontier->states + more;
    void *tuples = next->tuples, *links = frontier->links, *all = frontier->all;
    bool fits = array_reserve(memory, &tuples, &next->room, (uint64_t)next->count + more, tuple_bytes) &&
                array_reserve(memory, &links, &frontier->link_room, states, sizeof *frontier->links) &&
                (!frontier->keeps_all || array_reserve(memory, &all, &frontier->all_room, states, tuple_bytes));
    next->tuples = tuples;
    frontier->links = links;
    frontier->all = all;
    return fits;
}

uint32_t frontier_add(struct frontier *frontier, const uint32_t *tuple, struct link link)
{
    struct level *next = &frontier->next;
    uint64_t tuple_bytes = frontier->parts * sizeof *tuple;
    CHECK(next->count < next->room && frontier->states < frontier->link_room && frontier->states < STATES_LIMIT);
    uint32_t state = frontier->states++;
    memcpy(next->tuples + (uint64_t)next->count++ * frontier->parts, tuple, tuple_bytes);
    frontier->links[state] = link;
    if (frontier->keeps_all)
        memcpy(frontier->all + (uint64_t)state * frontier->parts, tuple, tuple_bytes);
    return state;
}

bool frontier_advance(struct frontier *frontier)
{
    if (frontier->next.count == 0)
        return false;
    struct level spare = frontier->now;
    frontier->now = frontier->next;
    frontier->next = spare;
    frontier->next.count = 0;
    frontier->next.first = frontier->states;
    frontier->depth += frontier->now.first > 0;
    return true;
}
