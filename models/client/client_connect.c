/* A link's connections, one at a time: to one node of the list after the other, or always to the same replica. After
 * a loss or a refusal the next attempt waits for a back-off, which doubles from attempt to attempt until one
 * succeeds. A node that does not lead the queue turns the client away with a hint: that is followed at once the first
 * time, and after a back-off from then on. It is not followed to a node that was tried already in this round of all
 * nodes: those that are cut off from a majority may name one another for as long as it lasts. Both slots of a node
 * serve in turn: the other end of the old connection may not know yet that it is gone. */
#include "models/client/client_block.h"

#define TURNED_AWAY_MAX 8 /* doublings enough */

void connect_start(struct step *step, uint32_t index)
{
    struct client *client = step->client;
    struct link *link = link_at(client, index);
    CHECK(link->state == LINK_DOWN);
    uint16_t bit = (uint16_t)(1u << link->node);
    link->slot = (uint16_t)(link->node * 2 + ((link->turns & bit) != 0));
    link->turns ^= bit;
    link->state = LINK_CONNECTING;
    client_output(step, OUTPUT_OPEN)->connection = link->slot;
    if (client->config.connect_timeout_ns > 0)
        client_arm(step, TIMER_CONNECT + index, OUTPUT_TIMEOUT, client->config.connect_timeout_ns);
}

void connect_opened(struct step *step, uint32_t index)
{
    struct client *client = step->client;
    struct link *link = link_at(client, index);
    CHECK(link->state == LINK_CONNECTING && step->in->connection == link->slot);
    link->state = LINK_OPEN;
    link->backoff = 0;
    if (client->config.connect_timeout_ns > 0)
        client_cancel(step, TIMER_CONNECT + index);
    client_observe(step, link, OBSERVE_OPENED);
    if (client->config.kind == CLIENT_PRODUCER)
        producer_opened(step, index);
    else
        consumer_opened(step, index);
}

/* min, 2 min, 4 min, ... at most max: for the first doublings that say so, of which there are at most `most`. */
static uint8_t backoff_doublings(const struct client_config *config, uint8_t most, int64_t *ret_ns)
{
    uint8_t doublings = 0;
    *ret_ns = config->backoff_min_ns;
    for (; doublings < most && *ret_ns < config->backoff_max_ns; doublings++)
        *ret_ns = *ret_ns > config->backoff_max_ns / 2 ? config->backoff_max_ns : *ret_ns * 2;
    return doublings;
}

static int64_t connect_backoff(const struct client *client, struct link *link)
{
    int64_t ns;
    link->backoff = backoff_doublings(&client->config, link->backoff, &ns);
    if (ns < client->config.backoff_max_ns && link->backoff < UINT8_MAX)
        link->backoff++;
    return ns;
}

/* Where to try next, since this node did not do. */
static uint8_t connect_elsewhere(const struct client *client, struct link *link)
{
    uint32_t nodes = client->config.nodes, next = link->node;
    link->tried |= (uint16_t)(1u << link->node);
    if (link->tried == (1u << nodes) - 1)
        link->tried = 0;
    if (link->hint != 0 && (link->tried >> (link->hint - 1) & 1) == 0)
        return (uint8_t)(link->hint - 1);
    link->hint = 0;
    do
        next = (next + 1) % nodes;
    while ((link->tried >> next & 1) != 0);
    return (uint8_t)next;
}

static void connect_next(struct step *step, uint32_t index)
{
    struct client *client = step->client;
    struct link *link = link_at(client, index);
    if (link->state == LINK_OPEN) {
        client_observe(step, link, OBSERVE_LOST);
        link->state = LINK_DOWN;
        if (client->config.kind == CLIENT_PRODUCER)
            producer_lost(step, index);
        else
            consumer_lost(step, index);
    } else if (client->config.connect_timeout_ns > 0) {
        client_cancel(step, TIMER_CONNECT + index);
    }
    link->state = LINK_DOWN;
    link->blocked = 0;
    link->slot = 0;
    if (client->config.replicas == 0)
        link->node = connect_elsewhere(client, link);
    bool at_once = link->hint != 0 && link->turned_away == 1;
    link->hint = 0;
    client_arm(step, TIMER_RECONNECT + index, 0, at_once ? 0 : connect_backoff(client, link));
}

void connect_lost(struct step *step, uint32_t index)
{
    const struct link *link = link_at(step->client, index);
    CHECK(link->state != LINK_DOWN && step->in->connection == link->slot);
    connect_next(step, index);
}

void connect_abandon(struct step *step, uint32_t index)
{
    const struct link *link = link_at(step->client, index);
    CHECK(link->state != LINK_DOWN);
    client_output(step, OUTPUT_CLOSE)->connection = link->slot;
    connect_next(step, index);
}

/* The first time is unlike the second, and more doublings than there are would tell apart what behaves alike. */
static uint8_t turned_away_most(const struct client_config *config)
{
    int64_t ns;
    uint8_t doublings = backoff_doublings(config, TURNED_AWAY_MAX, &ns);
    return doublings > 2 ? doublings : 2;
}

void connect_turned_away(struct step *step, uint32_t index, const struct frame *frame)
{
    struct client *client = step->client;
    struct link *link = link_at(client, index);
    CHECK(frame->hint <= client->config.nodes);
    if (client->config.replicas == 0)
        link->hint = (uint8_t)frame->hint;
    if (frame->tag != 0)
        producer_turned_away(step, index, frame->tag);
    uint8_t most = turned_away_most(&client->config);
    if (link->turned_away < most)
        link->turned_away++;
    link->backoff = link->turned_away;
    connect_abandon(step, index);
}
