/* The digest that stands for the payload of an honest message. Whoever holds a message can tell whether its
 * payload is the one that was published, without anybody storing payloads. */
#include "models/base/digest.h"
#include "models/broker/broker_io.h"

uint64_t message_body(uint32_t producer, uint32_t epoch, uint64_t sequence, uint32_t size_bytes)
{
    uint64_t who = digest_u64((uint64_t)producer << 32 | epoch, sequence);
    return digest_u64(who, size_bytes);
}
