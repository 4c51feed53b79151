/* A failure detector at one end of a connection, and beside it what the judge compares it with, counted by its host
 * (models/oracle/detection.c). In a run the timed scheduler hosts it; in a check of detectors, the connection. */
#ifndef CRASHQ_WATCH_H
#define CRASHQ_WATCH_H

#include "models/broker/broker_io.h"
#include "models/detector/detector.h"

struct watch {
    struct detector detector;
    uint8_t spoke; /* something was sent since it beat last */
    uint8_t looks; /* since the last byte came; there it stays at the end of its range */
    uint8_t reserved[2];
};
static_assert(sizeof(struct watch) == 8, "no padding in stored structs");

static inline void watch_opened(struct watch *watch)
{
    *watch = (struct watch){.spoke = 1};
    detector_opened(&watch->detector);
}

static inline void watch_sent(struct watch *watch)
{
    detector_sent(&watch->detector);
    watch->spoke = 1;
}

static inline void watch_heard(struct watch *watch)
{
    detector_heard(&watch->detector);
    watch->looks = 0;
}

/* Both tell what the detector says, for the judge; the host names actor and connection. */
static inline struct observation watch_beat(struct watch *watch)
{
    struct observation told = {.kind = OBSERVE_BEAT, .tag = !watch->spoke};
    told.value = detector_beat(&watch->detector);
    watch->spoke = 0;
    return told;
}

static inline struct observation watch_look(struct watch *watch)
{
    watch->looks = (uint8_t)(watch->looks + (watch->looks < UINT8_MAX));
    struct observation told = {.kind = OBSERVE_LOOK, .tag = watch->looks};
    told.value = detector_look(&watch->detector);
    return told;
}

#endif
