/* A producer whose connection does not hold: time-outs, back-off, the next node, what is sent again and what is given
 * up. */
#include "client_host.h"
#include "tests/support/same_block.h"

/* ---- connecting ---- */

static void a_refused_client_tries_the_next_node_after_a_backoff_that_doubles(void **state)
{
    (void)state;
    struct client_config config = producer_config();
    config.nodes = 3;
    config.first_node = 1;
    struct host *host = host_new(config, 10);
    const uint16_t slots[] = {2, 4, 0, 3, 5, 1, 2};
    const int64_t backoffs_ns[] = {100, 200, 400, 800, 1000, 1000};
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(host->link[0].slot, slots[i]);
        host_lose(host);
        host_expect_armed(host, TIMER_RECONNECT, 0, backoffs_ns[i]);
        host_fire(host, TIMER_RECONNECT);
    }
    assert_int_equal(host->link[0].slot, slots[6]);
    host_free(host);
}

static void a_connection_that_opens_resets_the_backoff(void **state)
{
    (void)state;
    struct host *host = host_new(producer_config(), 10);
    host_lose(host);
    host_fire(host, TIMER_RECONNECT);
    host_lose(host);
    host_expect_armed(host, TIMER_RECONNECT, 0, 200);
    host_reconnect(host);
    host_lose(host);
    host_expect_armed(host, TIMER_RECONNECT, 0, 100);
    host_free(host);
}

/* ---- nodes that do not lead ---- */

static struct host *turned_away(uint16_t nodes, uint64_t hint)
{
    struct client_config config = producer_config();
    config.nodes = nodes;
    struct host *host = host_open(config, 10);
    host_hear(host, (struct frame){.kind = FRAME_NOT_LEADER, .hint = hint});
    return host;
}

static void who_is_sent_to_the_leader_goes_there_at_once(void **state)
{
    (void)state;
    struct host *host = turned_away(5, 1 + 3);
    assert_int_equal(host->closed, 1);
    host_expect_armed(host, TIMER_RECONNECT, 0, 0);
    host_fire(host, TIMER_RECONNECT);
    assert_int_equal(host->link[0].slot, 2 * 3);
    host_free(host);
}

static void who_is_turned_away_without_a_hint_tries_the_next_node_after_a_backoff(void **state)
{
    (void)state;
    struct host *host = turned_away(5, 0);
    host_expect_armed(host, TIMER_RECONNECT, 0, 200);
    host_fire(host, TIMER_RECONNECT);
    assert_int_equal(host->link[0].slot, 2 * 1);
    host_free(host);
}

static void a_leader_that_refuses_is_not_tried_again_at_once(void **state)
{
    (void)state;
    struct host *host = turned_away(5, 1 + 3);
    host_fire(host, TIMER_RECONNECT);
    host_lose(host);
    host_expect_armed(host, TIMER_RECONNECT, 0, 200);
    host_fire(host, TIMER_RECONNECT);
    assert_int_equal(host->link[0].slot, 2 * 4);
    host_free(host);
}

static void who_is_sent_round_in_circles_goes_slower_and_slower(void **state)
{
    (void)state;
    struct host *host = turned_away(2, 1 + 1);
    const int64_t backoffs_ns[] = {400, 800, 1000};
    for (unsigned i = 0; i < 3; i++) {
        host_fire(host, TIMER_RECONNECT);
        host_accept(host);
        host_hear(host, (struct frame){.kind = FRAME_NOT_LEADER, .hint = 1 + i % 2});
        host_expect_armed(host, TIMER_RECONNECT, 0, backoffs_ns[i]);
    }
    host_free(host);
}

/* Nodes 0, 1, 2, ... turn it away, each with its hint; where it then goes. */
static void assert_sent_round(uint16_t nodes, uint32_t count, const uint8_t *hints, const uint16_t *tried_next)
{
    struct client_config config = producer_config();
    config.nodes = nodes;
    struct host *host = host_open(config, 10);
    for (uint32_t i = 0; i < count; i++) {
        host_hear(host, (struct frame){.kind = FRAME_NOT_LEADER, .hint = hints[i]});
        host_fire(host, TIMER_RECONNECT);
        assert_int_equal(host->link[0].slot / 2, tried_next[i]);
        host_accept(host);
    }
    host_free(host);
}

