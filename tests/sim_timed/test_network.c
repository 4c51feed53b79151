/* Latency, bandwidth, loss and cuts move due times and lose nothing. */
#include "sim/timed/timed_state.h"
#include "tests/sim_timed/runs.h"

static struct plan_fault *cut(struct run *run, int64_t at_ns, int64_t for_ns)
{
    struct plan_fault *fault = small_plan_fault(&run->small, FAULT_CUT, at_ns, for_ns);
    fault->target = (struct plan_selector){.kind = SELECT_PRODUCER};
    return fault;
}

static void a_connection_opens_in_one_round_trip(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 10 * MS);
    run_until(run, 5 * MS);
    assert_int_equal(when(run, "accept web.1 -> n1", 1), 200 * US);
    assert_int_equal(when(run, "established web.1 -> n1", 1), 400 * US);
}

static void a_frame_takes_the_latency_each_way(void **state)
{
    struct run *run = *state;
    run->small.plan.latency = variate_constant(7 * MS);
    SENDS_AT(run, 0, 100 * MS);
    run_until(run, S);
    assert_int_equal(when(run, "deliver web.1 -> n1", 1), 107 * MS + 20 * US);
    assert_int_equal(when(run, "deliver n1 -> web.1", 1), when(run, "fsync n1", 1) + 7 * MS);
}

static void a_link_sends_one_frame_after_the_other(void **state)
{
    struct run *run = *state;
    run->small.plan.bandwidth = 1000000; /* a byte each microsecond; a publish of 100 bytes has 165 */
    run->small.plan.cpu = variate_constant(0);
    SENDS_AT(run, 0, 10 * MS, 10 * MS, 20 * MS);
    run_until(run, S);
    assert_int_equal(when(run, "accept web.1 -> n1", 1), 240 * US);
    assert_int_equal(when(run, "established web.1 -> n1", 1), 480 * US);
    assert_int_equal(when(run, "deliver web.1 -> n1", 1), 10 * MS + (165 + 200) * US);
    assert_int_equal(when(run, "deliver web.1 -> n1", 2), 10 * MS + (2 * 165 + 200) * US);
    assert_int_equal(when(run, "deliver web.1 -> n1", 3), 20 * MS + (165 + 200) * US);
    assert_int_equal(when(run, "deliver n1 -> web.1", 1), when(run, "fsync n1", 1) + (21 + 200) * US);
}

static uint64_t bytes_of(enum frame_kind kind, uint8_t flags)
{
    return network_frame_bytes(&(struct frame){
        .kind = (uint8_t)kind, .flags = flags, .message = {.producer = 1, .sequence = 1, .size_bytes = 1000}});
}

static void what_a_primary_ships_weighs_as_much_as_it_did_when_it_was_published(void **state)
{
    (void)state;
    assert_int_equal(bytes_of(FRAME_PUBLISH, 0), 1065);
    assert_int_equal(bytes_of(FRAME_SHIP, 0), 1065);
    assert_int_equal(bytes_of(FRAME_COPY, 0), 1065);
}

static void of_what_leaves_a_replica_no_body_is_sent(void **state)
{
    (void)state;
    assert_int_equal(bytes_of(FRAME_SHIP, FRAME_SETTLE), 21);
    assert_int_equal(bytes_of(FRAME_COPY, FRAME_FIRST), 21);
    assert_int_equal(bytes_of(FRAME_COPY, FRAME_LAST), 21);
    assert_int_equal(bytes_of(FRAME_JOIN, 0), 21); /* what lies there is a view */
}

static void nothing_overtakes_on_a_connection(void **state)
{
    struct run *run = *state;
    run->small.plan.latency = (struct variate){.kind = VARIATE_UNIFORM, .a = MS, .b = 20 * MS};
    run->small.plan.cpu = variate_constant(0);
    SENDS_AT(run, 0, 101 * MS, 102 * MS, 103 * MS, 104 * MS, 105 * MS, 106 * MS, 107 * MS, 108 * MS);
    run_until(run, S);
    unsigned held_up = 0;
    for (uint64_t i = 1; i <= 8; i++) {
        int64_t arrives = when(run, "deliver web.1 -> n1", i), before = 0;
        if (i > 1)
            before = when(run, "deliver web.1 -> n1", i - 1);
        assert_true(arrives >= before && arrives >= (int64_t)(101 + i) * MS);
        assert_true(arrives == before || arrives <= (int64_t)(120 + i) * MS);
        held_up += arrives == before;
    }
    assert_true(held_up > 0);
}

