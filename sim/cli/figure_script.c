/* What gnuplot is told before it loads a look: names, ranges and data. */
#include <math.h>
#include <string.h>

#include "sim/cli/figure.h"

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

/* Of a variant its name; of a plain run, which is no part of a comparison, its directory's; of two that are called the
 * same both. */
static char *column_name(const struct figure *figure, const struct column *column)
{
    g_autofree char *directory = g_path_get_basename(column->directory);
    guint same = 0, together = 0;
    for (guint i = 0; i < figure->columns->len; i++) {
        const struct column *other = figure->columns->pdata[i];
        same += strcmp(other->variant, column->variant) == 0;
        together += strcmp(other->directory, column->directory) == 0;
    }
    if (strcmp(column->variant, "base") == 0 && together == 1)
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

/* ---- names of faults ---- */

enum { LABEL_LINES = 3, LABEL_CHARACTER_PX = 7, LABEL_MARGIN_PX = 6 };

struct label {
    double from, to;
    guint line;
    bool again;     /* an earlier fault has this name */
    bool leftwards; /* it ends where its fault begins: there is no room to its right */
    bool placed;
};

static bool line_free(const GArray *placed, const struct label *label)
{
    for (guint i = 0; i < placed->len; i++) {
        const struct label *other = &g_array_index(placed, struct label, i);
        if (other->line == label->line && other->from < label->to && label->from < other->to)
            return false;
    }
    return true;
}

/* On the first line where the name hides no other; a fault that has no name yet hides one rather than go without. */
static void label_place(struct label *label, GArray *placed)
{
    while (label->line < LABEL_LINES && !line_free(placed, label))
        label->line++;
    label->placed = !label->again || label->line < LABEL_LINES;
    label->line %= LABEL_LINES;
    if (label->placed)
        g_array_append_val(placed, *label);
}

/* One of each fault. Those that come again are named where there is room once every fault is named. Caller frees. */
static struct label *labels_place(const struct column *column, double time_max, guint panel)
{
    guint count = column->faults->len;
    struct label *labels = g_new0(struct label, count);
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GArray) placed = g_array_new(FALSE, FALSE, sizeof *labels);
    for (guint i = 0; i < count; i++) {
        const struct figure_fault *fault = &g_array_index(column->faults, struct figure_fault, i);
        double px = LABEL_CHARACTER_PX * (double)g_utf8_strlen(fault->name, -1) + LABEL_MARGIN_PX;
        double room = px * time_max / panel;
        labels[i].again = !g_hash_table_add(names, fault->name);
        labels[i].leftwards = fault->begin + room > time_max && fault->begin > room;
        labels[i].from = fault->begin - (labels[i].leftwards ? room : 0);
        labels[i].to = labels[i].from + room;
    }
    for (int again = 0; again <= 1; again++)
        for (guint i = 0; i < count; i++)
            if (labels[i].again == again)
                label_place(&labels[i], placed);
    return labels;
}

/* A fault of no length is a thin line. The first line, out of sight, is there since a data set must not be empty. */
static void script_faults(GString *script, const struct column *column, double time_max, guint panel)
{
    g_autofree struct label *labels = labels_place(column, time_max, panel);
    g_string_append(script, "\"\" -9 -9 0 0\n");
    for (guint i = 0; i < column->faults->len; i++) {
        const struct figure_fault *fault = &g_array_index(column->faults, struct figure_fault, i);
        script_text(script, labels[i].placed ? fault->name : "");
        g_string_append_c(script, ' ');
        script_number(script, fault->begin);
        script_number(script, fmin(time_max, fmax(fault->end, fault->begin + time_max / 300)));
        g_string_append_printf(script, "%u %d\n", labels[i].line, labels[i].leftwards);
    }
    g_string_append(script, "\n\n");
}

/* ---- the whole ---- */

/* The width of one column's panel. */
static guint panel_px(guint columns)
{
    return columns == 1 ? 412 : columns == 2 ? 266 : 198;
}

static void script_title(GString *script, const struct figure *figure)
{
    g_autoptr(GString) title = g_string_new(NULL);
    for (guint i = 0; i < figure->titles->len; i++)
        g_string_append_printf(title, "%s%s", i > 0 ? "; " : "", (const char *)figure->titles->pdata[i]);
    g_string_append(script, "title = ");
    script_path(script, title->str);
}

char *figure_script(const struct figure *figure, const char *file, const char *kind, const char *look)
{
    GString *script = g_string_new(NULL);
    struct ranges ranges = figure_ranges(figure);
    guint columns = figure->columns->len, panel = panel_px(columns);
    g_string_append_printf(script, "kind = \"%s\"\ncolumns = %u\npanel = %u\narray names[%u]\nfigure = ", kind, columns,
                           panel, columns);
    script_path(script, file);
    script_title(script, figure);
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
        script_faults(script, figure->columns->pdata[i], ranges.time, panel);
    g_string_append(script, "END_OF_DATA\nload ");
    script_path(script, look);
    return g_string_free(script, FALSE);
}
