/* A small writer of JSON: objects and arrays nest, numbers never depend on the locale. */
#ifndef CRASHQ_JSON_H
#define CRASHQ_JSON_H

#include <glib.h>

#include "analysis/measures.h"

struct json {
    GString *text;
    guint depth;
    gboolean first; /* nothing was written yet at this depth */
};
void json_open(struct json *json, const char *key, char bracket);  /* key NULL inside an array; bracket '{' or '[' */
void json_close(struct json *json, char bracket);                  /* '}' or ']' */
void json_string(struct json *json, const char *key, const char *value); /* value NULL: null */
void json_unsigned(struct json *json, const char *key, guint64 value);
void json_number(struct json *json, const char *key, double value); /* NAN: null */
void json_bool(struct json *json, const char *key, gboolean value);
/* All measures, their dotted paths as nested objects; `outages` inside availability, and `wall` and
 * `events_per_second` inside time unless wall_s is NAN. */
void json_measures(struct json *json, const struct measures *measures, double wall_s);

#endif
