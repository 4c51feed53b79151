/* crashq validate, crashq list: about files and the language, without running anything. */
#include <stdio.h>
#include <string.h>

#include "models/oracle/oracle.h"
#include "sim/cli/cli.h"
#include "sim/plan/keys.h"
#include "sim/plan/load.h"
#include "sim/plan/measure.h"

int command_validate(int argc, char **argv)
{
    struct options options;
    if (!options_parse(&options, "validate", argc, argv))
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
        {"crash: S", "the process dies (kill -9); kind: power: the machine dies and what was not fsynced is lost; "
                     "disk: wipe: the disk is lost too; restart:"},
        {"pause: S", "the process stops and later goes on, unaware; for:"},
        {"disconnect: S", "its connections are reset"},
        {"cut: A <-> B, cut: A -> B", "no packet passes; TCP retransmits with back-off; for:"},
        {"partition: [[A], [B, C]]", "no packet passes between groups; whoever is not named reaches everybody; for:"},
        {"isolate: S", "no packet passes between it and anybody; for:"},
        {"degrade: A <-> B, degrade: A -> B", "slower (latency: +40ms adds, 40ms replaces) or lossy (loss:); for:"},
        {"stall: consumer C [I]", "a consumer holds its messages; for:"},
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

static void list_plots(void)
{
    static const char *const rows[][2] = {
        {"timeline", "offered and confirmed rate, confirm latency and waiting messages over time, faults shaded"},
    };
    list_rows(rows, G_N_ELEMENTS(rows));
}

static void list_measures(void)
{
    for (const struct measure_row *row = measures; row->pattern != NULL; row++)
        printf("  %-74s %s%s\n", row->pattern, row->line, row->unit == MEASURE_LATER ? " [not supported yet]" : "");
}

static void list_key(const struct key *key)
{
    g_autofree char *normal = key->normal != NULL ? g_strdup_printf(" (default %s)", key->normal) : g_strdup("");
    printf("  %-22s %s%s%s\n", key->name, key->line, normal, key->shape == KEY_LATER ? " [not supported yet]" : "");
}

static void list_keys(void)
{
    for (const struct key *key = keys; key->name != NULL; key++) {
        if (key == keys || key->place != key[-1].place)
            printf("%s%s\n", key == keys ? "" : "\n", key_place_name((enum key_place)key->place));
        list_key(key);
    }
}

static const struct list {
    const char *name;
    void (*print)(void);
} lists[] = {{"faults", list_faults},
             {"properties", list_properties},
             {"measures", list_measures},
             {"distributions", list_distributions},
             {"plots", list_plots},
             {"keys", list_keys}};

static const struct list *list_find(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        if (strcmp(name, lists[i].name) == 0)
            return &lists[i];
    return NULL;
}

static void list_unknown(const char *what)
{
    struct nearest nearest = {.text = what};
    fprintf(stderr, "crashq: list ");
    for (size_t list = 0; list < G_N_ELEMENTS(lists); list++) {
        nearest_offer(&nearest, lists[list].name);
        fprintf(stderr, "%s%s", list == 0 ? "" : list + 1 < G_N_ELEMENTS(lists) ? ", " : " or ", lists[list].name);
    }
    fprintf(stderr, "; there is nothing called '%s'%s%s%s\n", what, nearest.best != NULL ? ", did you mean '" : "",
            nearest.best != NULL ? nearest.best : "", nearest.best != NULL ? "'?" : "");
}

int command_list(int argc, char **argv)
{
    struct options options;
    if (!options_parse(&options, "list", argc, argv))
        return EXIT_USAGE;
    int status = options.files->len > 0 ? EXIT_HELD : EXIT_USAGE;
    if (options.files->len == 0)
        fprintf(stderr, "crashq: list what? faults, properties, measures, distributions, plots or keys\n");
    for (guint i = 0; i < options.files->len; i++)
        if (list_find(options.files->pdata[i]) == NULL) {
            list_unknown(options.files->pdata[i]);
            status = EXIT_USAGE;
        }
    for (guint i = 0; status == EXIT_HELD && i < options.files->len; i++)
        list_find(options.files->pdata[i])->print();
    options_clear(&options);
    return status;
}
