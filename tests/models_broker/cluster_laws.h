/* What holds in a cluster after every step, however long a schedule needs to make a disaster of it.
 *
 *   a node votes for one candidate of an epoch, itself included
 *   what a node says of its promise, its vote or the view that it recorded is on its disk, synced
 *   a view counts when a majority of the nodes said that they had recorded it, the primary's own disk included
 *   two replicas at one position hold the same messages */
#ifndef CRASHQ_TESTS_CLUSTER_LAWS_H
#define CRASHQ_TESTS_CLUSTER_LAWS_H

#include "cluster_host.h"
#include "models/broker/broker_block.h"

#define EPOCHS 4096
#define LAW_PLACES (4 * CLUSTER_SEQUENCES)

struct laws {
    uint8_t voted[CLUSTER_NODES][EPOCHS];     /* 1 + candidate */
    uint16_t recorded[CLUSTER_NODES][EPOCHS]; /* 1 + the highest version that it said it had recorded */
    uint64_t epoch[CLUSTER_NODES];            /* of what it proposed last */
    uint16_t version[CLUSTER_NODES];          /* ... its version */
    uint16_t wanted[CLUSTER_NODES];           /* ... and the set */
    bool proposing[CLUSTER_NODES];            /* it does not count yet */
    uint16_t set[CLUSTER_NODES];              /* as primary: the in-sync set that counts */
};

/* ---- disks ---- */

typedef void (*record_visit)(void *context, const struct record *record);

static inline void disk_walk(const struct cluster_node *node, uint64_t end, record_visit visit, void *context)
{
    struct record record = {0};
    for (uint64_t at = node->start; at < end; at += record.length) {
        memcpy(&record, node->disk + at, RECORD_SETTLE_BYTES);
        assert_true(record.length == RECORD_SETTLE_BYTES || record.length == RECORD_MESSAGE_BYTES);
        memcpy(&record, node->disk + at, record.length);
        visit(context, &record);
    }
}

static inline void note_view(void *context, const struct record *record)
{
    if (record->kind == RECORD_VIEW)
        *(struct record *)context = *record;
}

/* What a boot would find now, had the power failed: the newest promise and view. */
static inline struct record disk_view_safe(const struct cluster_node *node)
{
    struct record newest = {0};
    disk_walk(node, node->synced < node->end ? node->synced : node->end, note_view, &newest);
    return newest;
}

struct contents {
    uint16_t at[LAW_PLACES]; /* sequence */
    uint8_t copies[CLUSTER_SEQUENCES];
};

static inline void note_message(void *context, const struct record *record)
{
    struct contents *contents = context;
    if (record->kind == RECORD_VIEW)
        return;
    assert_true(record->place < LAW_PLACES);
    uint16_t *at = &contents->at[record->place];
    if (*at != 0)
        contents->copies[*at]--;
    *at = record->kind == RECORD_MESSAGE ? (uint16_t)record->message.sequence : 0;
    if (*at != 0)
        contents->copies[*at]++;
}

static inline void disk_contents(const struct cluster_node *node, uint64_t end, struct contents *ret_contents)
{
    memset(ret_contents, 0, sizeof *ret_contents);
    disk_walk(node, end, note_message, ret_contents);
}

/* ---- what a node says ---- */

static inline void law_of_votes(struct cluster *cluster, struct laws *laws, uint16_t self, uint16_t candidate,
                                uint64_t epoch)
{
    assert_true(epoch < EPOCHS);
    uint8_t *voted = &laws->voted[self][epoch];
    if (*voted != 0 && *voted != candidate + 1)
        fail_msg("node %u votes twice in epoch %u", self, (unsigned)epoch);
    *voted = (uint8_t)(candidate + 1);
    struct record safe = disk_view_safe(&cluster->node[self]);
    if (safe.place < epoch || (safe.place == epoch && safe.index != candidate + 1u))
        fail_msg("node %u speaks of its vote in epoch %u before it is safe", self, (unsigned)epoch);
}

