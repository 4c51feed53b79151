/* The canonical form: the same node, laid out as if it had never done anything but become what it is.
 *
 * Objects are taken anew, in the order in which a reader meets them: per queue its ready messages, per
 * connection what its consumer holds and what waits for its window, then orphans, runs and discarded frames,
 * each list from its head. Free lists are empty. Counters are lowered to their anchors; a value below its anchor
 * can only be one that was passed long ago (an fsync's position), and becomes 0; so does one that nothing can
 * ask about any more. Incarnations and lineages become 1, and 0 for a run that nobody waits for.
 *
 * Of a replicated queue the index comes first, since it holds every message; lists and maps then name what it holds.
 * Epochs, operations and places mean the same on all nodes, and stay. Rings begin at their first item.
 *
 * The list of live records runs across all of that. It is rebuilt from a map by position, which is borrowed from
 * the end of the block and erased again. */
#include <string.h>

#include "models/broker/broker_core.h"

struct canonical {
    const struct node *from;
    struct node *to;
    const struct anchor *anchors;
    int count;
};

/* What a counter is lowered by. Modulo 2^64: the lowest position may be 0 and then becomes 1. */
static uint64_t lowered_by(const struct canonical *canonical, enum anchor_space space, uint16_t of)
{
    for (int i = 0; i < canonical->count; i++)
        if (canonical->anchors[i].space == space && canonical->anchors[i].connection == of)
            return canonical->anchors[i].lowest - 1;
    return 0;
}

static uint64_t position_lowered(const struct canonical *canonical, uint64_t position)
{
    return position - lowered_by(canonical, ANCHOR_LOG, 0);
}

/* ... of a record's end; 0: there is none. */
static uint64_t record_lowered(const struct canonical *canonical, uint64_t position)
{
    return position == 0 ? 0 : position_lowered(canonical, position);
}

static uint64_t run_covered(const struct node *node, const struct run_list *runs, uint64_t position, uint64_t most)
{
    for (struct run_ref at = runs->first; at.at != 0; at = run_at(node, at)->next)
        if (run_at(node, at)->position <= position && run_at(node, at)->position > most)
            most = run_at(node, at)->position;
    return most;
}

/* A position that only says which runs it covers, and what a run may yet be opened for, as the newest of those. */
static uint64_t covered_lowered(const struct canonical *canonical, uint64_t position)
{
    const struct node *from = canonical->from;
    uint64_t most = run_covered(from, &from->runs, position, 0);
    for (uint64_t left = from->passive; left != 0; left &= left - 1) {
        const struct replica *replica = replica_at(from, (uint16_t)__builtin_ctzll(left));
        if (replica->entered <= position && replica->entered > most)
            most = replica->entered;
        most = run_covered(from, &replica->runs, position, most);
    }
    return record_lowered(canonical, most);
}

/* What is synced only matters to runs: more than that waits for the next fsync's end. */
static uint64_t synced_lowered(const struct canonical *canonical)
{
    const struct node *from = canonical->from;
    CHECK(from->log.moved == 0 || from->log.moved > from->log.synced);
    return covered_lowered(canonical, from->log.synced);
}

/* An entry that the index holds was copied with it. */
static bool copied_with_index(const struct canonical *canonical, struct entry_ref ref, struct entry_ref *ret_copy)
{
    const struct entry *entry = entry_at(canonical->from, ref);
    if (!queue_is_passive(canonical->from, entry->message.queue))
        return false;
    ret_copy->at = omap_get(&canonical->to->arena, &replica_at(canonical->to, entry->message.queue)->index,
                            entry->place);
    return ret_copy->at != 0;
}

static struct entry_ref copy_entry(struct canonical *canonical, struct entry_ref ref)
{
    struct node *to = canonical->to;
    struct entry_ref copy;
    if (copied_with_index(canonical, ref, &copy))
        return copy;
    copy.at = node_take(to, UNITS_OF(struct entry));
    struct entry *entry = entry_at(to, copy);
    *entry = *entry_at(canonical->from, ref);
    entry->place -= lowered_by(canonical, ANCHOR_PLACE, entry->message.queue);
    entry->position = record_lowered(canonical, entry->position);
    entry->log_before.at = entry->log_after.at = entry->next.at = 0;
    return copy;
}

