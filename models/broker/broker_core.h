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

/* Outputs that the end of a step may need beyond one per touched queue: close, fsync, arm, trim, continue; in a
 * cluster the timers of elections, shipping and connecting too, and an fsync that is wanted sooner. */
#define STEP_TAIL_OUTPUTS 6
#define STEP_TAIL_CLUSTER_OUTPUTS 6

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
/* NOT_LEADER, and closes it. `tag`: of the publish that is refused; 0: it was none, or asked for no confirm. */
void connection_refuse(struct step *step, uint16_t slot, uint16_t queue, uint64_t tag);
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
void queue_touch(struct step *step, uint16_t index, const struct queue *queue); /* its length changed */
/* Takes one message out of line, into the index alone; false: none is in line. */
bool queue_gather(struct node *node, uint16_t index);

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
/* Owes publish `tag` its confirm once the log is safe up to `position` (0: at once) and the replicas of `queue` have
 * operation `index` (QUEUE_NONE: nobody else need have anything). */
void confirm_owe(struct step *step, uint16_t slot, uint64_t tag, uint64_t position, uint16_t queue, uint64_t index);
/* Owes the leader of a queue word that everything up to operation `index` is safe, once the log is up to `position`. */
void confirm_acknowledge(struct step *step, uint16_t queue, uint64_t index, uint64_t position);
bool confirm_is_due(const struct node *node);
bool run_lives(const struct node *node, const struct run *run); /* somebody waits for it */
void confirm_due(struct step *step); /* backlog */

/* log.c */
/* `index`: the operation's number; 0: it is none. */
void log_append_message(struct step *step, struct entry_ref ref, uint32_t index);
void log_append_settle(struct step *step, struct entry_ref ref, uint32_t index); /* and forgets its record */
void log_append_view(struct step *step, uint16_t queue);
void log_link(struct node *node, struct entry_ref ref);          /* as the newest live record */
void log_unlink(struct node *node, struct entry_ref ref);
void log_compact(struct step *step); /* moves and trims, when it is worth it */

/* fsync.c */
void fsync_want(struct log *log); /* a record at the log's end must become safe */
void fsync_hurry(struct step *step); /* ... and others wait for it: no interval is waited out */
void fsync_timer(struct step *step);
void fsync_done(struct step *step, uint64_t position);
void fsync_start(struct step *step); /* at the end of a step: what the policy asks for */

/* peers.c: connections between nodes */
bool peer_is_slot(const struct node *node, uint16_t slot);
uint16_t peer_of(const struct node *node, uint16_t slot);
bool peer_is_open(const struct node *node, uint16_t peer);
uint16_t peer_open_mask(const struct node *node); /* this node included */
void peers_start(struct step *step);              /* recovery is over */
void peer_opened(struct step *step, uint16_t slot);
void peer_lost(struct step *step, uint16_t slot); /* or never came to be */
void peer_forget(struct node *node, uint16_t slot);
void peers_timer(struct step *step);
void peers_attempt_timer(struct step *step);
void peers_timers(struct step *step); /* what they are armed for, at the end of a step */
bool peers_owe(const struct node *node);
void peers_flush(struct step *step); /* backlog: what is owed to other nodes */

/* recv_peer.c */
void recv_peer(struct step *step, uint16_t slot, const struct frame *frame);

/* role.c: what this node is to a replicated queue */
void role_take(struct step *step, uint16_t queue, enum broker_role role); /* the only place that changes one */
void role_observe(struct step *step, uint16_t queue);
void role_propose(struct step *step, uint16_t queue); /* observed, too: another in-sync set is asked for */
bool role_leads(const struct replica *replica); /* PRIMARY or ELECT */
void role_step_down(struct step *step, uint16_t queue);
void role_serve(struct node *node, uint16_t queue); /* after `paused` changed */
bool role_busy(const struct node *node);
void role_work(struct step *step); /* backlog: gather, line up, evict */

