/* Whatever happens, in whatever order: properties of every world that random walks come through. */
#include "tests/sim_world/walks.h"

#define SEEDS 60
#define STEPS 250

typedef void (*walk_visitor)(struct walk *walk, void *context);

static void each_seed(struct small_world *make(void), uint64_t seeds, walk_visitor visit, void *context)
{
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct small_world *small = make();
        struct walk walk;
        walk_begin(&walk, small, seed);
        visit(&walk, context);
        small_world_free(small);
    }
}

static void each_walk(walk_visitor visit, void *context)
{
    each_seed(walk_world, SEEDS, visit, context);
    each_seed(walk_cluster, SEEDS / 3, visit, context);
}

/* As far as the budget allows. Whether all are up then. */
static bool nodes_restart(struct small_world *small)
{
    bool all = true;
    for (uint32_t node = 0; node < small->shape->node_count; node++) {
        struct action restart = {.kind = ACTION_RESTART, .actor = (uint16_t)node};
        if (world_is_enabled(small->world, &restart))
            apply(small, &restart);
        all &= world_actor_up(small->world, node);
    }
    return all;
}

static void settle_and_judge(struct walk *walk)
{
    struct small_world *small = walk->small;
    struct action action, done;
    bool all_up = nodes_restart(small);
    for (unsigned i = 0; walk_choose_progress(walk, &action); i++) {
        if (i > 1000 && (!all_up || world_primary(small->world, 0) == UINT32_MAX))
            return; /* clients go on trying for ever */
        assert_true(i < 10000);
        walk_apply(walk, &action, &done);
    }
    world_judge_quiet(small->world, &small->effects);
    small_world_note(small);
}

struct judged {
    uint32_t exercised;
    uint64_t steps;
};

static void walk_and_judge(struct walk *walk, void *context)
{
    struct judged *judged = context;
    struct action done;
    for (unsigned i = 0; i < STEPS && walk_step(walk, &done); i++)
        assert_int_equal(walk->small->breached & walk->small->shape->oracle.promised, 0);
    settle_and_judge(walk);
    assert_int_equal(walk->small->breached & walk->small->shape->oracle.promised, 0);
    judged->exercised |= walk->small->exercised;
    judged->steps += walk->steps;
}

static void no_promise_is_broken_on_any_walk(void **state)
{
    struct judged judged = {0};
    each_walk(walk_and_judge, &judged);
    assert_int_equal(judged.exercised, (1u << PROPERTY_COUNT) - 1);
    assert_true(judged.steps > SEEDS * 50);
    (void)state;
}

static void read_every_name_back(struct walk *walk, void *context)
{
    struct small_world *small = walk->small;
    struct action done;
    char name[ACTION_TEXT_MAX];
    for (unsigned i = 0; i < STEPS && walk_step(walk, &done); i++) {
        action_text(small->shape, &done, name);
        struct action again = action_named(small, name);
        assert_memory_equal(&again, &done, sizeof done);
        size_t count = enabled(small);
        for (size_t k = 0; k < count; k++) {
            action_text(small->shape, &small->enabled[k], name);
            again = action_named(small, name);
            assert_memory_equal(&again, &small->enabled[k], sizeof again);
        }
    }
    (void)context;
}

static void every_enabled_action_has_a_name_that_reads_back(void **state)
{
    each_walk(read_every_name_back, NULL);
    (void)state;
}

static int same_bytes(const struct world_shape *shape, const struct world *a, const struct world *b)
{
    for (uint32_t part = 0; part < shape->part_count; part++) {
        uint64_t bytes_a, bytes_b;
        const void *of_a = world_part(a, part, &bytes_a), *of_b = world_part(b, part, &bytes_b);
        if (bytes_a != bytes_b || memcmp(of_a, of_b, part_block_bytes(shape, part)) != 0)
            return 0;
    }
    return 1;
}

static void same_pendings(const struct world_effects *a, const struct world_effects *b)
{
    assert_int_equal(a->pending_count, b->pending_count);
    for (uint32_t i = 0; i < a->pending_count; i++) {
        struct pending of_a = a->pending[i], of_b = b->pending[i];
        assert_int_equal(of_a.frame == NULL, of_b.frame == NULL);
        if (of_a.frame != NULL)
            assert_memory_equal(of_a.frame, of_b.frame, sizeof *of_a.frame);
        of_a.frame = of_b.frame = NULL;
        assert_memory_equal(&of_a, &of_b, sizeof of_a);
    }
}

