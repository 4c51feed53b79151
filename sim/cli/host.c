/* What the pure zone asks of this program: memory, and what a failed CHECK does. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "models/base/check.h"
#include "models/base/host.h"

#define DENSE_LEAST_BYTES (UINT64_C(1) << 21) /* below the size of a large page there is nothing to gain */

void check_failed(const char *file, int line, const char *fact)
{
    fflush(stdout);
    fprintf(stderr,
            "crashq: internal error at %s:%d: '%s' does not hold; please report it with the command that led here\n",
            file, line, fact);
    exit(70);
}

void *host_reserve(uint64_t bytes)
{
    void *range = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range == MAP_FAILED) {
        fprintf(stderr,
                "crashq: the system refuses %llu bytes of address space (used or not): raise 'ulimit -v', or allow "
                "overcommit (vm.overcommit_memory is 0 or 1)\n",
                (unsigned long long)bytes);
        exit(4);
    }
    return range;
}

/* Advice only: a system that will not take it serves as well, slower. */
void *host_reserve_dense(uint64_t bytes)
{
    void *range = host_reserve(bytes);
    if (bytes >= DENSE_LEAST_BYTES)
        (void)madvise(range, bytes, MADV_HUGEPAGE);
    return range;
}

void host_release(void *range, uint64_t bytes)
{
    CHECK(munmap(range, bytes) == 0);
}
