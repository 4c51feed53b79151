/* Snapshots: every part's bytes in use, one after the other. Whatever a part has beyond them is zero, so restoring
 * one is a copy and, where the part had grown since, a clearing. */
#include <string.h>

#include "models/base/check.h"
#include "models/base/host.h"
#include "sim/world/inside.h"

struct world_snapshot {
    uint64_t range_bytes;
    uint32_t part_count;
    uint32_t reserved;
    uint64_t used[]; /* of each part; then the parts' bytes */
};

struct world_snapshot *world_snapshot(const struct world *world)
{
    uint32_t parts = world->shape->part_count;
    uint64_t bytes = sizeof(struct world_snapshot) + parts * sizeof(uint64_t);
    for (uint32_t part = 0; part < parts; part++)
        bytes += world_used_bytes(world, part);
    struct world_snapshot *snapshot = host_reserve(bytes);
    snapshot->range_bytes = bytes;
    snapshot->part_count = parts;
    uint8_t *at = (uint8_t *)(snapshot->used + parts);
    for (uint32_t part = 0; part < parts; part++) {
        uint64_t used = snapshot->used[part] = world_used_bytes(world, part);
        memcpy(at, world_block(world, part), used);
        at += used;
    }
    return snapshot;
}

void world_restore(struct world *world, const struct world_snapshot *snapshot)
{
    CHECK(snapshot->part_count == world->shape->part_count);
    const uint8_t *at = (const uint8_t *)(snapshot->used + snapshot->part_count);
    for (uint32_t part = 0; part < snapshot->part_count; part++) {
        uint64_t then = snapshot->used[part], now = world_used_bytes(world, part);
        CHECK(then <= part_block_bytes(world->shape, part));
        uint8_t *block = world_block(world, part);
        memcpy(block, at, then);
        if (now > then)
            memset(block + then, 0, now - then);
        at += then;
    }
}

void world_snapshot_free(struct world_snapshot *snapshot)
{
    host_release(snapshot, snapshot->range_bytes);
}
