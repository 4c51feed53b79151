/* The loop: take the earliest event, let it happen, give due times to what it made pending. Ties go by insertion, so
 * the order is total and never depends on an address. */
#include <string.h>

#include "models/base/check.h"
#include "models/base/host.h"
#include "models/base/units.h"
#include "sim/timed/timed_state.h"

/* ---- life ---- */

static uint64_t rounded(uint64_t bytes)
{
    return (bytes + 15) / 16 * 16;
}

/* The arrays behind the struct, one after the other. */
enum range_array {
    RANGE_SEATS,
    RANGE_LANES,
    RANGE_GENERATIONS,
    RANGE_PROCESSES,
    RANGE_FAULTS,
    RANGE_UNDER,
    RANGE_ARRAYS
};

/* Where each begins, in bytes from the struct; the last is where the range ends. */
static void range_offsets(const struct world_shape *shape, uint64_t ret_offset[RANGE_ARRAYS + 1])
{
    const uint64_t bytes[RANGE_ARRAYS] = {
        [RANGE_SEATS] = shape->actor_count * sizeof(struct seat),
        [RANGE_LANES] = 2 * (uint64_t)shape->connection_count * sizeof(struct lane),
        [RANGE_GENERATIONS] = shape->connection_count * sizeof(uint32_t),
        [RANGE_PROCESSES] = shape->client_count * sizeof(struct process),
        [RANGE_FAULTS] = shape->plan->fault_count * sizeof(struct fault_state),
        [RANGE_UNDER] = (uint64_t)shape->plan->fault_count * shape->actor_count * sizeof(uint32_t),
    };
    ret_offset[0] = rounded(sizeof(struct timed));
    for (unsigned i = 0; i < RANGE_ARRAYS; i++)
        ret_offset[i + 1] = ret_offset[i] + rounded(bytes[i]);
}

static void range_lay_out(struct timed *timed)
{
    uint64_t offset[RANGE_ARRAYS + 1];
    range_offsets(timed->shape, offset);
    char *base = (char *)timed;
    timed->seats = (void *)(base + offset[RANGE_SEATS]);
    timed->lanes = (void *)(base + offset[RANGE_LANES]);
    timed->generations = (void *)(base + offset[RANGE_GENERATIONS]);
    timed->processes = (void *)(base + offset[RANGE_PROCESSES]);
    timed->faults = (void *)(base + offset[RANGE_FAULTS]);
    timed->under = (void *)(base + offset[RANGE_UNDER]);
    timed->range_bytes = offset[RANGE_ARRAYS];
}

static void seats_init(struct timed *timed)
{
    for (uint32_t actor = 0; actor < timed->shape->actor_count; actor++) {
        const char *name = timed->shape->actors[actor].name;
        timed->seats[actor].identity = digest_bytes(name, strlen(name), 0).low;
        vector_init(&timed->seats[actor].waiting, sizeof(struct due));
    }
}

static void timed_boot(struct timed *timed)
{
    for (uint32_t actor = 0; actor < timed->shape->actor_count; actor++) {
        struct due boot = {.kind = DUE_APPLY, .argument = ACTION_BOOT, .actor = (uint16_t)actor};
        event_queue_push(&timed->queue, 0, &boot);
    }
}

struct timed *timed_new(const struct world_shape *shape, const struct timed_options *options)
{
    uint64_t offset[RANGE_ARRAYS + 1];
    range_offsets(shape, offset);
    struct timed *timed = host_reserve(offset[RANGE_ARRAYS]);
    timed->shape = shape;
    timed->plan = shape->plan;
    timed->options = *options;
    range_lay_out(timed);
    timed->world = world_new(shape);
    event_queue_init(&timed->queue);
    seats_init(timed);
    for (uint32_t property = 0; property < PROPERTY_COUNT; property++)
        timed->totals.first_breach_ns[property] = NS_NEVER;
    timed_boot(timed);
    network_init(timed);
    processes_init(timed);
    faults_init(timed);
    event_queue_push(&timed->queue, timed->plan->duration_ns, &(struct due){.kind = DUE_LOAD_ENDS});
    event_queue_push(&timed->queue, timed->plan->duration_ns + timed->plan->drain_ns, &(struct due){.kind = DUE_END});
    return timed;
}

void timed_free(struct timed *timed)
{
    if (timed == NULL)
        return;
    for (uint32_t actor = 0; actor < timed->shape->actor_count; actor++)
        vector_free(&timed->seats[actor].waiting);
    event_queue_free(&timed->queue);
    world_free(timed->world);
    host_release(timed, timed->range_bytes);
}

/* ---- history ---- */

void timed_tell(struct timed *timed, struct history_event *event)
{
    event->time_ns = timed->now_ns;
    if (timed->options.sink != NULL)
        timed->options.sink(timed->options.sink_context, event);
}

