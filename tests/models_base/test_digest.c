/* Digests, draws and the choice tape. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "models/base/choice.h"
#include "models/base/digest.h"
#include "models/base/draw.h"

static int compare_words(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Digests of inputs that differ in one bit each; 64 bits of `half` must all differ. */
static void assert_no_collision(size_t length, bool high)
{
    enum { ROUNDS = 64 };
    size_t bits = length * 8, count = ROUNDS * bits;
    unsigned char bytes[80] = {0};
    uint64_t *words = malloc(count * sizeof *words);
    for (size_t round = 0, at = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < length; i++)
            bytes[i] = (unsigned char)draw_keyed(round, DRAW_PICK, length, i);
        for (size_t bit = 0; bit < bits; bit++) {
            bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
            struct digest digest = digest_bytes(bytes, length, 1);
            words[at++] = high ? digest.high : digest.low;
            bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        }
    }
    qsort(words, count, sizeof *words, compare_words);
    size_t equal = 0;
    for (size_t i = 1; i < count; i++)
        equal += words[i] == words[i - 1];
    free(words);
    assert_int_equal(equal, 0);
}

static void each_half_of_a_digest_tells_inputs_apart_that_differ_in_one_bit(void **state)
{
    (void)state;
    for (size_t length = 8; length <= 80; length += 9) {
        assert_no_collision(length, false);
        assert_no_collision(length, true);
    }
}

static void a_flipped_bit_flips_about_half_of_the_digest(void **state)
{
    (void)state;
    unsigned char bytes[48];
    uint64_t flips = 0, trials = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (unsigned char)draw_keyed(seed, DRAW_PICK, 1, i);
        struct digest before = digest_bytes(bytes, sizeof bytes, 0);
        for (size_t bit = 0; bit < sizeof bytes * 8; bit++, trials++) {
            bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
            struct digest after = digest_bytes(bytes, sizeof bytes, 0);
            bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
            unsigned changed = (unsigned)__builtin_popcountll(before.low ^ after.low) + (unsigned)__builtin_popcountll(before.high ^ after.high);
            assert_true(changed > 20);
            flips += changed;
        }
    }
    double mean = (double)flips / (double)trials;
    assert_true(mean > 62 && mean < 66);
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

static void a_digest_is_the_same_on_every_machine(void **state)
{
    (void)state;
    char text[33];
    digest_text(digest_bytes("crashq", 6, 7), text);
    assert_string_equal(text, "e48bdf700fd270ad10370298545aa2c7");
}

static void keyed_draws_are_spread_evenly(void **state)
{
    (void)state;
    unsigned counts[16] = {0};
    for (uint64_t i = 0; i < 160000; i++)
        counts[draw_below(draw_keyed(9, DRAW_LATENCY, 3, i), 16)]++;
    for (int i = 0; i < 16; i++)
        assert_in_range(counts[i], 9600, 10400); /* four standard deviations */
}

static void streams_of_different_seeds_purposes_and_identities_differ(void **state)
{
    (void)state;
    struct stream a, b, c, d;
    stream_seed(&a, 1, DRAW_ARRIVAL, 1);
    stream_seed(&b, 2, DRAW_ARRIVAL, 1);
    stream_seed(&c, 1, DRAW_FAULT, 1);
    stream_seed(&d, 1, DRAW_ARRIVAL, 2);
    uint64_t first = stream_next(&a);
    assert_int_not_equal(first, stream_next(&b));
    assert_int_not_equal(first, stream_next(&c));
    assert_int_not_equal(first, stream_next(&d));
}

static void a_tape_that_reads_repeats_what_a_tape_that_draws_picked(void **state)
{
    (void)state;
    for (uint64_t key = 0; key < 1000; key++) {
        struct tape drawn, read;
        tape_draw(&drawn, key);
        uint32_t first = choice_pick(&drawn, 7, CHOICE_DISPATCH);
        bool second = choice_happens(&drawn, 300000, CHOICE_REJECT);
        tape_read(&read, drawn.picks, drawn.used);
        assert_int_equal(choice_pick(&read, 7, CHOICE_DISPATCH), first);
        assert_int_equal(choice_happens(&read, 300000, CHOICE_REJECT), second);
        assert_int_equal(read.used, 2);
        assert_int_equal(read.ran_off, 0);
    }
}

static void a_tape_that_runs_off_says_how_many_ways_there_were(void **state)
{
    (void)state;
    struct tape tape;
    tape_read(&tape, (const uint32_t[]){2}, 1);
    assert_int_equal(choice_pick(&tape, 3, CHOICE_DISPATCH), 2);
    assert_int_equal(choice_pick(&tape, 5, CHOICE_DISPATCH), 0);
    assert_int_equal(tape.ran_off, 1);
    assert_int_equal(tape.ran_off_n, 5);
    choice_pick(&tape, 9, CHOICE_DISPATCH);
    assert_int_equal(tape.ran_off_n, 5); /* the first wish counts */
}

static void one_way_is_no_choice(void **state)
{
    (void)state;
    struct tape tape;
    tape_read(&tape, NULL, 0);
    assert_int_equal(choice_pick(&tape, 1, CHOICE_DISPATCH), 0);
    assert_false(choice_happens(&tape, 0, CHOICE_REJECT));
    assert_true(choice_happens(&tape, 1000000, CHOICE_REJECT));
    assert_int_equal(tape.ran_off, 0);
    assert_int_equal(tape.used, 0);
}

static void something_with_a_share_of_a_fifth_happens_in_a_fifth_of_the_draws(void **state)
{
    (void)state;
    unsigned happened = 0;
    for (uint64_t key = 0; key < 100000; key++) {
        struct tape tape;
        tape_draw(&tape, digest_u64(key, 1));
        happened += choice_happens(&tape, 200000, CHOICE_REJECT);
    }
    assert_in_range(happened, 19500, 20500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_half_of_a_digest_tells_inputs_apart_that_differ_in_one_bit),
        cmocka_unit_test(a_flipped_bit_flips_about_half_of_the_digest),
        cmocka_unit_test(lengths_seeds_and_order_matter),
        cmocka_unit_test(a_digest_is_the_same_on_every_machine),
        cmocka_unit_test(keyed_draws_are_spread_evenly),
        cmocka_unit_test(streams_of_different_seeds_purposes_and_identities_differ),
        cmocka_unit_test(a_tape_that_reads_repeats_what_a_tape_that_draws_picked),
        cmocka_unit_test(a_tape_that_runs_off_says_how_many_ways_there_were),
        cmocka_unit_test(one_way_is_no_choice),
        cmocka_unit_test(something_with_a_share_of_a_fifth_happens_in_a_fifth_of_the_draws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
