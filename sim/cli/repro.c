/* See repro.h. The scenario lies in the file as a literal block, so that it stays a scenario that can be copied out. */
#include "sim/cli/repro.h"

#include <stdio.h>
#include <string.h>

#include "sim/cli/cli.h"
#include "sim/plan/load.h"
#include "sim/plan/yaml_tree.h"

char *repro_text(const struct repro *repro)
{
    GString *text = g_string_new("# A crashq reproducer. Repeat it with: crashq replay FILE\n");
    g_string_append_printf(text, "crashq: %s\nscheduler: %s\n", CRASHQ_VERSION,
                           repro->scheduler == REPRO_TIMED ? "timed" : "listed");
    if (repro->scheduler == REPRO_TIMED)
        g_string_append_printf(text, "seed: %" G_GUINT64_FORMAT "\n", repro->seed);
    g_string_append_printf(text, "fingerprint: \"%s\"\nproperty: %s\nsteps: %" G_GUINT64_FORMAT "\n",
                           repro->fingerprint, repro->property != NULL ? repro->property : "none", repro->step);
    if (repro->expectation != NULL) {
        g_autofree char *quoted = plan_quoted(repro->expectation);
        g_string_append_printf(text, "expectation: %s\n", quoted);
    }
    if (repro->scheduler == REPRO_LISTED) {
        g_string_append(text, "actions:\n");
        for (guint i = 0; i < repro->actions->len; i++)
            g_string_append_printf(text, "  - \"%s\"\n", (const char *)repro->actions->pdata[i]);
    }
    g_string_append(text, "scenario: |\n");
    g_auto(GStrv) lines = g_strsplit(repro->scenario, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++)
        if (lines[i][0] != '\0' || lines[i + 1] != NULL)
            g_string_append_printf(text, "%s%s\n", lines[i][0] == '\0' ? "" : "  ", lines[i]);
    return g_string_free(text, FALSE);
}

/* ---- reading ---- */

static gboolean text_read(const struct tree_node *node, char **ret)
{
    g_free(*ret);
    *ret = node->kind == TREE_TEXT ? g_strdup(node->text) : NULL;
    return *ret != NULL;
}

static gboolean number_read(const struct tree_node *node, guint64 *ret)
{
    return node->kind == TREE_TEXT && g_ascii_string_to_unsigned(node->text, 10, 0, G_MAXUINT64, ret, NULL);
}

static gboolean scheduler_read(const struct tree_node *node, enum repro_scheduler *ret)
{
    const char *text = node->kind == TREE_TEXT ? node->text : "";
    *ret = g_str_equal(text, "listed") ? REPRO_LISTED : g_str_equal(text, "timed") ? REPRO_TIMED : REPRO_UNSAID;
    return *ret != REPRO_UNSAID;
}

static gboolean property_read(const struct tree_node *node, char **ret)
{
    gboolean good = text_read(node, ret);
    if (good && g_str_equal(*ret, "none"))
        g_clear_pointer(ret, g_free);
    return good;
}

static gboolean actions_read(const struct tree_node *node, struct repro *repro)
{
    for (guint i = 0; node->kind == TREE_LIST && i < node->items->len; i++) {
        const struct tree_node *action = node->items->pdata[i];
        if (action->kind != TREE_TEXT)
            return FALSE;
        g_ptr_array_add(repro->actions, g_strdup(action->text));
        g_array_append_val(repro->places, action->at);
    }
    return node->kind == TREE_LIST;
}

static gboolean scenario_read(const struct tree_node *node, struct repro *repro)
{
    if (node->block)
        repro->begins = (struct place){.line = node->at.line + 1, .column = 3}; /* as repro_text() writes it */
    return text_read(node, &repro->scenario);
}

/* False: the key is unknown, or its value does not fit. */
static gboolean key_read(struct repro *repro, const char *key, const struct tree_node *value)
{
    if (g_str_equal(key, "crashq"))
        return value->kind == TREE_TEXT;
    if (g_str_equal(key, "scheduler"))
        return scheduler_read(value, &repro->scheduler);
    if (g_str_equal(key, "seed"))
        return repro->seed_given = number_read(value, &repro->seed);
    if (g_str_equal(key, "steps"))
        return number_read(value, &repro->step);
    if (g_str_equal(key, "fingerprint"))
        return text_read(value, &repro->fingerprint);
    if (g_str_equal(key, "property"))
        return property_read(value, &repro->property);
    if (g_str_equal(key, "expectation"))
        return text_read(value, &repro->expectation);
    if (g_str_equal(key, "actions"))
        return actions_read(value, repro);
    return g_str_equal(key, "scenario") && scenario_read(value, repro);
}

