/* The fingerprint of a run: what of a step goes into it, and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/world/history.h"

static const struct digest begun = {3, 4}, outputs = {5, 6};

static struct digest after(int64_t time_ns, const struct action *action, struct digest of_outputs)
{
    return history_fold(begun, time_ns, action, of_outputs);
}

static void time_action_outputs_and_all_before_them_count(void **state)
{
    (void)state;
    struct action action = {.kind = ACTION_TIMER, .actor = 1}, other = {.kind = ACTION_TIMER, .actor = 2};
    struct digest one = after(7, &action, outputs);
    assert_true(digest_equal(one, after(7, &action, outputs)));
    assert_false(digest_equal(one, after(8, &action, outputs)));
    assert_false(digest_equal(one, after(7, &other, outputs)));
    assert_false(digest_equal(one, after(7, &action, begun)));
    assert_false(digest_equal(one, history_fold(outputs, 7, &action, outputs)));
}

static void the_last_pick_of_an_action_counts(void **state)
{
    (void)state;
    struct action action = {.kind = ACTION_DELIVER, .pick_count = PICKS_MAX};
    struct digest one = after(7, &action, outputs);
    action.picks[PICKS_MAX - 1] = 1;
    assert_false(digest_equal(one, after(7, &action, outputs)));
}

static void what_a_power_loss_keeps_counts(void **state)
{
    (void)state;
    struct action action = {.kind = ACTION_CRASH, .power = 1, .kept = 1};
    struct digest one = after(7, &action, outputs);
    action.kept = 2;
    assert_false(digest_equal(one, after(7, &action, outputs)));
}

static void outputs_count_in_their_order(void **state)
{
    (void)state;
    struct broker_output there[2] = {{.kind = OUTPUT_CLOSE, .connection = 1}, {.kind = OUTPUT_OPEN, .connection = 2}};
    struct broker_output back[2] = {there[1], there[0]};
    assert_false(digest_equal(history_outputs(there, 2), history_outputs(back, 2)));
    assert_false(digest_equal(history_outputs(there, 2), history_outputs(there, 1)));
}

static void every_byte_of_an_output_counts(void **state)
{
    (void)state;
    struct broker_output output;
    memset(&output, 0, sizeof output);
    struct digest zero = history_outputs(&output, 1);
    for (size_t byte = 0; byte < sizeof output; byte++) {
        ((unsigned char *)&output)[byte] = 1;
        assert_false(digest_equal(zero, history_outputs(&output, 1)));
        ((unsigned char *)&output)[byte] = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_action_outputs_and_all_before_them_count),
        cmocka_unit_test(the_last_pick_of_an_action_counts),
        cmocka_unit_test(what_a_power_loss_keeps_counts),
        cmocka_unit_test(outputs_count_in_their_order),
        cmocka_unit_test(every_byte_of_an_output_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
