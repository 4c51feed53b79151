/* What consumers hold, and how it is settled: acknowledged, rejected, or put back.
 *
 * A consumer's unacknowledged messages lie in a map by delivery tag. A single ack settles one of them now; a
 * multiple ack (AMQP 0-9-1 basic.ack, 1.8.3.13) may cover thousands, so it becomes a job: everything up to a
 * tag, worked off a few messages a step in tag order. From its arrival on, the tags it covers count as settled;
 * later jobs cover higher tags. A lost connection leaves its map behind as an orphan: its jobs are finished and
 * the rest goes back, while the slot already serves the next connection. */
#include "models/broker/broker_core.h"

struct unacked_ref unacked_open(struct node *node, uint16_t slot)
{
    struct unacked_ref ref = {node_take(node, UNITS_OF(struct unacked))};
    unacked_at(node, ref)->slot = slot;
    return ref;
}

static void settling_add(struct node *node, struct unacked_ref ref)
{
    struct unacked *unacked = unacked_at(node, ref);
    if (unacked->listed)
        return;
    unacked->listed = 1;
    if (node->settling_first.at == 0)
        node->settling_first = ref;
    else
        unacked_at(node, node->settling_last)->next = ref;
    node->settling_last = ref;
}

void unacked_orphan(struct node *node, struct unacked_ref ref)
{
    struct unacked *unacked = unacked_at(node, ref);
    CHECK(unacked->slot != SLOT_NONE);
    unacked->slot = SLOT_NONE;
    if (unacked->by_tag.count > 0 || unacked->listed)
        settling_add(node, ref);
    else
        arena_give(&node->arena, ref.at, UNITS_OF(struct unacked));
}

bool unacked_has(const struct node *node, struct unacked_ref ref, uint64_t tag)
{
    const struct unacked *unacked = unacked_at(node, ref);
    if (unacked->last_job.at != 0 && tag <= job_at(node, unacked->last_job)->up_to)
        return false;
    return omap_get(&node->arena, &unacked->by_tag, tag) != 0;
}

void settle_one(struct step *step, struct unacked_ref ref, uint64_t tag, uint8_t flags)
{
    struct node *node = step->node;
    struct unacked *unacked = unacked_at(node, ref);
    struct entry_ref entry = {omap_remove(&node->arena, &unacked->by_tag, tag)};
    CHECK(entry.at != 0);
    bool leads = (node->leading >> entry_at(node, entry)->message.queue & 1) != 0;
    if (!leads) /* who leads now will deliver it again */
        queue_return(step, entry);
    else if (!(flags & FRAME_NEGATIVE))
        queue_end(step, entry, OBSERVE_SETTLED);
    else if (flags & FRAME_REQUEUE)
        queue_return(step, entry);
    else
        queue_end(step, entry, OBSERVE_DROPPED);
    if (unacked->slot != SLOT_NONE)
        dispatch_refresh(node, unacked->slot);
}

void settle_up_to(struct step *step, struct unacked_ref ref, uint64_t tag, uint8_t flags)
{
    struct node *node = step->node;
    struct unacked *unacked = unacked_at(node, ref);
    struct job *last = unacked->last_job.at != 0 ? job_at(node, unacked->last_job) : NULL;
    if (last != NULL && last->flags == flags) {
        last->up_to = tag;
        return;
    }
    struct job_ref job = {node_take(node, UNITS_OF(struct job))};
    job_at(node, job)->flags = flags;
    job_at(node, job)->up_to = tag;
    if (last == NULL)
        unacked->first_job = job;
    else
        last->next = job;
    unacked->last_job = job;
    settling_add(node, ref);
}

static void job_end(struct node *node, struct unacked *unacked)
{
    struct job_ref ref = unacked->first_job;
    unacked->first_job = job_at(node, ref)->next;
    if (unacked->first_job.at == 0)
        unacked->last_job.at = 0;
    arena_give(&node->arena, ref.at, UNITS_OF(struct job));
}

/* The next message of this consumer to settle, and how. False: nothing is left to do for it. */
static bool unacked_next(struct node *node, struct unacked *unacked, uint64_t *ret_tag, uint8_t *ret_flags)
{
    uint32_t entry;
    bool any = omap_ceiling(&node->arena, &unacked->by_tag, 0, ret_tag, &entry);
    while (unacked->first_job.at != 0) {
        const struct job *job = job_at(node, unacked->first_job);
        *ret_flags = job->flags;
        if (any && *ret_tag <= job->up_to)
            return true;
        job_end(node, unacked);
    }
    *ret_flags = FRAME_NEGATIVE | FRAME_REQUEUE;
    return any && unacked->slot == SLOT_NONE;
}

static void settling_drop_first(struct node *node)
{
    struct unacked_ref ref = node->settling_first;
    struct unacked *unacked = unacked_at(node, ref);
    node->settling_first = unacked->next;
    if (node->settling_first.at == 0)
        node->settling_last.at = 0;
    unacked->next.at = 0;
    unacked->listed = 0;
    if (unacked->slot != SLOT_NONE)
        return;
    CHECK(unacked->by_tag.count == 0);
    arena_give(&node->arena, ref.at, UNITS_OF(struct unacked));
}

void settle_backlog(struct step *step)
{
    struct node *node = step->node;
    while (node->settling_first.at != 0) {
        struct unacked_ref ref = node->settling_first;
        uint64_t tag;
        uint8_t flags;
        if (!unacked_next(node, unacked_at(node, ref), &tag, &flags)) {
            settling_drop_first(node);
            continue;
        }
        if (!step_afford(step, 2))
            return;
        settle_one(step, ref, tag, flags);
    }
}
