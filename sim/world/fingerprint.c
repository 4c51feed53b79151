/* Equal states. Two worlds that differ only in where their counters began, in what slot lies where, or in the path
 * that led to them have the same future; they get the same fingerprint.
 *
 * Every part writes itself in a canonical form, each of its counters lowered by the lowest value that is alive in
 * this part. That forgets how parts' counters stand to one another (does the frame under way carry the tag that the
 * node will give next, or one before?), so for every counter space that more than one part has, the distances of
 * their lowest values go into the fingerprint as well. A space is named world-wide: kind, and connection, node or
 * queue; the owner's own slot is translated. What is the same number at every node (epochs, operations, places in
 * replicated queues) is not lowered.
 *
 * Sums of digests by position are used throughout, so that the order in which parts are visited plays no role. */
#include <string.h>

#include "models/base/check.h"
#include "sim/world/inside.h"

/* ---- spaces ---- */

static uint64_t space_key(enum anchor_space space, uint32_t owner, uint32_t queue)
{
    return (uint64_t)(space + 1) << 48 | (uint64_t)queue << 32 | owner;
}

static uint64_t anchor_key(const struct world_shape *shape, const struct anchor *anchor, uint32_t actor)
{
    enum anchor_space space = (enum anchor_space)anchor->space;
    switch (space) {
    case ANCHOR_DELIVERY_TAG:
    case ANCHOR_PUBLISH_TAG:
        return space_key(space, shape_connection_of(shape, actor, anchor->connection), 0);
    case ANCHOR_LOG:
    case ANCHOR_RECORD:
        return space_key(space, actor, 0);
    case ANCHOR_PLACE:
        return space_key(space, actor, anchor->connection);
    }
    check_failed(__FILE__, __LINE__, "a space");
}

/* The lowest value of a space, among those that a part names one by one. */
static void anchor_see(struct part_anchor *anchors, int *count, uint64_t key, uint64_t value)
{
    int i = 0;
    while (i < *count && anchors[i].key != key)
        i++;
    if (i == *count) {
        CHECK(*count < ANCHORS_MAX);
        anchors[(*count)++] = (struct part_anchor){.key = key, .lowest = value};
    } else if (value < anchors[i].lowest) {
        anchors[i].lowest = value;
    }
}

static uint64_t anchor_lower(const struct part_anchor *anchors, int count, uint64_t key, uint64_t value)
{
    for (int i = 0; i < count; i++)
        if (anchors[i].key == key)
            return value - anchors[i].lowest + 1;
    check_failed(__FILE__, __LINE__, "a space that was seen");
}

/* ---- actors and the monitor ---- */

static int actor_anchors(const struct world_shape *shape, uint32_t part, const struct actor *actor,
                         struct anchor *ret_anchors)
{
    if (!actor->up)
        return 0;
    return shape_is_node(shape, part) ? broker_anchors(actor_core(actor), ret_anchors)
                                      : client_anchors(actor_core(actor), ret_anchors);
}

static struct digest actor_digest(const struct world_shape *shape, uint32_t part, const struct actor *actor,
                                  struct actor *scratch)
{
    struct digest head = digest_bytes(actor, sizeof *actor, 0);
    if (!actor->up)
        return head;
    struct anchor anchors[ANCHORS_MAX];
    int count = actor_anchors(shape, part, actor, anchors);
    void *core = actor_core(scratch);
    uint64_t bytes = actor_core_bytes(shape, part);
    if (shape_is_node(shape, part))
        broker_canonical(actor_core(actor), anchors, count, core, bytes);
    else
        client_canonical(actor_core(actor), anchors, count, core, bytes);
    uint64_t used = arena_used_bytes(core);
    struct digest digest = digest_fold(head, digest_bytes(core, used, 0));
    memset(core, 0, used);
    return digest;
}

static bool monitor_began(const struct oracle *oracle)
{
    return arena_used_bytes((const struct arena *)oracle) > 0;
}

