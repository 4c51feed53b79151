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

struct note {
    struct place at;
    uint32_t order;
    bool used; /* somewhere it has an effect */
    char *message;
};

static void note_free(gpointer data)
{
    struct note *note = data;
    g_free(note->message);
    g_free(note);
}

void problems_init(struct problems *problems, const char *file)
{
    problems->file = file;
    problems->variant = NULL;
    problems->items = g_array_new(FALSE, FALSE, sizeof(struct found));
    problems->notes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, note_free);
}

void problems_clear(struct problems *problems)
{
    for (guint i = 0; i < problems->items->len; i++)
        g_free(g_array_index(problems->items, struct found, i).message);
    g_array_unref(problems->items);
    problems->items = NULL;
    g_clear_pointer(&problems->notes, g_hash_table_unref);
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

/* Its place and its text are its name. */
void problem_note(struct problems *problems, struct place at, bool idle, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *name = g_strdup_printf("%u:%u:%u:%s", at.source, at.line, at.column, message);
    struct note *note = g_hash_table_lookup(problems->notes, name);
    if (!note) {
        note = g_new0(struct note, 1);
        *note = (struct note){.at = at, .order = g_hash_table_size(problems->notes), .message = g_strdup(message)};
        g_hash_table_insert(problems->notes, g_steal_pointer(&name), note);
    }
    note->used |= !idle;
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

static GPtrArray *list_of(const struct problems *problems, GArray *found, bool are_notes)
{
    g_array_sort(found, found_compare);
    GPtrArray *list = g_ptr_array_new_with_free_func(plan_problem_free);
    for (guint i = 0; i < found->len; i++) {
        const struct found *it = &g_array_index(found, struct found, i);
        struct plan_problem *problem = g_new0(struct plan_problem, 1);
        bool in_file = it->at.source == 0 || it->at.source == UINT32_MAX;
        *problem = (struct plan_problem){.file = g_strdup(in_file ? problems->file : "--set"),
                                         .line = it->at.line,
                                         .column = it->at.column,
                                         .message = g_strdup(it->message),
                                         .is_note = are_notes};
        g_ptr_array_add(list, problem);
    }
    return list;
}

GPtrArray *problems_list(struct problems *problems)
{
    return list_of(problems, problems->items, false);
}

GPtrArray *problems_notes(const struct problems *problems)
{
    g_autoptr(GArray) idle = g_array_new(FALSE, FALSE, sizeof(struct found));
    GHashTableIter each;
    gpointer name, value;
    g_hash_table_iter_init(&each, problems->notes);
    while (g_hash_table_iter_next(&each, &name, &value)) {
        const struct note *note = value;
        struct found found = {.at = note->at, .order = note->order, .message = note->message};
        if (!note->used)
            g_array_append_val(idle, found);
    }
    return list_of(problems, idle, true);
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
