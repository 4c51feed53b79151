/* Looking keys up, and names near to a mistyped one. */
#include <glib.h>
#include <string.h>

#include "sim/plan/keys.h"

const struct key *key_find(enum key_place place, const char *name)
{
    for (const struct key *key = keys; key->name; key++)
        if (key->place == place && g_str_equal(key->name, name))
            return key;
    return NULL;
}

const struct key *key_find_loosely(enum key_place place, const char *name)
{
    g_autofree char *dashed = g_strdelimit(g_strdup(name), "_", '-');
    return key_find(place, dashed);
}

const char *key_place_name(enum key_place place)
{
    static const char *const names[KEY_PLACES] = {
        [IN_SCENARIO] = "a scenario",
        [IN_DRAIN] = "drain",
        [IN_MEASURES] = "measures",
        [IN_CLUSTER] = "cluster",
        [IN_DISK] = "cluster.disk",
        [IN_DETECTOR] = "cluster.detector",
        [IN_CLIENT_DETECTOR] = "cluster.client-detector",
        [IN_NETWORK] = "network",
        [IN_QUEUE] = "queues.NAME",
        [IN_FSYNC] = "queues.NAME.fsync",
        [IN_SHIP] = "queues.NAME.ship",
        [IN_PRODUCER] = "producers.NAME",
        [IN_CLOSED_LOOP] = "producers.NAME.closed-loop",
        [IN_RETRY] = "producers.NAME.retry",
        [IN_CONSUMER] = "consumers.NAME",
        [IN_DEDUPE] = "consumers.NAME.dedupe",
        [IN_REJECT] = "consumers.NAME.reject",
        [IN_FAULT] = "a fault",
        [IN_EXPECT] = "expect",
        [IN_JUDGE] = "expect.PATH",
        [IN_CHECK] = "check",
    };
    return names[place];
}

/* ---- the nearest name ---- */

enum { NAME_MAX_BYTES = 40, EDITS_MAX = 2 };

/* Damerau's distance where no part is edited twice ("optimal string alignment"); both texts are short. */
static unsigned edits(const char *a, const char *b)
{
    size_t rows = strlen(a), columns = strlen(b);
    unsigned cell[NAME_MAX_BYTES + 1][NAME_MAX_BYTES + 1];
    for (unsigned i = 0; i <= rows; i++)
        for (unsigned j = 0; j <= columns; j++) {
            if (i == 0 || j == 0) {
                cell[i][j] = i + j;
                continue;
            }
            unsigned changed = cell[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            cell[i][j] = MIN(changed, MIN(cell[i - 1][j], cell[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cell[i][j] = MIN(cell[i][j], cell[i - 2][j - 2] + 1);
        }
    return cell[rows][columns];
}

void nearest_offer(struct nearest *nearest, const char *name)
{
    size_t length = strlen(nearest->text), other = strlen(name);
    if (length > NAME_MAX_BYTES || other > NAME_MAX_BYTES)
        return;
    unsigned distance = edits(nearest->text, name);
    if (distance > EDITS_MAX || distance >= length || distance >= other) /* a name of two letters resembles any other */
        return;
    if (nearest->best && distance == nearest->distance && !g_str_equal(nearest->best, name))
        nearest->tied = true;
    if (!nearest->best || distance < nearest->distance) {
        nearest->best = name;
        nearest->distance = distance;
        nearest->tied = false;
    }
}

char *key_hint(enum key_place place, const char *name)
{
    struct nearest nearest = {.text = name};
    const struct key *elsewhere = NULL;
    for (const struct key *key = keys; key->name; key++) {
        if (key->place == place)
            nearest_offer(&nearest, key->name);
        else if (!elsewhere && g_str_equal(key->name, name))
            elsewhere = key;
    }
    if (nearest.best && (nearest.distance == 1 || !elsewhere))
        return g_strdup_printf(", did you mean '%s'?", nearest.best);
    if (elsewhere)
        return g_strdup_printf(": it belongs to %s", key_place_name(elsewhere->place));
    return g_strdup("");
}