/* A map of entries; its keys are lowered by `by`. */
static void copy_map(struct canonical *canonical, const struct omap *from, struct omap *to, uint64_t by)
{
    uint64_t key = 0;
    *to = (struct omap){0};
    for (struct entry_ref at; omap_ceiling(&canonical->from->arena, from, key, &key, &at.at); key++) {
        bool put = omap_put(&canonical->to->arena, to, key - by, copy_entry(canonical, at).at);
        CHECK(put);
    }
}

static void copy_queue(struct canonical *canonical, uint16_t index)
{
    struct node *to = canonical->to;
    const struct queue *from = queue_at(canonical->from, index);
    struct queue *queue = queue_at(to, index);
    uint64_t by = lowered_by(canonical, ANCHOR_PLACE, index);
    *queue = *from;
    queue->next_place -= by;
    queue->first.at = queue->last.at = 0;
    for (struct entry_ref at = from->first; at.at != 0; at = entry_at(canonical->from, at)->next) {
        struct entry_ref copy = copy_entry(canonical, at);
        if (queue->first.at == 0)
            queue->first = copy;
        else
            entry_at(to, queue->last)->next = copy;
        queue->last = copy;
    }
    copy_map(canonical, &from->requeued, &queue->requeued, by);
}

static void copy_jobs(struct canonical *canonical, const struct unacked *from, struct unacked *unacked, uint64_t by)
{
    struct node *to = canonical->to;
    unacked->first_job.at = unacked->last_job.at = 0;
    for (struct job_ref at = from->first_job; at.at != 0; at = job_at(canonical->from, at)->next) {
        struct job_ref copy = {node_take(to, UNITS_OF(struct job))};
        *job_at(to, copy) = *job_at(canonical->from, at);
        job_at(to, copy)->next.at = 0;
        job_at(to, copy)->up_to -= by;
        if (unacked->first_job.at == 0)
            unacked->first_job = copy;
        else
            job_at(to, unacked->last_job)->next = copy;
        unacked->last_job = copy;
    }
}

static struct unacked_ref copy_unacked(struct canonical *canonical, struct unacked_ref ref, uint64_t by)
{
    struct node *to = canonical->to;
    const struct unacked *from = unacked_at(canonical->from, ref);
    struct unacked_ref copy = {node_take(to, UNITS_OF(struct unacked))};
    struct unacked *unacked = unacked_at(to, copy);
    *unacked = *from;
    unacked->next.at = 0;
    copy_map(canonical, &from->by_tag, &unacked->by_tag, by);
    copy_jobs(canonical, from, unacked, by);
    return copy;
}

/* A chain of held frames; `by` lowers the publish numbers that they answer. */
static void copy_held(struct canonical *canonical, struct held_ref from, uint64_t by, struct held_ref *ret_first,
                      struct held_ref *ret_last)
{
    struct node *to = canonical->to;
    ret_first->at = ret_last->at = 0;
    for (struct held_ref at = from; at.at != 0; at = held_at(canonical->from, at)->next) {
        struct held_ref copy = {node_take(to, UNITS_OF(struct held))};
        held_at(to, copy)->frame = held_at(canonical->from, at)->frame;
        if (held_at(to, copy)->frame.kind == FRAME_CONFIRM)
            held_at(to, copy)->frame.tag -= by;
        if (ret_first->at == 0)
            *ret_first = copy;
        else
            held_at(to, *ret_last)->next = copy;
        *ret_last = copy;
    }
}

static void copy_connection(struct canonical *canonical, uint16_t slot)
{
    const struct connection *from = connection_at(canonical->from, slot);
    struct connection *connection = connection_at(canonical->to, slot);
    uint64_t by = lowered_by(canonical, ANCHOR_DELIVERY_TAG, slot);
    *connection = *from;
    connection->incarnation = 1;
    connection->run.at = 0;
    if (from->consuming)
        connection->next_tag -= by;
    if (from->unacked.at != 0)
        connection->unacked = copy_unacked(canonical, from->unacked, by);
    copy_held(canonical, from->held_first, lowered_by(canonical, ANCHOR_PUBLISH_TAG, slot), &connection->held_first,
              &connection->held_last);
}

