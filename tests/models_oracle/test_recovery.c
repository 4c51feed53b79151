/* Recovery: a boot accepts exactly the whole records that survived. */
#include "court.h"

static void boot_after_crash(struct court *court, uint64_t survived, uint64_t accepted, enum refuse_reason reason)
{
    see_recovery_done(court, 0, REFUSE_NOTHING);
    see_crashed(court, survived);
    see_started(court);
    see_recovery_done(court, accepted, reason);
}

static void a_boot_that_accepts_what_survived_holds(void **state)
{
    (void)state;
    struct court *court = court_new();
    boot_after_crash(court, 96, 96, REFUSE_NOTHING);
    expect_held(court, PROPERTY_RECOVERY);
    court_free(court);
}

static void a_boot_that_accepts_less_or_more_is_a_breach(void **state)
{
    (void)state;
    const uint64_t accepted[] = {0, 64, 128};
    for (unsigned i = 0; i < 3; i++) {
        struct court *court = court_new();
        boot_after_crash(court, 96, accepted[i], REFUSE_NOTHING);
        expect_breach(court, PROPERTY_RECOVERY, 1, 0);
        court_free(court);
    }
}

static void a_boot_that_refuses_what_nothing_damaged_is_a_breach(void **state)
{
    (void)state;
    struct court *court = court_new();
    boot_after_crash(court, 96, 96, REFUSE_FULL);
    expect_breach(court, PROPERTY_RECOVERY, 1, 0);
    court_free(court);
}

static void a_message_recovered_from_beyond_what_survived_is_a_breach_at_once(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_attempted(court, WEB, 1);
    see_attempted(court, WEB, 2);
    see_crashed(court, 64);
    see_started(court);
    see_node(court, OBSERVE_RECOVERED, 1, 64);
    expect_held(court, PROPERTY_RECOVERY);
    see_node(court, OBSERVE_RECOVERED, 2, 128);
    expect_breach(court, PROPERTY_RECOVERY, 1, 2);
    court_free(court);
}

static void the_first_boot_finds_an_empty_log_and_proves_nothing(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_recovery_done(court, 0, REFUSE_NOTHING);
    expect_untested(court, PROPERTY_RECOVERY);
    see_recovery_done(court, 64, REFUSE_NOTHING);
    expect_breach(court, PROPERTY_RECOVERY, 1, 0);
    court_free(court);
}

static void every_boot_is_judged_by_its_own_crash(void **state)
{
    (void)state;
    struct court *court = court_new();
    boot_after_crash(court, 96, 96, REFUSE_NOTHING);
    see_crashed(court, 64);
    see_crashed(court, 32); /* during the boot: what is torn is cut away */
    see_started(court);
    see_recovery_done(court, 32, REFUSE_NOTHING);
    expect_held(court, PROPERTY_RECOVERY);
    court_free(court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_boot_that_accepts_what_survived_holds),
        cmocka_unit_test(a_boot_that_accepts_less_or_more_is_a_breach),
        cmocka_unit_test(a_boot_that_refuses_what_nothing_damaged_is_a_breach),
        cmocka_unit_test(a_message_recovered_from_beyond_what_survived_is_a_breach_at_once),
        cmocka_unit_test(the_first_boot_finds_an_empty_log_and_proves_nothing),
        cmocka_unit_test(every_boot_is_judged_by_its_own_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
