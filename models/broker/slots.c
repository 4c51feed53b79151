/* Sets of connection slots as bitmaps, one row per set.
 *
 * A queue's takers are the consumers that may take a message now. Kept as bits in slot order they need no list
 * whose order tells a history, so states that behave alike are alike, and both policies are a short scan: round
 * robin looks from behind the last one served, random counts to the n-th. A thousand consumers are sixteen
 * words. */
#include "models/broker/broker_core.h"

static uint32_t slots_words(const struct node *node)
{
    return ((uint32_t)node->connections + 63) / 64;
}

static uint64_t *slots_row(const struct node *node, uint16_t set)
{
    CHECK(set <= node->queues);
    return (uint64_t *)arena_at(&node->arena, node->slot_table) + (uint64_t)set * slots_words(node);
}

bool slots_change(struct node *node, uint16_t set, uint16_t slot, bool member)
{
    CHECK(slot < node->connections);
    uint64_t *word = slots_row(node, set) + slot / 64;
    uint64_t bit = UINT64_C(1) << (slot % 64);
    if (((*word & bit) != 0) == member)
        return false;
    *word ^= bit;
    return true;
}

uint16_t slots_from(const struct node *node, uint16_t set, uint16_t slot)
{
    const uint64_t *row = slots_row(node, set);
    uint32_t words = slots_words(node), word = slot / 64;
    CHECK(word < words);
    uint64_t bits = row[word] & (UINT64_MAX << (slot % 64));
    for (uint32_t looked = 0; bits == 0; looked++) {
        CHECK(looked < words);
        word = word + 1 < words ? word + 1 : 0;
        bits = row[word];
    }
    return (uint16_t)(word * 64 + (uint32_t)__builtin_ctzll(bits));
}

/* The pure zone asks no library for it, and not every processor it runs on has an instruction. */
static uint32_t bits_count(uint64_t bits)
{
    bits -= bits >> 1 & UINT64_C(0x5555555555555555);
    bits = (bits & UINT64_C(0x3333333333333333)) + (bits >> 2 & UINT64_C(0x3333333333333333));
    bits = (bits + (bits >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (uint32_t)(bits * UINT64_C(0x0101010101010101) >> 56);
}

uint16_t slots_nth(const struct node *node, uint16_t set, uint32_t index)
{
    const uint64_t *row = slots_row(node, set);
    uint32_t word = 0;
    for (uint32_t members; (members = bits_count(row[word])) <= index; word++) {
        index -= members;
        CHECK(word + 1 < slots_words(node));
    }
    uint64_t bits = row[word];
    while (index-- > 0)
        bits &= bits - 1;
    return (uint16_t)(word * 64 + (uint32_t)__builtin_ctzll(bits));
}
