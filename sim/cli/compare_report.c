/* A comparison as a person reads it, and as a program does. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/bootstrap.h"
#include "analysis/json.h"
#include "analysis/text_value.h"
#include "sim/cli/compare.h"

#define NAME_WIDTH 34
#define CELL_WIDTH 22

static const char *variant_name(const struct comparing *comparing, guint variant)
{
    return experiment_variant(comparing->experiments->pdata[variant]);
}

static enum measure_kind measure_kind_of(const struct comparing *comparing, const char *path)
{
    for (guint variant = 0; variant < comparing->experiments->len; variant++)
        for (guint64 seed = 0; seed < comparing->seeds; seed++) {
            const struct measure *measure = measures_find(comparing->runs[variant][seed], path);
            if (measure->kind != MEASURE_NULL)
                return measure->kind;
        }
    return MEASURE_NULL;
}

static void table_head(const struct comparing *comparing, guint first)
{
    printf("%-*s", NAME_WIDTH, "");
    for (guint variant = first; variant < comparing->experiments->len; variant++)
        printf(" %*s", CELL_WIDTH, variant_name(comparing, variant));
    printf("\n");
}

static void table_means(const struct comparing *comparing)
{
    const struct comparison *comparison = comparing->comparison;
    printf("\n");
    table_head(comparing, 0);
    for (size_t measure = 0; measure < comparison->measures; measure++) {
        const char *path = comparison->paths[measure];
        printf("%-*s", NAME_WIDTH, path);
        for (size_t variant = 0; variant < comparison->variants; variant++) {
            g_autofree char *text = text_interval(measure_kind_of(comparing, path),
                                                  &comparison_cell(comparison, measure, variant)->mean, false);
            printf(" %*s", CELL_WIDTH, text);
        }
        printf("\n");
    }
}

static void table_differences(const struct comparing *comparing)
{
    const struct comparison *comparison = comparing->comparison;
    printf("\ndifferences to %s, seed by seed, with 95 %% intervals; * real: p < 0.05 after Holm's correction for\n"
           "%zu differences\n",
           variant_name(comparing, 0), comparison->tests);
    table_head(comparing, 1);
    for (size_t measure = 0; measure < comparison->measures; measure++) {
        const char *path = comparison->paths[measure];
        printf("%-*s", NAME_WIDTH, path);
        for (size_t variant = 1; variant < comparison->variants; variant++) {
            const struct compared *cell = comparison_cell(comparison, measure, variant);
            g_autofree char *text = text_interval(measure_kind_of(comparing, path), &cell->difference, true);
            printf(" %*s%s", CELL_WIDTH - 2, text, cell->real ? " *" : "  ");
        }
        printf("\n");
    }
}

static void table_rarities(const struct comparing *comparing)
{
    printf("\nhow likely is a run with ... (Clopper and Pearson's exact interval)\n");
    for (size_t i = 0; compare_rarities[i] != NULL; i++) {
        if (measure_kind_of(comparing, compare_rarities[i]) == MEASURE_NULL)
            continue;
        printf("%s > 0\n", compare_rarities[i]);
        for (guint variant = 0; variant < comparing->experiments->len; variant++) {
            struct rarity rarity = comparison_rarity(compare_rarities[i], comparing->runs[variant], comparing->seeds);
            g_autofree char *text = rarity_text(&rarity);
            printf("  %-16s %6" G_GUINT64_FORMAT " of %-6" G_GUINT64_FORMAT "  %s\n", variant_name(comparing, variant),
                   rarity.hits, rarity.runs, text);
        }
    }
}

static const char *variant_verdict(const struct experiment *experiment, char **ret_vacuous)
{
    int status = experiment_status(experiment, ret_vacuous);
    return status == EXIT_HELD ? "held" : status == EXIT_VACUOUS ? "vacuous" : "violated";
}

static void table_verdicts(const struct comparing *comparing)
{
    printf("\nverdicts\n");
    for (guint variant = 0; variant < comparing->experiments->len; variant++) {
        const struct experiment *experiment = comparing->experiments->pdata[variant];
        g_autofree char *vacuous = NULL;
        const char *verdict = variant_verdict(experiment, &vacuous);
        printf("  %-16s %s%s%s\n", variant_name(comparing, variant), verdict, vacuous != NULL ? ": " : "",
               vacuous != NULL ? vacuous : "");
        for (guint i = 0; i < experiment->expectations->len; i++) {
            const struct expectation_result *result =
                &g_array_index(experiment->expectations, struct expectation_result, i);
            if (result->verdict == EXPECTATION_BROKEN)
                printf("  %-16s BROKEN   %s, got %s (seed %" G_GUINT64_FORMAT ")\n", "", result->expectation->text,
                       result->actual, result->seed);
        }
        const struct run_result *telling = experiment_telling_run(experiment);
        if (run_violated(experiment, telling) != 0)
            printf("  %-16s VIOLATED %s, which is promised (seed %" G_GUINT64_FORMAT ")\n", "",
                   run_broken_property(experiment, telling), telling->seed);
    }
}

void compare_table(const struct comparing *comparing, const struct options *options, const char *file)
{
    bool few = comparing->seeds < BOOTSTRAP_LEAST;
    printf("%s\n%" G_GUINT64_FORMAT " seeds, %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
           ", the same for each variant; means over them with 95 %% intervals\n(%s)\n",
           comparing->name, comparing->seeds, comparing->seed, comparing->seed + comparing->seeds - 1,
           few ? "Student's" : "Student's; of percentiles, by bootstrap over whole seeds");
    if (comparing->seeds < comparing->asked)
        printf("INTERRUPTED after %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
               " seeds: what follows is of those alone\n",
               comparing->seeds, comparing->asked);
    table_means(comparing);
    table_differences(comparing);
    table_rarities(comparing);
    table_verdicts(comparing);
    g_autofree char *again = options_command_line("compare", options, file, comparing->seed);
    printf("\nagain    %s\n", again);
}

/* ---- result.json ---- */

