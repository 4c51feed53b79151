/* Equal monitors, equal bytes: tables as they are, live messages by producer and sequence, maps by key, free lists
 * empty; tags and positions relative to the lowest live one. Sequences are identities and stay. */
#include "models/oracle/oracle_block.h"

static void anchor_lowest(struct anchor *anchor, uint64_t value)
{
    if (anchor->lowest == 0 || value < anchor->lowest)
        anchor->lowest = value;
}

static void anchor_positions(const struct oracle *oracle, uint32_t node, struct anchor *anchor)
{
    if (node_view(oracle, node)->crashed && node_view(oracle, node)->log_end > 0)
        anchor_lowest(anchor, node_view(oracle, node)->log_end);
    for (uint32_t client = 0; client < oracle->clients; client++) {
        const struct client_view *producer = client_view(oracle, client);
        uint64_t sequence = 0;
        uint32_t at;
        for (; omap_ceiling(&oracle->arena, &producer->live, sequence, &sequence, &at); sequence++) {
            uint64_t hold = live_at(oracle, (struct live_ref){at})->hold[node];
            if (hold > HOLD_MEMORY)
                anchor_lowest(anchor, hold);
        }
    }
}

static int anchor_keep(struct anchor *anchors, int count, struct anchor anchor)
{
    if (anchor.lowest == 0)
        return count;
    CHECK(count < ANCHORS_MAX);
    anchors[count] = anchor;
    return count + 1;
}

static int anchors_of_link(const struct oracle *oracle, uint32_t client, const struct link_view *link,
                           struct anchor *anchors, int count)
{
    struct anchor publish = {
        .space = ANCHOR_PUBLISH_TAG, .connection = link->slot, .actor = (uint16_t)(oracle->config.nodes + client)};
    struct anchor delivery = publish;
    uint64_t returned;
    uint32_t value;
    delivery.space = ANCHOR_DELIVERY_TAG;
    omap_ceiling(&oracle->arena, &link->unanswered.runs, 0, &publish.lowest, &value);
    omap_ceiling(&oracle->arena, &link->unacked, 0, &delivery.lowest, &value);
    if (omap_ceiling(&oracle->arena, &link->returned, 0, &returned, &value))
        anchor_lowest(&delivery, returned);
    count = anchor_keep(anchors, count, publish);
    return anchor_keep(anchors, count, delivery);
}

int oracle_anchors(const struct oracle *oracle, struct anchor ret_anchors[ANCHORS_MAX])
{
    int count = 0;
    for (uint32_t node = 0; node < oracle->config.nodes; node++) {
        struct anchor anchor = {.space = ANCHOR_LOG, .actor = (uint16_t)node};
        anchor_positions(oracle, node, &anchor);
        count = anchor_keep(ret_anchors, count, anchor);
    }
    for (uint32_t client = 0; client < oracle->clients; client++)
        for (uint32_t link = 0; link < client_view(oracle, client)->config.links; link++)
            count = anchors_of_link(oracle, client, link_view(oracle, client_view(oracle, client), link), ret_anchors,
                                    count);
    return count;
}

static uint64_t anchor_of(const struct anchor *anchors, int count, enum anchor_space space, uint32_t actor,
                          uint16_t slot)
{
    for (int i = 0; i < count; i++)
        if (anchors[i].space == space && anchors[i].actor == actor && anchors[i].connection == slot)
            return anchors[i].lowest - 1;
    return 0;
}

/* Log positions keep HOLD_NOWHERE and HOLD_MEMORY apart: the lowest becomes 2. Without an anchor they stay. */
static uint64_t position_lowered(uint64_t position, uint64_t below)
{
    return position <= HOLD_MEMORY || below == 0 ? position : position - below + 1;
}

static void copy_map(const struct oracle *from, const struct omap *map, uint64_t below, struct oracle *to,
                     struct omap *ret_map)
{
    uint64_t key = 0;
    uint32_t value;
    for (; omap_ceiling(&from->arena, map, key, &key, &value); key++)
        CHECK(omap_put(&to->arena, ret_map, key - below, value));
}

