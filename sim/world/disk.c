/* A disk: one append-only log, as the operating system and the medium see it.
 *
 * Written bytes lie in the operating system's memory until an fsync completes; fsyncs complete in their order. A
 * process crash loses nothing that was written. A power loss keeps what was synced, some whole records after it, and
 * of the next one perhaps a torn rest: records were written one after the other, so what survives is a prefix
 * (Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014, call appends safe only so far: the length may
 * get to the medium before the data, hence TORN_ZEROED). What the model does not do: reorder records, flip bits,
 * lose what was synced.
 *
 * Whole records reach up to `whole`. A node that takes torn bytes for records and writes behind them is wrong, and the
 * monitor says so; the disk goes on and counts nothing behind such a hole as whole.
 *
 * After either crash, what is there is on the medium: it counts as synced. fsyncs that were in flight are forgotten
 * with the process. A disk may also be lost with the crash: a new one, never written to, is then in its place.
 *
 * The log's beginning is trimmed now and then: the bytes that stay move down only when they are fewer than those
 * that went, so trimming costs amortised constant time per byte written. */
#include <string.h>

#include "models/base/check.h"
#include "sim/world/blocks.h"

static uint8_t *disk_at(struct disk *disk, uint64_t position)
{
    CHECK(position >= disk->start && position <= disk->end);
    return disk->bytes + disk->offset + (position - disk->start);
}

void part_disk_view(const void *disk_block, struct disk_view *ret_view)
{
    const struct disk *disk = disk_block;
    *ret_view = (struct disk_view){.bytes = disk->bytes + disk->offset, .start = disk->start, .end = disk->end};
}

uint64_t disk_used_bytes(const struct disk *disk)
{
    if (disk->end == 0 && disk->fsync_count == 0)
        return 0;
    return sizeof *disk + disk->offset + (disk->end - disk->start);
}

uint64_t disk_record(const struct disk *disk, uint64_t position, struct record *ret_record)
{
    CHECK(position >= disk->start && position < disk->end);
    uint64_t length = disk->end - position;
    const uint8_t *bytes = disk->bytes + disk->offset + (position - disk->start);
    if (position < disk->whole) {
        uint32_t said;
        memcpy(&said, bytes, sizeof said);
        CHECK(said <= length);
        length = said;
    } else if (length > sizeof *ret_record) {
        length = sizeof *ret_record;
    }
    CHECK(length > 0 && length <= sizeof *ret_record);
    memset(ret_record, 0, sizeof *ret_record);
    memcpy(ret_record, bytes, length);
    return length;
}

/* Where the record at `position` ends; all before disk->whole are whole. */
static uint64_t disk_after(const struct disk *disk, uint64_t position)
{
    struct record record;
    return position + disk_record(disk, position, &record);
}

uint32_t disk_unsynced_records(const struct disk *disk)
{
    uint32_t count = 0;
    for (uint64_t at = disk->synced; at < disk->whole; at = disk_after(disk, at))
        count++;
    return count;
}

static void disk_append(const struct part_context *context, struct disk *disk, const struct part_input *in,
                        struct part_effects *effects)
{
    const struct record *record = &in->u.record;
    CHECK(record->length == RECORD_SETTLE_BYTES || record->length == RECORD_MESSAGE_BYTES);
    uint64_t used = sizeof *disk + disk->offset + (disk->end - disk->start);
    if (used + record->length > context->shape->disk_bytes) {
        effects->truncated = BOUND_DISK;
        return;
    }
    memcpy(disk->bytes + disk->offset + (disk->end - disk->start), record, record->length);
    if (disk->whole == disk->end)
        disk->whole += record->length;
    disk->end += record->length;

    struct pending *pending = effect_pending(effects, PENDING_APPEND);
    pending->actor = (uint16_t)(in->part - shape_part_disk(context->shape, 0));
    pending->value = record->length + (record->kind == RECORD_MESSAGE ? record->message.size_bytes : 0u);
}

static void disk_fsync(const struct part_context *context, struct disk *disk, const struct part_input *in,
                       struct part_effects *effects)
{
    CHECK(disk->fsync_count < FSYNCS_MAX);
    disk->fsync[(disk->fsync_head + disk->fsync_count++) % FSYNCS_MAX] = disk->end;
    effect_pending(effects, PENDING_SYNCED)->actor = (uint16_t)(in->part - shape_part_disk(context->shape, 0));
}

