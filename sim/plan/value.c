/* Numbers with units. Every unit is a table of names and whole factors; the rest is one multiplication in 128 bits
 * that must come out whole. */
#include "sim/plan/value.h"

#include <string.h>

#include "models/base/units.h"
#include "sim/plan/problem.h"

__extension__ typedef unsigned __int128 wide;

enum { DIGITS_MAX = 19 };

struct unit {
    const char *name;
    uint64_t factor;
};

/* What one unit is worth; ends with no name. The first of equal names is the one that is written. */
static const struct unit durations[] = {{"ns", 1},
                                        {"us", NS_PER_US},
                                        {"ms", NS_PER_MS},
                                        {"s", NS_PER_S},
                                        {"m", 60 * NS_PER_S},
                                        {"h", 3600 * NS_PER_S},
                                        {"d", 86400 * NS_PER_S},
                                        {NULL, 0}};
static const struct unit sizes[] = {{"B", 1},     {"KiB", 1024}, {"MiB", 1024 * 1024}, {"GiB", 1024 * 1024 * 1024},
                                    {"kB", 1000}, {"KB", 1000},  {"MB", 1000 * 1000},  {"GB", 1000 * 1000 * 1000},
                                    {NULL, 0}};

static const struct unit *unit_find(const struct unit *units, const char *name)
{
    for (; units->name; units++)
        if (g_str_equal(units->name, name))
            return units;
    return NULL;
}

static char *wrong(const char *text, const char *what)
{
    g_autofree char *shown = problem_shown(text);
    return g_strdup_printf("'%s' is not %s", shown, what);
}

/* For a text that does not start with a number. */
static char *no_number(const char *text, const char *what)
{
    if (text[0] == '0' && g_ascii_isdigit(text[1])) /* 010 is 8 to some readers of YAML, and 10 to others */
        return wrong(text, "a number: write it without leading zeros");
    return wrong(text, what);
}

bool decimal_scan(const char **at, struct decimal *ret)
{
    const char *c = *at;
    struct decimal number = {0, 0};
    unsigned digits = 0;
    bool point = false;
    if (c[0] == '0' && g_ascii_isdigit(c[1]))
        return false;
    for (; g_ascii_isdigit(*c) || (*c == '.' && !point && digits > 0 && g_ascii_isdigit(c[1])); c++) {
        if (*c == '.') {
            point = true;
            continue;
        }
        if (digits++ == DIGITS_MAX)
            return false;
        number.digits = number.digits * 10 + (uint64_t)(*c - '0');
        number.scale += point;
    }
    if (digits == 0)
        return false;
    *at = c;
    *ret = number;
    return true;
}

