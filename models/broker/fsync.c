/* When the log is made safe.
 *
 * Only records that somebody waits for ask for an fsync: a message with its publisher, a moved record with the
 * trim that drops its old copy. Settlements do not: losing one costs a redelivery, which a consumer must expect
 * anyway.
 *
 *   each   one fsync per step that wrote such a record, FSYNCS_MAX in flight; beyond that, records join the next
 *          one
 *   group  one in flight; the next starts fsync_interval_ns after the first record that waits for it, if the
 *          last one is done by then
 *   never  none for publishes; moved records still get theirs, one in flight
 *
 * Promises and views of replicated queues get theirs at once, whatever the policy.
 *
 * Completions come back in order and carry the position they cover. */
#include "models/broker/broker_core.h"

void fsync_want(struct log *log)
{
    if (log->wait == LOG_WAIT_NOT)
        log->wait = LOG_WAIT_WANTED;
}

void fsync_hurry(struct step *step)
{
    struct log *log = &step->node->log;
    if (log->policy != FSYNC_GROUP) {
        fsync_want(log);
        return;
    }
    if (log->wait == LOG_WAIT_TIMED)
        step_output(step, OUTPUT_CANCEL)->timer = BROKER_TIMER_FSYNC;
    log->wait = LOG_WAIT_DUE;
}

void fsync_timer(struct step *step)
{
    struct log *log = &step->node->log;
    CHECK(log->policy == FSYNC_GROUP && log->wait == LOG_WAIT_TIMED);
    log->wait = LOG_WAIT_DUE;
}

void fsync_done(struct step *step, uint64_t position)
{
    struct log *log = &step->node->log;
    CHECK(log->in_flight > 0);
    CHECK(position >= log->synced && position <= log->end);
    log->in_flight--;
    log->synced = position;
    if (log->moved <= position)
        log->moved = 0;
    if (log->trim_after <= position)
        log->trim_after = 0;
    cluster_synced(step);
}

static void fsync_time(struct step *step, struct log *log)
{
    if (log->interval_ns == 0) {
        log->wait = LOG_WAIT_DUE;
        return;
    }
    log->wait = LOG_WAIT_TIMED;
    struct broker_output *output = step_output(step, OUTPUT_ARM);
    output->timer = BROKER_TIMER_FSYNC;
    output->u.arm.min_ns = output->u.arm.max_ns = log->interval_ns;
}

void fsync_start(struct step *step)
{
    struct log *log = &step->node->log;
    bool group = log->policy == FSYNC_GROUP;
    if (group && log->wait == LOG_WAIT_WANTED)
        fsync_time(step, log);
    if (log->wait != (group ? LOG_WAIT_DUE : LOG_WAIT_WANTED))
        return;
    if (log->in_flight >= (log->policy == FSYNC_EACH ? FSYNCS_MAX : 1))
        return;
    step_output(step, OUTPUT_FSYNC);
    log->in_flight++;
    log->asked = log->end;
    log->wait = LOG_WAIT_NOT;
}
