/* What became of each message of one producer, in memory bounded by what is still open: a window over the sequence
 * numbers from the oldest open message to the newest. A message that stays open while thousands close (a lost one)
 * moves to a table of stragglers, so that it does not hold the window. */
#ifndef CRASHQ_LEDGER_H
#define CRASHQ_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

enum ledger_flag {
    LEDGER_ATTEMPTED = 1,
    LEDGER_ACKNOWLEDGED = 2,
    LEDGER_REJECTED = 4,
    LEDGER_ABANDONED = 8,
    LEDGER_DELIVERED = 16,
    LEDGER_COMPLETED = 32,
    LEDGER_IN_FAULT = 64, /* attempted while a fault was under way */
    LEDGER_UNASKED = 128, /* its producer asks for no confirms: nothing to wait for */
};

struct ledger_hold {
    uint64_t position; /* the log position at its first record's end; 0: in memory only */
    uint32_t copies; /* since the node's last crash: what was sent again lies in the queue twice */
    uint32_t reserved;
};

struct ledger_entry {
    int64_t intended_ns;
    uint32_t flags;     /* enum ledger_flag; 0: no such message */
    uint16_t held_by;   /* bit per node that has it in its queue, or on a disk that survived */
    uint16_t present;   /* bit per node that appended or recovered it since its last boot */
    struct ledger_hold hold[]; /* by node */
};

struct ledger;
struct ledger *ledger_new(uint32_t nodes);
void ledger_free(struct ledger *ledger);
/* The next message, all zero; sequences are attempted in order, from 1. */
struct ledger_entry *ledger_attempt(struct ledger *ledger, uint64_t sequence);
/* NULL: never attempted, or closed long ago (ledger_attempted tells which). Valid until the next ledger call. */
struct ledger_entry *ledger_find(struct ledger *ledger, uint64_t sequence);
uint64_t ledger_attempted(const struct ledger *ledger);
/* Forgets closed messages (answered and completed) at the window's old end. */
void ledger_sweep(struct ledger *ledger);
/* Calls for every message still open, in sequence order. */
void ledger_foreach_open(struct ledger *ledger,
                         void (*visit)(void *context, uint64_t sequence, struct ledger_entry *entry), void *context);

#endif
