/* A distribution is a name and one or two arguments, each perhaps behind a word: normal(5ms sd 1ms). Commas count
 * as spaces, so a quoted "uniform(1ms, 3ms)" means what it says; unquoted in a flow mapping YAML cuts it in two,
 * and yaml_tree.c tells. */
#include "sim/plan/distribution.h"

#include <glib.h>
#include <string.h>

#include "sim/plan/problem.h"
#include "sim/plan/value.h"

enum { TEXT_MAX = 1000 };

const struct distribution_form distribution_forms[] = {
    {"uniform", "", "..", VARIATE_UNIFORM, false, "uniform(1ms..3ms)", "any value between the two, all equally likely"},
    {"exponential", "", NULL, VARIATE_EXPONENTIAL, false, "exponential(2ms)", "memoryless, with this mean"},
    {"normal", "", "sd", VARIATE_NORMAL, false, "normal(5ms sd 1ms)",
     "mean and standard deviation; below 0 counts as 0"},
    {"lognormal", "median", "p99", VARIATE_LOGNORMAL, false, "lognormal(median 1ms p99 8ms)",
     "a long tail, as latencies have"},
    {"pareto", "", "shape", VARIATE_PARETO, true, "pareto(1ms shape 1.5)",
     "least value and shape; infinite mean up to shape 1"},
    {"weibull", "", "shape", VARIATE_WEIBULL, true, "weibull(1ms shape 2)",
     "scale and shape; below shape 1 failures come in flocks"},
    {"empirical", "", NULL, VARIATE_EMPIRICAL, false, "empirical(file.csv)", "measured values, each equally likely"},
    {NULL, NULL, NULL, 0, false, NULL, NULL},
};

static const struct distribution_form *form_find(const char *name, size_t length)
{
    for (const struct distribution_form *form = distribution_forms; form->name; form++)
        if (strlen(form->name) == length && strncmp(form->name, name, length) == 0)
            return form;
    return NULL;
}

/* The words between the parentheses; `..` is one of its own. */
static GPtrArray *arguments_split(const char *inside)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    for (inside += strspn(inside, " ,"); *inside; inside += strspn(inside, " ,")) {
        size_t word = strcspn(inside, " ,");
        const char *dots = strstr(inside, "..");
        if (dots == inside)
            word = 2;
        else if (dots && dots < inside + word)
            word = (size_t)(dots - inside);
        g_ptr_array_add(words, g_strndup(inside, word));
        inside += word;
    }
    return words;
}

/* The position behind one argument and its word, or 0 when they are not there. */
static guint argument_take(const GPtrArray *words, guint at, const char *word, const char **ret_value)
{
    if (*word && (at >= words->len || !g_str_equal(g_ptr_array_index(words, at), word)))
        return 0;
    at += *word != '\0';
    if (at >= words->len)
        return 0;
    *ret_value = g_ptr_array_index(words, at);
    return at + 1;
}

/* Sets `ret_first` and `ret_second` (NULL without one), or says which form was meant. */
static char *arguments_match(const struct distribution_form *form, const GPtrArray *words, const char **ret_first,
                             const char **ret_second)
{
    guint at = argument_take(words, 0, form->first, ret_first);
    *ret_second = NULL;
    if (at > 0 && form->second) {
        /* "uniform(1ms, 3ms)": the comma stands for the two dots */
        bool comma = form->kind == VARIATE_UNIFORM && words->len == 2;
        at = argument_take(words, at, comma ? "" : form->second, ret_second);
    }
    if (at == 0 || at != words->len)
        return g_strdup_printf("%s is written %s", form->name, form->example);
    return NULL;
}

static char *bounds_check(const struct variate *variate)
{
    switch (variate->kind) {
    case VARIATE_UNIFORM:
        return variate->a > variate->b ? g_strdup("uniform: the first value is the lower one") : NULL;
    case VARIATE_LOGNORMAL:
        if (variate->a <= 0 || variate->b <= variate->a)
            return g_strdup("lognormal: the median is above 0 and the p99 above the median");
        return NULL;
    case VARIATE_PARETO:
    case VARIATE_WEIBULL:
        if (variate->a <= 0 || variate->c_ppm < 10000 || variate->c_ppm > 100000000)
            return g_strdup_printf("%s: the duration is above 0 and the shape between 0.01 and 100",
                                   variate->kind == VARIATE_PARETO ? "pareto" : "weibull");
        return NULL;
    default:
        return NULL;
    }
}

static char *arguments_read(const struct distribution_form *form, const GPtrArray *words, struct variate *ret)
{
    const char *first = NULL, *second = NULL;
    struct variate variate = {.kind = form->kind};
    char *problem = arguments_match(form, words, &first, &second);
    if (!problem)
        problem = value_duration(first, &variate.a);
    if (!problem && second)
        problem = form->shape ? value_number(second, &variate.c_ppm) : value_duration(second, &variate.b);
    if (!problem)
        problem = bounds_check(&variate);
    if (!problem)
        *ret = variate;
    return problem;
}

char *distribution_read(const char *text, struct variate *ret, char **ret_file)
{
    *ret_file = NULL;
    const char *open = strchr(text, '(');
    size_t length = strlen(text);
    if (!open) {
        int64_t ns;
        char *problem = value_duration(text, &ns);
        if (!problem)
            *ret = variate_constant(ns);
        return problem;
    }
    g_autofree char *shown = problem_shown(text);
    if (length > TEXT_MAX)
        return g_strdup_printf("'%s' is too long", shown);
    const struct distribution_form *form = form_find(text, (size_t)(open - text));
    if (!form)
        return g_strdup_printf(
            "'%s' is no distribution: there are uniform, exponential, normal, lognormal, pareto, weibull "
            "and empirical",
            shown);
    if (text[length - 1] != ')')
        return g_strdup_printf("'%s' lacks its closing parenthesis; a distribution with a comma stands in quotes",
                               shown);
    g_autofree char *inside = g_strndup(open + 1, length - 1 - (size_t)(open + 1 - text));
    if (form->kind != VARIATE_EMPIRICAL) {
        g_autoptr(GPtrArray) words = arguments_split(inside);
        return arguments_read(form, words, ret);
    }
    if (!*g_strstrip(inside))
        return g_strdup_printf("%s is written %s", form->name, form->example);
    *ret = (struct variate){.kind = VARIATE_EMPIRICAL};
    *ret_file = g_steal_pointer(&inside);
    return NULL;
}

char *distribution_text(const struct variate *variate, const char *file)
{
    g_autofree char *first = duration_text(variate->a);
    if (variate->kind == VARIATE_CONSTANT)
        return g_steal_pointer(&first);
    const struct distribution_form *form = distribution_forms;
    while (form->kind != variate->kind)
        form++;
    if (variate->kind == VARIATE_EMPIRICAL)
        return g_strdup_printf("%s(%s)", form->name, file);
    g_autofree char *second = form->shape ? decimal_text((uint64_t)variate->c_ppm, 6) : duration_text(variate->b);
    if (!form->second)
        return g_strdup_printf("%s(%s)", form->name, first);
    if (variate->kind == VARIATE_UNIFORM)
        return g_strdup_printf("%s(%s..%s)", form->name, first, second);
    return g_strdup_printf("%s(%s%s%s %s %s)", form->name, form->first, *form->first ? " " : "", first, form->second,
                           second);
}
