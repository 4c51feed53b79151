/* The dedupe window: the identities of the last messages that this consumer has worked on to the end. A message is
 * remembered when its work is done, not when it arrives: what was under way when a connection was lost must be worked
 * on again. */
#include "models/base/digest.h"
#include "models/client/client_block.h"

uint64_t dedupe_key(const struct message *message)
{
    return digest_u64((uint64_t)message->producer << 32 | message->epoch, message->sequence);
}

bool dedupe_knows(const struct client *client, const struct message *message)
{
    return client->config.dedupe_window > 0 && omap_get(&client->arena, &client->known, dedupe_key(message)) != 0;
}

void dedupe_remember(struct client *client, uint64_t key)
{
    struct arena *arena = &client->arena;
    if (client->config.dedupe_window == 0 || omap_get(arena, &client->known, key) != 0)
        return;
    if (client->window.count == client->window.capacity) {
        omap_remove(arena, &client->known, *(const uint64_t *)ring_item(arena, &client->window, 0));
        ring_pop(arena, &client->window);
    }
    CHECK(omap_put(arena, &client->known, key, 1));
    *(uint64_t *)ring_push(arena, &client->window) = key;
}
