/* See histogram.h. Bucket b holds values in [2^(b+9), 2^(b+10)) in steps of 2^b once values pass 1,024; below, each
 * value is its own. */
#include "analysis/histogram.h"

#include <glib.h>

#define HALF 1024u
#define BUCKETS (63 - 10 + 1)
#define SLOTS (HALF + BUCKETS * HALF)

__extension__ typedef __int128 int128;

struct histogram {
    uint64_t count;
    int64_t max_ns;
    int128 sum_ns;
    uint64_t slots[SLOTS];
};

static uint32_t histogram_slot(int64_t value)
{
    if (value < (int64_t)HALF)
        return (uint32_t)value;
    uint32_t shift = 63u - (uint32_t)__builtin_clzll((uint64_t)value) - 10u;
    return HALF + shift * HALF + (uint32_t)((uint64_t)value >> shift) - HALF;
}

static int64_t histogram_slot_upper(uint32_t slot)
{
    if (slot < HALF)
        return slot;
    uint32_t shift = (slot - HALF) / HALF;
    uint64_t step = (slot - HALF) % HALF + HALF;
    return (int64_t)(((step + 1) << shift) - 1);
}

struct histogram *histogram_new(void)
{
    return g_new0(struct histogram, 1);
}

void histogram_free(struct histogram *histogram)
{
    g_free(histogram);
}

void histogram_add(struct histogram *histogram, int64_t value_ns)
{
    g_assert(value_ns >= 0);
    histogram->slots[histogram_slot(value_ns)]++;
    histogram->count++;
    histogram->sum_ns += value_ns;
    histogram->max_ns = MAX(histogram->max_ns, value_ns);
}

uint64_t histogram_count(const struct histogram *histogram)
{
    return histogram->count;
}

double histogram_mean_ns(const struct histogram *histogram)
{
    return histogram->count == 0 ? 0 : (double)histogram->sum_ns / (double)histogram->count;
}

int64_t histogram_max_ns(const struct histogram *histogram)
{
    return histogram->max_ns;
}

int64_t histogram_percentile_ns(const struct histogram *histogram, uint32_t per_100k)
{
    int128 wanted = ((int128)histogram->count * per_100k + 99999) / 100000;
    int128 seen = 0;
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        seen += histogram->slots[slot];
        if (seen >= wanted && seen > 0)
            return MIN(histogram_slot_upper(slot), histogram->max_ns);
    }
    return histogram->max_ns;
}
