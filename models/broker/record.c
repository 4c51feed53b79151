/* Records as bytes: sealing them before they are written, and believing them when they are read.
 *
 * A checksum covers everything behind it, so a record whose length reached the disk without its data does not
 * match. Kind and length must agree: recovery never follows a length it cannot account for. */
#include <string.h>

#include "models/base/digest.h"
#include "models/broker/broker_core.h"

#define RECORD_COVERED_FROM offsetof(struct record, sequence)
/* Counters on disk are below this: whatever is above was not written by a node, and adding to it must not wrap. */
#define RECORD_COUNTER_MAX (UINT64_C(1) << 62)

static uint32_t record_checksum(const struct record *record)
{
    return digest_checksum((const uint8_t *)record + RECORD_COVERED_FROM, record->length - RECORD_COVERED_FROM);
}

static uint32_t record_length(uint8_t kind)
{
    switch (kind) {
    case RECORD_MESSAGE:
    case RECORD_VIEW:
        return RECORD_MESSAGE_BYTES;
    case RECORD_SETTLE:
        return RECORD_SETTLE_BYTES;
    default:
        return 0;
    }
}

void record_seal(struct record *record)
{
    record->length = record_length(record->kind);
    CHECK(record->length != 0);
    CHECK(record->sequence != 0 && record->sequence < RECORD_COUNTER_MAX);
    record->checksum = record_checksum(record);
}

bool record_read(const struct disk_view *disk, uint64_t position, struct record *ret_record)
{
    struct record record = {0};
    CHECK(position >= disk->start && position <= disk->end);
    const uint8_t *bytes = disk->bytes + (position - disk->start);
    uint64_t room = disk->end - position;
    if (room < RECORD_SETTLE_BYTES)
        return false;
    memcpy(&record, bytes, RECORD_SETTLE_BYTES);
    if (record.length == 0 || record.length != record_length(record.kind) || record.length > room)
        return false;
    memcpy(&record, bytes, record.length);
    if (record.checksum != record_checksum(&record))
        return false;
    if (record.sequence == 0 || record.sequence >= RECORD_COUNTER_MAX || record.place == 0 ||
        record.place >= RECORD_COUNTER_MAX)
        return false;
    *ret_record = record;
    return true;
}