static inline void law_of_records(struct cluster *cluster, struct laws *laws, uint16_t self, const struct frame *frame)
{
    assert_true(frame->term < EPOCHS && frame->count < UINT16_MAX);
    uint16_t *recorded = &laws->recorded[self][frame->term];
    struct view said = {.epoch = frame->term, .version = frame->count};
    struct record safe = disk_view_safe(&cluster->node[self]);
    if (safe.view.epoch < said.epoch || (safe.view.epoch == said.epoch && safe.view.version < said.version))
        fail_msg("node %u says that it recorded view %u of epoch %u before that is safe", self, said.version,
                 (unsigned)said.epoch);
    if (*recorded < said.version + 1)
        *recorded = (uint16_t)(said.version + 1);
}

static inline void laws_told(struct cluster *cluster, struct laws *laws, uint16_t self, uint16_t peer,
                             const struct frame *frame)
{
    if (frame->kind == FRAME_VOTE && !(frame->flags & FRAME_NEGATIVE))
        law_of_votes(cluster, laws, self, peer, frame->term);
    if (frame->kind == FRAME_ASK_VOTE)
        law_of_votes(cluster, laws, self, self, frame->term);
    if (frame->kind == FRAME_RECORDED)
        law_of_records(cluster, laws, self, frame);
}

/* ---- views that count ---- */

static inline void laws_proposed(struct laws *laws, uint16_t self, uint64_t epoch, uint16_t version, uint16_t set)
{
    laws->epoch[self] = epoch;
    laws->version[self] = version;
    laws->wanted[self] = set;
    laws->proposing[self] = true;
}

static inline void law_of_majorities(struct cluster *cluster, const struct laws *laws, uint16_t self)
{
    unsigned count = 0;
    struct record safe = disk_view_safe(&cluster->node[self]);
    for (uint16_t node = 0; node < cluster->config.nodes; node++)
        if (node == self)
            count += safe.view.epoch == laws->epoch[self] && safe.view.version >= laws->version[self];
        else
            count += laws->recorded[node][laws->epoch[self]] > laws->version[self];
    if (cluster->config.partition_handling != PARTITION_IGNORE && 2 * count <= cluster->config.nodes)
        fail_msg("view %u of epoch %u counts without a majority", laws->version[self], (unsigned)laws->epoch[self]);
}

/* True: a view counts now. */
static inline bool laws_observed(struct cluster *cluster, struct laws *laws, uint16_t self,
                                 const struct observation *seen)
{
    bool role = seen->kind == OBSERVE_ROLE;
    uint16_t set = (uint16_t)seen->position;
    if (role && seen->value == ROLE_ELECT)
        laws_proposed(laws, self, seen->tag, 0, set);
    if (seen->kind == OBSERVE_PROPOSED)
        laws_proposed(laws, self, seen->tag, (uint16_t)(laws->epoch[self] == seen->tag ? laws->version[self] + 1 : 1),
                      set);
    if (!role || seen->value != ROLE_PRIMARY)
        return false;
    bool counts = laws->proposing[self] && set == laws->wanted[self];
    if (counts)
        law_of_majorities(cluster, laws, self);
    laws->set[self] = set;
    laws->proposing[self] &= !counts;
    return counts;
}

/* ---- positions ---- */

static inline bool position_of(const struct cluster *cluster, uint16_t self, struct view *ret_view)
{
    const struct cluster_node *node = &cluster->node[self];
    if (!node->up || node->node->phase != PHASE_SERVING || !(cluster->config.queue[0].replicas >> self & 1))
        return false;
    const struct replica *replica = replica_at(node->node, 0);
    *ret_view = replica->view;
    return replica->booted && !replica->lost && !replica->mixed && replica->sweeping == SWEEP_NONE &&
           replica->view.data_epoch != 0;
}

static inline void law_of_positions(const struct cluster *cluster, uint64_t sequences)
{
    struct view one, other;
    for (uint16_t a = 0; a < cluster->config.nodes; a++)
        for (uint16_t b = 0; b < a && position_of(cluster, a, &one); b++)
            if (position_of(cluster, b, &other) && one.data_epoch == other.data_epoch &&
                one.data_index == other.data_index &&
                memcmp(cluster->node[a].held, cluster->node[b].held, sequences + 1) != 0)
                fail_msg("nodes %u and %u stand at %u of epoch %u and do not hold the same", a, b,
                         (unsigned)one.data_index, (unsigned)one.data_epoch);
}

#endif
