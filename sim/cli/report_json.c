/* What a program reads after a run: result.json. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/json.h"
#include "models/base/units.h"
#include "sim/cli/experiment.h"

/* Where to look: the seed, the time and the message that broke it. */
static void json_witness(struct json *json, const struct experiment *experiment,
                         const struct expectation_result *result)
{
    const struct witness *witness = report_witness(experiment, result);
    if (result->verdict == EXPECTATION_BROKEN && result->expectation->over == EXPECT_EVERY_RUN)
        json_unsigned(json, "seed", result->seed);
    json_number(json, "at", witness == NULL ? NAN : (double)witness->time_ns / (double)NS_PER_S);
    json_open(json, "messages", '[');
    g_autofree char *message = witness == NULL ? NULL : report_message(experiment, &witness->message);
    if (message != NULL)
        json_string(json, NULL, message);
    json_close(json, ']');
}

static void json_expectations(struct json *json, const struct experiment *experiment)
{
    json_open(json, "expectations", '[');
    for (guint i = 0; i < experiment->expectations->len; i++) {
        const struct expectation_result *result =
            &g_array_index(experiment->expectations, struct expectation_result, i);
        json_open(json, NULL, '{');
        json_string(json, "text", result->expectation->text);
        json_bool(json, "held", result->verdict == EXPECTATION_HELD);
        json_bool(json, "tested", result->verdict != EXPECTATION_UNTESTED);
        json_number(json, "actual", result->value);
        if (result->expectation->over == EXPECT_MEAN)
            json_number(json, "half_width", result->half_width);
        json_witness(json, experiment, result);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void json_properties(struct json *json, const struct experiment *experiment, const struct run_result *result)
{
    json_open(json, "properties", '[');
    for (uint32_t property = 0; property < PROPERTY_COUNT; property++) {
        const struct breach *first = &result->first[property];
        json_open(json, NULL, '{');
        json_string(json, "name", property_name(property));
        json_bool(json, "promised", (experiment->shape->oracle.promised >> property & 1) != 0);
        json_unsigned(json, "steps", result->totals.exercised[property]);
        json_unsigned(json, "breaches", result->totals.breaches[property]);
        json_number(json, "first", first->time_ns == NS_NEVER ? NAN : (double)first->time_ns / (double)NS_PER_S);
        json_close(json, '}');
    }
    json_close(json, ']');
}

char *report_json(const struct experiment *experiment, const struct run_result *result, gboolean wall)
{
    struct json json = {.text = g_string_new(NULL)};
    char fingerprint[33];
    g_autofree char *vacuous = NULL;
    int status = experiment_status(experiment, &vacuous);
    digest_text(result->totals.fingerprint, fingerprint);
    json_open(&json, NULL, '{');
    json_unsigned(&json, "schema", 1);
    json_string(&json, "crashq", CRASHQ_VERSION);
    json_string(&json, "scenario", experiment->plan->name);
    json_unsigned(&json, "seed", result->seed);
    json_string(&json, "fingerprint", fingerprint);
    json_string(&json, "verdict", status == EXIT_HELD ? "held" : status == EXIT_VACUOUS ? "vacuous" : "violated");
    json_string(&json, "vacuous", status == EXIT_VACUOUS ? vacuous : NULL);
    json_string(&json, "stopped", result->failure);
    json_unsigned(&json, "runs", experiment->results->len);
    json_unsigned(&json, "asked", experiment->asked); /* more than there are: interrupted */
    json_expectations(&json, experiment);
    json_properties(&json, experiment, result);
    json_measures(&json, result->measures, wall ? (double)result->wall_us / 1e6 : NAN);
    json_close(&json, '}');
    return g_string_free(json.text, FALSE);
}
