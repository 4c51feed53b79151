/* What the subcommands share: loading, writing, progress, interruption. */
#include "sim/cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/plan/load.h"

int exit_worst(int a, int b)
{
    static const int order[] = {EXIT_INTERRUPTED, EXIT_INTERNAL, EXIT_IO,  EXIT_USAGE,
                                EXIT_VIOLATED,    EXIT_VACUOUS,  EXIT_HELD};
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return EXIT_INTERNAL;
}

void cli_problems_print(const GPtrArray *problems)
{
    for (guint i = 0; i < problems->len; i++) {
        const struct plan_problem *problem = problems->pdata[i];
        const char *kind = problem->is_note ? "note: " : "";
        if (problem->line > 0)
            fprintf(stderr, "%s:%u:%u: %s%s\n", problem->file, problem->line, problem->column, kind, problem->message);
        else
            fprintf(stderr, "%s: %s%s\n", problem->file, kind, problem->message);
    }
}

struct plan *cli_load(const char *file, const struct options *options, int *ret_status)
{
    g_autoptr(GPtrArray) problems = NULL;
    bool io_error = false;
    struct plan *plan =
        plan_load_variant(file, options->only, (const char *const *)options->sets->pdata, &problems, &io_error);
    cli_problems_print(problems);
    *ret_status = plan != NULL ? EXIT_HELD : io_error ? EXIT_IO : EXIT_USAGE;
    return plan;
}

int cli_finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fprintf(stderr, "crashq: cannot write to standard output: %s\n", g_strerror(errno));
    return exit_worst(status, EXIT_IO);
}

static volatile sig_atomic_t interrupted;

gboolean cli_interrupted(void)
{
    return interrupted != 0;
}

static void cli_on_interrupt(int signal_number)
{
    (void)signal_number;
    if (interrupted != 0)
        _exit(EXIT_INTERRUPTED);
    interrupted = 1;
}

#define BAR_WIDTH 24

void progress_begin(struct progress *progress, gboolean quiet)
{
    *progress = (struct progress){.quiet = quiet, .terminal = isatty(STDERR_FILENO) != 0};
    progress->began_us = progress->last_us = g_get_monotonic_time();
    struct sigaction action = {.sa_handler = cli_on_interrupt, .sa_flags = SA_RESTART};
    sigaction(SIGINT, &action, NULL);
}

void progress_show(struct progress *progress, guint64 done, guint64 whole, const char *text)
{
    gint64 now_us = g_get_monotonic_time();
    if (progress->quiet || now_us - progress->last_us < (progress->terminal ? 100000 : 10000000))
        return;
    progress->last_us = now_us;
    double elapsed = (double)(now_us - progress->began_us) / 1e6;
    if (!progress->terminal) {
        fprintf(stderr, "crashq: %.0f s: %s\n", elapsed, text);
        return;
    }
    if (whole == 0) {
        fprintf(stderr, "\r\033[K%5.1f s  %s", elapsed, text);
    } else {
        int filled = (int)(done * BAR_WIDTH / whole);
        double left = done == 0 ? 0 : elapsed * (double)(whole - done) / (double)done;
        fprintf(stderr, "\r\033[K[%.*s%*s] %3d %%  %.0f s left  %s", filled, "########################",
                BAR_WIDTH - filled, "", (int)(done * 100 / whole), left, text);
    }
    fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->terminal && !progress->quiet)
        fprintf(stderr, "\r\033[K");
}
