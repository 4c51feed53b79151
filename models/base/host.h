/* What the pure zone asks of whoever links it, besides check_failed(): memory for whole worlds. The core, the
 * clients and the oracles never ask (they are handed their blocks); only the machinery of sim/ does. Defined once,
 * by the program (sim/cli/host.c). */
#ifndef CRASHQ_BASE_HOST_H
#define CRASHQ_BASE_HOST_H

#include <stdint.h>

/* A zeroed range of addresses, page-aligned, committed as it is touched. Never fails: without memory the program
 * ends with a message. */
void *host_reserve(uint64_t bytes);
/* The same for a range that will be filled to its end: where it is large the system may commit it in large pages, which
 * cost fewer misses of the address cache. Released like any other. */
void *host_reserve_dense(uint64_t bytes);
void host_release(void *range, uint64_t bytes);

#endif
