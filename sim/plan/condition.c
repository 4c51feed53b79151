/* A condition compares doubles, as result.json holds doubles; but what the file says is read as a decimal and
 * becomes a double in one correctly rounded division, so 0.1 is the same 0.1 everywhere.
 *
 * A duration needs its unit here as elsewhere: `confirm.p99: < 200` would pass for 200 seconds. The exception is `2
 * +- 1%`, the form of theory, where the tolerance shows which unit was meant: seconds, as in result.json. */
#include "sim/plan/condition.h"

#include <string.h>

#include "sim/plan/plan.h"
#include "sim/plan/value.h"

static const struct {
    const char *words;
    uint8_t kind;
} comparisons[] = {
    {"<=", CONDITION_AT_MOST},      {">=", CONDITION_AT_LEAST},      {"<", CONDITION_LESS},
    {">", CONDITION_MORE},          {"=", CONDITION_EQUAL},          {"more than ", CONDITION_MORE},
    {"less than ", CONDITION_LESS}, {"at most ", CONDITION_AT_MOST}, {"at least ", CONDITION_AT_LEAST},
    {"below ", CONDITION_LESS},     {"above ", CONDITION_MORE},      {"exactly ", CONDITION_EQUAL},
};

static double ratio(uint64_t digits, unsigned scale)
{
    double divisor = 1;
    while (scale-- > 0)
        divisor *= 10; /* exact up to 10^22 */
    return (double)digits / divisor;
}

static char *share_read(const char *text, double *ret)
{
    const char *at = text;
    struct decimal number;
    if (!decimal_scan(&at, &number) || (*at != '\0' && !g_str_equal(at, "%")))
        return g_strdup_printf("'%s' is not a share: write 99.9%%", text);
    double share = ratio(number.digits, number.scale + (*at == '%' ? 2 : 0));
    if (share > 1 && *at == '\0' && share <= 100)
        return g_strdup_printf("'%s': a share is at most 1, or 100%%: write %s%%", text, text);
    if (share > 1)
        return g_strdup_printf("'%s': a share is at most 100%%", text);
    *ret = share;
    return NULL;
}

static char *number_read(const char *text, bool whole, double *ret)
{
    const char *at = text;
    struct decimal number;
    if (!decimal_scan(&at, &number))
        return g_strdup_printf("'%s' is not a number", text);
    if (*at != '\0')
        return g_strdup_printf("'%s': this measure has no unit: write a number alone", text);
    if (whole && number.scale > 0)
        return g_strdup_printf("'%s': this measure is a count: write a whole number", text);
    *ret = ratio(number.digits, number.scale);
    return NULL;
}

static char *seconds_read(const char *text, double *ret)
{
    int64_t ns;
    char *problem = value_duration(text, &ns);
    if (!problem)
        *ret = ratio((uint64_t)ns, 9);
    return problem;
}

static char *quantity_read(const char *text, enum measure_unit unit, double *ret)
{
    switch (unit) {
    case MEASURE_SECONDS:
        return seconds_read(text, ret);
    case MEASURE_SHARE:
        return share_read(text, ret);
    default:
        return number_read(text, unit == MEASURE_COUNT, ret);
    }
}

/* "2 +- 1%", "3.7s +- 20ms": the tolerance is a part of the value, or a quantity like it. */
static char *near_read(const char *value, const char *tolerance, enum measure_unit unit, struct condition *ret)
{
    double middle, half;
    g_autofree char *not_bare = number_read(value, false, &middle);
    if (unit == MEASURE_COUNT || (unit == MEASURE_SECONDS && !not_bare))
        unit = MEASURE_NUMBER;
    char *problem = quantity_read(value, unit, &middle);
    if (problem)
        return problem;
    uint32_t ppm;
    if (g_str_has_suffix(tolerance, "%")) {
        problem = value_share(tolerance, &ppm);
        half = problem ? 0 : middle * (double)ppm / 1e6;
    } else {
        problem = quantity_read(tolerance, unit, &half);
    }
    if (!problem && half <= 0)
        problem = g_strdup("a tolerance is above 0");
    if (!problem)
        *ret = (struct condition){CONDITION_NEAR, middle, half};
    return problem;
}

static char *between_read(const char *low, const char *high, enum measure_unit unit, struct condition *ret)
{
    struct condition between = {.kind = CONDITION_BETWEEN};
    char *problem = quantity_read(low, unit, &between.low);
    if (!problem)
        problem = quantity_read(high, unit, &between.high);
    if (!problem && between.low > between.high)
        problem = g_strdup("the first value of a..b is the lower one");
    if (!problem)
        *ret = between;
    return problem;
}

typedef char *(*pair_read)(const char *left, const char *right, enum measure_unit unit, struct condition *ret);

static char *pair_split(const char *text, const char *sign, const char *at, enum measure_unit unit, pair_read read,
                        struct condition *ret)
{
    g_autofree char *left = g_strstrip(g_strndup(text, (size_t)(at - text)));
    g_autofree char *right = g_strstrip(g_strdup(at + strlen(sign)));
    return read(left, right, unit, ret);
}

char *condition_read(const char *text, enum measure_unit unit, struct condition *ret)
{
    const char *near = strstr(text, "+-"), *between = strstr(text, "..");
    if (near)
        return pair_split(text, "+-", near, unit, near_read, ret);
    if (between)
        return pair_split(text, "..", between, unit, between_read, ret);
    struct condition condition = {.kind = CONDITION_EQUAL};
    const char *value = text;
    for (size_t i = 0; i < G_N_ELEMENTS(comparisons) && value == text; i++)
        if (g_str_has_prefix(text, comparisons[i].words)) {
            condition.kind = comparisons[i].kind;
            value += strlen(comparisons[i].words);
        }
    value += strspn(value, " ");
    if (!g_ascii_isdigit(*value))
        return g_strdup(
            "a condition is written 0, < 200ms, 2..3, 2 +- 1%, more than 0, at most 5, at least 99.9%, below or above");
    char *problem = quantity_read(value, unit, &condition.low);
    if (!problem)
        *ret = condition;
    return problem;
}
