/* Clients of an actively replicated queue: a link to each replica, every message on all of them, each worked on once.
 * Three nodes; the client's slots 0, 2 and 4 lead to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "models/base/host.h"
#include "models/client/client.h"

#define KEPT 4096

struct links {
    struct client_config config;
    struct client *client;
    uint64_t block_bytes;
    bool continues, serving;
    struct broker_output outputs[KEPT]; /* all since the last take */
    unsigned count;
};

static void perform(struct links *links, const struct broker_output *output)
{
    assert_true(links->count < KEPT);
    links->outputs[links->count++] = *output;
    links->continues = links->continues || output->kind == OUTPUT_CONTINUE;
    if (output->kind == OUTPUT_ARM && output->timer == TIMER_SERVICE)
        links->serving = true;
}

static void step(struct links *links, struct broker_input in)
{
    struct broker_output outputs[OUTPUTS_MAX];
    struct tape tape;
    tape_draw(&tape, 1);
    in.tape = &tape;
    int count = client_step(links->client, &in, outputs);
    for (int i = 0; i < count; i++)
        perform(links, &outputs[i]);
    while (links->continues) {
        links->continues = false;
        in = (struct broker_input){.kind = INPUT_CONTINUE, .tape = &tape};
        count = client_step(links->client, &in, outputs);
        for (int i = 0; i < count; i++)
            perform(links, &outputs[i]);
    }
}

static void open_link(struct links *links, uint16_t slot)
{
    step(links, (struct broker_input){.kind = INPUT_OPENED, .connection = slot});
}

static void lose_link(struct links *links, uint16_t slot)
{
    step(links, (struct broker_input){.kind = INPUT_LOST, .connection = slot});
}

static void reopen(struct links *links, uint16_t node, uint16_t slot)
{
    step(links, (struct broker_input){.kind = INPUT_TIMER, .timer = (uint16_t)(TIMER_RECONNECT + node)});
    open_link(links, slot);
}

static struct links *links_new(struct client_config config)
{
    struct links *links = host_reserve(sizeof *links);
    config.nodes = 3;
    config.replicas = 7;
    config.backoff_min_ns = config.backoff_max_ns = 100;
    links->config = config;
    links->block_bytes = client_block_bytes(&config, 100);
    links->client = host_reserve(links->block_bytes);
    client_init(links->client, &links->config, links->block_bytes);
    step(links, (struct broker_input){.kind = INPUT_BOOT});
    for (uint16_t slot = 0; slot < 6; slot += 2)
        open_link(links, slot);
    links->count = 0;
    return links;
}

static void links_free(struct links *links)
{
    host_release(links->client, links->block_bytes);
    host_release(links, sizeof *links);
}

static struct links *producer(uint16_t acks_needed, bool catch_up)
{
    return links_new((struct client_config){.kind = CLIENT_PRODUCER,
                                            .confirms = 1,
                                            .actor = 3,
                                            .size_bytes = 10,
                                            .acks_needed = acks_needed,
                                            .catch_up = catch_up});
}

static void arrive(struct links *links)
{
    step(links, (struct broker_input){.kind = INPUT_TIMER, .timer = TIMER_ARRIVAL});
}

static void confirm_with(struct links *links, uint16_t slot, uint64_t tag, uint8_t flags)
{
    step(links, (struct broker_input){.kind = INPUT_FRAME,
                                      .connection = slot,
                                      .frame = {.kind = FRAME_CONFIRM, .flags = flags, .tag = tag}});
}

static void confirm(struct links *links, uint16_t slot, uint64_t tag)
{
    confirm_with(links, slot, tag, FRAME_MULTIPLE);
}

static void confirm_only(struct links *links, uint16_t slot, uint64_t tag)
{
    confirm_with(links, slot, tag, 0);
}

