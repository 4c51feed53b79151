/* Every key of the language, in one table: where it stands, what it takes, where its value goes, its default, one
 * line about it.
 *
 * The table serves all who must know the language: the loader (bind.c), `--set` (sets.c), --explain (explain.c),
 * the nearest known key in an error, `crashq list`. So a key is added in one place. */
#ifndef CRASHQ_PLAN_KEYS_H
#define CRASHQ_PLAN_KEYS_H

#include <stdbool.h>
#include <stdint.h>

/* A kind of mapping in a scenario. */
enum key_place {
    IN_SCENARIO,
    IN_DRAIN,
    IN_MEASURES,
    IN_CLUSTER,
    IN_DISK,
    IN_DETECTOR,
    IN_CLIENT_DETECTOR,
    IN_NETWORK,
    IN_QUEUE,
    IN_FSYNC,
    IN_SHIP,
    IN_PRODUCER,
    IN_CLOSED_LOOP,
    IN_RETRY,
    IN_CONSUMER,
    IN_DEDUPE,
    IN_REJECT,
    IN_FAULT,
    IN_EXPECT,
    IN_JUDGE,
    IN_CHECK,
    KEY_PLACES,
};

/* What a key takes, and the type of its field. */
enum key_shape {
    KEY_LATER,        /* of the language, and not supported yet */
    KEY_OWN,          /* read by its section */
    KEY_TEXT,         /* char * */
    KEY_BOOL,         /* bool */
    KEY_WORD,         /* uint8_t or bool: index into `words`; without a field only checked */
    KEY_COUNT,        /* uint32_t or uint64_t */
    KEY_SHARE,        /* uint32_t, ppm */
    KEY_SIZE,         /* uint32_t, bytes */
    KEY_BANDWIDTH,    /* uint64_t, bytes per second */
    KEY_DURATION,     /* int64_t, ns */
    KEY_RANGE,        /* int64_t[2], ns: the least and the greatest of a..b */
    KEY_DISTRIBUTION, /* struct variate */
    KEY_MAP,          /* a mapping of place `inner`, whose fields lie at the offset of this one (in the same struct) */
    KEY_NAMED,        /* a mapping from names to mappings of place `inner` */
    KEY_LIST,         /* a list of mappings of place `inner` */
};

struct key {
    uint8_t place; /* enum key_place */
    const char *name;
    uint8_t shape;          /* enum key_shape */
    uint16_t offset, bytes; /* its field in the place's struct; 0 bytes: none */
    uint8_t inner;          /* enum key_place of what lies in it */
    uint64_t min, max;      /* counts, shares (ppm), sizes, durations (ns); max 0: no bound but the type's */
    const char *zero;       /* the word for 0, which then is not written as a number */
    const char *words;      /* "each|group|!later" */
    const char *normal;     /* the default, as one would write it; NULL: none, or its section's */
    const char *line;
};

/* In the order in which --explain writes them; ends with a NULL name. */
extern const struct key keys[];

const struct key *key_find(enum key_place place, const char *name);
/* The same where `-` equals `_`, as in paths. */
const struct key *key_find_loosely(enum key_place place, const char *name);
/* "queues.NAME", or "a scenario". */
const char *key_place_name(enum key_place place);

/* What an error says after "unknown key 'x'": ", did you mean 'y'?" with the nearest key, or where that key
 * belongs, or nothing. Caller frees. */
char *key_hint(enum key_place place, const char *name);

/* The nearest of `count` names within two edits (a swap of neighbours is one), or NULL. */
struct nearest {
    const char *text;
    const char *best;
    unsigned distance;
    bool tied; /* another is as near */
};
void nearest_offer(struct nearest *nearest, const char *name);

#endif
