/* Log recovery on any bytes: a booting node never fails a CHECK, ends within bounded steps, and what it accepts it
 * accepts again: truncated where it said, the log boots to the same end without a word. */
#include <stdlib.h>
#include <string.h>

#include "models/base/digest.h"
#include "models/broker/broker.h"

#define MESSAGES 512
#define STEPS 100000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct broker_config config = {
    .nodes = 1, .queues = 2, .connections = 2, .unconfirmed_max = 16, .queue = {{.durable = 1}, {.durable = 1}}};

struct boot {
    bool done;
    uint64_t position, reason;
    uint64_t truncated; /* 0: not */
    bool again;         /* a continue is wanted */
};

static void boot_outputs(struct boot *boot, const struct broker_output *outputs, int count)
{
    for (int i = 0; i < count; i++) {
        if (outputs[i].kind == OUTPUT_CONTINUE)
            boot->again = true;
        if (outputs[i].kind == OUTPUT_TRUNCATE)
            boot->truncated = outputs[i].position;
        if (outputs[i].kind == OUTPUT_OBSERVE && outputs[i].u.observation.kind == OBSERVE_RECOVERY_DONE) {
            boot->done = true;
            boot->position = outputs[i].u.observation.position;
            boot->reason = outputs[i].u.observation.value;
        }
    }
}

static struct boot boot_on(const uint8_t *bytes, size_t size)
{
    uint64_t block_bytes = broker_block_bytes(&config, MESSAGES);
    struct node *node = calloc(1, block_bytes);
    struct broker_output *outputs = calloc(OUTPUTS_MAX, sizeof *outputs);
    struct disk_view disk = {.bytes = bytes, .start = 0, .end = size};
    struct tape tape;
    struct boot boot = {.again = true};
    tape_read(&tape, NULL, 0);
    broker_init(node, &config, block_bytes);
    for (int step = 0; boot.again; step++) {
        if (step == STEPS)
            abort();
        struct broker_input in = {.kind = step == 0 ? INPUT_BOOT : INPUT_CONTINUE, .disk = &disk, .tape = &tape};
        boot.again = false;
        boot_outputs(&boot, outputs, broker_step(node, &in, outputs));
        if (boot.truncated != 0 || boot.done)
            disk.end = boot.done && boot.reason == 0 ? boot.position : disk.end;
    }
    free(outputs);
    free(node);
    return boot;
}

/* Random bytes seldom carry a right checksum: a first byte of 1 says that the checksums of what follows are to be
 * mended, record by record. */
static void mend_checksums(uint8_t *bytes, size_t size)
{
    for (size_t at = 0; size - at >= RECORD_SETTLE_BYTES;) {
        struct record record;
        memcpy(&record, bytes + at, RECORD_SETTLE_BYTES);
        record.length = (record.length & 1) != 0 ? RECORD_MESSAGE_BYTES : RECORD_SETTLE_BYTES;
        if (record.length > size - at)
            return;
        memcpy(bytes + at, &record.length, sizeof record.length);
        record.checksum = digest_checksum(bytes + at + 8, record.length - 8);
        memcpy(bytes + at + 4, &record.checksum, sizeof record.checksum);
        at += record.length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 4096)
        return 0;
    uint8_t *bytes = malloc(size);
    memcpy(bytes, data + 1, size - 1);
    size--;
    if ((data[0] & 1) != 0)
        mend_checksums(bytes, size);
    struct boot first = boot_on(bytes, size);
    if (!first.done || first.position > size)
        abort();
    if (first.reason == 0) {
        struct boot second = boot_on(bytes, first.position);
        if (!second.done || second.reason != 0 || second.position != first.position || second.truncated != 0)
            abort();
    }
    free(bytes);
    return 0;
}
