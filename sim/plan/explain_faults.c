/* --explain: faults and expectations, which the table of keys does not write. */
#include <string.h>

#include "sim/plan/explaining.h"
#include "sim/plan/load.h"
#include "sim/plan/loading.h"
#include "sim/plan/value.h"

/* A selector or a link as YAML. Its words need no quotes; a queue's name among them may. */
static char *words_quoted(const char *text)
{
    bool plain = strchr(text, ' ') && text[strspn(text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-. <>")] == '\0';
    return plain ? g_strdup(text) : plan_quoted(text);
}

/* Adds a selector to a list: nodes one by one. */
static void list_add(const struct plan *plan, GString *list, const struct plan_selector *selector)
{
    struct plan_selector one = *selector;
    do {
        g_autofree char *text = selector_text(plan, &one), *quoted = words_quoted(text);
        g_string_append_printf(list, "%s%s", list->len > 0 ? ", " : "", quoted);
        one.nodes &= one.nodes - 1;
    } while (one.kind == SELECT_NODES && one.nodes != 0);
}

static char *groups_text(const struct plan *plan, const struct plan_fault *fault)
{
    g_autoptr(GString) groups = g_string_new(NULL);
    for (uint32_t i = 0; i < fault->group_count; i++) {
        g_autoptr(GString) group = g_string_new(NULL);
        for (uint32_t j = 0; j < fault->groups[i].count; j++)
            list_add(plan, group, &fault->groups[i].members[j]);
        g_string_append_printf(groups, "%s[%s]", i > 0 ? ", " : "", group->str);
    }
    return g_strdup_printf("[%s]", groups->str);
}

static char *link_text(const struct plan *plan, const struct plan_fault *fault)
{
    g_autofree char *one = selector_text(plan, &fault->target), *other = selector_text(plan, &fault->other);
    g_autofree char *text = g_strdup_printf("%s %s %s", one, fault->one_way ? "->" : "<->", other);
    return words_quoted(text);
}

static char *target_text(const struct plan *plan, const struct plan_fault *fault)
{
    if (fault->kind == FAULT_PARTITION)
        return groups_text(plan, fault);
    if (fault->kind == FAULT_CUT || fault->kind == FAULT_DEGRADE)
        return link_text(plan, fault);
    g_autoptr(GString) list = g_string_new(NULL);
    list_add(plan, list, &fault->target);
    uint64_t nodes = fault->target.kind == SELECT_NODES ? fault->target.nodes : 0;
    return nodes & (nodes - 1) ? g_strdup_printf("[%s]", list->str) : g_strdup(list->str);
}

/* What only a crash of a node, or only a degraded link has. */
static void manner(struct writer *writer, const struct plan_fault *fault)
{
    if (fault->kind == FAULT_CRASH && !selector_is_client(&fault->target)) {
        explain_line(writer, "kind", g_strdup(fault->power ? "power" : "process"));
        explain_line(writer, "disk", g_strdup(fault->wipe ? "wipe" : "keep"));
    }
    if (fault->kind == FAULT_CRASH && !fault->power)
        explain_line(writer, "in-flight", word_text(key_find(IN_FAULT, "in-flight")->words, fault->in_flight));
    if (fault->latency_given)
        explain_line(writer, "latency", explain_signed(writer->plan, fault->latency_adds ? "+" : "", &fault->latency));
    if (fault->kind == FAULT_DEGRADE)
        explain_line(writer, "loss", share_text(fault->loss_ppm));
}

void explain_fault(struct writer *writer, const struct plan_fault *fault)
{
    const struct plan *plan = writer->plan;
    g_string_append(writer->out, "  -\n");
    writer->depth = 2;
    explain_line(writer, "name", plan_quoted(fault->name));
    explain_line(writer, fault->recurring ? "every" : "at", explain_variate(plan, &fault->at));
    if (fault->recurring) {
        explain_line(writer, "from", duration_text(fault->from_ns));
        explain_line(writer, "until", duration_text(fault->until_ns));
    }
    explain_line(writer, fault_kind_names[fault->kind], target_text(plan, fault));
    manner(writer, fault);
    if (fault->ends)
        explain_line(writer, fault->kind == FAULT_CRASH ? "restart" : "for", explain_variate(plan, &fault->length));
    writer->depth = 0;
}

/* Both judgements of one measure lie under one key; load_expect.c keeps them beside one another. */
void explain_expectations(struct writer *writer)
{
    const struct plan *plan = writer->plan;
    for (uint32_t i = 0; i < plan->expectation_count; i++) {
        const struct plan_expectation *expectation = &plan->expectations[i];
        g_autofree char *path = plan_quoted(expectation->said);
        writer->depth = 1;
        if (i == 0 || !g_str_equal(plan->expectations[i - 1].said, expectation->said))
            explain_open(writer, path);
        writer->depth = 2;
        explain_line(writer, expectation->over == EXPECT_MEAN ? "mean" : "every-run", plan_quoted(expectation->wanted));
    }
}