/* As a minority does that still follows a primary which has stopped serving. */
static void a_hint_back_to_who_turned_it_away_is_not_followed(void **state)
{
    (void)state;
    assert_sent_round(5, 3, (const uint8_t[]){0, 1 + 0, 1 + 1}, (const uint16_t[]){1, 2, 3});
}

static void once_all_nodes_were_tried_a_round_begins_anew(void **state)
{
    (void)state;
    assert_sent_round(3, 4, (const uint8_t[]){0, 0, 0, 1 + 2}, (const uint16_t[]){1, 2, 0, 2});
}

static void a_leader_that_is_gone_is_asked_once_in_a_round(void **state)
{
    (void)state;
    struct host *host = turned_away(3, 1 + 2);
    host_fire(host, TIMER_RECONNECT); /* to node 2, which is down */
    host_lose(host);
    host_fire(host, TIMER_RECONNECT); /* not to node 0 again */
    assert_int_equal(host->link[0].slot / 2, 1);
    host_free(host);
}

static void the_second_time_round_waits_though_the_backoff_does_not_grow(void **state)
{
    (void)state;
    struct client_config config = producer_config();
    config.nodes = 2;
    config.backoff_max_ns = config.backoff_min_ns;
    struct host *host = host_open(config, 10);
    const int64_t backoffs_ns[] = {0, 100, 100};
    for (unsigned i = 0; i < 3; i++) {
        host_hear(host, (struct frame){.kind = FRAME_NOT_LEADER, .hint = 1 + (i + 1) % 2});
        host_expect_armed(host, TIMER_RECONNECT, 0, backoffs_ns[i]);
        host_fire(host, TIMER_RECONNECT);
        host_accept(host);
    }
    host_free(host);
}

static void a_node_that_answers_ends_the_circle(void **state)
{
    (void)state;
    struct host *host = turned_away(3, 1 + 1);
    host_fire(host, TIMER_RECONNECT);
    host_accept(host);
    host_arrive(host, 1);
    host_confirm(host, 1, 0);
    host_hear(host, (struct frame){.kind = FRAME_NOT_LEADER, .hint = 1 + 2});
    host_expect_armed(host, TIMER_RECONNECT, 0, 0);
    host_free(host);
}

static void a_backoff_never_exceeds_its_maximum_nor_overflows(void **state)
{
    (void)state;
    struct client_config config = producer_config();
    config.backoff_min_ns = INT64_MAX / 4 + 1;
    config.backoff_max_ns = INT64_MAX;
    struct host *host = host_new(config, 10);
    const int64_t backoffs_ns[] = {INT64_MAX / 4 + 1, INT64_MAX / 2 + 1, INT64_MAX, INT64_MAX};
    for (unsigned i = 0; i < 4; i++) {
        host_lose(host);
        host_expect_armed(host, TIMER_RECONNECT, 0, backoffs_ns[i]);
        host_fire(host, TIMER_RECONNECT);
    }
    host_free(host);
}

static void a_client_refused_for_ever_comes_back_to_the_same_state(void **state)
{
    (void)state;
    struct client_config config = producer_config();
    config.nodes = 3;
    struct host *host = host_new(config, 10), *earlier = host_new(config, 10);
    for (unsigned i = 0; i < 1206; i++) {
        host_lose(host);
        host_fire(host, TIMER_RECONNECT);
        if (i == 5) /* each slot once; the back-off is at its longest */
            block_copy(earlier->client, host->client);
    }
    assert_same_block(host->client, earlier->client);
    host_free(earlier);
    host_free(host);
}

