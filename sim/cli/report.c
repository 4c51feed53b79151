/* What a person reads after a run, and what a program reads: the table and result.json. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/statistics.h"
#include "analysis/text_value.h"
#include "models/base/units.h"
#include "sim/cli/experiment.h"

/* The mean over the runs of a measure that is null in none of them; NAN otherwise. */
static struct interval report_interval(const struct experiment *experiment, const char *path)
{
    gsize count = experiment->results->len;
    g_autofree double *values = g_new(double, count);
    for (gsize i = 0; i < count; i++) {
        const struct run_result *result = experiment->results->pdata[i];
        const struct measure *measure = measures_find(result->measures, path);
        if (measure == NULL || measure->kind == MEASURE_NULL)
            return (struct interval){.mean = NAN, .half_width = NAN};
        values[i] = measure->value;
    }
    return statistics_student(values, count, 0.95);
}

static double report_mean(const struct experiment *experiment, const char *format, const char *name)
{
    g_autofree char *path = g_strdup_printf("%s.%s", format, name);
    return report_interval(experiment, path).mean;
}

static void table_messages(const struct experiment *experiment)
{
    static const char *const names[] = {"attempted", "acknowledged", "rejected", "unanswered", "delivered", "consumed",
                                        "lost", "missing", "recovered", "duplicated", "reordered", "unexpected"};
    printf("\nmessages\n");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        char text[24];
        text_count(report_mean(experiment, "messages", names[i]), text);
        printf("  %-13s%10s%s", names[i], text, i % 4 == 3 ? "\n" : "");
    }
}

static void table_availability(const struct experiment *experiment)
{
    static const char *const sides[] = {"availability.publish", "availability.delivery"};
    g_autofree char *deadline = text_value(MEASURE_SECONDS, (double)experiment->plan->deadline_ns / (double)NS_PER_S);
    g_autofree char *head = g_strdup_printf("availability within %s", deadline);
    printf("\n%-26s %12s %12s %12s %12s\n", head, "requests", "time", "worst 1 s", "max outage");
    for (size_t i = 0; i < G_N_ELEMENTS(sides); i++) {
        char requests[24], time[24], worst[24], outage[24];
        text_share(report_mean(experiment, sides[i], "requests"), requests);
        text_share(report_mean(experiment, sides[i], "time"), time);
        text_share(report_mean(experiment, sides[i], "windowed.1s"), worst);
        text_seconds(report_mean(experiment, sides[i], "max_outage"), outage);
        printf("  %-24s %12s %12s %12s %12s\n", strchr(sides[i], '.') + 1, requests, time, worst, outage);
    }
}

static void table_latency(const struct experiment *experiment)
{
    static const char *const kinds[] = {"confirm", "delivery", "completion"};
    static const char *const columns[] = {"mean", "p50", "p90", "p99", "p999", "max"};
    printf("\n%-16s", "latency");
    for (size_t i = 0; i < G_N_ELEMENTS(columns); i++)
        printf(" %11s", columns[i]);
    printf("\n");
    for (size_t kind = 0; kind < G_N_ELEMENTS(kinds); kind++) {
        g_autofree char *path = g_strdup_printf("latency.%s", kinds[kind]);
        printf("  %-14s", kinds[kind]);
        for (size_t i = 0; i < G_N_ELEMENTS(columns); i++) {
            char text[24];
            text_seconds(report_mean(experiment, path, columns[i]), text);
            printf(" %11s", text);
        }
        printf("\n");
    }
}

/* Of one run: what a fault that cost the primary took, in seconds since it. */
static void table_failovers(const struct experiment *experiment)
{
    static const char *const names[] = {"detected", "elected", "first_confirm", "recovery"};
    const struct run_result *run = experiment->results->pdata[0];
    const GArray *failovers = run->measures->failovers;
    if (experiment->results->len > 1 || failovers->len == 0)
        return;
    printf("\n%-16s %11s", "failover after", "at");
    for (size_t name = 0; name < G_N_ELEMENTS(names); name++)
        printf(" %14s", names[name]);
    printf("\n");
    for (guint i = 0; i < failovers->len; i++) {
        const struct failover *failover = &g_array_index(failovers, struct failover, i);
        printf("  %-14s %9.3f s", failover->fault, (double)failover->at_ns / (double)NS_PER_S);
        for (size_t name = 0; name < G_N_ELEMENTS(names); name++) {
            char text[24] = "never";
            double seconds = failover_value(failover, names[name]);
            if (isfinite(seconds))
                text_seconds(seconds, text);
            printf(" %14s", text);
        }
        printf("\n");
    }
}

static void table_properties(const struct experiment *experiment)
{
    printf("\n%-16s %-13s %12s %12s\n", "properties", "", "judged", "breaches");
    for (uint32_t property = 0; property < PROPERTY_COUNT; property++) {
        guint64 exercised = 0, breaches = 0;
        for (guint i = 0; i < experiment->results->len; i++) {
            const struct run_result *result = experiment->results->pdata[i];
            exercised += result->totals.exercised[property];
            breaches += result->totals.breaches[property];
        }
        bool promised = (experiment->shape->oracle.promised >> property & 1) != 0;
        printf("  %-14s %-13s %12" G_GUINT64_FORMAT " %12" G_GUINT64_FORMAT "%s\n", property_name(property),
               promised ? "promised" : "not promised", exercised, breaches,
               breaches == 0 ? "" : promised ? "  VIOLATED" : "  finding");
    }
}

