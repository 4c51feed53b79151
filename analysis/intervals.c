/* See intervals.h. */
#include "analysis/intervals.h"

/* The first span that ends at `number` or later. */
static guint span_find(const GArray *list, uint64_t number)
{
    guint low = 0, high = list->len;
    if (high > 0 && g_array_index(list, struct span, high - 1).last < number)
        return high;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(list, struct span, middle).last < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void intervals_add(struct intervals *intervals, uint64_t number)
{
    if (intervals->list == NULL)
        intervals->list = g_array_new(FALSE, FALSE, sizeof(struct span));
    GArray *list = intervals->list;
    guint at = span_find(list, number);
    struct span *after = at < list->len ? &g_array_index(list, struct span, at) : NULL;
    struct span *before = at > 0 ? &g_array_index(list, struct span, at - 1) : NULL;
    bool joins_before = before != NULL && before->last + 1 == number;
    bool joins_after = after != NULL && after->first == number + 1;
    if (after != NULL && after->first <= number)
        return;
    if (joins_before && joins_after) {
        before->last = after->last;
        g_array_remove_index(list, at);
    } else if (joins_before) {
        before->last = number;
    } else if (joins_after) {
        after->first = number;
    } else {
        struct span alone = {number, number};
        g_array_insert_val(list, at, alone);
    }
}

void intervals_clear(struct intervals *intervals)
{
    if (intervals->list != NULL)
        g_array_unref(intervals->list);
    intervals->list = NULL;
}

struct edge {
    uint64_t at;
    int step; /* +1: a span begins; -1: it ended before */
};

static gint edge_compare(gconstpointer a, gconstpointer b)
{
    const struct edge *x = a, *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* Between two neighbouring edges the same sets hold all numbers. */
uint64_t intervals_divergent(const struct intervals *const *sets, uint32_t count)
{
    g_autoptr(GArray) edges = g_array_new(FALSE, FALSE, sizeof(struct edge));
    for (uint32_t set = 0; set < count; set++)
        for (guint i = 0; sets[set]->list != NULL && i < sets[set]->list->len; i++) {
            const struct span *span = &g_array_index(sets[set]->list, struct span, i);
            const struct edge both[] = {{span->first, 1}, {span->last + 1, -1}};
            g_array_append_vals(edges, both, 2);
        }
    g_array_sort(edges, edge_compare);
    uint64_t divergent = 0, from = 0;
    uint32_t holders = 0;
    for (guint i = 0; i < edges->len; i++) {
        const struct edge *edge = &g_array_index(edges, struct edge, i);
        if (holders > 0 && holders < count)
            divergent += edge->at - from;
        from = edge->at;
        holders += (uint32_t)edge->step;
    }
    return divergent;
}