static void a_client_turned_away_for_ever_comes_back_to_the_same_state(void **state)
{
    (void)state;
    struct client_config config = producer_config();
    config.nodes = 2;
    struct host *host = host_open(config, 10), *earlier = host_new(config, 10);
    for (unsigned i = 0; i < 1206; i++) {
        host_hear(host, (struct frame){.kind = FRAME_NOT_LEADER, .hint = 1 + i % 2});
        host_fire(host, TIMER_RECONNECT);
        host_accept(host);
        host->seen_count = 0;
        if (i == 5) /* each slot once; the back-off is at its longest */
            block_copy(earlier->client, host->client);
    }
    assert_same_block(host->client, earlier->client);
    host_free(earlier);
    host_free(host);
}

static void both_slots_of_a_node_serve_in_turn(void **state)
{
    (void)state;
    struct host *host = host_open(producer_config(), 10);
    for (uint16_t i = 0; i < 4; i++) {
        assert_int_equal(host->link[0].slot, i % 2);
        assert_int_equal(host_seen_at(host, OBSERVE_OPENED, i)->connection, i % 2);
        host_lose(host);
        assert_int_equal(host_seen_at(host, OBSERVE_LOST, i)->connection, i % 2);
        host_reconnect(host);
    }
    host_free(host);
}

static void an_attempt_without_an_answer_is_given_up(void **state)
{
    (void)state;
    struct client_config config = producer_config();
    config.nodes = 2;
    config.connect_timeout_ns = 500;
    struct host *host = host_new(config, 10);
    host_expect_armed(host, TIMER_CONNECT, OUTPUT_TIMEOUT, 500);
    host_fire(host, TIMER_CONNECT);
    assert_int_equal(host->closed, 1);
    assert_int_equal(host_seen(host, OBSERVE_LOST), 0); /* it never was open */
    host_fire(host, TIMER_RECONNECT);
    assert_int_equal(host->link[0].slot, 2);
    host_expect_armed(host, TIMER_CONNECT, OUTPUT_TIMEOUT, 500);
    host_accept(host);
    assert_false(host->timer[TIMER_CONNECT].armed);
    host_free(host);
}

static void a_refused_attempt_no_longer_times_out(void **state)
{
    (void)state;
    struct client_config config = producer_config();
    config.connect_timeout_ns = 500;
    struct host *host = host_new(config, 10);
    host_lose(host);
    assert_false(host->timer[TIMER_CONNECT].armed);
    host_free(host);
}

/* ---- sending again ---- */

static void after_a_loss_the_unanswered_go_first_in_order_with_new_tags(void **state)
{
    (void)state;
    struct host *host = host_open(producer_config(), 10);
    host_arrive(host, 4);
    host_confirm(host, 2, 0);
    host_lose(host);
    host_arrive(host, 1);
    host_reconnect(host);
    const uint64_t again[] = {1, 3, 4, 5};
    for (unsigned i = 0; i < 4; i++)
        host_expect_publish(host, again[i], i + 1);
    host_expect_nothing(host);
    assert_int_equal(host_seen_at(host, OBSERVE_SENT, 4)->value, 2);
    assert_int_equal(host_seen_at(host, OBSERVE_SENT, 7)->value, 1);
    host_free(host);
}

static void an_answer_says_which_attempt_it_answers(void **state)
{
    (void)state;
    struct host *host = host_open(producer_config(), 10);
    host_arrive(host, 2);
    host_confirm(host, 2, 0);
    host_lose(host);
    host_reconnect(host);
    host_confirm(host, 1, 0);
    HOST_EXPECT_SEEN(host, OBSERVE_ANSWERED, 2, 1);
    assert_int_equal(host_seen_at(host, OBSERVE_ANSWERED, 0)->tag, 1);
    assert_int_equal(host_seen_at(host, OBSERVE_ANSWERED, 1)->tag, 2);
    host_free(host);
}

