/* crashq plot: a figure of results, drawn by gnuplot: the data and their ranges come from here, the look from a
 * template in plots/. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "sim/cli/figure.h"
#include "sim/plan/keys.h"

/* Beside the program, where it was built, or where it was installed. NULL: nowhere. */
static char *template_find(const char *name)
{
    static const char *const places[] = {"plots", "../../plots", "../share/crashq/plots"};
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *directory = g_path_get_dirname(program != NULL ? program : ".");
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *path = g_build_filename(directory, places[i], name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
            return g_steal_pointer(&path);
    }
    fprintf(stderr, "crashq: there is no plots/%s beside %s\n", name, program != NULL ? program : "the program");
    return NULL;
}

static const char *figure_kind(const char *file)
{
    static const char *const kinds[] = {"svg", "png", "pdf"};
    const char *dot = strrchr(file, '.');
    for (size_t i = 0; dot != NULL && i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(dot + 1, kinds[i]) == 0)
            return kinds[i];
    return NULL;
}

/* Its script on standard input. False after it has said why. */
static gboolean gnuplot_run(const char *program, const char *script)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL, *said = NULL;
    int status = 0;
    gint in = g_file_open_tmp(NULL, &path, &error);
    if (in < 0 || !g_file_set_contents(path, script, -1, &error)) {
        fprintf(stderr, "crashq: %s\n", error->message);
        return FALSE;
    }
    close(in);
    char *words[] = {(char *)(guintptr)program, path, NULL};
    gboolean ran =
        g_spawn_sync(NULL, words, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &said, &status, &error);
    gboolean good = ran && g_spawn_check_wait_status(status, NULL);
    g_unlink(path);
    if (!good)
        fprintf(stderr, "crashq: gnuplot failed: %s\n", ran ? said : error->message);
    return good;
}

/* Drawn beside its place and moved there. */
static int figure_draw(const struct figure *figure, const char *file, const char *kind)
{
    g_autofree char *program = g_find_program_in_path("gnuplot");
    if (program == NULL) {
        fprintf(stderr, "crashq: plot needs gnuplot, which is not installed: apt-get install gnuplot-nox\n");
        return EXIT_IO;
    }
    g_autofree char *look = template_find("timeline.gp");
    if (look == NULL)
        return EXIT_IO;
    g_autofree char *drawing = g_strdup_printf("%s.%d.new", file, (int)getpid());
    g_autofree char *script = figure_script(figure, drawing, kind, look);
    FILE *place = fopen(drawing, "wx"); /* gnuplot's own words about it are a screen of its script */
    if (place == NULL) {
        fprintf(stderr, "crashq: cannot write %s: %s\n", file, g_strerror(errno));
        return EXIT_IO;
    }
    fclose(place);
    gboolean drawn = gnuplot_run(program, script);
    if (drawn && g_rename(drawing, file) == 0)
        return EXIT_HELD;
    if (drawn)
        fprintf(stderr, "crashq: cannot write %s: %s\n", file, g_strerror(errno));
    g_unlink(drawing);
    return EXIT_IO;
}

const char *const plot_kinds[][2] = {
    {"timeline", "offered and confirmed rate, confirm latency and waiting messages over time, faults shaded"},
    {NULL, NULL},
};

static gboolean kind_known(const char *kind)
{
    for (size_t i = 0; kind != NULL && plot_kinds[i][0] != NULL; i++)
        if (strcmp(plot_kinds[i][0], kind) == 0)
            return TRUE;
    return FALSE;
}

static void kind_refused(const char *kind)
{
    struct nearest nearest = {.text = kind != NULL ? kind : ""};
    g_autoptr(GString) known = g_string_new(NULL);
    for (size_t i = 0; plot_kinds[i][0] != NULL; i++) {
        nearest_offer(&nearest, plot_kinds[i][0]);
        g_string_append_printf(known, "%s%s", i == 0 ? "" : ", ", plot_kinds[i][0]);
    }
    if (kind == NULL)
        fprintf(stderr, "crashq: plot which kind of figure? --kind KIND, of: %s\n", known->str);
    else if (nearest.best != NULL)
        fprintf(stderr, "crashq: plot draws no figure of kind '%s', did you mean '%s'?\n", kind, nearest.best);
    else
        fprintf(stderr, "crashq: plot draws no figure of kind '%s'; the kinds are: %s\n", kind, known->str);
}

/* False after it has said that there is none. */
static gboolean figure_directory_there(const char *file)
{
    g_autofree char *directory = g_path_get_dirname(file);
    if (g_file_test(directory, G_FILE_TEST_IS_DIR))
        return TRUE;
    g_autofree char *quoted = g_shell_quote(directory);
    fprintf(stderr, "crashq: there is no directory %s for the figure; make it: mkdir -p %s\n", directory, quoted);
    return FALSE;
}

static gboolean plot_words_good(const struct options *options)
{
    if (options->files->len == 0)
        fprintf(stderr, "crashq: plot which result? Try: crashq plot out/latest --kind timeline -o figure.svg\n");
    else if (!kind_known(options->kind))
        kind_refused(options->kind);
    else if (options->figure == NULL || figure_kind(options->figure) == NULL)
        fprintf(stderr, "crashq: plot writes -o FILE.svg, FILE.png or FILE.pdf\n");
    else
        return figure_directory_there(options->figure);
    return FALSE;
}

int command_plot(int argc, char **argv)
{
    struct options options;
    if (!options_parse(&options, "plot", argc, argv))
        return EXIT_USAGE;
    int status = EXIT_USAGE;
    if (plot_words_good(&options)) {
        struct figure *figure = figure_read(options.files, &status);
        if (figure != NULL)
            status = figure_draw(figure, options.figure, figure_kind(options.figure));
        if (status == EXIT_HELD && !options.quiet)
            printf("written  %s\n", options.figure);
        figure_free(figure);
    }
    options_clear(&options);
    return status;
}
