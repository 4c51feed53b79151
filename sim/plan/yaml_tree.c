/* libyaml's events, made a tree within bounds.
 *
 * What is hostile in YAML is refused here, before anything looks at meaning: bytes that are no text, tabs, depth,
 * size, tags, merge keys, duplicate keys, a second document. An alias copies what its anchor names, and every copy
 * counts against one budget of nodes: ten levels of ten aliases each run into it after NODES_MAX nodes, not after
 * ten billion.
 *
 * libyaml's own words ("did not find expected alphabetic or numeric character") are kept only where nothing better
 * is known: the traps that authors of scenarios really meet are recognised by the byte at which the scanner
 * stopped.
 *
 * libyaml counts lines, columns and indices from 0 and in characters, not in bytes. */
#include "sim/plan/yaml_tree.h"

#include <string.h>
#include <yaml.h>

enum { DEPTH_MAX = 24, NODES_MAX = 50000, BYTES_MAX = 1 << 20, ANCHORS_MAX_COUNT = 1000 };

struct reader {
    yaml_parser_t parser;
    const char *bytes;
    gsize length;
    struct place origin, end; /* of the text */
    struct problems *problems;
    GHashTable *anchors; /* name -> node, borrowed from the tree */
    const char *cursor;  /* of characters_to(): marks mostly ascend */
    size_t cursor_index;
    unsigned nodes;
    bool failed; /* no tree can come any more */
};

static struct place place_of(const struct reader *reader, yaml_mark_t mark)
{
    struct place at = reader->origin;
    at.column = (uint32_t)mark.column + (mark.line == 0 ? at.column : 1);
    at.line += (uint32_t)mark.line;
    return at;
}

static void *fail(struct reader *reader, struct place at, const char *message)
{
    if (!reader->failed)
        problem_add(reader->problems, at, "%s", message);
    reader->failed = true;
    return NULL;
}

/* ---- bytes that are no text ---- */

static bool printable(gunichar c)
{
    return c == '\n' || c == '\r' || (c >= 0x20 && c < 0x7f) ||
           (c >= 0xa0 && c < 0xd800 && c != 0x2028 && c != 0x2029) || (c >= 0xe000 && c < 0xfffe) || c >= 0x10000;
}

static bool bytes_check(struct reader *reader)
{
    struct place at = reader->origin;
    if (reader->length > BYTES_MAX)
        return fail(reader, at, "too large: a scenario has at most 1 MiB"), false;
    const char *end = reader->bytes + reader->length;
    for (const char *c = reader->bytes; c < end;) {
        gunichar code = g_utf8_get_char_validated(c, end - c);
        if (*c == '\t')
            return fail(reader, at, "a tab: use spaces"), false;
        if (code == (gunichar)-1 || code == (gunichar)-2 || !printable(code))
            return fail(reader, at, "not a text: a scenario is a YAML file in UTF-8"), false;
        at.column++;
        if (code == '\n') {
            at.line++;
            at.column = 1;
        }
        c = g_utf8_next_char(c);
    }
    reader->end = at;
    return true;
}

/* ---- what the scanner did not like ---- */

/* The text from a mark on; perhaps at its end, where nothing can be read. */
static const char *text_at(struct reader *reader, yaml_mark_t mark)
{
    if (mark.index < reader->cursor_index) {
        reader->cursor = reader->bytes;
        reader->cursor_index = 0;
    }
    const char *end = reader->bytes + reader->length;
    for (; reader->cursor_index < mark.index && reader->cursor < end; reader->cursor_index++)
        reader->cursor = g_utf8_next_char(reader->cursor);
    return reader->cursor;
}

static const char *trap(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    const char *context = parser->context ? parser->context : "";
    const char *at = text_at(reader, parser->problem_mark);
    char stopped = at < reader->bytes + reader->length ? *at : '\0';
    if (strstr(context, "an alias"))
        return "an unquoted '*' starts an alias in YAML: write \"*\" in quotes";
    if (strstr(context, "an anchor"))
        return "an unquoted '&' starts an anchor in YAML: put the value in quotes";
    if (strstr(context, "block scalar"))
        return "an unquoted '>' or '|' starts a folded text in YAML: write \"> 1\" in quotes, or 'more than 1'";
    if (strstr(context, "a tag") || strstr(context, "directive"))
        return "an unquoted '!' or '%' starts a tag or a directive in YAML: put the value in quotes";
    if (parser->problem && strstr(parser->problem, "cannot start any token")) {
        if (stopped == '>' || stopped == '|')
            return "a value cannot start with an unquoted '>' or '|' here: write \"> 1\" in quotes, or 'more than 1'";
        return "a value cannot start with this character: put it in quotes";
    }
    if (parser->problem && strstr(parser->problem, "mapping values are not allowed"))
        return "a ':' where none may stand: put a text that contains ': ' in quotes, and keys on lines of their own";
    return NULL;
}