static void a_lost_packet_costs_retransmission_time_outs_that_double(void **state)
{
    struct run *run = *state;
    run->small.plan.loss_ppm = 600000;
    run->small.producers[0].connect_timeout_ns = 0;
    run->small.plan.duration_ns = 20000 * S;
    run->small.producers[0].confirms = false;
    SENDS_AT(run, 0, 5000 * S, 6000 * S, 7000 * S, 8000 * S, 9000 * S, 10000 * S, 11000 * S, 12000 * S);
    run_to_the_end(run);
    unsigned seen = 0;
    for (uint64_t i = 1; i <= 8; i++) {
        int64_t late = when(run, "deliver web.1 -> n1", i) - (int64_t)(4 + i) * 1000 * S - 220 * US;
        unsigned lost = 0;
        for (int64_t rto = 200 * MS; late > 0; rto *= 2, lost++)
            late -= rto;
        assert_int_equal(late, 0);
        seen |= 1u << lost;
    }
    assert_true((seen & 1) != 0 && (seen & (seen - 1)) != 0); /* some got through at once, some did not */
    assert_int_equal(times(run, "deliver web.1 -> n1"), 8);
}

/* Lost for the first time at 11.2 ms, sent again at 211.2, 611.2, 1411.2, ... */
static void traffic_resumes_at_the_next_retransmission_after_the_heal(void **state)
{
    (void)state;
    static const struct {
        int64_t length, resumes;
    } cuts[] = {{5 * MS, 211}, {200 * MS, 211}, {201 * MS, 611}, {600 * MS, 611}, {S, 1411}, {1401 * MS, 3011}};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        struct run *run = run_new();
        SENDS_AT(run, 0, 11 * MS, 12 * MS);
        cut(run, 11 * MS, cuts[i].length);
        run_until(run, 4 * S);
        assert_int_equal(when(run, "deliver web.1 -> n1", 1), cuts[i].resumes * MS + 220 * US);
        assert_int_equal(when(run, "deliver web.1 -> n1", 2), cuts[i].resumes * MS + 240 * US); /* by the CPU */
        run_free(run);
    }
}

static void what_is_sent_after_the_heal_waits_behind_what_is_stalled(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 11 * MS, 100 * MS);
    cut(run, 11 * MS, 5 * MS);
    run_until(run, S);
    assert_int_equal(when(run, "deliver web.1 -> n1", 2), 211 * MS + 240 * US);
}

static void a_cut_that_meets_no_packet_delays_none(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 12 * MS);
    cut(run, 11 * MS, MS);
    run_until(run, S);
    assert_int_equal(when(run, "deliver web.1 -> n1", 1), 12 * MS + 220 * US);
}

static void a_packet_may_arrive_before_the_cut_that_holds_up_its_answer(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 10 * MS);
    cut(run, 10 * MS + 201 * US, 100 * MS);
    run_until(run, S);
    assert_int_equal(when(run, "fsync n1", 1), 11 * MS + 230 * US);
    assert_int_equal(when(run, "deliver n1 -> web.1", 1), 211 * MS + 430 * US);
}

static void a_one_way_cut_leaves_the_other_way_open(void **state)
{
    (void)state;
    for (int to_node = 0; to_node < 2; to_node++) {
        struct run *run = run_new();
        SENDS_AT(run, 0, 10 * MS, 15 * MS);
        struct plan_fault *fault = cut(run, 11 * MS, 100 * MS);
        fault->one_way = true;
        if (!to_node) {
            fault->other = fault->target;
            fault->target = (struct plan_selector){.kind = SELECT_ALL_NODES};
        }
        run_until(run, S);
        assert_int_equal(when(run, "deliver n1 -> web.1", 1), (to_node ? 11 : 211) * MS + 430 * US);
        assert_int_equal(when(run, "deliver web.1 -> n1", 2), (to_node ? 215 : 15) * MS + 220 * US);
        run_free(run);
    }
}

static void two_cuts_hold_until_both_are_over(void **state)
{
    struct run *run = *state;
    SENDS_AT(run, 0, 11 * MS);
    cut(run, 10 * MS, 100 * MS);
    cut(run, 20 * MS, 400 * MS);
    run_until(run, S);
    assert_int_equal(when(run, "deliver web.1 -> n1", 1), 611 * MS + 220 * US);
}

/* ---- giving up ---- */

#define GIVES_UP (924600 * MS) /* 0.2 + 0.4 + ... + 102.4 + 6 * 120 seconds */

/* A message at 11 ms into a cut that lasts from 10 ms for `for_ns`; the client never comes back. */
static void run_into_a_cut(struct run *run, int64_t for_ns)
{
    run->small.plan.duration_ns = 3000 * S;
    run->small.producers[0].retry_timeout_ns = 0;
    run->small.producers[0].backoff_min_ns = run->small.producers[0].backoff_max_ns = 10000 * S;
    SENDS_AT(run, 0, 11 * MS);
    cut(run, 10 * MS, for_ns);
    run_until(run, 2900 * S);
}

