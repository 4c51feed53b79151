/* Randomness as arguments: keyed draws and streams, whole numbers only.
 *
 * A keyed draw is a hash of what it is for, so adding a consumer does not move the network's draws. A stream
 * (xoshiro256++, Blackman and Vigna 2018, seeded by splitmix64) serves sequential processes: arrivals, a fault
 * schedule. */
#ifndef CRASHQ_BASE_DRAW_H
#define CRASHQ_BASE_DRAW_H

#include <stdint.h>

enum draw_purpose {
    DRAW_LATENCY = 1, DRAW_LOSS, DRAW_TIMER, DRAW_SERVICE, DRAW_FSYNC, DRAW_APPEND, DRAW_CPU, DRAW_PICK,
    DRAW_ARRIVAL, DRAW_SIZE, DRAW_FAULT, DRAW_IMAGE, DRAW_BREAK, DRAW_BODY, DRAW_RESAMPLE, DRAW_DETECTOR,
    DRAW_PURPOSES,
};

/* 64 uniform bits for draw number `index` of `identity` (a link, a message, an actor: made with digest_u64). */
uint64_t draw_keyed(uint64_t seed, enum draw_purpose purpose, uint64_t identity, uint64_t index);

struct stream {
    uint64_t state[4];
};
void stream_seed(struct stream *stream, uint64_t seed, enum draw_purpose purpose, uint64_t identity);
uint64_t stream_next(struct stream *stream);

/* A number in [0, n) from 64 uniform bits: the high word of the product (Lemire 2019; the bias is below n / 2^64). */
static inline uint64_t draw_below(uint64_t bits, uint64_t n)
{
    return (uint64_t)(__extension__((unsigned __int128)bits * n >> 64));
}

#endif