static uint64_t power_of_ten(unsigned exponent)
{
    uint64_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

bool decimal_scale(struct decimal number, uint64_t factor, uint64_t *ret)
{
    wide product = (wide)number.digits * factor;
    uint64_t divisor = power_of_ten(number.scale);
    if (product % divisor != 0 || product / divisor > UINT64_MAX)
        return false;
    *ret = (uint64_t)(product / divisor);
    return true;
}

char *decimal_text(uint64_t digits, unsigned scale)
{
    while (scale > 0 && digits % 10 == 0) {
        digits /= 10;
        scale--;
    }
    uint64_t power = power_of_ten(scale);
    if (scale == 0)
        return g_strdup_printf("%" G_GUINT64_FORMAT, digits);
    return g_strdup_printf("%" G_GUINT64_FORMAT ".%0*" G_GUINT64_FORMAT, digits / power, (int)scale, digits % power);
}

/* ---- readers ---- */

char *value_duration(const char *text, int64_t *ret_ns)
{
    const char *at = text;
    struct decimal number;
    if (!decimal_scan(&at, &number))
        return no_number(text, "a duration: write a number and a unit, such as 10s, 1.5ms or 250us");
    if (number.digits == 0 && *at == '\0') {
        *ret_ns = 0;
        return NULL;
    }
    if (*at == '\0')
        return g_strdup_printf("a duration needs a unit: write %ss, %sms or %sus", text, text, text);
    const struct unit *unit = unit_find(durations, at);
    if (!unit && *at == ':')
        return wrong(text, "a duration: write one number and one unit, such as 90s or 1.5h");
    if (!unit)
        return wrong(text,
                     "a duration: the units are ns, us, ms, s, m (minutes), h and d, and no space stands before them");
    uint64_t ns;
    if ((wide)number.digits * unit->factor / power_of_ten(number.scale) > (wide)DURATION_MAX_NS)
        return wrong(text, "a duration below 100 years");
    if (!decimal_scale(number, unit->factor, &ns))
        return g_strdup_printf("'%s' is finer than a nanosecond", text);
    *ret_ns = (int64_t)ns;
    return NULL;
}

char *value_size(const char *text, uint64_t *ret_bytes)
{
    const char *at = text;
    struct decimal number;
    if (!decimal_scan(&at, &number))
        return no_number(text, "a size: write a number and a unit, such as 256B or 4KiB");
    if (*at == '\0')
        return g_strdup_printf("a size needs a unit: write %sB, %sKiB or %sMB", text, text, text);
    const struct unit *unit = unit_find(sizes, at);
    if (!unit)
        return wrong(text, "a size: the units are B, KiB, MiB, GiB, kB, MB and GB, and no space stands before them");
    if (!decimal_scale(number, unit->factor, ret_bytes))
        return wrong(text, "a whole number of bytes");
    return NULL;
}

char *value_bandwidth(const char *text, uint64_t *ret_bytes_per_s)
{
    uint64_t bytes_per_s = 0;
    if (!g_str_equal(text, "unlimited")) {
        if (!g_str_has_suffix(text, "/s"))
            return wrong(text, "a bandwidth: write a size per second, such as 100MB/s, or unlimited");
        g_autofree char *size = g_strndup(text, strlen(text) - 2);
        char *problem = value_size(size, &bytes_per_s);
        if (problem)
            return problem;
        if (bytes_per_s == 0)
            return g_strdup("a bandwidth is more than nothing: write unlimited to switch the limit off");
    }
    *ret_bytes_per_s = bytes_per_s;
    return NULL;
}

/* 0.1 may be meant as a part of 1, or the sign was forgotten. */
static char *share_without_sign(const char *text, struct decimal number)
{
    uint64_t percent_e6;
    if (number.scale == 0 || !decimal_scale(number, 100000000, &percent_e6) || percent_e6 > 100000000)
        return g_strdup_printf("a share needs its percent sign: write %s%%", text);
    g_autofree char *percent = decimal_text(percent_e6, 6);
    return g_strdup_printf("a share needs its percent sign: write %s%% if %s of the whole is meant, otherwise %s%%",
                           percent, text, text);
}

char *value_share(const char *text, uint32_t *ret_ppm)
{
    const char *at = text;
    struct decimal number;
    if (!decimal_scan(&at, &number))
        return no_number(text, "a share: write a percentage, such as 0.1%");
    if (*at == '\0' && number.digits > 0)
        return share_without_sign(text, number);
    if (*at != '\0' && !g_str_equal(at, "%"))
        return wrong(text, "a share: write a percentage, such as 0.1%");
    uint64_t ppm;
    if (number.digits / power_of_ten(number.scale) > 100)
        return wrong(text, "a share: it is at most 100%");
    if (!decimal_scale(number, 10000, &ppm))
        return wrong(text, "a share: the finest is 0.0001%");
    if (ppm > 1000000)
        return wrong(text, "a share: it is at most 100%");
    *ret_ppm = (uint32_t)ppm;
    return NULL;
}

char *value_count(const char *text, uint64_t *ret)
{
    bool padded = text[0] == '0' && text[1] != '\0', digits = text[strspn(text, G_CSET_DIGITS)] == '\0';
    if (padded || !g_ascii_string_to_unsigned(text, 10, 0, UINT64_MAX, ret, NULL)) {
        if (!padded && digits && text[0] != '\0')
            return wrong(text, "a count that fits: the greatest is 18446744073709551615");
        return no_number(text, "a count: write a whole number in digits");
    }
    return NULL;
}

static const struct unit rate_units[] = {
    {"/s", NS_PER_S}, {"/m", 60 * NS_PER_S}, {"/h", 3600 * NS_PER_S}, {"/d", 86400 * NS_PER_S}, {NULL, 0}};

#define RATE_INTERVAL_MAX_NS (INT64_C(100) * 86400 * NS_PER_S)

/* The interval of `digits` / 10^scale events per `factor` ns, to the nearest nanosecond. */
static wide rate_interval(uint64_t digits, unsigned scale, uint64_t factor)
{
    return ((wide)factor * power_of_ten(scale) + digits / 2) / digits;
}

char *value_rate(const char *text, int64_t *ret_interval_ns)
{
    const char *at = text;
    struct decimal number;
    if (!decimal_scan(&at, &number))
        return no_number(text, "a rate: write a number and a unit, such as 200/s or 10/m");
    if (*at == '\0')
        return g_strdup_printf("a rate needs a unit: write %s/s, %s/m or %s/h", text, text, text);
    const struct unit *unit = unit_find(rate_units, at);
    if (!unit)
        return wrong(text, "a rate: the units are /s, /m, /h and /d");
    wide interval = number.digits == 0 ? 0 : rate_interval(number.digits, number.scale, unit->factor);
    if (interval < 1 || interval > (wide)RATE_INTERVAL_MAX_NS)
        return wrong(text, "a rate between one in 100 days and 1000000000/s");
    *ret_interval_ns = (int64_t)interval;
    return NULL;
}

char *value_number(const char *text, int64_t *ret_ppm)
{
    const char *at = text;
    struct decimal number;
    uint64_t ppm;
    if (!decimal_scan(&at, &number) || *at != '\0' || !decimal_scale(number, 1000000, &ppm) || ppm > INT64_MAX / 1000)
        return wrong(text, "a number with at most six decimals");
    *ret_ppm = (int64_t)ppm;
    return NULL;
}

char *value_bool(const char *text, bool *ret)
{
    uint8_t index;
    char *problem = value_word(text, "true|false", &index);
    if (!problem)
        *ret = index == 0;
    return problem;
}

char *value_word(const char *text, const char *words, uint8_t *ret_index)
{
    g_auto(GStrv) all = g_strsplit(words, "|", -1);
    g_autoptr(GString) allowed = g_string_new(NULL);
    for (uint8_t i = 0; all[i]; i++) {
        if (g_str_equal(all[i], text)) {
            *ret_index = i;
            return NULL;
        }
        if (all[i][0] == '!' && g_str_equal(all[i] + 1, text))
            return g_strdup_printf("'%s' is not supported yet", text);
        bool last = !all[i + 1] || all[i + 1][0] == '!';
        if (all[i][0] != '!')
            g_string_append_printf(allowed, "%s%s", i == 0 ? "" : last ? " or " : ", ", all[i]);
    }
    g_autofree char *shown = problem_shown(text);
    return g_strdup_printf("'%s' is not allowed here: write %s", shown, allowed->str);
}

/* ---- writers ---- */

char *duration_text(int64_t ns)
{
    static const struct {
        int64_t factor;
        const char *unit;
    } whole[] = {{86400 * NS_PER_S, "d"}, {3600 * NS_PER_S, "h"}};
    static const char *const fractions[] = {"ns", "us", "ms", "s"};
    for (size_t i = 0; i < G_N_ELEMENTS(whole); i++)
        if (ns > 0 && ns % whole[i].factor == 0)
            return g_strdup_printf("%" G_GINT64_FORMAT "%s", ns / whole[i].factor, whole[i].unit);
    unsigned thousands = ns == 0 || ns >= NS_PER_S ? 3 : ns >= NS_PER_MS ? 2 : ns >= NS_PER_US ? 1 : 0;
    g_autofree char *number = decimal_text((uint64_t)ns, 3 * thousands);
    return g_strconcat(number, fractions[thousands], NULL);
}

char *size_text(uint64_t bytes)
{
    static const char *const descending[] = {"GB", "GiB", "MB", "MiB", "kB", "KiB"};
    for (size_t i = 0; i < G_N_ELEMENTS(descending); i++) {
        uint64_t factor = unit_find(sizes, descending[i])->factor;
        if (bytes > 0 && bytes % factor == 0)
            return g_strdup_printf("%" G_GUINT64_FORMAT "%s", bytes / factor, descending[i]);
    }
    return g_strdup_printf("%" G_GUINT64_FORMAT "B", bytes);
}

char *share_text(uint32_t ppm)
{
    g_autofree char *number = decimal_text(ppm, 4);
    return g_strconcat(number, "%", NULL);
}

/* The rate with the fewest decimals whose interval is this one. One with as many digits as the interval always is. */
char *rate_text(int64_t interval_ns)
{
    for (unsigned scale = 0; scale < DIGITS_MAX; scale++)
        for (const struct unit *unit = rate_units; unit->name; unit++) {
            wide digits =
                ((wide)unit->factor * power_of_ten(scale) + (uint64_t)interval_ns / 2) / (uint64_t)interval_ns;
            if (digits == 0 || digits >= power_of_ten(DIGITS_MAX))
                continue;
            if (rate_interval((uint64_t)digits, scale, unit->factor) != (wide)interval_ns)
                continue;
            g_autofree char *number = decimal_text((uint64_t)digits, scale);
            return g_strconcat(number, unit->name, NULL);
        }
    g_assert_not_reached();
}

char *word_text(const char *words, uint8_t index)
{
    g_auto(GStrv) all = g_strsplit(words, "|", -1);
    return g_strdup(all[index]);
}