static void a_multiple_confirm_of_a_lost_connection_answers_nothing_on_the_next(void **state)
{
    (void)state;
    struct host *host = host_open(producer_config(), 10);
    host_arrive(host, 2);
    host_confirm(host, 1, FRAME_MULTIPLE);
    host_lose(host);
    host_reconnect(host);
    host_expect_publishes(host, 2, 2, 1);
    assert_int_equal(host_seen(host, OBSERVE_ANSWERED), 1);
    host_free(host);
}

static void what_was_answered_before_a_loss_is_not_sent_again_though_not_worked_off(void **state)
{
    (void)state;
    struct host *host = host_open(producer_config(), 100);
    host_arrive(host, 42);
    host_confirm(host, 40, FRAME_MULTIPLE); /* the step's share of it is worked off */
    host_lose(host);
    host_reconnect(host);
    host_finish(host);
    host_expect_publishes(host, 41, 42, 1);
    assert_int_equal(host_seen(host, OBSERVE_ANSWERED), 40);
    host_confirm(host, 2, FRAME_MULTIPLE);
    assert_int_equal(host_seen(host, OBSERVE_ANSWERED), 42);
    host_free(host);
}

static void answers_outlive_two_losses_before_they_are_worked_off(void **state)
{
    (void)state;
    struct host *host = host_open(producer_config(), 200);
    host_arrive(host, 100);
    host_confirm(host, 99, FRAME_MULTIPLE);
    for (unsigned i = 0; i < 2; i++) {
        host_lose(host);
        host_reconnect(host);
    }
    host_finish(host);
    host_expect_publishes(host, 100, 100, 1);
    assert_int_equal(host_seen(host, OBSERVE_ANSWERED), 99);
    host_free(host);
}

static void a_message_is_sent_no_more_often_than_its_attempts(void **state)
{
    (void)state;
    struct client_config config = producer_config();
    config.attempts_max = 2;
    struct host *host = host_open(config, 10);
    host_arrive(host, 1);
    host_lose(host);
    host_arrive(host, 1);
    host_reconnect(host);
    host_expect_publishes(host, 1, 2, 1);
    host_lose(host);
    host_reconnect(host);
    HOST_EXPECT_SEEN(host, OBSERVE_ABANDONED, 1);
    host_expect_publishes(host, 2, 2, 1);
    host_free(host);
}

static void a_publish_that_a_node_refuses_since_it_does_not_lead_was_no_attempt(void **state)
{
    (void)state;
    struct client_config config = producer_config();
    config.nodes = 3;
    config.attempts_max = 1;
    struct host *host = host_open(config, 10);
    for (unsigned i = 0; i < 3; i++)
        host_arrive(host, 1);
    host_expect_publishes(host, 1, 3, 1);
    host_hear(host, (struct frame){.kind = FRAME_NOT_LEADER, .tag = 2, .hint = 1 + 1});
    host_fire(host, TIMER_RECONNECT);
    host_accept(host);
    HOST_EXPECT_SEEN(host, OBSERVE_ABANDONED, 1);
    host_expect_publishes(host, 2, 3, 1);
    host_free(host);
}

/* ---- the retry time-out ---- */

static struct host *retrying_host(uint32_t in_flight)
{
    struct client_config config = producer_config();
    config.retry_timeout_ns = 5000;
    config.in_flight_max = in_flight;
    return host_open(config, 200);
}

static void a_publish_without_an_answer_costs_the_connection(void **state)
{
    (void)state;
    struct host *host = retrying_host(0);
    assert_false(host->timer[TIMER_RETRY].armed);
    host_arrive(host, 1);
    host_expect_armed(host, TIMER_RETRY, OUTPUT_TIMEOUT, 5000);
    host_fire(host, TIMER_RETRY);
    assert_int_equal(host->closed, 1);
    assert_int_equal(host_seen(host, OBSERVE_LOST), 1);
    assert_int_equal(host_seen_at(host, OBSERVE_LOST, 0)->connection, 0);
    assert_false(host->timer[TIMER_RETRY].armed);
    host_expect_armed(host, TIMER_RECONNECT, 0, 100);
    host->frame_count = 0;
    host_reconnect(host);
    host_expect_publishes(host, 1, 1, 1);
    host_free(host);
}

