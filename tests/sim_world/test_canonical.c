/* canonical(step(canonical(s), canonical input)) equals canonical(step(s, input)): a node that starts from the
 * canonical form of its state goes on as the one that got there. Held for every input that a node meets on random
 * walks. */
#include "sim/world/blocks.h"
#include "tests/sim_world/walks.h"

struct two_nodes {
    uint32_t node; /* of the world: the same part of it */
    uint8_t *as_it_is, *canonical, *compared[2]; /* blocks; zeroed but within a comparison */
    struct part_effects *effects;
    uint64_t bytes;
    unsigned inputs[PART_ACTOR_CRASH + 1]; /* by kind: how many were compared */
};

static void two_nodes_init(struct two_nodes *two, const struct world_shape *shape, uint32_t node)
{
    *two = (struct two_nodes){
        .node = node, .bytes = part_block_bytes(shape, node), .effects = part_effects_new(shape)};
    two->as_it_is = host_reserve(two->bytes);
    two->canonical = host_reserve(two->bytes);
    two->compared[0] = host_reserve(two->bytes);
    two->compared[1] = host_reserve(two->bytes);
}

static void two_nodes_clear(struct two_nodes *two)
{
    host_release(two->as_it_is, two->bytes);
    host_release(two->canonical, two->bytes);
    host_release(two->compared[0], two->bytes);
    host_release(two->compared[1], two->bytes);
    part_effects_free(two->effects);
}

static void make_canonical(const struct two_nodes *two, const uint8_t *block, uint8_t *ret_block)
{
    struct anchor anchors[ANCHORS_MAX];
    const struct node *node = actor_core((const struct actor *)block);
    int count = broker_anchors(node, anchors);
    memset(ret_block, 0, two->bytes);
    memcpy(ret_block, block, sizeof(struct actor));
    broker_canonical(node, anchors, count, actor_core((struct actor *)ret_block), two->bytes - sizeof(struct actor));
}

/* A counter of the input, as the canonical node counts. */
static uint64_t lowered(const uint8_t *block, enum anchor_space space, uint16_t connection, uint64_t value)
{
    struct anchor anchors[ANCHORS_MAX];
    int count = broker_anchors(actor_core((const struct actor *)block), anchors);
    for (int i = 0; i < count; i++)
        if (anchors[i].space == space && anchors[i].connection == connection)
            return value - anchors[i].lowest + 1;
    return value;
}

static struct part_input input_lowered(const uint8_t *block, struct part_input in)
{
    if (in.kind == PART_ACTOR_SYNCED)
        in.value = lowered(block, ANCHOR_LOG, 0, in.value);
    if (in.kind == PART_ACTOR_FRAME && in.u.frame.tag != 0 && in.u.frame.kind < FRAME_JOIN)
        in.u.frame.tag = lowered(block, in.u.frame.kind == FRAME_ACK ? ANCHOR_DELIVERY_TAG : ANCHOR_PUBLISH_TAG,
                                 in.connection, in.u.frame.tag);
    return in;
}

static void step_on(struct two_nodes *two, const struct world_shape *shape, uint8_t *block, struct part_input in)
{
    struct tape tape;
    tape_draw(&tape, 1); /* the same picks for both */
    struct part_context context = {.shape = shape, .tape = &tape};
    part_step(&context, block, &in, two->effects);
}

static void compare(struct two_nodes *two, const struct small_world *small, struct part_input in)
{
    uint64_t used;
    const uint8_t *block = world_part(small->world, two->node, &used);
    memset(two->as_it_is, 0, two->bytes);
    memcpy(two->as_it_is, block, used);
    make_canonical(two, block, two->canonical);
    step_on(two, small->shape, two->as_it_is, in);
    step_on(two, small->shape, two->canonical, input_lowered(block, in));
    make_canonical(two, two->as_it_is, two->compared[0]);
    make_canonical(two, two->canonical, two->compared[1]);
    if (memcmp(two->compared[0], two->compared[1], two->bytes) != 0)
        fail_msg("node %u differs after an input of kind %u (frame %u)", two->node, in.kind, in.u.frame.kind);
    two->inputs[in.kind]++;
}

/* What an action makes the node meet, without making it happen: the cascade up to the node's first step. False: not
 * the node. */
static int node_input(const struct small_world *small, uint32_t node, const struct action *action,
                      struct part_input *ret_input)
{
    uint64_t used;
    static uint8_t block[1 << 20];
    struct part_effects *effects = part_effects_new(small->shape);
    struct part_input inputs[2]; /* what it costs comes first */
    *ret_input = inputs[action_inputs(small->shape, action, inputs) - 1];
    uint32_t part = ret_input->part;
    int found = part == node;
    if (part != node) {
        struct part_context context = {.shape = small->shape};
        const void *bytes = world_part(small->world, part, &used);
        assert_true(part_block_bytes(small->shape, part) <= sizeof block);
        memset(block, 0, part_block_bytes(small->shape, part));
        memcpy(block, bytes, used);
        part_step(&context, block, ret_input, effects);
        found = effects->input_count > 0 && effects->inputs[0].part == node;
        if (found)
            *ret_input = effects->inputs[0];
    }
    part_effects_free(effects);
    return found;
}

