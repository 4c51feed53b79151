/* Detection: what a failure detector says, against what its host counted. */
#include "court.h"

static void see_beat(struct court *court, bool silent_since_the_last, bool heartbeat)
{
    court_see(court, (struct observation){.kind = OBSERVE_BEAT, .tag = silent_since_the_last, .value = heartbeat});
}

static void see_look(struct court *court, uint64_t since_the_last_byte, bool gives_up)
{
    court_see(court, (struct observation){.kind = OBSERVE_LOOK, .tag = since_the_last_byte, .value = gives_up});
}

static void giving_up_at_the_third_look_after_the_last_byte_holds(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_look(court, 1, false);
    see_look(court, 2, false);
    see_look(court, 3, true);
    expect_held(court, PROPERTY_DETECTION);
    court_free(court);
}

static void giving_up_earlier_is_a_breach(void **state)
{
    (void)state;
    for (uint64_t looks = 1; looks <= 2; looks++) {
        struct court *court = court_new();
        see_look(court, looks, true);
        expect_breach(court, PROPERTY_DETECTION, 1, 0);
        court_free(court);
    }
}

static void not_giving_up_at_the_third_look_is_a_breach(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_look(court, 3, false);
    expect_breach(court, PROPERTY_DETECTION, 1, 0);
    court_free(court);
}

static void who_was_silent_since_its_last_beat_must_send_a_heartbeat(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_beat(court, true, true);
    see_beat(court, false, false);
    expect_held(court, PROPERTY_DETECTION);
    see_beat(court, true, false);
    expect_breach(court, PROPERTY_DETECTION, 1, 0);
    court_free(court);
}

static void a_heartbeat_too_many_harms_nobody(void **state)
{
    (void)state;
    struct court *court = court_new();
    see_beat(court, false, true);
    expect_held(court, PROPERTY_DETECTION);
    court_free(court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(giving_up_at_the_third_look_after_the_last_byte_holds),
        cmocka_unit_test(giving_up_earlier_is_a_breach),
        cmocka_unit_test(not_giving_up_at_the_third_look_is_a_breach),
        cmocka_unit_test(who_was_silent_since_its_last_beat_must_send_a_heartbeat),
        cmocka_unit_test(a_heartbeat_too_many_harms_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