static void *syntax_problem(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    struct place at = place_of(reader, parser->problem_mark);
    if (text_at(reader, parser->problem_mark) == reader->bytes + reader->length)
        at = reader->end; /* libyaml ends every text with a line that it may not have */
    const char *known = trap(reader);
    if (known)
        return fail(reader, at, known);
    g_autofree char *message = g_strdup_printf("not YAML: %s%s%s", parser->context ? parser->context : "",
                                               parser->context ? ", " : "", parser->problem ? parser->problem : "?");
    return fail(reader, at, message);
}

static bool next(struct reader *reader, yaml_event_t *event)
{
    if (reader->failed)
        return false;
    if (yaml_parser_parse(&reader->parser, event))
        return true;
    syntax_problem(reader);
    return false;
}

/* ---- nodes ---- */

static void node_free(void *data)
{
    tree_free(data);
}

static bool node_counts(struct reader *reader, struct place at)
{
    if (++reader->nodes > NODES_MAX)
        fail(reader, at, "too many values (aliases count each time)");
    return !reader->failed;
}

static struct tree_node *node_copy(struct reader *reader, const struct tree_node *node, struct place at)
{
    if (!node_counts(reader, at))
        return NULL;
    if (node->kind == TREE_TEXT) {
        struct tree_node *text = tree_text(node->text, node->at);
        text->quoted = node->quoted;
        text->block = node->block;
        return text;
    }
    struct tree_node *copy = tree_collection(node->kind, node->at);
    for (guint i = 0; i < node->items->len && !reader->failed; i++) {
        struct tree_node *item = node_copy(reader, g_ptr_array_index(node->items, i), at);
        if (item)
            g_ptr_array_add(copy->items, item);
    }
    return copy;
}

/* Remembers what an anchor names: a copy made now, since the tree may still throw the original away. */
static void anchor_put(struct reader *reader, const yaml_char_t *name, const struct tree_node *node)
{
    if (!name || reader->failed)
        return;
    if (g_hash_table_size(reader->anchors) >= ANCHORS_MAX_COUNT) {
        fail(reader, node->at, "too many anchors");
        return;
    }
    struct tree_node *copy = node_copy(reader, node, node->at);
    if (copy)
        g_hash_table_replace(reader->anchors, g_strdup((const char *)name), copy);
}

static struct tree_node *alias_read(struct reader *reader, const yaml_event_t *event)
{
    struct place at = place_of(reader, event->start_mark);
    const char *name = (const char *)event->data.alias.anchor;
    const struct tree_node *named = g_hash_table_lookup(reader->anchors, name);
    if (named)
        return node_copy(reader, named, at);
    g_autofree char *shown = problem_shown(name);
    g_autofree char *message =
        g_strdup_printf("an alias to nothing: *%s; a text that starts with '*' stands in quotes", shown);
    return fail(reader, at, message);
}

static struct tree_node *text_read(struct reader *reader, const yaml_event_t *event)
{
    struct place at = place_of(reader, event->start_mark);
    const char *value = (const char *)event->data.scalar.value;
    struct tree_node *node = tree_text(value, at);
    yaml_scalar_style_t style = event->data.scalar.style;
    node->quoted = style == YAML_SINGLE_QUOTED_SCALAR_STYLE || style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    node->block = style == YAML_FOLDED_SCALAR_STYLE || style == YAML_LITERAL_SCALAR_STYLE;
    if (event->data.scalar.length == 0 && event->data.scalar.plain_implicit) {
        const char *rest = text_at(reader, event->end_mark), *end = reader->bytes + reader->length;
        while (rest < end && *rest == ' ')
            rest++;
        node->commented = rest < end && *rest == '#';
    }
    if (event->data.scalar.tag)
        problem_add(reader->problems, at, "tags (!) are not part of the language: write the value alone");
    if (strlen(value) != event->data.scalar.length)
        problem_add(reader->problems, at, "a text may not contain a zero byte");
    return node;
}

static struct tree_node *node_read(struct reader *reader, yaml_event_t *event, unsigned depth);

static void item_read(struct reader *reader, struct tree_node *list, yaml_event_t *event, unsigned depth)
{
    struct tree_node *item = node_read(reader, event, depth);
    if (item)
        g_ptr_array_add(list->items, item);
}

/* A mapping's key that may stand; says what is wrong with another. */
static bool key_check(struct reader *reader, const struct tree_node *key, GHashTable *lines)
{
    if (key->kind != TREE_TEXT) {
        problem_add(reader->problems, key->at, "a key is a text, not a %s", key->kind == TREE_MAP ? "mapping" : "list");
        return false;
    }
    g_autofree char *shown = problem_shown(key->text);
    if (!key->quoted && g_str_equal(key->text, "<<")) {
        problem_add(reader->problems, key->at, "merge keys (<<) are not part of the language");
        return false;
    }
    size_t length = strlen(key->text);
    if (!key->quoted && length > 0 && key->text[length - 1] == ')' && !strchr(key->text, '(')) {
        problem_add(reader->problems, key->at,
                    "'%s' is no key: a comma cut a distribution in two; write uniform(1ms..3ms), or put it in quotes",
                    shown);
        return false;
    }
    void *line;
    if (g_hash_table_lookup_extended(lines, key->text, NULL, &line)) {
        problem_add(reader->problems, key->at, "'%s' is already given in line %u", shown, GPOINTER_TO_UINT(line));
        return false;
    }
    g_hash_table_insert(lines, key->text, GUINT_TO_POINTER(key->at.line));
    return true;
}

