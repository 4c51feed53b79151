#include "sim/plan/path.h"

#include <string.h>

#define PLAIN G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-"

static void part_clear(void *data)
{
    g_free(((struct path_part *)data)->text);
}

/* One part from *at on, quoted or plain; moves *at behind it. */
static char *part_take(const char **at, struct path_part *ret)
{
    const char *start = *at;
    ret->quoted = *start == '"';
    if (ret->quoted) {
        const char *close = strchr(++start, '"');
        if (!close)
            return g_strdup("a double quote that is not closed");
        ret->text = g_strndup(start, (size_t)(close - start));
        *at = close + 1;
        return NULL;
    }
    size_t length = strspn(start, PLAIN);
    if (length == 0)
        return g_strdup(*start
                            ? "a name was expected here; one with other characters than letters, digits, '_' and '-' "
                              "stands in double quotes"
                            : "a name was expected here");
    ret->text = g_strndup(start, length);
    *at = start + length;
    return NULL;
}

GArray *path_split(const char *path, uint32_t *ret_offset, char **ret_problem)
{
    g_autoptr(GArray) parts = g_array_new(FALSE, FALSE, sizeof(struct path_part));
    g_array_set_clear_func(parts, part_clear);
    const char *at = path;
    for (;;) {
        struct path_part part = {.offset = (uint32_t)g_utf8_pointer_to_offset(path, at)};
        *ret_offset = part.offset;
        *ret_problem = part_take(&at, &part);
        if (*ret_problem)
            return NULL;
        g_array_append_val(parts, part);
        *ret_offset = (uint32_t)g_utf8_pointer_to_offset(path, at);
        if (*at == '\0')
            return g_steal_pointer(&parts);
        if (*at++ != '.') {
            *ret_problem =
                g_strdup("a dot was expected here; a name with other characters than letters, digits, '_' and '-' "
                         "stands in double quotes");
            return NULL;
        }
    }
}

bool path_name_is_plain(const char *name)
{
    return name[0] != '\0' && name[strspn(name, PLAIN)] == '\0';
}

bool path_names_equal(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (*a != *b && !(strchr("-_", *a) && strchr("-_", *b)))
            return false;
    return *a == *b;
}