static void step_twice(struct walk *walk, void *context)
{
    struct small_world *small = walk->small;
    struct world *other = world_new(small->shape);
    uint32_t *kinds = context;
    for (unsigned i = 0; i < STEPS; i++) {
        struct world_snapshot *before = world_snapshot(small->world);
        struct action done;
        if (!walk_step(walk, &done))
            break;
        world_restore(other, before);
        world_snapshot_free(before);
        const struct world_effects *effects;
        assert_true(world_is_enabled(other, &done));
        assert_true(world_apply(other, &done, 0, NULL, NULL, &effects));
        assert_true(digest_equal(effects->digest, small->effects->digest));
        assert_int_equal(effects->outputs, small->effects->outputs);
        same_pendings(effects, small->effects);
        assert_int_equal(effects->observation_count, small->effects->observation_count);
        assert_memory_equal(effects->observations, small->effects->observations,
                            effects->observation_count * sizeof(struct observation));
        assert_true(same_bytes(small->shape, small->world, other));
        *kinds |= 1u << done.kind;
    }
    world_free(other);
}

/* The other world lies at other addresses, knows the state only from a snapshot, and reads the picks that the first
 * one drew. */
static void each_step_made_twice_at_two_addresses_gives_equal_bytes(void **state)
{
    uint32_t kinds = 0;
    each_walk(step_twice, &kinds);
    uint32_t expected = 0;
    for (uint32_t kind = ACTION_BOOT; kind <= ACTION_RESTART; kind++)
        expected |= kind == ACTION_CONTINUE ? 0 : 1u << kind; /* so few messages need none */
    assert_int_equal(kinds & expected, expected);
    (void)state;
}

static int all_zero(const uint8_t *bytes, uint64_t count)
{
    return count == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, count - 1) == 0);
}

static void all_zero_beyond_use(struct walk *walk, void *context)
{
    struct small_world *small = walk->small;
    struct action done;
    for (unsigned i = 0; i < STEPS && walk_step(walk, &done); i++)
        for (uint32_t part = 0; part < small->shape->part_count; part++) {
            uint64_t used, bytes = part_block_bytes(small->shape, part);
            const uint8_t *block = world_part(small->world, part, &used);
            assert_true(used <= bytes);
            assert_true(all_zero(block + used, bytes - used));
        }
    (void)context;
}

static void what_a_part_does_not_use_is_zero(void **state)
{
    each_walk(all_zero_beyond_use, NULL);
    (void)state;
}

static void enabled_one_by_one(struct walk *walk, void *context)
{
    struct small_world *small = walk->small;
    struct action done;
    for (unsigned i = 0; i < STEPS && walk_step(walk, &done); i++) {
        size_t count = enabled(small);
        for (size_t k = 0; k < count; k++)
            assert_true(world_is_enabled(small->world, &small->enabled[k]));
        for (uint32_t connection = 0; connection < small->shape->connection_count; connection++)
            for (uint8_t kind = ACTION_DELIVER; kind <= ACTION_GIVE_UP; kind++) {
                struct action action = {.kind = kind, .connection = connection};
                size_t listed = 0;
                if (kind > ACTION_WRITABLE && kind < ACTION_GIVE_UP)
                    continue;
                for (size_t k = 0; k < count; k++)
                    listed += memcmp(&small->enabled[k], &action, sizeof action) == 0;
                assert_int_equal(world_is_enabled(small->world, &action), listed);
            }
    }
    (void)context;
}

static void an_action_is_enabled_when_and_only_when_it_is_listed(void **state)
{
    each_walk(enabled_one_by_one, NULL);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_promise_is_broken_on_any_walk),
        cmocka_unit_test(every_enabled_action_has_a_name_that_reads_back),
        cmocka_unit_test(each_step_made_twice_at_two_addresses_gives_equal_bytes),
        cmocka_unit_test(what_a_part_does_not_use_is_zero),
        cmocka_unit_test(an_action_is_enabled_when_and_only_when_it_is_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
