/* The program: what its files share. Results go to standard output, progress and diagnostics to standard error. */
#ifndef CRASHQ_CLI_H
#define CRASHQ_CLI_H

#include <glib.h>
#include <stdio.h>

#include "sim/plan/plan.h"

#define CRASHQ_VERSION "0.1.0"

/* Exit statuses; where several apply, the earlier in this list wins. */
enum exit_status {
    EXIT_INTERRUPTED = 130,
    EXIT_INTERNAL = 70,
    EXIT_IO = 4,
    EXIT_USAGE = 2,
    EXIT_VIOLATED = 1,
    EXIT_VACUOUS = 3,
    EXIT_HELD = 0,
};
/* The status of several results together. */
int exit_worst(int a, int b);
/* The status to leave with: standard output was written in full, or that is an input/output error. */
int cli_finish(int status);

struct options { /* of every subcommand; each takes those that it names in its help */
    GPtrArray *files; /* char* */
    GPtrArray *sets;  /* char*; NULL-terminated */
    guint64 seed;
    gboolean seed_given;
    guint64 runs;  /* 1 */
    guint jobs;    /* 0: all cores */
    gboolean json, quiet, explain, verify_determinism, force;
    char *out;      /* --out */
    char *kind;     /* plot: --kind */
    char *figure;   /* plot: -o */
    char *only;     /* --only: the variant that is meant; NULL: the scenario itself */
    guint64 states; /* check: --states */
};

struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* the words after its name; returns the exit status */
    const char *takes;                 /* "FILE..." */
    const char *options;               /* long names, parted by spaces */
    const char *line;                  /* one line about it; NULL: hidden */
    const char *about;                 /* for its own help */
};
const struct command *command_find(const char *name); /* NULL: none */
/* Says that there is no such command, and which is nearest. */
void command_unknown(const char *name);
void commands_usage(FILE *to);

/* Parses the words after the subcommand. Returns false after it has printed what is wrong; --help prints and exits. */
gboolean options_parse(struct options *options, const char *command, int argc, char **argv);
void options_help(const struct command *command);
void options_clear(struct options *options);
/* The line that repeats this command, with every argument quoted for a shell where needed; caller frees. */
char *options_command_line(const char *command, const struct options *options, const char *file, guint64 seed);

/* One a line, each with its place where it has one. */
void cli_problems_print(const GPtrArray *problems);
/* Loads a scenario and prints its problems. NULL: *ret_status says why. */
struct plan *cli_load(const char *file, const struct options *options, int *ret_status);

/* Recorded traffic of a scenario, as it is written beside its reproducer. */
struct recording {
    char *said; /* as the scenario named it */
    char *name; /* as it lies beside the reproducer */
    char *text;
};
/* Reads what the plan names, and makes the plan name the copies. Returns struct recording; free with
 * g_ptr_array_unref. */
GPtrArray *recordings_gather(struct plan *plan);

struct result_file {
    const char *name;
    const char *text; /* NULL: not part of this result */
};
/* The directory of a result: --out, or out/NAME-SUFFIX and what --runs, --states and --set change. Caller frees. */
char *result_directory(const struct options *options, const char *scenario, const char *suffix);
/* False after it has said that --out exists and --force is missing. */
gboolean result_directory_available(const struct options *options);
/* Tried before there is a result to lose. False after it has said why nothing can be written there. */
gboolean result_directory_usable(const char *directory);
/* Writes the files of a result and its recordings, each whole or not at all, in a new directory all or none; files of
 * an earlier result that this one does not have go. Links out/latest to a directory of our own choice. False after it
 * has said why. */
gboolean result_write(const struct options *options, const char *directory, const struct result_file *files,
                      size_t count, const GPtrArray *recordings);

int command_run(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_plot(int argc, char **argv);
int command_check(int argc, char **argv);
int command_replay(int argc, char **argv);
/* The kinds of figures, by name and with a line about each; ends with a NULL name. */
extern const char *const plot_kinds[][2];
int command_validate(int argc, char **argv);
int command_list(int argc, char **argv);
int command_stream(int argc, char **argv); /* hidden: what --verify-determinism compares */

/* Progress on standard error: a bar on a terminal, a line every ten seconds elsewhere, nothing when quiet. */
struct progress {
    gboolean quiet, terminal;
    gint64 began_us, last_us;
};
void progress_begin(struct progress *progress, gboolean quiet);
/* `done` of `whole` (0: unknown); `text`: what is counted so far. */
void progress_show(struct progress *progress, guint64 done, guint64 whole, const char *text);
void progress_end(struct progress *progress);

/* Set by SIGINT once: finish what is in flight. */
gboolean cli_interrupted(void);

#endif
