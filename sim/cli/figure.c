/* See figure.h. The files are our own, so what does not fit them is no result of ours. */
#include "sim/cli/figure.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/timeline.h"

enum { ROW_TIME, ROW_OFFERED, ROW_CONFIRMED, ROW_CONSUMED, ROW_P50, ROW_P99, ROW_WAITING, ROW_VALUES };

struct figure_row {
    double values[ROW_VALUES]; /* NAN: nothing was measured */
};

struct figure_fault {
    char *name;
    double begin, end;
};

struct column {
    char *directory, *variant;
    GArray *rows;   /* struct figure_row */
    GArray *faults; /* struct figure_fault */
};

struct figure {
    GPtrArray *columns; /* struct column */
};

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

struct figure *figure_read(const GPtrArray *directories, int *ret_status)
{
    struct figure *figure = g_new0(struct figure, 1);
    figure->columns = g_ptr_array_new_with_free_func(column_free);
    *ret_status = EXIT_HELD;
    for (guint i = 0; i < directories->len && *ret_status == EXIT_HELD; i++) {
        const char *directory = directories->pdata[i];
        *ret_status = table_read(figure, directory, "timeline.csv", TIMELINE_CSV_HEAD, timeline_line);
        if (*ret_status == EXIT_HELD)
            *ret_status = table_read(figure, directory, "faults.csv", FAULTS_CSV_HEAD, faults_line);
    }
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

/* ---- ranges ---- */

struct ranges {
    double time, time_step, window, rate, latency_min, latency_max, queue;
};

static gboolean row_is_lively(const struct figure_row *row)
{
    const double *values = row->values;
    return values[ROW_OFFERED] > 0 || values[ROW_CONFIRMED] > 0 || values[ROW_CONSUMED] > 0 || values[ROW_WAITING] > 0;
}

static void ranges_widen(struct ranges *ranges, const struct figure_row *row)
{
    const double *values = row->values;
    if (row_is_lively(row))
        ranges->time = fmax(ranges->time, values[ROW_TIME] + ranges->window);
    ranges->rate = fmax(ranges->rate, fmax(values[ROW_OFFERED], values[ROW_CONFIRMED]));
    ranges->queue = fmax(ranges->queue, values[ROW_WAITING]);
    if (values[ROW_P50] > 0) {
        ranges->latency_min = fmin(ranges->latency_min, values[ROW_P50]);
        ranges->latency_max = fmax(ranges->latency_max, values[ROW_P99]);
    }
}

/* About four ticks: 1, 2 or 5 times a power of ten. */
static double tick_step(double length)
{
    double power = pow(10, floor(log10(length / 4))), rest = length / 4 / power;
    return power * (rest <= 1.25 ? 1 : rest <= 2.5 ? 2 : rest <= 6 ? 5 : 10);
}

/* Latencies span whole powers of ten. A quiet drain at the end is not shown. */
static struct ranges figure_ranges(const struct figure *figure)
{
    struct ranges ranges = {.window = 1, .rate = 1, .latency_min = INFINITY, .queue = 5};
    for (guint i = 0; i < figure->columns->len; i++) {
        const GArray *rows = ((const struct column *)figure->columns->pdata[i])->rows;
        if (rows->len > 1)
            ranges.window = g_array_index(rows, struct figure_row, 1).values[ROW_TIME];
        for (guint row = 0; row < rows->len; row++)
            ranges_widen(&ranges, &g_array_index(rows, struct figure_row, row));
    }
    if (isinf(ranges.latency_min))
        ranges.latency_min = ranges.latency_max = 1e-3;
    ranges.latency_min = pow(10, floor(log10(ranges.latency_min)));
    ranges.latency_max = pow(10, floor(log10(ranges.latency_max)) + 1);
    ranges.time = fmax(ranges.time, ranges.window);
    ranges.time_step = tick_step(ranges.time);
    return ranges;
}

/* ---- script ---- */

/* In gnuplot's single quotes nothing means anything but they themselves. */
static void script_path(GString *script, const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, "'", -1);
    g_autofree char *doubled = g_strjoinv("''", parts);
    g_string_append_printf(script, "'%s'\n", doubled);
}

