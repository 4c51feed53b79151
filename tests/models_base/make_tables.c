/* Prints models/base/intmath_table.c, or with the argument `normal` models/base/normal_table.c. A tool, run by
 * hand when a table's layout changes; test_intmath.c holds what is committed. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tests/models_base/table_rows.h"

/* Rows are packed `per_line` to the line. */
static const char *row_end(int index, int count, int per_line)
{
    return index + 1 == count ? ",\n};\n" : (index + 1) % per_line == 0 ? ",\n    " : ", ";
}

static void print_logarithms(void)
{
    printf("const struct ln_row ln_table[LN_ROWS] = {\n    ");
    for (int i = 0; i < LN_ROWS; i++) {
        struct ln_row row = ln_row_of(i);
        printf("{%" PRId64 ", %" PRIu64 "u}%s", row.ln_q60, row.inverse_q63, row_end(i, LN_ROWS, 2));
    }
}

static void print_powers(void)
{
    printf("\nconst uint64_t exp2_table[EXP2_ROWS] = {\n    ");
    for (int i = 0; i < EXP2_ROWS; i++)
        printf("%" PRIu64 "u%s", exp2_of(i), row_end(i, EXP2_ROWS, 5));
}

static void print_quantiles(void)
{
    printf("const struct normal_row normal_table[NORMAL_ROWS] = {\n    ");
    for (int i = 0; i < NORMAL_ROWS; i++) {
        struct normal_row row = normal_row_of(i);
        printf("{%" PRId64 ", %" PRId64 "}%s", row.z_q56, row.slope_q56, row_end(i, NORMAL_ROWS, 2));
    }
}

int main(int argc, char **argv)
{
    bool normal = argc > 1 && strcmp(argv[1], "normal") == 0;
    printf("/* %s: data, printed by tests/models_base/make_tables.c. */\n",
           normal ? "Normal quantiles" : "Logarithms and powers");
    printf("#include \"models/base/intmath_table.h\"\n\n/* clang-format off */\n");
    if (normal) {
        print_quantiles();
        return 0;
    }
    print_logarithms();
    print_powers();
    return 0;
}
