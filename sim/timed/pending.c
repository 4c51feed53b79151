/* What an action made pending gets its due time. */
#include "models/base/check.h"
#include "models/base/units.h"
#include "sim/timed/timed_state.h"

/* The disk is one server: what is asked of it is done in order, one after the other. */
static int64_t disk_busy(struct timed *timed, uint32_t node, const struct variate *time, enum draw_purpose purpose,
                         uint64_t bytes)
{
    struct seat *seat = &timed->seats[node];
    int64_t begins = seat->disk_until_ns > timed->now_ns ? seat->disk_until_ns : timed->now_ns;
    int64_t takes = variate_at(time, seat_draw(timed, node, purpose));
    if (timed->plan->disk_bandwidth > 0)
        takes = ns_later(takes, (int64_t)(bytes * (uint64_t)NS_PER_S / timed->plan->disk_bandwidth));
    seat->disk_until_ns = ns_later(begins, takes);
    return seat->disk_until_ns;
}

static void pending_append(struct timed *timed, const struct pending *pending)
{
    timed->totals.stored_bytes += pending->value;
    disk_busy(timed, pending->actor, &timed->plan->disk_append, DRAW_APPEND, pending->value);
}

static void pending_synced(struct timed *timed, const struct pending *pending)
{
    int64_t due_ns = disk_busy(timed, pending->actor, &timed->plan->disk_fsync, DRAW_FSYNC, 0);
    timed->totals.fsyncs++;
    event_queue_push(&timed->queue, due_ns,
                     &(struct due){.kind = DUE_APPLY, .argument = ACTION_SYNCED, .actor = pending->actor,
                                   .generation = timed->seats[pending->actor].generation});
}

static int64_t timer_length(struct timed *timed, const struct pending *pending)
{
    if (pending->min_ns >= pending->max_ns)
        return pending->min_ns > 0 ? pending->min_ns : 0;
    uint64_t bits = seat_draw(timed, pending->actor, DRAW_TIMER);
    return pending->min_ns + (int64_t)draw_below(bits, (uint64_t)(pending->max_ns - pending->min_ns) + 1);
}

static void pending_timer(struct timed *timed, const struct pending *pending)
{
    struct seat *seat = &timed->seats[pending->actor];
    uint64_t value = 0;
    int64_t due_ns = (pending->flags & OUTPUT_PROCESS) != 0 ? process_due(timed, pending->actor, pending->timer, &value)
                                                            : ns_later(timed->now_ns, timer_length(timed, pending));
    event_queue_cancel(&timed->queue, seat->timer[pending->timer]);
    seat->timer[pending->timer] = 0;
    if (due_ns == NS_NEVER)
        return;
    CHECK(due_ns >= timed->now_ns);
    struct due due = {.kind = DUE_APPLY,
                      .argument = ACTION_TIMER,
                      .actor = pending->actor,
                      .connection = pending->timer,
                      .generation = seat->generation,
                      .value = value};
    seat->timer[pending->timer] = event_queue_push(&timed->queue, due_ns, &due);
}

static void pending_cancel(struct timed *timed, const struct pending *pending)
{
    struct seat *seat = &timed->seats[pending->actor];
    event_queue_cancel(&timed->queue, seat->timer[pending->timer]);
    seat->timer[pending->timer] = 0;
}

static void pending_continue(struct timed *timed, const struct pending *pending)
{
    struct due due = {.kind = DUE_APPLY, .argument = ACTION_CONTINUE, .actor = pending->actor,
                      .generation = timed->seats[pending->actor].generation};
    event_queue_push(&timed->queue, timed->now_ns, &due);
}

/* How an end learns that its connection is gone. After a crash of the process or a reset the packet comes at once; of a
 * machine without power nothing comes, until it is back and answers a retransmission with a reset, or TCP gives up. */
static void pending_notice(struct timed *timed, const struct pending *pending)
{
    uint32_t peer = shape_actor_at(timed->shape, pending->connection, 1u - pending->end);
    if (timed->seats[peer].silent)
        network_notice_at(timed, pending->connection, pending->end, timed->now_ns + network_gives_up_ns(), true);
    else
        network_send(timed, pending->connection, pending->end, ACTION_NOTICE, NULL);
}

static void pending_down(struct timed *timed, const struct pending *pending)
{
    struct seat *seat = &timed->seats[pending->actor];
    seat->generation++;
    seat->pauses = seat->stalls = 0; /* what was paused is dead */
    station_resume(timed, pending->actor);
    seat->busy_until_ns = seat->disk_until_ns = timed->now_ns;
    for (uint32_t timer = 0; timer < TIMERS_MAX; timer++) {
        event_queue_cancel(&timed->queue, seat->timer[timer]);
        seat->timer[timer] = 0;
    }
}

static void pending_writable(struct timed *timed, const struct pending *pending)
{
    struct due due = {.kind = DUE_APPLY,
                      .argument = ACTION_WRITABLE,
                      .connection = pending->connection,
                      .end = pending->end,
                      .actor = (uint16_t)shape_actor_at(timed->shape, pending->connection, pending->end),
                      .generation = timed->generations[pending->connection]};
    event_queue_push(&timed->queue, timed->now_ns, &due);
}

static void pending_frame(struct timed *timed, const struct pending *pending)
{
    timed->totals.frames++;
    timed->totals.frame_bytes += network_frame_bytes(pending->frame);
    network_send(timed, pending->connection, pending->end, ACTION_DELIVER, pending->frame);
}

void pending_schedule(struct timed *timed, const struct world_effects *effects)
{
    for (uint32_t i = 0; i < effects->pending_count; i++) {
        const struct pending *pending = &effects->pending[i];
        switch ((enum pending_kind)pending->kind) {
        case PENDING_FRAME:
            pending_frame(timed, pending);
            break;
        case PENDING_ACCEPT:
            network_send(timed, pending->connection, 1, ACTION_ACCEPT, NULL);
            break;
        case PENDING_ESTABLISHED:
            network_send(timed, pending->connection, 0, ACTION_ESTABLISHED, NULL);
            break;
        case PENDING_NOTICE:
            pending_notice(timed, pending);
            break;
        case PENDING_WRITABLE:
            pending_writable(timed, pending);
            break;
        case PENDING_TIMER:
            pending_timer(timed, pending);
            break;
        case PENDING_CANCEL:
            pending_cancel(timed, pending);
            break;
        case PENDING_CONTINUE:
            pending_continue(timed, pending);
            break;
        case PENDING_APPEND:
            pending_append(timed, pending);
            break;
        case PENDING_SYNCED:
            pending_synced(timed, pending);
            break;
        case PENDING_CLOSED:
            network_closed(timed, pending->connection);
            break;
        case PENDING_DOWN:
            pending_down(timed, pending);
            break;
        }
    }
}
