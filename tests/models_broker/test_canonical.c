/* Equal states: what the checker relies on, over random histories. */
#include "broker_host.h"
#include "cluster_schedule.h"
#include "traffic.h"

#define SEEDS 60
#define STEPS 400

struct canonical_bench {
    struct host *host;
    struct traffic traffic;
    struct node *canonical, *stepped, *left, *right; /* spare blocks */
    struct anchor anchors[ANCHORS_MAX];
    int count;
};

static uint64_t used_bytes(const struct node *node)
{
    return arena_used_bytes((const struct arena *)node);
}

static void clear(struct node *node)
{
    memset(node, 0, used_bytes(node));
}

static void assert_same_node(const struct node *a, const struct node *b)
{
    assert_int_equal(used_bytes(a), used_bytes(b));
    assert_memory_equal(a, b, used_bytes(a));
}

static void canonical_of(struct canonical_bench *bench, const struct node *node, struct node *ret_node)
{
    clear(ret_node);
    bench->count = broker_anchors(node, bench->anchors);
    broker_canonical(node, bench->anchors, bench->count, ret_node, bench->host->block_bytes);
}

static uint64_t lowered(const struct canonical_bench *bench, enum anchor_space space, uint16_t of, uint64_t value)
{
    for (int i = 0; i < bench->count; i++)
        if (bench->anchors[i].space == space && bench->anchors[i].connection == of)
            return value < bench->anchors[i].lowest ? 0 : value - (bench->anchors[i].lowest - 1);
    return value;
}

static struct broker_input canonical_input(const struct canonical_bench *bench, struct broker_input in)
{
    if (in.kind == INPUT_SYNCED)
        in.value = lowered(bench, ANCHOR_LOG, 0, in.value);
    if (in.kind == INPUT_FRAME && in.frame.kind == FRAME_PUBLISH && in.frame.tag != 0)
        in.frame.tag = lowered(bench, ANCHOR_PUBLISH_TAG, in.connection, in.frame.tag);
    if (in.kind == INPUT_FRAME && in.frame.kind == FRAME_ACK && in.frame.tag != 0) {
        in.frame.tag = lowered(bench, ANCHOR_DELIVERY_TAG, in.connection, in.frame.tag);
        if (in.frame.tag == 0)
            in.frame.tag = UINT64_MAX; /* below all that live: just as unknown */
    }
    return in;
}

static struct canonical_bench *bench_new(uint64_t seed, uint64_t messages)
{
    static const enum fsync_policy policies[] = {FSYNC_EACH, FSYNC_GROUP, FSYNC_NEVER};
    struct canonical_bench *bench = calloc(1, sizeof *bench);
    struct broker_config config = host_config(2, TRAFFIC_SLOTS, policies[seed % 3]);
    config.queue[0].dispatch = seed / 3 % 2 ? DISPATCH_RANDOM : DISPATCH_ROUND_ROBIN;
    config.queue[1].durable = seed / 6 % 2 == 0;
    bench->host = host_new(config, messages);
    struct node **spares[] = {&bench->canonical, &bench->stepped, &bench->left, &bench->right};
    for (unsigned i = 0; i < 4; i++)
        *spares[i] = host_reserve(bench->host->block_bytes);
    traffic_begin(&bench->traffic, 2, seed);
    return bench;
}

static void bench_free(struct canonical_bench *bench)
{
    struct node *spares[] = {bench->canonical, bench->stepped, bench->left, bench->right};
    for (unsigned i = 0; i < 4; i++)
        host_release(spares[i], bench->host->block_bytes);
    host_free(bench->host);
    free(bench);
}

/* The next random input, on the real node. */
static struct broker_input bench_step(struct canonical_bench *bench)
{
    struct broker_input in = traffic_next(&bench->traffic, bench->host);
    bench->host->tape.key = bench->traffic.sequence;
    host_step(bench->host, in);
    traffic_hear(&bench->traffic, bench->host);
    bench->host->seen_count = bench->host->frame_count = 0;
    return in;
}

static void the_canonical_form_of_a_canonical_form_is_itself(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct canonical_bench *bench = bench_new(seed, 150 + seed % 7 * 50);
        for (unsigned i = 0; i < STEPS; i++) {
            bench_step(bench);
            canonical_of(bench, bench->host->node, bench->left);
            canonical_of(bench, bench->left, bench->right);
            assert_same_node(bench->left, bench->right);
            for (int a = 0; a < bench->count; a++)
                assert_int_equal(bench->anchors[a].lowest, 1);
        }
        bench_free(bench);
    }
}

