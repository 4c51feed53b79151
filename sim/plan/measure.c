/* Measures form a tree with few branches and regular leaves, so a row is a pattern of alternatives, not a path.
 * Where a path leaves every pattern, the part at which the best of them was left is the one that was mistyped. */
#include "sim/plan/measure.h"

#include <string.h>

#include "sim/plan/keys.h"
#include "sim/plan/problem.h"

#define CLIENT_SIDES "publish|delivery"
#define LATENCIES "confirm|delivery|completion"
#define STATISTICS "mean|p50|p75|p90|p99|p999|p9999|max"

const struct measure_row measures[] = {
    {"messages.attempted|acknowledged|rejected|unanswered", MEASURE_COUNT,
     "sent by producers, and how they were answered"},
    {"messages.delivered|consumed|lost|missing|recovered", MEASURE_COUNT,
     "what arrived; lost: acknowledged and never delivered; missing: attempted and never delivered"},
    {"messages.kept|returned", MEASURE_COUNT, "acknowledged and still in a queue at the end; unroutable"},
    {"messages.duplicated|reordered|reordered_completion|unexpected", MEASURE_COUNT, "how they arrived"},
    {"messages.unprocessed", MEASURE_COUNT, "delivered, never worked on to the end, and gone from the queue"},
    {"messages.dead_lettered|expired", MEASURE_LATER, "disposed of by a rule"},
    {"error_rate." CLIENT_SIDES, MEASURE_SHARE, "of what was attempted"},
    {"availability." CLIENT_SIDES ".requests|time", MEASURE_SHARE,
     "share of requests answered within measures.deadline; of windows that were up"},
    {"availability." CLIENT_SIDES ".windowed.1s|1m|1h", MEASURE_SHARE, "the worst window of that length"},
    {"availability." CLIENT_SIDES ".nines", MEASURE_NUMBER, "-log10 of the share that failed"},
    {"availability." CLIENT_SIDES ".outages[]", MEASURE_COUNT, "runs of windows that were down"},
    {"availability." CLIENT_SIDES ".outages[].start|end", MEASURE_SECONDS, "of an outage"},
    {"availability." CLIENT_SIDES ".mttf|mttr|max_outage", MEASURE_SECONDS,
     "up time per failure, outage per failure, longest outage"},
    {"availability.service.up", MEASURE_LATER, "share of time in which the queue could confirm"},
    {"latency." LATENCIES ".count", MEASURE_COUNT, "how many were measured"},
    {"latency." LATENCIES "." STATISTICS, MEASURE_SECONDS, "from the intended send time"},
    {"latency.confirm_during_faults|confirm_otherwise.count", MEASURE_COUNT, "how many were measured"},
    {"latency.confirm_during_faults." STATISTICS, MEASURE_SECONDS, "of what was to be sent while a fault was on"},
    {"latency.confirm_otherwise." STATISTICS, MEASURE_SECONDS, "of the rest"},
    {"throughput.offered|confirmed|consumed", MEASURE_NUMBER, "messages per second"},
    {"queues.*.length_mean|length_max", MEASURE_NUMBER,
     "messages ready (active: at its fullest replica); means are over the whole run, its drain too"},
    {"queues.*.in_system_mean", MEASURE_NUMBER, "messages ready or unacknowledged (active: likewise)"},
    {"queues.*.unacked_max", MEASURE_NUMBER, "messages unacknowledged (active: likewise)"},
    {"system.length_mean", MEASURE_NUMBER,
     "messages attempted and not yet processed, mean over the whole run, its drain too"},
    {"system.little_error", MEASURE_NUMBER, "|L - lambda W| / L of a run that ends empty: 0 up to rounding"},
    {"queues.*.leader_changes", MEASURE_COUNT, "how often another node became its primary"},
    {"queues.*.in_sync_min", MEASURE_COUNT, "fewest members of its in-sync set, the primary among them (passive)"},
    {"queues.*.divergent_messages", MEASURE_COUNT, "appended by some of its replicas and never by others (active)"},
    {"consumers.*.share_max_over_mean|jain", MEASURE_NUMBER, "how evenly a group of consumers was loaded"},
    {"cost.frames|bytes|fsyncs|stored_bytes", MEASURE_COUNT, "what the run took"},
    {"cost.frames_per_message", MEASURE_NUMBER, "what a message took"},
    {"cost.heartbeat_share", MEASURE_SHARE, "of the frames"},
    {"time.simulated|load", MEASURE_SECONDS, "lengths of the run"},
    {"time.events", MEASURE_COUNT, "actions of the run"},
    {"detector.detections|mistakes", MEASURE_COUNT, "times that a node gave up another under a fault; without one"},
    {"detector.detection_time.mean|max", MEASURE_SECONDS, "from the fault until the node was given up"},
    {"detector.mistake_rate|mistake_recurrence|mistake_duration|query_accuracy", MEASURE_LATER, "of the detectors"},
    {"elections.held|split", MEASURE_COUNT, "that made a primary; that came to nothing"},
    {"two_primaries", MEASURE_SECONDS,
     "time in which two nodes could serve one queue as its primary; a paused one cannot"},
    {"failover[]", MEASURE_COUNT, "faults after which another node became primary"},
    {"failover[].detected|elected|first_confirm|recovery", MEASURE_SECONDS,
     "since the fault: until it was noticed, a primary was elected, it confirmed, all were in sync"},
    {NULL, MEASURE_LATER, NULL},
};

