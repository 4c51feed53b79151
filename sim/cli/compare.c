/* See compare.h: what is compared, and what is written. */
#include "sim/cli/compare.h"

#include <stdio.h>
#include <string.h>

#include "analysis/timeline.h"

static const char *const compared_paths[] = {"messages.lost",
                                             "messages.missing",
                                             "messages.duplicated",
                                             "availability.publish.requests",
                                             "availability.delivery.requests",
                                             "availability.publish.max_outage",
                                             "availability.delivery.max_outage",
                                             "latency.confirm.p50",
                                             "latency.confirm.p99",
                                             "latency.completion.mean",
                                             "latency.completion.p99",
                                             "cost.frames_per_message",
                                             NULL};

const char *const compare_rarities[] = {"messages.lost", "messages.missing", "messages.duplicated", "two_primaries",
                                        NULL};

void compare_begin(struct comparing *comparing)
{
    guint variants = comparing->experiments->len;
    const struct experiment *first = comparing->experiments->pdata[0];
    comparing->seeds = first->results->len;
    comparing->asked = first->asked;
    comparing->runs = g_new0(const struct measures **, variants + 1);
    for (guint variant = 0; variant < variants; variant++) {
        const struct experiment *experiment = comparing->experiments->pdata[variant];
        comparing->runs[variant] = g_new(const struct measures *, comparing->seeds);
        for (guint64 seed = 0; seed < comparing->seeds; seed++)
            comparing->runs[variant][seed] =
                ((const struct run_result *)experiment->results->pdata[seed])->measures;
    }
    comparing->comparison = comparison_new(compared_paths, (const struct measures *const *const *)comparing->runs,
                                           variants, comparing->seeds);
}

void compare_end(struct comparing *comparing)
{
    comparison_free(comparing->comparison);
    for (guint variant = 0; comparing->runs[variant] != NULL; variant++)
        g_free(comparing->runs[variant]);
    g_free(comparing->runs);
}

/* ---- files ---- */

static void files_add(GArray *files, char *name, char *text)
{
    struct result_file file = {.name = name, .text = text};
    g_array_append_val(files, file);
}

static void file_clear(void *data)
{
    struct result_file *file = data;
    g_free((char *)(guintptr)file->name);
    g_free((char *)(guintptr)file->text);
}

static void files_add_variant(GArray *files, const struct experiment *experiment)
{
    const char *variant = experiment_variant(experiment);
    g_autoptr(GPtrArray) recordings = recordings_gather((struct plan *)(guintptr)experiment->plan);
    g_autoptr(GArray) own = result_files_of_run(experiment, experiment_telling_run(experiment));
    for (guint i = 0; i < own->len; i++) {
        const struct result_file *file = &g_array_index(own, struct result_file, i);
        files_add(files, g_strdup_printf("%s/%s", variant, file->name), g_strdup(file->text));
    }
    for (guint i = 0; i < recordings->len; i++) {
        const struct recording *recording = recordings->pdata[i];
        files_add(files, g_strdup_printf("%s/%s", variant, recording->name), g_strdup(recording->text));
    }
}

int compare_write(const struct comparing *comparing, const struct options *options, const char *directory,
                  const char *json)
{
    GString *runs = g_string_new(RUNS_CSV_HEAD), *timeline = g_string_new(TIMELINE_CSV_HEAD),
            *faults = g_string_new(FAULTS_CSV_HEAD);
    g_autoptr(GArray) files = g_array_new(FALSE, FALSE, sizeof(struct result_file));
    g_array_set_clear_func(files, file_clear);
    for (guint variant = 0; variant < comparing->experiments->len; variant++) {
        const struct experiment *experiment = comparing->experiments->pdata[variant];
        result_runs_csv(runs, experiment);
        result_timeline_csv(timeline, experiment, experiment->results->pdata[0]);
        result_faults_csv(faults, experiment, experiment->results->pdata[0]);
        files_add_variant(files, experiment);
    }
    files_add(files, g_strdup("result.json"), g_strdup(json));
    files_add(files, g_strdup("runs.csv"), g_string_free(runs, FALSE));
    files_add(files, g_strdup("timeline.csv"), g_string_free(timeline, FALSE));
    files_add(files, g_strdup("faults.csv"), g_string_free(faults, FALSE));
    g_autoptr(GPtrArray) no_recordings = g_ptr_array_new();
    if (!result_write(options, directory, (const struct result_file *)(void *)files->data, files->len, no_recordings))
        return EXIT_IO;
    if (!options->json)
        printf("written  %s\n", directory);
    return EXIT_HELD;
}
