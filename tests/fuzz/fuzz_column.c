/* Recorded traffic: any bytes give columns or one problem. Of what is accepted every line behind the header is a row,
 * no time is negative, and no size is nothing. */
#include <string.h>

#include "sim/plan/column.h"
#include "tests/fuzz/bytes_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t lines_of(const uint8_t *data, size_t size)
{
    uint32_t lines = size > 0 && data[size - 1] != '\n';
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes_file file = bytes_file_open(data, size);
    struct columns columns = {0};
    char *problem = columns_read("/", file.path, &columns);
    bytes_file_close(&file);
    CHECK((problem == NULL) == (columns.count > 0));
    CHECK(problem != NULL || columns.count + 1 == lines_of(data, size));
    for (uint32_t i = 0; i < columns.count; i++)
        CHECK(columns.times_ns[i] >= 0 && (columns.sizes == NULL || columns.sizes[i] > 0));
    if (columns.count > 0) {
        columns_sort(&columns);
        CHECK(columns_ascend(&columns));
    }
    g_free(columns.times_ns);
    g_free(columns.sizes);
    g_free(problem);
    return 0;
}
