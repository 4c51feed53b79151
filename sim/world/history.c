/* The fingerprint of a run: what it folds of each step. It is computed in every run, so it must cost little beside the
 * step itself, and it is compared with a few others only: hence the quick digest. */
#include "sim/world/history.h"

static_assert(sizeof(struct broker_output) % 16 == 0 && sizeof(struct action) % 16 == 0, "whole units");

/* Outputs and actions are zero where they say nothing. To fold all of them costs less than to ask each what it is. */
struct digest history_outputs(const struct broker_output *outputs, uint32_t count)
{
    struct digest digest = {0};
    for (uint32_t i = 0; i < count; i++)
        digest = digest_fold_units(digest, &outputs[i], sizeof outputs[i] / 16);
    return digest;
}

struct digest history_fold(struct digest running, int64_t time_ns, const struct action *action, struct digest outputs)
{
    struct digest mixed = {running.low ^ outputs.low, running.high ^ outputs.high ^ (uint64_t)time_ns};
    return digest_fold_units(mixed, action, sizeof *action / 16);
}
