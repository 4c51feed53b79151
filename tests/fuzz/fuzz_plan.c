/* libFuzzer target of the scenario loader: any bytes give a plan or problems, in bounded time and memory. What is
 * accepted explains itself, each of its variants too: the explanation is accepted. The first line of the input, behind
 * a byte 1, is a --set. */
#include <string.h>

#include "models/base/check.h"
#include "sim/plan/load.h"

static void explain_and_load_again(const struct plan *plan)
{
    char *text = plan_explain(plan);
    GPtrArray *problems;
    struct plan *again = plan_load_bytes("fuzz.yaml", text, strlen(text), NULL, &problems);
    CHECK(again != NULL);
    char *text_again = plan_explain(again);
    CHECK(strcmp(text, text_again) == 0);
    g_free(text_again);
    plan_free(again);
    g_ptr_array_unref(problems);
    g_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    const char *line = size > 0 && data[0] == 1 ? memchr(bytes, '\n', size) : NULL;
    char *set = line ? g_strndup(bytes + 1, (size_t)(line - bytes - 1)) : NULL;
    const char *const sets[] = {set, NULL};
    if (line) {
        size -= (size_t)(line + 1 - bytes);
        bytes = line + 1;
    }
    GPtrArray *problems;
    GPtrArray *plans = plan_load_all_bytes("fuzz.yaml", bytes, size, sets, &problems);
    CHECK(plans != NULL || problems->len > 0);
    for (guint i = 0; i < problems->len; i++)
        CHECK(((const struct plan_problem *)problems->pdata[i])->is_note == (plans != NULL));
    for (guint i = 0; plans && i < plans->len; i++)
        explain_and_load_again(g_ptr_array_index(plans, i));
    if (plans)
        g_ptr_array_unref(plans);
    g_ptr_array_unref(problems);
    g_free(set);
    return 0;
}