static struct digest monitor_digest(const struct world_shape *shape, const struct oracle *oracle,
                                    struct oracle *scratch)
{
    struct anchor anchors[ANCHORS_MAX];
    if (!monitor_began(oracle))
        return (struct digest){0};
    int count = oracle_anchors(oracle, anchors);
    oracle_canonical(oracle, anchors, count, scratch, shape->oracle_bytes);
    uint64_t used = arena_used_bytes((const struct arena *)scratch);
    struct digest digest = digest_bytes(scratch, used, 0);
    memset(scratch, 0, used);
    return digest;
}

/* ---- connections ---- */

/* The space of a frame's tag; false when it has none. Between nodes a tag numbers an operation of an epoch: that is
 * the same number everywhere, in logs too, and stays as it is. */
static bool frame_space(const struct frame *frame, uint32_t connection, uint64_t *ret_key)
{
    if (frame->tag == 0 || frame->kind >= FRAME_JOIN)
        return false;
    bool of_delivery = frame->kind == FRAME_DELIVER || frame->kind == FRAME_ACK;
    *ret_key = space_key(of_delivery ? ANCHOR_DELIVERY_TAG : ANCHOR_PUBLISH_TAG, connection, 0);
    return true;
}

static int connection_anchors(const struct world_shape *shape, uint32_t number, const struct connection *connection,
                              struct part_anchor *ret_anchors)
{
    int count = 0;
    uint64_t key;
    for (unsigned end = 0; end < 2; end++)
        for (uint32_t i = 0; i < connection->way[end].count; i++) {
            const struct frame *frame = connection_frame(shape, connection, end, i);
            if (frame_space(frame, number, &key))
                anchor_see(ret_anchors, &count, key, frame->tag);
        }
    return count;
}

static struct digest connection_digest(const struct world_shape *shape, uint32_t number,
                                       const struct connection *connection)
{
    struct part_anchor anchors[ANCHORS_MAX];
    int count = connection_anchors(shape, number, connection, anchors);
    struct digest digest = digest_bytes(connection, offsetof(struct connection, way), 0);
    if (shape_watches(shape, number))
        digest = digest_fold(digest, digest_bytes(connection->watch, CONNECTION_WATCH_BYTES, 0));
    uint64_t key;
    for (unsigned end = 0; end < 2; end++) {
        digest = digest_fold_u64(digest, connection->way[end].count);
        for (uint32_t i = 0; i < connection->way[end].count; i++) {
            struct frame frame = *connection_frame(shape, connection, end, i);
            if (frame_space(&frame, number, &key))
                frame.tag = anchor_lower(anchors, count, key, frame.tag);
            digest = digest_fold(digest, digest_bytes(&frame, sizeof frame, 0));
        }
    }
    return digest;
}

/* ---- disks ---- */

/* Whether a record's place counts from where its node began to count. Of a replicated queue it is the same number on
 * every replica, and stays as it is; a view's is an epoch. */
static bool record_has_own_place(const struct world_shape *shape, uint32_t node, const struct record *record)
{
    const struct broker_config *config = &shape->broker[node];
    return record->place != 0 && record->kind != RECORD_VIEW &&
           (record->queue >= config->queues || config->queue[record->queue].replication != REPLICATION_PASSIVE);
}

/* A torn record is read as far as its bytes go, and 0 where they do not. What a node wrote behind one is bytes only. */
static int disk_anchors(const struct world_shape *shape, uint32_t node, const struct disk *disk,
                        struct part_anchor *ret_anchors)
{
    int count = 0;
    if (disk->end > 0)
        anchor_see(ret_anchors, &count, space_key(ANCHOR_LOG, node, 0), disk->start);
    struct record record;
    for (uint64_t at = disk->start; at < disk->end && at <= disk->whole; at += disk_record(disk, at, &record)) {
        disk_record(disk, at, &record);
        if (record.sequence != 0)
            anchor_see(ret_anchors, &count, space_key(ANCHOR_RECORD, node, 0), record.sequence);
        if (record_has_own_place(shape, node, &record))
            anchor_see(ret_anchors, &count, space_key(ANCHOR_PLACE, node, record.queue), record.place);
    }
    return count;
}