static void json_interval(struct json *json, const char *key, const struct interval *interval)
{
    json_open(json, key, '{');
    json_number(json, "mean", interval->mean);
    json_number(json, "half_width", interval->half_width);
    json_unsigned(json, "count", interval->count);
    json_string(json, "method", interval->bootstrapped ? "bootstrap" : "student");
    json_close(json, '}');
}

static void json_rarities(struct json *json, const struct comparing *comparing, guint variant)
{
    json_open(json, "runs_with", '{');
    for (size_t i = 0; compare_rarities[i] != NULL; i++) {
        struct rarity rarity = comparison_rarity(compare_rarities[i], comparing->runs[variant], comparing->seeds);
        json_open(json, compare_rarities[i], '{');
        json_unsigned(json, "hits", rarity.hits);
        json_unsigned(json, "runs", rarity.runs);
        json_number(json, "low", rarity.bounds.low);
        json_number(json, "high", rarity.bounds.high);
        json_close(json, '}');
    }
    json_close(json, '}');
}

static void json_variants(struct json *json, const struct comparing *comparing)
{
    const struct comparison *comparison = comparing->comparison;
    json_open(json, "variants", '[');
    for (guint variant = 0; variant < comparison->variants; variant++) {
        g_autofree char *vacuous = NULL;
        json_open(json, NULL, '{');
        json_string(json, "name", variant_name(comparing, variant));
        json_string(json, "verdict", variant_verdict(comparing->experiments->pdata[variant], &vacuous));
        json_string(json, "vacuous", vacuous);
        json_open(json, "measures", '{');
        for (size_t measure = 0; measure < comparison->measures; measure++)
            json_interval(json, comparison->paths[measure], &comparison_cell(comparison, measure, variant)->mean);
        json_close(json, '}');
        json_rarities(json, comparing, variant);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void json_differences(struct json *json, const struct comparing *comparing)
{
    const struct comparison *comparison = comparing->comparison;
    json_open(json, "differences", '[');
    for (size_t measure = 0; measure < comparison->measures; measure++)
        for (guint variant = 1; variant < comparison->variants; variant++) {
            const struct compared *cell = comparison_cell(comparison, measure, variant);
            json_open(json, NULL, '{');
            json_string(json, "measure", comparison->paths[measure]);
            json_string(json, "variant", variant_name(comparing, variant));
            json_string(json, "to", variant_name(comparing, 0));
            json_interval(json, "difference", &cell->difference);
            json_number(json, "p", cell->p_value);
            json_number(json, "p_holm", cell->p_corrected);
            json_bool(json, "real", cell->real);
            json_close(json, '}');
        }
    json_close(json, ']');
}

char *compare_json(const struct comparing *comparing, int status)
{
    struct json json = {.text = g_string_new(NULL)};
    json_open(&json, NULL, '{');
    json_unsigned(&json, "schema", 1);
    json_string(&json, "crashq", CRASHQ_VERSION);
    json_string(&json, "scenario", comparing->name);
    json_unsigned(&json, "seed", comparing->seed);
    json_unsigned(&json, "runs", comparing->seeds);
    json_unsigned(&json, "asked", comparing->asked); /* more than there are: interrupted */
    json_string(&json, "verdict", status == EXIT_HELD ? "held" : status == EXIT_VACUOUS ? "vacuous" : "violated");
    json_number(&json, "confidence", COMPARISON_CONFIDENCE);
    json_unsigned(&json, "differences_tested", comparing->comparison->tests);
    json_variants(&json, comparing);
    json_differences(&json, comparing);
    json_close(&json, '}');
    return g_string_free(json.text, FALSE);
}
