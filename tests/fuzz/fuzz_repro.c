/* Reproducers: any bytes give one or problems, and what is accepted has all that a replay needs. */
#include "models/base/check.h"
#include "sim/cli/repro.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    GPtrArray *problems;
    struct repro *repro = repro_load_bytes("fuzz.yaml", (const char *)data, size, &problems);
    CHECK((repro == NULL) == (problems->len > 0));
    if (repro != NULL) {
        CHECK(repro->scenario != NULL && repro->fingerprint != NULL && repro->actions->len == repro->places->len);
        CHECK(repro->scheduler == REPRO_LISTED ? repro->actions->len > 0 : repro->seed_given);
        g_free(repro_text(repro));
    }
    repro_free(repro);
    g_ptr_array_unref(problems);
    return 0;
}