static void compare_all_inputs(struct two_nodes *two, struct small_world *small)
{
    uint64_t used;
    const struct actor *actor = world_part(small->world, two->node, &used);
    struct part_input in;
    size_t count = enabled(small);
    for (size_t k = 0; k < count && actor->up && !actor->recovering; k++)
        if (small->enabled[k].kind != ACTION_CRASH && action_actor(small->shape, &small->enabled[k]) == two->node &&
            node_input(small, two->node, &small->enabled[k], &in))
            compare(two, small, in);
}

/* Of one node, on walks through worlds; it must have met the inputs that matter most. */
static void compare_on_walks(struct small_world *make(void), uint32_t node, uint64_t seeds)
{
    static const uint8_t met[] = {PART_ACTOR_FRAME, PART_ACTOR_OPENED, PART_ACTOR_LOST, PART_ACTOR_SYNCED};
    struct two_nodes two = {0};
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct small_world *small = make();
        struct walk walk;
        struct action done;
        walk_begin(&walk, small, seed);
        if (two.bytes == 0)
            two_nodes_init(&two, small->shape, node);
        for (unsigned i = 0; i < 200 && walk_step(&walk, &done); i++)
            compare_all_inputs(&two, small);
        small_world_free(small);
    }
    for (unsigned i = 0; i < sizeof met; i++)
        assert_true(two.inputs[met[i]] > 0);
    two_nodes_clear(&two);
}

static void a_canonical_node_goes_on_as_the_one_it_stands_for(void **state)
{
    compare_on_walks(walk_world, 0, 40);
    (void)state;
}

static void so_does_a_canonical_node_of_a_cluster(void **state)
{
    for (uint32_t node = 0; node < 3; node++)
        compare_on_walks(walk_cluster, node, 15);
    (void)state;
}

/* ---- compacting ---- */

struct compacting {
    uint8_t *block, *again, *scratch;
    uint64_t changed[2]; /* actors, monitors: how many looked different afterwards */
};

static void compacting_is_the_same(struct compacting *compacting, const struct small_world *small, uint32_t part)
{
    uint64_t used, bytes = part_block_bytes(small->shape, part);
    const void *block = world_part(small->world, part, &used);
    struct part_anchor before[ANCHORS_MAX], after[ANCHORS_MAX];
    memcpy(compacting->block, block, used);
    struct digest digest = part_canonical_digest(small->shape, part, compacting->block, compacting->scratch);
    int count = part_anchors(small->shape, part, compacting->block, before);
    part_compact(small->shape, part, compacting->block, compacting->scratch);
    assert_true(digest_equal(
        part_canonical_digest(small->shape, part, compacting->block, compacting->scratch), digest));
    assert_int_equal(part_anchors(small->shape, part, compacting->block, after), count);
    assert_memory_equal(before, after, (size_t)count * sizeof before[0]);
    compacting->changed[part >= small->shape->actor_count] += memcmp(compacting->block, block, used) != 0;
    memcpy(compacting->again, compacting->block, bytes);
    part_compact(small->shape, part, compacting->again, compacting->scratch);
    assert_memory_equal(compacting->again, compacting->block, bytes);
    memset(compacting->block, 0, bytes);
    memset(compacting->again, 0, bytes);
}

static void a_compacted_part_is_the_same_but_for_its_layout(void **state)
{
    struct small_world *(*const makes[])(void) = {walk_world, walk_cluster};
    for (unsigned world = 0; world < 2; world++) {
        struct small_world *small = makes[world]();
        uint64_t most = 0;
        for (uint32_t part = 0; part < small->shape->part_count; part++)
            most = part_block_bytes(small->shape, part) > most ? part_block_bytes(small->shape, part) : most;
        struct compacting compacting = {host_reserve(most), host_reserve(most), host_reserve(most), {0, 0}};
        struct walk walk;
        struct action done;
        walk_begin(&walk, small, 1);
        for (unsigned i = 0; i < 300 && walk_step(&walk, &done); i++)
            for (uint32_t part = 0; part < small->shape->part_count; part++)
                compacting_is_the_same(&compacting, small, part);
        assert_true(compacting.changed[0] > 0 && compacting.changed[1] > 0);
        host_release(compacting.block, most);
        host_release(compacting.again, most);
        host_release(compacting.scratch, most);
        small_world_free(small);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_canonical_node_goes_on_as_the_one_it_stands_for),
        cmocka_unit_test(so_does_a_canonical_node_of_a_cluster),
        cmocka_unit_test(a_compacted_part_is_the_same_but_for_its_layout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
