/* A host for one node under test: performs its outputs on a disk of plain bytes, keeps the frames that it sends and the
 * observations that it makes, and holds it to its bounds on every step. */
#ifndef CRASHQ_TESTS_BROKER_HOST_H
#define CRASHQ_TESTS_BROKER_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/base/host.h"
#include "models/broker/broker.h"

#define HOST_DISK_BYTES (UINT64_C(1) << 24)
#define HOST_KEPT 65536

struct host_frame {
    uint16_t slot;
    struct frame frame;
};

struct host {
    struct broker_config config;
    uint64_t block_bytes;
    struct node *node;
    struct tape tape;
    /* the disk: positions [start, end) lie in disk[start .. end) */
    uint8_t *disk;
    uint64_t start, end, synced;
    uint64_t fsync[FSYNCS_MAX];
    unsigned fsyncs;
    unsigned fsyncs_asked;
    /* what the node asked for */
    bool continues, timer;
    int64_t timer_ns;
    unsigned closed[64]; /* per slot */
    /* what it said */
    struct broker_output outputs[OUTPUTS_MAX]; /* of the last step */
    int count;
    struct host_frame *frames; /* not yet taken */
    unsigned frame_count;
    struct observation *seen;
    unsigned seen_count;
    unsigned moved; /* messages that the last step moved */
    bool done;      /* recovery */
};

static inline struct broker_config host_config(uint16_t queues, uint16_t connections, enum fsync_policy fsync)
{
    struct broker_config config = {.nodes = 1, .queues = queues, .connections = connections, .unconfirmed_max = 100000};
    for (uint16_t i = 0; i < queues; i++)
        config.queue[i] = (struct queue_config){.durable = 1, .fsync = (uint8_t)fsync, .fsync_interval_ns = 1000};
    return config;
}

/* ---- outputs ---- */

static inline void host_append(struct host *host, const struct record *record)
{
    assert_in_range(record->length, 1, sizeof *record);
    assert_true(host->end + record->length <= HOST_DISK_BYTES);
    memcpy(host->disk + host->end, record, record->length);
    host->end += record->length;
}

static inline void host_observe(struct host *host, int index)
{
    const struct observation *seen = &host->outputs[index].u.observation;
    if (seen->kind == OBSERVE_APPENDED && seen->position != 0) {
        assert_true(index > 0 && host->outputs[index - 1].kind == OUTPUT_APPEND);
        assert_int_equal(seen->position, host->end);
    }
    if (seen->kind == OBSERVE_SETTLED || seen->kind == OBSERVE_DROPPED || seen->kind == OBSERVE_REQUEUED ||
        seen->kind == OBSERVE_MOVED)
        host->moved++;
    if (seen->kind == OBSERVE_RECOVERY_DONE)
        host->done = true;
    assert_true(host->seen_count < HOST_KEPT);
    host->seen[host->seen_count++] = *seen;
}

static inline void host_perform(struct host *host, int index)
{
    const struct broker_output *output = &host->outputs[index];
    switch ((enum output_kind)output->kind) {
    case OUTPUT_SEND:
        assert_true(host->frame_count < HOST_KEPT);
        host->frames[host->frame_count++] = (struct host_frame){.slot = output->connection, .frame = output->u.frame};
        host->moved += output->u.frame.kind == FRAME_DELIVER;
        break;
    case OUTPUT_CLOSE:
        host->closed[output->connection]++;
        break;
    case OUTPUT_ARM:
        host->timer = true;
        host->timer_ns = output->u.arm.min_ns;
        break;
    case OUTPUT_APPEND:
        host_append(host, &output->u.record);
        break;
    case OUTPUT_FSYNC:
        assert_true(host->fsyncs < FSYNCS_MAX);
        host->fsync[host->fsyncs++] = host->end;
        host->fsyncs_asked++;
        break;
    case OUTPUT_TRUNCATE:
        assert_in_range(output->position, host->start, host->end);
        host->end = output->position;
        break;
    case OUTPUT_TRIM:
        assert_in_range(output->position, host->start, host->end);
        host->start = output->position;
        break;
    case OUTPUT_CONTINUE:
        assert_false(host->continues);
        host->continues = true;
        break;
    case OUTPUT_OBSERVE:
        host_observe(host, index);
        break;
    default:
        fail();
    }
}

