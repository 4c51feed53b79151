/* Equal states: what the checker relies on, over random histories. */
#include "tests/support/same_block.h"
#include "traffic.h"

#define SEEDS 120 /* per number of links */
#define STEPS 500
#define MESSAGES 150
#define LINKS_MOST 3

struct canonical_bench {
    struct host *host;
    struct traffic traffic;
    struct client *stepped, *left, *right; /* spare blocks */
    struct anchor anchors[ANCHORS_MAX];
    int count;
};

static void canonical_of(struct canonical_bench *bench, const struct client *client, struct client *ret_client)
{
    block_clear(ret_client);
    bench->count = client_anchors(client, bench->anchors);
    client_canonical(client, bench->anchors, bench->count, ret_client, bench->host->block_bytes);
}

static uint64_t lowered(const struct canonical_bench *bench, enum anchor_space space, uint16_t slot, uint64_t tag)
{
    for (int i = 0; i < bench->count; i++)
        if (bench->anchors[i].space == space && bench->anchors[i].connection == slot)
            return tag < bench->anchors[i].lowest ? 0 : tag - (bench->anchors[i].lowest - 1);
    return tag;
}

static struct broker_input canonical_input(const struct canonical_bench *bench, struct broker_input in)
{
    if (in.kind == INPUT_FRAME && in.frame.kind == FRAME_CONFIRM)
        in.frame.tag = lowered(bench, ANCHOR_PUBLISH_TAG, in.connection, in.frame.tag);
    if (in.kind == INPUT_FRAME && in.frame.kind == FRAME_DELIVER)
        in.frame.tag = lowered(bench, ANCHOR_DELIVERY_TAG, in.connection, in.frame.tag);
    return in;
}

static struct canonical_bench *bench_new(uint64_t seed, unsigned links)
{
    struct canonical_bench *bench = calloc(1, sizeof *bench);
    bench->host = host_new(traffic_config_linked(seed, links), MESSAGES);
    struct client **spares[] = {&bench->stepped, &bench->left, &bench->right};
    for (unsigned i = 0; i < 3; i++)
        *spares[i] = host_reserve(bench->host->block_bytes);
    traffic_begin(&bench->traffic, seed);
    return bench;
}

static void bench_free(struct canonical_bench *bench)
{
    struct client *spares[] = {bench->stepped, bench->left, bench->right};
    for (unsigned i = 0; i < 3; i++)
        host_release(spares[i], bench->host->block_bytes);
    host_free(bench->host);
    free(bench);
}

static void step_spare(const struct canonical_bench *bench, struct client *client, struct broker_input in,
                       struct broker_output *outputs)
{
    struct tape tape;
    tape_draw(&tape, bench->host->tape.key);
    in.tape = &tape;
    assert_int_equal(client_step(client, &in, outputs), bench->host->count);
}

/* ---- what the world hears of a client ---- */

static uint64_t canonical_tag(const struct canonical_bench *before, uint16_t slot, uint64_t tag)
{
    bool producer = before->host->config.kind == CLIENT_PRODUCER;
    return lowered(before, producer ? ANCHOR_PUBLISH_TAG : ANCHOR_DELIVERY_TAG, slot, tag);
}

static void assert_same_observation(const struct canonical_bench *before, const struct observation *canonical,
                                    const struct observation *seen)
{
    assert_int_equal(canonical->kind, seen->kind);
    assert_int_equal(canonical->flags, seen->flags);
    assert_int_equal(canonical->connection, seen->connection);
    assert_memory_equal(&canonical->message, &seen->message, sizeof seen->message);
    if (seen->kind != OBSERVE_ANSWERED) /* whose tag is an attempt */
        assert_int_equal(canonical->tag, canonical_tag(before, seen->connection, seen->tag));
    if (before->host->config.attempts_max != 0 || seen->kind != OBSERVE_SENT)
        assert_int_equal(canonical->value, seen->value);
}

static void assert_same_output(const struct canonical_bench *before, const struct broker_output *canonical,
                               const struct broker_output *output)
{
    assert_int_equal(canonical->kind, output->kind);
    assert_int_equal(canonical->flags, output->flags);
    assert_int_equal(canonical->connection, output->connection);
    assert_int_equal(canonical->timer, output->timer);
    if (output->kind == OUTPUT_ARM)
        assert_int_equal(canonical->u.arm.min_ns, output->u.arm.min_ns);
    if (output->kind == OUTPUT_OBSERVE)
        assert_same_observation(before, &canonical->u.observation, &output->u.observation);
    if (output->kind != OUTPUT_SEND)
        return;
    struct frame frame = output->u.frame;
    frame.tag = canonical_tag(before, output->connection, frame.tag);
    assert_memory_equal(&canonical->u.frame, &frame, sizeof frame);
}

