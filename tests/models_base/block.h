/* A fresh block for each test, and sets as tables of flags to hold the real ones against. */
#ifndef CRASHQ_TESTS_BLOCK_H
#define CRASHQ_TESTS_BLOCK_H

#include <stdbool.h>
#include <stdlib.h>

#include "models/base/arena.h"

#define BLOCK_BYTES (1u << 20)
#define KEYS 256

static int make_block(void **state)
{
    struct arena *block = calloc(1, BLOCK_BYTES);
    arena_init(block, sizeof *block, BLOCK_BYTES);
    *state = block;
    return 0;
}

static int free_block(void **state)
{
    free(*state);
    return 0;
}

#define IN_BLOCK(test) cmocka_unit_test_setup_teardown(test, make_block, free_block)

/* Each is the index found, or -1. */
static inline int least_at_or_above(const bool *in, int from)
{
    for (int i = from; i < KEYS; i++)
        if (in[i])
            return i;
    return -1;
}

static inline int greatest_at_or_below(const bool *in, int to)
{
    for (int i = to; i >= 0; i--)
        if (in[i])
            return i;
    return -1;
}

#endif