static unsigned seen(const struct links *links, enum observation_kind kind)
{
    unsigned count = 0;
    for (unsigned i = 0; i < links->count; i++)
        count += links->outputs[i].kind == OUTPUT_OBSERVE && links->outputs[i].u.observation.kind == kind;
    return count;
}

/* Arms of a timer since this was asked last. */
static unsigned armed(struct links *links, enum client_timer timer)
{
    unsigned count = 0;
    for (unsigned i = 0; i < links->count; i++)
        count += links->outputs[i].kind == OUTPUT_ARM && links->outputs[i].timer == timer;
    links->count = 0;
    return count;
}

/* Frames of a kind that went out on a slot, and the sequence of the last one's message. */
static unsigned sent(const struct links *links, uint16_t slot, enum frame_kind kind)
{
    unsigned count = 0;
    for (unsigned i = 0; i < links->count; i++)
        count += links->outputs[i].kind == OUTPUT_SEND && links->outputs[i].connection == slot &&
                 links->outputs[i].u.frame.kind == kind;
    return count;
}

/* ---- producers ---- */

static void a_message_goes_out_on_every_link(void **state)
{
    (void)state;
    struct links *links = producer(0, false);
    arrive(links);
    for (uint16_t slot = 0; slot < 6; slot += 2)
        assert_int_equal(sent(links, slot, FRAME_PUBLISH), 1);
    assert_int_equal(seen(links, OBSERVE_ATTEMPTED), 1);
    links_free(links);
}

static void it_is_answered_when_as_many_replicas_as_needed_have_confirmed(void **state)
{
    (void)state;
    for (uint16_t needed = 0; needed <= 3; needed++) {
        struct links *links = producer(needed, false);
        arrive(links);
        for (uint16_t replica = 0; replica < 3; replica++) {
            confirm(links, (uint16_t)(2 * replica), 1);
            assert_int_equal(seen(links, OBSERVE_ANSWERED), replica + 1 >= (needed == 0 ? 3 : needed));
        }
        links_free(links);
    }
}

static void who_waits_for_all_does_not_wait_for_a_replica_that_is_gone(void **state)
{
    (void)state;
    struct links *links = producer(0, false);
    arrive(links);
    confirm(links, 0, 1);
    confirm(links, 2, 1);
    assert_int_equal(seen(links, OBSERVE_ANSWERED), 0);
    lose_link(links, 4);
    assert_int_equal(seen(links, OBSERVE_ANSWERED), 1);
    links_free(links);
}

static void what_nobody_has_confirmed_is_not_answered_by_losing_every_link(void **state)
{
    (void)state;
    struct links *links = producer(0, false);
    arrive(links);
    for (uint16_t slot = 0; slot < 6; slot += 2)
        lose_link(links, slot);
    assert_int_equal(seen(links, OBSERVE_ANSWERED), 0);
    links_free(links);
}

static void a_replica_that_comes_back_is_sent_what_is_unanswered_and_no_more(void **state)
{
    (void)state;
    struct links *links = producer(2, false);
    arrive(links);
    arrive(links);
    confirm(links, 0, 1);
    confirm(links, 2, 1);
    lose_link(links, 4);
    links->count = 0;
    reopen(links, 2, 5);
    assert_int_equal(sent(links, 5, FRAME_PUBLISH), 1);
    links_free(links);
}

static void with_catch_up_it_is_sent_all_that_it_has_missed(void **state)
{
    (void)state;
    struct links *links = producer(2, true);
    lose_link(links, 4);
    for (uint64_t tag = 1; tag <= 3; tag++) {
        arrive(links);
        confirm(links, 0, tag);
        confirm(links, 2, tag);
    }
    assert_int_equal(seen(links, OBSERVE_ANSWERED), 3);
    links->count = 0;
    reopen(links, 2, 5);
    assert_int_equal(sent(links, 5, FRAME_PUBLISH), 3);
    confirm(links, 5, 3);
    assert_int_equal(seen(links, OBSERVE_ANSWERED), 0); /* that was told already */
    lose_link(links, 5);
    reopen(links, 2, 4);
    assert_int_equal(sent(links, 4, FRAME_PUBLISH), 0);
    links_free(links);
}

