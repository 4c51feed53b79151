/* Which nodes hold a message: in memory, or on a disk as far as its log survived. A message is kept at the end when a
 * node has it that may still serve it: of a passive queue, a member of the in-sync set of the newest view. */
#include "analysis/recorder.h"

static struct ledger_entry *holdings_entry(const struct recorder *recorder, const struct message *message)
{
    uint32_t client = message->producer - recorder->nodes;
    if (message->producer < recorder->nodes || client >= recorder->clients ||
        recorder->producers[client].ledger == NULL)
        return NULL;
    return ledger_find(recorder->producers[client].ledger, message->sequence);
}

void holdings_held(struct recorder *recorder, const struct observation *seen)
{
    struct ledger_entry *entry = holdings_entry(recorder, &seen->message);
    uint16_t node = (uint16_t)(1u << seen->actor);
    if (entry == NULL)
        return;
    struct ledger_hold *hold = &entry->hold[seen->actor];
    if ((entry->held_by & node) == 0 || hold->position == 0 ||
        (seen->position != 0 && seen->position < hold->position))
        hold->position = seen->position;
    if (seen->kind != OBSERVE_MOVED)
        hold->copies++;
    entry->held_by |= node;
    entry->present |= node;
}

void holdings_left(struct recorder *recorder, const struct observation *seen)
{
    struct ledger_entry *entry = holdings_entry(recorder, &seen->message);
    if (entry == NULL)
        return;
    struct ledger_hold *hold = &entry->hold[seen->actor];
    if (hold->copies > 0)
        hold->copies--;
    if (hold->copies == 0)
        entry->held_by &= (uint16_t) ~(1u << seen->actor);
}

static void holdings_each(struct recorder *recorder, const struct observation *seen,
                          void (*visit)(void *context, uint64_t sequence, struct ledger_entry *entry))
{
    struct observation context = *seen;
    for (uint32_t client = 0; client < recorder->clients; client++)
        if (recorder->producers[client].ledger != NULL)
            ledger_foreach_open(recorder->producers[client].ledger, visit, &context);
}

static void crash_message(void *context, uint64_t sequence, struct ledger_entry *entry)
{
    (void)sequence;
    const struct observation *crash = context;
    uint16_t node = (uint16_t)(1u << crash->actor);
    uint64_t position = entry->hold[crash->actor].position;
    entry->hold[crash->actor].copies = 0;
    entry->present &= (uint16_t)~node;
    if (position == 0 || position > crash->position)
        entry->held_by &= (uint16_t)~node;
}

/* What lay in the node's memory alone, or beyond the end of the log that survived, is held there no longer. */
void holdings_crashed(struct recorder *recorder, const struct observation *seen)
{
    if (seen->actor < recorder->nodes)
        holdings_each(recorder, seen, crash_message);
}

static void forget_message(void *context, uint64_t sequence, struct ledger_entry *entry)
{
    (void)sequence;
    const struct observation *boot = context;
    uint16_t node = (uint16_t)(1u << boot->actor);
    if ((entry->present & node) == 0)
        entry->held_by &= (uint16_t)~node;
}

/* What the log held and the boot did not bring back, the node has lost. */
void holdings_recovered(struct recorder *recorder, const struct observation *seen)
{
    if (seen->value == REFUSE_NOTHING)
        holdings_each(recorder, seen, forget_message);
}
