/* Who leads each replicated queue and since when: changes of leader, elections, two primaries at once, what a fault's
 * failover took, and what the detectors between nodes found. The newest view goes by (epoch, lower number), as the
 * nodes themselves judge it. */
#include "analysis/recorder.h"

/* A node that is paused serves nobody, whatever it takes itself for. */
static void watch_two_primaries(struct recorder *recorder, int64_t now_ns)
{
    bool two = false;
    for (uint32_t queue = 0; queue < recorder->plan->queue_count; queue++) {
        uint32_t primaries = 0;
        for (uint32_t node = 0; node < recorder->nodes; node++)
            primaries += recorder->watches[queue].role[node] == ROLE_PRIMARY && recorder->hits[node].paused == 0;
        two = two || primaries > 1;
    }
    if (recorder->two_primaries)
        recorder->two_primaries_ns += now_ns - recorder->two_primaries_since_ns;
    recorder->two_primaries = two;
    recorder->two_primaries_since_ns = now_ns;
}

static struct failover *watch_failover(const struct recorder *recorder, const struct queue_watch *watch)
{
    return watch->failover == 0 ? NULL : &g_array_index(recorder->failovers, struct failover, watch->failover - 1);
}

/* Another node leads: the later of the faults that hit the old primary and those of links is why, unless an earlier
 * failover of this queue went by it. */
static void watch_leader_changed(struct recorder *recorder, int64_t now_ns, struct queue_watch *watch, uint32_t old)
{
    const struct hit *hit = &recorder->hits[old], *links = &recorder->hits[recorder->nodes];
    if (links->time_ns >= hit->time_ns)
        hit = links;
    watch->leader_changes++;
    if (hit->name == NULL || hit->time_ns <= watch->explained_ns)
        return;
    watch->explained_ns = hit->time_ns;
    struct failover failover = {.fault = hit->name,
                                .at_ns = hit->time_ns,
                                .detected_ns = watch->noticed_ns != NS_NEVER ? watch->noticed_ns : now_ns,
                                .elected_ns = now_ns,
                                .first_confirm_ns = NS_NEVER,
                                .recovery_ns = NS_NEVER};
    g_array_append_val(recorder->failovers, failover);
    watch->failover = recorder->failovers->len;
}

static void watch_primary(struct recorder *recorder, int64_t now_ns, const struct observation *seen)
{
    struct queue_watch *watch = &recorder->watches[seen->queue];
    if (seen->tag < watch->epoch || (seen->tag == watch->epoch && seen->actor > watch->primary))
        return;
    uint32_t old = watch->primary;
    bool first = watch->epoch == 0, newer = seen->tag > watch->epoch;
    watch->epoch = seen->tag;
    watch->primary = seen->actor;
    watch->in_sync = (uint16_t)seen->position;
    uint32_t members = (uint32_t)__builtin_popcount(watch->in_sync);
    watch->in_sync_min = first ? members : MIN(watch->in_sync_min, members);
    if (first)
        return;
    recorder->elections_held += newer;
    if (old != seen->actor)
        watch_leader_changed(recorder, now_ns, watch, old);
    if (newer)
        watch->noticed_ns = NS_NEVER;
    struct failover *failover = watch_failover(recorder, watch);
    if (failover != NULL && failover->recovery_ns == NS_NEVER &&
        watch->in_sync == recorder->plan->queues[seen->queue].replicas)
        failover->recovery_ns = now_ns;
}

static bool role_of_who_lost_its_primary(enum broker_role role)
{
    return role == ROLE_SEEKING || role == ROLE_CANDIDATE || role == ROLE_ELECT;
}