/* Tags of an orphan mean nothing to anyone but their order: they begin at 1. */
static struct unacked_ref copy_orphan(struct canonical *canonical, struct unacked_ref ref)
{
    const struct node *from = canonical->from;
    uint64_t lowest = 1;
    uint32_t entry;
    omap_ceiling(&from->arena, &unacked_at(from, ref)->by_tag, 0, &lowest, &entry);
    return copy_unacked(canonical, ref, lowest - 1);
}

static void copy_settling(struct canonical *canonical)
{
    struct node *to = canonical->to;
    to->settling_first.at = to->settling_last.at = 0;
    for (struct unacked_ref at = canonical->from->settling_first; at.at != 0;) {
        const struct unacked *from = unacked_at(canonical->from, at);
        struct unacked_ref copy =
            from->slot != SLOT_NONE ? connection_at(to, from->slot)->unacked : copy_orphan(canonical, at);
        if (to->settling_first.at == 0)
            to->settling_first = copy;
        else
            unacked_at(to, to->settling_last)->next = copy;
        to->settling_last = copy;
        at = from->next;
    }
}

static void copy_run(struct canonical *canonical, const struct run *from, struct run_list *runs)
{
    struct node *to = canonical->to;
    struct run_ref copy = {node_take(to, UNITS_OF(struct run))};
    struct run *run = run_at(to, copy);
    bool lives = run_lives(canonical->from, from);
    *run = (struct run){.acks = from->acks, .home = from->home, .queue = QUEUE_NONE};
    run->position = record_lowered(canonical, from->position);
    if (lives) {
        run->slot = from->slot;
        run->queue = from->queue;
        run->index = from->index;
        run->incarnation = 1;
        run->count = from->count;
        run->tag = from->tag - (from->acks ? 0 : lowered_by(canonical, ANCHOR_PUBLISH_TAG, from->slot));
        if (from->acks)
            replica_at(to, from->home)->acking = copy;
        else
            connection_at(to, from->slot)->run = copy; /* the last one is the newest */
    }
    if (runs->first.at == 0)
        runs->first = copy;
    else
        run_at(to, runs->last)->next = copy;
    runs->last = copy;
}

static void copy_runs(struct canonical *canonical, const struct run_list *from, struct run_list *runs)
{
    runs->first.at = runs->last.at = 0;
    for (struct run_ref at = from->first; at.at != 0; at = run_at(canonical->from, at)->next)
        copy_run(canonical, run_at(canonical->from, at), runs);
}

static void copy_all_runs(struct canonical *canonical)
{
    copy_runs(canonical, &canonical->from->runs, &canonical->to->runs);
    for (uint64_t left = canonical->from->passive; left != 0; left &= left - 1) {
        uint16_t queue = (uint16_t)__builtin_ctzll(left);
        copy_runs(canonical, &replica_at(canonical->from, queue)->runs, &replica_at(canonical->to, queue)->runs);
    }
}

static void copy_ring(struct canonical *canonical, const struct ring *from, struct ring *ring)
{
    struct arena *to = &canonical->to->arena;
    memset(arena_at(to, from->at), 0, (size_t)from->capacity * from->item_units * UNIT_BYTES);
    ring->head = ring->count = 0;
    for (uint32_t i = 0; i < from->count; i++) {
        void *item = ring_push(to, ring);
        memcpy(item, ring_item(&canonical->from->arena, from, i), (size_t)from->item_units * UNIT_BYTES);
    }
}

static void copy_replica(struct canonical *canonical, uint16_t queue)
{
    const struct replica *from = replica_at(canonical->from, queue);
    struct replica *replica = replica_at(canonical->to, queue);
    replica->acking.at = 0;
    replica->lineage = 1;
    replica->index = (struct omap){0};
    copy_map(canonical, &from->index, &replica->index, 0);
    copy_ring(canonical, &from->ring, &replica->ring);
    if (canonical->from->phase != PHASE_SERVING)
        return;
    replica->written = record_lowered(canonical, from->written);
    replica->changed = record_lowered(canonical, from->changed);
    replica->entered = record_lowered(canonical, from->entered);
}

static void copy_discarded(struct canonical *canonical)
{
    struct node *to = canonical->to;
    copy_held(canonical, canonical->from->discard_first, 0, &to->discard_first, &to->discard_last);
    for (struct held_ref at = to->discard_first; at.at != 0; at = held_at(to, at)->next)
        held_at(to, at)->frame = (struct frame){0};
}

