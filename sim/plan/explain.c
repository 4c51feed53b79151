/* --explain: a plan as a scenario with nothing left to a default. The table writes what it reads; the rest is here.
 *
 * What is written reads back to an equal plan: numbers in units that divide them, and every text in quotes that
 * some reader of YAML 1.1 or 1.2 would take for something else (on, yes, 1:30, 010, ~). Values of our own making
 * (10ms, 0.1%, uniform(1ms..3ms)) are plain: they start with a digit or a word and hold no comma. */
#include <string.h>

#include "models/base/check.h"
#include "models/broker/broker.h"
#include "models/oracle/oracle.h"
#include "sim/plan/distribution.h"
#include "sim/plan/load.h"
#include "sim/plan/loading.h"
#include "sim/plan/value.h"

struct writer {
    const struct plan *plan;
    GString *out;
    unsigned depth;
};

/* ---- lines ---- */

static bool retyped(const char *text)
{
    static const char *const words[] = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (g_ascii_strcasecmp(text, words[i]) == 0)
            return true;
    return !g_ascii_isalpha(text[0]) || text[strspn(text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-")] != '\0';
}

char *plan_quoted(const char *text)
{
    if (!retyped(text))
        return g_strdup(text);
    GString *out = g_string_new("\"");
    for (const char *at = text; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (c == '"' || c == '\\')
            g_string_append_printf(out, "\\%c", (char)c);
        else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff)
            g_string_append_printf(out, "\\u%04X", c);
        else
            g_string_append_unichar(out, c);
    }
    g_string_append_c(out, '"');
    return g_string_free(out, FALSE);
}

static void line_open(struct writer *writer, const char *key)
{
    g_string_append_printf(writer->out, "%*s%s:", (int)(2 * writer->depth), "", key);
}

/* Writes "key: value"; frees the value. */
static void line(struct writer *writer, const char *key, char *value)
{
    line_open(writer, key);
    g_string_append_printf(writer->out, " %s\n", value);
    g_free(value);
}

static void block_open(struct writer *writer, const char *key)
{
    line_open(writer, key);
    g_string_append_c(writer->out, '\n');
    writer->depth++;
}

static void block_close(struct writer *writer)
{
    writer->depth--;
}

/* A duration or a distribution behind a sign, or none: "". */
static char *signed_text(const struct plan *plan, const char *sign, const struct variate *variate)
{
    for (uint32_t i = 0; i < plan->table_count; i++)
        if (variate->table && variate->table == plan->tables[i].values_ns) {
            g_autofree char *text = distribution_text(variate, plan->tables[i].file);
            g_autofree char *whole = g_strconcat(sign, text, NULL);
            return plan_quoted(whole);
        }
    g_autofree char *text = distribution_text(variate, NULL);
    return g_strconcat(sign, text, NULL);
}

static char *variate_text(const struct plan *plan, const struct variate *variate)
{
    return signed_text(plan, "", variate);
}

/* ---- what the table knows ---- */

static uint64_t number_load(const struct key *key, const void *field)
{
    uint32_t narrow;
    uint64_t wide;
    memcpy(key->bytes == 4 ? (void *)&narrow : (void *)&wide, field, key->bytes);
    return key->bytes == 4 ? narrow : wide;
}

static char *number_text(const struct key *key, uint64_t value)
{
    if (key->zero && value == 0)
        return g_strdup(key->zero);
    switch (key->shape) {
    case KEY_DURATION:
        return duration_text((int64_t)value);
    case KEY_SHARE:
        return share_text((uint32_t)value);
    case KEY_SIZE:
        return size_text(value);
    default:
        return g_strdup_printf("%" G_GUINT64_FORMAT, value);
    }
}

static char *bandwidth_text(uint64_t bytes_per_s)
{
    g_autofree char *size = size_text(bytes_per_s);
    return bytes_per_s == 0 ? g_strdup("unlimited") : g_strconcat(size, "/s", NULL);
}

static char *range_text(const int64_t *field)
{
    g_autofree char *least = duration_text(field[0]), *greatest = duration_text(field[1]);
    return g_strconcat(least, "..", greatest, NULL);
}

static char *field_text(const struct plan *plan, const struct key *key, const void *field)
{
    switch (key->shape) {
    case KEY_TEXT:
        return plan_quoted(*(char *const *)field);
    case KEY_BOOL:
        return g_strdup(*(const bool *)field ? "true" : "false");
    case KEY_WORD:
        return word_text(key->words, key->bytes > 0 ? *(const uint8_t *)field : 0);
    case KEY_BANDWIDTH:
        return bandwidth_text(*(const uint64_t *)field);
    case KEY_RANGE:
        return range_text(field);
    case KEY_DISTRIBUTION:
        return variate_text(plan, field);
    default:
        return number_text(key, number_load(key, field));
    }
}

static void fields(struct writer *writer, enum key_place place, const void *from);

static void field(struct writer *writer, const struct key *key, const void *from)
{
    const void *at = (const char *)from + key->offset;
    if (key->shape == KEY_MAP) {
        block_open(writer, key->name);
        fields(writer, key->inner, at);
        block_close(writer);
    } else if (key->shape != KEY_TEXT || *(char *const *)at) {
        line(writer, key->name, field_text(writer->plan, key, at));
    }
}

/* ---- what it does not know ---- */

static void own_of_cluster(struct writer *writer)
{
    line_open(writer, "nodes");
    for (uint32_t i = 0; i < writer->plan->node_count; i++) {
        g_autofree char *name = plan_quoted(writer->plan->nodes[i].name);
        g_string_append_printf(writer->out, "%s%s", i == 0 ? " [" : ", ", name);
    }
    g_string_append(writer->out, "]\n");
}

static char *acks_text(const struct plan_queue *queue)
{
    static const char *const others[] = {"all", "one", "majority"};
    return g_strdup(others[MIN(queue->acks_needed, 2)]);
}

static void replication(struct writer *writer, const struct plan_queue *queue)
{
    bool passive = queue->replication == REPLICATION_PASSIVE;
    if (queue->replication == REPLICATION_NONE)
        return;
    line(writer, "replicas", g_strdup_printf("%d", __builtin_popcount(queue->replicas)));
    line(writer, "confirm-after", passive ? word_text(confirm_after_passive, queue->confirm_after) : acks_text(queue));
    line(writer, "recovery", g_strdup(passive ? "passive" : "active"));
    line(writer, "catch-up", g_strdup(queue->catch_up ? "true" : "false"));
    if (!passive)
        return;
    block_open(writer, "ship");
    fields(writer, IN_SHIP, queue);
    block_close(writer);
}

static void fsync_policy(struct writer *writer, const struct plan_queue *queue)
{
    g_autofree char *interval = duration_text(queue->fsync_interval_ns);
    if (queue->fsync == FSYNC_GROUP)
        line(writer, "fsync", g_strdup_printf("{group: %s}", interval));
    else
        line(writer, "fsync", word_text(key_find(IN_QUEUE, "fsync")->words, queue->fsync));
}

static void arrivals(struct writer *writer, const struct plan_producer *producer)
{
    switch (producer->arrivals) {
    case ARRIVALS_POISSON:
        line(writer, "rate", rate_text(producer->interval.a));
        break;
    case ARRIVALS_PERIODIC:
        line(writer, "every", variate_text(writer->plan, &producer->interval));
        break;
    case ARRIVALS_TRACE:
        line(writer, "arrivals", plan_quoted(producer->trace_file));
        break;
    case ARRIVALS_CLOSED_LOOP:
        line(writer, "closed-loop", g_strdup_printf("{in-flight: %u}", producer->in_flight_max));
        break;
    }
}

static void own_of_client(struct writer *writer, const char *name, uint32_t queue, uint32_t first_node)
{
    if (g_str_equal(name, "queue"))
        line(writer, "queue", plan_quoted(writer->plan->queues[queue].name));
    else if (g_str_equal(name, "connect"))
        line(writer, "connect", plan_quoted(writer->plan->nodes[first_node].name));
}

static void own_of_check(struct writer *writer, const struct plan_check *check)
{
    line(writer, "states", g_strdup_printf("%uM", check->states_max_millions));
    line_open(writer, "properties");
    const char *separator = " [";
    for (unsigned property = 0; property < PROPERTY_COUNT; property++) {
        if (!(check->properties >> property & 1))
            continue;
        g_string_append_printf(writer->out, "%s%s", separator, property_name((enum property)property));
        separator = ", ";
    }
    g_string_append(writer->out, "]\n");
}

/* A key that its section reads, where it is the first of what one function here writes. */
static void own(struct writer *writer, const struct key *key, const void *from)
{
    const struct plan_producer *producer = from;
    const struct plan_consumer *consumer = from;
    if (key->place == IN_SCENARIO)
        line(writer, "name", plan_quoted(writer->plan->name));
    else if (key->place == IN_CLUSTER)
        own_of_cluster(writer);
    else if (key->place == IN_QUEUE && g_str_equal(key->name, "fsync"))
        fsync_policy(writer, from);
    else if (key->place == IN_QUEUE && g_str_equal(key->name, "replicas"))
        replication(writer, from);
    else if (key->place == IN_PRODUCER && g_str_equal(key->name, "rate"))
        arrivals(writer, producer);
    else if (key->place == IN_PRODUCER)
        own_of_client(writer, key->name, producer->queue, producer->first_node);
    else if (key->place == IN_CONSUMER)
        own_of_client(writer, key->name, consumer->queue, consumer->first_node);
    else if (key->place == IN_CHECK && g_str_equal(key->name, "states"))
        own_of_check(writer, from);
}

/* In a closed loop `in-flight` has said it already. */
static bool said_elsewhere(const struct key *key, const void *from)
{
    const struct plan_producer *producer = from;
    return key->place == IN_PRODUCER && g_str_equal(key->name, "max-in-flight") &&
           producer->arrivals == ARRIVALS_CLOSED_LOOP;
}

static void fields(struct writer *writer, enum key_place place, const void *from)
{
    for (const struct key *key = keys; key->name; key++) {
        bool unsaid = g_str_equal(key->name, "check") && !writer->plan->check.given;
        if (key->place != place || key->shape == KEY_LATER || key->shape == KEY_NAMED || key->shape == KEY_LIST)
            continue;
        if (key->shape == KEY_OWN)
            own(writer, key, from);
        else if (!unsaid && !said_elsewhere(key, from))
            field(writer, key, from);
    }
}

static void named(struct writer *writer, enum key_place place, const char *name, const void *from)
{
    g_autofree char *key = plan_quoted(name);
    block_open(writer, key);
    fields(writer, place, from);
    block_close(writer);
}

/* ---- faults ---- */

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
        line(writer, "kind", g_strdup(fault->power ? "power" : "process"));
        line(writer, "disk", g_strdup(fault->wipe ? "wipe" : "keep"));
    }
    if (fault->kind == FAULT_CRASH && !fault->power)
        line(writer, "in-flight", word_text(key_find(IN_FAULT, "in-flight")->words, fault->in_flight));
    if (fault->latency_given)
        line(writer, "latency", signed_text(writer->plan, fault->latency_adds ? "+" : "", &fault->latency));
    if (fault->kind == FAULT_DEGRADE)
        line(writer, "loss", share_text(fault->loss_ppm));
}

