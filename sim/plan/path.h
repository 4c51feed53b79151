/* Paths: keys joined by dots, `queues."orders.eu".fsync`. A name that is not plain letters, digits, '_' and '-'
 * stands in double quotes. */
#ifndef CRASHQ_PLAN_PATH_H
#define CRASHQ_PLAN_PATH_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct path_part {
    char *text;
    uint32_t offset; /* of its first character in the path, counted in characters */
    bool quoted;
};

/* Splits a path into a GArray of struct path_part (freed with g_array_unref), or returns NULL and what is wrong at
 * which character. */
GArray *path_split(const char *path, uint32_t *ret_offset, char **ret_problem);
static inline const struct path_part *path_at(const GArray *parts, guint index)
{
    return &g_array_index(parts, struct path_part, index);
}

/* Needs no quotes in a path. */
bool path_name_is_plain(const char *name);
/* Two names that differ at most in `-` and `_`. */
bool path_names_equal(const char *a, const char *b);

#endif
