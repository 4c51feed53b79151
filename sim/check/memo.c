#include "sim/check/memo.h"

#include <string.h>

#include "models/base/check.h"

enum edge { EDGE_INPUT, EDGE_CUT, EDGE_DISK, EDGE_PICK };

void memo_init(struct memo *memo, struct contents *contents, bool always_execute)
{
    const struct world_shape *shape = contents->shape;
    *memo = (struct memo){
        .contents = contents,
        .catalogue = contents->catalogue,
        .memory = contents->memory,
        .always_execute = always_execute,
    };
    pairs_init(&memo->edges, memo->memory);
    hoard_init(&memo->hoard, memo->memory);
    memo->scratch = memory_take(memo->memory, shape->part_count * sizeof *memo->scratch);
    for (uint32_t part = 0; part < shape->part_count; part++)
        memo->scratch[part] = memory_take(memo->memory, part_block_bytes(shape, part));
    memo->effects = part_effects_new(shape);
}

void memo_clear(struct memo *memo)
{
    const struct world_shape *shape = memo->contents->shape;
    pairs_clear(&memo->edges);
    hoard_clear(&memo->hoard);
    memory_give(memo->memory, memo->numbered, memo->numbered_room * sizeof *memo->numbered);
    memory_give(memo->memory, memo->steps, memo->step_room * sizeof *memo->steps);
    for (uint32_t part = 0; part < shape->part_count; part++)
        memory_give(memo->memory, memo->scratch[part], part_block_bytes(shape, part));
    memory_give(memo->memory, memo->scratch, shape->part_count * sizeof *memo->scratch);
    part_effects_free(memo->effects);
    *memo = (struct memo){0};
}

/* ---- executing ---- */

/* A question as far as it is answered: what a node of the tree of edges stands for. */
struct asked {
    uint32_t content, input, cut, disk;
    struct tape tape;
};

/* Its effects lie in memo->numbered: until the next step is executed. */
static struct memo_step step_of_effects(struct memo *memo, uint32_t part, uint8_t *block)
{
    const struct part_effects *effects = memo->effects;
    CHECK(effects->outputs <= OUTPUTS_MAX && effects->truncated <= UINT8_MAX);
    struct memo_step step = {
        .kind = STEP_DONE,
        .truncated = (uint8_t)effects->truncated,
        .outputs = (uint8_t)effects->outputs,
        .breached = (uint16_t)effects->verdict.breached,
        .exercised = (uint16_t)effects->verdict.exercised,
    };
    if (step.truncated)
        return step;
    part_compact(memo->contents->shape, part, block, memo->contents->scratch);
    step.content = contents_put(memo->contents, part, block);
    for (uint32_t i = 0; i < effects->input_count; i++) {
        memo->numbered =
            memory_room_for_one(memo->memory, memo->numbered, i, &memo->numbered_room, sizeof *memo->numbered);
        memo->numbered[i].part = effects->inputs[i].part;
        memo->numbered[i].input = catalogue_input(memo->catalogue, &effects->inputs[i]);
    }
    step.effect_count = effects->input_count;
    step.effects = memo->numbered;
    return step;
}

static void block_wipe(const struct memo *memo, uint32_t part, uint8_t *block, bool whole)
{
    const struct world_shape *shape = memo->contents->shape;
    memset(block, 0, whole ? part_block_bytes(shape, part) : part_used_bytes(shape, part, block));
}

uint32_t memo_content(struct memo *memo, uint32_t part, const void *used, uint64_t bytes)
{
    CHECK(bytes <= part_block_bytes(memo->contents->shape, part));
    uint8_t *block = memo->scratch[part];
    memcpy(block, used, bytes);
    uint32_t content = contents_put(memo->contents, part, block);
    block_wipe(memo, part, block, false);
    return content;
}

static struct memo_step memo_execute(struct memo *memo, const struct asked *asked)
{
    const struct world_shape *shape = memo->contents->shape;
    const struct content *content = contents_at(memo->contents, asked->content);
    const struct part_input *input = catalogue_input_at(memo->catalogue, asked->input);
    uint32_t part = content->part;
    CHECK(input->part == part);
    uint8_t *block = memo->scratch[part];
    memcpy(block, content->bytes, content->length);

    if (asked->disk == 0 && part_reads_disk(shape, block, input)) {
        block_wipe(memo, part, block, false);
        return (struct memo_step){.kind = STEP_WANTS_DISK};
    }
    struct tape tape = asked->tape;
    struct part_context context = {
        .shape = shape,
        .disk = asked->disk != 0 ? &contents_at(memo->contents, asked->disk)->view : NULL,
        .tape = &tape,
        .cut = asked->cut,
    };
    part_step(&context, block, input, memo->effects);
    memo->executed++;
    struct memo_step step = tape.ran_off ? (struct memo_step){.kind = STEP_WANTS_PICK, .ways = tape.ran_off_n}
                                         : step_of_effects(memo, part, block);
    block_wipe(memo, part, block, tape.ran_off || step.truncated);
    return step;
}

/* ---- remembering ---- */

