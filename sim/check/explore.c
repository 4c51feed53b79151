/* The exhaustive scheduler. Breadth first, so that the first breach found has a shortest trace; one worker, so that
 * among states with one fingerprint the first found stands for all, and counts and traces are the same in every run.
 *
 * A state is a tuple of content numbers. Its successors are collected in a batch while the visited set's slots are
 * fetched from memory, then looked up together. Order of exploration: states as found; in each, parts in order, and
 * each part's offers in order; an action with choices in the order of its picks, followed at once by its crashes in the
 * middle. */
#include <stdlib.h>
#include <string.h>

#include "models/base/check.h"
#include "sim/check/explore.h"

#define PROGRESS_EVERY 65536u

struct digest explorer_fingerprint(struct explorer *explorer, const uint32_t *tuple)
{
    uint32_t parts = explorer->frontier.parts;
    for (uint32_t part = 0; part < parts; part++)
        explorer->faces[part] = &contents_at(&explorer->contents, tuple[part])->face;
    return world_fingerprint_of(explorer->faces, parts);
}

/* ---- looking up successors ---- */

static void explorer_stop(struct explorer *explorer, const char *budget)
{
    explorer->stop = true;
    explorer->stopped_by = budget;
}

static void candidate_look_up(struct explorer *explorer, uint32_t index)
{
    const struct candidate *candidate = &explorer->candidates[index];
    struct frontier *frontier = &explorer->frontier;
    const uint32_t *tuple = explorer->candidate_tuples + (uint64_t)index * frontier->parts;
    uint32_t known = 0;
    if (explorer->stopped_by != NULL)
        return;
    if (!visited_add(&explorer->visited, candidate->key, frontier->states, &known)) {
        if (explorer->options->exact && !exact_equal(explorer, frontier_tuple_of(frontier, known), tuple))
            explorer->collisions++;
        return;
    }
    if (frontier->states == explorer->states_max) {
        explorer_stop(explorer, "states");
        return;
    }
    frontier_add(frontier, tuple, candidate->link);
    if (explorer->options->visited != NULL)
        explorer->options->visited(explorer->options->context, candidate->fingerprint);
}

static void explorer_look_up_batch(struct explorer *explorer)
{
    if (!visited_reserve(&explorer->visited, explorer->candidate_count) ||
        !frontier_reserve(&explorer->frontier, explorer->candidate_count))
        explorer_stop(explorer, "memory");
    for (uint32_t i = 0; i < explorer->candidate_count; i++)
        candidate_look_up(explorer, i);
    explorer->candidate_count = 0;
}

void explorer_collect(struct explorer *explorer, struct link link)
{
    struct candidate *candidate = &explorer->candidates[explorer->candidate_count];
    candidate->fingerprint = explorer_fingerprint(explorer, explorer_spare_tuple(explorer));
    candidate->key = visited_key(&explorer->visited, candidate->fingerprint);
    candidate->link = link;
    visited_prefetch(&explorer->visited, candidate->key);
    if (++explorer->candidate_count == BATCH)
        explorer_look_up_batch(explorer);
}

/* ---- the loop ---- */

static void explorer_tell(struct explorer *explorer)
{
    const struct frontier *frontier = &explorer->frontier;
    if (explorer->options->progress != NULL)
        explorer->options->progress(explorer->options->context, frontier->states, explorer->transitions,
                                    frontier->now.count, frontier->depth);
    if (explorer->options->stop != NULL && explorer->options->stop(explorer->options->context))
        explorer_stop(explorer, "interruption");
}

static void explorer_run(struct explorer *explorer)
{
    struct frontier *frontier = &explorer->frontier;
    uint64_t expanded = 0;
    explorer_start_tuple(explorer, explorer_spare_tuple(explorer));
    explorer_collect(explorer, (struct link){.parent = UINT32_MAX});
    explorer_look_up_batch(explorer);
    while (!explorer->stop && frontier_advance(frontier)) {
        if (frontier->now.count > explorer->frontier_max)
            explorer->frontier_max = frontier->now.count;
        for (uint32_t i = 0; i < frontier->now.count && !explorer->stop; i++) {
            explorer_expand(explorer, i);
            if (++expanded % PROGRESS_EVERY == 0)
                explorer_tell(explorer);
            if (!memory_fits(&explorer->memory, 0))
                explorer_stop(explorer, "memory");
        }
        explorer_look_up_batch(explorer);
    }
    if (explorer->settling && !explorer->stop)
        explorer_stop(explorer, "a start that never settles");
}

void explorer_start_tuple(struct explorer *explorer, uint32_t *ret_tuple)
{
    struct world *world = world_new(explorer->shape);
    for (uint32_t part = 0; part < explorer->shape->part_count; part++) {
        uint64_t bytes;
        const void *used = world_part(world, part, &bytes);
        ret_tuple[part] = memo_content(&explorer->memo, part, used, bytes);
    }
    world_free(world);
}

/* ---- beginning and end ---- */

static uint32_t quiet_input(struct catalogue *catalogue)
{
    struct part_input input;
    memset(&input, 0, sizeof input);
    input.part = shape_part_monitor(catalogue->shape);
    input.kind = PART_MONITOR_OBSERVE;
    input.u.observation.kind = OBSERVE_QUIET;
    return catalogue_input(catalogue, &input);
}

