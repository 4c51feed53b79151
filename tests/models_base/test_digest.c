/* Digests. The measures of quality are shown to see what is wrong with a weak hash before they are held against
 * ours. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/base/digest.h"
#include "models/base/draw.h"

typedef struct digest hash(const void *bytes, size_t length, uint64_t seed);

/* FNV-1a, 64 bits: its last bytes reach only the upper bits. */
static struct digest weak_hash(const void *bytes, size_t length, uint64_t seed)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325) ^ seed;
    for (size_t i = 0; i < length; i++)
        sum = (sum ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001b3);
    return (struct digest){sum, ~sum};
}

/* 16 bytes through the digest of two numbers, or of a digest and a number */
static struct digest hash_of_two_numbers(const void *bytes, size_t length, uint64_t seed)
{
    uint64_t words[2];
    assert_int_equal(length, sizeof words);
    memcpy(words, bytes, sizeof words);
    return (struct digest){digest_u64(words[0], words[1]), digest_u64(words[1] + seed, words[0])};
}

static struct digest hash_by_folding(const void *bytes, size_t length, uint64_t seed)
{
    struct digest content = {seed, seed};
    assert_int_equal(length, 16);
    memcpy(&content.low, bytes, 8);
    memcpy(&content.high, (const char *)bytes + 8, 8);
    return digest_fold(digest_at(content, 3), content);
}

/* How far from one half the share of seeds is, at worst over all pairs of an input and an output bit, in which
 * flipping the one flips the other. */
static double worst_avalanche(hash *hash_of, size_t length)
{
    enum { SEEDS = 2000 };
    unsigned char bytes[64] = {0};
    double worst = 0;
    for (size_t bit = 0; bit < length * 8; bit++) {
        unsigned flips[128] = {0};
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            for (size_t i = 0; i < length; i++)
                bytes[i] = (unsigned char)draw_keyed(seed, DRAW_PICK, bit, i);
            struct digest before = hash_of(bytes, length, 0);
            bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
            struct digest after = hash_of(bytes, length, 0);
            for (int i = 0; i < 64; i++) {
                flips[i] += (unsigned)((before.low ^ after.low) >> i & 1);
                flips[64 + i] += (unsigned)((before.high ^ after.high) >> i & 1);
            }
        }
        for (int i = 0; i < 128; i++)
            worst = fmax(worst, fabs((double)flips[i] / SEEDS - 0.5));
    }
    return worst;
}

static void a_flipped_bit_flips_each_bit_of_the_digest_in_half_of_the_cases(void **state)
{
    (void)state;
    const double six_deviations = 6 * 0.5 / sqrt(2000);
    assert_true(worst_avalanche(weak_hash, 16) > 0.4);
    assert_true(worst_avalanche(digest_bytes, 5) < six_deviations);
    assert_true(worst_avalanche(digest_bytes, 16) < six_deviations);
    assert_true(worst_avalanche(digest_bytes, 37) < six_deviations);
    assert_true(worst_avalanche(hash_of_two_numbers, 16) < six_deviations);
    assert_true(worst_avalanche(hash_by_folding, 16) < six_deviations);
}

/* Chi-squared of 8 bits of each half from `shift` on, over numbers that differ little, in standard deviations from
 * its mean: each half fills a table of 256 places. */
static double worst_clustering(hash *hash_of, int shift)
{
    enum { COUNT = 65536, PLACES = 256 };
    unsigned places[2][PLACES] = {{0}};
    for (uint64_t i = 0; i < COUNT; i++) {
        uint64_t words[2] = {i / 256 << 16, i % 256 * 8};
        struct digest digest = hash_of(words, sizeof words, 0);
        places[0][digest.low >> shift & (PLACES - 1)]++;
        places[1][digest.high >> shift & (PLACES - 1)]++;
    }
    double worst = 0;
    for (int half = 0; half < 2; half++) {
        double chi = 0;
        for (int i = 0; i < PLACES; i++)
            chi += pow(places[half][i] - COUNT / (double)PLACES, 2) / (COUNT / (double)PLACES);
        worst = fmax(worst, fabs(chi - (PLACES - 1)) / sqrt(2.0 * (PLACES - 1)));
    }
    return worst;
}

static void inputs_that_differ_little_spread_over_a_table(void **state)
{
    (void)state;
    assert_true(worst_clustering(weak_hash, 0) > 6);
    for (int shift = 0; shift <= 56; shift += 8) {
        assert_true(worst_clustering(digest_bytes, shift) < 6);
        assert_true(worst_clustering(hash_of_two_numbers, shift) < 6);
        assert_true(worst_clustering(hash_by_folding, shift) < 6);
    }
}

