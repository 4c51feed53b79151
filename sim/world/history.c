/* The fingerprint of a run: what it folds of each step. It is computed in every run, so it must cost little beside the
 * step itself, and it is compared with a few others only: hence the quick digest. */
#include <stddef.h>

#include "sim/world/history.h"

static_assert(offsetof(struct broker_output, u) % 16 == 0 && offsetof(struct action, kept) % 16 == 0, "whole units");

/* Only what an output of its kind means, so what lies in the rest of the union plays no part. */
static struct digest output_fold(struct digest digest, const struct broker_output *output)
{
    enum { HEAD = offsetof(struct broker_output, u) };
    switch ((enum output_kind)output->kind) {
    case OUTPUT_SEND:
    case OUTPUT_OBSERVE:
        return digest_fold_units(digest, output, sizeof *output / 16);
    case OUTPUT_APPEND:
        return digest_fold_units(digest, output, (HEAD + output->u.record.length) / 16);
    case OUTPUT_ARM:
        return digest_fold_units(digest, output, (HEAD + sizeof output->u.arm) / 16);
    default:
        return digest_fold_units(digest, output, HEAD / 16);
    }
}

struct digest history_outputs(const struct broker_output *outputs, uint32_t count)
{
    struct digest digest = {0};
    for (uint32_t i = 0; i < count; i++)
        digest = output_fold(digest, &outputs[i]);
    return digest;
}

/* Few actions say anything in their second half. */
static size_t action_bytes(const struct action *action)
{
    return action->pick_count == 0 && action->kept == 0 ? offsetof(struct action, kept) : sizeof *action;
}

struct digest history_fold(struct digest running, int64_t time_ns, const struct action *action, struct digest outputs)
{
    struct digest mixed = {running.low ^ outputs.low, running.high ^ outputs.high ^ (uint64_t)time_ns};
    return digest_fold_units(mixed, action, action_bytes(action) / 16);
}
