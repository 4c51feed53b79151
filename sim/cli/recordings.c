/* Recorded traffic that a scenario names lies beside the scenario; a reproducer must have it beside itself. */
#include <string.h>

#include "sim/cli/cli.h"

static gboolean name_taken(const GPtrArray *recordings, const char *name)
{
    for (guint i = 0; i < recordings->len; i++)
        if (strcmp(((const struct recording *)recordings->pdata[i])->name, name) == 0)
            return TRUE;
    return FALSE;
}

static const struct recording *recording_find(const GPtrArray *recordings, const char *said)
{
    for (guint i = 0; i < recordings->len; i++)
        if (strcmp(((const struct recording *)recordings->pdata[i])->said, said) == 0)
            return recordings->pdata[i];
    return NULL;
}

static const struct recording *recording_read(GPtrArray *recordings, const char *directory, const char *said)
{
    g_autofree char *path = g_path_is_absolute(said) ? g_strdup(said) : g_build_filename(directory, said, NULL);
    g_autofree char *base = g_path_get_basename(said);
    struct recording *recording = g_new0(struct recording, 1);
    recording->said = g_strdup(said);
    recording->name = g_strdup(base);
    for (guint number = 2; name_taken(recordings, recording->name); number++) {
        g_free(recording->name);
        recording->name = g_strdup_printf("%u-%s", number, base);
    }
    if (!g_file_get_contents(path, &recording->text, NULL, NULL))
        recording->text = g_strdup(""); /* it was there when the scenario was loaded */
    g_ptr_array_add(recordings, recording);
    return recording;
}

static void recording_free(gpointer data)
{
    struct recording *recording = data;
    g_free(recording->said);
    g_free(recording->name);
    g_free(recording->text);
    g_free(recording);
}

static void recording_take(GPtrArray *recordings, const char *directory, char **file)
{
    const struct recording *recording = recording_find(recordings, *file);
    if (recording == NULL)
        recording = recording_read(recordings, directory, *file);
    g_free(*file);
    *file = g_strdup(recording->name);
}

GPtrArray *recordings_gather(struct plan *plan)
{
    GPtrArray *recordings = g_ptr_array_new_with_free_func(recording_free);
    g_autofree char *directory = g_path_get_dirname(plan->file);
    for (uint32_t i = 0; i < plan->producer_count; i++)
        if (plan->producers[i].trace_file != NULL)
            recording_take(recordings, directory, &plan->producers[i].trace_file);
    for (uint32_t i = 0; i < plan->table_count; i++)
        recording_take(recordings, directory, &plan->tables[i].file);
    return recordings;
}
