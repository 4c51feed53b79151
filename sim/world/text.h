/* Writing and reading names without stdio: a cursor over a bounded text. Private to the room. */
#ifndef CRASHQ_WORLD_TEXT_H
#define CRASHQ_WORLD_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text_writer {
    char *at, *end; /* the byte at `end` is not ours */
};
/* What does not fit is cut off; the text is always NUL-terminated. */
void text_put(struct text_writer *writer, const char *text);
void text_put_number(struct text_writer *writer, uint64_t number);

struct text_reader {
    const char *at;
};
/* Each skips what it reads, and stays where it was when that is not what comes next. */
bool text_take(struct text_reader *reader, const char *text);
bool text_take_word(struct text_reader *reader,
                    const char *word); /* `word` and then a blank (skipped too) or the end */
bool text_take_number(struct text_reader *reader, uint64_t max, uint64_t *ret_number);

#endif
