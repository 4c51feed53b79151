/* Where results are written: a directory per result, whose files appear whole or not at all. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "sim/cli/cli.h"

/* "power loss of a node" → "out/power-loss-of-a-node-1" */
char *result_directory(const struct options *options, const char *scenario, const char *suffix)
{
    if (options->out != NULL) {
        char *directory = g_strdup(options->out);
        for (gsize length = strlen(directory); length > 1 && directory[length - 1] == '/'; length--)
            directory[length - 1] = '\0';
        return directory;
    }
    g_autoptr(GString) name = g_string_new(NULL);
    for (const char *at = scenario; *at != '\0'; at++) {
        gboolean part = g_ascii_isalnum(*at);
        if (part)
            g_string_append_c(name, g_ascii_tolower(*at));
        else if (name->len > 0 && name->str[name->len - 1] != '-')
            g_string_append_c(name, '-');
    }
    while (name->len > 0 && name->str[name->len - 1] == '-')
        g_string_truncate(name, name->len - 1);
    g_string_truncate(name, MIN(name->len, 80));
    return g_strdup_printf("out/%s-%s", name->len > 0 ? name->str : "scenario", suffix);
}

gboolean result_directory_available(const struct options *options)
{
    if (options->out == NULL || options->force || !g_file_test(options->out, G_FILE_TEST_EXISTS))
        return TRUE;
    fprintf(stderr, "crashq: %s exists; say --force to replace the results in it\n", options->out);
    return FALSE;
}

static gboolean failed(const char *what, const char *path)
{
    fprintf(stderr, "crashq: cannot %s %s: %s\n", what, path, g_strerror(errno));
    return FALSE;
}

static gboolean files_write(const char *directory, const struct result_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_autofree char *path = g_build_filename(directory, files[i].name, NULL);
        g_autofree char *parent = g_path_get_dirname(path);
        g_autoptr(GError) error = NULL;
        if (files[i].text == NULL) {
            g_unlink(path);
        } else if (g_mkdir_with_parents(parent, 0755) != 0) {
            return failed("make", parent);
        } else if (!g_file_set_contents_full(path, files[i].text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, &error)) {
            fprintf(stderr, "crashq: %s\n", error->message);
            return FALSE;
        }
    }
    return TRUE;
}

/* A new directory is filled beside its place and moved there. */
static gboolean directory_create(const char *directory, const struct result_file *files, size_t count)
{
    g_autofree char *parent = g_path_get_dirname(directory);
    g_autofree char *filling = g_strdup_printf("%s.%d.new", directory, (int)getpid());
    if (g_mkdir_with_parents(parent, 0755) != 0)
        return failed("make", parent);
    if (g_mkdir(filling, 0755) != 0)
        return failed("make", filling);
    gboolean filled = files_write(filling, files, count);
    if (filled && g_rename(filling, directory) == 0)
        return TRUE;
    if (filled)
        failed("make", directory);
    for (size_t i = 0; i < count; i++) {
        g_autofree char *path = g_build_filename(filling, files[i].name, NULL);
        g_autofree char *inside = g_path_get_dirname(path);
        g_unlink(path);
        g_rmdir(inside);
    }
    g_rmdir(filling);
    return FALSE;
}

static void latest_link(const char *directory)
{
    g_autofree char *name = g_path_get_basename(directory);
    g_autofree char *link = g_strdup_printf("out/latest.%d.new", (int)getpid());
    if (symlink(name, link) == 0 && g_rename(link, "out/latest") != 0)
        g_unlink(link);
}

gboolean result_write(const struct options *options, const char *directory, const struct result_file *files,
                      size_t count, const GPtrArray *recordings)
{
    g_autofree struct result_file *all = g_new(struct result_file, count + recordings->len);
    memcpy(all, files, count * sizeof *all);
    for (guint i = 0; i < recordings->len; i++) {
        const struct recording *recording = recordings->pdata[i];
        all[count + i] = (struct result_file){recording->name, recording->text};
    }
    count += recordings->len;
    gboolean written = g_file_test(directory, G_FILE_TEST_IS_DIR) ? files_write(directory, all, count)
                                                                  : directory_create(directory, all, count);
    if (written && options->out == NULL)
        latest_link(directory);
    return written;
}
