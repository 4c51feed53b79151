/* See determinism.h. Each child streams its events (time, action, fingerprint so far) through a pipe; the parent reads
 * both in step. */
#include "sim/cli/determinism.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models/base/units.h"
#include "sim/plan/load.h"
#include "sim/timed/timed.h"

struct streamed_event {
    int64_t time_ns;
    struct action action;
    struct digest fingerprint; /* of everything up to here */
};

struct stream_writer {
    FILE *to;
    const struct timed *timed;
};

static void stream_applied(void *context, int64_t time_ns, const struct action *action, const struct world *world)
{
    (void)world;
    struct stream_writer *writer = context;
    struct streamed_event event = {
        .time_ns = time_ns, .action = *action, .fingerprint = timed_totals(writer->timed)->fingerprint};
    if (fwrite(&event, sizeof event, 1, writer->to) != 1)
        _exit(EXIT_IO);
}

static int stream_file(const char *file, const struct options *options)
{
    int status;
    struct plan *plan = cli_load(file, options, &status);
    if (plan == NULL)
        return status;
    struct world_shape *shape = shape_new(plan, SHAPE_RUN);
    struct stream_writer writer = {.to = stdout};
    struct timed_options timed_options = {.seed = options->seed, .applied = stream_applied, .applied_context = &writer};
    struct timed *timed = timed_new(shape, &timed_options);
    writer.timed = timed;
    timed_run(timed, NS_NEVER, 0);
    timed_free(timed);
    shape_free(shape);
    plan_free(plan);
    return EXIT_HELD;
}

int command_stream(int argc, char **argv)
{
    struct options options;
    if (!options_parse(&options, "stream-events", argc, argv))
        return EXIT_USAGE;
    int status = options.files->len == 1 ? stream_file(options.files->pdata[0], &options) : EXIT_USAGE;
    options_clear(&options);
    return status;
}

static FILE *stream_open(const char *file, const struct options *options, guint64 seed, GPid *ret_child)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    int out = -1;
    g_ptr_array_add(words, g_strdup(program != NULL ? program : "crashq"));
    g_ptr_array_add(words, g_strdup("stream-events"));
    g_ptr_array_add(words, g_strdup_printf("--seed=%" G_GUINT64_FORMAT, seed));
    if (options->only != NULL)
        g_ptr_array_add(words, g_strdup_printf("--only=%s", options->only));
    for (guint i = 0; i + 1 < options->sets->len; i++)
        g_ptr_array_add(words, g_strdup_printf("--set=%s", (const char *)options->sets->pdata[i]));
    g_ptr_array_add(words, g_strdup("--"));
    g_ptr_array_add(words, g_strdup(file));
    g_ptr_array_add(words, NULL);
    if (!g_spawn_async_with_pipes(NULL, (char **)words->pdata, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, ret_child,
                                  NULL, &out, NULL, NULL))
        return NULL;
    return fdopen(out, "rb");
}

/* Reads both streams to their ends. Returns the number of equal events; *ret_differ when one of them differs, then a
 * and b are the first such. */
static guint64 streams_compare(FILE *const streams[2], struct streamed_event events[2], gboolean *ret_differ)
{
    for (guint64 equal = 0;; equal++) {
        size_t got[2];
        for (int i = 0; i < 2; i++) {
            memset(&events[i], 0, sizeof events[i]);
            got[i] = fread(&events[i], sizeof events[i], 1, streams[i]);
        }
        *ret_differ = got[0] != got[1] || memcmp(&events[0], &events[1], sizeof events[0]) != 0;
        if (*ret_differ || got[0] == 0)
            return equal;
    }
}

int determinism_verify(const struct plan *plan, const char *file, const struct options *options, guint64 seed)
{
    FILE *streams[2];
    GPid children[2];
    for (int i = 0; i < 2; i++) {
        streams[i] = stream_open(file, options, seed, &children[i]);
        if (streams[i] == NULL) {
            fprintf(stderr, "crashq: cannot start a second process\n");
            return EXIT_IO;
        }
    }
    struct streamed_event events[2];
    gboolean differ;
    guint64 equal = streams_compare(streams, events, &differ);
    gboolean failed = FALSE;
    for (int i = 0; i < 2; i++) {
        int code = 0;
        fclose(streams[i]);
        waitpid(children[i], &code, 0);
        failed = failed || (!differ && code != 0);
    }
    if (failed || (equal == 0 && !differ)) {
        fprintf(stderr, "crashq: a process ended before its run did\n");
        return EXIT_INTERNAL;
    }
    if (!differ) {
        printf("deterministic: %s, seed %" G_GUINT64_FORMAT ": %" G_GUINT64_FORMAT
               " events, the same in two processes\n",
               plan->name, seed, equal);
        return EXIT_HELD;
    }
    struct world_shape *shape = shape_new(plan, SHAPE_RUN);
    printf("NOT deterministic: event %" G_GUINT64_FORMAT " differs:\n", equal + 1);
    for (int i = 0; i < 2; i++) {
        char text[ACTION_TEXT_MAX];
        action_text(shape, &events[i].action, text);
        printf("  process %d: %.9f s  %s\n", i + 1, (double)events[i].time_ns / (double)NS_PER_S, text);
    }
    shape_free(shape);
    return EXIT_INTERNAL;
}
