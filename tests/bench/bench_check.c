/* What a transition and a state of the checker cost: the single-node broker with two messages, one crash and one
 * disconnect, cut off after a number of states, with steps remembered and with every step executed. Ratios are of one
 * run. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/bench.h"
#include "tests/sim_check/checked.h"

static double transitions_per_second(const char *label, const struct small_plan *small,
                                     const struct check_options *options)
{
    double begin = bench_seconds();
    struct check_result result = checked(small, options);
    double seconds = bench_seconds() - begin;
    double rate = (double)result.transitions / seconds;
    printf("%-14s %9" PRIu64 " states %10" PRIu64 " transitions in %6.2f s: %10.0f transitions/s, %5.1f bytes/state\n",
           label, result.states, result.transitions, seconds, rate, (double)result.bytes / (double)result.states);
    printf("%-14s %9" PRIu64 " part contents, %" PRIu64 " steps executed, %" PRIu64 " looked up, depth %" PRIu32
           ", %s%s\n",
           "", result.parts_interned, result.steps_executed, result.memo_steps, result.depth,
           result.verdict == CHECK_COMPLETE ? "complete" : "cut off by ",
           result.truncated_by != NULL ? result.truncated_by : "");
    check_result_clear(&result);
    return rate;
}

int main(int argc, char **argv)
{
    uint64_t states_max = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000000;
    struct small_plan small;
    small_plan_with(&small, (struct plan_check){.messages = 2, .crashes = 1, .restarts = 1, .disconnects = 1});
    printf("checker: one broker, two messages, one crash, one disconnect\n");
    double on = transitions_per_second("memo on", &small, &(struct check_options){.states_max = states_max});
    double few = transitions_per_second("memo on", &small, &(struct check_options){.states_max = states_max / 20});
    double off = transitions_per_second("memo off", &small,
                                        &(struct check_options){.states_max = states_max / 20, .memo_off = true});
    printf("remembering steps is %.1f times as fast as executing them; at full size %.2f million transitions/s\n",
           few / off, on / 1e6);
    return 0;
}