static void a_replica_that_confirmed_out_of_order_is_not_asked_twice(void **state)
{
    (void)state;
    struct links *links = producer(2, false);
    arrive(links);
    arrive(links);
    confirm_only(links, 0, 2);
    confirm(links, 2, 1);
    confirm(links, 4, 1); /* the first is over, and the second is the oldest */
    assert_int_equal(seen(links, OBSERVE_ANSWERED), 1);
    confirm(links, 0, 2);
    assert_int_equal(seen(links, OBSERVE_ANSWERED), 1);
    confirm(links, 2, 2);
    assert_int_equal(seen(links, OBSERVE_ANSWERED), 2);
    links_free(links);
}

static void the_numbers_of_a_lost_connection_do_not_hide_those_of_the_next(void **state)
{
    (void)state;
    struct links *links = producer(2, false);
    for (unsigned i = 0; i < 3; i++)
        arrive(links);
    confirm_only(links, 4, 2);
    lose_link(links, 4);
    links->count = 0;
    reopen(links, 2, 5);
    assert_int_equal(sent(links, 5, FRAME_PUBLISH), 2); /* the third as number 2 */
    confirm_only(links, 5, 2);
    confirm_only(links, 0, 3);
    assert_int_equal(seen(links, OBSERVE_ANSWERED), 1);
    links_free(links);
}

static void a_closed_loop_goes_on_when_a_message_is_answered_though_a_replica_misses_it(void **state)
{
    (void)state;
    struct links *links = links_new((struct client_config){.kind = CLIENT_PRODUCER,
                                                           .confirms = 1,
                                                           .actor = 3,
                                                           .size_bytes = 10,
                                                           .acks_needed = 2,
                                                           .catch_up = 1,
                                                           .closed_loop = 1,
                                                           .in_flight_max = 1});
    lose_link(links, 4);
    for (uint64_t tag = 1; tag <= 2; tag++) {
        arrive(links);
        assert_int_equal(armed(links, TIMER_ARRIVAL), 0);
        confirm(links, 0, tag);
        confirm(links, 2, tag);
        assert_int_equal(armed(links, TIMER_ARRIVAL), 1);
    }
    reopen(links, 2, 5);
    links->count = 0;
    confirm(links, 5, 2);
    assert_int_equal(armed(links, TIMER_ARRIVAL), 0); /* the loop has had its answer */
    links_free(links);
}

static void what_is_answered_is_not_given_up_for_a_replica_that_misses_it(void **state)
{
    (void)state;
    struct links *links = links_new((struct client_config){.kind = CLIENT_PRODUCER,
                                                           .confirms = 1,
                                                           .actor = 3,
                                                           .size_bytes = 10,
                                                           .acks_needed = 2,
                                                           .catch_up = 1,
                                                           .attempts_max = 1});
    arrive(links);
    confirm(links, 0, 1);
    confirm(links, 2, 1);
    lose_link(links, 4);
    reopen(links, 2, 5);
    assert_int_equal(seen(links, OBSERVE_ANSWERED), 1);
    assert_int_equal(seen(links, OBSERVE_ABANDONED), 0);
    links_free(links);
}

static void nobody_is_answered_who_asks_for_no_confirms(void **state)
{
    (void)state;
    struct links *links = links_new((struct client_config){.kind = CLIENT_PRODUCER, .actor = 3, .size_bytes = 10});
    step(links, (struct broker_input){.kind = INPUT_BLOCKED, .connection = 4});
    for (unsigned i = 0; i < 200; i++) { /* more than its memory holds, if they stayed */
        arrive(links);
        if (i % 50 == 49) {
            lose_link(links, i % 100 == 49 ? 4 : 5);
            reopen(links, 2, i % 100 == 49 ? 5 : 4);
            step(links, (struct broker_input){.kind = INPUT_BLOCKED, .connection = i % 100 == 49 ? 5 : 4});
        }
    }
    assert_int_equal(seen(links, OBSERVE_ANSWERED), 0);
    assert_int_equal(seen(links, OBSERVE_ABANDONED), 0);
    links_free(links);
}

