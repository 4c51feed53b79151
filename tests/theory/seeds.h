/* Runs of one scenario over many seeds, and what became of the messages of each: counted here from what producers and
 * consumers said, apart from the oracle and from analysis/. */
#ifndef CRASHQ_TESTS_SEEDS_H
#define CRASHQ_TESTS_SEEDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after those four */
#include <cmocka.h>
#include <string.h>

#include "sim/plan/load.h"
#include "sim/timed/timed.h"

struct seed_run {
    uint64_t confirmed, lost; /* messages: confirmed; of these, never delivered */
    struct history_totals totals;
};

/* One producer's messages, by sequence. */
struct followed_run {
    GByteArray *fates; /* bits of enum fate */
};
enum fate { FATE_CONFIRMED = 1, FATE_DELIVERED = 2 };

static inline void seed_note(void *context, const struct history_event *event)
{
    struct followed_run *run = context;
    const struct observation *seen = event->observation;
    guint8 fate = 0;
    if (event->kind != HISTORY_OBSERVED)
        return;
    if (seen->kind == OBSERVE_ANSWERED && (seen->flags & FRAME_NEGATIVE) == 0)
        fate = FATE_CONFIRMED;
    if (seen->kind == OBSERVE_DELIVERED)
        fate = FATE_DELIVERED;
    if (fate == 0)
        return;
    guint sequence = (guint)seen->message.sequence, had = run->fates->len;
    if (sequence >= had) {
        g_byte_array_set_size(run->fates, sequence + 1);
        memset(run->fates->data + had, 0, sequence + 1 - had);
    }
    run->fates->data[sequence] |= fate;
}

static inline struct seed_run seed_run(const struct world_shape *shape, uint64_t seed)
{
    struct followed_run followed = {.fates = g_byte_array_new()};
    struct timed *timed =
        timed_new(shape, &(struct timed_options){.seed = seed, .sink = seed_note, .sink_context = &followed});
    assert_int_equal(timed_run(timed, NS_NEVER, 0), TIMED_DONE);
    struct seed_run result = {.totals = *timed_totals(timed)};
    for (guint i = 0; i < followed.fates->len; i++) {
        result.confirmed += (followed.fates->data[i] & FATE_CONFIRMED) != 0;
        result.lost += followed.fates->data[i] == FATE_CONFIRMED;
    }
    timed_free(timed);
    g_byte_array_unref(followed.fates);
    return result;
}

/* The scenario of that file, or a variant of it. */
static inline struct plan *seed_plan(const char *file, const char *variant)
{
    GPtrArray *problems;
    bool io_error;
    struct plan *plan = plan_load_variant(file, variant, NULL, &problems, &io_error);
    g_ptr_array_unref(problems);
    if (plan == NULL)
        fail_msg("%s does not load: crashq validate says why", file);
    return plan;
}

#endif