/* cluster.c: what follows from what changed, queue by queue */
void cluster_boot(struct step *step, uint16_t queue); /* the first look at a queue, if it was not had */
void cluster_tend(struct step *step); /* backlog */
void cluster_timers(struct step *step);
void cluster_synced(struct step *step);
void cluster_election_timer(struct step *step);
void tend(struct node *node, uint16_t queue);
void owe(struct node *node, uint16_t queue, uint16_t peer, enum owed what);
void owe_all(struct node *node, uint16_t queue, enum owed what);
uint16_t cluster_hint(const struct node *node, uint16_t queue); /* 1 + who serves it, 0: not known */

/* view.c: promises, views, in-sync sets */
bool view_older(const struct view *a, const struct view *b);
bool data_behind(const struct view *a, const struct view *b);
uint32_t majority(const struct node *node);
uint32_t node_bits(uint32_t mask); /* how many */
void view_initial(struct node *node, uint16_t queue); /* by configuration */
bool view_is_recorded(const struct node *node, uint16_t queue);
void view_change(struct step *step, uint16_t queue); /* promise or view changed: to the log, safe before spoken of */
void view_promise(struct node *node, uint16_t queue, uint64_t epoch, uint16_t voted);
void view_learn(struct step *step, uint16_t queue, const struct view *view); /* from whoever recorded it */
void view_heard(struct step *step, uint16_t queue, uint16_t peer);           /* a lost disk: one node more has spoken */
void view_received(struct step *step, uint16_t queue, uint16_t peer, const struct frame *frame); /* RECORD */
void view_recorded(struct step *step, uint16_t queue, uint16_t peer, const struct frame *frame); /* RECORDED */
void view_settle(struct step *step, uint16_t queue); /* commits or proposes an in-sync set, as is due */
void view_replicated(struct node *node, uint16_t queue);

/* elect.c */
bool elect_entitled(const struct node *node, uint16_t queue);
void elect_stand(struct step *step, uint16_t queue); /* if it wants to and may */
void elect_asked(struct step *step, uint16_t queue, uint16_t peer, uint64_t epoch, const struct view *view);
void elect_answered(struct step *step, uint16_t queue, uint16_t peer, const struct frame *frame);
void elect_count(struct step *step, uint16_t queue); /* a candidate: ask, or win */
void elect_finish(struct step *step, uint16_t queue); /* elected: become primary once recorded and lined up */

/* ship.c: operations of a primary on their way to its replicas */
uint32_t ship_number(const struct node *node, uint16_t queue); /* of the operation that is being made; 0: none */
void ship_made(struct step *step, const struct entry *entry, bool settles);
void ship_keep(struct node *node, uint16_t queue, const struct operation *operation); /* in the ring */
void ship_forget(struct node *node, uint16_t queue); /* the ring's operations lead to nothing */
void ship_joined(struct node *node, uint16_t queue, uint16_t peer, const struct frame *frame);
void ship_acknowledged(struct step *step, uint16_t queue, uint16_t peer, const struct frame *frame);
bool ship_pending(const struct node *node, uint16_t queue, uint16_t peer);
void ship_next(struct step *step, uint16_t queue, uint16_t peer, uint16_t slot);
void ship_timer(struct step *step);
void ship_arm(struct step *step);

/* follow.c, copy.c: the replica's side. False: the frame does not fit what came before. */
void follow_joined(struct step *step, uint16_t queue); /* JOIN is on its way to who leads */
void follow_begin(struct step *step, uint16_t queue); /* somebody leads */
void follow_lost(struct node *node, uint16_t queue); /* nobody leads any more */
bool follow_ship(struct step *step, uint16_t queue, const struct frame *frame);
void follow_stand_at(struct step *step, uint16_t queue, uint64_t epoch, uint64_t index);
bool follow_enter(struct step *step, uint16_t queue, const struct message *message, uint64_t place, uint32_t index);
void follow_leave(struct step *step, uint16_t queue, struct entry_ref ref, uint32_t index, enum observation_kind why);
bool copy_received(struct step *step, uint16_t queue, const struct frame *frame);
void copy_sweep(struct step *step); /* backlog */
bool copy_sweeps(const struct node *node);

/* record.c: the log's records as bytes */
void record_seal(struct record *record);
/* Reads the record at `position`. False: there is none that is whole and matches its checksum. */
bool record_read(const struct disk_view *disk, uint64_t position, struct record *ret_record);

#endif
