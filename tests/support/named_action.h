/* An action by its name, in tests that read as traces; a name that is none fails the test. */
#ifndef CRASHQ_TESTS_NAMED_ACTION_H
#define CRASHQ_TESTS_NAMED_ACTION_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/world/action.h"
#include "sim/world/shape.h"

static inline struct action named_action(const struct world_shape *shape, const char *name)
{
    struct action action;
    size_t at;
    if (!action_parse(shape, name, &action, &at))
        fail_msg("'%s' is no action, from '%s' on", name, name + at);
    return action;
}

#endif
