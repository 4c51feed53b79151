/* The ledger of messages: what is closed is forgotten, what stays open is not, and does not hold the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "analysis/ledger.h"

static void close_message(struct ledger *ledger, uint64_t sequence)
{
    ledger_find(ledger, sequence)->flags |= LEDGER_ACKNOWLEDGED | LEDGER_DELIVERED | LEDGER_COMPLETED;
    ledger_sweep(ledger);
}

static void attempt(struct ledger *ledger, uint64_t sequence)
{
    *ledger_attempt(ledger, sequence) =
        (struct ledger_entry){.intended_ns = (int64_t)sequence, .flags = LEDGER_ATTEMPTED};
}

static void count_open(void *context, uint64_t sequence, struct ledger_entry *entry)
{
    uint64_t *seen = context;
    assert_int_equal(entry->intended_ns, sequence);
    seen[0]++;
    assert_true(sequence > seen[1]);
    seen[1] = sequence;
}

static void a_closed_message_is_forgotten(void **state)
{
    (void)state;
    struct ledger *ledger = ledger_new(1);
    attempt(ledger, 1);
    attempt(ledger, 2);
    close_message(ledger, 1);
    assert_null(ledger_find(ledger, 1));
    assert_non_null(ledger_find(ledger, 2));
    ledger_free(ledger);
}

static void a_message_without_an_answer_stays_open(void **state)
{
    (void)state;
    struct ledger *ledger = ledger_new(1);
    attempt(ledger, 1);
    ledger_find(ledger, 1)->flags |= LEDGER_COMPLETED;
    ledger_sweep(ledger);
    assert_non_null(ledger_find(ledger, 1));
    ledger_free(ledger);
}

static void a_message_of_a_producer_that_asks_for_no_confirm_closes_when_it_is_processed(void **state)
{
    (void)state;
    struct ledger *ledger = ledger_new(1);
    attempt(ledger, 1);
    ledger_find(ledger, 1)->flags |= LEDGER_UNASKED | LEDGER_COMPLETED;
    ledger_sweep(ledger);
    assert_null(ledger_find(ledger, 1));
    ledger_free(ledger);
}

static void a_lost_message_is_found_after_a_million_others(void **state)
{
    (void)state;
    struct ledger *ledger = ledger_new(1);
    for (uint64_t sequence = 1; sequence <= 1000000; sequence++) {
        attempt(ledger, sequence);
        if (sequence != 17 && sequence != 400000)
            close_message(ledger, sequence);
    }
    assert_int_equal(ledger_find(ledger, 17)->intended_ns, 17);
    uint64_t seen[2] = {0, 0};
    ledger_foreach_open(ledger, count_open, seen);
    assert_int_equal(seen[0], 2);
    ledger_free(ledger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_closed_message_is_forgotten),
        cmocka_unit_test(a_message_without_an_answer_stays_open),
        cmocka_unit_test(a_message_of_a_producer_that_asks_for_no_confirm_closes_when_it_is_processed),
        cmocka_unit_test(a_lost_message_is_found_after_a_million_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