static void step_spare(struct canonical_bench *bench, struct node *node, struct broker_input in,
                       struct broker_output *outputs, int count)
{
    struct tape tape;
    tape_draw(&tape, bench->traffic.sequence);
    in.tape = &tape;
    struct disk_view disk = {0};
    in.disk = in.kind == INPUT_CONTINUE ? &disk : NULL;
    assert_int_equal(broker_step(node, &in, outputs), count);
}

static void a_step_commutes_with_the_canonical_form(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct canonical_bench *bench = bench_new(seed, 150 + seed % 7 * 50);
        for (unsigned i = 0; i < STEPS; i++) {
            struct broker_output outputs[OUTPUTS_MAX];
            canonical_of(bench, bench->host->node, bench->stepped);
            struct canonical_bench before = *bench; /* its anchors */
            struct broker_input in = canonical_input(&before, bench_step(bench));
            step_spare(bench, bench->stepped, in, outputs, bench->host->count);
            for (int o = 0; o < bench->host->count; o++)
                assert_int_equal(outputs[o].kind, bench->host->outputs[o].kind);
            canonical_of(bench, bench->stepped, bench->left);
            canonical_of(bench, bench->host->node, bench->right);
            assert_same_node(bench->left, bench->right);
        }
        bench_free(bench);
    }
}

static void one_input_stepped_at_two_addresses_gives_equal_bytes(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct canonical_bench *bench = bench_new(seed, 150 + seed % 7 * 50);
        for (unsigned i = 0; i < STEPS; i++) {
            static struct broker_output outputs[OUTPUTS_MAX];
            memset(outputs, 0x77, sizeof outputs); /* the host's own are 0xee before a step */
            clear(bench->left);
            memcpy(bench->left, bench->host->node, used_bytes(bench->host->node));
            struct broker_input in = bench_step(bench);
            step_spare(bench, bench->left, in, outputs, bench->host->count);
            assert_same_node(bench->left, bench->host->node);
            assert_memory_equal(outputs, bench->host->outputs, sizeof outputs[0] * (size_t)bench->host->count);
        }
        bench_free(bench);
    }
}

static void a_canonical_form_is_no_bigger_and_has_no_free_list(void **state)
{
    (void)state;
    struct canonical_bench *bench = bench_new(1, 200);
    for (unsigned i = 0; i < STEPS; i++)
        bench_step(bench);
    canonical_of(bench, bench->host->node, bench->left);
    assert_int_equal(((struct arena *)bench->left)->freed_units, 0);
    assert_true(((struct arena *)bench->host->node)->freed_units > 0);
    assert_true(used_bytes(bench->left) < used_bytes(bench->host->node));
    bench_free(bench);
}

static void a_message_that_passed_through_leaves_no_trace(void **state)
{
    (void)state;
    struct canonical_bench *bench = bench_new(0, 4);
    struct host *host = bench->host;
    host_open(host, 0);
    host_open(host, 1);
    host_consume(host, 1, 0, 1, 0);
    for (uint64_t i = 1; i <= 3; i++) {
        host_publish(host, 0, 0, i);
        host_ack(host, 1, i, 0);
        host_synced(host);
        canonical_of(bench, host->node, bench->right);
        if (i == 1) { /* round robin has moved on, which a second consumer could see */
            clear(bench->left);
            memcpy(bench->left, bench->right, used_bytes(bench->right));
        }
        assert_same_node(bench->left, bench->right);
    }
    bench_free(bench);
}

static void the_canonical_form_of_a_booting_node_goes_on_booting(void **state)
{
    (void)state;
    struct canonical_bench *bench = bench_new(0, 100);
    struct host *host = bench->host;
    host_open(host, 0);
    host_publish_many(host, 0, 0, 1, 40);
    host_boot_begin(host);
    while (host->continues) {
        struct disk_view disk = {.bytes = host->disk + host->start, .start = host->start, .end = host->end};
        struct broker_output outputs[OUTPUTS_MAX];
        canonical_of(bench, host->node, bench->stepped);
        host_continue(host);
        broker_step(bench->stepped, &(struct broker_input){.kind = INPUT_CONTINUE, .disk = &disk}, outputs);
        canonical_of(bench, bench->stepped, bench->left);
        canonical_of(bench, host->node, bench->right);
        assert_same_node(bench->left, bench->right);
    }
    assert_true(host->done);
    bench_free(bench);
}

