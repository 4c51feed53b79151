/* Checks of the small plan, in few words: set the bounds of `small.plan.check`, run, look. */
#ifndef CRASHQ_TESTS_CHECKED_H
#define CRASHQ_TESTS_CHECKED_H

#include "models/base/check.h"
#include "sim/check/check.h"
#include "tests/support/small_plan.h"

/* The caller clears the result. */
static inline struct check_result checked(const struct small_plan *small, const struct check_options *options)
{
    struct check_result result;
    struct world_shape *shape = shape_new(&small->plan, SHAPE_CHECK);
    check_run(shape, options, &result);
    shape_free(shape);
    return result;
}

static inline struct small_plan *small_plan_with(struct small_plan *small, struct plan_check bounds)
{
    small_plan_init(small);
    bounds.properties = small->plan.check.properties;
    bounds.given = true;
    small->plan.check = bounds;
    return small;
}

#endif
