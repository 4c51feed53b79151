/* A connection by itself, and what its ends do: end 0 opens it, end 1 accepts. */
#ifndef CRASHQ_TESTS_LONE_CONNECTION_H
#define CRASHQ_TESTS_LONE_CONNECTION_H

#include "tests/sim_world/parts.h"

static inline void happens(struct lone_part *lone, enum part_input_kind kind, unsigned end)
{
    lone_step(lone, (struct part_input){.kind = (uint8_t)kind, .end = (uint8_t)end});
}

static inline void opened(struct lone_part *lone)
{
    happens(lone, PART_CONNECTION_OPEN, 0);
    happens(lone, PART_CONNECTION_ACCEPT, 0);
    happens(lone, PART_CONNECTION_ESTABLISHED, 0);
}

static inline void sends_frame(struct lone_part *lone, unsigned end, struct frame frame)
{
    struct part_input push = {.kind = PART_CONNECTION_PUSH, .end = (uint8_t)end};
    push.u.frame = frame;
    lone_step(lone, push);
}

static inline int can_be(const struct lone_part *lone, enum action_kind kind, unsigned end)
{
    uint32_t connection = lone->part - shape_part_connection(lone->shape, 0);
    return lone_offers(lone, (struct action){.kind = (uint8_t)kind, .end = (uint8_t)end, .connection = connection});
}

#endif
