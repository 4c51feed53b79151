/* When a process of the scenario acts next: a producer's arrivals (a stream each), a consumer's service times. */
#include "models/base/units.h"
#include "sim/timed/timed_state.h"

void processes_init(struct timed *timed)
{
    for (uint32_t client = 0; client < timed->shape->client_count; client++)
        stream_seed(&timed->processes[client].stream, timed->options.seed, DRAW_ARRIVAL,
                    timed->seats[timed->shape->node_count + client].identity);
}

/* The next time of a recorded trace. */
static int64_t trace_due(const struct plan_producer *producer, struct process *process, uint64_t *ret_value)
{
    if (process->index >= producer->trace_count)
        return NS_NEVER;
    *ret_value = producer->trace_size != NULL ? producer->trace_size[process->index] : 0;
    return producer->trace_ns[process->index++];
}

static int64_t arrival_due(struct timed *timed, uint32_t client, uint64_t *ret_value)
{
    const struct shape_actor *actor = &timed->shape->actors[timed->shape->node_count + client];
    const struct plan_producer *producer = &timed->plan->producers[actor->group];
    struct process *process = &timed->processes[client];
    int64_t due_ns = timed->now_ns;
    switch ((enum plan_arrivals)producer->arrivals) {
    case ARRIVALS_POISSON:
    case ARRIVALS_PERIODIC:
        process->next_ns =
            ns_later(process->next_ns, variate_at(&producer->interval, stream_next(&process->stream)));
        due_ns = process->next_ns;
        break;
    case ARRIVALS_TRACE:
        due_ns = trace_due(producer, process, ret_value);
        break;
    case ARRIVALS_CLOSED_LOOP:
        break;
    }
    if (due_ns > timed->plan->duration_ns)
        return NS_NEVER;
    process->due_ns = due_ns;
    return due_ns > timed->now_ns ? due_ns : timed->now_ns; /* a paused producer catches up */
}

int64_t process_due(struct timed *timed, uint32_t actor, uint32_t timer, uint64_t *ret_value)
{
    const struct shape_actor *who = &timed->shape->actors[actor];
    if (timer == TIMER_ARRIVAL)
        return arrival_due(timed, actor - timed->shape->node_count, ret_value);
    const struct variate *service = &timed->plan->consumers[who->group].service;
    return ns_later(timed->now_ns, variate_at(service, seat_draw(timed, actor, DRAW_SERVICE)));
}