static void timed_count_verdict(struct timed *timed, const struct verdict *verdict)
{
    for (uint32_t bits = verdict->exercised; bits != 0; bits &= bits - 1)
        timed->totals.exercised[__builtin_ctz(bits)]++;
    for (uint32_t bits = verdict->breached; bits != 0; bits &= bits - 1) {
        uint32_t property = (uint32_t)__builtin_ctz(bits);
        timed->totals.breaches[property] += verdict->breaches;
        if (timed->totals.first_breach_ns[property] == NS_NEVER)
            timed->totals.first_breach_ns[property] = timed->now_ns;
    }
}

/* A paused producer attempts late what came due meanwhile. */
static int64_t timed_lateness(const struct timed *timed, const struct observation *seen)
{
    if (seen->kind != OBSERVE_ATTEMPTED)
        return 0;
    return timed->now_ns - timed->processes[seen->actor - timed->shape->node_count].due_ns;
}

static void timed_observe(struct timed *timed, const struct world_effects *effects)
{
    for (uint32_t i = 0; i < effects->observation_count; i++) {
        const struct observation *seen = &effects->observations[i];
        struct history_event event = {
            .kind = HISTORY_OBSERVED, .late_ns = timed_lateness(timed, seen), .observation = seen};
        timed_count_verdict(timed, &effects->verdicts[i]);
        timed_tell(timed, &event);
        if (effects->verdicts[i].breached == 0)
            continue;
        event.kind = HISTORY_BREACH;
        event.verdict = &effects->verdicts[i];
        timed_tell(timed, &event);
    }
}

void timed_judge(struct timed *timed, const struct observation *seen)
{
    const struct world_effects *effects;
    world_judge(timed->world, seen, &effects);
    timed_observe(timed, effects);
}

/* ---- steps ---- */

static uint32_t action_stepper(const struct timed *timed, const struct action *action)
{
    bool by_end = action->kind == ACTION_DELIVER || action->kind == ACTION_NOTICE ||
                  action->kind == ACTION_WRITABLE || action->kind == ACTION_GIVE_UP;
    if (by_end)
        return shape_actor_at(timed->shape, action->connection, action->end);
    if (action->kind == ACTION_ACCEPT)
        return shape_actor_at(timed->shape, action->connection, 1);
    if (action->kind == ACTION_REFUSE || action->kind == ACTION_ESTABLISHED || action->kind == ACTION_BREAK)
        return shape_actor_at(timed->shape, action->connection, 0);
    return action->actor;
}

void timed_apply(struct timed *timed, struct action *action)
{
    const struct world_effects *effects;
    struct tape tape;
    tape_draw(&tape, seat_draw(timed, action_stepper(timed, action), DRAW_PICK));
    int64_t told_ns = timed->options.untimed_inputs ? 0 : timed->now_ns;
    if (!world_apply(timed->world, action, told_ns, &tape, action, &effects)) {
        timed->status = TIMED_FULL;
        timed->failure = "a block or a connection of the simulated world is full (too many messages at once?)";
        return;
    }
    timed->totals.events++;
    timed->totals.fingerprint = history_fold(timed->totals.fingerprint, timed->now_ns, action, effects->digest);
    timed_observe(timed, effects);
    pending_schedule(timed, effects);
    if (action->kind == ACTION_ACCEPT || action->kind == ACTION_ESTABLISHED)
        heartbeat_opened(timed, action->connection, action->kind == ACTION_ACCEPT);
    if (timed->options.applied != NULL)
        timed->options.applied(timed->options.applied_context, timed->now_ns, action, timed->world);
}

/* ---- the end ---- */

static void due_count_progress(void *context, const struct due *due)
{
    const struct timed *timed = ((void **)context)[0];
    uint64_t *progress = ((void **)context)[1];
    bool timeout = due->kind == DUE_APPLY && due->argument == ACTION_TIMER &&
                   shape_timer_is_timeout(timed->shape, due->actor, due->connection);
    bool token = due->kind == DUE_APPLY || due->kind == DUE_SERVE || due->kind == DUE_ARRIVE;
    if (token && !timeout && !due_is_void(timed, due))
        ++*progress;
}

/* Quiet: everybody is up, and nothing but time-outs can happen any more. */
static bool timed_quiet(struct timed *timed)
{
    uint64_t progress = 0;
    void *context[2] = {timed, &progress};
    for (uint32_t actor = 0; actor < timed->shape->actor_count; actor++)
        if (!world_actor_up(timed->world, actor) || timed->seats[actor].pauses > 0)
            return false;
    for (uint32_t lane = 0; lane < 2 * timed->shape->connection_count; lane++)
        if (timed->lanes[lane].cuts > 0 || timed->lanes[lane].retransmitting)
            return false;
    event_queue_foreach(&timed->queue, due_count_progress, context);
    return progress == 0;
}

static void timed_end(struct timed *timed)
{
    const struct world_effects *effects;
    if (timed_quiet(timed)) {
        world_judge_quiet(timed->world, &effects);
        timed_observe(timed, effects);
    }
    timed->totals.simulated_ns = timed->now_ns;
    timed_tell(timed, &(struct history_event){.kind = HISTORY_PHASE, .value = PHASE_END});
    timed->status = TIMED_DONE;
}