static void a_publish_sent_after_the_timer_was_armed_waits_for_its_next_turn(void **state)
{
    (void)state;
    struct host *host = retrying_host(0);
    host_arrive(host, 2);
    host_confirm(host, 1, 0);
    host_fire(host, TIMER_RETRY);
    assert_int_equal(host->closed, 0);
    host_expect_armed(host, TIMER_RETRY, OUTPUT_TIMEOUT, 5000);
    host_fire(host, TIMER_RETRY);
    assert_int_equal(host->closed, 1);
    host_free(host);
}

static void an_answered_publish_leaves_no_time_out_behind(void **state)
{
    (void)state;
    struct host *host = retrying_host(0);
    host_arrive(host, 1);
    host_confirm(host, 1, 0);
    host_fire(host, TIMER_RETRY);
    assert_int_equal(host->closed, 0);
    assert_false(host->timer[TIMER_RETRY].armed);
    host_free(host);
}

static void an_answer_not_yet_worked_off_is_no_reason_for_a_time_out(void **state)
{
    (void)state;
    struct host *host = retrying_host(0);
    host_arrive(host, 40);
    host_confirm(host, 1, 0);
    host_fire(host, TIMER_RETRY); /* armed anew, for all 40 */
    host_confirm(host, 40, FRAME_MULTIPLE);
    assert_int_equal(host_seen(host, OBSERVE_ANSWERED), 1 + STEP_WORK_MAX);
    host_fire(host, TIMER_RETRY);
    assert_int_equal(host->closed, 0);
    host_finish(host);
    assert_int_equal(host_seen(host, OBSERVE_ANSWERED), 40);
    assert_false(host->timer[TIMER_RETRY].armed);
    host_free(host);
}

static void a_lost_connection_ends_its_time_out(void **state)
{
    (void)state;
    struct host *host = retrying_host(0);
    host_arrive(host, 1);
    host_lose(host);
    assert_false(host->timer[TIMER_RETRY].armed);
    host_reconnect(host);
    host_expect_armed(host, TIMER_RETRY, OUTPUT_TIMEOUT, 5000);
    host_free(host);
}

/* ---- the deadline ---- */

static struct host *deadline_host(void)
{
    struct client_config config = producer_config();
    config.deadline_ns = 9000;
    return host_open(config, 100);
}

static void what_is_older_than_the_deadline_is_not_sent_again(void **state)
{
    (void)state;
    struct host *host = deadline_host();
    assert_false(host->timer[TIMER_DEADLINE].armed);
    host_arrive(host, 1);
    host_expect_armed(host, TIMER_DEADLINE, OUTPUT_TIMEOUT, 9000);
    host_arrive(host, 1);
    host_fire(host, TIMER_DEADLINE);
    assert_int_equal(host_seen(host, OBSERVE_ABANDONED), 0); /* it is under way, and may be answered */
    host_lose(host);
    HOST_EXPECT_SEEN(host, OBSERVE_ABANDONED, 1);
    host_reconnect(host);
    host_expect_publishes(host, 2, 2, 1);
    host_free(host);
}

static void what_came_due_after_the_timer_was_armed_has_its_deadline_later(void **state)
{
    (void)state;
    struct host *host = deadline_host();
    host_lose(host);
    host_arrive(host, 3);
    host_fire(host, TIMER_DEADLINE);
    HOST_EXPECT_SEEN(host, OBSERVE_ABANDONED, 1);
    host_expect_armed(host, TIMER_DEADLINE, OUTPUT_TIMEOUT, 9000);
    host_fire(host, TIMER_DEADLINE);
    HOST_EXPECT_SEEN(host, OBSERVE_ABANDONED, 1, 2, 3);
    assert_false(host->timer[TIMER_DEADLINE].armed);
    host_free(host);
}

