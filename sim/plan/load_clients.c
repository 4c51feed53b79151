/* producers.NAME and consumers.NAME: which queue, which node, and of a producer when its messages come.
 *
 * A consumer has no `retry`; it reconnects as a producer does by default, and both give a connection attempt up
 * after five seconds. */
#include "models/base/units.h"
#include "sim/plan/column.h"
#include "sim/plan/loading.h"
#include "sim/plan/value.h"

enum { CLIENTS_MAX = 10000 };

#define CONNECT_TIMEOUT_NS (5 * NS_PER_S)
#define BACKOFF_MIN_NS (100 * NS_PER_MS)
#define BACKOFF_MAX_NS (5 * NS_PER_S)

static void lacks(struct loading *loading, enum key_place place, const struct tree_node *name,
                  const struct tree_node *node, const char *what)
{
    if (node->kind == TREE_MAP && !bind_has_later(place, node))
        problem_add(&loading->problems, name->at, "%s '%s' %s", place == IN_PRODUCER ? "producer" : "consumer",
                    name->text, what);
}

static uint32_t queue_read(struct loading *loading, enum key_place place, const struct tree_node *name,
                           const struct tree_node *node)
{
    const struct tree_node *said = tree_get(node, "queue");
    if (!said) {
        lacks(loading, place, name, node, "needs a queue");
        return 0;
    }
    const char *text = bind_text(loading, said, "queue");
    uint32_t queue = text ? plan_queue_named(loading, text, said->at) : 0;
    return queue == UINT32_MAX ? 0 : queue;
}

static uint32_t connect_read(struct loading *loading, const struct tree_node *node)
{
    const struct tree_node *said = tree_get(node, "connect");
    struct plan_selector first;
    if (!said)
        return 0;
    if (said->kind == TREE_LIST && said->items->len != 1) {
        problem_add(&loading->problems, said->at,
                    "'connect' takes the node to try first; whole lists are not supported yet");
        return 0;
    }
    if (!selector_bind(loading, said, "connect", &first))
        return 0;
    if (first.kind != SELECT_NODES) {
        problem_add(&loading->problems, said->at, "'connect' takes the name of a node");
        return 0;
    }
    return (uint32_t)__builtin_ctzll(first.nodes);
}

/* ---- arrivals ---- */

static void rate_read(struct loading *loading, const struct tree_node *node, struct plan_producer *producer)
{
    const char *text = bind_text(loading, node, "rate");
    int64_t interval_ns;
    char *problem = text ? value_rate(text, &interval_ns) : NULL;
    if (problem)
        problem_take(&loading->problems, node->at, problem);
    else if (text)
        producer->interval = (struct variate){.kind = VARIATE_EXPONENTIAL, .a = interval_ns};
}

static void every_read(struct loading *loading, const struct tree_node *node, struct plan_producer *producer)
{
    producer->arrivals = ARRIVALS_PERIODIC;
    if (bind_distribution(loading, node, "every", &producer->interval) &&
        producer->interval.kind != VARIATE_EMPIRICAL && MAX(producer->interval.a, producer->interval.b) == 0)
        problem_add(&loading->problems, node->at, "'every' needs an interval above 0");
}

static void trace_read(struct loading *loading, const struct tree_node *node, struct plan_producer *producer)
{
    producer->arrivals = ARRIVALS_TRACE;
    const char *text = bind_text(loading, node, "arrivals");
    if (!text)
        return;
    struct columns columns = {0};
    char *problem = columns_read(loading->directory, text, &columns);
    if (!problem && !columns_ascend(&columns))
        problem = g_strdup_printf("the times in '%s' do not ascend", text);
    if (problem)
        problem_take(&loading->problems, node->at, problem);
    producer->trace_file = g_strdup(text);
    producer->trace_ns = columns.times_ns;
    producer->trace_size = columns.sizes;
    producer->trace_count = columns.count;
}

static void closed_loop_read(struct loading *loading, const struct tree_node *node, const struct tree_node *map,
                             struct plan_producer *producer)
{
    producer->arrivals = ARRIVALS_CLOSED_LOOP;
    if (!bind_is_map(loading, node, "closed-loop"))
        return;
    const struct tree_node *other = tree_get(map, "max-in-flight");
    if (other)
        problem_add(&loading->problems, other->at, "'closed-loop' already says how many are in flight");
    if (!tree_get(node, "in-flight"))
        problem_add(&loading->problems, node->at, "'closed-loop' needs in-flight: a count");
    if (!producer->confirms)
        problem_add(&loading->problems, node->at, "a closed loop waits for answers: it needs confirms: true");
    bind_fields(loading, IN_CLOSED_LOOP, node, producer);
}