/* ---- inputs ---- */

/* What the host gives away with an input. */
static inline void host_spend(struct host *host, const struct broker_input *in)
{
    if (in->kind == INPUT_CONTINUE) {
        assert_true(host->continues);
        host->continues = false;
    } else if (in->kind == INPUT_TIMER) {
        assert_true(host->timer);
        host->timer = false;
    } else if (in->kind == INPUT_SYNCED) {
        assert_true(host->fsyncs > 0 && in->value == host->fsync[0]);
        host->synced = in->value;
        memmove(host->fsync, host->fsync + 1, --host->fsyncs * sizeof host->fsync[0]);
    }
}

/* A step of which only the first `cut` outputs are performed. */
static inline void host_step_cut(struct host *host, struct broker_input in, int cut)
{
    struct disk_view disk = {.bytes = host->disk + host->start, .start = host->start, .end = host->end};
    in.tape = &host->tape;
    if (in.kind == INPUT_BOOT || in.kind == INPUT_CONTINUE)
        in.disk = &disk;
    memset(host->outputs, 0xee, sizeof host->outputs);
    host->moved = 0;
    host->tape.used = 0;
    host_spend(host, &in);
    host->count = broker_step(host->node, &in, host->outputs);
    assert_in_range(host->count, 0, OUTPUTS_MAX);
    if (host->count > cut)
        host->count = cut;
    for (int i = 0; i < host->count; i++)
        host_perform(host, i);
    /* an automatic ack settles what the same step delivered: one message, seen twice */
    assert_in_range(host->moved, 0, 2 * STEP_WORK_MAX + 2);
}

static inline void host_step(struct host *host, struct broker_input in)
{
    host_step_cut(host, in, OUTPUTS_MAX);
}

static inline void host_continue(struct host *host)
{
    host_step(host, (struct broker_input){.kind = INPUT_CONTINUE});
}

/* Until nothing is left over. Returns how many steps it took. */
static inline unsigned host_finish(struct host *host)
{
    unsigned steps = 0;
    while (host->continues) {
        host_continue(host);
        assert_true(++steps < 1000000);
    }
    return steps;
}

static inline void host_boot_begin(struct host *host)
{
    memset(host->node, 0, host->block_bytes);
    host->continues = host->timer = host->done = false;
    host->fsyncs = host->frame_count = host->seen_count = 0;
    broker_init(host->node, &host->config, host->block_bytes);
    host_step(host, (struct broker_input){.kind = INPUT_BOOT});
}

static inline void host_boot(struct host *host)
{
    host_boot_begin(host);
    host_finish(host);
    assert_true(host->done);
}

static inline struct host *host_new(struct broker_config config, uint64_t messages_max)
{
    struct host *host = calloc(1, sizeof *host);
    host->config = config;
    host->block_bytes = broker_block_bytes(&config, messages_max);
    host->node = host_reserve(host->block_bytes);
    host->disk = host_reserve(HOST_DISK_BYTES);
    host->frames = calloc(HOST_KEPT, sizeof *host->frames);
    host->seen = calloc(HOST_KEPT, sizeof *host->seen);
    tape_draw(&host->tape, 7);
    host_boot(host);
    return host;
}

static inline void host_free(struct host *host)
{
    host_release(host->node, host->block_bytes);
    host_release(host->disk, HOST_DISK_BYTES);
    free(host->frames);
    free(host->seen);
    free(host);
}

static inline void host_open(struct host *host, uint16_t slot)
{
    host_step(host, (struct broker_input){.kind = INPUT_OPENED, .connection = slot});
}

static inline void host_lose(struct host *host, uint16_t slot)
{
    host_step(host, (struct broker_input){.kind = INPUT_LOST, .connection = slot});
}

static inline void host_block(struct host *host, uint16_t slot)
{
    host_step(host, (struct broker_input){.kind = INPUT_BLOCKED, .connection = slot});
}

static inline void host_unblock(struct host *host, uint16_t slot)
{
    host_step(host, (struct broker_input){.kind = INPUT_WRITABLE, .connection = slot});
}

static inline void host_send(struct host *host, uint16_t slot, struct frame frame)
{
    host_step(host, (struct broker_input){.kind = INPUT_FRAME, .connection = slot, .frame = frame});
}