const struct witness *report_witness(const struct experiment *experiment, const struct expectation_result *result)
{
    const struct run_result *first = experiment->results->pdata[0];
    if (result->verdict != EXPECTATION_BROKEN || result->expectation->over != EXPECT_EVERY_RUN)
        return NULL;
    const struct run_result *run = experiment->results->pdata[result->seed - first->seed];
    return measures_witness(run->measures, result->expectation->path);
}

char *report_message(const struct experiment *experiment, const struct message *message)
{
    if (message->sequence == 0 || message->producer >= experiment->shape->actor_count)
        return NULL;
    return g_strdup_printf("%s/%" G_GUINT64_FORMAT, experiment->shape->actors[message->producer].name,
                           message->sequence);
}

static void breach_append(GString *text, const struct experiment *experiment, const struct run_result *result,
                          enum property property)
{
    const struct breach *first = &result->first[property];
    g_string_append_printf(text, "  seed %" G_GUINT64_FORMAT ": %s broken first at %.6f s", result->seed,
                           property_name(property), (double)first->time_ns / (double)NS_PER_S);
    g_autofree char *message = report_message(experiment, &first->message);
    g_string_append_printf(text, "%s%s\n", message != NULL ? ", message " : "", message != NULL ? message : "");
}

char *report_breaches(const struct experiment *experiment, const struct run_result *result)
{
    GString *text = g_string_new(NULL);
    for (uint32_t property = 0; property < PROPERTY_COUNT; property++)
        if (result->first[property].time_ns != NS_NEVER)
            breach_append(text, experiment, result, (enum property)property);
    if (result->failure != NULL)
        g_string_append_printf(text, "  seed %" G_GUINT64_FORMAT ": stopped at %.6f s: %s\n", result->seed,
                               (double)result->totals.simulated_ns / (double)NS_PER_S, result->failure);
    return g_string_free(text, FALSE);
}

/* Of a thousand runs that all break the same the first few say enough. */
static void table_breaches(const struct experiment *experiment)
{
    enum { SHOWN_MAX = 10 };
    guint shown = 0, more = 0;
    for (guint i = 0; i < experiment->results->len; i++) {
        g_autofree char *text = report_breaches(experiment, experiment->results->pdata[i]);
        if (text[0] != '\0' && shown++ < SHOWN_MAX)
            fputs(text, stdout);
        else if (text[0] != '\0')
            more++;
    }
    if (more > 0)
        printf("  and %u more runs\n", more);
}

static void table_expectations(const struct experiment *experiment)
{
    static const char *const verdicts[] = {"held", "BROKEN", "untested"};
    if (experiment->expectations->len == 0)
        return;
    printf("\nexpectations\n");
    for (guint i = 0; i < experiment->expectations->len; i++) {
        const struct expectation_result *result =
            &g_array_index(experiment->expectations, struct expectation_result, i);
        printf("  %-8s %-44s got %s", verdicts[result->verdict], result->expectation->text, result->actual);
        if (result->verdict == EXPECTATION_BROKEN && result->expectation->over == EXPECT_EVERY_RUN)
            printf(" (seed %" G_GUINT64_FORMAT ")", result->seed);
        const struct witness *witness = report_witness(experiment, result);
        if (witness != NULL) {
            g_autofree char *message = report_message(experiment, &witness->message);
            printf(", see %s%s%.6f s", message != NULL ? message : "", message != NULL ? " at " : "",
                   (double)witness->time_ns / (double)NS_PER_S);
        }
        printf("\n");
    }
}

static void table_speed(const struct experiment *experiment)
{
    double events = 0, simulated_s = 0, wall_s = 0;
    for (guint i = 0; i < experiment->results->len; i++) {
        const struct run_result *result = experiment->results->pdata[i];
        events += (double)result->totals.events;
        simulated_s += (double)result->totals.simulated_ns / (double)NS_PER_S;
        wall_s += (double)result->wall_us / 1e6;
    }
    double attempted = report_mean(experiment, "messages", "attempted") * experiment->results->len;
    printf("speed    %.2f million events/s per core, %.1f events per message, %.0f times real time; %.2f s in all\n",
           events / wall_s / 1e6, attempted > 0 ? events / attempted : 0, simulated_s / wall_s,
           (double)experiment->wall_us / 1e6);
}

void report_table(const struct experiment *experiment, const struct options *options, const char *file)
{
    const struct run_result *first = experiment->results->pdata[0];
    char fingerprint[33];
    digest_text(first->totals.fingerprint, fingerprint);
    if (experiment->results->len == 1)
        printf("%s\nseed %" G_GUINT64_FORMAT ", fingerprint %s\n", experiment->plan->name, first->seed, fingerprint);
    else
        printf("%s\nmeans over %u runs, seeds %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT "\n", experiment->plan->name,
               experiment->results->len, first->seed, first->seed + experiment->results->len - 1);
    if (experiment->results->len < experiment->asked)
        printf("INTERRUPTED after %u of %" G_GUINT64_FORMAT " runs: what follows is of those alone\n",
               experiment->results->len, experiment->asked);
    table_messages(experiment);
    table_availability(experiment);
    table_latency(experiment);
    table_failovers(experiment);
    table_properties(experiment);
    table_breaches(experiment);
    table_expectations(experiment);
    g_autofree char *vacuous = NULL;
    int status = experiment_status(experiment, &vacuous);
    g_autofree char *again = options_command_line("run", options, file, first->seed);
    if (status == EXIT_VACUOUS)
        printf("\nverdict  VACUOUS: %s\n", vacuous);
    else
        printf("\nverdict  %s\n", status == EXIT_HELD ? "held" : "VIOLATED");
    printf("again    %s\n", again);
    table_speed(experiment);
}
