/* Heartbeats: the failure detectors of models/detector beside each end of a connection, and their carriage. A heartbeat
 * is no frame of the world, since the core never sees one: it goes over the same lanes as frames do, and what it brings
 * about is an action of its own when it fails to come, ACTION_GIVE_UP.
 *
 * The clocks of a real cluster did not all start at one moment, so each end looks and beats in a phase of its own,
 * drawn when it opens: a fault at a fixed time finds it anywhere between two looks, from seed to seed.
 *
 * A paused process neither beats nor looks; when it goes on it looks late, but what arrived meanwhile lies in its
 * sockets and counts as heard. */
#include "models/base/check.h"
#include "models/base/digest.h"
#include "models/detector/detector.h"
#include "sim/timed/timed_state.h"

#define HEARTBEAT_BYTES 8                         /* an AMQP frame without a body (4.2.7) */
#define HEARTBEAT_IDENTITY UINT64_C(0x6265617473) /* apart from what else is drawn on a lane */

static int64_t heartbeat_timeout_ns(const struct timed *timed, uint32_t connection)
{
    return shape_joins_nodes(timed->shape, connection) ? timed->plan->detector_ns : timed->plan->client_detector_ns;
}

static void heartbeat_push(struct timed *timed, enum due_kind kind, uint32_t connection, unsigned end, int64_t time_ns)
{
    event_queue_push(&timed->queue, time_ns,
                     &(struct due){.kind = (uint8_t)kind,
                                   .connection = connection,
                                   .end = (uint8_t)end,
                                   .actor = (uint16_t)shape_actor_at(timed->shape, connection, end),
                                   .generation = timed->generations[connection]});
}

int64_t heartbeat_phase_ns(const struct timed *timed, uint32_t connection, unsigned end, uint64_t opening)
{
    uint64_t identity = timed->lanes[2 * connection + end].identity;
    uint64_t bits = draw_keyed(timed->options.seed, DRAW_DETECTOR, identity, opening);
    return 1 + (int64_t)draw_below(bits, (uint64_t)heartbeat_timeout_ns(timed, connection));
}

void heartbeat_opened(struct timed *timed, uint32_t connection, unsigned end)
{
    int64_t timeout_ns = heartbeat_timeout_ns(timed, connection);
    if (timeout_ns == 0)
        return;
    watch_opened(&lane_of(timed, connection, end)->watch);
    uint64_t opening = lane_of(timed, connection & ~UINT32_C(1), end)->openings++;
    int64_t look_ns = heartbeat_phase_ns(timed, connection, end, opening), beat_ns = detector_beat_ns(timeout_ns);
    heartbeat_push(timed, DUE_BEAT, connection, end,
                   ns_later(timed->now_ns, look_ns > beat_ns ? look_ns - beat_ns : look_ns));
    heartbeat_push(timed, DUE_LOOK, connection, end, ns_later(timed->now_ns, look_ns));
}

static struct action heartbeat_give_up(const struct due *due)
{
    return (struct action){.kind = ACTION_GIVE_UP, .connection = due->connection, .end = due->end};
}

/* Is this still an open end of the connection that the detector watches, whose process runs? A paused one hears of it
 * when it goes on. */
static bool heartbeat_lives(struct timed *timed, const struct due *due)
{
    struct action action = heartbeat_give_up(due);
    if (due->generation != timed->generations[due->connection] || !world_is_enabled(timed->world, &action))
        return false;
    if (timed->seats[due->actor].pauses == 0)
        return true;
    station_wait(timed, due);
    return false;
}

/* What the detector says is judged. True: it says that something is to be done. */
static bool heartbeat_judged(struct timed *timed, const struct due *due, struct observation told)
{
    told.actor = due->actor;
    told.connection = shape_slot_at(timed->shape, due->connection, due->end);
    timed_judge(timed, &told);
    return told.value == 1;
}

void heartbeat_beat(struct timed *timed, const struct due *due)
{
    unsigned to = 1u - due->end;
    if (!heartbeat_lives(timed, due))
        return;
    if (heartbeat_judged(timed, due, watch_beat(&lane_of(timed, due->connection, due->end)->watch))) {
        uint64_t identity = digest_u64(lane_of(timed, due->connection, to)->identity, HEARTBEAT_IDENTITY);
        uint64_t index = lane_of(timed, due->connection & ~UINT32_C(1), to)->heartbeats++;
        int64_t due_ns = network_due(timed, due->connection, to, identity, index, HEARTBEAT_BYTES);
        heartbeat_push(timed, DUE_HEARTBEAT, due->connection, to, due_ns);
        timed->totals.heartbeats++;
        timed->totals.frames++;
        timed->totals.frame_bytes += HEARTBEAT_BYTES;
    }
    int64_t every_ns = detector_beat_ns(heartbeat_timeout_ns(timed, due->connection));
    heartbeat_push(timed, DUE_BEAT, due->connection, due->end, ns_later(timed->now_ns, every_ns));
}

void heartbeat_look(struct timed *timed, const struct due *due)
{
    if (!heartbeat_lives(timed, due))
        return;
    if (!heartbeat_judged(timed, due, watch_look(&lane_of(timed, due->connection, due->end)->watch))) {
        heartbeat_push(timed, DUE_LOOK, due->connection, due->end,
                       ns_later(timed->now_ns, heartbeat_timeout_ns(timed, due->connection)));
        return;
    }
    struct action action = heartbeat_give_up(due);
    uint32_t peer = shape_actor_at(timed->shape, due->connection, 1u - due->end);
    if (due->actor < timed->shape->node_count && peer < timed->shape->node_count)
        timed_tell(timed, &(struct history_event){.kind = HISTORY_GAVE_UP, .actor = due->actor, .value = peer});
    timed_apply(timed, &action);
}

void heartbeat_arrive(struct timed *timed, const struct due *due)
{
    if (due->generation == timed->generations[due->connection] && !network_holds_up(timed, due))
        watch_heard(&lane_of(timed, due->connection, due->end)->watch);
}
