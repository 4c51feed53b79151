/* The verbs of the core, file by file, and the step that they all work in. Private to the room.
 *
 * A step answers its input first and then works off what is left over from earlier ones, in a fixed order of
 * urgency: settlements (what goes back into a queue must be there before anything behind it is delivered),
 * confirms, frames held back, deliveries, the log. It stops when it has moved STEP_WORK_MAX messages or its
 * outputs run short, and asks for INPUT_CONTINUE if anything remains. */
#ifndef CRASHQ_BROKER_CORE_H
#define CRASHQ_BROKER_CORE_H

#include "models/broker/broker_block.h"

struct step {
    struct node *node;
    const struct broker_input *in;
    struct broker_output *outputs;
    uint32_t count;         /* outputs so far */
    uint32_t work;          /* messages that this step may still move */
    uint32_t picks;         /* choices that it may still make */
    uint32_t touched_count; /* queues whose length changed */
    uint64_t touched;       /* bit per queue */
};

/* Outputs that the end of a step may need beyond one per touched queue: close, fsync, arm, trim, continue. */
#define STEP_TAIL_OUTPUTS 6

/* output.c */
struct broker_output *step_output(struct step *step, enum output_kind kind);
void step_send(struct step *step, uint16_t slot, const struct frame *frame);
void step_observe(struct step *step, enum observation_kind kind, const struct entry *entry);
/* Takes one message's worth of work that needs up to `outputs` outputs; false: leave it to the next step. */
bool step_afford(struct step *step, uint32_t outputs);

/* recover.c */
void recv_boot(struct step *step);
void recover_continue(struct step *step);

/* recv_publish.c, recv_consume.c, recv_ack.c */
void recv_publish(struct step *step, uint16_t slot, const struct frame *frame);
void recv_consume(struct step *step, uint16_t slot, const struct frame *frame);
void recv_ack(struct step *step, uint16_t slot, const struct frame *frame);

/* connection.c */
void connection_opened(struct step *step, uint16_t slot);
void connection_lost(struct step *step, uint16_t slot);
void connection_blocked(struct step *step, uint16_t slot);
void connection_writable(struct step *step, uint16_t slot);
void connection_close(struct step *step, uint16_t slot);
void connection_send(struct step *step, uint16_t slot,
                     const struct frame *frame); /* now, or in order behind what is held */
void connection_flush(struct step *step);        /* backlog: held frames */
void connection_discard(struct step *step);      /* backlog: held frames of lost connections */

/* queue.c */
struct entry_ref queue_enter(struct node *node, const struct message *message, uint64_t place); /* in no list yet */
void queue_append(struct step *step, struct entry_ref ref);                                     /* fresh, at the tail */
void queue_return(struct step *step, struct entry_ref ref);                                     /* to its place */
struct entry_ref queue_next(struct step *step, uint16_t queue); /* takes the first ready one out */
/* Ends a message's life (SETTLED, DROPPED): its record too, if it has one. It must be in no list. */
void queue_end(struct step *step, struct entry_ref ref, enum observation_kind why);

/* slots.c: sets of connection slots, one per queue (its takers) and one for those with frames to flush */
bool slots_change(struct node *node, uint16_t set, uint16_t slot, bool member); /* whether it changed anything */
uint16_t slots_from(const struct node *node, uint16_t set,
                    uint16_t slot); /* the first member from `slot` on, cyclic; the set has one */
uint16_t slots_nth(const struct node *node, uint16_t set, uint32_t index);

/* dispatch.c */
void dispatch_refresh(struct node *node, uint16_t slot); /* may this connection take a message now? */
void dispatch_ready(struct step *step);                  /* backlog: deliveries */

/* settle.c */
struct unacked_ref unacked_open(struct node *node, uint16_t slot);
void unacked_orphan(struct node *node, struct unacked_ref ref); /* its connection is gone */
/* Whether a consumer may settle `tag` now: it was delivered and nobody settled it. */
bool unacked_has(const struct node *node, struct unacked_ref ref, uint64_t tag);
void settle_one(struct step *step, struct unacked_ref ref, uint64_t tag, uint8_t flags);
void settle_up_to(struct step *step, struct unacked_ref ref, uint64_t tag, uint8_t flags);
void settle_backlog(struct step *step);

/* confirm.c */
/* Owes publish `tag` its confirm once the log is safe up to `position`; 0: at once. */
void confirm_owe(struct step *step, uint16_t slot, uint64_t tag, uint64_t position);
bool confirm_is_due(const struct node *node);
void confirm_due(struct step *step); /* backlog */

/* log.c */
void log_append_message(struct step *step, struct entry_ref ref);
void log_append_settle(struct step *step, struct entry_ref ref); /* and forgets its record */
void log_link(struct node *node, struct entry_ref ref);          /* as the newest live record */
void log_unlink(struct node *node, struct entry_ref ref);
void log_compact(struct step *step); /* moves and trims, when it is worth it */

/* fsync.c */
void fsync_want(struct log *log); /* a record at the log's end must become safe */
void fsync_timer(struct step *step);
void fsync_done(struct step *step, uint64_t position);
void fsync_start(struct step *step); /* at the end of a step: what the policy asks for */

/* record.c: the log's records as bytes */
void record_seal(struct record *record);
/* Reads the record at `position`. False: there is none that is whole and matches its checksum. */
bool record_read(const struct disk_view *disk, uint64_t position, struct record *ret_record);

#endif
