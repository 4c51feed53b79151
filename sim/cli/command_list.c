/* crashq list: what the scenario language knows. */
#include <stdio.h>
#include <string.h>

#include "models/oracle/oracle.h"
#include "sim/cli/cli.h"
#include "sim/plan/keys.h"
#include "sim/plan/measure.h"

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
    for (size_t i = 0; plot_kinds[i][0] != NULL; i++)
        printf("  %-34s %s\n", plot_kinds[i][0], plot_kinds[i][1]);
}

static void list_measure_rows(bool later)
{
    int width = 0;
    for (const struct measure_row *row = measures; row->pattern != NULL; row++)
        width = MAX(width, (int)strlen(row->pattern));
    for (const struct measure_row *row = measures; row->pattern != NULL; row++)
        if ((row->unit == MEASURE_LATER) == later)
            printf("  %-*s  %s\n", width, row->pattern, row->line);
}

static void list_measures(void)
{
    list_measure_rows(false);
    printf("\nshort names, in expect\n");
    for (const struct measure_short *row = measure_shorts; row->said != NULL; row++) {
        bool beginning = g_str_has_suffix(row->said, ".");
        g_autofree char *said = g_strconcat(row->said, beginning ? "X" : NULL, NULL);
        printf("  %-14s %s%s%s%s\n", said, row->meant, beginning ? "X" : "", row->line != NULL ? ": " : "",
               row->line != NULL ? row->line : "");
    }
    printf("\nnot supported yet\n");
    list_measure_rows(true);
}

static void list_key(const struct key *key)
{
    g_autofree char *normal = key->normal != NULL ? g_strdup_printf(" (default %s)", key->normal) : g_strdup("");
    printf("  %-22s %s%s\n", key->name, key->line, normal);
}

/* A head for each place that has such keys, which stand together. */
static void list_keys_that(bool later)
{
    int place = -1;
    for (const struct key *key = keys; key->name != NULL; key++) {
        if ((key->shape == KEY_LATER) != later)
            continue;
        if (key->place != place)
            printf("%s%s%s\n", place < 0 && !later ? "" : "\n", later ? "not supported yet: " : "",
                   key_place_name((enum key_place)key->place));
        place = key->place;
        list_key(key);
    }
}

static void list_keys(void)
{
    list_keys_that(false);
    list_keys_that(true);
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