static void copy_log(struct canonical *canonical)
{
    const struct log *from = &canonical->from->log;
    struct log *log = &canonical->to->log;
    *log = *from;
    log->first.at = log->last.at = log->live = 0;
    if (canonical->from->phase != PHASE_SERVING)
        return;
    log->start = position_lowered(canonical, from->start);
    log->end = position_lowered(canonical, from->end);
    log->asked = covered_lowered(canonical, from->asked);
    log->synced = synced_lowered(canonical);
    log->moved = record_lowered(canonical, from->moved);
    log->trim_to = record_lowered(canonical, from->trim_to);
    log->trim_after = record_lowered(canonical, from->trim_after);
    log->next_sequence -= lowered_by(canonical, ANCHOR_RECORD, 0);
}

static void index_entry(struct node *to, struct omap *by_position, struct entry_ref ref)
{
    const struct entry *entry = entry_at(to, ref);
    if (entry->position == 0)
        return;
    bool put = omap_put(&to->arena, by_position, entry->position, ref.at);
    CHECK(put);
}

static void index_map(struct node *to, struct omap *by_position, const struct omap *entries)
{
    uint64_t key = 0;
    for (struct entry_ref at; omap_ceiling(&to->arena, entries, key, &key, &at.at); key++)
        index_entry(to, by_position, at);
}

static void index_node(struct node *to, struct omap *by_position)
{
    for (uint16_t index = 0; index < to->queues; index++) {
        const struct queue *queue = queue_at(to, index);
        for (struct entry_ref at = queue->first; at.at != 0; at = entry_at(to, at)->next)
            index_entry(to, by_position, at);
        index_map(to, by_position, &queue->requeued);
        if (queue_is_passive(to, index))
            index_map(to, by_position, &replica_at(to, index)->index);
    }
    for (uint16_t slot = 0; slot < to->connections; slot++)
        if (connection_at(to, slot)->unacked.at != 0)
            index_map(to, by_position, &unacked_at(to, connection_at(to, slot)->unacked)->by_tag);
    for (struct unacked_ref at = to->settling_first; at.at != 0; at = unacked_at(to, at)->next)
        if (unacked_at(to, at)->slot == SLOT_NONE)
            index_map(to, by_position, &unacked_at(to, at)->by_tag);
}

static void link_log(struct node *to)
{
    struct arena before = to->arena;
    struct omap by_position = {0};
    index_node(to, &by_position);
    uint64_t position = 0;
    for (struct entry_ref at; omap_ceiling(&to->arena, &by_position, position, &position, &at.at); position++)
        log_link(to, at);
    memset((char *)to + arena_used_bytes(&before), 0, arena_used_bytes(&to->arena) - arena_used_bytes(&before));
    to->arena = before;
}

static void copy_header(struct canonical *canonical, uint64_t block_bytes)
{
    const struct node *from = canonical->from;
    struct node *to = canonical->to;
    struct layout layout = {
        .queues = from->queues,
        .connections = from->connections,
        .nodes = from->nodes,
        .operations_max = from->operations_max,
        .passive = from->passive,
    };
    node_lay_out(to, &layout, block_bytes);
    CHECK(to->messages_max == from->messages_max && to->slot_table == from->slot_table);
    struct arena arena = to->arena;
    *to = *from;
    to->arena = arena;
    uint64_t slot_table = (uint64_t)from->slot_table * UNIT_BYTES;
    memcpy((char *)to + slot_table, (const char *)from + slot_table, arena_used_bytes(&arena) - slot_table);
}

void broker_canonical(const struct node *node, const struct anchor *anchors, int count, struct node *ret_node,
                      uint64_t block_bytes)
{
    struct canonical canonical = {.from = node, .to = ret_node, .anchors = anchors, .count = count};
    copy_header(&canonical, block_bytes);
    for (uint64_t left = node->passive; left != 0; left &= left - 1)
        copy_replica(&canonical, (uint16_t)__builtin_ctzll(left));
    for (uint16_t index = 0; index < node->queues; index++)
        copy_queue(&canonical, index);
    for (uint16_t slot = 0; slot < node->connections; slot++)
        copy_connection(&canonical, slot);
    copy_settling(&canonical);
    copy_all_runs(&canonical);
    copy_discarded(&canonical);
    copy_log(&canonical);
    link_log(ret_node);
    CHECK(ret_node->log.live == node->log.live);
}
