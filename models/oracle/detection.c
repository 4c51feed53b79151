/* Detection: a failure detector says what AMQP 0-9-1 (4.2.7) has it say. Whoever hosts one counts beside it, by itself,
 * what was sent and what came; the judge compares.
 *
 * The last byte is found by the first look after it. The two after that find nothing: "If a peer detects no incoming
 * traffic for two heartbeat intervals or longer, it should close the connection." */
#include "models/oracle/oracle_block.h"

#define LOOKS_AFTER_THE_LAST_BYTE 3

static void detection_judge(struct judgement *judgement, bool as_it_should)
{
    judge_exercise(judgement, PROPERTY_DETECTION);
    if (!as_it_should)
        judge_breach(judgement, PROPERTY_DETECTION, &judgement->seen->message);
}

/* A heartbeat that is not needed harms nobody. */
void detection_beat(struct judgement *judgement)
{
    const struct observation *seen = judgement->seen;
    detection_judge(judgement, seen->tag == 0 || seen->value == 1);
}

void detection_look(struct judgement *judgement)
{
    const struct observation *seen = judgement->seen;
    detection_judge(judgement, (seen->tag >= LOOKS_AFTER_THE_LAST_BYTE) == (seen->value == 1));
}
