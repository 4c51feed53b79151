/* See detector.h. */
#include "models/detector/detector.h"

void detector_opened(struct detector *detector)
{
    *detector = (struct detector){.sent = 1, .heard = 1};
}

void detector_sent(struct detector *detector)
{
    detector->sent = 1;
}

void detector_heard(struct detector *detector)
{
    detector->heard = 1;
}

bool detector_beat(struct detector *detector)
{
    bool idle = !detector->sent;
    detector->sent = 0;
    return idle;
}

bool detector_look(struct detector *detector)
{
    detector->misses = detector->heard ? 0 : (uint8_t)(detector->misses + 1);
    detector->heard = 0;
    return detector->misses >= DETECTOR_MISSES_MAX;
}
