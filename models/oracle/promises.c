/* What a configuration promises, and what the properties say. The reasons are BROKER.md's table of modes. */
#include "models/oracle/oracle.h"

static const struct {
    const char *name, *description;
} properties[PROPERTY_COUNT] = {
    [PROPERTY_DURABILITY] =
        {"durability",
         "a confirmed message is settled, disposed of by a declared rule, or held by a node that may still serve it"},
    [PROPERTY_NO_PHANTOM] = {"no-phantom", "what is delivered was published, with the same bytes, into that queue"},
    [PROPERTY_FIFO] = {"fifo", "first deliveries of one producer's messages in one queue keep their order"},
    [PROPERTY_ONE_ANSWER] = {"one-answer", "each publish on a living connection gets exactly one answer"},
    [PROPERTY_PREFETCH] = {"prefetch", "a consumer never holds more unacknowledged messages than it asked for"},
    [PROPERTY_RECOVERY] =
        {"recovery",
         "a restart from any crash image of the disk accepts exactly what survived, or refuses with a reason"},
    [PROPERTY_DELIVERED] = {"delivered", "when all is quiet, every confirmed message was delivered"},
    [PROPERTY_ANSWERED] = {"answered", "when all is quiet, every publish on a living connection was answered"},
};

const char *property_name(enum property property)
{
    return properties[property].name;
}

const char *property_description(enum property property)
{
    return properties[property].description;
}

uint32_t oracle_promises(const struct promise_question *question)
{
    /* the protocol's own rules, whatever happens */
    uint32_t promised = 1u << PROPERTY_NO_PHANTOM | 1u << PROPERTY_ONE_ANSWER | 1u << PROPERTY_PREFETCH |
                        1u << PROPERTY_RECOVERY | 1u << PROPERTY_ANSWERED;
    bool crashes = question->crash || question->power_loss;
    /* a message that is only in memory survives no crash; without fsync no power loss; and a confirm must be asked for
     * to mean anything */
    bool stored =
        question->durable && question->persistent && (question->fsync != FSYNC_NEVER || !question->power_loss);
    if (question->confirms && (stored || !crashes)) {
        promised |= 1u << PROPERTY_DURABILITY;
        promised |= 1u << PROPERTY_DELIVERED;
    }
    /* two consumers run in parallel: the later message may arrive first. So do a consumer's old connection and its new
     * one while the node does not know that the old one is gone: what it sent there comes back to the queue only then,
     * and the first delivery on the new one may be of a later message. */
    if (question->consumers == 1 && !question->disconnect)
        promised |= 1u << PROPERTY_FIFO;
    return promised;
}