static void a_sender_gives_up_after_fifteen_retransmissions(void **state)
{
    struct run *run = *state;
    run_into_a_cut(run, 2500 * S);
    int64_t broken_ns = 11 * MS + 200 * US + GIVES_UP;
    assert_int_equal(when(run, "break web.1 - n1 keep 0 0", 1), broken_ns);
    assert_int_equal(when(run, "notice n1 -> web.1", 1), broken_ns); /* at once: its own TCP says so */
    assert_int_equal(times(run, "deliver web.1 -> n1"), 0);
    /* the other end hears nothing through the cut, and finds out by itself */
    assert_int_equal(when(run, "notice web.1 -> n1", 1), broken_ns + 200 * US + GIVES_UP);
}

static void the_fifteenth_retransmission_may_still_get_through(void **state)
{
    struct run *run = *state;
    run_into_a_cut(run, 804 * S);
    assert_int_equal(when(run, "deliver web.1 -> n1", 1), 11 * MS + 220 * US + 804600 * MS);
}

static void a_heal_after_the_last_retransmission_comes_too_late(void **state)
{
    struct run *run = *state;
    run_into_a_cut(run, 805 * S);
    int64_t broken_ns = 11 * MS + 200 * US + GIVES_UP;
    assert_int_equal(when(run, "break web.1 - n1 keep 0 0", 1), broken_ns);
    assert_int_equal(when(run, "notice web.1 -> n1", 1), broken_ns + 200 * US); /* it is told, now that it can be */
}

static void an_opening_is_tried_until_it_gets_through(void **state)
{
    struct run *run = *state;
    run->small.plan.duration_ns = 3000 * S;
    run->small.producers[0].connect_timeout_ns = 0;
    SENDS_AT(run, 0, S);
    cut(run, 0, 2000 * S);
    run_until(run, 2900 * S);
    assert_int_equal(when(run, "accept web.1 -> n1", 1), 200 * US + GIVES_UP + 9 * 120 * S);
    assert_int_equal(times(run, "accept web.1 -> n1"), 1);
}

/* A reset while the way is cut lets some frames through: they do arrive in the end, then the notice. */
static void what_a_break_let_through_a_cut_arrives_at_last(void **state)
{
    (void)state;
    unsigned kept = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct run *run = run_new();
        run->seed = seed;
        struct plan_fault *reset = small_plan_fault(&run->small, FAULT_DISCONNECT, 100 * MS, 0);
        reset->target = (struct plan_selector){.kind = SELECT_PRODUCER};
        run_into_a_cut(run, 2500 * S);
        int64_t arrives_ns = 11 * MS + 200 * US + GIVES_UP;
        if (times(run, "deliver web.1 -> n1") > 0) {
            arrives_ns += 20 * US;
            assert_int_equal(when(run, "deliver web.1 -> n1", 1), arrives_ns);
            kept++;
        }
        assert_int_equal(when(run, "notice web.1 -> n1", 1), arrives_ns);
        run_free(run);
    }
    assert_in_range(kept, 1, 19);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_RUN(a_connection_opens_in_one_round_trip),
        ON_A_RUN(a_frame_takes_the_latency_each_way),
        ON_A_RUN(a_link_sends_one_frame_after_the_other),
        cmocka_unit_test(what_a_primary_ships_weighs_as_much_as_it_did_when_it_was_published),
        cmocka_unit_test(of_what_leaves_a_replica_no_body_is_sent),
        ON_A_RUN(nothing_overtakes_on_a_connection),
        ON_A_RUN(a_lost_packet_costs_retransmission_time_outs_that_double),
        cmocka_unit_test(traffic_resumes_at_the_next_retransmission_after_the_heal),
        ON_A_RUN(what_is_sent_after_the_heal_waits_behind_what_is_stalled),
        ON_A_RUN(a_cut_that_meets_no_packet_delays_none),
        ON_A_RUN(a_packet_may_arrive_before_the_cut_that_holds_up_its_answer),
        cmocka_unit_test(a_one_way_cut_leaves_the_other_way_open),
        ON_A_RUN(two_cuts_hold_until_both_are_over),
        ON_A_RUN(a_sender_gives_up_after_fifteen_retransmissions),
        ON_A_RUN(the_fifteenth_retransmission_may_still_get_through),
        ON_A_RUN(a_heal_after_the_last_retransmission_comes_too_late),
        ON_A_RUN(an_opening_is_tried_until_it_gets_through),
        cmocka_unit_test(what_a_break_let_through_a_cut_arrives_at_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
