/* Where results are written: a directory per result, whose files appear whole or not at all. One of them names the
 * others, so that a result that takes an earlier one's place leaves nothing of it, and nothing of anybody else's is
 * touched. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "models/base/digest.h"
#include "sim/cli/cli.h"

/* What a command line changes is part of the name, so that its result takes no other one's place:
 * "-runs-30-set-1f0c83d2". */
static void name_add_words(GString *name, const struct options *options)
{
    if (options->runs > 1)
        g_string_append_printf(name, "-runs-%" G_GUINT64_FORMAT, options->runs);
    if (options->states > 0)
        g_string_append_printf(name, "-states-%" G_GUINT64_FORMAT, options->states);
    if (options->sets->len <= 1)
        return;
    g_autofree char *sets = g_strjoinv("\n", (char **)options->sets->pdata);
    char digest[33];
    digest_text(digest_bytes(sets, strlen(sets), 0), digest);
    g_string_append_printf(name, "-set-%.8s", digest);
}

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
    if (name->len == 0)
        g_string_append(name, "scenario");
    g_string_append_printf(name, "-%s", suffix);
    name_add_words(name, options);
    return g_strdup_printf("out/%s", name->str);
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

gboolean result_directory_usable(const char *directory)
{
    g_autofree char *existing = g_strdup(directory), *trial = g_strdup_printf("%s/.%d.new", directory, (int)getpid());
    while (!g_file_test(existing, G_FILE_TEST_EXISTS)) {
        g_free(trial);
        trial = g_strdup_printf("%s.%d.new", existing, (int)getpid());
        char *parent = g_path_get_dirname(existing);
        g_free(existing);
        existing = parent;
    }
    if (g_mkdir(trial, 0755) != 0)
        return failed("write results into", directory);
    g_rmdir(trial);
    return TRUE;
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

/* ---- what an earlier result left ---- */

#define CONTENTS ".crashq" /* a name per line */

static char *contents_text(const struct result_file *files, size_t count)
{
    GString *names = g_string_new(NULL);
    for (size_t i = 0; i < count; i++)
        if (files[i].text != NULL)
            g_string_append_printf(names, "%s\n", files[i].name);
    return g_string_free(names, FALSE);
}

/* Who wrote the list may have been somebody else. */
static gboolean name_leads_outside(const char *name)
{
    g_auto(GStrv) parts = g_strsplit(name, "/", -1);
    return g_path_is_absolute(name) || g_strv_contains((const char *const *)parts, "..");
}

static gboolean file_is_among(const char *name, const struct result_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (files[i].text != NULL && g_str_equal(files[i].name, name))
            return TRUE;
    return FALSE;
}

/* With the directories that are empty then. */
static void file_remove(const char *directory, const char *name)
{
    g_autofree char *inside = g_strdup(name);
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_unlink(path);
    for (char *slash; (slash = strrchr(inside, '/')) != NULL;) {
        *slash = '\0';
        g_autofree char *parent = g_build_filename(directory, inside, NULL);
        if (g_rmdir(parent) != 0)
            return;
    }
}

static void earlier_remove(const char *directory, const struct result_file *files, size_t count)
{
    g_autofree char *path = g_build_filename(directory, CONTENTS, NULL);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return;
    g_auto(GStrv) names = g_strsplit(text, "\n", -1);
    for (char **name = names; *name != NULL; name++)
        if (**name != '\0' && !name_leads_outside(*name) && !file_is_among(*name, files, count))
            file_remove(directory, *name);
}

/* ---- writing ---- */

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
    if (symlink(name, link) == 0 && g_rename(link, "out/latest") == 0)
        return;
    fprintf(stderr, "crashq: cannot make out/latest a link to %s: %s; move out/latest away\n", name, g_strerror(errno));
    g_unlink(link);
}

static void earlier_mention(const char *directory, const struct result_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_autofree char *path = g_build_filename(directory, files[i].name, NULL), *text = NULL;
        if (!g_str_has_suffix(files[i].name, "repro.yaml") || !g_file_get_contents(path, &text, NULL, NULL) ||
            g_strcmp0(text, files[i].text) == 0)
            continue;
        fprintf(stderr, "crashq: %s held another result, which is replaced (--out DIR keeps both)\n", directory);
        return;
    }
}

static gboolean result_place(const char *directory, const struct result_file *files, size_t count)
{
    if (!g_file_test(directory, G_FILE_TEST_IS_DIR))
        return directory_create(directory, files, count);
    earlier_remove(directory, files, count);
    return files_write(directory, files, count);
}

gboolean result_write(const struct options *options, const char *directory, const struct result_file *files,
                      size_t count, const GPtrArray *recordings)
{
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof *files);
    struct result_file contents = {.name = CONTENTS};
    g_array_append_val(all, contents); /* it comes first: what it names may be missing, what is there it names */
    g_array_append_vals(all, files, (guint)count);
    for (guint i = 0; i < recordings->len; i++) {
        const struct recording *recording = recordings->pdata[i];
        struct result_file file = {recording->name, recording->text};
        g_array_append_val(all, file);
    }
    struct result_file *first = (struct result_file *)(void *)all->data;
    g_autofree char *names = contents_text(first, all->len);
    first->text = names;
    if (options->out == NULL && !options->quiet)
        earlier_mention(directory, first, all->len);
    gboolean written = result_place(directory, first, all->len);
    if (written && options->out == NULL)
        latest_link(directory);
    return written;
}