/* A name in a data block. */
static void script_text(GString *script, const char *text)
{
    g_string_append_c(script, '"');
    for (const char *at = text; *at != '\0'; at++)
        g_string_append_c(script, *at == '"' || *at == '\\' || (guchar)*at < 0x20 ? ' ' : *at);
    g_string_append_c(script, '"');
}

static void script_number(GString *script, double number)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_printf(script, "%s ",
                           isnan(number) ? "NaN" : g_ascii_formatd(digits, sizeof digits, "%.9g", number));
}

static void script_ranges(GString *script, const struct ranges *ranges)
{
    const struct {
        const char *name;
        double value;
    } rows[] = {{"time_max", ranges->time},       {"time_step", ranges->time_step},
                {"window", ranges->window},       {"rate_max", ranges->rate},
                {"queue_max", ranges->queue},     {"latency_min", ranges->latency_min},
                {"latency_max", ranges->latency_max}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_string_append_printf(script, "%s = ", rows[i].name);
        script_number(script, rows[i].value);
        g_string_append_c(script, '\n');
    }
}

/* Of a variant its name; of a plain run its directory's; of two that are called the same both. */
static char *column_name(const struct figure *figure, const struct column *column)
{
    g_autofree char *directory = g_path_get_basename(column->directory);
    guint same = 0;
    for (guint i = 0; i < figure->columns->len; i++)
        same += strcmp(((const struct column *)figure->columns->pdata[i])->variant, column->variant) == 0;
    if (strcmp(column->variant, "base") == 0)
        return g_strdup(directory);
    return same > 1 ? g_strdup_printf("%s %s", directory, column->variant) : g_strdup(column->variant);
}

/* What waits is known at the ends of windows: the line begins with the run. */
static void script_rows(GString *script, const struct column *column, double window)
{
    static const int shown[] = {ROW_TIME, ROW_OFFERED, ROW_CONFIRMED, ROW_P50, ROW_P99, ROW_WAITING};
    script_number(script, -window);
    g_string_append(script, "NaN NaN NaN NaN 0\n");
    for (guint row = 0; row < column->rows->len; row++) {
        for (size_t i = 0; i < G_N_ELEMENTS(shown); i++)
            script_number(script, g_array_index(column->rows, struct figure_row, row).values[shown[i]]);
        g_string_append_c(script, '\n');
    }
    g_string_append(script, "\n\n");
}

/* A fault of no length is a thin line. Names stand on three lines in turn, so that neighbours do not overlap; the first
 * line, out of sight, is there since a data set must not be empty. */
static void script_faults(GString *script, const struct column *column, double time_max)
{
    g_string_append(script, "\"\" -9 -9 0\n");
    for (guint i = 0; i < column->faults->len; i++) {
        const struct figure_fault *fault = &g_array_index(column->faults, struct figure_fault, i);
        script_text(script, fault->name);
        g_string_append_c(script, ' ');
        script_number(script, fault->begin);
        script_number(script, fmin(time_max, fmax(fault->end, fault->begin + time_max / 300)));
        g_string_append_printf(script, "%u\n", i % 3);
    }
    g_string_append(script, "\n\n");
}

char *figure_script(const struct figure *figure, const char *file, const char *kind, const char *look)
{
    GString *script = g_string_new(NULL);
    struct ranges ranges = figure_ranges(figure);
    guint columns = figure->columns->len;
    g_string_append_printf(script, "kind = \"%s\"\ncolumns = %u\narray names[%u]\nfigure = ", kind, columns, columns);
    script_path(script, file);
    for (guint i = 0; i < columns; i++) {
        g_autofree char *name = column_name(figure, figure->columns->pdata[i]);
        g_string_append_printf(script, "names[%u] = ", i + 1);
        script_path(script, name);
    }
    script_ranges(script, &ranges);
    g_string_append(script, "$rows << END_OF_DATA\n");
    for (guint i = 0; i < columns; i++)
        script_rows(script, figure->columns->pdata[i], ranges.window);
    g_string_append(script, "END_OF_DATA\n$faults << END_OF_DATA\n");
    for (guint i = 0; i < columns; i++)
        script_faults(script, figure->columns->pdata[i], ranges.time);
    g_string_append(script, "END_OF_DATA\nload ");
    script_path(script, look);
    return g_string_free(script, FALSE);
}
