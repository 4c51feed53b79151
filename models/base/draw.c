/* See draw.h. */
#include "models/base/draw.h"

#include "models/base/digest.h"

uint64_t draw_keyed(uint64_t seed, enum draw_purpose purpose, uint64_t identity, uint64_t index)
{
    return digest_u64(digest_u64(seed, (uint64_t)purpose), digest_u64(identity, index));
}

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t splitmix_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void stream_seed(struct stream *stream, uint64_t seed, enum draw_purpose purpose, uint64_t identity)
{
    uint64_t state = draw_keyed(seed, purpose, identity, 0);
    for (int i = 0; i < 4; i++)
        stream->state[i] = splitmix_next(&state);
}

static uint64_t rotate_left(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

uint64_t stream_next(struct stream *stream)
{
    uint64_t *s = stream->state;
    uint64_t result = rotate_left(s[0] + s[3], 23) + s[0];
    uint64_t carried = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= carried;
    s[3] = rotate_left(s[3], 45);
    return result;
}