const struct measure_short measure_shorts[] = {
    {"lost", "messages.lost", NULL},
    {"missing", "messages.missing", NULL},
    {"duplicated", "messages.duplicated", NULL},
    {"reordered", "messages.reordered", NULL},
    {"availability", "availability.publish.requests", "of publishing"},
    {"max-outage", "availability.publish.max_outage", "of publishing"},
    {"confirm.", "latency.confirm.", NULL},
    {"delivery.", "latency.delivery.", NULL},
    {"completion.", "latency.completion.", NULL},
    {NULL, NULL, NULL},
};

enum measure_list measure_list(const struct measure_row *row)
{
    const char *mark = strstr(row->pattern, "[]");
    return !mark ? MEASURE_ONE : mark[2] == '\0' ? MEASURE_ENTRIES : MEASURE_EACH;
}

/* The parts of a row's pattern, without the marks of lists. Freed with g_strfreev. */
static char **pattern_split(const struct measure_row *row)
{
    char **parts = g_strsplit(row->pattern, ".", -1);
    for (guint i = 0; parts[i]; i++)
        if (g_str_has_suffix(parts[i], "[]"))
            parts[i][strlen(parts[i]) - 2] = '\0';
    return parts;
}

/* True when `text` is one of the alternatives of a pattern's part; says so to `nearest` otherwise. */
static bool part_matches(const char *alternatives, const char *text, struct nearest *nearest)
{
    if (g_str_equal(alternatives, "*"))
        return true;
    g_auto(GStrv) names = g_strsplit(alternatives, "|", -1);
    for (guint i = 0; names[i]; i++)
        if (path_names_equal(names[i], text))
            return true;
    for (guint i = 0; nearest && names[i]; i++)
        nearest_offer(nearest, names[i]);
    return false;
}

/* No pattern has alternatives in its first part. */
static bool begins_with(const struct measure_row *row, const char *name)
{
    g_autofree char *first = g_strndup(row->pattern, strcspn(row->pattern, ".["));
    return path_names_equal(first, name);
}

/* How many parts of the path fit the pattern; all of both: it is this measure. */
static guint fit(const struct measure_row *row, const GArray *parts, bool *ret_all)
{
    *ret_all = false;
    if (!begins_with(row, path_at(parts, 0)->text))
        return 0;
    g_auto(GStrv) pattern = pattern_split(row);
    guint i = 0;
    while (i < parts->len && pattern[i] && part_matches(pattern[i], path_at(parts, i)->text, NULL))
        i++;
    bool whole_tree = row->unit == MEASURE_LATER && i > 0 && !pattern[i];
    *ret_all = whole_tree || (i == parts->len && !pattern[i]);
    return i;
}

/* What may stand where the paths that share the first `best` parts go on, each once. */
static GPtrArray *names_after(const GArray *parts, guint best)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (const struct measure_row *row = measures; row->pattern; row++) {
        bool all;
        g_auto(GStrv) pattern = pattern_split(row);
        g_auto(GStrv) alternatives = g_strsplit(
            fit(row, parts, &all) == best && pattern[best] && row->unit != MEASURE_LATER ? pattern[best] : "", "|", -1);
        for (guint i = 0; alternatives[i]; i++)
            if (!g_ptr_array_find_with_equal_func(names, alternatives[i], g_str_equal, NULL))
                g_ptr_array_add(names, g_strdup(alternatives[i]));
    }
    return names;
}

