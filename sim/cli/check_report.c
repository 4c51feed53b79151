/* See checked.h. */
#include <stdio.h>

#include "analysis/json.h"
#include "sim/cli/checked.h"
#include "sim/cli/cli.h"

uint32_t properties_expected(const struct plan *plan)
{
    uint32_t expected = 0;
    for (uint32_t i = 0; i < plan->expectation_count; i++) {
        const struct plan_expectation *expectation = &plan->expectations[i];
        bool none = expectation->condition == CONDITION_EQUAL && expectation->low == 0;
        if (none && g_str_equal(expectation->path, "messages.lost"))
            expected |= UINT32_C(1) << PROPERTY_DURABILITY;
    }
    return expected;
}

static const char *property_state(const struct check_result *result, uint32_t property)
{
    return (result->found >> property & 1) != 0 ? "BROKEN"
           : result->exercised[property] > 0    ? "held"
                                                : "not put to the test";
}

static void properties_print(const struct checked *checked)
{
    const struct check_result *result = &checked->result;
    printf("properties");
    for (uint32_t property = 0; property < PROPERTY_COUNT; property++) {
        bool promised = (checked->shape->oracle.promised >> property & 1) != 0;
        bool expected = (checked->expected >> property & 1) != 0;
        printf("%s  %-14s %s", property == 0 ? "" : "\n          ", property_name((enum property)property),
               property_state(result, property));
        if (result->exercised[property] > 0)
            printf(" (judged %" G_GUINT64_FORMAT " times)", result->exercised[property]);
        if ((result->found >> property & 1) != 0 && !promised)
            printf(expected ? ": not promised, but the scenario expects it" : ": a finding, it is not promised");
    }
    printf("\n");
}

char *checked_vacuous(const struct checked *checked)
{
    const struct plan_check *asked = &checked->plan->check;
    if (checked->result.verdict != CHECK_COMPLETE)
        return NULL;
    uint32_t wanted = asked->properties == (1u << PROPERTY_COUNT) - 1 ? 0 : asked->properties;
    if (asked->messages > 0)
        wanted |= asked->properties & checked->expected;
    for (uint32_t property = 0; property < PROPERTY_COUNT; property++)
        if ((wanted >> property & 1) != 0 && checked->result.exercised[property] == 0)
            return g_strdup_printf("no step put '%s' to the test", property_name((enum property)property));
    return NULL;
}

static void verdict_print(const struct checked *checked)
{
    const struct check_result *result = &checked->result;
    g_autofree char *vacuous = checked_vacuous(checked);
    if (vacuous != NULL)
        printf("verdict     VACUOUS: %s\n", vacuous);
    else if (result->verdict == CHECK_TRUNCATED)
        printf("verdict     TRUNCATED (bound hit: %s): nothing promised is broken so far, nothing proven\n",
               result->truncated_by);
    else if (result->verdict == CHECK_VIOLATION)
        printf("verdict     VIOLATED\n");
    else
        printf("verdict     complete: no interleaving within the bounds breaks a promise%s\n",
               result->found != 0 ? "; what was not promised breaks, see below" : "");
}

static void trace_print(const struct checked *checked)
{
    const struct check_result *result = &checked->result;
    printf("\n%s in %u actions (a shortest one):\n", property_name((enum property)result->property),
           result->trace_length);
    for (guint i = 0; i < checked->actions->len; i++)
        printf("  %3u  %s\n", i + 1, (const char *)checked->actions->pdata[i]);
}

/* A check strikes at every moment within its bounds, and knows no others. */
static void faults_print(const struct plan *plan)
{
    enum { SHOWN_MAX = 5 };
    if (plan->fault_count == 0)
        return;
    printf("note        the scenario's faults (");
    for (uint32_t i = 0; i < MIN(plan->fault_count, SHOWN_MAX); i++)
        printf("%s%s", i == 0 ? "" : ", ", plan->faults[i].name);
    if (plan->fault_count > SHOWN_MAX)
        printf(" and %u more", plan->fault_count - SHOWN_MAX);
    printf(") are not part of a check, only its own budgets: crashes, power-losses, restarts, disconnects, timeouts, "
           "suspicions and ticks\n");
}