static uint64_t states_max_of(const struct world_shape *shape, const struct check_options *options)
{
    uint64_t planned = (uint64_t)shape->plan->check.states_max_millions * 1000000u;
    uint64_t wanted = options->states_max != 0 ? options->states_max : planned;
    return wanted == 0 || wanted > STATES_LIMIT ? STATES_LIMIT : wanted;
}

static void explorer_open(struct explorer *explorer, const struct world_shape *shape,
                          const struct check_options *options)
{
    struct memory *memory = &explorer->memory;
    memory->bytes_max = options->memory_max_bytes;
    explorer->shape = shape;
    explorer->options = options;
    explorer->checked = shape->plan->check.properties;
    explorer->settling = shape->plan->check.settled;
    explorer->promised = shape->oracle.promised | options->expected;
    explorer->states_max = states_max_of(shape, options);
    catalogue_init(&explorer->catalogue, shape, memory);
    contents_init(&explorer->contents, &explorer->catalogue);
    memo_init(&explorer->memo, &explorer->contents, options->memo_off);
    visited_init(&explorer->visited, memory, options->fingerprint_bits ? options->fingerprint_bits : 128,
                 options->exact);
    frontier_init(&explorer->frontier, memory, shape->part_count, options->exact);
    explorer->quiet_input = quiet_input(&explorer->catalogue);
    explorer->candidate_tuples =
        memory_take(memory, (size_t)BATCH * shape->part_count * sizeof *explorer->candidate_tuples);
    explorer->faces = memory_take(memory, shape->part_count * sizeof *explorer->faces);
}

static void explorer_close(struct explorer *explorer)
{
    struct memory *memory = &explorer->memory;
    uint32_t parts = explorer->shape->part_count;
    memory_give(memory, explorer->faces, parts * sizeof *explorer->faces);
    memory_give(memory, explorer->candidate_tuples, (size_t)BATCH * parts * sizeof *explorer->candidate_tuples);
    frontier_clear(&explorer->frontier);
    visited_clear(&explorer->visited);
    memo_clear(&explorer->memo);
    contents_clear(&explorer->contents);
    catalogue_clear(&explorer->catalogue);
    free(explorer);
}

static const char *bound_text(uint32_t bounds_hit)
{
    static const char *const texts[] = {
        [BOUND_NONE] = NULL,
        [BOUND_BLOCK] = "a block's capacity",
        [BOUND_CONNECTION] = "a connection's capacity",
        [BOUND_DISK] = "a disk's capacity",
        [BOUND_MONITOR] = "the monitor's capacity",
    };
    uint32_t bound = bounds_hit ? (uint32_t)__builtin_ctz(bounds_hit) : BOUND_NONE;
    CHECK(bound < sizeof texts / sizeof *texts);
    return texts[bound];
}

/* Two of n states share a fingerprint with probability about n^2 / 2^(bits + 1). */
static double omission_probability(uint64_t states, unsigned bits)
{
    double probability = (double)states * (double)states;
    for (unsigned i = 0; i <= bits; i++)
        probability /= 2;
    return probability < 1 ? probability : 1;
}

static void explorer_conclude(struct explorer *explorer, struct check_result *result)
{
    result->truncated_by = explorer->stopped_by != NULL ? explorer->stopped_by : bound_text(explorer->bounds_hit);
    result->verdict = explorer->violation.found      ? CHECK_VIOLATION
                      : result->truncated_by != NULL ? CHECK_TRUNCATED
                                                     : CHECK_COMPLETE;
    result->states = explorer->frontier.states;
    result->transitions = explorer->transitions;
    result->frontier_max = explorer->frontier_max;
    result->memo_steps = explorer->memo.looked_up;
    result->steps_executed = explorer->memo.executed;
    result->parts_interned = explorer->contents.intern.count;
    result->collisions = explorer->collisions;
    result->depth = explorer->frontier.depth;
    result->bytes = explorer->memory.bytes;
    unsigned bits = explorer->options->fingerprint_bits;
    result->omission_probability = omission_probability(result->states, bits ? bits : 128);
    result->found = explorer->found;
    for (uint32_t mask = 0; mask < 1u << PROPERTY_COUNT; mask++)
        for (uint32_t property = 0; property < PROPERTY_COUNT; property++)
            if (mask >> property & 1)
                result->exercised[property] += explorer->exercised_by_mask[mask];
    if (explorer->violation.found)
        trace_rebuild(explorer, &explorer->violation, result);
    else if (explorer->finding.found)
        trace_rebuild(explorer, &explorer->finding, result);
}

void check_run(const struct world_shape *shape, const struct check_options *options, struct check_result *ret_result)
{
    CHECK(shape->purpose == SHAPE_CHECK);
    CHECK(shape->node_count <= 32);
    memset(ret_result, 0, sizeof *ret_result);
    struct explorer *explorer = calloc(1, sizeof *explorer);
    CHECK(explorer != NULL);
    explorer_open(explorer, shape, options);
    explorer_run(explorer);
    explorer_conclude(explorer, ret_result);
    explorer_close(explorer);
}

void check_result_clear(struct check_result *result)
{
    free(result->trace);
    free(result->trace_fingerprint);
    memset(result, 0, sizeof *result);
}
