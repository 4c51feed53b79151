/* 128-bit digests of bytes, for fingerprints and interning: fast, the same on every machine (little-endian loads
 * are spelled out), not cryptographic. */
#ifndef CRASHQ_BASE_DIGEST_H
#define CRASHQ_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct digest {
    uint64_t low, high;
};

struct digest digest_bytes(const void *bytes, size_t length, uint64_t seed);
/* Folds a digest, or one number, into a running one; the order matters. */
struct digest digest_fold(struct digest running, struct digest next);
struct digest digest_fold_u64(struct digest running, uint64_t value);
/* Folds a plain struct of 16-byte units, 1 to DIGEST_UNITS_MAX, into a running digest. Costs a third of digest_bytes,
 * and is worth half: 64 bits, enough to compare the runs of one seed, too few for a set of states. */
#define DIGEST_UNITS_MAX 8
struct digest digest_fold_units(struct digest running, const void *units, size_t count);
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

#endif