/* ---- consumers ---- */

static void deliver(struct links *links, uint16_t slot, uint64_t tag, uint64_t sequence)
{
    step(links, (struct broker_input){
                    .kind = INPUT_FRAME,
                    .connection = slot,
                    .frame = {.kind = FRAME_DELIVER, .tag = tag, .message = {.producer = 9, .sequence = sequence}}});
}

static void serve(struct links *links)
{
    links->serving = false;
    step(links, (struct broker_input){.kind = INPUT_TIMER, .timer = TIMER_SERVICE});
}

static struct links *consumer(void)
{
    return links_new((struct client_config){.kind = CLIENT_CONSUMER, .actor = 4, .prefetch = 10, .dedupe_window = 50});
}

static void copies_of_a_message_are_worked_on_once_and_acknowledged_each(void **state)
{
    (void)state;
    struct links *links = consumer();
    deliver(links, 0, 1, 7);
    deliver(links, 2, 1, 7);
    serve(links);
    deliver(links, 4, 1, 7);
    assert_false(links->serving);
    assert_int_equal(seen(links, OBSERVE_COMPLETED), 1);
    for (uint16_t slot = 0; slot < 6; slot += 2)
        assert_int_equal(sent(links, slot, FRAME_ACK), 1);
    links_free(links);
}

static void a_lost_link_takes_only_its_own_copies_along(void **state)
{
    (void)state;
    struct links *links = consumer();
    deliver(links, 0, 1, 7);
    deliver(links, 2, 1, 7);
    lose_link(links, 0);
    assert_true(links->serving); /* with the other copy */
    serve(links);
    assert_int_equal(seen(links, OBSERVE_COMPLETED), 1);
    assert_int_equal(sent(links, 2, FRAME_ACK), 1);
    assert_int_equal(sent(links, 0, FRAME_ACK), 0);
    links_free(links);
}

static void links_take_turns(void **state)
{
    (void)state;
    struct links *links = consumer();
    deliver(links, 0, 1, 1);
    deliver(links, 0, 2, 2);
    deliver(links, 4, 1, 3);
    serve(links);
    serve(links);
    assert_int_equal(sent(links, 4, FRAME_ACK), 1);
    assert_int_equal(sent(links, 0, FRAME_ACK), 1);
    links_free(links);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_goes_out_on_every_link),
        cmocka_unit_test(it_is_answered_when_as_many_replicas_as_needed_have_confirmed),
        cmocka_unit_test(who_waits_for_all_does_not_wait_for_a_replica_that_is_gone),
        cmocka_unit_test(what_nobody_has_confirmed_is_not_answered_by_losing_every_link),
        cmocka_unit_test(a_replica_that_comes_back_is_sent_what_is_unanswered_and_no_more),
        cmocka_unit_test(with_catch_up_it_is_sent_all_that_it_has_missed),
        cmocka_unit_test(a_replica_that_confirmed_out_of_order_is_not_asked_twice),
        cmocka_unit_test(the_numbers_of_a_lost_connection_do_not_hide_those_of_the_next),
        cmocka_unit_test(a_closed_loop_goes_on_when_a_message_is_answered_though_a_replica_misses_it),
        cmocka_unit_test(what_is_answered_is_not_given_up_for_a_replica_that_misses_it),
        cmocka_unit_test(nobody_is_answered_who_asks_for_no_confirms),
        cmocka_unit_test(copies_of_a_message_are_worked_on_once_and_acknowledged_each),
        cmocka_unit_test(a_lost_link_takes_only_its_own_copies_along),
        cmocka_unit_test(links_take_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