static void what_is_answered_in_time_is_not_given_up(void **state)
{
    (void)state;
    struct host *host = deadline_host();
    host_arrive(host, 1);
    host_confirm(host, 1, 0);
    host_fire(host, TIMER_DEADLINE);
    host_lose(host);
    assert_int_equal(host_seen(host, OBSERVE_ABANDONED), 0);
    assert_false(host->timer[TIMER_DEADLINE].armed);
    host_free(host);
}

static void an_old_backlog_is_given_up_in_bounded_steps(void **state)
{
    (void)state;
    struct host *host = deadline_host();
    host_block(host);
    host_arrive(host, 41);
    host_fire(host, TIMER_DEADLINE);
    host_fire(host, TIMER_DEADLINE);
    assert_int_equal(host_seen(host, OBSERVE_ABANDONED), 1 + STEP_WORK_MAX);
    assert_int_equal(host_finish(host), 2);
    assert_int_equal(host_seen(host, OBSERVE_ABANDONED), 41);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_client_tries_the_next_node_after_a_backoff_that_doubles),
        cmocka_unit_test(a_connection_that_opens_resets_the_backoff),
        cmocka_unit_test(who_is_sent_to_the_leader_goes_there_at_once),
        cmocka_unit_test(who_is_turned_away_without_a_hint_tries_the_next_node_after_a_backoff),
        cmocka_unit_test(a_leader_that_refuses_is_not_tried_again_at_once),
        cmocka_unit_test(who_is_sent_round_in_circles_goes_slower_and_slower),
        cmocka_unit_test(a_hint_back_to_who_turned_it_away_is_not_followed),
        cmocka_unit_test(once_all_nodes_were_tried_a_round_begins_anew),
        cmocka_unit_test(a_leader_that_is_gone_is_asked_once_in_a_round),
        cmocka_unit_test(the_second_time_round_waits_though_the_backoff_does_not_grow),
        cmocka_unit_test(a_node_that_answers_ends_the_circle),
        cmocka_unit_test(a_backoff_never_exceeds_its_maximum_nor_overflows),
        cmocka_unit_test(a_client_refused_for_ever_comes_back_to_the_same_state),
        cmocka_unit_test(a_client_turned_away_for_ever_comes_back_to_the_same_state),
        cmocka_unit_test(both_slots_of_a_node_serve_in_turn),
        cmocka_unit_test(an_attempt_without_an_answer_is_given_up),
        cmocka_unit_test(a_refused_attempt_no_longer_times_out),
        cmocka_unit_test(after_a_loss_the_unanswered_go_first_in_order_with_new_tags),
        cmocka_unit_test(an_answer_says_which_attempt_it_answers),
        cmocka_unit_test(a_multiple_confirm_of_a_lost_connection_answers_nothing_on_the_next),
        cmocka_unit_test(what_was_answered_before_a_loss_is_not_sent_again_though_not_worked_off),
        cmocka_unit_test(answers_outlive_two_losses_before_they_are_worked_off),
        cmocka_unit_test(a_message_is_sent_no_more_often_than_its_attempts),
        cmocka_unit_test(a_publish_that_a_node_refuses_since_it_does_not_lead_was_no_attempt),
        cmocka_unit_test(a_publish_without_an_answer_costs_the_connection),
        cmocka_unit_test(a_publish_sent_after_the_timer_was_armed_waits_for_its_next_turn),
        cmocka_unit_test(an_answered_publish_leaves_no_time_out_behind),
        cmocka_unit_test(an_answer_not_yet_worked_off_is_no_reason_for_a_time_out),
        cmocka_unit_test(a_lost_connection_ends_its_time_out),
        cmocka_unit_test(what_is_older_than_the_deadline_is_not_sent_again),
        cmocka_unit_test(what_came_due_after_the_timer_was_armed_has_its_deadline_later),
        cmocka_unit_test(what_is_answered_in_time_is_not_given_up),
        cmocka_unit_test(an_old_backlog_is_given_up_in_bounded_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