/* The record without what only its place in the log decides. Its checksum covers all that, so what counts is whether
 * it matches. */
static struct record record_canonical(const struct world_shape *shape, uint32_t node, const struct record *stored,
                                      uint64_t bytes, const struct part_anchor *anchors, int count)
{
    const size_t unsummed = offsetof(struct record, sequence);
    struct record record = *stored;
    bool matches = bytes == stored->length && bytes > unsummed &&
                   digest_checksum(&stored->sequence, bytes - unsummed) == stored->checksum;
    record.checksum = matches;
    if (record.sequence != 0)
        record.sequence = anchor_lower(anchors, count, space_key(ANCHOR_RECORD, node, 0), record.sequence);
    if (record_has_own_place(shape, node, &record))
        record.place = anchor_lower(anchors, count, space_key(ANCHOR_PLACE, node, record.queue), record.place);
    return record;
}

static struct digest disk_digest(const struct world_shape *shape, uint32_t node, const struct disk *disk)
{
    struct part_anchor anchors[ANCHORS_MAX];
    int count = disk_anchors(shape, node, disk, anchors);
    uint64_t marks[] = {disk->end - disk->start, disk->synced - disk->start, disk->whole - disk->start,
                        disk->fsync_count};
    struct digest digest = digest_bytes(marks, sizeof marks, disk->end > 0);
    for (uint32_t i = 0; i < disk->fsync_count; i++) {
        uint64_t position = disk->fsync[(disk->fsync_head + i) % FSYNCS_MAX];
        digest = digest_fold_u64(digest, position > disk->start ? position - disk->start : 0);
    }
    for (uint64_t at = disk->start; at < disk->end;) {
        struct record stored;
        uint64_t bytes = disk_record(disk, at, &stored);
        struct record record =
            at <= disk->whole ? record_canonical(shape, node, &stored, bytes, anchors, count) : stored;
        digest = digest_fold(digest, digest_bytes(&record, sizeof record, bytes));
        at += bytes;
    }
    return digest;
}

/* ---- any part ---- */

int part_anchors(const struct world_shape *shape, uint32_t part, const void *block,
                 struct part_anchor ret_anchors[ANCHORS_MAX])
{
    struct anchor own[ANCHORS_MAX];
    int count = 0;
    if (part < shape->actor_count)
        count = actor_anchors(shape, part, block, own);
    else if (part < shape_part_connection(shape, 0))
        return disk_anchors(shape, part - shape_part_disk(shape, 0), block, ret_anchors);
    else if (part < shape_part_monitor(shape))
        return connection_anchors(shape, part - shape_part_connection(shape, 0), block, ret_anchors);
    else if (part == shape_part_monitor(shape) && monitor_began(block))
        count = oracle_anchors(block, own);
    CHECK(count >= 0 && count <= ANCHORS_MAX);
    for (int i = 0; i < count; i++)
        ret_anchors[i] = (struct part_anchor){
            .key = anchor_key(shape, &own[i], part < shape->actor_count ? part : own[i].actor),
            .lowest = own[i].lowest,
        };
    return count;
}

struct digest part_canonical_digest(const struct world_shape *shape, uint32_t part, const void *block, void *scratch)
{
    if (part < shape->actor_count)
        return actor_digest(shape, part, block, scratch);
    if (part < shape_part_connection(shape, 0))
        return disk_digest(shape, part - shape_part_disk(shape, 0), block);
    if (part < shape_part_monitor(shape))
        return connection_digest(shape, part - shape_part_connection(shape, 0), block);
    if (part == shape_part_monitor(shape))
        return monitor_digest(shape, block, scratch);
    return digest_bytes(block, sizeof(struct budget), 0);
}