static inline struct message host_message(uint16_t queue, uint64_t sequence)
{
    return (struct message){
        .producer = 3,
        .sequence = sequence,
        .body = message_body(3, 0, sequence, 100),
        .size_bytes = 100,
        .queue = queue,
        .flags = MESSAGE_PERSISTENT,
    };
}

/* The message's sequence is also its publish number. */
static inline void host_publish(struct host *host, uint16_t slot, uint16_t queue, uint64_t sequence)
{
    host_send(host, slot,
              (struct frame){.kind = FRAME_PUBLISH, .tag = sequence, .message = host_message(queue, sequence)});
}

static inline void host_publish_many(struct host *host, uint16_t slot, uint16_t queue, uint64_t first, uint64_t last)
{
    for (uint64_t sequence = first; sequence <= last; sequence++)
        host_publish(host, slot, queue, sequence);
}

static inline void host_consume(struct host *host, uint16_t slot, uint16_t queue, uint32_t prefetch, uint8_t flags)
{
    host_send(host, slot, (struct frame){.kind = FRAME_CONSUME, .queue = queue, .count = prefetch, .flags = flags});
}

static inline void host_ack(struct host *host, uint16_t slot, uint64_t tag, uint8_t flags)
{
    host_send(host, slot, (struct frame){.kind = FRAME_ACK, .tag = tag, .flags = flags});
}

/* The oldest fsync in flight is done. */
static inline void host_synced(struct host *host)
{
    host_step(host, (struct broker_input){.kind = INPUT_SYNCED, .value = host->fsync[0]});
}

static inline void host_fire_timer(struct host *host)
{
    host_step(host, (struct broker_input){.kind = INPUT_TIMER, .timer = BROKER_TIMER_FSYNC});
}

/* kill -9, and the same program again on the same disk. */
static inline void host_crash_process(struct host *host)
{
    host->synced = host->end;
    host_boot(host);
}

/* ---- what came out ---- */

/* Takes the oldest frame of a connection. FRAME_NONE when there is none. */
static inline struct frame host_take(struct host *host, uint16_t slot)
{
    for (unsigned i = 0; i < host->frame_count; i++) {
        if (host->frames[i].slot != slot)
            continue;
        struct frame frame = host->frames[i].frame;
        memmove(host->frames + i, host->frames + i + 1, (--host->frame_count - i) * sizeof host->frames[0]);
        return frame;
    }
    return (struct frame){0};
}

static inline void host_expect_nothing(struct host *host, uint16_t slot)
{
    assert_int_equal(host_take(host, slot).kind, FRAME_NONE);
}

/* The next frame is this message. Returns its delivery tag. */
static inline uint64_t host_expect_delivery(struct host *host, uint16_t slot, uint64_t sequence, bool redelivered)
{
    struct frame frame = host_take(host, slot);
    assert_int_equal(frame.kind, FRAME_DELIVER);
    assert_int_equal(frame.message.sequence, sequence);
    assert_int_equal(frame.message.body, message_body(3, 0, sequence, 100));
    assert_int_equal(frame.flags, redelivered ? FRAME_REDELIVERED : 0);
    return frame.tag;
}

static inline void host_expect_confirm(struct host *host, uint16_t slot, uint64_t tag, uint8_t flags)
{
    struct frame frame = host_take(host, slot);
    assert_int_equal(frame.kind, FRAME_CONFIRM);
    assert_int_equal(frame.tag, tag);
    assert_int_equal(frame.flags, flags);
}

static inline unsigned host_seen(const struct host *host, enum observation_kind kind)
{
    unsigned count = 0;
    for (unsigned i = 0; i < host->seen_count; i++)
        count += host->seen[i].kind == kind;
    return count;
}

static inline const struct observation *host_last_seen(const struct host *host, enum observation_kind kind)
{
    for (unsigned i = host->seen_count; i-- > 0;)
        if (host->seen[i].kind == kind)
            return &host->seen[i];
    fail();
    return NULL;
}

static inline void host_expect_length(const struct host *host, uint16_t queue, uint64_t ready, uint64_t unacked)
{
    struct queue_view view = broker_queue_view(host->node, queue);
    assert_int_equal(view.ready, ready);
    assert_int_equal(view.unacknowledged, unacked);
}

#endif
