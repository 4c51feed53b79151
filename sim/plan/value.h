/* The values of the language: texts to whole numbers and back, exactly. No floating point: 0.1 s is 100,000,000 ns,
 * and what is finer than the unit that is kept is an error instead of a rounding.
 *
 * A reader returns NULL, or what is wrong with the text (the caller frees it and its result is untouched). A writer
 * returns a text that its reader takes back to the same number; the caller frees it. */
#ifndef CRASHQ_PLAN_VALUE_H
#define CRASHQ_PLAN_VALUE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* 100 years: sums of a few durations stay far below INT64_MAX. */
#define DURATION_MAX_NS INT64_C(3153600000000000000)

/* A decimal number: digits / 10^scale. */
struct decimal {
    uint64_t digits;
    unsigned scale;
};

/* Reads as much of *at as is a decimal number and moves *at behind it. False when there is none, or more than 19
 * digits; *at is then unmoved. */
bool decimal_scan(const char **at, struct decimal *ret);
/* number * factor as a whole number. False when it is none, or too large. */
bool decimal_scale(struct decimal number, uint64_t factor, uint64_t *ret);
/* digits / 10^scale in its shortest form: 1.5, 0.001, 20. */
char *decimal_text(uint64_t digits, unsigned scale);

char *value_duration(const char *text, int64_t *ret_ns);
char *value_size(const char *text, uint64_t *ret_bytes);
char *value_bandwidth(const char *text, uint64_t *ret_bytes_per_s);
char *value_share(const char *text, uint32_t *ret_ppm);
char *value_count(const char *text, uint64_t *ret);
/* The mean time between two events of a rate. */
char *value_rate(const char *text, int64_t *ret_interval_ns);
/* A decimal number as millionths: a shape. */
char *value_number(const char *text, int64_t *ret_ppm);
/* true or false. */
char *value_bool(const char *text, bool *ret);
/* One of `words`, "each|group|never": its index. A word after '!' belongs to the language and is not supported yet. */
char *value_word(const char *text, const char *words, uint8_t *ret_index);

char *duration_text(int64_t ns);
char *size_text(uint64_t bytes);
char *share_text(uint32_t ppm);
char *rate_text(int64_t interval_ns);
char *word_text(const char *words, uint8_t index);

#endif
