/* Every file in tests/scenarios-bad is refused, with exactly the problems that stand beside it. */
#include "tests/sim_plan/loaded.h"

#define FOLDER "tests/scenarios-bad"
enum { FILES_AT_LEAST = 40 };

static GPtrArray *files_ending_in(const char *ending)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GDir *folder = g_dir_open(FOLDER, 0, NULL);
    assert_non_null(folder);
    for (const char *name = g_dir_read_name(folder); name; name = g_dir_read_name(folder))
        if (g_str_has_suffix(name, ending))
            g_ptr_array_add(names, g_strndup(name, strlen(name) - strlen(ending)));
    g_dir_close(folder);
    return names;
}

static char *problems_of(const char *name)
{
    char *file = g_strdup_printf(FOLDER "/%s.yaml", name);
    GPtrArray *problems;
    bool io_error;
    struct plan *plan = plan_load(file, NULL, &problems, &io_error);
    assert_false(io_error);
    if (plan)
        print_error("%s was accepted\n", file);
    assert_null(plan);
    char *said = problems_text(problems);
    g_ptr_array_unref(problems);
    g_free(file);
    return said;
}

static void every_bad_file_gets_exactly_its_problems(void **state)
{
    (void)state;
    GPtrArray *names = files_ending_in(".yaml");
    unsigned wrong = 0;
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        char *expected = NULL, *file = g_strdup_printf(FOLDER "/%s.expected", name), *said = problems_of(name);
        assert_true(g_file_get_contents(file, &expected, NULL, NULL));
        if (strcmp(said, expected) != 0) {
            print_error("%s: expected\n%sbut got\n%s\n", name, expected, said);
            wrong++;
        }
        g_free(said);
        g_free(file);
        g_free(expected);
    }
    assert_true(names->len >= FILES_AT_LEAST);
    assert_int_equal(wrong, 0);
    g_ptr_array_unref(names);
}

static void no_expectation_is_without_its_file(void **state)
{
    (void)state;
    GPtrArray *names = files_ending_in(".expected");
    for (guint i = 0; i < names->len; i++) {
        char *file = g_strdup_printf(FOLDER "/%s.yaml", (char *)g_ptr_array_index(names, i));
        assert_true(g_file_test(file, G_FILE_TEST_EXISTS));
        g_free(file);
    }
    g_ptr_array_unref(names);
}

static void a_file_that_cannot_be_read_is_one_problem_without_a_place(void **state)
{
    (void)state;
    static const char *const unreadable[] = {FOLDER "/no-such-file.yaml", FOLDER};
    for (size_t i = 0; i < G_N_ELEMENTS(unreadable); i++) {
        GPtrArray *problems;
        bool io_error = false;
        assert_null(plan_load(unreadable[i], NULL, &problems, &io_error));
        assert_true(io_error);
        assert_int_equal(problems->len, 1);
        const struct plan_problem *problem = g_ptr_array_index(problems, 0);
        assert_string_equal(problem->file, unreadable[i]);
        assert_int_equal(problem->line + problem->column, 0);
        g_ptr_array_unref(problems);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bad_file_gets_exactly_its_problems),
        cmocka_unit_test(no_expectation_is_without_its_file),
        cmocka_unit_test(a_file_that_cannot_be_read_is_one_problem_without_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
