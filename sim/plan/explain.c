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
#include "sim/plan/explaining.h"
#include "sim/plan/load.h"
#include "sim/plan/loading.h"
#include "sim/plan/value.h"

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

void explain_line(struct writer *writer, const char *key, char *value)
{
    line_open(writer, key);
    g_string_append_printf(writer->out, " %s\n", value);
    g_free(value);
}

void explain_open(struct writer *writer, const char *key)
{
    line_open(writer, key);
    g_string_append_c(writer->out, '\n');
    writer->depth++;
}

void explain_close(struct writer *writer)
{
    writer->depth--;
}

char *explain_signed(const struct plan *plan, const char *sign, const struct variate *variate)
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

char *explain_variate(const struct plan *plan, const struct variate *variate)
{
    return explain_signed(plan, "", variate);
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
        return explain_variate(plan, field);
    default:
        return number_text(key, number_load(key, field));
    }
}

static void fields(struct writer *writer, enum key_place place, const void *from);

static void field(struct writer *writer, const struct key *key, const void *from)
{
    const void *at = (const char *)from + key->offset;
    if (key->shape == KEY_MAP) {
        explain_open(writer, key->name);
        fields(writer, key->inner, at);
        explain_close(writer);
    } else if (key->shape != KEY_TEXT || *(char *const *)at) {
        explain_line(writer, key->name, field_text(writer->plan, key, at));
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
    explain_line(writer, "replicas", g_strdup_printf("%d", __builtin_popcount(queue->replicas)));
    explain_line(writer, "confirm-after",
                 passive ? word_text(confirm_after_passive, queue->confirm_after) : acks_text(queue));
    explain_line(writer, "recovery", g_strdup(passive ? "passive" : "active"));
    explain_line(writer, "catch-up", g_strdup(queue->catch_up ? "true" : "false"));
    if (!passive)
        return;
    explain_open(writer, "ship");
    fields(writer, IN_SHIP, queue);
    explain_close(writer);
}

static void fsync_policy(struct writer *writer, const struct plan_queue *queue)
{
    g_autofree char *interval = duration_text(queue->fsync_interval_ns);
    if (queue->fsync == FSYNC_GROUP)
        explain_line(writer, "fsync", g_strdup_printf("{group: %s}", interval));
    else
        explain_line(writer, "fsync", word_text(key_find(IN_QUEUE, "fsync")->words, queue->fsync));
}

static void arrivals(struct writer *writer, const struct plan_producer *producer)
{
    switch (producer->arrivals) {
    case ARRIVALS_POISSON:
        explain_line(writer, "rate", rate_text(producer->interval.a));
        break;
    case ARRIVALS_PERIODIC:
        explain_line(writer, "every", explain_variate(writer->plan, &producer->interval));
        break;
    case ARRIVALS_TRACE:
        explain_line(writer, "arrivals", plan_quoted(producer->trace_file));
        break;
    case ARRIVALS_CLOSED_LOOP:
        explain_line(writer, "closed-loop", g_strdup_printf("{in-flight: %u}", producer->in_flight_max));
        break;
    }
}

static void own_of_client(struct writer *writer, const char *name, uint32_t queue, uint32_t first_node)
{
    if (g_str_equal(name, "queue"))
        explain_line(writer, "queue", plan_quoted(writer->plan->queues[queue].name));
    else if (g_str_equal(name, "connect"))
        explain_line(writer, "connect", plan_quoted(writer->plan->nodes[first_node].name));
}

static void own_of_check(struct writer *writer, const struct plan_check *check)
{
    explain_line(writer, "reconnects",
                 check->reconnects_bounded ? g_strdup_printf("%u", check->reconnects) : g_strdup("unlimited"));
    explain_line(writer, "states", g_strdup_printf("%uM", check->states_max_millions));
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
        explain_line(writer, "name", plan_quoted(writer->plan->name));
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
    explain_open(writer, key);
    fields(writer, place, from);
    explain_close(writer);
}

char *plan_explain(const struct plan *plan)
{
    struct writer writer = {.plan = plan, .out = g_string_new(NULL)};
    fields(&writer, IN_SCENARIO, plan);
    explain_open(&writer, "queues");
    for (uint32_t i = 0; i < plan->queue_count; i++)
        named(&writer, IN_QUEUE, plan->queues[i].name, &plan->queues[i]);
    explain_close(&writer);
    explain_open(&writer, "producers");
    for (uint32_t i = 0; i < plan->producer_count; i++)
        named(&writer, IN_PRODUCER, plan->producers[i].name, &plan->producers[i]);
    explain_close(&writer);
    if (plan->consumer_count > 0)
        explain_open(&writer, "consumers");
    for (uint32_t i = 0; i < plan->consumer_count; i++)
        named(&writer, IN_CONSUMER, plan->consumers[i].name, &plan->consumers[i]);
    writer.depth = 0;
    if (plan->fault_count > 0)
        g_string_append(writer.out, "faults:\n");
    for (uint32_t i = 0; i < plan->fault_count; i++)
        explain_fault(&writer, &plan->faults[i]);
    if (plan->expectation_count > 0)
        explain_open(&writer, "expect");
    explain_expectations(&writer);
    return g_string_free(writer.out, FALSE);
}