void checked_table(const struct checked *checked)
{
    const struct plan_check *bounds = &checked->plan->check;
    const struct check_result *result = &checked->result;
    printf("%s\n\n", checked->plan->name);
    printf("bounds      %u messages, %u crashes, %u power losses, %u restarts, %u disconnects, %u time-outs, "
           "%u suspicions",
           bounds->messages, bounds->crashes, bounds->power_losses, bounds->restarts, bounds->disconnects,
           bounds->timeouts, bounds->suspicions);
    if (bounds->ticks > 0)
        printf(", %u ticks", bounds->ticks);
    if (bounds->reconnects_bounded)
        printf(", %u reconnects", bounds->reconnects);
    printf("%s\n", bounds->settled ? ", from a settled start" : "");
    faults_print(checked->plan);
    printf("explored    %" G_GUINT64_FORMAT " states, %" G_GUINT64_FORMAT
           " transitions, depth %u; largest level %" G_GUINT64_FORMAT "\n",
           result->states, result->transitions, result->depth, result->frontier_max);
    printf("memory      %.1f MB, %.0f bytes per state; %" G_GUINT64_FORMAT " part contents\n",
           (double)result->bytes / 1e6, result->states > 0 ? (double)result->bytes / (double)result->states : 0,
           result->parts_interned);
    printf("steps       %" G_GUINT64_FORMAT " executed, the rest looked up; chance that a state was missed: %.1g\n",
           result->steps_executed, result->omission_probability);
    properties_print(checked);
    verdict_print(checked);
    printf("speed       %.2f million transitions/s, %.2f s\n",
           (double)result->transitions / checked->seconds / 1e6, checked->seconds);
    if (result->trace_length > 0)
        trace_print(checked);
    printf("\n");
}

static void json_bounds(struct json *json, const struct plan_check *bounds)
{
    json_open(json, "bounds", '{');
    json_unsigned(json, "messages", bounds->messages);
    json_unsigned(json, "crashes", bounds->crashes);
    json_unsigned(json, "power_losses", bounds->power_losses);
    json_unsigned(json, "restarts", bounds->restarts);
    json_unsigned(json, "disconnects", bounds->disconnects);
    json_unsigned(json, "timeouts", bounds->timeouts);
    json_unsigned(json, "suspicions", bounds->suspicions);
    json_unsigned(json, "ticks", bounds->ticks);
    if (bounds->reconnects_bounded)
        json_unsigned(json, "reconnects", bounds->reconnects);
    else
        json_string(json, "reconnects", "unlimited");
    json_string(json, "from", bounds->settled ? "settled" : "boot");
    json_close(json, '}');
}

static void json_faults_left_out(struct json *json, const struct plan *plan)
{
    json_open(json, "faults_left_out", '[');
    for (uint32_t i = 0; i < plan->fault_count; i++)
        json_string(json, NULL, plan->faults[i].name);
    json_close(json, ']');
}

static void json_check_properties(struct json *json, const struct checked *checked)
{
    const struct check_result *result = &checked->result;
    json_open(json, "properties", '[');
    for (uint32_t property = 0; property < PROPERTY_COUNT; property++) {
        json_open(json, NULL, '{');
        json_string(json, "name", property_name((enum property)property));
        json_bool(json, "promised", (checked->shape->oracle.promised >> property & 1) != 0);
        json_unsigned(json, "steps", result->exercised[property]);
        json_bool(json, "broken", (result->found >> property & 1) != 0);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void json_trace(struct json *json, const struct checked *checked)
{
    const struct check_result *result = &checked->result;
    char fingerprint[33] = "";
    if (result->trace_length == 0) {
        json_string(json, "trace", NULL);
        return;
    }
    digest_text(result->trace_fingerprint[result->trace_length - 1], fingerprint);
    json_open(json, "trace", '{');
    json_string(json, "property", property_name((enum property)result->property));
    json_string(json, "fingerprint", fingerprint);
    json_open(json, "actions", '[');
    for (guint i = 0; i < checked->actions->len; i++)
        json_string(json, NULL, checked->actions->pdata[i]);
    json_close(json, ']');
    json_close(json, '}');
}

char *checked_json(const struct checked *checked, gboolean wall)
{
    const struct check_result *result = &checked->result;
    g_autofree char *vacuous = checked_vacuous(checked);
    struct json json = {.text = g_string_new(NULL)};
    json_open(&json, NULL, '{');
    json_unsigned(&json, "schema", 1);
    json_string(&json, "crashq", CRASHQ_VERSION);
    json_string(&json, "scenario", checked->plan->name);
    json_string(&json, "verdict",
                result->verdict == CHECK_VIOLATION                        ? "violated"
                : result->verdict == CHECK_TRUNCATED || vacuous != NULL ? "vacuous"
                                                                          : "held");
    json_string(&json, "vacuous", vacuous);
    json_string(&json, "truncated_by", result->truncated_by);
    json_bounds(&json, &checked->plan->check);
    json_faults_left_out(&json, checked->plan);
    json_unsigned(&json, "states", result->states);
    json_unsigned(&json, "transitions", result->transitions);
    json_unsigned(&json, "depth", result->depth);
    json_unsigned(&json, "largest_level", result->frontier_max);
    json_number(&json, "omission_probability", result->omission_probability);
    json_check_properties(&json, checked);
    json_trace(&json, checked);
    if (wall) {
        json_open(&json, "time", '{');
        json_number(&json, "wall", checked->seconds);
        json_number(&json, "transitions_per_second", (double)result->transitions / checked->seconds);
        json_unsigned(&json, "bytes", result->bytes);
        json_close(&json, '}');
    }
    json_close(&json, '}');
    return g_string_free(json.text, FALSE);
}
