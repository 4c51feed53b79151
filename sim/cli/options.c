/* The words of a command line. One table of options for all subcommands; each subcommand names those it takes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/cli.h"
#include "sim/plan/keys.h"

#define RUNS_MAX 1000000u
#define JOBS_MAX 1024u

/* What an option means to one command stands before what it means to all others. */
static const char *const option_help[][4] = {
    {"runs", "N", "run each variant with N seeds, from --seed on: two at least", "compare"},
    {"only", "NAME,NAME,...", "these variants, in this order; base: the scenario itself", "compare"},
    {"json", NULL, "print one JSON array, with an object of each file and its problems", "validate"},
    {"kind", "KIND", "of figure: see 'crashq list plots'", "plot"},
    {"seed", "N", "the seed: a number, or a commit hash of 40 hexadecimal digits"},
    {"runs", "N", "run N seeds, from --seed on"},
    {"set", "PATH=VALUE", "override a key of the scenario; may be given again"},
    {"only", "NAME", "the variant NAME of the scenario; base: the scenario itself, as without --only"},
    {"jobs", "N", "use N cores (default: all); a result never depends on it"},
    {"out", "DIR", "where to write, instead of out/...; must not exist, or --force"},
    {"states", "N", "stop after N states, and say so"},
    {"output", "FILE", "the figure, by its name svg, png or pdf; also -o FILE"},
    {"json", NULL, "print the machine-readable result instead of the table"},
    {"quiet", NULL, "no progress on standard error"},
    {"explain", NULL, "print the scenario with every default filled in, and stop"},
    {"verify-determinism", NULL, "run twice in separate processes and compare every event; judges and writes nothing"},
    {"force", NULL, "replace the results in an existing directory"},
};

static gboolean command_takes(const struct command *command, const char *option)
{
    g_auto(GStrv) options = g_strsplit(command->options, " ", -1);
    return g_strv_contains((const char *const *)options, option);
}

static const char *const *option_row(const struct command *command, const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(option_help); i++)
        if (strcmp(option_help[i][0], name) == 0 &&
            (option_help[i][3] == NULL || strcmp(option_help[i][3], command->name) == 0))
            return option_help[i];
    return NULL;
}

void options_help(const struct command *command)
{
    printf("usage: crashq %s [options] %s\n\n%s\n\n", command->name, command->takes, command->about);
    for (size_t i = 0; i < G_N_ELEMENTS(option_help); i++) {
        if (!command_takes(command, option_help[i][0]) || option_row(command, option_help[i][0]) != option_help[i])
            continue;
        g_autofree char *word = g_strdup_printf("--%s%s%s", option_help[i][0], option_help[i][1] != NULL ? " " : "",
                                                option_help[i][1] != NULL ? option_help[i][1] : "");
        printf("  %-22s %s\n", word, option_help[i][2]);
    }
    printf("  %-22s %s\n", "--help", "this");
}

static void option_unknown(const struct command *command, const char *word)
{
    struct nearest nearest = {.text = word};
    g_auto(GStrv) options = g_strsplit(command->options, " ", -1);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; options[i] != NULL; i++) {
        g_ptr_array_add(names, g_strconcat("--", options[i], NULL));
        nearest_offer(&nearest, names->pdata[i]);
    }
    if (nearest.best != NULL)
        fprintf(stderr, "crashq: 'crashq %s' has no option '%s', did you mean '%s'?\n", command->name, word,
                nearest.best);
    else
        fprintf(stderr, "crashq: 'crashq %s' has no option '%s'; see 'crashq %s --help'\n", command->name, word,
                command->name);
}

static gboolean parse_number(const char *option, const char *text, guint64 least, guint64 most, guint64 *ret_number)
{
    if (g_ascii_string_to_unsigned(text, 10, least, most, ret_number, NULL))
        return TRUE;
    fprintf(stderr, "crashq: --%s takes a whole number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT ", not '%s'\n",
            option, least, most, text);
    return FALSE;
}

static gboolean parse_seed(const char *text, guint64 *ret_seed)
{
    if (strlen(text) == 40 && strspn(text, "0123456789abcdefABCDEF") == 40) {
        g_autofree char *head = g_strndup(text, 16);
        *ret_seed = g_ascii_strtoull(head, NULL, 16);
        return TRUE;
    }
    if (g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, ret_seed, NULL))
        return TRUE;
    gboolean digits = text[0] != '\0' && text[strspn(text, G_CSET_DIGITS)] == '\0';
    fprintf(stderr,
            "crashq: --seed takes a whole number from 0 to %" G_GUINT64_FORMAT
            " or a commit hash of 40 hexadecimal digits, not '%s'%s\n",
            G_MAXUINT64, text, digits ? ", which is too large" : "");
    return FALSE;
}

