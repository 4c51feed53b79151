/* Blocks as bytes: all that is in use of one, and whether two are the same. For what equal states must be equal in. */
#ifndef CRASHQ_TESTS_SAME_BLOCK_H
#define CRASHQ_TESTS_SAME_BLOCK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "models/base/arena.h"

static inline uint64_t block_used(const void *block)
{
    return arena_used_bytes((const struct arena *)block);
}

static inline void block_clear(void *block)
{
    memset(block, 0, block_used(block));
}

static inline void block_copy(void *block, const void *from)
{
    block_clear(block);
    memcpy(block, from, block_used(from));
}

static inline void assert_same_block(const void *a, const void *b)
{
    assert_int_equal(block_used(a), block_used(b));
    assert_memory_equal(a, b, block_used(a));
}

#endif
