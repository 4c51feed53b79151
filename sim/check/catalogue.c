#include "sim/check/catalogue.h"

#include <string.h>

#include "models/base/check.h"

enum variant { VARIANT_PICK, VARIANT_CUT, VARIANT_CRASH };
#define VARIANT_NONE UINT32_MAX /* looked at: there is no such action */

void catalogue_init(struct catalogue *catalogue, const struct world_shape *shape, struct memory *memory)
{
    *catalogue = (struct catalogue){.shape = shape, .memory = memory};
    intern_init(&catalogue->actions, memory, 0);
    intern_init(&catalogue->inputs, memory, 0);
    pairs_init(&catalogue->variants, memory);
    hoard_init(&catalogue->hoard, memory);
    catalogue->effects = part_effects_new(shape);
}

void catalogue_clear(struct catalogue *catalogue)
{
    intern_clear(&catalogue->actions);
    intern_clear(&catalogue->inputs);
    pairs_clear(&catalogue->variants);
    hoard_clear(&catalogue->hoard);
    memory_give(catalogue->memory, catalogue->known, catalogue->known_room * sizeof *catalogue->known);
    part_effects_free(catalogue->effects);
    *catalogue = (struct catalogue){0};
}

uint32_t catalogue_input(struct catalogue *catalogue, const struct part_input *input)
{
    bool is_new;
    return intern_put(&catalogue->inputs, 0, input, sizeof *input, &is_new);
}

const struct part_input *catalogue_input_at(const struct catalogue *catalogue, uint32_t input)
{
    return intern_bytes(&catalogue->inputs, input, NULL);
}

static struct known_action catalogue_learn(struct catalogue *catalogue, const struct action *action)
{
    struct part_input *first = catalogue->effects->inputs;
    uint32_t count = action_inputs(catalogue->shape, action, first);
    CHECK(count > 0);
    struct known_input *inputs = hoard_take(&catalogue->hoard, count * sizeof *inputs);
    for (uint32_t i = 0; i < count; i++)
        inputs[i] = (struct known_input){.part = first[i].part, .input = catalogue_input(catalogue, &first[i])};
    return (struct known_action){
        .action = action,
        .inputs = inputs,
        .input_count = count,
        .actor = action_actor(catalogue->shape, action),
        .node = action_node(catalogue->shape, action),
    };
}

uint32_t catalogue_action(struct catalogue *catalogue, const struct action *action)
{
    bool is_new;
    uint32_t number = intern_put(&catalogue->actions, 0, action, sizeof *action, &is_new);
    if (!is_new)
        return number;
    catalogue->known = memory_room_for_one(catalogue->memory, catalogue->known, number - 1, &catalogue->known_room,
                                           sizeof *catalogue->known);
    catalogue->known[number - 1] = catalogue_learn(catalogue, intern_bytes(&catalogue->actions, number, NULL));
    return number;
}

static uint32_t variant_keep(struct catalogue *catalogue, enum variant kind, uint32_t action, uint32_t what,
                             const struct action *varied)
{
    uint32_t number = varied != NULL ? catalogue_action(catalogue, varied) : VARIANT_NONE;
    pairs_put(&catalogue->variants, kind, action, what, number);
    return number;
}

static uint32_t catalogue_with_pick(struct catalogue *catalogue, uint32_t action, uint16_t pick)
{
    uint32_t number = pairs_get(&catalogue->variants, VARIANT_PICK, action, pick);
    if (number != 0)
        return number;
    struct action varied = *catalogue_at(catalogue, action)->action;
    CHECK(varied.pick_count < PICKS_MAX);
    varied.picks[varied.pick_count++] = pick;
    return variant_keep(catalogue, VARIANT_PICK, action, pick, &varied);
}

uint32_t catalogue_with_picks(struct catalogue *catalogue, uint32_t action, const uint16_t *picks, uint32_t pick_count)
{
    for (uint32_t i = 0; i < pick_count; i++)
        action = catalogue_with_pick(catalogue, action, picks[i]);
    return action;
}

static uint32_t catalogue_with_cut(struct catalogue *catalogue, uint32_t action, uint32_t cut)
{
    uint32_t number = pairs_get(&catalogue->variants, VARIANT_CUT, action, cut);
    if (number != 0)
        return number;
    struct action varied = *catalogue_at(catalogue, action)->action;
    CHECK(varied.cut == 0 && cut >= 1 && cut < OUTPUTS_MAX);
    varied.cut = (uint16_t)cut;
    return variant_keep(catalogue, VARIANT_CUT, action, cut, &varied);
}

uint32_t catalogue_with_crash(struct catalogue *catalogue, uint32_t action, uint32_t cut, uint32_t crash)
{
    action = catalogue_with_cut(catalogue, action, cut);
    uint32_t number = pairs_get(&catalogue->variants, VARIANT_CRASH, action, crash);
    if (number == 0) {
        const struct action *wanted = catalogue_at(catalogue, crash)->action;
        struct action varied = *catalogue_at(catalogue, action)->action;
        varied.power = wanted->power;
        varied.torn = wanted->torn;
        varied.kept = wanted->kept;
        struct action follows = action_crash_of_cut(catalogue->shape, &varied);
        bool says_it = memcmp(&follows, wanted, sizeof follows) == 0;
        number = variant_keep(catalogue, VARIANT_CRASH, action, crash, says_it ? &varied : NULL);
    }
    return number == VARIANT_NONE ? 0 : number;
}
