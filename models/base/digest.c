/* See digest.h. The mixer is the folded product: two 64-bit words are multiplied to 128 bits and the halves xored
 * (as in Wang Yi's wyhash). Two lanes with different constants give 128 bits. */
#include "models/base/digest.h"

#include "models/base/check.h"

#define K2 UINT64_C(0x8ebc6af09c88c6e3)
#define K3 UINT64_C(0x589965cc75374cc3)

/* The last 0..15 bytes as two words. */
static void load_tail(const unsigned char *at, size_t length, uint64_t tail[2])
{
    unsigned char padded[16] = {0};
    memcpy(padded, at, length);
    tail[0] = digest_load(padded);
    tail[1] = digest_load(padded + 8);
}

struct digest digest_bytes(const void *bytes, size_t length, uint64_t seed)
{
    const unsigned char *at = bytes;
    uint64_t low = seed ^ DIGEST_K0, high = seed ^ K2;
    size_t left = length;
    for (; left >= 16; at += 16, left -= 16) {
        uint64_t a = digest_load(at), b = digest_load(at + 8);
        low = digest_mix(a ^ DIGEST_K1, b ^ low);
        high = digest_mix(b ^ K3, a ^ high);
    }
    uint64_t tail[2];
    load_tail(at, left, tail);
    low = digest_mix(tail[0] ^ DIGEST_K1 ^ length, tail[1] ^ low);
    high = digest_mix(tail[1] ^ K3 ^ length, tail[0] ^ high);
    return (struct digest){digest_mix(low ^ DIGEST_K0, high ^ DIGEST_K1), digest_mix(high ^ K2, low ^ K3)};
}

struct digest digest_fold(struct digest running, struct digest next)
{
    uint64_t low = digest_mix(running.low ^ next.low ^ DIGEST_K0, running.high ^ DIGEST_K1 ^ next.high * K3);
    uint64_t high = digest_mix(running.high ^ next.high ^ K2, low ^ running.low ^ K3);
    return (struct digest){low + running.high, high};
}

struct digest digest_fold_u64(struct digest running, uint64_t value)
{
    return digest_fold(running, (struct digest){value ^ DIGEST_K1, digest_mix(value ^ K2, K3)});
}

const uint64_t digest_unit_keys[2 * DIGEST_UNITS_MAX] = {
    UINT64_C(0x910a2dec89025cc1), UINT64_C(0xbeeb8da1658eec67), UINT64_C(0xf893a2eefb32555e),
    UINT64_C(0x71c18690ee42c90b), UINT64_C(0x71bb54d8d101b5b9), UINT64_C(0xc34d0bff90150280),
    UINT64_C(0xe099ec6cd7363ca5), UINT64_C(0x85e7bb0f12278575), UINT64_C(0x491718de357e3da8),
    UINT64_C(0xcb435c8e74616796), UINT64_C(0x6775dc7701564f61), UINT64_C(0x12b3d9a9d2e8e2ad),
    UINT64_C(0x0d3dd0f6c3c4d5d5), UINT64_C(0xf2c1d6a35ab4ec2b), UINT64_C(0x9d4e2f6b0a71c8e3),
    UINT64_C(0x3bd1a96f5e87204d),
};

struct digest digest_at(struct digest content, uint64_t position)
{
    return digest_fold_u64(content, position + DIGEST_K0);
}

uint64_t digest_u64(uint64_t a, uint64_t b)
{
    uint64_t mixed = digest_mix(a ^ DIGEST_K0, b ^ DIGEST_K1);
    return digest_mix(mixed ^ K2 ^ a, b ^ K3);
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
