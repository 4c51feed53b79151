/* Equal states: what the checker relies on, over random histories, lawful and not. */
#include "court.h"
#include "models/base/draw.h"
#include "tests/support/same_block.h"

#define SEEDS 60
#define STEPS 400
#define MESSAGES 200

struct canonical_bench {
    struct court *court;
    struct stream stream;
    struct oracle *stepped, *left, *right; /* spare blocks */
    struct anchor anchors[ANCHORS_MAX];
    int count;
    uint64_t log_end, attempted, published[2], delivered[3]; /* by producer, by consumer */
};

static struct canonical_bench *bench_new(uint64_t seed)
{
    struct canonical_bench *bench = calloc(1, sizeof *bench);
    bench->court = court_prepare(seed % 4 == 0 ? (1u << PROPERTY_COUNT) - 1 : 0);
    bench->court->clients[HELPER - 1].auto_ack = seed % 5 == 0;
    bench->court->clients[WEB - 1].confirms = seed % 3 != 0;
    bench->court->config.queue_consumers[0] = seed % 2 == 0 ? 1 : 2; /* one gives back what comes first again */
    court_open_session(bench->court, MESSAGES);
    struct oracle **spares[] = {&bench->stepped, &bench->left, &bench->right};
    for (unsigned i = 0; i < 3; i++)
        *spares[i] = host_reserve(bench->court->block_bytes);
    stream_seed(&bench->stream, seed, DRAW_PICK, 0);
    return bench;
}

static void bench_free(struct canonical_bench *bench)
{
    struct oracle *spares[] = {bench->stepped, bench->left, bench->right};
    for (unsigned i = 0; i < 3; i++)
        host_release(spares[i], bench->court->block_bytes);
    court_free(bench->court);
    free(bench);
}

/* ---- random observations ---- */

static uint64_t below(struct canonical_bench *bench, uint64_t n)
{
    return draw_below(stream_next(&bench->stream), n);
}

/* One of the latest, seldom one that never was. */
static uint64_t recent(struct canonical_bench *bench, uint64_t last)
{
    uint64_t back = below(bench, 12);
    return back < last ? last - back : last + 1;
}

static void draw_node(struct canonical_bench *bench, struct observation *seen)
{
    static const uint8_t kinds[] = {OBSERVE_APPENDED, OBSERVE_APPENDED, OBSERVE_APPENDED, OBSERVE_SETTLED,
                                    OBSERVE_DROPPED,  OBSERVE_CRASHED,  OBSERVE_STARTED,  OBSERVE_RECOVERED,
                                    OBSERVE_RECOVERED, OBSERVE_RECOVERY_DONE};
    seen->kind = kinds[below(bench, sizeof kinds)];
    seen->actor = NODE;
    seen->message = court_message(WEB + (uint32_t)below(bench, 2), recent(bench, bench->attempted));
    if (seen->kind == OBSERVE_APPENDED && below(bench, 4) != 0)
        seen->position = bench->log_end += 64;
    if (seen->kind == OBSERVE_CRASHED && below(bench, 3) != 0)
        seen->position = bench->log_end -= bench->log_end == 0 ? 0 : 32 * below(bench, 6) % bench->log_end;
    if (seen->kind == OBSERVE_RECOVERED || seen->kind == OBSERVE_RECOVERY_DONE)
        seen->position = bench->log_end;
    if (seen->kind == OBSERVE_RECOVERY_DONE)
        seen->value = below(bench, 8) == 0 ? REFUSE_CORRUPT : REFUSE_NOTHING;
}

static void draw_producer(struct canonical_bench *bench, struct observation *seen)
{
    static const uint8_t kinds[] = {OBSERVE_ATTEMPTED, OBSERVE_ATTEMPTED, OBSERVE_SENT,   OBSERVE_SENT,
                                    OBSERVE_ANSWER,    OBSERVE_ANSWERED,  OBSERVE_OPENED, OBSERVE_LOST};
    unsigned producer = (unsigned)below(bench, 2);
    seen->kind = kinds[below(bench, sizeof kinds)];
    seen->actor = (uint16_t)(WEB + producer);
    seen->flags = below(bench, 4) == 0 ? FRAME_MULTIPLE : below(bench, 4) == 0 ? FRAME_NEGATIVE : 0;
    if (seen->kind == OBSERVE_ATTEMPTED)
        bench->attempted++;
    if (seen->kind == OBSERVE_SENT)
        seen->tag = ++bench->published[producer];
    if (seen->kind == OBSERVE_ANSWER)
        seen->tag = recent(bench, bench->published[producer]);
    if (seen->kind == OBSERVE_LOST && below(bench, 3) == 0)
        bench->published[producer] = 0;
    seen->message = court_message(seen->actor, seen->kind == OBSERVE_ATTEMPTED ? bench->attempted
                                                                               : recent(bench, bench->attempted));
}

static void draw_consumer(struct canonical_bench *bench, struct observation *seen)
{
    static const uint8_t kinds[] = {OBSERVE_DELIVERED, OBSERVE_DELIVERED, OBSERVE_ACKED, OBSERVE_ACKED,
                                    OBSERVE_OPENED,    OBSERVE_LOST};
    unsigned consumer = (unsigned)below(bench, 3);
    seen->kind = kinds[below(bench, sizeof kinds)];
    seen->actor = (uint16_t)(WORKER + consumer);
    seen->connection = (uint16_t)below(bench, 2);
    if (seen->kind == OBSERVE_DELIVERED)
        seen->tag = ++bench->delivered[consumer];
    if (seen->kind == OBSERVE_ACKED) {
        seen->tag = recent(bench, bench->delivered[consumer]);
        seen->flags = below(bench, 4) == 0 ? FRAME_NEGATIVE | FRAME_REQUEUE : 0;
    }
    seen->message = court_message(WEB + (uint32_t)below(bench, 2), recent(bench, bench->attempted));
    seen->message.queue = below(bench, 8) == 0;
}

