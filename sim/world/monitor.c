/* The monitor: one oracle that sees the observations of all actors and of the host in the order in which they
 * happened. It is laid out by the first of them. */
#include "models/base/check.h"
#include "sim/world/blocks.h"

void monitor_step(const struct part_context *context, struct oracle *oracle, const struct part_input *in,
                  struct part_effects *effects)
{
    const struct world_shape *shape = context->shape;
    CHECK(in->kind == PART_MONITOR_OBSERVE);
    CHECK(in->u.observation.actor < shape->actor_count);
    if (arena_used_bytes((const struct arena *)oracle) == 0)
        oracle_init(oracle, &shape->oracle, shape->oracle_client, shape->oracle_bytes);
    if (!oracle_step(oracle, &in->u.observation, &effects->verdict))
        effects->truncated = BOUND_MONITOR;
}
