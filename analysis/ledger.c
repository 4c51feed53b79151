/* See ledger.h. */
#include "analysis/ledger.h"

#include <glib.h>
#include <string.h>

#include "models/base/check.h"

#define WINDOW_FIRST 1024u
#define WINDOW_PINNED 65536u /* beyond this many, open messages at the old end become stragglers */

struct ledger {
    uint8_t *window;        /* sequence s lies at s & (capacity - 1) */
    size_t entry_bytes;     /* what each node holds lies in each */
    uint64_t capacity;      /* a power of two */
    uint64_t first, next;   /* sequences in the window: [first, next) */
    GHashTable *stragglers; /* uint64_t* -> struct ledger_entry* */
};

struct ledger *ledger_new(uint32_t nodes)
{
    struct ledger *ledger = g_new0(struct ledger, 1);
    ledger->capacity = WINDOW_FIRST;
    ledger->entry_bytes = sizeof(struct ledger_entry) + nodes * sizeof(struct ledger_hold);
    ledger->window = g_malloc0_n(ledger->capacity, ledger->entry_bytes);
    ledger->first = ledger->next = 1;
    ledger->stragglers = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    return ledger;
}

void ledger_free(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    g_hash_table_unref(ledger->stragglers);
    g_free(ledger->window);
    g_free(ledger);
}

static bool ledger_closed(const struct ledger_entry *entry)
{
    return (entry->flags & (LEDGER_ACKNOWLEDGED | LEDGER_REJECTED | LEDGER_UNASKED)) != 0 &&
           (entry->flags & LEDGER_COMPLETED) != 0;
}

static struct ledger_entry *ledger_slot(const struct ledger *ledger, uint64_t sequence)
{
    return (struct ledger_entry *)(void *)(ledger->window + (sequence & (ledger->capacity - 1)) * ledger->entry_bytes);
}

void ledger_sweep(struct ledger *ledger)
{
    while (ledger->first < ledger->next) {
        struct ledger_entry *oldest = ledger_slot(ledger, ledger->first);
        if (!ledger_closed(oldest)) {
            if (ledger->next - ledger->first < WINDOW_PINNED)
                return;
            uint64_t *key = g_new(uint64_t, 1);
            *key = ledger->first;
            g_hash_table_insert(ledger->stragglers, key, g_memdup2(oldest, ledger->entry_bytes));
        }
        memset(oldest, 0, ledger->entry_bytes);
        ledger->first++;
    }
}

static void ledger_grow(struct ledger *ledger)
{
    uint8_t *old = ledger->window;
    uint64_t old_mask = ledger->capacity - 1;
    ledger->capacity *= 2;
    ledger->window = g_malloc0_n(ledger->capacity, ledger->entry_bytes);
    for (uint64_t sequence = ledger->first; sequence < ledger->next; sequence++)
        memcpy(ledger_slot(ledger, sequence), old + (sequence & old_mask) * ledger->entry_bytes, ledger->entry_bytes);
    g_free(old);
}

struct ledger_entry *ledger_attempt(struct ledger *ledger, uint64_t sequence)
{
    CHECK(sequence == ledger->next);
    if (ledger->next - ledger->first == ledger->capacity)
        ledger_sweep(ledger);
    if (ledger->next - ledger->first == ledger->capacity)
        ledger_grow(ledger);
    ledger->next++;
    return ledger_slot(ledger, sequence);
}

struct ledger_entry *ledger_find(struct ledger *ledger, uint64_t sequence)
{
    if (sequence >= ledger->first && sequence < ledger->next)
        return ledger_slot(ledger, sequence);
    return g_hash_table_lookup(ledger->stragglers, &sequence);
}

uint64_t ledger_attempted(const struct ledger *ledger)
{
    return ledger->next - 1;
}

static gint ledger_compare(gconstpointer a, gconstpointer b)
{
    uint64_t x = **(const uint64_t *const *)a, y = **(const uint64_t *const *)b;
    return x < y ? -1 : x > y;
}

static GPtrArray *ledger_keys(const struct ledger *ledger)
{
    GPtrArray *keys = g_ptr_array_new();
    GHashTableIter iterator;
    gpointer key;
    g_hash_table_iter_init(&iterator, ledger->stragglers);
    while (g_hash_table_iter_next(&iterator, &key, NULL))
        g_ptr_array_add(keys, key);
    g_ptr_array_sort(keys, ledger_compare);
    return keys;
}

void ledger_foreach_open(struct ledger *ledger, void (*visit)(void *, uint64_t, struct ledger_entry *), void *context)
{
    g_autoptr(GPtrArray) keys = ledger_keys(ledger);
    for (guint i = 0; i < keys->len; i++) {
        struct ledger_entry *entry = g_hash_table_lookup(ledger->stragglers, keys->pdata[i]);
        if (!ledger_closed(entry))
            visit(context, *(const uint64_t *)keys->pdata[i], entry);
    }
    for (uint64_t sequence = ledger->first; sequence < ledger->next; sequence++)
        if (!ledger_closed(ledger_slot(ledger, sequence)))
            visit(context, sequence, ledger_slot(ledger, sequence));
}