static void entry_read(struct reader *reader, struct tree_node *map, GHashTable *lines, yaml_event_t *event,
                       unsigned depth)
{
    struct tree_node *key = node_read(reader, event, depth);
    yaml_event_t value_event;
    if (!key || !next(reader, &value_event)) {
        tree_free(key);
        return;
    }
    struct tree_node *value = node_read(reader, &value_event, depth);
    yaml_event_delete(&value_event);
    if (value && key_check(reader, key, lines)) {
        g_ptr_array_add(map->items, key);
        g_ptr_array_add(map->items, value);
        return;
    }
    tree_free(key);
    tree_free(value);
}

static struct tree_node *collection_read(struct reader *reader, const yaml_event_t *start, unsigned depth)
{
    bool is_map = start->type == YAML_MAPPING_START_EVENT;
    struct place at = place_of(reader, start->start_mark);
    if (depth >= DEPTH_MAX)
        return fail(reader, at, "too deeply nested");
    if (is_map ? start->data.mapping_start.tag : start->data.sequence_start.tag)
        problem_add(reader->problems, at, "tags (!) are not part of the language: write the value alone");
    struct tree_node *node = tree_collection(is_map ? TREE_MAP : TREE_LIST, at);
    g_autoptr(GHashTable) lines = g_hash_table_new(g_str_hash, g_str_equal); /* key -> line; borrowed from the node */
    yaml_event_t event;
    while (next(reader, &event)) {
        bool ends = event.type == YAML_MAPPING_END_EVENT || event.type == YAML_SEQUENCE_END_EVENT;
        if (!ends && is_map)
            entry_read(reader, node, lines, &event, depth + 1);
        else if (!ends)
            item_read(reader, node, &event, depth + 1);
        yaml_event_delete(&event);
        if (ends)
            break;
    }
    return node;
}

static struct tree_node *node_read(struct reader *reader, yaml_event_t *event, unsigned depth)
{
    if (!node_counts(reader, place_of(reader, event->start_mark)))
        return NULL;
    struct tree_node *node;
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return alias_read(reader, event);
    case YAML_SCALAR_EVENT:
        node = text_read(reader, event);
        anchor_put(reader, event->data.scalar.anchor, node);
        return node;
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        node = collection_read(reader, event, depth);
        if (node)
            anchor_put(reader,
                       event->type == YAML_MAPPING_START_EVENT ? event->data.mapping_start.anchor
                                                               : event->data.sequence_start.anchor,
                       node);
        return node;
    default:
        return fail(reader, place_of(reader, event->start_mark), "not YAML: a value was expected here");
    }
}

/* The one document between the stream's start and end. */
static struct tree_node *document_read(struct reader *reader)
{
    struct tree_node *root = NULL;
    yaml_event_t event;
    bool goes_on = true;
    while (goes_on && next(reader, &event)) {
        if (event.type == YAML_DOCUMENT_START_EVENT && root)
            fail(reader, place_of(reader, event.start_mark), "a second document: a file holds one scenario");
        else if (event.type == YAML_DOCUMENT_START_EVENT && event.data.document_start.version_directive)
            problem_add(reader->problems, place_of(reader, event.start_mark),
                        "directives (%%) are not part of the language");
        else if (event.type == YAML_STREAM_END_EVENT)
            goes_on = false;
        else if (event.type != YAML_STREAM_START_EVENT && event.type != YAML_DOCUMENT_START_EVENT &&
                 event.type != YAML_DOCUMENT_END_EVENT)
            root = node_read(reader, &event, 0);
        yaml_event_delete(&event);
    }
    return root;
}

struct tree_node *tree_read(const char *bytes, gsize length, struct place origin, struct problems *problems)
{
    struct reader reader = {.bytes = bytes, .length = length, .origin = origin, .problems = problems, .cursor = bytes};
    if (!bytes_check(&reader))
        return NULL;
    if (!yaml_parser_initialize(&reader.parser))
        return fail(&reader, origin, "no memory to read this");
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)bytes, length);
    reader.anchors = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, node_free);
    struct tree_node *root = document_read(&reader);
    g_hash_table_unref(reader.anchors);
    yaml_parser_delete(&reader.parser);
    if (reader.failed) {
        tree_free(root);
        return NULL;
    }
    return root;
}