static const char *repro_missing(const struct repro *repro)
{
    if (repro->scheduler == REPRO_UNSAID)
        return "scheduler";
    if (repro->scheduler == REPRO_TIMED && !repro->seed_given)
        return "seed";
    if (repro->scheduler == REPRO_LISTED && repro->actions->len == 0)
        return "actions";
    return repro->scenario == NULL ? "scenario" : repro->fingerprint == NULL ? "fingerprint" : NULL;
}

static void repro_read(struct repro *repro, const struct tree_node *root, struct problems *problems)
{
    if (root == NULL || root->kind != TREE_MAP) {
        struct place at = root != NULL ? root->at : (struct place){.line = 1, .column = 1};
        problem_add(problems, at, "a reproducer is a mapping (crashq, scheduler, ..., scenario)");
        return;
    }
    for (guint i = 0; i < root->items->len; i += 2) {
        const struct tree_node *key = root->items->pdata[i];
        if (key_read(repro, key->text, root->items->pdata[i + 1]))
            continue;
        g_autofree char *shown = problem_shown(key->text);
        problem_add(problems, key->at, "'%s' does not belong into a reproducer, or its value does not fit", shown);
    }
    const char *missing = problems_any(problems) ? NULL : repro_missing(repro);
    if (missing != NULL)
        problem_add(problems, root->at, "this reproducer has no '%s'", missing);
}

struct repro *repro_load_bytes(const char *file, const char *bytes, gsize length, GPtrArray **ret_problems)
{
    struct problems problems;
    struct repro *repro = g_new0(struct repro, 1);
    repro->file = g_strdup(file);
    repro->actions = g_ptr_array_new_with_free_func(g_free);
    repro->places = g_array_new(FALSE, FALSE, sizeof(struct place));
    problems_init(&problems, file);
    struct tree_node *root = tree_read(bytes, length, (struct place){.line = 1, .column = 1}, &problems);
    if (root != NULL || !problems_any(&problems)) /* neither: it is empty */
        repro_read(repro, root, &problems);
    if (root != NULL)
        tree_free(root);
    *ret_problems = problems_list(&problems);
    problems_clear(&problems);
    if ((*ret_problems)->len > 0)
        g_clear_pointer(&repro, repro_free);
    return repro;
}

/* ---- where it lies ---- */

static gboolean directory_has(const char *directory, const char *name)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* The first by its name; NULL: there is none. Caller frees. */
static char *variant_with_repro(const char *directory)
{
    g_autoptr(GDir) opened = g_dir_open(directory, 0, NULL);
    char *first = NULL;
    for (const char *name; opened != NULL && (name = g_dir_read_name(opened)) != NULL;) {
        g_autofree char *variant = g_build_filename(directory, name, NULL);
        if (directory_has(variant, "repro.yaml") && (first == NULL || strcmp(variant, first) < 0)) {
            g_free(first);
            first = g_steal_pointer(&variant);
        }
    }
    return first;
}

/* A result that is not repeated as a whole, or not at all. False after it has said so, and what to do instead. */
static gboolean directory_repeats(const char *directory)
{
    if (directory_has(directory, "repro.yaml") || !directory_has(directory, "result.json"))
        return TRUE;
    g_autofree char *variant = variant_with_repro(directory);
    if (variant != NULL)
        fprintf(stderr, "crashq: %s is a comparison's: replay one of its variants, as in: crashq replay %s\n",
                directory, variant);
    else
        fprintf(stderr,
                "crashq: %s has no repro.yaml, since a check that breaks nothing has none: replay the directory of a "
                "run, or of a check that broke something\n",
                directory);
    return FALSE;
}

struct repro *repro_load(const char *file, int *ret_status)
{
    g_autofree char *bytes = NULL;
    gsize length = 0;
    g_autoptr(GError) error = NULL;
    *ret_status = EXIT_USAGE;
    gboolean in_directory = g_file_test(file, G_FILE_TEST_IS_DIR);
    if (in_directory && !directory_repeats(file))
        return NULL;
    *ret_status = EXIT_IO;
    g_autofree char *path = in_directory ? g_build_filename(file, "repro.yaml", NULL) : g_strdup(file);
    if (!g_file_get_contents(path, &bytes, &length, &error)) {
        fprintf(stderr, "crashq: %s\n", error->message);
        return NULL;
    }
    g_autoptr(GPtrArray) problems = NULL;
    struct repro *repro = repro_load_bytes(path, bytes, length, &problems);
    cli_problems_print(problems);
    *ret_status = repro != NULL ? EXIT_HELD : EXIT_USAGE;
    return repro;
}

void repro_free(struct repro *repro)
{
    if (repro == NULL)
        return;
    g_ptr_array_unref(repro->actions);
    g_array_unref(repro->places);
    g_free(repro->file);
    g_free(repro->fingerprint);
    g_free(repro->property);
    g_free(repro->expectation);
    g_free(repro->scenario);
    g_free(repro);
}
