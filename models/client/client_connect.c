/* One connection at a time, to one node of the list after the other. After a loss or a refusal the next node is tried
 * once a back-off is over, which doubles from attempt to attempt until one succeeds. A node that does not lead the
 * queue turns the client away with a hint: that is followed at once the first time, and after a back-off from then on,
 * since nodes may send a client round in circles while they elect. Both slots of a node serve in turn: the other end of
 * the old connection may not know yet that it is gone. */
#include "models/client/client_block.h"

#define TURNED_AWAY_MAX 8 /* doublings enough; counting on would only tell states apart that behave alike */

void connect_start(struct step *step)
{
    struct client *client = step->client;
    CHECK(client->link == LINK_DOWN);
    uint16_t bit = (uint16_t)(1u << client->node);
    client->slot = (uint16_t)(client->node * 2 + ((client->turns & bit) != 0));
    client->turns ^= bit;
    client->link = LINK_CONNECTING;
    client_output(step, OUTPUT_OPEN)->connection = client->slot;
    if (client->config.connect_timeout_ns > 0)
        client_arm(step, TIMER_CONNECT, OUTPUT_TIMEOUT, client->config.connect_timeout_ns);
}

void connect_opened(struct step *step)
{
    struct client *client = step->client;
    CHECK(client->link == LINK_CONNECTING && step->in->connection == client->slot);
    client->link = LINK_OPEN;
    client->backoff = 0;
    if (client->config.connect_timeout_ns > 0)
        client_cancel(step, TIMER_CONNECT);
    client_observe(step, OBSERVE_OPENED);
    if (client->config.kind == CLIENT_PRODUCER)
        producer_opened(step);
    else
        consumer_opened(step);
}

/* min, 2 min, 4 min, ... at most max */
static int64_t connect_backoff(struct client *client)
{
    const struct client_config *config = &client->config;
    int64_t ns = config->backoff_min_ns;
    for (uint8_t i = 0; i < client->backoff && ns < config->backoff_max_ns; i++)
        ns = ns > config->backoff_max_ns / 2 ? config->backoff_max_ns : ns * 2;
    if (ns < config->backoff_max_ns && client->backoff < UINT8_MAX)
        client->backoff++;
    return ns;
}

static void connect_next(struct step *step)
{
    struct client *client = step->client;
    if (client->link == LINK_OPEN) {
        client_observe(step, OBSERVE_LOST);
        if (client->config.kind == CLIENT_PRODUCER)
            producer_lost(step);
        else
            consumer_lost(step);
    } else if (client->config.connect_timeout_ns > 0) {
        client_cancel(step, TIMER_CONNECT);
    }
    client->link = LINK_DOWN;
    client->blocked = 0;
    client->slot = 0;
    bool at_once = client->hint != 0 && client->turned_away == 1;
    client->node = (uint16_t)((client->hint != 0 ? client->hint - 1u : client->node + 1u) % client->config.nodes);
    client->hint = 0;
    client_arm(step, TIMER_RECONNECT, 0, at_once ? 0 : connect_backoff(client));
}

void connect_lost(struct step *step)
{
    CHECK(step->client->link != LINK_DOWN && step->in->connection == step->client->slot);
    connect_next(step);
}

void connect_abandon(struct step *step)
{
    CHECK(step->client->link != LINK_DOWN);
    client_output(step, OUTPUT_CLOSE)->connection = step->client->slot;
    connect_next(step);
}

void connect_turned_away(struct step *step, const struct frame *frame)
{
    struct client *client = step->client;
    CHECK(frame->hint <= client->config.nodes);
    client->hint = (uint8_t)frame->hint;
    if (client->turned_away < TURNED_AWAY_MAX)
        client->turned_away++;
    client->backoff = client->turned_away;
    connect_abandon(step);
}
