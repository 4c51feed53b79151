/* The choice tape: drawn, read, enumerated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "models/base/choice.h"
#include "models/base/digest.h"

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

static void picks_of_one_step_are_independent(void **state)
{
    (void)state;
    unsigned same = 0;
    for (uint64_t key = 0; key < 100000; key++) {
        struct tape tape;
        tape_draw(&tape, digest_u64(key, 1));
        uint32_t first = choice_pick(&tape, 5, CHOICE_DISPATCH);
        same += choice_pick(&tape, 5, CHOICE_DISPATCH) == first;
    }
    assert_in_range(same, 19500, 20500);
}

/* A step that picks one of two ways, and on the second one of three. */
static uint32_t small_step(struct tape *tape)
{
    if (choice_pick(tape, 2, CHOICE_DISPATCH) == 0)
        return 0;
    return 1 + choice_pick(tape, 3, CHOICE_CONNECT);
}

static unsigned explore(const uint32_t *picks, unsigned count)
{
    struct tape tape;
    tape_read(&tape, picks, count);
    uint32_t way = small_step(&tape);
    if (!tape.ran_off)
        return 1u << way;
    unsigned ways = 0;
    uint32_t longer[PICKS_MAX];
    for (unsigned i = 0; i < count; i++)
        longer[i] = picks[i];
    for (longer[count] = 0; longer[count] < tape.ran_off_n; longer[count]++)
        ways |= explore(longer, count + 1);
    return ways;
}

static void extending_tapes_that_ran_off_finds_every_way(void **state)
{
    (void)state;
    assert_int_equal(explore(NULL, 0), 0xf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tape_that_reads_repeats_what_a_tape_that_draws_picked),
        cmocka_unit_test(a_tape_that_runs_off_says_how_many_ways_there_were),
        cmocka_unit_test(one_way_is_no_choice),
        cmocka_unit_test(something_with_a_share_of_a_fifth_happens_in_a_fifth_of_the_draws),
        cmocka_unit_test(picks_of_one_step_are_independent),
        cmocka_unit_test(extending_tapes_that_ran_off_finds_every_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
