/* What a configuration promises, and what the properties say. The reasons are BROKER.md's table of modes. */
#include "models/oracle/oracle.h"

static const struct {
    const char *name, *description;
} properties[PROPERTY_COUNT] = {
    [PROPERTY_DURABILITY] =
        {"durability",
         "a confirmed message is settled, disposed of by a declared rule, or held by a node that may still serve it"},
    [PROPERTY_NO_PHANTOM] = {"no-phantom", "what is delivered was published, with the same bytes, into that queue"},
    [PROPERTY_FIFO] =
        {"fifo",
         "first deliveries of one producer's messages in one queue keep their order; what was given back comes first"},
    [PROPERTY_ONE_ANSWER] = {"one-answer", "each publish on a living connection gets exactly one answer"},
    [PROPERTY_PREFETCH] = {"prefetch", "a consumer never holds more unacknowledged messages than it asked for"},
    [PROPERTY_SINGLE_LEADER] = {"single-leader",
                                "an epoch has one primary, and none commits in an epoch that is over"},
    [PROPERTY_NO_DUPLICATE] = {"no-duplicate",
                               "a consumer that removes duplicates works on each message exactly once"},
    [PROPERTY_RECOVERY] =
        {"recovery",
         "a restart from any crash image of the disk accepts exactly what survived, or refuses with a reason"},
    [PROPERTY_DETECTION] =
        {"detection",
         "who was silent since its last beat sends a heartbeat, and gives up at the third look after the last byte"},
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

/* Is what a confirm says still true after all that may happen? BROKER.md's table, cautious where it depends on more
 * than the configuration. */
static bool promises_durability(const struct promise_question *question)
{
    bool crashes = question->crash || question->power_loss;
    bool apart = question->suspicion || crashes;
    if (!question->confirms)
        return false;
    /* a message that is only in memory survives no crash; without fsync no power loss */
    if (crashes && (!question->durable || !question->persistent))
        return false;
    if (question->power_loss && question->fsync == FSYNC_NEVER)
        return false;
    if (question->replication != REPLICATION_PASSIVE)
        return !question->wipe;
    /* a failover loses what the new primary does not have, and a wiped disk what its node alone was in sync with */
    bool shipped = question->confirm_after != CONFIRM_AFTER_PRIMARY;
    bool elected = question->partition_handling == PARTITION_PAUSE_MINORITY;
    return !apart || (shipped && elected && !question->wipe);
}

/* Two consumers run in parallel: the later message may arrive first. So do a consumer's old connection and its new
 * one while the node does not know that the old one is gone: what it sent there comes back to the queue only then,
 * and the first delivery on the new one may be of a later message. And so do several replicas that all deliver, or the
 * primary before a failover and the one after it. */
static bool promises_order(const struct promise_question *question)
{
    bool fails_over = question->replication == REPLICATION_PASSIVE &&
                      (question->crash || question->power_loss || question->suspicion);
    return question->consumers == 1 && !question->disconnect && !question->consumer_crash && !fails_over &&
           question->replication != REPLICATION_ACTIVE;
}

/* Whoever waits for one backup waits for ever when those that were away stay away. */
static bool promises_answers(const struct promise_question *question)
{
    bool apart = question->suspicion || question->crash || question->power_loss;
    return question->replication != REPLICATION_PASSIVE || question->confirm_after != CONFIRM_AFTER_ONE ||
           question->catch_up || !apart;
}

uint32_t oracle_promises(const struct promise_question *question)
{
    /* the protocol's own rules, whatever happens */
    uint32_t promised = 1u << PROPERTY_NO_PHANTOM | 1u << PROPERTY_ONE_ANSWER | 1u << PROPERTY_PREFETCH |
                        1u << PROPERTY_RECOVERY | 1u << PROPERTY_DETECTION;
    if (promises_answers(question))
        promised |= 1u << PROPERTY_ANSWERED;
    if (promises_durability(question)) {
        promised |= 1u << PROPERTY_DURABILITY;
        promised |= 1u << PROPERTY_DELIVERED;
    }
    if (promises_order(question))
        promised |= 1u << PROPERTY_FIFO;
    if (question->partition_handling == PARTITION_PAUSE_MINORITY && !question->wipe)
        promised |= 1u << PROPERTY_SINGLE_LEADER;
    if (!question->consumer_crash && !question->dedupe_short)
        promised |= 1u << PROPERTY_NO_DUPLICATE;
    return promised;
}
