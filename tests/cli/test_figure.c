/* What gnuplot is told of a figure: where the names of faults stand, and what the figure is called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "sim/cli/figure.h"

#define LIVELY_S 30 /* the time that is shown */

/* A figure of one column that is alive to the end, with these faults. */
static struct figure figure_with(struct column *column, const struct figure_fault *faults, guint count)
{
    struct figure_row row = {{[ROW_TIME] = LIVELY_S - 1, [ROW_OFFERED] = 200}};
    static char directory[] = "out/x", variant[] = "base";
    *column = (struct column){.directory = directory, .variant = variant};
    column->rows = g_array_new(FALSE, FALSE, sizeof row);
    g_array_append_val(column->rows, row);
    column->faults = g_array_new(FALSE, FALSE, sizeof *faults);
    g_array_append_vals(column->faults, faults, count);
    struct figure figure = {.columns = g_ptr_array_new(), .titles = g_ptr_array_new()};
    g_ptr_array_add(figure.columns, column);
    return figure;
}

/* The lines of the script that tell of the faults. */
static char *faults_told(const struct figure *figure)
{
    g_autofree char *script = figure_script(figure, "a.svg", "svg", "look.gp");
    const char *begin = strstr(script, "$faults << END_OF_DATA\n\"\" -9 -9 0 0\n");
    assert_non_null(begin);
    begin = strstr(begin, "0 0\n") + strlen("0 0\n");
    return g_strndup(begin, (gsize)(strstr(begin, "\n\n") + 1 - begin));
}

static void told(const struct figure_fault *faults, guint count, const char *expected)
{
    struct column column;
    struct figure figure = figure_with(&column, faults, count);
    char *text = faults_told(&figure);
    assert_string_equal(text, expected);
    g_free(text);
    g_ptr_array_unref(figure.columns);
    g_ptr_array_unref(figure.titles);
    g_array_unref(column.rows);
    g_array_unref(column.faults);
}

static void a_name_without_room_to_its_right_ends_at_its_fault(void **state)
{
    (void)state;
    told((struct figure_fault[]){{(char[]){"kill"}, 10, 12}, {(char[]){"at-the-end"}, 28, 29}}, 2,
         "\"kill\" 10 12 0 0\n\"at-the-end\" 28 29 0 1\n");
}

static void names_that_would_hide_one_another_stand_on_other_lines(void **state)
{
    (void)state;
    char first[] = "first", second[] = "second", third[] = "third";
    told((struct figure_fault[]){{first, 10, 12}, {second, 11, 12}, {third, 20, 21}},
         3, "\"first\" 10 12 0 0\n\"second\" 11 12 1 0\n\"third\" 20 21 0 0\n");
}

static void a_fault_that_comes_too_often_is_named_where_it_hides_no_other(void **state)
{
    (void)state;
    char again[] = "again", other[] = "other";
    told((struct figure_fault[]){{again, 10, 12}, {again, 11, 12}, {again, 12, 13}, {again, 12.5, 13},
                                 {other, 12.5, 13}},
         5,
         "\"again\" 10 12 0 0\n\"again\" 11 12 2 0\n\"\" 12 13 0 0\n\"\" 12.5 13 0 0\n\"other\" 12.5 13 1 0\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_without_room_to_its_right_ends_at_its_fault),
        cmocka_unit_test(names_that_would_hide_one_another_stand_on_other_lines),
        cmocka_unit_test(a_fault_that_comes_too_often_is_named_where_it_hides_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