static void step_must_equal(const struct memo_step *known, const struct memo_step *again)
{
    CHECK(known->kind == again->kind && known->truncated == again->truncated && known->ways == again->ways);
    CHECK(known->content == again->content && known->outputs == again->outputs);
    CHECK(known->breached == again->breached && known->exercised == again->exercised);
    CHECK(known->effect_count == again->effect_count);
    for (uint32_t i = 0; i < known->effect_count; i++)
        CHECK(known->effects[i].input == again->effects[i].input);
}

static uint32_t memo_learn(struct memo *memo, enum edge kind, uint32_t left, uint32_t right, const struct asked *asked)
{
    struct memo_step step = memo_execute(memo, asked);
    size_t effect_bytes = step.effect_count * sizeof *step.effects;
    struct known_input *effects = hoard_take(&memo->hoard, effect_bytes);
    if (step.effect_count > 0)
        memcpy(effects, step.effects, effect_bytes);
    step.effects = effects;
    memo->steps = memory_room_for_one(memo->memory, memo->steps, memo->step_count, &memo->step_room, sizeof step);
    memo->steps[memo->step_count++] = step;
    pairs_put(&memo->edges, kind, left, right, memo->step_count);
    return memo->step_count;
}

static inline uint32_t memo_follow(struct memo *memo, enum edge kind, uint32_t left, uint32_t right,
                                   const struct asked *asked)
{
    uint32_t step = pairs_get(&memo->edges, kind, left, right);
    if (__builtin_expect(step == 0, 0))
        return memo_learn(memo, kind, left, right, asked);
    memo->looked_up++;
    if (__builtin_expect(memo->always_execute, 0)) {
        struct memo_step again = memo_execute(memo, asked);
        step_must_equal(memo_at(memo, step), &again);
    }
    return step;
}

/* Answers what the step wants, for as long as the question has answers. */
static uint32_t memo_answer(struct memo *memo, const struct memo_question *question, struct asked *asked, uint32_t step,
                            uint32_t *ret_picks_used)
{
    uint32_t picks[PICKS_MAX];
    while (memo_at(memo, step)->kind != STEP_DONE) {
        if (memo_at(memo, step)->kind == STEP_WANTS_DISK) {
            CHECK(question->disk != 0 && asked->disk == 0);
            asked->disk = question->disk;
            step = memo_follow(memo, EDGE_DISK, step, asked->disk, asked);
            continue;
        }
        uint32_t used = *ret_picks_used;
        if (used == question->pick_count)
            break;
        CHECK(used < PICKS_MAX && question->picks[used] < memo_at(memo, step)->ways);
        picks[used] = question->picks[used];
        *ret_picks_used = used + 1;
        tape_read(&asked->tape, picks, used + 1);
        step = memo_follow(memo, EDGE_PICK, step, picks[used], asked);
    }
    return step;
}

uint32_t memo_ask(struct memo *memo, const struct memo_question *question, uint32_t *ret_picks_used)
{
    *ret_picks_used = 0;
    if (question->cut == 0 && !memo->always_execute) { /* the hot path: known, and wants nothing */
        uint32_t step = pairs_get(&memo->edges, EDGE_INPUT, question->content, question->input);
        if (__builtin_expect(step != 0 && memo_at(memo, step)->kind == STEP_DONE, 1)) {
            memo->looked_up++;
            return step;
        }
    }
    struct asked asked = {.content = question->content, .input = question->input};
    tape_read(&asked.tape, NULL, 0);
    uint32_t step = memo_follow(memo, EDGE_INPUT, question->content, question->input, &asked);
    if (question->cut != 0) {
        asked.cut = question->cut;
        step = memo_follow(memo, EDGE_CUT, step, question->cut, &asked);
    }
    return memo_answer(memo, question, &asked, step, ret_picks_used);
}

/* ---- crashes in the middle of a step ---- */

static uint32_t effects_on_others(const struct memo *memo, const struct memo_step *step, uint32_t self)
{
    uint32_t monitor = shape_part_monitor(memo->contents->shape);
    uint32_t count = 0;
    for (uint32_t i = 0; i < step->effect_count; i++)
        count += step->effects[i].part != self && step->effects[i].part != monitor;
    return count;
}

uint64_t memo_cuts(struct memo *memo, const struct memo_question *question, uint32_t step)
{
    if (memo_at(memo, step)->cuts_known)
        return memo_at(memo, step)->cuts;
    uint32_t self = contents_at(memo->contents, question->content)->part;
    struct memo_question part_way = *question;
    uint32_t before = 0, picks_used;
    uint64_t cuts = 0;
    for (uint32_t cut = 1; cut < memo_at(memo, step)->outputs; cut++) {
        part_way.cut = cut;
        uint32_t stepped = memo_ask(memo, &part_way, &picks_used);
        CHECK(memo_at(memo, stepped)->kind == STEP_DONE);
        uint32_t after = effects_on_others(memo, memo_at(memo, stepped), self);
        if (after > before)
            cuts |= UINT64_C(1) << cut;
        before = after;
    }
    memo->steps[step - 1].cuts = cuts;
    memo->steps[step - 1].cuts_known = 1;
    return cuts;
}