static int compare_words(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static size_t equal_neighbours(uint64_t *words, size_t count)
{
    qsort(words, count, sizeof *words, compare_words);
    size_t equal = 0;
    for (size_t i = 1; i < count; i++)
        equal += words[i] == words[i - 1];
    return equal;
}

/* Inputs of `length` bytes, all zero but for two set bits. */
static void assert_no_collision(size_t length)
{
    size_t bits = length * 8, count = 0;
    unsigned char bytes[80] = {0};
    uint64_t *low = malloc(bits * bits * sizeof *low), *high = malloc(bits * bits * sizeof *high);
    for (size_t first = 0; first < bits; first++)
        for (size_t second = first; second < bits; second++, count++) {
            bytes[first / 8] ^= (unsigned char)(1 << first % 8);
            bytes[second / 8] |= (unsigned char)(1 << second % 8);
            struct digest digest = digest_bytes(bytes, length, 1);
            low[count] = digest.low;
            high[count] = digest.high;
            memset(bytes, 0, sizeof bytes);
        }
    size_t equal_low = equal_neighbours(low, count), equal_high = equal_neighbours(high, count);
    free(low);
    free(high);
    assert_int_equal(equal_low, 0);
    assert_int_equal(equal_high, 0);
}

static void each_half_of_a_digest_tells_sparse_inputs_apart(void **state)
{
    (void)state;
    for (size_t length = 1; length <= 80; length += 7)
        assert_no_collision(length);
}

static void numbers_near_each_other_have_digests_of_their_own(void **state)
{
    (void)state;
    enum { SIDE = 700 };
    uint64_t *words = malloc(SIDE * SIDE * sizeof *words);
    for (uint64_t i = 0; i < SIDE * SIDE; i++)
        words[i] = digest_u64(i / SIDE, i % SIDE);
    size_t equal = equal_neighbours(words, SIDE * SIDE);
    free(words);
    assert_int_equal(equal, 0);
}

static void lengths_seeds_and_order_matter(void **state)
{
    (void)state;
    static const char zeros[32];
    assert_false(digest_equal(digest_bytes(zeros, 16, 0), digest_bytes(zeros, 17, 0)));
    assert_false(digest_equal(digest_bytes(zeros, 16, 0), digest_bytes(zeros, 16, 1)));
    struct digest a = digest_bytes("a", 1, 0), b = digest_bytes("b", 1, 0);
    assert_false(digest_equal(digest_fold(a, b), digest_fold(b, a)));
    assert_false(digest_equal(digest_at(a, 1), digest_at(a, 2)));
    assert_int_not_equal(digest_u64(1, 2), digest_u64(2, 1));
}

static void bytes_are_read_from_any_address(void **state)
{
    (void)state;
    unsigned char room[64];
    struct digest digests[8];
    for (size_t shift = 0; shift < 8; shift++) {
        for (size_t i = 0; i < 40; i++)
            room[shift + i] = (unsigned char)(i * 7);
        digests[shift] = digest_bytes(room + shift, 40, 1);
        assert_true(digest_equal(digests[shift], digests[0]));
    }
}

static void the_quick_digest_of_structs_sees_every_bit_their_places_and_their_order(void **state)
{
    (void)state;
    unsigned char units[16 * DIGEST_UNITS_MAX];
    struct digest seen[8 * sizeof units], start = {1, 2};
    for (size_t bit = 0; bit < 8 * sizeof units; bit++) {
        memset(units, 0, sizeof units);
        units[bit / 8] = (unsigned char)(1 << bit % 8);
        seen[bit] = digest_fold_units(start, units, DIGEST_UNITS_MAX);
        assert_false(digest_equal(seen[bit], start));
        for (size_t other = 0; other < bit; other++)
            assert_false(digest_equal(seen[bit], seen[other]));
    }
    assert_false(digest_equal(seen[0], digest_fold_units(start, units, DIGEST_UNITS_MAX - 1)));
    struct digest last = digest_fold_units(seen[5], units, DIGEST_UNITS_MAX);
    assert_false(digest_equal(last, digest_fold_units(seen[6], units, DIGEST_UNITS_MAX)));
    assert_true(digest_equal(last, digest_fold_units(seen[5], units, DIGEST_UNITS_MAX)));
}

static void a_checksum_is_never_zero_and_sees_a_torn_tail(void **state)
{
    (void)state;
    unsigned char record[48] = {1, 2, 3};
    memset(record + 16, 0xab, 32);
    uint32_t whole = digest_checksum(record, sizeof record);
    assert_int_not_equal(whole, 0);
    for (size_t torn = 47; torn >= 16; torn--) {
        record[torn] = 0;
        assert_int_not_equal(digest_checksum(record, sizeof record), whole);
    }
}

static void a_digest_is_the_same_on_every_machine(void **state)
{
    (void)state;
    char text[33];
    digest_text(digest_bytes("crashq", 6, 7), text);
    assert_string_equal(text, "e48bdf700fd270ad10370298545aa2c7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flipped_bit_flips_each_bit_of_the_digest_in_half_of_the_cases),
        cmocka_unit_test(inputs_that_differ_little_spread_over_a_table),
        cmocka_unit_test(each_half_of_a_digest_tells_sparse_inputs_apart),
        cmocka_unit_test(numbers_near_each_other_have_digests_of_their_own),
        cmocka_unit_test(lengths_seeds_and_order_matter),
        cmocka_unit_test(bytes_are_read_from_any_address),
        cmocka_unit_test(the_quick_digest_of_structs_sees_every_bit_their_places_and_their_order),
        cmocka_unit_test(a_checksum_is_never_zero_and_sees_a_torn_tail),
        cmocka_unit_test(a_digest_is_the_same_on_every_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
