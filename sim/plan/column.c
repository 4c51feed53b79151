/* A column of times is read as exact decimals: 0.001343 under `time_s` is 1,343,000 ns on every machine. Digits
 * beyond the nanosecond are rounded here, since a measured value has no exact one. Only regular files, up to a
 * bound: a device never ends. */
#include "sim/plan/column.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/base/units.h"
#include "sim/plan/value.h"

__extension__ typedef unsigned __int128 wide;

enum { FILE_MAX_BYTES = 256 << 20 };

static char *file_map(const char *path, const char *name, GMappedFile **ret)
{
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat about;
    if (file < 0 || fstat(file, &about) < 0 || !S_ISREG(about.st_mode)) {
        if (file >= 0)
            close(file);
        return g_strdup_printf("cannot read '%s': %s", name, file < 0 ? g_strerror(errno) : "it is no regular file");
    }
    bool fits = about.st_size > 0 && about.st_size <= FILE_MAX_BYTES;
    *ret = fits ? g_mapped_file_new_from_fd(file, FALSE, NULL) : NULL;
    close(file);
    return *ret ? NULL : g_strdup_printf("cannot read '%s': it is empty, or larger than 256 MiB", name);
}

/* The nanoseconds of the unit at the end of a header's name; 0 without one. */
static uint64_t header_unit(const char *name, size_t length)
{
    static const struct {
        const char *ending;
        uint64_t factor;
    } units[] = {{"_ns", 1}, {"_us", NS_PER_US}, {"_ms", NS_PER_MS}, {"_s", NS_PER_S}};
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        size_t ending = strlen(units[i].ending);
        if (length > ending && strncmp(name + length - ending, units[i].ending, ending) == 0)
            return units[i].factor;
    }
    return 0;
}

/* number * factor, rounded to nearest; false beyond a century. */
static bool time_read(const char **at, uint64_t factor, int64_t *ret_ns)
{
    struct decimal number;
    if (!decimal_scan(at, &number))
        return false;
    wide product = (wide)number.digits * factor;
    for (; number.scale > 1; number.scale--)
        product /= 10;
    if (number.scale == 1)
        product = (product + 5) / 10;
    *ret_ns = (int64_t)product;
    return product <= (uint64_t)DURATION_MAX_NS;
}

static bool size_read(const char **at, uint32_t *ret)
{
    struct decimal number;
    if (**at != ',')
        return false;
    (*at)++;
    if (!decimal_scan(at, &number) || number.scale > 0 || number.digits == 0 || number.digits > UINT32_MAX)
        return false;
    *ret = (uint32_t)number.digits;
    return true;
}

static char *rows_read(const char *name, char *text, uint64_t factor, bool sized, struct columns *ret)
{
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(GArray) sizes = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    unsigned line = 2;
    for (char *row = text, *end; row && *row; row = end, line++) {
        end = strchr(row, '\n');
        if (end)
            *end++ = '\0';
        const char *at = row;
        int64_t ns;
        uint32_t size = 0;
        bool good = time_read(&at, factor, &ns) && (!sized || size_read(&at, &size));
        at += good && *at == '\r';
        if (!good || *at != '\0')
            return g_strdup_printf("'%s', line %u: %s expected", name, line, sized ? "TIME,SIZE" : "one number");
        g_array_append_val(times, ns);
        g_array_append_val(sizes, size);
    }
    if (times->len == 0)
        return g_strdup_printf("'%s' has no rows", name);
    ret->count = times->len;
    ret->times_ns = (int64_t *)(void *)g_array_free(g_steal_pointer(&times), FALSE);
    ret->sizes = sized ? (uint32_t *)(void *)g_array_free(g_steal_pointer(&sizes), FALSE) : NULL;
    return NULL;
}

char *columns_read(const char *directory, const char *name, struct columns *ret)
{
    g_autofree char *path = g_path_is_absolute(name) ? g_strdup(name) : g_build_filename(directory, name, NULL);
    g_autoptr(GMappedFile) file = NULL;
    char *problem = file_map(path, name, &file);
    if (problem)
        return problem;
    gsize length = g_mapped_file_get_length(file);
    g_autofree char *text = g_strndup(g_mapped_file_get_contents(file), length);
    if (strlen(text) < length)
        return g_strdup_printf("'%s' has a NUL byte in it: it is no text", name);
    size_t header = strcspn(text, "\r\n"), first = strcspn(text, ",\r\n");
    uint64_t factor = header_unit(text, first);
    bool sized = first < header;
    static const char size_name[] = ",size_bytes";
    bool known =
        !sized || (header - first == strlen(size_name) && strncmp(text + first, size_name, strlen(size_name)) == 0);
    if (factor == 0 || !known)
        return g_strdup_printf("'%s' needs a first line that names its columns and their unit: time_s, latency_ms, "
                               "or time_s,size_bytes",
                               name);
    char *rows = strchr(text, '\n');
    return rows_read(name, rows ? rows + 1 : text + strlen(text), factor, sized, ret);
}

static int time_compare(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

void columns_sort(struct columns *columns)
{
    qsort(columns->times_ns, columns->count, sizeof columns->times_ns[0], time_compare);
}

bool columns_ascend(const struct columns *columns)
{
    for (uint32_t i = 1; i < columns->count; i++)
        if (columns->times_ns[i] < columns->times_ns[i - 1])
            return false;
    return true;
}