static struct observation bench_draw(struct canonical_bench *bench)
{
    struct observation seen = {0};
    uint64_t chance = below(bench, 32);
    if (chance == 0)
        seen.kind = OBSERVE_QUIET;
    else if (chance < 11)
        draw_node(bench, &seen);
    else if (chance < 22)
        draw_producer(bench, &seen);
    else
        draw_consumer(bench, &seen);
    return seen;
}

/* ---- canonical forms ---- */

static void canonical_of(struct canonical_bench *bench, const struct oracle *oracle, struct oracle *ret_oracle)
{
    block_clear(ret_oracle);
    bench->count = oracle_anchors(oracle, bench->anchors);
    oracle_canonical(oracle, bench->anchors, bench->count, ret_oracle, bench->court->block_bytes);
}

/* The anchor of a space, lowered to what an observation says of it: in a world another part would know that value. */
static uint64_t anchor_with(struct canonical_bench *bench, enum anchor_space space, uint16_t actor, uint64_t value)
{
    for (int i = 0; i < bench->count; i++) {
        struct anchor *anchor = &bench->anchors[i];
        if (anchor->space != space || anchor->actor != actor)
            continue;
        anchor->lowest = value < anchor->lowest ? value : anchor->lowest;
        return anchor->lowest;
    }
    return 0;
}

/* Writes the canonical form of the court's monitor, and returns the observation as it is said there. */
static struct observation canonical_with(struct canonical_bench *bench, struct observation seen,
                                         struct oracle *ret_oracle)
{
    bench->count = oracle_anchors(bench->court->oracle, bench->anchors);
    bool publish = seen.kind == OBSERVE_SENT || seen.kind == OBSERVE_ANSWER;
    uint64_t lowest = 0;
    if (seen.position > 0)
        lowest = anchor_with(bench, ANCHOR_LOG, seen.actor, seen.position);
    if (lowest != 0)
        seen.position -= lowest - 2;
    lowest = seen.tag == 0
                 ? 0
                 : anchor_with(bench, publish ? ANCHOR_PUBLISH_TAG : ANCHOR_DELIVERY_TAG, seen.actor, seen.tag);
    if (lowest != 0)
        seen.tag -= lowest - 1;
    block_clear(ret_oracle);
    oracle_canonical(bench->court->oracle, bench->anchors, bench->count, ret_oracle, bench->court->block_bytes);
    return seen;
}

static void the_canonical_form_of_a_canonical_form_is_itself(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct canonical_bench *bench = bench_new(seed);
        for (unsigned i = 0; i < STEPS; i++) {
            court_see(bench->court, bench_draw(bench));
            canonical_of(bench, bench->court->oracle, bench->left);
            struct canonical_bench before = *bench; /* its anchors */
            canonical_of(bench, bench->left, bench->right);
            assert_same_block(bench->left, bench->right);
            assert_int_equal(bench->count, before.count);
            for (int a = 0; a < bench->count; a++) { /* the same spaces, from their first values on */
                before.anchors[a].lowest = bench->anchors[a].space == ANCHOR_LOG ? 2 : 1;
                assert_memory_equal(&bench->anchors[a], &before.anchors[a], sizeof before.anchors[a]);
            }
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
            struct observation seen = bench_draw(bench);
            struct observation canonical = canonical_with(bench, seen, bench->stepped);
            struct verdict verdict;
            court_see(bench->court, seen);
            assert_false(bench->court->full);
            assert_true(oracle_step(bench->stepped, &canonical, &verdict));
            assert_memory_equal(&verdict, &bench->court->verdict, sizeof verdict);
            canonical_of(bench, bench->stepped, bench->left);
            canonical_of(bench, bench->court->oracle, bench->right);
            assert_same_block(bench->left, bench->right);
        }
        bench_free(bench);
    }
}

static void one_observation_judged_at_two_addresses_gives_equal_bytes(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct canonical_bench *bench = bench_new(seed);
        for (unsigned i = 0; i < STEPS; i++) {
            struct observation seen = bench_draw(bench);
            struct verdict verdict;
            memset(&verdict, 0x77, sizeof verdict);
            block_copy(bench->left, bench->court->oracle);
            court_see(bench->court, seen);
            oracle_step(bench->left, &seen, &verdict);
            assert_memory_equal(&verdict, &bench->court->verdict, sizeof verdict);
            assert_same_block(bench->left, bench->court->oracle);
        }
        bench_free(bench);
    }
}

static void a_canonical_form_is_no_bigger_and_has_no_free_list(void **state)
{
    (void)state;
    struct canonical_bench *bench = bench_new(1);
    for (unsigned i = 0; i < STEPS; i++)
        court_see(bench->court, bench_draw(bench));
    canonical_of(bench, bench->court->oracle, bench->left);
    assert_int_equal(((struct arena *)bench->left)->freed_units, 0);
    assert_true(((struct arena *)bench->court->oracle)->freed_units > 0);
    assert_true(block_used(bench->left) < block_used(bench->court->oracle));
    bench_free(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_canonical_form_of_a_canonical_form_is_itself),
        cmocka_unit_test(a_step_commutes_with_the_canonical_form),
        cmocka_unit_test(one_observation_judged_at_two_addresses_gives_equal_bytes),
        cmocka_unit_test(a_canonical_form_is_no_bigger_and_has_no_free_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