static char *names_listed(const GPtrArray *names)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < names->len; i++)
        g_string_append_printf(text, "%s%s", i == 0 ? "" : i + 1 < names->len ? ", " : " and ",
                               (const char *)g_ptr_array_index(names, i));
    return g_string_free(text, FALSE);
}

/* A percentile that is not measured is as near to one of those that are as to another. */
static char *unknown(const char *written, const GArray *parts)
{
    guint best = 0;
    bool all;
    for (const struct measure_row *row = measures; row->pattern; row++)
        best = MAX(best, fit(row, parts, &all));
    g_autofree char *shown = problem_shown(written);
    if (best == parts->len)
        return g_strdup_printf("'%s' is not one measure but several: name one of them", shown);
    struct nearest nearest = {.text = path_at(parts, best)->text};
    g_autoptr(GPtrArray) names = names_after(parts, best);
    for (const struct measure_short *row = measure_shorts; best == 0 && row->said; row++)
        nearest_offer(&nearest, row->said);
    for (guint i = 0; i < names->len; i++)
        nearest_offer(&nearest, g_ptr_array_index(names, i));
    if (nearest.best && (!nearest.tied || best == 0))
        return g_strdup_printf("unknown measure '%s', did you mean '%s'?", shown, nearest.best);
    g_autofree char *listed = names_listed(names);
    return best > 0 && names->len > 0 && !g_str_equal(listed, "*")
               ? g_strdup_printf("unknown measure '%s': there are %s", shown, listed)
               : g_strdup_printf("unknown measure '%s'; see 'crashq list measures'", shown);
}

/* What the short names of a path stand for, with `-` made `_` outside quotes. */
static char *spell_out(const char *written)
{
    for (const struct measure_short *row = measure_shorts; row->said; row++) {
        if (path_names_equal(row->said, written))
            return g_strdup(row->meant);
        if (g_str_has_suffix(row->said, ".") && g_str_has_prefix(written, row->said))
            return g_strconcat(row->meant, written + strlen(row->said), NULL);
    }
    return g_strdup(written);
}

/* The path as result.json spells it: `_` everywhere but in names, quotes only around names that need them. */
static char *canonical(const GArray *parts)
{
    g_autoptr(GString) path = g_string_new(NULL);
    bool named =
        path_names_equal(path_at(parts, 0)->text, "queues") || path_names_equal(path_at(parts, 0)->text, "consumers");
    for (guint i = 0; i < parts->len; i++) {
        g_autofree char *text = g_strdup(path_at(parts, i)->text);
        if (!(named && i == 1))
            g_strdelimit(text, "-", '_');
        g_string_append_printf(path, path_name_is_plain(text) ? "%s%s" : "%s\"%s\"", i > 0 ? "." : "", text);
    }
    return g_string_free(g_steal_pointer(&path), FALSE);
}

char *measure_find(const char *written, const struct measure_row **ret_row, char **ret_problem)
{
    g_autofree char *path = spell_out(written);
    uint32_t offset;
    if (strstr(path, "[]")) {
        g_auto(GStrv) around = g_strsplit(path, "[]", -1);
        g_autofree char *plain = g_strjoinv("", around), *shown = problem_shown(plain);
        *ret_problem = g_str_has_suffix(path, "[]")
                           ? g_strdup_printf("'[]' only marks a list: write count %s", shown)
                           : g_strdup_printf("'[]' only marks a list: write all %s, any %s or count %s", shown, shown,
                                             shown);
        return NULL;
    }
    g_autoptr(GArray) parts = path_split(path, &offset, ret_problem);
    if (!parts)
        return NULL;
    for (const struct measure_row *row = measures; row->pattern; row++) {
        bool all;
        fit(row, parts, &all);
        if (!all)
            continue;
        *ret_row = row;
        if (row->unit != MEASURE_LATER)
            return canonical(parts);
        g_autofree char *shown = problem_shown(written);
        *ret_problem = g_strdup_printf("the measure '%s' is not supported yet", shown);
        return NULL;
    }
    *ret_problem = unknown(written, parts);
    return NULL;
}
