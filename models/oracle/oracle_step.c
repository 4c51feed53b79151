/* A step of the monitor: a switch that takes an observation to the automata that it concerns. */
#include <string.h>

#include "models/oracle/oracle_block.h"

uint64_t oracle_block_bytes(const struct oracle_config *config, uint64_t messages_max)
{
    uint64_t clients = (uint64_t)config->actors - config->nodes;
    uint64_t live = sizeof(struct live) + 10 * (uint64_t)config->nodes + 16; /* rounded up */
    /* leaves and branches of the maps that name it; a copy from each node may be unacknowledged */
    uint64_t message = live + config->nodes * (sizeof(struct unacked) + 2 * UNIT_BYTES) + 8 * UNIT_BYTES;
    uint64_t links = clients * config->nodes * sizeof(struct link_view);
    uint64_t pairs = clients * clients * 3 * UNIT_BYTES; /* of consumers that remove duplicates, and producers */
    return sizeof(struct oracle) + UNIT_BYTES + config->nodes * sizeof(struct node_view) +
           config->queues * sizeof(struct queue_watch) + links + pairs +
           clients * (sizeof(struct client_view) + 4 * UNIT_BYTES) + messages_max * message;
}

static uint32_t units_of(uint64_t bytes)
{
    return (uint32_t)((bytes + UNIT_BYTES - 1) / UNIT_BYTES);
}

uint32_t live_units(const struct oracle *oracle)
{
    return units_of(sizeof(struct live) + 10 * (uint64_t)oracle->config.nodes);
}

void oracle_lay_out(struct oracle *oracle, const struct oracle_config *config, uint32_t clients, uint64_t block_bytes)
{
    arena_init(&oracle->arena, sizeof *oracle, block_bytes);
    oracle->config = *config;
    oracle->clients = clients;
    oracle->node_table = arena_reserve(&oracle->arena, units_of(config->nodes * sizeof(struct node_view)));
    oracle->queue_table =
        config->queues == 0 ? 0 : arena_reserve(&oracle->arena, units_of(config->queues * sizeof(struct queue_watch)));
    oracle->client_table =
        clients == 0 ? 0 : arena_reserve(&oracle->arena, units_of(clients * sizeof(struct client_view)));
    CHECK(oracle->node_table != 0 && (config->queues == 0 || oracle->queue_table != 0));
    CHECK(clients == 0 || oracle->client_table != 0);
}

void client_lay_out_links(struct oracle *oracle, struct client_view *client)
{
    CHECK(client->config.links == 1 || client->config.links == oracle->config.nodes);
    client->link_table = arena_reserve(&oracle->arena, units_of(client->config.links * sizeof(struct link_view)));
    CHECK(client->link_table != 0);
}

void oracle_init(struct oracle *oracle, const struct oracle_config *config, const struct oracle_client *clients,
                 uint64_t block_bytes)
{
    CHECK(config->nodes >= 1 && config->nodes <= NODES_MAX && config->actors >= config->nodes);
    oracle_lay_out(oracle, config, (uint32_t)config->actors - config->nodes, block_bytes);
    for (uint32_t client = 0; client < oracle->clients; client++) {
        client_view(oracle, client)->config = clients[client];
        client_lay_out_links(oracle, client_view(oracle, client));
    }
}

/* ---- verdicts ---- */

static bool judged(const struct oracle *oracle, enum property property)
{
    return oracle->frozen == 0 || oracle->frozen == 1 + (uint32_t)property;
}

void judge_exercise(struct judgement *judgement, enum property property)
{
    if (judged(judgement->oracle, property))
        judgement->verdict->exercised |= 1u << property;
}

void judge_breach(struct judgement *judgement, enum property property, const struct message *message)
{
    struct oracle *oracle = judgement->oracle;
    if (!judged(oracle, property))
        return;
    if (judgement->verdict->breaches++ == 0)
        judgement->verdict->message = *message;
    judgement->verdict->breached |= 1u << property;
    judgement->verdict->exercised |= 1u << property;
    if ((oracle->config.promised >> property & 1) != 0)
        oracle->frozen = (uint8_t)(1 + property);
}

/* ---- messages ---- */

struct client_view *message_producer(const struct oracle *oracle, const struct message *message)
{
    uint32_t client = message->producer - oracle->config.nodes;
    if (message->producer < oracle->config.nodes || client >= oracle->clients)
        return NULL;
    struct client_view *view = client_view(oracle, client);
    return view->config.kind == ORACLE_PRODUCER ? view : NULL;
}

struct live *message_live(const struct oracle *oracle, const struct message *message)
{
    const struct client_view *producer = message_producer(oracle, message);
    struct live_ref ref = {producer == NULL ? 0 : omap_get(&oracle->arena, &producer->live, message->sequence)};
    return ref.at == 0 ? NULL : live_at(oracle, ref);
}

void live_end(struct oracle *oracle, struct client_view *producer, uint64_t sequence)
{
    uint32_t at = omap_remove(&oracle->arena, &producer->live, sequence);
    if (at != 0)
        arena_give(&oracle->arena, at, live_units(oracle));
}