static void timed_load_ends(struct timed *timed)
{
    timed->load_over = true;
    timed_tell(timed, &(struct history_event){.kind = HISTORY_PHASE, .value = PHASE_DRAIN});
    if (timed->plan->heal)
        faults_heal(timed);
}

static void timed_happen(struct timed *timed, const struct due *due)
{
    switch ((enum due_kind)due->kind) {
    case DUE_ARRIVE:
        network_arrive(timed, due);
        break;
    case DUE_SERVE:
        station_serve(timed, due);
        break;
    case DUE_APPLY:
        station_apply(timed, due);
        break;
    case DUE_BEAT:
        heartbeat_beat(timed, due);
        break;
    case DUE_LOOK:
        heartbeat_look(timed, due);
        break;
    case DUE_HEARTBEAT:
        heartbeat_arrive(timed, due);
        break;
    case DUE_RETRANSMIT:
        network_retransmit(timed, due);
        break;
    case DUE_FAULT:
        fault_begin(timed, due->argument);
        break;
    case DUE_FAULT_OVER:
        fault_over(timed, due);
        break;
    case DUE_LOAD_ENDS:
        timed_load_ends(timed);
        break;
    case DUE_END:
        timed_end(timed);
        break;
    }
}

enum timed_status timed_run(struct timed *timed, int64_t until_ns, uint64_t events_max)
{
    uint64_t stop = events_max == 0 ? UINT64_MAX : timed->totals.events + events_max;
    struct due due;
    while (timed->status == TIMED_RUNNING && timed->totals.events < stop &&
           event_queue_pop(&timed->queue, until_ns, &timed->now_ns, &due))
        timed_happen(timed, &due);
    return timed->status;
}

int64_t timed_now(const struct timed *timed)
{
    return timed->now_ns;
}

const struct history_totals *timed_totals(const struct timed *timed)
{
    return &timed->totals;
}

const struct world *timed_world(const struct timed *timed)
{
    return timed->world;
}

const char *timed_failure(const struct timed *timed)
{
    return timed->failure;
}

/* ---- snapshots ---- */

struct timed_snapshot {
    uint64_t bytes, range_bytes;
    uint64_t seed;
    uint32_t actors;
    bool untimed_inputs;
    struct world_snapshot *world;
    struct event_queue queue;
    struct vector *waiting; /* by actor */
    unsigned char *range;
};

struct timed_snapshot *timed_snapshot(const struct timed *timed)
{
    uint32_t actors = timed->shape->actor_count;
    uint64_t bytes =
        rounded(sizeof(struct timed_snapshot)) + rounded(actors * sizeof(struct vector)) + timed->range_bytes;
    struct timed_snapshot *snapshot = host_reserve(bytes);
    snapshot->bytes = bytes;
    snapshot->range_bytes = timed->range_bytes;
    snapshot->actors = actors;
    snapshot->seed = timed->options.seed;
    snapshot->untimed_inputs = timed->options.untimed_inputs;
    snapshot->waiting = (struct vector *)(void *)((unsigned char *)snapshot + rounded(sizeof *snapshot));
    snapshot->range = (unsigned char *)snapshot->waiting + rounded(actors * sizeof(struct vector));
    memcpy(snapshot->range, timed, timed->range_bytes);
    snapshot->world = world_snapshot(timed->world);
    event_queue_init(&snapshot->queue);
    event_queue_copy(&snapshot->queue, &timed->queue);
    for (uint32_t actor = 0; actor < actors; actor++) {
        vector_init(&snapshot->waiting[actor], sizeof(struct due));
        vector_copy(&snapshot->waiting[actor], &timed->seats[actor].waiting);
    }
    return snapshot;
}

void timed_restore(struct timed *timed, const struct timed_snapshot *snapshot)
{
    CHECK(snapshot->range_bytes == timed->range_bytes && snapshot->actors == timed->shape->actor_count);
    struct timed own = *timed; /* what belongs to this one: its memory, its world, its listeners */
    for (uint32_t actor = 0; actor < snapshot->actors; actor++)
        vector_free(&timed->seats[actor].waiting);
    memcpy(timed, snapshot->range, timed->range_bytes);
    timed->shape = own.shape;
    timed->plan = own.plan;
    timed->options = own.options;
    timed->options.seed = snapshot->seed;
    timed->options.untimed_inputs = snapshot->untimed_inputs;
    timed->world = own.world;
    timed->queue = own.queue;
    range_lay_out(timed);
    world_restore(timed->world, snapshot->world);
    event_queue_copy(&timed->queue, &snapshot->queue);
    for (uint32_t actor = 0; actor < snapshot->actors; actor++) {
        vector_init(&timed->seats[actor].waiting, sizeof(struct due));
        vector_copy(&timed->seats[actor].waiting, &snapshot->waiting[actor]);
    }
}

void timed_snapshot_free(struct timed_snapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    for (uint32_t actor = 0; actor < snapshot->actors; actor++)
        vector_free(&snapshot->waiting[actor]);
    event_queue_free(&snapshot->queue);
    world_snapshot_free(snapshot->world);
    host_release(snapshot, snapshot->bytes);
}