static void fault(struct writer *writer, const struct plan_fault *fault)
{
    const struct plan *plan = writer->plan;
    g_string_append(writer->out, "  -\n");
    writer->depth = 2;
    line(writer, "name", plan_quoted(fault->name));
    line(writer, fault->recurring ? "every" : "at", variate_text(plan, &fault->at));
    if (fault->recurring) {
        line(writer, "from", duration_text(fault->from_ns));
        line(writer, "until", duration_text(fault->until_ns));
    }
    line(writer, fault_kind_names[fault->kind], target_text(plan, fault));
    manner(writer, fault);
    if (fault->ends)
        line(writer, fault->kind == FAULT_CRASH ? "restart" : "for", variate_text(plan, &fault->length));
    writer->depth = 0;
}

/* Both judgements of one measure lie under one key; load_expect.c keeps them beside one another. */
static void expectations(struct writer *writer)
{
    const struct plan *plan = writer->plan;
    for (uint32_t i = 0; i < plan->expectation_count; i++) {
        const struct plan_expectation *expectation = &plan->expectations[i];
        g_autofree char *path = plan_quoted(expectation->said);
        writer->depth = 1;
        if (i == 0 || !g_str_equal(plan->expectations[i - 1].said, expectation->said))
            block_open(writer, path);
        writer->depth = 2;
        line(writer, expectation->over == EXPECT_MEAN ? "mean" : "every-run", plan_quoted(expectation->wanted));
    }
}

char *plan_explain(const struct plan *plan)
{
    struct writer writer = {.plan = plan, .out = g_string_new(NULL)};
    fields(&writer, IN_SCENARIO, plan);
    block_open(&writer, "queues");
    for (uint32_t i = 0; i < plan->queue_count; i++)
        named(&writer, IN_QUEUE, plan->queues[i].name, &plan->queues[i]);
    block_close(&writer);
    block_open(&writer, "producers");
    for (uint32_t i = 0; i < plan->producer_count; i++)
        named(&writer, IN_PRODUCER, plan->producers[i].name, &plan->producers[i]);
    block_close(&writer);
    if (plan->consumer_count > 0)
        block_open(&writer, "consumers");
    for (uint32_t i = 0; i < plan->consumer_count; i++)
        named(&writer, IN_CONSUMER, plan->consumers[i].name, &plan->consumers[i]);
    writer.depth = 0;
    if (plan->fault_count > 0)
        g_string_append(writer.out, "faults:\n");
    for (uint32_t i = 0; i < plan->fault_count; i++)
        fault(&writer, &plan->faults[i]);
    if (plan->expectation_count > 0)
        block_open(&writer, "expect");
    expectations(&writer);
    return g_string_free(writer.out, FALSE);
}
