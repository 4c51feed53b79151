/* What a step puts out, and how much it may do: the one place that counts outputs. */
#include "models/broker/broker_core.h"

struct broker_output *step_output(struct step *step, enum output_kind kind)
{
    CHECK(step->count < OUTPUTS_MAX);
    struct broker_output *output = &step->outputs[step->count++];
    *output = (struct broker_output){.kind = (uint8_t)kind};
    return output;
}

void step_send(struct step *step, uint16_t slot, const struct frame *frame)
{
    struct broker_output *output = step_output(step, OUTPUT_SEND);
    output->connection = slot;
    output->u.frame = *frame;
}

void step_observe(struct step *step, enum observation_kind kind, const struct entry *entry)
{
    step_output(step, OUTPUT_OBSERVE)->u.observation = (struct observation){
        .kind = (uint8_t)kind,
        .queue = entry->message.queue,
        .position = entry->position,
        .value = entry->place,
        .message = entry->message,
    };
}

bool step_afford(struct step *step, uint32_t outputs)
{
    uint32_t tail = STEP_TAIL_OUTPUTS + step->touched_count + 1;
    if (step->node->passive != 0)
        tail += STEP_TAIL_CLUSTER_OUTPUTS;
    if (step->work == 0 || step->count + outputs + tail > OUTPUTS_MAX)
        return false;
    step->work--;
    return true;
}
