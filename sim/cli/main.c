/* crashq: the program. */
#include <stdio.h>
#include <string.h>

#include <gsl/gsl_errno.h>

#include "sim/cli/cli.h"

static gboolean is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

static int command_named(int argc, char **argv)
{
    if (argc < 2) {
        commands_usage(stderr);
        return EXIT_USAGE;
    }
    if (is_help(argv[1]) && argc > 2 && command_find(argv[2]) != NULL) {
        options_help(command_find(argv[2]));
        return EXIT_HELD;
    }
    if (is_help(argv[1])) {
        commands_usage(stdout);
        return EXIT_HELD;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("crashq %s\n", CRASHQ_VERSION);
        return EXIT_HELD;
    }
    const struct command *command = command_find(argv[1]);
    if (command == NULL) {
        command_unknown(argv[1]);
        return EXIT_USAGE;
    }
    return command->run(argc - 2, argv + 2);
}

int main(int argc, char **argv)
{
    gsl_set_error_handler_off();
    return cli_finish(command_named(argc, argv));
}
