/* crashq validate, crashq list: about files and the language, without running anything. */
#include <stdio.h>
#include <string.h>

#include "models/oracle/oracle.h"
#include "sim/cli/cli.h"
#include "sim/plan/keys.h"
#include "sim/plan/load.h"

int command_validate(int argc, char **argv)
{
    static const char *const allowed[] = {"set", "quiet", NULL};
    struct options options;
    if (!options_parse(&options, "validate", allowed, argc, argv))
        return EXIT_USAGE;
    int status = options.files->len == 0 ? EXIT_USAGE : EXIT_HELD;
    if (options.files->len == 0)
        fprintf(stderr, "crashq: validate what? Try: crashq validate scenarios/*.yaml\n");
    for (guint i = 0; i < options.files->len; i++) {
        int file_status;
        struct plan *plan = cli_load(options.files->pdata[i], &options, &file_status);
        status = exit_worst(status, file_status);
        if (plan != NULL && !options.quiet)
            printf("%s: good\n", (const char *)options.files->pdata[i]);
        if (plan != NULL)
            plan_free(plan);
    }
    options_clear(&options);
    return status;
}

static void list_properties(void)
{
    for (uint32_t property = 0; property < PROPERTY_COUNT; property++)
        printf("  %-14s %s\n", property_name((enum property)property), property_description((enum property)property));
}

static void list_rows(const char *const rows[][2], size_t count)
{
    for (size_t i = 0; i < count; i++)
        printf("  %-34s %s\n", rows[i][0], rows[i][1]);
}

static void list_faults(void)
{
    static const char *const rows[][2] = {
        {"crash: S",
         "the process dies (kill -9); kind: power: the machine dies and what was not fsynced is lost; restart:"},
        {"pause: S", "the process stops and later goes on, unaware; for:"},
        {"disconnect: S", "its connections are reset"},
        {"cut: A <-> B, cut: A -> B", "no packet passes; TCP retransmits with back-off; for:"},
    };
    list_rows(rows, G_N_ELEMENTS(rows));
}

static void list_distributions(void)
{
    static const char *const rows[][2] = {
        {"5ms", "constant"},
        {"uniform(1ms..3ms)", "uniform, both ends included"},
        {"exponential(2ms)", "by its mean"},
        {"normal(5ms sd 1ms)", "cut at 0"},
        {"lognormal(median 1ms p99 8ms)", "by its median and 99th percentile"},
        {"pareto(1ms shape 1.5)", "by its least value"},
        {"weibull(1ms shape 2)", "by its scale"},
        {"empirical(file.csv)", "a column of measured values"},
    };
    list_rows(rows, G_N_ELEMENTS(rows));
}

static void list_measures(void)
{
    static const char *const rows[][2] = {
        {"messages.attempted", "messages that producers meant to send"},
        {"messages.acknowledged", "of these: confirmed"},
        {"messages.rejected", "of these: nacked"},
        {"messages.unanswered", "of these: neither"},
        {"messages.delivered", "of these: received by a consumer at least once"},
        {"messages.consumed", "of these: processed to the end at least once"},
        {"messages.lost", "acknowledged and never delivered by the end of the drain, nor still kept"},
        {"messages.kept", "acknowledged, not delivered, still in a queue at the end"},
        {"messages.missing", "attempted and never delivered"},
        {"messages.recovered", "not acknowledged and yet delivered"},
        {"messages.duplicated", "times that a message was processed once more"},
        {"messages.reordered", "first deliveries after a later message of the same producer"},
        {"messages.unexpected", "delivered and never attempted"},
        {"availability.SIDE.requests",
         "SIDE publish or delivery: share that succeeded within the deadline, by intended send time"},
        {"availability.SIDE.time", "share of windows in which at least the threshold succeeded"},
        {"availability.SIDE.windowed.1s", "least share in any second (1m, 1h likewise)"},
        {"availability.SIDE.max_outage", "longest run of windows below the threshold, seconds"},
        {"latency.KIND.mean, .p50 ... .max",
         "KIND confirm, delivery, completion; from the intended send time, seconds"},
        {"throughput.offered",
         "messages per second in the load phase after the warm-up (confirmed, consumed likewise)"},
        {"queues.Q.length_mean, .length_max", "ready messages"},
        {"system.length_mean", "messages attempted and not yet processed, mean over time"},
        {"system.little_error", "|L - lambda W| / L over the run: 0 up to rounding, or the simulator is wrong"},
        {"cost.frames_per_message", "frames sent, both ways, per message"},
    };
    list_rows(rows, G_N_ELEMENTS(rows));
}

static void list_keys(void)
{
    for (const struct key *key = keys; key->name != NULL; key++) {
        if (key == keys || key->place != key[-1].place)
            printf("%s%s\n", key == keys ? "" : "\n", key_place_name((enum key_place)key->place));
        g_autofree char *normal = key->normal != NULL ? g_strdup_printf(" (default %s)", key->normal) : g_strdup("");
        printf("  %-22s %s%s%s\n", key->name, key->line, normal, key->shape == KEY_LATER ? " [not supported yet]" : "");
    }
}

int command_list(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } lists[] = {{"faults", list_faults},
                 {"properties", list_properties},
                 {"measures", list_measures},
                 {"distributions", list_distributions},
                 {"keys", list_keys}};
    for (int i = 0; i < argc; i++) {
        for (size_t list = 0; list < G_N_ELEMENTS(lists); list++)
            if (strcmp(argv[i], lists[list].name) == 0) {
                lists[list].print();
                return EXIT_HELD;
            }
    }
    gboolean help = argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0);
    FILE *to = help ? stdout : stderr;
    fprintf(to, "usage: crashq list WHAT, where WHAT is one of:");
    for (size_t list = 0; list < G_N_ELEMENTS(lists); list++)
        fprintf(to, " %s", lists[list].name);
    fprintf(to, "\n");
    return help ? EXIT_HELD : EXIT_USAGE;
}
