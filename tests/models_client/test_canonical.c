/* Equal states: what the checker relies on, over random histories. */
#include "tests/support/same_block.h"
#include "traffic.h"

#define SEEDS 120
#define STEPS 500
#define MESSAGES 150

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

static uint64_t lowered(const struct canonical_bench *bench, enum anchor_space space, uint64_t tag)
{
    for (int i = 0; i < bench->count; i++)
        if (bench->anchors[i].space == space)
            return tag < bench->anchors[i].lowest ? 0 : tag - (bench->anchors[i].lowest - 1);
    return tag;
}

static struct broker_input canonical_input(const struct canonical_bench *bench, struct broker_input in)
{
    if (in.kind == INPUT_FRAME && in.frame.kind == FRAME_CONFIRM)
        in.frame.tag = lowered(bench, ANCHOR_PUBLISH_TAG, in.frame.tag);
    if (in.kind == INPUT_FRAME && in.frame.kind == FRAME_DELIVER)
        in.frame.tag = lowered(bench, ANCHOR_DELIVERY_TAG, in.frame.tag);
    return in;
}

static struct canonical_bench *bench_new(uint64_t seed)
{
    struct canonical_bench *bench = calloc(1, sizeof *bench);
    bench->host = host_new(traffic_config(seed), MESSAGES);
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

static void the_canonical_form_of_a_canonical_form_is_itself(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct canonical_bench *bench = bench_new(seed);
        for (unsigned i = 0; i < STEPS; i++) {
            traffic_step(&bench->traffic, bench->host);
            canonical_of(bench, bench->host->client, bench->left);
            canonical_of(bench, bench->left, bench->right);
            assert_same_block(bench->left, bench->right);
            for (int a = 0; a < bench->count; a++)
                assert_int_equal(bench->anchors[a].lowest, 1);
        }
        bench_free(bench);
    }
}

static void a_step_commutes_with_the_canonical_form(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct canonical_bench *bench = bench_new(seed);
        for (unsigned i = 0; i < STEPS; i++) {
            struct broker_output outputs[OUTPUTS_MAX];
            canonical_of(bench, bench->host->client, bench->stepped);
            struct canonical_bench before = *bench; /* its anchors */
            struct broker_input in = canonical_input(&before, traffic_step(&bench->traffic, bench->host));
            step_spare(bench, bench->stepped, in, outputs);
            for (int o = 0; o < bench->host->count; o++)
                assert_int_equal(outputs[o].kind, bench->host->outputs[o].kind);
            canonical_of(bench, bench->stepped, bench->left);
            canonical_of(bench, bench->host->client, bench->right);
            assert_same_block(bench->left, bench->right);
        }
        bench_free(bench);
    }
}

static void one_input_stepped_at_two_addresses_gives_equal_bytes(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct canonical_bench *bench = bench_new(seed);
        for (unsigned i = 0; i < STEPS; i++) {
            static struct broker_output outputs[OUTPUTS_MAX];
            memset(outputs, 0x77, sizeof outputs); /* the host's own are 0xee before a step */
            block_copy(bench->left, bench->host->client);
            struct broker_input in = traffic_step(&bench->traffic, bench->host);
            step_spare(bench, bench->left, in, outputs);
            assert_same_block(bench->left, bench->host->client);
            assert_memory_equal(outputs, bench->host->outputs, sizeof outputs[0] * (size_t)bench->host->count);
        }
        bench_free(bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_canonical_form_of_a_canonical_form_is_itself),
        cmocka_unit_test(a_step_commutes_with_the_canonical_form),
        cmocka_unit_test(one_input_stepped_at_two_addresses_gives_equal_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
