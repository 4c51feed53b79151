/* The log: a record when a message enters a durable queue, a record when it is gone, and a start that follows
 * what is live.
 *
 * Whatever lies before the oldest live record can go: dead messages, and settlements, since the record of the
 * message that one settles always lies before it. That start moves in batches (slack_bytes), so trimming costs
 * about nothing per message. One old message must not pin the log for ever: when what is dead behind it
 * outweighs what is live four times, the oldest live records are written again at the end, with the same place
 * (recovery: the later copy wins). The old copies go only after an fsync covers the new ones, whatever the
 * policy: otherwise a power loss could take a confirmed message between its two records. The newest view of a
 * replicated queue is live as well, and is written again in the same way. */
#include "models/broker/broker_core.h"

#define LOG_DEAD_PER_LIVE 4

static void log_append(struct step *step, struct record *record)
{
    struct log *log = &step->node->log;
    record->sequence = log->next_sequence++;
    record_seal(record);
    log->end += record->length;
    step_output(step, OUTPUT_APPEND)->u.record = *record;
}

void log_link(struct node *node, struct entry_ref ref)
{
    struct log *log = &node->log;
    struct entry *entry = entry_at(node, ref);
    CHECK(entry->log_before.at == 0 && entry->log_after.at == 0);
    entry->log_before = log->last;
    if (log->live++ == 0) {
        log->first = ref;
    } else {
        struct entry *last = entry_at(node, log->last);
        CHECK(last->position < entry->position);
        last->log_after = ref;
    }
    log->last = ref;
}

void log_unlink(struct node *node, struct entry_ref ref)
{
    struct log *log = &node->log;
    struct entry *entry = entry_at(node, ref);
    CHECK(log->live > 0);
    log->live--;
    if (entry->log_before.at != 0)
        entry_at(node, entry->log_before)->log_after = entry->log_after;
    else
        log->first = entry->log_after;
    if (entry->log_after.at != 0)
        entry_at(node, entry->log_after)->log_before = entry->log_before;
    else
        log->last = entry->log_before;
    entry->log_before.at = entry->log_after.at = 0;
}

static void log_write_message(struct step *step, struct entry_ref ref, uint32_t index)
{
    struct entry *entry = entry_at(step->node, ref);
    struct record record = {
        .kind = RECORD_MESSAGE,
        .queue = entry->message.queue,
        .index = index,
        .place = entry->place,
        .message = entry->message,
    };
    log_append(step, &record);
    entry->position = step->node->log.end;
    log_link(step->node, ref);
}

void log_append_message(struct step *step, struct entry_ref ref, uint32_t index)
{
    CHECK(entry_at(step->node, ref)->position == 0);
    log_write_message(step, ref, index);
    if (step->node->log.policy != FSYNC_NEVER)
        fsync_want(&step->node->log);
}

void log_append_settle(struct step *step, struct entry_ref ref, uint32_t index)
{
    const struct entry *entry = entry_at(step->node, ref);
    struct record record = {
        .kind = RECORD_SETTLE, .queue = entry->message.queue, .index = index, .place = entry->place};
    CHECK(entry->position != 0);
    log_append(step, &record);
    log_unlink(step->node, ref);
}

void log_append_view(struct step *step, uint16_t queue)
{
    struct replica *replica = replica_at(step->node, queue);
    struct record record = {
        .kind = RECORD_VIEW,
        .flags = (uint8_t)((replica->mixed ? RECORD_COPYING : 0) | (replica->lost ? RECORD_LOST : 0)),
        .queue = queue,
        .index = replica->voted,
        .place = replica->promised,
        .view = replica->view,
    };
    log_append(step, &record);
    replica->written = step->node->log.end;
}

/* Where the log would start if everything before the oldest live message went. */
static uint64_t log_messages_start(const struct node *node)
{
    if (node->log.live == 0)
        return node->log.end;
    return entry_at(node, node->log.first)->position - RECORD_MESSAGE_BYTES;
}

/* The queue whose view was written first, and how many have one. */
static uint32_t log_views(const struct node *node, uint16_t *ret_oldest)
{
    uint32_t count = 0;
    uint64_t oldest = UINT64_MAX;
    for (uint64_t left = node->passive; left != 0; left &= left - 1) {
        uint16_t queue = (uint16_t)__builtin_ctzll(left);
        uint64_t written = replica_at(node, queue)->written;
        count += written != 0;
        if (written != 0 && written < oldest) {
            oldest = written;
            *ret_oldest = queue;
        }
    }
    return count;
}

/* ... and before the oldest view. */
static uint64_t log_could_start(const struct node *node)
{
    uint64_t start = log_messages_start(node);
    uint16_t queue = 0;
    if (node->passive == 0 || log_views(node, &queue) == 0)
        return start;
    uint64_t view = replica_at(node, queue)->written - RECORD_MESSAGE_BYTES;
    return view < start ? view : start;
}

/* Views pin the log too: when enough could go before the oldest live message, they are written again. */
static void log_move_views(struct step *step)
{
    struct node *node = step->node;
    struct log *log = &node->log;
    uint16_t queue = 0;
    for (uint32_t count; (count = log_views(node, &queue)) > 0;) {
        uint64_t view = replica_at(node, queue)->written - RECORD_MESSAGE_BYTES, start = log_messages_start(node);
        if (start < view + (uint64_t)count * RECORD_MESSAGE_BYTES + log->slack_bytes || !step_afford(step, 1))
            return;
        log_append_view(step, queue);
        log->moved = log->end;
        fsync_want(log);
    }
}

static bool log_is_pinned(const struct node *node, uint64_t could_start)
{
    uint64_t live = (uint64_t)node->log.live * RECORD_MESSAGE_BYTES, kept = node->log.end - could_start;
    CHECK(kept >= live);
    return kept - live > LOG_DEAD_PER_LIVE * live + node->log.slack_bytes;
}

static void log_move_oldest(struct step *step)
{
    struct log *log = &step->node->log;
    struct entry_ref ref = log->first;
    log_unlink(step->node, ref);
    log_write_message(step, ref, 0);
    step_observe(step, OBSERVE_MOVED, entry_at(step->node, ref));
    log->moved = log->end;
    fsync_want(log);
}

/* Where a replica stands says what it holds, also after a power loss: a message may go from the log only once the
 * record that it left is safe. (Elsewhere a settlement that is lost with its message is none the worse for it.) */
static void log_trim_replicated(struct step *step, uint64_t could_start)
{
    struct log *log = &step->node->log;
    if (log->trim_to == 0 && could_start - log->start >= log->slack_bytes) {
        log->trim_to = could_start;
        log->trim_after = log->end;
        if (log->policy == FSYNC_NEVER)
            fsync_want(log);
    }
    if (log->trim_to == 0 || log->trim_after != 0)
        return;
    step_output(step, OUTPUT_TRIM)->position = log->trim_to;
    log->start = log->trim_to;
    log->trim_to = 0;
}

void log_compact(struct step *step)
{
    struct node *node = step->node;
    struct log *log = &node->log;
    while (log->live > 0 && log_is_pinned(node, log_messages_start(node)) && step_afford(step, 2))
        log_move_oldest(step);
    if (node->passive != 0)
        log_move_views(step);
    uint64_t could_start = log_could_start(node);
    CHECK(could_start >= log->start);
    if (node->passive != 0) {
        log_trim_replicated(step, could_start);
        return;
    }
    if (log->moved != 0 || could_start - log->start < log->slack_bytes)
        return;
    step_output(step, OUTPUT_TRIM)->position = could_start;
    log->start = could_start;
}