static void disk_complete(const struct part_context *context, struct disk *disk, const struct part_input *in,
                          struct part_effects *effects)
{
    CHECK(disk->fsync_count > 0);
    uint64_t position = disk->fsync[disk->fsync_head];
    disk->fsync[disk->fsync_head] = 0;
    disk->fsync_head = --disk->fsync_count == 0 ? 0 : (disk->fsync_head + 1) % FSYNCS_MAX;
    if (position > disk->end) /* truncated since */
        position = disk->end;
    if (position > disk->synced)
        disk->synced = position;
    effect_input(effects, in->part - shape_part_disk(context->shape, 0), PART_ACTOR_SYNCED)->value = position;
}

/* The log ends at `position`; what was behind it is gone at once and for good. */
static void disk_end_at(struct disk *disk, uint64_t position)
{
    memset(disk_at(disk, position), 0, disk->end - position);
    disk->end = position;
    if (disk->whole > position)
        disk->whole = position;
    if (disk->synced > position)
        disk->synced = position;
    if (disk->start == disk->end)
        disk->offset = 0;
}

static void disk_trim(struct disk *disk, uint64_t position)
{
    uint64_t gone = position - disk->start, stay = disk->end - position;
    memset(disk_at(disk, disk->start), 0, gone);
    disk->start = position;
    disk->offset += gone;
    if (disk->synced < position)
        disk->synced = position;
    if (disk->whole < position)
        disk->whole = position;
    if (disk->offset >= stay) {
        memcpy(disk->bytes, disk->bytes + disk->offset, stay);
        memset(disk->bytes + disk->offset, 0, stay);
        disk->offset = 0;
    }
}

/* What is left of the record at `position`. Returns where the log then ends. */
static uint64_t disk_tear(struct disk *disk, uint64_t position, enum torn_kind torn)
{
    uint64_t after = disk_after(disk, position), half = (after - position) / 2;
    if (torn == TORN_NOTHING)
        return position;
    if (torn == TORN_SHORT)
        return position + half;
    memset(disk_at(disk, position + half), 0, after - position - half);
    return after;
}

static void disk_lose_power(struct disk *disk, const struct part_input *in)
{
    uint64_t whole = disk->synced < disk->whole ? disk->synced : disk->whole, end = disk->synced;
    for (uint64_t kept = in->value; kept > 0 && end < disk->whole; kept--)
        whole = end = disk_after(disk, end);
    if (end < disk->whole)
        end = disk_tear(disk, end, (enum torn_kind)in->torn);
    disk_end_at(disk, end);
    disk->whole = whole;
}

static void disk_crash(const struct part_context *context, struct disk *disk, const struct part_input *in,
                       struct part_effects *effects)
{
    if (in->torn == TORN_WIPED)
        memset(disk, 0, disk_used_bytes(disk));
    else if (in->flags)
        disk_lose_power(disk, in);
    disk->synced = disk->end;
    memset(disk->fsync, 0, sizeof disk->fsync);
    disk->fsync_head = disk->fsync_count = 0;

    struct observation *seen =
        &effect_input(effects, shape_part_monitor(context->shape), PART_MONITOR_OBSERVE)->u.observation;
    seen->kind = OBSERVE_CRASHED;
    seen->actor = (uint16_t)(in->part - shape_part_disk(context->shape, 0));
    seen->value = in->flags;
    seen->position = disk->whole;
}

void disk_step(const struct part_context *context, struct disk *disk, const struct part_input *in,
               struct part_effects *effects)
{
    switch ((enum part_input_kind)in->kind) {
    case PART_DISK_APPEND:
        disk_append(context, disk, in, effects);
        return;
    case PART_DISK_FSYNC:
        disk_fsync(context, disk, in, effects);
        return;
    case PART_DISK_TRUNCATE:
        disk_end_at(disk, in->value);
        return;
    case PART_DISK_TRIM:
        disk_trim(disk, in->value);
        return;
    case PART_DISK_COMPLETE:
        disk_complete(context, disk, in, effects);
        return;
    case PART_DISK_CRASH:
        disk_crash(context, disk, in, effects);
        return;
    default:
        check_failed(__FILE__, __LINE__, "an input for a disk");
    }
}
