/* What can happen next, by a stable logical name. A history, a counterexample and a reproducer are lists of actions. */
#ifndef CRASHQ_ACTION_H
#define CRASHQ_ACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/base/limits.h"

enum action_kind {
    ACTION_NONE,
    ACTION_BOOT,        /* actor: a client's or node's first step, at the start */
    ACTION_DELIVER,     /* connection, end: the oldest frame on its way to that end arrives */
    ACTION_ACCEPT,      /* connection: the accepting node learns of an opening connection */
    ACTION_REFUSE,      /* connection: that node is down: the opener's attempt fails */
    ACTION_ESTABLISHED, /* connection: the opener learns that it is open */
    ACTION_NOTICE,      /* connection, end: it learns that the connection is gone, after the last frame on its way */
    ACTION_WRITABLE,    /* connection, end: a full window has drained */
    ACTION_TIMER,       /* actor, argument: timer; value: what the process says (an arrival's size) */
    ACTION_CONTINUE,    /* actor */
    ACTION_SYNCED,      /* node: its oldest fsync completes */
    ACTION_BREAK,       /* connection: reset; keep[e]: how many of the frames on their way to end e still arrive */
    ACTION_CRASH,       /* actor; of a node: image (below); argument: enum action_in_flight */
    ACTION_RESTART,     /* actor */
    ACTION_GIVE_UP,     /* connection, end: its failure detector has heard nothing for too long, and closes it. In a
                           check only between nodes */
    ACTION_BEAT,        /* connection, end: its failure detector sends a heartbeat, if need be. This and the next two
                           only in a check with a budget of `ticks`; in a run they are the scheduler's */
    ACTION_HEARTBEAT,   /* connection, end: one arrives */
    ACTION_LOOK,        /* connection, end: its failure detector looks whether anything came, and may give up */
    ACTION_KINDS,
};

enum action_in_flight { ACTION_IN_FLIGHT_DELIVERED, ACTION_IN_FLIGHT_LOST };

/* What a crash leaves of the disk: every byte written (process), or after power loss the fsynced part, `kept` whole
 * records after it, and of the next one what `torn` says. */
enum torn_kind {
    TORN_NOTHING, /* ends cleanly after `kept` records */
    TORN_SHORT,   /* the first half of the next record's bytes */
    TORN_ZEROED,  /* the next record in full length, its second half zeroed: the length got there, the data did not */
    TORN_WIPED,   /* the disk is lost, with or without power: an empty one is in its place. Never in a check */
};

/* A plain 64-byte value without padding. Unused fields are 0, so equal actions are equal bytes. */
struct action {
    uint8_t kind;        /* enum action_kind */
    uint8_t end;         /* 0: the opener's, 1: the acceptor's */
    uint8_t power;       /* CRASH */
    uint8_t torn;        /* CRASH: enum torn_kind */
    uint16_t actor;
    uint16_t cut;        /* 0: whole. Otherwise the acting node crashes (process, or `power` with the image) after the
                            first `cut` outputs of this action's step */
    uint32_t connection; /* world-wide number */
    uint32_t argument;
    uint64_t value;
    uint32_t keep[2];    /* BREAK */
    uint32_t kept;       /* CRASH (or cut) by power: whole records that survive beyond what was fsynced */
    uint32_t pick_count;
    uint16_t picks[PICKS_MAX]; /* choices made inside the step */
    uint64_t reserved;
};
_Static_assert(sizeof(struct action) == 64, "no padding in stored structs");

struct world_shape;
#define ACTION_TEXT_MAX 192
/* Writes the action's name, such as "deliver web.1#1 -> n1", "crash n1 power kept 2 torn short"; NUL-terminated. */
void action_text(const struct world_shape *shape, const struct action *action, char ret_text[ACTION_TEXT_MAX]);
/* Reads a name back. False when it is none; *ret_at is then the offset of the first byte that does not fit. */
bool action_parse(const struct world_shape *shape, const char *text, struct action *ret_action, size_t *ret_at);

#endif
