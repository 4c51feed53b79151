/* Bytes as a file that has a path, for what reads files. */
#ifndef CRASHQ_TESTS_BYTES_FILE_H
#define CRASHQ_TESTS_BYTES_FILE_H

#include <glib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "models/base/check.h"

struct bytes_file {
    int descriptor;
    char path[40];
};

static inline struct bytes_file bytes_file_open(const void *bytes, size_t size)
{
    struct bytes_file file = {.descriptor = memfd_create("fuzz", 0)};
    CHECK(file.descriptor >= 0 && write(file.descriptor, bytes, size) == (ssize_t)size);
    g_snprintf(file.path, sizeof file.path, "/proc/self/fd/%d", file.descriptor);
    return file;
}

static inline void bytes_file_close(struct bytes_file *file)
{
    close(file->descriptor);
}

#endif
