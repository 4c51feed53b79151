/* Which commands there are, which options each takes, and what each says about itself. */
#include <stdio.h>
#include <string.h>

#include "sim/cli/cli.h"
#include "sim/plan/keys.h"

static const struct command commands[] = {
    {"run", command_run, "FILE...", "seed runs set only jobs out force json quiet explain verify-determinism",
     "run scenarios and print their measures and verdict",
     "Simulates each scenario, prints its measures and whether what it expects held, and writes result.json,\n"
     "repro.yaml, timeline.csv and faults.csv (and runs.csv for several seeds) into out/NAME-SEED, whose name goes on\n"
     "with what --runs and --set change (out/NAME-1-runs-30-set-1f0c83d2); out/latest is a link to the last one. Of\n"
     "several runs repro.yaml repeats the first that broke something, otherwise the first.\n"
     "SIGINT cuts a single run off, which has no result then; of many it keeps those that are over."},
    {"compare", command_compare, "FILE", "seed runs set only jobs out force json quiet",
     "run a scenario's variants on the same seeds, side by side",
     "Runs every variant of the scenario with the same seeds, so that all of them meet the same arrivals, latencies\n"
     "and faults. Prints the mean of each measure with its 95 % interval, how the other variants differ from the\n"
     "first, and which of these differences are real. Writes result.json, runs.csv, timeline.csv and faults.csv\n"
     "(both of the first seed) into out/NAME-compare-SEED, whose name goes on with what --only, --runs and --set\n"
     "change, and into a directory below it for each variant what `run` writes. Exit status 1 only when an\n"
     "expectation of a variant is broken. SIGINT keeps the seeds that every variant has run."},
    {"check", command_check, "FILE", "set only states out force json quiet",
     "explore every interleaving within the bounds of `check:`",
     "Explores every interleaving of the scenario's node and clients within the bounds of `check:`, and writes\n"
     "result.json into out/NAME-check, whose name goes on with what --states and --set change. What breaks a property\n"
     "comes out as a shortest list of actions, and as repro.yaml beside the result."},
    {"replay", command_replay, "REPRO...", "json quiet", "repeat a reproducer, and say whether the same thing happened",
     "Repeats a repro.yaml (or the directory it lies in) that `run` or `check` wrote; `compare` wrote one in the\n"
     "directory of each variant. Exit status: 1 when a violation came out, 0 when the same came out and\n"
     "it is none, 3 when something else came out and it is none."},
    {"plot", command_plot, "RESULT...", "kind output quiet", "one figure of results, as svg, png or pdf",
     "Draws the results in these directories (of `run` or `compare`) with gnuplot. --kind timeline: offered and\n"
     "confirmed rate, confirm latency and waiting messages over time, a column for each variant (of a comparison, its\n"
     "first seed), faults shaded and named, under the scenario's name and its seed. The look lies in plots/."},
    {"validate", command_validate, "FILE...", "set json quiet", "check scenario files only",
     "Reads each scenario and prints every problem as file:line:column: message, all in one pass."},
    {"list", command_list, "WHAT", "", "what there is: faults, measures, properties, distributions, plots, keys",
     "Prints what the scenario language knows, each with one line."},
    {"stream-events", command_stream, "FILE", "seed set only", NULL,
     "Writes the events that --verify-determinism compares."},
};

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(name, commands[i].name) == 0)
            return &commands[i];
    return NULL;
}

void command_unknown(const char *name)
{
    struct nearest nearest = {.text = name};
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (commands[i].line != NULL)
            nearest_offer(&nearest, commands[i].name);
    if (nearest.best != NULL)
        fprintf(stderr, "crashq: there is no command '%s', did you mean '%s'?\n", name, nearest.best);
    else
        fprintf(stderr, "crashq: there is no command '%s'; see 'crashq --help'\n", name);
}

void commands_usage(FILE *to)
{
    fprintf(to, "crashq %s: a crash-test lab for message queues\n\nusage: crashq COMMAND [options] FILE...\n\n",
            CRASHQ_VERSION);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (commands[i].line != NULL)
            fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].line);
    fprintf(to, "\n'crashq COMMAND --help' says more. Exit status: 0 all held, 1 violated, 2 bad input, 3 vacuous\n"
                "(nothing was put to the test), 4 input/output error, 70 internal error, 130 interrupted.\n");
}
