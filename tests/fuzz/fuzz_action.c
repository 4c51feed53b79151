/* Names of actions, as a reproducer lists them: what reads back is written as a name that reads back as the same, and
 * what is none says where. In a world of three nodes that replicate, with a client of each kind. */
#include <string.h>

#include "models/base/check.h"
#include "sim/world/action.h"
#include "sim/world/shape.h"
#include "tests/support/small_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct world_shape *fuzz_shape(void)
{
    static struct small_plan small;
    static struct world_shape *shape;
    if (shape == NULL) {
        small_plan_init(&small);
        small_plan_cluster(&small, 3);
        shape = shape_new(&small.plan, SHAPE_RUN);
    }
    return shape;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct world_shape *shape = fuzz_shape();
    char text[ACTION_TEXT_MAX];
    if (size >= sizeof text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    struct action action, again;
    size_t at = 0;
    if (!action_parse(shape, text, &action, &at)) {
        CHECK(at <= strlen(text));
        return 0;
    }
    action_text(shape, &action, text);
    CHECK(action_parse(shape, text, &again, &at) && memcmp(&action, &again, sizeof action) == 0);
    return 0;
}