static gboolean option_take(struct options *options, const char *name, const char *value)
{
    guint64 number = 0;
    if (strcmp(name, "seed") == 0)
        return options->seed_given = parse_seed(value, &options->seed);
    if (strcmp(name, "runs") == 0)
        return parse_number(name, value, 1, RUNS_MAX, &options->runs);
    if (strcmp(name, "states") == 0)
        return parse_number(name, value, 1, G_MAXUINT64, &options->states);
    if (strcmp(name, "jobs") == 0) {
        if (!parse_number(name, value, 1, JOBS_MAX, &number))
            return FALSE;
        options->jobs = (guint)number;
    } else if (strcmp(name, "set") == 0) {
        g_ptr_array_insert(options->sets, (gint)options->sets->len - 1, g_strdup(value));
    } else if (strcmp(name, "out") == 0) {
        g_free(options->out);
        options->out = g_strdup(value);
    } else if (strcmp(name, "only") == 0) {
        g_free(options->only);
        options->only = g_strdup(value);
    } else if (strcmp(name, "kind") == 0) {
        g_free(options->kind);
        options->kind = g_strdup(value);
    } else if (strcmp(name, "output") == 0) {
        g_free(options->figure);
        options->figure = g_strdup(value);
    } else if (strcmp(name, "json") == 0) {
        options->json = TRUE;
    } else if (strcmp(name, "quiet") == 0) {
        options->quiet = TRUE;
    } else if (strcmp(name, "explain") == 0) {
        options->explain = TRUE;
    } else if (strcmp(name, "verify-determinism") == 0) {
        options->verify_determinism = TRUE;
    } else if (strcmp(name, "force") == 0) {
        options->force = TRUE;
    }
    return TRUE;
}

/* One option with its value, which may be the next word. */
static gboolean option_read(struct options *options, const struct command *command, char **argv, int argc, int *at)
{
    char *equals = strchr(argv[*at], '=');
    g_autofree char *name = equals == NULL ? g_strdup(argv[*at]) : g_strndup(argv[*at], (gsize)(equals - argv[*at]));
    if (strcmp(name, "-o") == 0) {
        g_free(name);
        name = g_strdup("--output");
    }
    if (strncmp(name, "--", 2) != 0 || !command_takes(command, name + 2)) {
        option_unknown(command, name);
        return FALSE;
    }
    const char *argument = option_row(command, name + 2)[1];
    const char *value = equals == NULL ? NULL : equals + 1;
    if (argument != NULL && value == NULL && *at + 1 < argc)
        value = argv[++*at];
    if (argument != NULL && value == NULL) {
        fprintf(stderr, "crashq: %s needs a value: %s %s\n", name, name, argument);
        return FALSE;
    }
    if (argument == NULL && value != NULL) {
        fprintf(stderr, "crashq: %s takes no value\n", name);
        return FALSE;
    }
    return option_take(options, name + 2, value);
}

static gboolean words_read(struct options *options, const struct command *command, int argc, char **argv)
{
    gboolean words = FALSE; /* after "--" */
    for (int i = 0; i < argc; i++) {
        if (!words && strcmp(argv[i], "--") == 0) {
            words = TRUE;
        } else if (words || argv[i][0] != '-') {
            g_ptr_array_add(options->files, g_strdup(argv[i]));
        } else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            options_help(command);
            options_clear(options);
            exit(cli_finish(EXIT_HELD));
        } else if (!option_read(options, command, argv, argc, &i)) {
            return FALSE;
        }
    }
    if (options->seed > G_MAXUINT64 - (options->runs - 1)) {
        fprintf(stderr, "crashq: --seed and --runs go beyond the last seed, %" G_GUINT64_FORMAT "\n", G_MAXUINT64);
        return FALSE;
    }
    return TRUE;
}

gboolean options_parse(struct options *options, const char *command, int argc, char **argv)
{
    *options = (struct options){.runs = 1};
    options->files = g_ptr_array_new_with_free_func(g_free);
    options->sets = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(options->sets, NULL);
    if (words_read(options, command_find(command), argc, argv))
        return TRUE;
    options_clear(options);
    return FALSE;
}

void options_clear(struct options *options)
{
    g_ptr_array_unref(options->files);
    g_ptr_array_unref(options->sets);
    g_free(options->out);
    g_free(options->kind);
    g_free(options->figure);
    g_free(options->only);
}

char *options_command_line(const char *command, const struct options *options, const char *file, guint64 seed)
{
    GString *line = g_string_new("crashq ");
    g_autofree char *quoted_file = g_shell_quote(file);
    gboolean plain =
        strspn(file, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+") == strlen(file);
    g_string_append_printf(line, "%s %s%s --seed %" G_GUINT64_FORMAT, command, file[0] == '-' ? "./" : "",
                           plain ? file : quoted_file, seed);
    if (options->runs > 1)
        g_string_append_printf(line, " --runs %" G_GUINT64_FORMAT, options->runs);
    if (options->only != NULL) /* letters, digits, '_' and '-': the loader found it */
        g_string_append_printf(line, " --only %s", options->only);
    for (guint i = 0; i + 1 < options->sets->len; i++) {
        g_autofree char *quoted = g_shell_quote(options->sets->pdata[i]);
        g_string_append_printf(line, " --set %s", quoted);
    }
    return g_string_free(line, FALSE);
}