void cluster_role(struct recorder *recorder, int64_t now_ns, const struct observation *seen)
{
    if (seen->queue >= recorder->plan->queue_count || seen->actor >= recorder->nodes)
        return;
    struct queue_watch *watch = &recorder->watches[seen->queue];
    enum broker_role role = (enum broker_role)seen->value;
    uint16_t node = (uint16_t)(1u << seen->actor);
    if ((watch->standing & node) != 0 && (role == ROLE_SEEKING || role == ROLE_BACKUP)) {
        recorder->elections_split++;
        watch->standing &= (uint16_t)~node;
    } else if (role == ROLE_CANDIDATE) {
        watch->standing |= node;
    } else if (role == ROLE_PRIMARY) {
        watch->standing &= (uint16_t)~node;
    }
    watch->role[seen->actor] = (uint8_t)role;
    if (role_of_who_lost_its_primary(role) && seen->actor != watch->primary && watch->noticed_ns == NS_NEVER)
        watch->noticed_ns = now_ns;
    if (role == ROLE_PRIMARY)
        watch_primary(recorder, now_ns, seen);
    watch_two_primaries(recorder, now_ns);
}

void cluster_crashed(struct recorder *recorder, int64_t now_ns, const struct observation *seen)
{
    if (seen->actor >= recorder->nodes)
        return;
    for (uint32_t queue = 0; queue < recorder->plan->queue_count; queue++) {
        struct queue_watch *watch = &recorder->watches[queue];
        uint16_t node = (uint16_t)(1u << seen->actor);
        recorder->elections_split += (watch->standing & node) != 0;
        watch->standing &= (uint16_t)~node;
        watch->role[seen->actor] = ROLE_NONE;
    }
    watch_two_primaries(recorder, now_ns);
}

/* An old primary may go on confirming: what ends a failover is a confirm of the new one. */
void cluster_confirmed(struct recorder *recorder, int64_t now_ns, uint32_t queue, uint32_t node)
{
    if (queue >= recorder->plan->queue_count || recorder->watches[queue].primary != node)
        return;
    struct failover *failover = watch_failover(recorder, &recorder->watches[queue]);
    if (failover != NULL && failover->first_confirm_ns == NS_NEVER)
        failover->first_confirm_ns = now_ns;
}

static bool fault_is_of_links(const struct plan_fault *fault)
{
    return fault->kind == FAULT_CUT || fault->kind == FAULT_PARTITION || fault->kind == FAULT_ISOLATE ||
           fault->kind == FAULT_DEGRADE;
}

/* A fault of links is told with one end of each; so it may have hit any node. */
void cluster_fault_begins(struct recorder *recorder, int64_t now_ns, const struct history_event *event)
{
    const struct plan_fault *fault = &recorder->plan->faults[event->fault];
    bool links = fault_is_of_links(fault);
    if (!links && event->actor >= recorder->nodes)
        return;
    struct hit *hit = &recorder->hits[links ? recorder->nodes : event->actor];
    hit->name = fault->name;
    hit->time_ns = now_ns;
    hit->active++;
    if (fault->kind == FAULT_PAUSE) {
        hit->paused++;
        watch_two_primaries(recorder, now_ns);
    }
    for (uint32_t queue = 0; queue < recorder->plan->queue_count; queue++)
        if (links || recorder->watches[queue].primary == event->actor)
            recorder->watches[queue].noticed_ns = NS_NEVER;
}

void cluster_fault_ends(struct recorder *recorder, int64_t now_ns, const struct history_event *event)
{
    const struct plan_fault *fault = &recorder->plan->faults[event->fault];
    bool links = fault_is_of_links(fault);
    if (!links && event->actor >= recorder->nodes)
        return;
    struct hit *hit = &recorder->hits[links ? recorder->nodes : event->actor];
    if (hit->active > 0)
        hit->active--;
    if (fault->kind == FAULT_PAUSE && hit->paused > 0) {
        hit->paused--;
        watch_two_primaries(recorder, now_ns);
    }
}

/* A detector gave up a node: rightly, when a fault keeps either of them, or their link, from being heard. */
void cluster_gave_up(struct recorder *recorder, int64_t now_ns, const struct history_event *event)
{
    const uint32_t suspects[] = {event->value, event->actor, recorder->nodes};
    for (size_t i = 0; i < G_N_ELEMENTS(suspects); i++) {
        const struct hit *hit = &recorder->hits[suspects[i]];
        if (hit->active == 0)
            continue;
        recorder->detections++;
        recorder->detection_sum_ns += now_ns - hit->time_ns;
        recorder->detection_max_ns = MAX(recorder->detection_max_ns, now_ns - hit->time_ns);
        return;
    }
    recorder->mistakes++;
}
