/* crashq validate: files are read, and nothing is run. */
#include <stdio.h>

#include "analysis/json.h"
#include "sim/cli/cli.h"
#include "sim/plan/load.h"

static void json_problem(struct json *json, const struct plan_problem *problem)
{
    bool placed = problem->line > 0;
    json_open(json, NULL, '{');
    json_string(json, "file", problem->file);
    if (placed)
        json_unsigned(json, "line", problem->line);
    else
        json_string(json, "line", NULL);
    if (placed)
        json_unsigned(json, "column", problem->column);
    else
        json_string(json, "column", NULL);
    json_string(json, "message", problem->message);
    json_close(json, '}');
}

static void json_problems(struct json *json, const char *name, const GPtrArray *problems, bool are_notes)
{
    json_open(json, name, '[');
    for (guint i = 0; i < problems->len; i++)
        if (((const struct plan_problem *)problems->pdata[i])->is_note == are_notes)
            json_problem(json, problems->pdata[i]);
    json_close(json, ']');
}

static void json_file(struct json *json, const char *file, const GPtrArray *problems, bool good)
{
    json_open(json, NULL, '{');
    json_string(json, "file", file);
    json_bool(json, "good", good);
    json_problems(json, "problems", problems, false);
    json_problems(json, "notes", problems, true);
    json_close(json, '}');
}

static int validate_file(const char *file, const struct options *options, struct json *json)
{
    g_autoptr(GPtrArray) problems = NULL, plans = NULL;
    bool io_error = false;
    plans = plan_load_all(file, (const char *const *)options->sets->pdata, &problems, &io_error);
    if (options->json)
        json_file(json, file, problems, plans != NULL);
    else
        cli_problems_print(problems);
    if (plans != NULL && !options->json && !options->quiet)
        printf("%s: good\n", file);
    return plans != NULL ? EXIT_HELD : io_error ? EXIT_IO : EXIT_USAGE;
}

int command_validate(int argc, char **argv)
{
    struct options options;
    if (!options_parse(&options, "validate", argc, argv))
        return EXIT_USAGE;
    int status = options.files->len == 0 ? EXIT_USAGE : EXIT_HELD;
    if (options.files->len == 0)
        fprintf(stderr, "crashq: validate what? Try: crashq validate scenarios/*.yaml\n");
    struct json json = {.text = g_string_new(NULL)};
    json_open(&json, NULL, '[');
    for (guint i = 0; i < options.files->len; i++)
        status = exit_worst(status, validate_file(options.files->pdata[i], &options, &json));
    json_close(&json, ']');
    g_autofree char *text = g_string_free(json.text, FALSE);
    if (options.json && options.files->len > 0)
        fputs(text, stdout);
    options_clear(&options);
    return status;
}
