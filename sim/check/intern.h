/* A content-addressed store: equal bytes get one 32-bit id, different bytes different ids. Exact: a hash only finds the
 * candidates, the bytes decide. This is what makes a world's state a short tuple of numbers (hash consing; Filliatre
 * and Conchon 2006), and "did we step this before?" a comparison of two integers.
 *
 * Ids start at 1, in order of arrival; they never change and nothing is ever taken out. Bytes never move and are
 * followed by `slack` zeroed bytes, for readers of blocks whose used part is shorter than their header. */
#ifndef CRASHQ_CHECK_INTERN_H
#define CRASHQ_CHECK_INTERN_H

#include "sim/check/memory.h"

struct intern_entry {
    const uint8_t *bytes;
    uint32_t length;
    uint32_t salt;
    uint32_t hash;
    uint32_t reserved;
};

struct intern {
    struct memory *memory;
    struct hoard hoard;
    size_t slack;
    struct intern_entry *entries; /* [id - 1] */
    uint32_t count, room;
    uint32_t *slots; /* ids by hash; linear probing */
    uint64_t slot_count;
};

void intern_init(struct intern *intern, struct memory *memory, size_t slack);
void intern_clear(struct intern *intern);
/* The id of these bytes under this salt (same bytes, other salt: another id). */
uint32_t intern_put(struct intern *intern, uint32_t salt, const void *bytes, size_t length, bool *ret_new);
const void *intern_bytes(const struct intern *intern, uint32_t id, size_t *ret_length);

#endif
