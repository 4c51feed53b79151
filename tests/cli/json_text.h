/* A strict reader of JSON texts (RFC 8259), for tests that hold what the program prints: is it whole and valid, and
 * which paths does it have? */
#ifndef CRASHQ_TEST_JSON_TEXT_H
#define CRASHQ_TEST_JSON_TEXT_H

#include <glib.h>
#include <stdbool.h>
#include <string.h>

struct json_text {
    const char *at;
    GString *path;     /* of where we are */
    GHashTable *found; /* path -> the text of the value there; list items have the path of their list */
    bool bad;
};

static void json_value(struct json_text *json);

static inline void json_space(struct json_text *json)
{
    json->at += strspn(json->at, " \t\r\n");
}

static inline bool json_take(struct json_text *json, char wanted)
{
    json_space(json);
    if (*json->at != wanted)
        return false;
    json->at++;
    return true;
}

static inline void json_escape(struct json_text *json)
{
    json->at++;
    if (*json->at == 'u')
        for (int digit = 0; digit < 4 && !json->bad; digit++)
            json->bad = !g_ascii_isxdigit(*++json->at);
    else if (*json->at == '\0' || !strchr("\"\\/bfnrt", *json->at))
        json->bad = true;
}

/* The text between the quotes, escapes as they are. */
static inline char *json_quoted(struct json_text *json)
{
    json->bad = json->bad || !json_take(json, '"');
    const char *start = json->at;
    while (!json->bad && *json->at != '"') {
        if (*json->at == '\\')
            json_escape(json);
        else if ((unsigned char)*json->at < 0x20)
            json->bad = true;
        json->at += !json->bad;
    }
    char *text = g_strndup(start, (gsize)(json->at - start));
    json->at += !json->bad;
    return text;
}

static inline void json_object(struct json_text *json)
{
    if (json_take(json, '}'))
        return;
    do {
        gsize length = json->path->len;
        char *key = json_quoted(json);
        g_string_append_printf(json->path, "%s%s", length > 0 ? "." : "", key);
        g_free(key);
        json->bad = json->bad || !json_take(json, ':') || g_hash_table_contains(json->found, json->path->str);
        json_value(json);
        g_string_truncate(json->path, length);
    } while (!json->bad && json_take(json, ','));
    json->bad = json->bad || !json_take(json, '}');
}

static inline void json_list(struct json_text *json)
{
    struct json_text item = {.path = json->path};
    if (json_take(json, ']'))
        return;
    do {
        item.at = json->at;
        item.found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        json_value(&item);
        json->at = item.at;
        json->bad = json->bad || item.bad;
        g_hash_table_unref(item.found);
    } while (!json->bad && json_take(json, ','));
    json->bad = json->bad || !json_take(json, ']');
}

static inline void json_word(struct json_text *json)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (g_str_has_prefix(json->at, words[i])) {
            json->at += strlen(words[i]);
            return;
        }
    char *end;
    bool zero = json->at[0] == '0' && g_ascii_isdigit(json->at[1]);
    bool number = g_ascii_isdigit(json->at[*json->at == '-']);
    g_ascii_strtod(json->at, &end);
    json->bad = json->bad || zero || !number || strspn(json->at, "-+.eE0123456789") < (size_t)(end - json->at);
    json->at = end;
}

static void json_value(struct json_text *json)
{
    json_space(json);
    const char *start = json->at;
    char *path = g_strdup(json->path->str);
    if (json_take(json, '{'))
        json_object(json);
    else if (json_take(json, '['))
        json_list(json);
    else if (*json->at == '"')
        g_free(json_quoted(json));
    else
        json_word(json);
    g_hash_table_insert(json->found, path, g_strndup(start, (gsize)(json->at - start)));
}

/* Path -> text of each value, or NULL when the text is not one valid JSON value without a key twice in an object. */
static inline GHashTable *json_read(const char *text)
{
    struct json_text json = {.at = text, .path = g_string_new(NULL)};
    json.found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    json_value(&json);
    json_space(&json);
    g_string_free(json.path, TRUE);
    if (!json.bad && *json.at == '\0')
        return json.found;
    g_hash_table_unref(json.found);
    return NULL;
}

#endif
