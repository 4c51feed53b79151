/* A file of the greatest size allowed can hold as many problems as it has keys; nobody reads more than the first
 * few hundred, so the list stops there and says so. Sorting is stable: two problems of one place stay in the order
 * in which they were found. */
#include "sim/plan/problem.h"

#include "sim/plan/load.h"

enum { PROBLEMS_MAX = 200, SHOWN_MAX = 40 };

struct found {
    struct place at;
    uint32_t order;
    char *message;
};

void problems_init(struct problems *problems, const char *file)
{
    problems->file = file;
    problems->variant = NULL;
    problems->items = g_array_new(FALSE, FALSE, sizeof(struct found));
}

void problems_clear(struct problems *problems)
{
    for (guint i = 0; i < problems->items->len; i++)
        g_free(g_array_index(problems->items, struct found, i).message);
    g_array_unref(problems->items);
    problems->items = NULL;
}

bool problems_full(const struct problems *problems)
{
    return problems->items->len > PROBLEMS_MAX;
}

static bool problem_known(const struct problems *problems, struct place at, const char *message)
{
    for (guint i = 0; i < problems->items->len; i++) {
        const struct found *found = &g_array_index(problems->items, struct found, i);
        if (found->at.source == at.source && found->at.line == at.line && found->at.column == at.column &&
            g_str_equal(found->message, message))
            return true;
    }
    return false;
}

void problem_take(struct problems *problems, struct place at, char *message)
{
    if (problems_full(problems) || (problems->variant && problem_known(problems, at, message))) {
        g_free(message);
        return;
    }
    if (problems->variant) {
        g_autofree char *shown = problem_shown(problems->variant), *alone = message;
        message = g_strdup_printf("variant '%s': %s", shown, alone);
    }
    if (problems->items->len == PROBLEMS_MAX) {
        g_free(message);
        message = g_strdup("too many problems: the rest is not shown");
        at = (struct place){.source = UINT32_MAX};
    }
    struct found found = {.at = at, .order = problems->items->len, .message = message};
    g_array_append_val(problems->items, found);
}

void problem_add(struct problems *problems, struct place at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    problem_take(problems, at, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

bool problems_any(const struct problems *problems)
{
    return problems->items->len > 0;
}

static int found_compare(const void *left, const void *right)
{
    const struct found *a = left, *b = right;
    const uint32_t ranks[][2] = {
        {a->at.source, b->at.source}, {a->at.line, b->at.line}, {a->at.column, b->at.column}, {a->order, b->order}};
    for (size_t i = 0; i < G_N_ELEMENTS(ranks); i++)
        if (ranks[i][0] != ranks[i][1])
            return ranks[i][0] < ranks[i][1] ? -1 : 1;
    return 0;
}

static void plan_problem_free(void *data)
{
    struct plan_problem *problem = data;
    g_free(problem->file);
    g_free(problem->message);
    g_free(problem);
}

GPtrArray *problems_list(struct problems *problems)
{
    g_array_sort(problems->items, found_compare);
    GPtrArray *list = g_ptr_array_new_with_free_func(plan_problem_free);
    for (guint i = 0; i < problems->items->len; i++) {
        const struct found *found = &g_array_index(problems->items, struct found, i);
        struct plan_problem *problem = g_new0(struct plan_problem, 1);
        bool in_file = found->at.source == 0 || found->at.source == UINT32_MAX;
        problem->file = g_strdup(in_file ? problems->file : "--set");
        problem->line = found->at.line;
        problem->column = found->at.column;
        problem->message = g_strdup(found->message);
        g_ptr_array_add(list, problem);
    }
    return list;
}

char *problem_shown(const char *text)
{
    GString *shown = g_string_new(NULL);
    unsigned count = 0;
    for (const char *at = text; *at; at = g_utf8_next_char(at), count++) {
        if (count == SHOWN_MAX) {
            g_string_append(shown, "...");
            break;
        }
        gunichar c = g_utf8_get_char(at);
        if (g_unichar_isprint(c))
            g_string_append_unichar(shown, c);
        else
            g_string_append_printf(shown, "\\u%04X", c);
    }
    return g_string_free(shown, FALSE);
}