/* ---- clusters: each step of each node also happens to its canonical form ---- */

struct cluster_bench {
    struct schedule schedule;
    struct node *stepped, *left, *right; /* spare blocks */
    struct broker_output outputs[OUTPUTS_MAX];
    int count;
    unsigned steps;
};

static struct anchors_of {
    struct anchor anchors[ANCHORS_MAX];
    int count;
} cluster_canonical(const struct cluster *cluster, const struct node *node, struct node *ret_node)
{
    struct anchors_of of;
    clear(ret_node);
    of.count = broker_anchors(node, of.anchors);
    broker_canonical(node, of.anchors, of.count, ret_node, cluster->block_bytes);
    return of;
}

static void canonical_is_stepped(struct cluster *cluster, uint16_t self, const struct broker_input *in)
{
    struct cluster_bench *bench = cluster->judge;
    bench->count = -1;
    if (in->kind == INPUT_BOOT)
        return;
    struct anchors_of of = cluster_canonical(cluster, cluster->node[self].node, bench->stepped);
    struct canonical_bench lowering = {.count = of.count};
    memcpy(lowering.anchors, of.anchors, sizeof of.anchors);
    struct broker_input input = canonical_input(&lowering, *in);
    struct tape tape = cluster->tape;
    input.tape = &tape;
    bench->count = broker_step(bench->stepped, &input, bench->outputs);
}

static void canonical_is_compared(struct cluster *cluster, uint16_t self, const struct broker_input *in, int count)
{
    struct cluster_bench *bench = cluster->judge;
    (void)in;
    if (bench->count < 0)
        return;
    assert_int_equal(bench->count, count);
    for (int i = 0; i < count; i++)
        assert_int_equal(bench->outputs[i].kind, cluster->outputs[i].kind);
    cluster_canonical(cluster, bench->stepped, bench->left);
    cluster_canonical(cluster, cluster->node[self].node, bench->right);
    assert_same_node(bench->left, bench->right);
    cluster_canonical(cluster, bench->right, bench->left);
    assert_same_node(bench->left, bench->right);
    bench->steps++;
}

static void client_hears(struct cluster *cluster, uint16_t node, uint16_t slot, const struct frame *frame)
{
    if (frame->kind == FRAME_DELIVER)
        schedule_delivered(cluster, node, slot, frame);
}

static void a_step_of_a_replica_commutes_with_the_canonical_form(void **state)
{
    (void)state;
    unsigned steps = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct cluster_bench *bench = calloc(1, sizeof *bench);
        struct broker_config config = schedule_config(seed * 7 % 400);
        uint64_t bytes = broker_block_bytes(&config, CLUSTER_MESSAGES);
        struct node **spares[] = {&bench->stepped, &bench->left, &bench->right};
        for (unsigned i = 0; i < 3; i++)
            *spares[i] = host_reserve(bytes);
        struct cluster *cluster = schedule_new(config, seed, bench,
                                               (struct cluster_watch){.before = canonical_is_stepped,
                                                                      .stepped = canonical_is_compared,
                                                                      .sent = client_hears,
                                                                      .closed = schedule_closed});
        schedule_run(cluster, seed, 2 * STEPS);
        steps += bench->steps;
        cluster_free(cluster);
        for (unsigned i = 0; i < 3; i++)
            host_release(*spares[i], bytes);
        free(bench);
    }
    assert_true(steps > SEEDS * STEPS / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_canonical_form_of_a_canonical_form_is_itself),
        cmocka_unit_test(a_step_commutes_with_the_canonical_form),
        cmocka_unit_test(one_input_stepped_at_two_addresses_gives_equal_bytes),
        cmocka_unit_test(a_canonical_form_is_no_bigger_and_has_no_free_list),
        cmocka_unit_test(a_message_that_passed_through_leaves_no_trace),
        cmocka_unit_test(the_canonical_form_of_a_booting_node_goes_on_booting),
        cmocka_unit_test(a_step_of_a_replica_commutes_with_the_canonical_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
