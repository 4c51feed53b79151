/* Recovery: from the bytes that survived to the queues as they were, a bounded piece at a time.
 *
 *   SCAN     record after record from the log's start. A message goes into its queue's map by place (a second
 *            record of the same place was moved: the later one wins), a settlement takes it out again.
 *   SEARCH   a record does not match: too short, wrong checksum, not the next in sequence. If any valid record
 *            with a later sequence lies behind it, something inside the log was damaged, and serving would be
 *            silent loss: the node refuses. If none does, the write was torn: the log is cut there. (Records are
 *            written in order, so a torn one is the last; cf. SQLite's wal.c, whose frames after a bad checksum
 *            are never valid.)
 *   REBUILD  each queue's messages, in the order of their places, become its list of fresh ones; those of a replicated
 *            queue stay in the replica's index, until this node leads it.
 *
 * Records are whole numbers of 32 bytes, so SEARCH looks at every 32nd one. Sequence and place go on from the
 * highest that the log shows, settled or not, so neither is ever used twice within what a log holds.
 *
 * The newest VIEW of a replicated queue says what this node promised, recorded and held when it wrote it; the numbered
 * records behind it say what it has held since. */
#include "models/broker/broker_core.h"

#define RECORD_STEP_BYTES RECORD_SETTLE_BYTES

static void recover_end(struct step *step, enum node_phase phase, enum refuse_reason reason)
{
    step->node->phase = (uint8_t)phase;
    struct broker_output *output = step_output(step, OUTPUT_OBSERVE);
    output->u.observation.kind = OBSERVE_RECOVERY_DONE;
    output->u.observation.position = step->node->log.end;
    output->u.observation.value = reason;
}

static void recover_settle(struct node *node, struct queue *queue, uint64_t place)
{
    struct entry_ref ref = {omap_remove(&node->arena, &queue->requeued, place)};
    if (ref.at == 0)
        return; /* its message was trimmed away before it */
    if (queue_is_passive(node, entry_at(node, ref)->message.queue))
        omap_remove(&node->arena, &replica_at(node, entry_at(node, ref)->message.queue)->index, place);
    log_unlink(node, ref);
    node->messages--;
    arena_give(&node->arena, ref.at, UNITS_OF(struct entry));
}

static void recover_view(struct node *node, const struct record *record)
{
    struct replica *replica = replica_at(node, record->queue);
    replica->view = record->view;
    replica->promised = record->place;
    replica->voted = (uint16_t)record->index;
    replica->mixed = (record->flags & RECORD_COPYING) != 0;
    replica->lost = (record->flags & RECORD_LOST) != 0;
    replica->written = node->log.end;
}

static void recover_operation(struct node *node, const struct record *record)
{
    if (record->index != 0 && queue_is_passive(node, record->queue))
        replica_at(node, record->queue)->view.data_index = record->index;
}

static bool recover_believes(const struct node *node, const struct record *record)
{
    if (record->queue >= node->queues)
        return false;
    if (record->kind == RECORD_VIEW)
        return queue_is_passive(node, record->queue) && record->index <= node->nodes;
    return queue_at(node, record->queue)->durable &&
           (record->kind != RECORD_MESSAGE || record->message.queue == record->queue);
}

/* False: no room. */
static bool recover_message(struct node *node, struct queue *queue, const struct record *record)
{
    struct entry_ref ref = {omap_get(&node->arena, &queue->requeued, record->place)};
    if (ref.at != 0) {
        log_unlink(node, ref);
        node->log.moved = node->log.end;
    } else {
        if (!node_has_room(node))
            return false;
        ref = queue_enter(node, &record->message, record->place);
        entry_at(node, ref)->state = ENTRY_REQUEUED;
        bool put = omap_put(&node->arena, &queue->requeued, record->place, ref.at);
        CHECK(put);
    }
    struct entry *entry = entry_at(node, ref);
    entry->message = record->message;
    entry->position = node->log.end;
    entry->redelivered = 1;
    log_link(node, ref);
    return true;
}

