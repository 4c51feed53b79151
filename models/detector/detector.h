/* Heartbeats over one connection, as seen from one of its ends (AMQP 0-9-1, 4.2.7; RabbitMQ's rabbit_heartbeat). Any
 * byte counts as a heartbeat, so a busy connection needs none.
 *
 * With a time-out T the sender looks every T/2 and sends a heartbeat when it sent nothing since it looked last; the
 * receiver looks every T and gives up at the second look in a row that finds nothing: 2 T to 3 T after the last byte,
 * depending on where that fell between two looks.
 *
 * A detector knows no clock. Whoever hosts it tells it of bytes, calls detector_beat() and detector_look() at their
 * intervals while the process runs (a paused one neither beats nor looks), and carries its heartbeats. */
#ifndef CRASHQ_DETECTOR_H
#define CRASHQ_DETECTOR_H

#include <stdbool.h>
#include <stdint.h>

#define DETECTOR_MISSES_MAX 2

struct detector {
    uint8_t sent;   /* something left since the last beat */
    uint8_t heard;  /* something arrived since the last look */
    uint8_t misses; /* looks in a row that found nothing */
    uint8_t reserved;
};

/* The connection has just opened, which takes bytes both ways. */
void detector_opened(struct detector *detector);
void detector_sent(struct detector *detector);  /* bytes left for the peer */
void detector_heard(struct detector *detector); /* bytes of the peer arrived, a heartbeat among them */
/* Every detector_beat_ns(). True: send a heartbeat (which counts as sent). */
bool detector_beat(struct detector *detector);
/* Every T. True: give the connection up. */
bool detector_look(struct detector *detector);

static inline int64_t detector_beat_ns(int64_t timeout_ns)
{
    return timeout_ns / 2;
}

#endif
