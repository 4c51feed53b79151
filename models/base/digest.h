/* 128-bit digests of bytes, for fingerprints and interning: fast, the same on every machine (little-endian loads
 * are spelled out), not cryptographic. */
#ifndef CRASHQ_BASE_DIGEST_H
#define CRASHQ_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "models/base/check.h"

struct digest {
    uint64_t low, high;
};

struct digest digest_bytes(const void *bytes, size_t length, uint64_t seed);
/* Folds a digest, or one number, into a running one; the order matters. */
struct digest digest_fold(struct digest running, struct digest next);
struct digest digest_fold_u64(struct digest running, uint64_t value);
/* The digest of a digest at a position: what a state fingerprint sums up. */
struct digest digest_at(struct digest content, uint64_t position);
static inline bool digest_equal(struct digest a, struct digest b)
{
    return a.low == b.low && a.high == b.high;
}
/* 64 bits of good quality from one or two numbers. */
uint64_t digest_u64(uint64_t a, uint64_t b);
/* A checksum of a stored record; never 0. */
uint32_t digest_checksum(const void *bytes, size_t length);
/* 32 hexadecimal digits and a NUL. */
void digest_text(struct digest digest, char ret_text[33]);

/* ---- inline, for the event loop ---- */

__extension__ typedef unsigned __int128 digest_u128;
#define DIGEST_K0 UINT64_C(0xa0761d6478bd642f)
#define DIGEST_K1 UINT64_C(0xe7037ed1a0b428db)

static inline uint64_t digest_mix(uint64_t a, uint64_t b)
{
    digest_u128 product = (digest_u128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t digest_load(const unsigned char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

#define DIGEST_UNITS_MAX 8
extern const uint64_t digest_unit_keys[2 * DIGEST_UNITS_MAX];

static inline __attribute__((always_inline)) digest_u128 digest_unit(const unsigned char *units, size_t i)
{
    const unsigned char *at = units + 16 * i;
    return (digest_u128)(digest_load(at) + digest_unit_keys[2 * i]) *
           (digest_load(at + 8) + digest_unit_keys[2 * i + 1]);
}

/* Folds a plain struct of 16-byte units, 1 to DIGEST_UNITS_MAX, into a running digest. Costs a third of digest_bytes,
 * and is worth half: 64 bits, enough to compare the runs of one seed, too few for a set of states.
 *
 * NH (Black et al. 1999, UMAC): the sum of one product per unit, each with keys of its own. The products do not wait
 * for one another, and only their sum is mixed. Inlined always, since a count that is known leaves no loop
 * and no jump. */
static inline __attribute__((always_inline)) struct digest digest_fold_units(struct digest running, const void *units,
                                                                             size_t count)
{
    digest_u128 sum = 0;
    switch (count) { /* each case falls through */
    case 8: sum += digest_unit(units, 7); __attribute__((fallthrough));
    case 7: sum += digest_unit(units, 6); __attribute__((fallthrough));
    case 6: sum += digest_unit(units, 5); __attribute__((fallthrough));
    case 5: sum += digest_unit(units, 4); __attribute__((fallthrough));
    case 4: sum += digest_unit(units, 3); __attribute__((fallthrough));
    case 3: sum += digest_unit(units, 2); __attribute__((fallthrough));
    case 2: sum += digest_unit(units, 1); __attribute__((fallthrough));
    case 1: sum += digest_unit(units, 0); break;
    default: check_failed(__FILE__, __LINE__, "1 to DIGEST_UNITS_MAX units");
    }
    uint64_t low = (uint64_t)sum ^ running.low, high = (uint64_t)(sum >> 64) ^ running.high;
    return (struct digest){digest_mix(low ^ DIGEST_K0, high ^ DIGEST_K1), low};
}

#endif