static void compacted(void *block, uint64_t was_bytes, void *scratch)
{
    uint64_t bytes = arena_used_bytes(scratch);
    CHECK(bytes <= was_bytes);
    memcpy(block, scratch, bytes);
    memset((uint8_t *)block + bytes, 0, was_bytes - bytes);
    memset(scratch, 0, bytes);
}

void part_compact(const struct world_shape *shape, uint32_t part, void *block, void *scratch)
{
    if (part < shape->actor_count && ((const struct actor *)block)->up) {
        void *core = actor_core(block);
        uint64_t bytes = actor_core_bytes(shape, part), was_bytes = arena_used_bytes(core);
        if (shape_is_node(shape, part))
            broker_canonical(core, NULL, 0, scratch, bytes);
        else
            client_canonical(core, NULL, 0, scratch, bytes);
        compacted(core, was_bytes, scratch);
    } else if (part == shape_part_monitor(shape) && monitor_began(block)) {
        uint64_t was_bytes = arena_used_bytes(block);
        oracle_canonical(block, NULL, 0, scratch, shape->oracle_bytes);
        compacted(block, was_bytes, scratch);
    }
}

/* ---- the whole ---- */

/* The least value of each space, in a table sized to the anchors there are: open addressing, never iterated. */
struct space {
    uint64_t key; /* 0: free */
    uint64_t least;
    uint32_t parts; /* how many have it */
    uint32_t reserved;
};

static struct space *space_find(struct space *spaces, uint32_t mask, uint64_t key)
{
    uint32_t at = (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;
    while (spaces[at].key != 0 && spaces[at].key != key)
        at = (at + 1) & mask;
    return &spaces[at];
}

static uint32_t spaces_fill(struct space *spaces, const struct part_face *const *faces, uint32_t count)
{
    uint32_t anchors = 0, size = 4;
    for (uint32_t part = 0; part < count; part++)
        anchors += (uint32_t)faces[part]->anchor_count;
    while (size < 2 * anchors)
        size *= 2;
    CHECK(size <= SPACES_MAX);
    memset(spaces, 0, size * sizeof *spaces);
    for (uint32_t part = 0; part < count; part++)
        for (int i = 0; i < faces[part]->anchor_count; i++) {
            const struct part_anchor *anchor = &faces[part]->anchors[i];
            struct space *space = space_find(spaces, size - 1, anchor->key);
            if (space->parts++ == 0 || anchor->lowest < space->least)
                space->least = anchor->lowest;
            space->key = anchor->key;
        }
    return size - 1;
}

struct digest world_fingerprint_of(const struct part_face *const *faces, uint32_t count)
{
    struct space spaces[SPACES_MAX];
    uint32_t mask = spaces_fill(spaces, faces, count);
    struct digest sum = {0};
    for (uint32_t part = 0; part < count; part++) {
        sum = digest_sum(sum, faces[part]->digest);
        for (int i = 0; i < faces[part]->anchor_count; i++) {
            const struct part_anchor *anchor = &faces[part]->anchors[i];
            const struct space *space = space_find(spaces, mask, anchor->key);
            if (space->parts < 2)
                continue;
            struct digest distance = {.low = anchor->key, .high = anchor->lowest - space->least};
            sum = digest_sum(sum, digest_at(distance, part));
        }
    }
    return sum;
}

struct digest world_fingerprint(const struct world *world)
{
    const struct world_shape *shape = world->shape;
    for (uint32_t part = 0; part < shape->part_count; part++) {
        const void *block = world_block(world, part);
        struct part_anchor *anchors = world->anchors + (uint64_t)part * ANCHORS_MAX;
        struct digest digest = part_canonical_digest(shape, part, block, world->scratch);
        world->faces[part] = (struct part_face){
            .digest = digest_at(digest, part),
            .anchor_count = part_anchors(shape, part, block, anchors),
            .anchors = anchors,
        };
        world->face_list[part] = &world->faces[part];
    }
    return world_fingerprint_of(world->face_list, shape->part_count);
}
