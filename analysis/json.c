/* See json.h. */
#include "analysis/json.h"

#include <math.h>
#include <string.h>

#include "models/base/units.h"

static void json_member(struct json *json, const char *key)
{
    if (json->depth > 0) {
        g_string_append(json->text, json->first ? "\n" : ",\n");
        for (guint i = 0; i < json->depth; i++)
            g_string_append(json->text, "  ");
    }
    json->first = FALSE;
    if (key == NULL)
        return;
    g_string_append_c(json->text, '"');
    for (const char *at = key; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\')
            g_string_append_c(json->text, '\\');
        g_string_append_c(json->text, *at);
    }
    g_string_append(json->text, "\": ");
}

void json_open(struct json *json, const char *key, char bracket)
{
    json_member(json, key);
    g_string_append_c(json->text, bracket);
    json->depth++;
    json->first = TRUE;
}

void json_close(struct json *json, char bracket)
{
    gboolean empty = json->first;
    json->depth--;
    json->first = FALSE;
    if (!empty) {
        g_string_append_c(json->text, '\n');
        for (guint i = 0; i < json->depth; i++)
            g_string_append(json->text, "  ");
    }
    g_string_append_c(json->text, bracket);
    if (json->depth == 0)
        g_string_append_c(json->text, '\n');
}

void json_string(struct json *json, const char *key, const char *value)
{
    json_member(json, key);
    if (value == NULL) {
        g_string_append(json->text, "null");
        return;
    }
    g_string_append_c(json->text, '"');
    for (const char *at = value; *at != '\0'; at++) {
        guchar byte = (guchar)*at;
        if (byte == '"' || byte == '\\')
            g_string_append_printf(json->text, "\\%c", byte);
        else if (byte < 0x20)
            g_string_append_printf(json->text, "\\u%04x", byte);
        else
            g_string_append_c(json->text, *at);
    }
    g_string_append_c(json->text, '"');
}

void json_unsigned(struct json *json, const char *key, guint64 value)
{
    json_member(json, key);
    g_string_append_printf(json->text, "%" G_GUINT64_FORMAT, value);
}

void json_number(struct json *json, const char *key, double value)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];
    json_member(json, key);
    g_string_append(json->text, isfinite(value) ? g_ascii_formatd(digits, sizeof digits, "%.9g", value) : "null");
}

void json_bool(struct json *json, const char *key, gboolean value)
{
    json_member(json, key);
    g_string_append(json->text, value ? "true" : "false");
}

static void json_outages(struct json *json, const GArray *outages)
{
    json_open(json, "outages", '[');
    for (guint i = 0; i < outages->len; i++) {
        const struct outage *outage = &g_array_index(outages, struct outage, i);
        json_open(json, NULL, '{');
        json_number(json, "start", (double)outage->start_ns / (double)NS_PER_S);
        json_number(json, "end", (double)outage->end_ns / (double)NS_PER_S);
        json_string(json, "cause", outage->cause);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void json_failovers(struct json *json, const GArray *failovers)
{
    static const char *const names[] = {"detected", "elected", "first_confirm", "recovery"};
    json_open(json, "failover", '[');
    for (guint i = 0; i < failovers->len; i++) {
        const struct failover *failover = &g_array_index(failovers, struct failover, i);
        json_open(json, NULL, '{');
        json_string(json, "fault", failover->fault);
        json_number(json, "at", (double)failover->at_ns / (double)NS_PER_S);
        for (size_t name = 0; name < G_N_ELEMENTS(names); name++)
            json_number(json, names[name], failover_value(failover, names[name]));
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void json_wall(struct json *json, const struct measures *measures, double wall_s)
{
    json_number(json, "wall", wall_s);
    json_number(json, "events_per_second", measures_find(measures, "time.events")->value / wall_s);
}

static void json_leave(struct json *json, const struct measures *measures, double wall_s, GPtrArray *open)
{
    const char *name = open->pdata[open->len - 1];
    if (open->len == 2 && strcmp(open->pdata[0], "availability") == 0)
        json_outages(json, strcmp(name, "publish") == 0 ? measures->publish_outages : measures->delivery_outages);
    if (open->len == 1 && strcmp(name, "time") == 0 && !isnan(wall_s))
        json_wall(json, measures, wall_s);
    json_close(json, '}');
    g_ptr_array_remove_index(open, open->len - 1);
}

/* The parts of a path; dots inside double quotes do not part it, and the quotes go. */
static char **path_parts(const char *path)
{
    g_autoptr(GStrvBuilder) parts = g_strv_builder_new();
    g_autoptr(GString) part = g_string_new(NULL);
    gboolean quoted = FALSE;
    for (const char *at = path;; at++) {
        if (*at == '"') {
            quoted = !quoted;
        } else if (*at == '\0' || (*at == '.' && !quoted)) {
            g_strv_builder_add(parts, part->str);
            g_string_truncate(part, 0);
        } else {
            g_string_append_c(part, *at);
        }
        if (*at == '\0')
            return g_strv_builder_end(parts);
    }
}

void json_measures(struct json *json, const struct measures *measures, double wall_s)
{
    g_autoptr(GPtrArray) open = g_ptr_array_new_with_free_func(g_free); /* names of the objects that are open */
    for (guint i = 0; i < measures->list->len; i++) {
        const struct measure *measure = &g_array_index(measures->list, struct measure, i);
        g_auto(GStrv) parts = path_parts(measure->path);
        guint depth = g_strv_length(parts) - 1, shared = 0;
        while (shared < open->len && shared < depth && strcmp(open->pdata[shared], parts[shared]) == 0)
            shared++;
        while (open->len > shared)
            json_leave(json, measures, wall_s, open);
        while (open->len < depth) {
            json_open(json, parts[open->len], '{');
            g_ptr_array_add(open, g_strdup(parts[open->len]));
        }
        if (measure->kind == MEASURE_COUNT)
            json_unsigned(json, parts[depth], measure->count);
        else
            json_number(json, parts[depth], measure->kind == MEASURE_NULL ? NAN : measure->value);
    }
    while (open->len > 0)
        json_leave(json, measures, wall_s, open);
    json_failovers(json, measures->failovers);
}