static enum refuse_reason recover_record(struct node *node, const struct record *record)
{
    if (!recover_believes(node, record))
        return REFUSE_CORRUPT; /* not written under this configuration */
    struct queue *queue = queue_at(node, record->queue);
    node->log.end += record->length;
    node->log.next_sequence = record->sequence + 1;
    if (record->kind == RECORD_VIEW) {
        recover_view(node, record);
        return REFUSE_NOTHING;
    }
    recover_operation(node, record);
    if (queue->next_place <= record->place)
        queue->next_place = record->place + 1;
    if (record->kind == RECORD_SETTLE)
        recover_settle(node, queue, record->place);
    else if (!recover_message(node, queue, record))
        return REFUSE_FULL;
    return REFUSE_NOTHING;
}

static void recover_scan(struct step *step)
{
    struct node *node = step->node;
    const struct disk_view *disk = step->in->disk;
    while (node->log.end < disk->end && step_afford(step, 0)) {
        struct record record;
        uint64_t expected = node->log.next_sequence; /* 0: any, this is the first record */
        if (!record_read(disk, node->log.end, &record) || (expected != 0 && record.sequence != expected)) {
            node->phase = PHASE_SEARCH;
            node->search = node->log.end;
            return;
        }
        enum refuse_reason reason = recover_record(node, &record);
        if (reason != REFUSE_NOTHING) {
            recover_end(step, PHASE_REFUSED, reason);
            return;
        }
    }
    if (node->log.end == disk->end)
        node->phase = PHASE_REBUILD;
}

static void recover_search(struct step *step)
{
    struct node *node = step->node;
    const struct disk_view *disk = step->in->disk;
    while (node->search < disk->end && step_afford(step, 0)) {
        struct record record;
        if (record_read(disk, node->search, &record) && record.sequence >= node->log.next_sequence) {
            recover_end(step, PHASE_REFUSED, REFUSE_CORRUPT);
            return;
        }
        uint64_t left = disk->end - node->search;
        node->search += left < RECORD_STEP_BYTES ? left : RECORD_STEP_BYTES;
    }
    if (node->search < disk->end)
        return;
    step_output(step, OUTPUT_TRUNCATE)->position = node->log.end;
    node->search = 0;
    node->phase = PHASE_REBUILD;
}

static bool recover_rebuild_queue(struct step *step, uint16_t index)
{
    struct node *node = step->node;
    struct queue *queue = queue_at(node, index);
    uint64_t place;
    struct entry_ref ref;
    while (omap_ceiling(&node->arena, &queue->requeued, 0, &place, &ref.at)) {
        if (!step_afford(step, 1))
            return false;
        omap_remove(&node->arena, &queue->requeued, place);
        if (queue_is_passive(node, index))
            entry_at(node, ref)->state = ENTRY_FOLLOWED;
        else
            queue_append(step, ref);
        step_observe(step, OBSERVE_RECOVERED, entry_at(node, ref));
    }
    return true;
}

static void recover_rebuild(struct step *step)
{
    struct node *node = step->node;
    struct log *log = &node->log;
    for (uint16_t index = 0; index < node->queues; index++)
        if (!recover_rebuild_queue(step, index))
            return;
    if (log->next_sequence == 0)
        log->next_sequence = 1;
    if (log->moved != 0)
        fsync_want(log); /* nobody knows whether the later copies are safe, and the earlier ones will be trimmed */
    recover_end(step, PHASE_SERVING, REFUSE_NOTHING);
    peers_start(step);
}

void recover_continue(struct step *step)
{
    struct node *node = step->node;
    CHECK(step->in->disk != NULL);
    if (node->phase == PHASE_SCAN)
        recover_scan(step);
    if (node->phase == PHASE_SEARCH)
        recover_search(step);
    if (node->phase == PHASE_REBUILD)
        recover_rebuild(step);
}

void recv_boot(struct step *step)
{
    struct node *node = step->node;
    struct log *log = &node->log;
    CHECK(node->phase == PHASE_DOWN && step->in->disk != NULL);
    CHECK(step->in->disk->end >= step->in->disk->start);
    node->phase = PHASE_SCAN;
    node->first_boot = (step->in->flags & INPUT_FIRST_BOOT) != 0;
    log->start = log->end = log->asked = log->synced = step->in->disk->start;
    recover_continue(step);
}
