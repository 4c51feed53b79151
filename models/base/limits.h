/* Every bound of the pure zone, in one place. */
#ifndef CRASHQ_BASE_LIMITS_H
#define CRASHQ_BASE_LIMITS_H

#define NODES_MAX 9         /* nodes of a cluster */
#define ACTIVE_REPLICAS_MAX 5 /* replicas of an actively replicated queue: a client has timers for as many links */
#define QUEUES_MAX 64       /* queues of a broker */
#define OUTPUTS_MAX 64      /* outputs of one step of a node or a client */
#define STEP_WORK_MAX 16    /* messages that one step may move; the rest waits for INPUT_CONTINUE */
#define TIMERS_MAX 16       /* timers of one actor */
#define PICKS_MAX 8         /* choices inside one step */
#define FSYNCS_MAX 64       /* fsyncs in flight at one disk */
#define UNIT_BYTES 16       /* what references count */

#endif
