/* What a check has room for. The fingerprint of a state names the lowest live value of each counter space, part by
 * part; a world that might have more of those than there is room for is no world to check, and is told so before
 * anything is explored. Counted at their most: every client connected over both slots to every node. */
#include "sim/world/part.h"

static uint64_t anchors_of_node(const struct world_shape *shape)
{
    return 2 * (uint64_t)shape->client_count + shape->oracle.queues + 2; /* tags; places; positions and records */
}

static uint64_t anchors_of_disk(const struct world_shape *shape)
{
    return (uint64_t)shape->oracle.queues + 2;
}

/* Tags of all links; log positions of nodes. */
static uint64_t anchors_of_monitor(const struct world_shape *shape)
{
    uint64_t anchors = shape->node_count;
    for (uint32_t client = 0; client < shape->client_count; client++)
        anchors += shape->oracle_client[client].links;
    return anchors;
}

bool shape_can_be_checked(const struct world_shape *shape)
{
    uint64_t node = anchors_of_node(shape), disk = anchors_of_disk(shape), monitor = anchors_of_monitor(shape);
    uint64_t clients = monitor - shape->node_count, connections = shape->client_connections;
    uint64_t all = shape->node_count * (node + disk) + monitor + clients + connections;
    return node <= ANCHORS_MAX && disk <= ANCHORS_MAX && monitor <= ANCHORS_MAX && all <= SPACES_MAX / 2;
}
