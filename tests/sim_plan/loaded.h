/* Scenarios as tests write them: a text in, a plan or its problems out. */
#ifndef CRASHQ_TESTS_LOADED_H
#define CRASHQ_TESTS_LOADED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after those four */
#include <cmocka.h>
#include <string.h>

#include "sim/plan/load.h"

#define SMALLEST "queues: {orders: {}}\nproducers: {web: {queue: orders, rate: 200/s}}\n"

/* "line:column: message" of each, with the file in front when it is --set; one a line. */
static inline char *problems_text(const GPtrArray *problems)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < problems->len; i++) {
        const struct plan_problem *problem = g_ptr_array_index(problems, i);
        bool set = strcmp(problem->file, "--set") == 0;
        g_string_append_printf(text, "%s%u:%u: %s\n", set ? "--set:" : "", problem->line, problem->column,
                               problem->message);
    }
    return g_string_free(text, FALSE);
}

static inline struct plan *loaded_with(const char *text, const char *const *sets)
{
    GPtrArray *problems;
    struct plan *plan = plan_load_bytes("tests/sim_plan/a-test.yaml", text, strlen(text), sets, &problems);
    if (!plan) {
        char *said = problems_text(problems);
        print_error("%s", said);
        g_free(said);
    }
    g_ptr_array_unref(problems);
    assert_non_null(plan);
    return plan;
}

static inline struct plan *loaded(const char *text)
{
    return loaded_with(text, NULL);
}

static inline void assert_problems_with(const char *text, const char *const *sets, const char *expected)
{
    GPtrArray *problems;
    struct plan *plan = plan_load_bytes("tests/sim_plan/a-test.yaml", text, strlen(text), sets, &problems);
    char *said = problems_text(problems);
    assert_string_equal(said, expected);
    assert_null(plan);
    g_free(said);
    g_ptr_array_unref(problems);
}

static inline void assert_problems(const char *text, const char *expected)
{
    assert_problems_with(text, NULL, expected);
}

#endif