static void arrivals_read(struct loading *loading, const struct tree_node *name, const struct tree_node *map,
                          struct plan_producer *producer)
{
    static const char *const ways[] = {"rate", "every", "arrivals", "closed-loop"};
    const char *given = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        const struct tree_node *node = tree_get(map, ways[i]);
        if (node && given)
            problem_add(&loading->problems, tree_key(map, ways[i])->at, "arrivals are said twice: '%s' and '%s'", given,
                        ways[i]);
        if (!node || given)
            continue;
        given = ways[i];
        if (i == 0)
            rate_read(loading, node, producer);
        else if (i == 1)
            every_read(loading, node, producer);
        else if (i == 2)
            trace_read(loading, node, producer);
        else
            closed_loop_read(loading, node, map, producer);
    }
    if (!given)
        lacks(loading, IN_PRODUCER, name, map, "needs its arrivals: rate, every, arrivals or closed-loop");
}

/* ---- groups ---- */

static void producer_read(struct loading *loading, const struct tree_node *name, const struct tree_node *node)
{
    struct plan *plan = loading->plan;
    plan->producers = g_renew(struct plan_producer, plan->producers, plan->producer_count + 1);
    struct plan_producer *producer = &plan->producers[plan->producer_count++];
    *producer = (struct plan_producer){.name = g_strdup(name->text), .connect_timeout_ns = CONNECT_TIMEOUT_NS};
    bind_actor_name(loading, name->at, "producer", name->text);
    bool is_map = bind_is_map(loading, node, name->text);
    bind_fields(loading, IN_PRODUCER, node, producer);
    if (!is_map)
        return;
    producer->queue = queue_read(loading, IN_PRODUCER, name, node);
    producer->first_node = connect_read(loading, node);
    arrivals_read(loading, name, node, producer);
}

enum { DEDUPE_WINDOW = 100000 /* of a consumer that only says that it removes duplicates */ };

static void consumer_read(struct loading *loading, const struct tree_node *name, const struct tree_node *node)
{
    struct plan *plan = loading->plan;
    plan->consumers = g_renew(struct plan_consumer, plan->consumers, plan->consumer_count + 1);
    struct plan_consumer *consumer = &plan->consumers[plan->consumer_count++];
    *consumer = (struct plan_consumer){.name = g_strdup(name->text),
                                       .connect_timeout_ns = CONNECT_TIMEOUT_NS,
                                       .backoff_min_ns = BACKOFF_MIN_NS,
                                       .backoff_max_ns = BACKOFF_MAX_NS};
    bind_actor_name(loading, name->at, "consumer", name->text);
    bool is_map = bind_is_map(loading, node, name->text);
    bind_fields(loading, IN_CONSUMER, node, consumer);
    if (!is_map)
        return;
    consumer->queue = queue_read(loading, IN_CONSUMER, name, node);
    consumer->first_node = connect_read(loading, node);
    const struct tree_node *dedupe = tree_get(node, "dedupe");
    if (dedupe && dedupe->kind == TREE_MAP && !tree_get(dedupe, "window"))
        consumer->dedupe_window = DEDUPE_WINDOW;
    if (consumer->auto_ack && consumer->reject_ppm > 0)
        problem_add(&loading->problems, tree_get(node, "reject")->at, "a consumer with automatic acks rejects nothing");
    if (consumer->auto_ack && consumer->ack_again_ppm > 0)
        problem_add(&loading->problems, tree_get(node, "double-ack")->at,
                    "a consumer with automatic acks sends none twice");
}

typedef void (*group_read)(struct loading *loading, const struct tree_node *name, const struct tree_node *node);

static void groups_read(struct loading *loading, const struct tree_node *groups, group_read read)
{
    for (guint i = 0;
         groups && groups->kind == TREE_MAP && i < groups->items->len && !problems_full(&loading->problems); i += 2)
        read(loading, g_ptr_array_index(groups->items, i), g_ptr_array_index(groups->items, i + 1));
}

void load_clients(struct loading *loading, const struct tree_node *root)
{
    const struct plan *plan = loading->plan;
    const struct tree_node *producers = tree_get(root, "producers"), *consumers = tree_get(root, "consumers");
    groups_read(loading, producers, producer_read);
    groups_read(loading, consumers, consumer_read);
    uint64_t clients = 0;
    for (uint32_t i = 0; i < plan->producer_count; i++)
        clients += plan->producers[i].count;
    for (uint32_t i = 0; i < plan->consumer_count; i++)
        clients += plan->consumers[i].count;
    if (clients > CLIENTS_MAX)
        problem_add(&loading->problems, (consumers ? consumers : producers)->at,
                    "a scenario has at most %d clients, these are %" G_GUINT64_FORMAT, CLIENTS_MAX, clients);
}

uint32_t plan_producer_find(const struct plan *plan, const char *name)
{
    for (uint32_t i = 0; i < plan->producer_count; i++)
        if (g_str_equal(plan->producers[i].name, name))
            return i;
    return UINT32_MAX;
}

uint32_t plan_consumer_find(const struct plan *plan, const char *name)
{
    for (uint32_t i = 0; i < plan->consumer_count; i++)
        if (g_str_equal(plan->consumers[i].name, name))
            return i;
    return UINT32_MAX;
}
