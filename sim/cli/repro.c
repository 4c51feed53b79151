/* See repro.h. The scenario lies in the file as a literal block, so that it stays a scenario that can be copied out. */
#include "sim/cli/repro.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "sim/cli/cli.h"
#include "sim/plan/load.h"

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

static const char *scalar_text(const yaml_node_t *node)
{
    return node != NULL && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

static gboolean repro_number(const char *text, guint64 *ret_number)
{
    return text != NULL && g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, ret_number, NULL);
}

static gboolean repro_actions(struct repro *repro, yaml_document_t *document, const yaml_node_t *node)
{
    if (node == NULL || node->type != YAML_SEQUENCE_NODE)
        return FALSE;
    for (yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
        const char *action = scalar_text(yaml_document_get_node(document, *item));
        if (action == NULL)
            return FALSE;
        g_ptr_array_add(repro->actions, g_strdup(action));
    }
    return TRUE;
}

/* One key of the file; false: unknown, or its value does not fit. */
static gboolean repro_key(struct repro *repro, const char *key, yaml_document_t *document, const yaml_node_t *node)
{
    const char *text = scalar_text(node);
    if (strcmp(key, "actions") == 0)
        return repro_actions(repro, document, node);
    if (text == NULL)
        return FALSE;
    if (strcmp(key, "crashq") == 0)
        return TRUE;
    if (strcmp(key, "scheduler") == 0) {
        repro->scheduler = strcmp(text, "listed") == 0  ? REPRO_LISTED
                           : strcmp(text, "timed") == 0 ? REPRO_TIMED
                                                        : REPRO_UNSAID;
        return repro->scheduler != REPRO_UNSAID;
    }
    if (strcmp(key, "seed") == 0)
        return repro->seed_given = repro_number(text, &repro->seed);
    if (strcmp(key, "steps") == 0)
        return repro_number(text, &repro->step);
    char **slot = strcmp(key, "fingerprint") == 0   ? &repro->fingerprint
                  : strcmp(key, "property") == 0    ? &repro->property
                  : strcmp(key, "expectation") == 0 ? &repro->expectation
                  : strcmp(key, "scenario") == 0    ? &repro->scenario
                                                    : NULL;
    if (slot == NULL)
        return FALSE;
    g_free(*slot);
    *slot = slot == &repro->property && strcmp(text, "none") == 0 ? NULL : g_strdup(text);
    return TRUE;
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

static gboolean repro_read(struct repro *repro, const char *file, yaml_document_t *document)
{
    yaml_node_t *root = yaml_document_get_root_node(document);
    if (root == NULL || root->type != YAML_MAPPING_NODE) {
        fprintf(stderr, "%s:1:1: a reproducer is a mapping (crashq, scheduler, ..., scenario)\n", file);
        return FALSE;
    }
    for (yaml_node_pair_t *pair = root->data.mapping.pairs.start; pair < root->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = yaml_document_get_node(document, pair->key);
        const char *key = scalar_text(name);
        if (key == NULL || !repro_key(repro, key, document, yaml_document_get_node(document, pair->value))) {
            fprintf(stderr, "%s:%zu:%zu: '%s' does not belong into a reproducer, or its value does not fit\n", file,
                    name->start_mark.line + 1, name->start_mark.column + 1, key != NULL ? key : "?");
            return FALSE;
        }
    }
    const char *missing = repro_missing(repro);
    if (missing != NULL)
        fprintf(stderr, "%s:1:1: this reproducer has no '%s'\n", file, missing);
    return missing == NULL;
}

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
    *ret_status = EXIT_USAGE;
    struct repro *repro = g_new0(struct repro, 1);
    repro->file = g_strdup(path);
    repro->actions = g_ptr_array_new_with_free_func(g_free);
    yaml_parser_t parser;
    yaml_document_t document;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, length);
    gboolean loaded = yaml_parser_load(&parser, &document) != 0;
    if (!loaded)
        fprintf(stderr, "%s:%zu:%zu: %s\n", path, parser.problem_mark.line + 1, parser.problem_mark.column + 1,
                parser.problem);
    gboolean good = loaded && repro_read(repro, path, &document);
    if (loaded)
        yaml_document_delete(&document);
    yaml_parser_delete(&parser);
    if (!good) {
        repro_free(repro);
        return NULL;
    }
    *ret_status = EXIT_HELD;
    return repro;
}

void repro_free(struct repro *repro)
{
    if (repro == NULL)
        return;
    g_ptr_array_unref(repro->actions);
    g_free(repro->file);
    g_free(repro->fingerprint);
    g_free(repro->property);
    g_free(repro->expectation);
    g_free(repro->scenario);
    g_free(repro);
}
