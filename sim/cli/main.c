/* crashq: the program. */
#include <stdio.h>
#include <string.h>

#include <gsl/gsl_errno.h>

#include "sim/cli/cli.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help; /* NULL: hidden */
} commands[] = {
    {"run", command_run, "run scenarios and print their measures and verdict"},
    {"check", command_check, "explore every interleaving within the bounds of `check:`"},
    {"replay", command_replay, "repeat a reproducer, and say whether the same thing happened"},
    {"validate", command_validate, "check scenario files only"},
    {"list", command_list, "what the language knows: faults, properties, measures, distributions"},
    {"stream-events", command_stream, NULL},
};

static void usage(FILE *to)
{
    fprintf(to, "crashq %s: a crash-test lab for message queues\n\nusage: crashq COMMAND [options] FILE...\n\n",
            CRASHQ_VERSION);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (commands[i].help != NULL)
            fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].help);
    fprintf(to, "\n'crashq COMMAND --help' says more. Exit status: 0 all held, 1 violated, 2 bad input, 3 vacuous,\n"
                "4 input/output error, 70 internal error, 130 interrupted.\n");
}

int main(int argc, char **argv)
{
    gsl_set_error_handler_off();
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)) {
        usage(stdout);
        return EXIT_HELD;
    }
    if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
        printf("crashq %s\n", CRASHQ_VERSION);
        return EXIT_HELD;
    }
    for (size_t i = 0; argc >= 2 && i < G_N_ELEMENTS(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 2, argv + 2);
    if (argc >= 2)
        fprintf(stderr, "crashq: there is no command '%s'\n\n", argv[1]);
    usage(stderr);
    return EXIT_USAGE;
}
