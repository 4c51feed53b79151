/* See text_value.h. */
#include "analysis/text_value.h"

#include <math.h>
#include <stdio.h>

void text_seconds(double seconds, char text[24])
{
    if (isnan(seconds))
        snprintf(text, 24, "-");
    else if (seconds == 0)
        snprintf(text, 24, "0 s");
    else if (seconds < 1e-3)
        snprintf(text, 24, "%.1f us", seconds * 1e6);
    else if (seconds < 1)
        snprintf(text, 24, "%.2f ms", seconds * 1e3);
    else if (seconds < 1000)
        snprintf(text, 24, "%.3f s", seconds);
    else
        snprintf(text, 24, "%.0f s", seconds);
}

void text_share(double share, char text[24])
{
    if (isnan(share))
        snprintf(text, 24, "-");
    else
        snprintf(text, 24, "%.3f %%", share * 100);
}

void text_count(double count, char text[24])
{
    if (isnan(count))
        snprintf(text, 24, "-");
    else if (count == floor(count))
        snprintf(text, 24, "%.0f", count);
    else
        snprintf(text, 24, "%.2f", count);
}

/* What one of the unit is of the value's own, and its name. */
static double value_unit(enum measure_kind kind, double size, const char **ret_name)
{
    bool seconds = kind == MEASURE_SECONDS;
    *ret_name = kind == MEASURE_SHARE ? " %" : !seconds ? "" : size < 1e-3 ? " us" : size < 1 ? " ms" : " s";
    return kind == MEASURE_SHARE ? 100 : !seconds ? 1 : size < 1e-3 ? 1e6 : size < 1 ? 1e3 : 1;
}

char *text_value(enum measure_kind kind, double value)
{
    const char *unit;
    double scale = value_unit(kind, value == 0 ? 1 : fabs(value), &unit);
    return g_strdup_printf(kind == MEASURE_COUNT ? "%.0f%s" : "%.6g%s", value * scale, unit);
}

char *text_interval(enum measure_kind kind, const struct interval *interval, bool sign)
{
    const char *unit;
    bool bare = isnan(interval->half_width);
    double scale = value_unit(kind, fmax(fabs(interval->mean), bare ? 0 : interval->half_width), &unit);
    double mean = interval->mean * scale, half_width = interval->half_width * scale;
    if (isnan(mean))
        return g_strdup("-");
    int digits = bare || half_width <= 0 ? 2 : 1 - (int)floor(log10(half_width));
    digits = CLAMP(digits, 0, 4);
    if (mean == 0 && !(half_width > 0) && kind == MEASURE_SECONDS)
        return g_strdup("0 s");
    if (mean == 0 && !(half_width > 0))
        return g_strdup_printf("0%s", unit);
    if (bare || half_width <= 0)
        return g_strdup_printf(sign ? "%+.4g%s" : "%.4g%s", mean, unit);
    return g_strdup_printf(sign ? "%+.*f +- %.*f%s" : "%.*f +- %.*f%s", digits, mean, digits, half_width, unit);
}
