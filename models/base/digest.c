/* See digest.h. The mixer is the folded product: two 64-bit words are multiplied to 128 bits and the halves xored
 * (as in Wang Yi's wyhash). Two lanes with different constants give 128 bits. */
#include "models/base/digest.h"

#include <string.h>

__extension__ typedef unsigned __int128 u128;

#define K0 UINT64_C(0xa0761d6478bd642f)
#define K1 UINT64_C(0xe7037ed1a0b428db)
#define K2 UINT64_C(0x8ebc6af09c88c6e3)
#define K3 UINT64_C(0x589965cc75374cc3)

static inline uint64_t fold(uint64_t a, uint64_t b)
{
    u128 product = (u128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t load_le64(const unsigned char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* The last 0..15 bytes as two words. */
static void load_tail(const unsigned char *at, size_t length, uint64_t tail[2])
{
    unsigned char padded[16] = {0};
    memcpy(padded, at, length);
    tail[0] = load_le64(padded);
    tail[1] = load_le64(padded + 8);
}

struct digest digest_bytes(const void *bytes, size_t length, uint64_t seed)
{
    const unsigned char *at = bytes;
    uint64_t low = seed ^ K0, high = seed ^ K2;
    size_t left = length;
    for (; left >= 16; at += 16, left -= 16) {
        uint64_t a = load_le64(at), b = load_le64(at + 8);
        low = fold(a ^ K1, b ^ low);
        high = fold(b ^ K3, a ^ high);
    }
    uint64_t tail[2];
    load_tail(at, left, tail);
    low = fold(tail[0] ^ K1 ^ length, tail[1] ^ low);
    high = fold(tail[1] ^ K3 ^ length, tail[0] ^ high);
    return (struct digest){fold(low ^ K0, high ^ K1), fold(high ^ K2, low ^ K3)};
}

struct digest digest_fold(struct digest running, struct digest next)
{
    uint64_t low = fold(running.low ^ next.low ^ K0, running.high ^ K1 ^ next.high * K3);
    uint64_t high = fold(running.high ^ next.high ^ K2, low ^ running.low ^ K3);
    return (struct digest){low + running.high, high};
}

struct digest digest_fold_u64(struct digest running, uint64_t value)
{
    return digest_fold(running, (struct digest){value ^ K1, fold(value ^ K2, K3)});
}

struct digest digest_at(struct digest content, uint64_t position)
{
    return digest_fold_u64(content, position + K0);
}

uint64_t digest_u64(uint64_t a, uint64_t b)
{
    uint64_t mixed = fold(a ^ K0, b ^ K1);
    return fold(mixed ^ K2 ^ a, b ^ K3);
}

uint32_t digest_checksum(const void *bytes, size_t length)
{
    struct digest digest = digest_bytes(bytes, length, K3);
    uint32_t sum = (uint32_t)(digest.low ^ digest.low >> 32);
    return sum == 0 ? 1 : sum;
}

static void digest_word_text(uint64_t word, char *text)
{
    for (int i = 0; i < 16; i++)
        text[i] = "0123456789abcdef"[word >> (60 - 4 * i) & 15];
}

void digest_text(struct digest digest, char ret_text[33])
{
    digest_word_text(digest.high, ret_text);
    digest_word_text(digest.low, ret_text + 16);
    ret_text[32] = '\0';
}
