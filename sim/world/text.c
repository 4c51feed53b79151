#include "sim/world/text.h"

#include <string.h>

void text_put(struct text_writer *writer, const char *text)
{
    while (*text != '\0' && writer->at + 1 < writer->end)
        *writer->at++ = *text++;
    *writer->at = '\0';
}

void text_put_number(struct text_writer *writer, uint64_t number)
{
    char digits[21];
    char *at = digits + sizeof digits - 1;
    *at = '\0';
    do
        *--at = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    text_put(writer, at);
}

bool text_take(struct text_reader *reader, const char *text)
{
    size_t length = strlen(text);
    if (strncmp(reader->at, text, length) != 0)
        return false;
    reader->at += length;
    return true;
}

static bool text_ends_word(char c)
{
    return c == '\0' || c == ' ';
}

bool text_take_word(struct text_reader *reader, const char *word)
{
    size_t length = strlen(word);
    if (strncmp(reader->at, word, length) != 0 || !text_ends_word(reader->at[length]))
        return false;
    reader->at += length + (reader->at[length] == ' ');
    return true;
}

bool text_take_number(struct text_reader *reader, uint64_t max, uint64_t *ret_number)
{
    const char *at = reader->at;
    uint64_t number = 0;
    if (*at < '0' || *at > '9' || (*at == '0' && !text_ends_word(at[1])))
        return false;
    for (; *at >= '0' && *at <= '9'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (number > (max - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    if (!text_ends_word(*at))
        return false;
    *ret_number = number;
    reader->at = at + (*at == ' ');
    return true;
}