void live_foreach(struct judgement *judgement, live_visitor visit)
{
    struct oracle *oracle = judgement->oracle;
    for (uint32_t client = 0; client < oracle->clients; client++) {
        struct client_view *producer = client_view(oracle, client);
        uint64_t sequence = 0;
        uint32_t at;
        while (omap_ceiling(&oracle->arena, &producer->live, sequence, &sequence, &at)) {
            struct message message = {.producer = oracle->config.nodes + client, .sequence = sequence};
            visit(judgement, live_at(oracle, (struct live_ref){at}), &message);
            sequence++;
        }
    }
}

/* ---- the switch ---- */

static void step_attempted(struct judgement *judgement)
{
    struct client_view *view = observer_view(judgement);
    if (judgement->seen->message.sequence > view->attempted)
        view->attempted = judgement->seen->message.sequence;
}

static void step_opened(struct judgement *judgement)
{
    struct link_view *link = observer_link(judgement);
    link->open = 1;
    link->slot = judgement->seen->connection;
}

static void step_lost(struct judgement *judgement)
{
    struct link_view *link = observer_link(judgement);
    one_answer_forget(judgement);
    prefetch_forget(judgement->oracle, link);
    link->open = 0;
    link->slot = 0;
}

/* A client's process is gone, with what it knew of its connections and of what it had worked on. */
static void step_client_crashed(struct judgement *judgement)
{
    struct oracle *oracle = judgement->oracle;
    struct client_view *client = observer_view(judgement);
    for (uint32_t link = 0; link < client->config.links; link++) {
        struct link_view *view = link_view(oracle, client, link);
        seqset_clear(&oracle->arena, &view->unanswered);
        prefetch_forget(oracle, view);
        view->open = 0;
        view->slot = 0;
    }
    no_duplicate_forget(judgement);
}

static void step_crashed(struct judgement *judgement)
{
    if (judgement->seen->actor >= judgement->oracle->config.nodes) {
        step_client_crashed(judgement);
        return;
    }
    recovery_crashed(judgement);
    durability_crashed(judgement);
}

static void step_delivered(struct judgement *judgement)
{
    no_phantom_delivered(judgement);
    fifo_delivered(judgement);
    prefetch_delivered(judgement);
}

bool oracle_step(struct oracle *oracle, const struct observation *seen, struct verdict *ret_verdict)
{
    struct judgement judgement = {.oracle = oracle, .seen = seen, .verdict = ret_verdict};
    memset(ret_verdict, 0, sizeof *ret_verdict);
    switch ((enum observation_kind)seen->kind) {
    case OBSERVE_ATTEMPTED:
        step_attempted(&judgement);
        break;
    case OBSERVE_APPENDED:
        durability_appended(&judgement);
        break;
    case OBSERVE_SETTLED:
    case OBSERVE_DROPPED:
        durability_left(&judgement);
        break;
    case OBSERVE_RECOVERED:
        recovery_recovered(&judgement);
        durability_recovered(&judgement);
        break;
    case OBSERVE_RECOVERY_DONE:
        recovery_done(&judgement);
        durability_recovery_done(&judgement);
        break;
    case OBSERVE_SENT:
        one_answer_sent(&judgement);
        break;
    case OBSERVE_ANSWER:
        one_answer_answer(&judgement);
        break;
    case OBSERVE_ANSWERED:
        durability_answered(&judgement);
        break;
    case OBSERVE_DELIVERED:
        step_delivered(&judgement);
        break;
    case OBSERVE_COMPLETED:
        no_duplicate_completed(&judgement);
        break;
    case OBSERVE_ACKED:
        no_duplicate_acked(&judgement);
        prefetch_acked(&judgement);
        durability_acked(&judgement);
        break;
    case OBSERVE_ROLE:
        single_leader_role(&judgement);
        break;
    case OBSERVE_PROPOSED:
        single_leader_proposed(&judgement);
        break;
    case OBSERVE_DISCARDED:
        durability_discarded(&judgement);
        break;
    case OBSERVE_OPENED:
        step_opened(&judgement);
        break;
    case OBSERVE_LOST:
        step_lost(&judgement);
        break;
    case OBSERVE_CRASHED:
        step_crashed(&judgement);
        break;
    case OBSERVE_STARTED:
        if (seen->actor < oracle->config.nodes)
            recovery_started(&judgement);
        break;
    case OBSERVE_BEAT:
        detection_beat(&judgement);
        break;
    case OBSERVE_LOOK:
        detection_look(&judgement);
        break;
    case OBSERVE_QUIET:
        liveness_quiet(&judgement);
        break;
    case OBSERVE_NONE:
    case OBSERVE_REQUEUED:
    case OBSERVE_MOVED: /* the old record goes only when the new one is safe: whoever held it goes on holding it */
    case OBSERVE_QUEUE:
    case OBSERVE_ABANDONED:
    case OBSERVE_RETURNED:
        break;
    }
    return !oracle->full;
}