static void copy_live(const struct oracle *from, const struct client_view *view, const struct anchor *anchors,
                      int count, struct oracle *to, struct client_view *copy)
{
    uint64_t sequence = 0;
    uint32_t at;
    for (; omap_ceiling(&from->arena, &view->live, sequence, &sequence, &at); sequence++) {
        uint32_t place = arena_take(&to->arena, live_units(to));
        CHECK(place != 0 && omap_put(&to->arena, &copy->live, sequence, place));
        struct live *live = live_at(from, (struct live_ref){at});
        struct live *made = live_at(to, (struct live_ref){place});
        *made = *live;
        for (uint32_t node = 0; node < from->config.nodes; node++) {
            made->hold[node] = position_lowered(live->hold[node], anchor_of(anchors, count, ANCHOR_LOG, node, 0));
            live_copies(to, made)[node] = live_copies(from, live)[node];
        }
    }
}

static void copy_unacked(const struct oracle *from, const struct omap *map, uint64_t below, struct oracle *to,
                         struct omap *ret_map)
{
    uint64_t tag = 0;
    uint32_t at;
    for (; omap_ceiling(&from->arena, map, tag, &tag, &at); tag++) {
        uint32_t place = arena_take(&to->arena, 1);
        CHECK(place != 0 && omap_put(&to->arena, ret_map, tag - below, place));
        *(struct unacked *)arena_at(&to->arena, place) = *(const struct unacked *)arena_at(&from->arena, at);
    }
}

static void copy_link(const struct oracle *from, uint32_t actor, const struct link_view *view,
                      const struct anchor *anchors, int count, struct oracle *to, struct link_view *copy)
{
    copy->open = view->open;
    copy->slot = view->slot;
    copy_map(from, &view->unanswered.runs, anchor_of(anchors, count, ANCHOR_PUBLISH_TAG, actor, view->slot), to,
             &copy->unanswered.runs);
    uint64_t below = anchor_of(anchors, count, ANCHOR_DELIVERY_TAG, actor, view->slot);
    copy_unacked(from, &view->unacked, below, to, &copy->unacked);
    copy_unacked(from, &view->returned, below, to, &copy->returned);
}

static void copy_completed(const struct oracle *from, const struct client_view *view, struct oracle *to,
                           struct client_view *copy)
{
    uint64_t producer = 0;
    uint32_t at;
    for (; omap_ceiling(&from->arena, &view->completed, producer, &producer, &at); producer++) {
        uint32_t place = arena_take(&to->arena, 1);
        CHECK(place != 0 && omap_put(&to->arena, &copy->completed, producer, place));
        const struct seqset *set = arena_at(&from->arena, at);
        copy_map(from, &set->runs, 0, to, &((struct seqset *)arena_at(&to->arena, place))->runs);
    }
}

static void copy_client(const struct oracle *from, uint32_t client, const struct anchor *anchors, int count,
                        struct oracle *to)
{
    const struct client_view *view = client_view(from, client);
    struct client_view *copy = client_view(to, client);
    uint32_t actor = from->config.nodes + client;
    copy->config = view->config;
    client_lay_out_links(to, copy);
    copy->attempted = view->attempted;
    copy->delivered_max = view->delivered_max;
    copy_map(from, &view->delivered.runs, 0, to, &copy->delivered.runs);
    copy_map(from, &view->settled.runs, 0, to, &copy->settled.runs);
    copy_live(from, view, anchors, count, to, copy);
    copy_completed(from, view, to, copy);
    for (uint32_t link = 0; link < view->config.links; link++)
        copy_link(from, actor, link_view(from, view, link), anchors, count, to, link_view(to, copy, link));
}

void oracle_canonical(const struct oracle *oracle, const struct anchor *anchors, int count, struct oracle *ret_oracle,
                      uint64_t block_bytes)
{
    oracle_lay_out(ret_oracle, &oracle->config, oracle->clients, block_bytes);
    ret_oracle->frozen = oracle->frozen;
    ret_oracle->full = oracle->full;
    for (uint32_t node = 0; node < oracle->config.nodes; node++) {
        *node_view(ret_oracle, node) = *node_view(oracle, node);
        if (node_view(oracle, node)->crashed)
            node_view(ret_oracle, node)->log_end =
                position_lowered(node_view(oracle, node)->log_end, anchor_of(anchors, count, ANCHOR_LOG, node, 0));
    }
    for (uint16_t queue = 0; queue < oracle->config.queues; queue++)
        *queue_watch(ret_oracle, queue) = *queue_watch(oracle, queue);
    for (uint32_t client = 0; client < oracle->clients; client++)
        copy_client(oracle, client, anchors, count, ret_oracle);
}