/* Random histories of clients with one link and with several, a step at a time. */
static void over_histories(void (*take_step)(struct canonical_bench *bench))
{
    for (unsigned links = 1; links <= LINKS_MOST; links++)
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            struct canonical_bench *bench = bench_new(seed, links);
            for (unsigned i = 0; i < STEPS; i++)
                take_step(bench);
            bench_free(bench);
        }
}

static void step_to_a_canonical_form(struct canonical_bench *bench)
{
    traffic_step(&bench->traffic, bench->host);
    canonical_of(bench, bench->host->client, bench->left);
    canonical_of(bench, bench->left, bench->right);
    assert_same_block(bench->left, bench->right);
    for (int a = 0; a < bench->count; a++)
        assert_int_equal(bench->anchors[a].lowest, 1);
}

static void the_canonical_form_of_a_canonical_form_is_itself(void **state)
{
    (void)state;
    over_histories(step_to_a_canonical_form);
}

static void step_beside_the_canonical_form(struct canonical_bench *bench)
{
    struct broker_output outputs[OUTPUTS_MAX];
    canonical_of(bench, bench->host->client, bench->stepped);
    struct canonical_bench before = *bench; /* its anchors */
    struct broker_input in = canonical_input(&before, traffic_step(&bench->traffic, bench->host));
    step_spare(bench, bench->stepped, in, outputs);
    for (int o = 0; o < bench->host->count; o++)
        assert_same_output(&before, &outputs[o], &bench->host->outputs[o]);
    canonical_of(bench, bench->stepped, bench->left);
    canonical_of(bench, bench->host->client, bench->right);
    assert_same_block(bench->left, bench->right);
}

static void a_step_commutes_with_the_canonical_form(void **state)
{
    (void)state;
    over_histories(step_beside_the_canonical_form);
}

static void step_at_another_address(struct canonical_bench *bench)
{
    static struct broker_output outputs[OUTPUTS_MAX];
    memset(outputs, 0x77, sizeof outputs); /* the host's own are 0xee before a step */
    block_copy(bench->left, bench->host->client);
    struct broker_input in = traffic_step(&bench->traffic, bench->host);
    step_spare(bench, bench->left, in, outputs);
    assert_same_block(bench->left, bench->host->client);
    assert_memory_equal(outputs, bench->host->outputs, sizeof outputs[0] * (size_t)bench->host->count);
}

static void one_input_stepped_at_two_addresses_gives_equal_bytes(void **state)
{
    (void)state;
    over_histories(step_at_another_address);
}

/* ---- anchors ---- */

static void assert_anchor(const struct host *host, enum anchor_space space, uint64_t lowest)
{
    struct anchor anchors[ANCHORS_MAX];
    int count = client_anchors(host->client, anchors);
    uint64_t found = 0;
    for (int i = 0; i < count; i++)
        if (anchors[i].space == space && anchors[i].connection == host->link[0].slot)
            found = anchors[i].lowest;
    assert_int_equal(found, lowest);
}

static void publish_tags_count_from_the_oldest_that_is_unanswered(void **state)
{
    (void)state;
    struct host *host = host_open(producer_config(), 100);
    assert_anchor(host, ANCHOR_PUBLISH_TAG, 1);
    host_arrive(host, 3);
    host_confirm(host, 1, 0);
    assert_anchor(host, ANCHOR_PUBLISH_TAG, 2);
    assert_anchor(host, ANCHOR_DELIVERY_TAG, 0);
    host_confirm(host, 3, FRAME_MULTIPLE);
    assert_anchor(host, ANCHOR_PUBLISH_TAG, 4);
    host_lose(host);
    assert_anchor(host, ANCHOR_PUBLISH_TAG, 0);
    host_free(host);
}

static void delivery_tags_count_from_the_oldest_that_is_held_or_whose_ack_is_owed(void **state)
{
    (void)state;
    struct host *host = host_open(consumer_config(10), 100);
    assert_anchor(host, ANCHOR_DELIVERY_TAG, 0);
    for (uint64_t tag = 1; tag <= 4; tag++)
        host_deliver(host, tag, tag, 0);
    host_fire(host, TIMER_SERVICE);
    assert_anchor(host, ANCHOR_DELIVERY_TAG, 2);
    host_block(host);
    host_fire(host, TIMER_SERVICE);
    host_fire(host, TIMER_SERVICE);
    assert_anchor(host, ANCHOR_DELIVERY_TAG, 2);
    host_unblock(host);
    assert_anchor(host, ANCHOR_DELIVERY_TAG, 4);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_canonical_form_of_a_canonical_form_is_itself),
        cmocka_unit_test(a_step_commutes_with_the_canonical_form),
        cmocka_unit_test(publish_tags_count_from_the_oldest_that_is_unanswered),
        cmocka_unit_test(delivery_tags_count_from_the_oldest_that_is_held_or_whose_ack_is_owed),
        cmocka_unit_test(one_input_stepped_at_two_addresses_gives_equal_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
