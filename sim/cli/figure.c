/* See figure.h. The files are our own, so what does not fit them is no result of ours. */
#include "sim/cli/figure.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/timeline.h"

static void fault_clear(void *fault)
{
    g_free(((struct figure_fault *)fault)->name);
}

static void column_free(gpointer data)
{
    struct column *column = data;
    g_free(column->directory);
    g_free(column->variant);
    g_array_unref(column->rows);
    g_array_unref(column->faults);
    g_free(column);
}

void figure_free(struct figure *figure)
{
    if (figure == NULL)
        return;
    g_ptr_array_unref(figure->columns);
    g_ptr_array_unref(figure->titles);
    g_free(figure);
}

static struct column *column_find(const struct figure *figure, const char *directory, const char *variant)
{
    for (guint i = 0; i < figure->columns->len; i++) {
        struct column *column = figure->columns->pdata[i];
        if (strcmp(column->directory, directory) == 0 && strcmp(column->variant, variant) == 0)
            return column;
    }
    return NULL;
}

static struct column *column_make(struct figure *figure, const char *directory, const char *variant)
{
    struct column *column = column_find(figure, directory, variant);
    if (column != NULL)
        return column;
    column = g_new0(struct column, 1);
    column->directory = g_strdup(directory);
    column->variant = g_strdup(variant);
    column->rows = g_array_new(FALSE, FALSE, sizeof(struct figure_row));
    column->faults = g_array_new(FALSE, FALSE, sizeof(struct figure_fault));
    g_array_set_clear_func(column->faults, fault_clear);
    g_ptr_array_add(figure->columns, column);
    return column;
}

static gboolean number_read(const char *text, double *ret_number)
{
    char *end;
    *ret_number = *text == '\0' ? NAN : g_ascii_strtod(text, &end);
    return *text == '\0' || *end == '\0';
}

static gboolean timeline_line(struct figure *figure, const char *directory, const char *line)
{
    g_auto(GStrv) fields = g_strsplit(line, ",", -1);
    struct figure_row row;
    if (g_strv_length(fields) != ROW_VALUES + 2)
        return FALSE;
    for (guint i = 0; i < ROW_VALUES; i++)
        if (!number_read(fields[i + 1], &row.values[i]))
            return FALSE;
    g_array_append_val(column_make(figure, directory, fields[0])->rows, row);
    return TRUE;
}

static gboolean faults_line(struct figure *figure, const char *directory, const char *line)
{
    g_auto(GStrv) fields = g_strsplit(line, ",", -1);
    struct column *column = fields[0] != NULL ? column_find(figure, directory, fields[0]) : NULL;
    struct figure_fault fault;
    if (column == NULL || g_strv_length(fields) != 4 || !number_read(fields[2], &fault.begin) ||
        !number_read(fields[3], &fault.end))
        return FALSE;
    fault.name = g_strdup(fields[1]);
    g_array_append_val(column->faults, fault);
    return TRUE;
}

static int table_read(struct figure *figure, const char *directory, const char *name, const char *head,
                      gboolean (*read)(struct figure *figure, const char *directory, const char *line))
{
    g_autofree char *path = g_build_filename(directory, name, NULL), *text = NULL;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &text, NULL, &error)) {
        fprintf(stderr, "crashq: %s\n", error->message);
        return EXIT_IO;
    }
    gboolean good = g_str_has_prefix(text, head);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 1; good && lines[i] != NULL; i++)
        good = lines[i][0] == '\0' || read(figure, directory, lines[i]);
    if (!good)
        fprintf(stderr, "crashq: %s is not what crashq writes\n", path);
    return good ? EXIT_HELD : EXIT_USAGE;
}

/* A text without the quotes and escapes that json_string() gave it; control characters are spaces. */
static char *text_plain(const char *value)
{
    GString *text = g_string_new(NULL);
    size_t end = strlen(value) - 1;
    for (size_t at = 1; at < end; at++) {
        bool control = g_str_has_prefix(value + at, "\\u");
        if (value[at] == '\\' && !control)
            at++;
        g_string_append_c(text, control ? ' ' : value[at]);
        if (control)
            at += strlen("u0000");
    }
    return g_string_free(text, FALSE);
}

/* What stands behind a key of the outermost object, as result.json is laid out: one line of it. NULL: there is none. */
static char *result_value(const char *text, const char *key)
{
    g_autofree char *begin = g_strdup_printf("\n  \"%s\": ", key);
    const char *at = strstr(text, begin);
    if (at == NULL)
        return NULL;
    at += strlen(begin);
    g_autofree char *value = g_strndup(at, strcspn(at, "\n"));
    if (g_str_has_suffix(value, ","))
        value[strlen(value) - 1] = '\0';
    bool is_text = strlen(value) >= 2 && value[0] == '"';
    return is_text ? text_plain(value) : g_steal_pointer(&value);
}

static int title_read(struct figure *figure, const char *directory)
{
    g_autofree char *path = g_build_filename(directory, "result.json", NULL), *text = NULL;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &text, NULL, &error)) {
        fprintf(stderr, "crashq: %s\n", error->message);
        return EXIT_IO;
    }
    g_autofree char *scenario = result_value(text, "scenario"), *seed = result_value(text, "seed");
    if (scenario == NULL || seed == NULL) {
        fprintf(stderr, "crashq: %s is not what crashq writes\n", path);
        return EXIT_USAGE;
    }
    g_autofree char *title = g_strdup_printf("%s, seed %s", scenario, seed);
    if (!g_ptr_array_find_with_equal_func(figure->titles, title, g_str_equal, NULL))
        g_ptr_array_add(figure->titles, g_steal_pointer(&title));
    return EXIT_HELD;
}

/* False after it has said which results have one. */
static gboolean timeline_kept(const char *directory)
{
    g_autofree char *result = g_build_filename(directory, "result.json", NULL);
    g_autofree char *timeline = g_build_filename(directory, "timeline.csv", NULL);
    if (g_file_test(timeline, G_FILE_TEST_EXISTS) || !g_file_test(result, G_FILE_TEST_EXISTS))
        return TRUE;
    fprintf(stderr,
            "crashq: %s has no timeline.csv, since a check has no time: plot the directory of a run or of a "
            "comparison\n",
            directory);
    return FALSE;
}

static int result_read(struct figure *figure, const char *directory)
{
    if (!timeline_kept(directory))
        return EXIT_USAGE;
    int status = table_read(figure, directory, "timeline.csv", TIMELINE_CSV_HEAD, timeline_line);
    if (status == EXIT_HELD)
        status = table_read(figure, directory, "faults.csv", FAULTS_CSV_HEAD, faults_line);
    return status == EXIT_HELD ? title_read(figure, directory) : status;
}

struct figure *figure_read(const GPtrArray *directories, int *ret_status)
{
    struct figure *figure = g_new0(struct figure, 1);
    figure->columns = g_ptr_array_new_with_free_func(column_free);
    figure->titles = g_ptr_array_new_with_free_func(g_free);
    *ret_status = EXIT_HELD;
    for (guint i = 0; i < directories->len && *ret_status == EXIT_HELD; i++)
        *ret_status = result_read(figure, directories->pdata[i]);
    guint columns = figure->columns->len;
    if (*ret_status == EXIT_HELD && (columns == 0 || columns > FIGURE_COLUMNS_MAX)) {
        fprintf(stderr, "crashq: %u variants in one figure are not supported yet: 1 to %d are\n", columns,
                FIGURE_COLUMNS_MAX);
        *ret_status = EXIT_USAGE;
    }
    if (*ret_status == EXIT_HELD)
        return figure;
    figure_free(figure);
    return NULL;
}
