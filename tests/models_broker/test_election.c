/* Who leads a replicated queue when its primary is missed, and who may not. */
#include "cluster_host.h"

static void cut_off(struct cluster *cluster, uint16_t self, bool apart)
{
    for (uint16_t peer = 0; peer < cluster->config.nodes; peer++)
        if (peer != self)
            cluster->apart[self][peer] = cluster->apart[peer][self] = apart;
}

static void fire_elections(struct cluster *cluster)
{
    for (uint16_t self = 0; self < cluster->config.nodes; self++) {
        if (cluster->node[self].up && cluster_armed(cluster, self, BROKER_TIMER_ELECTION))
            cluster_fire(cluster, self, BROKER_TIMER_ELECTION);
        cluster_run(cluster);
    }
}

/* ---- failover ---- */

static void when_the_primary_crashes_the_lowest_backup_takes_over_at_once(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_messages(cluster_config(3, 3, CONFIRM_AFTER_ALL), 2);
    cluster_crash(cluster, 0);
    cluster_run(cluster);
    cluster_expect_role(cluster, 1, ROLE_PRIMARY, 2);
    cluster_expect_role(cluster, 2, ROLE_BACKUP, 2);
    assert_int_equal(cluster_view(cluster, 1).in_sync, 6);
    assert_int_equal(cluster_view(cluster, 1).ready, 2);
    cluster_free(cluster);
}

static void the_new_primary_delivers_what_it_holds_as_redelivered(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_messages(cluster_config(3, 3, CONFIRM_AFTER_ALL), 2);
    cluster_crash(cluster, 0);
    cluster_run(cluster);
    cluster_open(cluster, 1, 1);
    cluster_consume(cluster, 1, 1, 0);
    cluster_run(cluster);
    for (uint64_t sequence = 1; sequence <= 2; sequence++) {
        struct frame frame = cluster_take(cluster, 1, 1);
        assert_int_equal(frame.kind, FRAME_DELIVER);
        assert_int_equal(frame.message.sequence, sequence);
        assert_int_equal(frame.flags, FRAME_REDELIVERED);
    }
    cluster_free(cluster);
}

static void when_the_primary_falls_silent_a_backup_takes_over(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_messages(cluster_config(3, 3, CONFIRM_AFTER_ALL), 1);
    cut_off(cluster, 0, true);
    cluster_give_up(cluster, 1, 0);
    cluster_give_up(cluster, 2, 0);
    cluster_run(cluster);
    cluster_expect_role(cluster, 1, ROLE_PRIMARY, 2);
    cluster_expect_role(cluster, 0, ROLE_PRIMARY, 1);
    cluster_free(cluster);
}

static void one_suspicion_alone_deposes_nobody(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_messages(cluster_config(3, 3, CONFIRM_AFTER_ALL), 1);
    cluster->apart[0][1] = cluster->apart[1][0] = true;
    cluster_give_up(cluster, 1, 0);
    cluster_run(cluster);
    cluster_expect_role(cluster, 0, ROLE_PRIMARY, 1);
    assert_int_equal(cluster_view(cluster, 1).role, ROLE_CANDIDATE);
    cluster_expect_role(cluster, 2, ROLE_BACKUP, 1);
    cluster_give_up(cluster, 2, 0); /* the request that it kept counts now */
    cluster_run(cluster);
    cluster_expect_role(cluster, 1, ROLE_PRIMARY, 2);
    cluster_free(cluster);
}

static void a_node_that_was_cut_off_deposes_nobody_when_it_returns(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_messages(cluster_config(3, 3, CONFIRM_AFTER_ALL), 1);
    cut_off(cluster, 2, true);
    cluster_give_up(cluster, 2, 0);
    cluster_give_up(cluster, 2, 1);
    cluster_give_up(cluster, 0, 2);
    cluster_give_up(cluster, 1, 2);
    cluster_run(cluster);
    fire_elections(cluster);
    cut_off(cluster, 2, false);
    for (unsigned i = 0; i < 8; i++)
        cluster_reconnect(cluster);
    fire_elections(cluster);
    cluster_expect_role(cluster, 0, ROLE_PRIMARY, 1);
    cluster_expect_role(cluster, 2, ROLE_BACKUP, 1);
    assert_int_equal(cluster_view(cluster, 0).in_sync, 7);
    cluster_free(cluster);
}

static void without_a_majority_nobody_is_elected(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_messages(cluster_config(3, 3, CONFIRM_AFTER_ALL), 1);
    cluster_crash(cluster, 0);
    cluster_crash(cluster, 1);
    cluster_run(cluster);
    fire_elections(cluster);
    cluster_expect_role(cluster, 2, ROLE_SEEKING, 1);
    cluster_free(cluster);
}

static void after_all_nodes_restarted_one_of_them_leads_again(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_messages(cluster_config(3, 3, CONFIRM_AFTER_ALL), 3);
    for (uint16_t self = 0; self < 3; self++)
        cluster_crash_power(cluster, self, 0);
    for (uint16_t self = 0; self < 3; self++)
        cluster_boot(cluster, self, false);
    cluster_run(cluster);
    for (uint16_t self = 0; self < 3; self++)
        cluster_expect_role(cluster, self, ROLE_SEEKING, 1);
    cluster_fire(cluster, 1, BROKER_TIMER_ELECTION);
    cluster_run(cluster);
    cluster_expect_role(cluster, 1, ROLE_PRIMARY, 2);
    assert_int_equal(cluster_view(cluster, 1).in_sync, 7);
    assert_int_equal(cluster_view(cluster, 1).ready, 3);
    cluster_free(cluster);
}

/* ---- an old primary ---- */

static void an_old_primary_is_fenced_and_its_tail_discarded(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_messages(cluster_config(3, 3, CONFIRM_AFTER_ALL), 1);
    cluster_take(cluster, 0, 0);
    cut_off(cluster, 0, true);
    cluster_publish(cluster, 0, 0, 2);
    cluster_give_up(cluster, 1, 0);
    cluster_give_up(cluster, 2, 0);
    cluster_run(cluster);
    assert_int_equal(cluster->node[0].held[2], 1);
    cut_off(cluster, 0, false);
    cluster_run(cluster);
    cluster_reconnect(cluster);
    cluster_expect_role(cluster, 0, ROLE_BACKUP, 2);
    cluster_expect_nothing(cluster, 0, 0);
    assert_int_equal(cluster->node[0].closed[0], 1);
    assert_int_equal(cluster->node[0].held[1], 1);
    assert_int_equal(cluster->node[0].held[2], 0);
    assert_int_equal(cluster_view(cluster, 1).in_sync, 7);
    cluster_free(cluster);
}

static void a_primary_that_sees_no_majority_serves_nobody(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_messages(cluster_config(3, 3, CONFIRM_AFTER_PRIMARY), 1);
    cut_off(cluster, 0, true);
    cluster_give_up(cluster, 0, 1);
    assert_false(cluster_view(cluster, 0).paused);
    cluster_give_up(cluster, 0, 2);
    cluster_run(cluster);
    assert_true(cluster_view(cluster, 0).paused);
    assert_int_equal(cluster->node[0].closed[0], 1);
    cluster_open(cluster, 0, 1);
    cluster_consume(cluster, 0, 1, 0);
    assert_int_equal(cluster_take(cluster, 0, 0).kind, FRAME_CONFIRM);
    assert_int_equal(cluster_take(cluster, 0, 1).kind, FRAME_NOT_LEADER);
    cluster_free(cluster);
}

static void a_paused_primary_goes_on_when_it_sees_a_majority_that_nobody_leads(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_messages(cluster_config(3, 1, CONFIRM_AFTER_PRIMARY), 1);
    cut_off(cluster, 0, true);
    cluster_give_up(cluster, 0, 1);
    cluster_give_up(cluster, 0, 2);
    cluster_run(cluster);
    assert_true(cluster_view(cluster, 0).paused);
    cut_off(cluster, 0, false);
    cluster_run(cluster);
    cluster_reconnect(cluster);
    assert_false(cluster_view(cluster, 0).paused);
    cluster_expect_role(cluster, 0, ROLE_PRIMARY, 1);
    cluster_open(cluster, 0, 0);
    cluster_publish(cluster, 0, 0, 2);
    cluster_run(cluster);
    assert_int_equal(cluster_take(cluster, 0, 0).kind, FRAME_CONFIRM);
    cluster_free(cluster);
}

/* ---- partitions ignored ---- */

static struct cluster *cluster_ignoring(void)
{
    struct broker_config config = cluster_config(3, 3, CONFIRM_AFTER_ALL);
    config.partition_handling = PARTITION_IGNORE;
    return cluster_with_messages(config, 1);
}

static void split(struct cluster *cluster)
{
    cut_off(cluster, 0, true);
    for (uint16_t peer = 1; peer <= 2; peer++) {
        cluster_give_up(cluster, 0, peer);
        cluster_give_up(cluster, peer, 0);
    }
    cluster_run(cluster);
}

static void where_partitions_are_ignored_both_sides_have_a_primary_that_confirms(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_ignoring();
    cluster_take(cluster, 0, 0);
    split(cluster);
    assert_int_equal(cluster_view(cluster, 0).role, ROLE_PRIMARY);
    assert_int_equal(cluster_view(cluster, 1).role, ROLE_PRIMARY);
    assert_int_equal(cluster_view(cluster, 2).role, ROLE_BACKUP);
    cluster_open(cluster, 1, 0);
    cluster_publish(cluster, 0, 0, 2);
    cluster_publish(cluster, 1, 0, 3);
    cluster_run(cluster);
    cluster_expect_confirm(cluster, 0, 0, 2);
    cluster_expect_confirm(cluster, 1, 0, 3);
    cluster_free(cluster);
}

static void at_the_heal_the_higher_epoch_wins_and_the_loser_is_copied_over(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_ignoring();
    split(cluster);
    cluster_open(cluster, 1, 0);
    cluster_publish(cluster, 0, 0, 2);
    cluster_publish(cluster, 1, 0, 3);
    cluster_run(cluster);
    cut_off(cluster, 0, false);
    cluster_run(cluster);
    cluster_reconnect(cluster);
    assert_int_equal(cluster_view(cluster, 0).role, ROLE_BACKUP);
    assert_int_equal(cluster_view(cluster, 1).role, ROLE_PRIMARY);
    assert_int_equal(cluster_view(cluster, 1).in_sync, 7);
    assert_memory_equal(cluster->node[0].held, cluster->node[1].held, CLUSTER_SEQUENCES);
    assert_int_equal(cluster->node[0].held[2], 0);
    assert_int_equal(cluster->node[0].held[3], 1);
    cluster_free(cluster);
}

static void where_partitions_are_ignored_a_restarted_primary_follows(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_ignoring();
    cluster_crash(cluster, 0);
    cluster_run(cluster);
    cluster_boot(cluster, 0, false);
    cluster_fire(cluster, 0, BROKER_TIMER_ELECTION); /* before it is connected */
    cluster_run(cluster);
    cluster_reconnect(cluster);
    assert_int_equal(cluster_view(cluster, 1).role, ROLE_PRIMARY);
    assert_int_equal(cluster_view(cluster, 0).role, ROLE_BACKUP);
    cluster_free(cluster);
}

/* ---- votes: one voter, whom the test speaks to as the others ---- */

static void speak_as(struct cluster *cluster, uint16_t peer)
{
    struct wire_end *end = cluster_end(cluster, 0, peer, 0), *far = cluster_end(cluster, peer, 0, 0);
    end->open = far->open = true;
    far->count = 0;
    cluster_step(cluster, 0, (struct broker_input){.kind = INPUT_OPENED, .connection = cluster_peer_slot(peer, 0)});
}

static void run_voter(struct cluster *cluster, bool fsyncs)
{
    struct cluster_node *node = &cluster->node[0];
    while (node->continues || (fsyncs && node->fsyncs > 0)) {
        if (node->continues)
            cluster_step(cluster, 0, (struct broker_input){.kind = INPUT_CONTINUE});
        else
            cluster_synced(cluster, 0);
    }
}

/* A replica of a queue that node 2 led, up to operation 5 of epoch 1; its in-sync set is 0, 1, 2. */
static struct cluster *voter_new(void)
{
    struct broker_config config = cluster_config(3, 3, CONFIRM_AFTER_ALL);
    config.queue[0].first = 2;
    struct cluster *cluster = cluster_bare(config);
    cluster_boot(cluster, 0, true);
    run_voter(cluster, true);
    speak_as(cluster, 1);
    speak_as(cluster, 2);
    return cluster;
}

static struct frame ask_of(uint64_t epoch, uint64_t view_epoch, uint64_t data_index)
{
    return (struct frame){
        .kind = FRAME_ASK_VOTE,
        .term = epoch,
        .view = {.epoch = view_epoch, .primary = 2, .in_sync = 7, .data_epoch = view_epoch, .data_index = data_index}};
}

static void hear_nothing_yet(struct cluster *cluster, uint16_t peer)
{
    cluster_end(cluster, peer, 0, 0)->count = 0;
}

/* The last thing that the voter said to a peer about a vote; FRAME_NONE: nothing. */
static struct frame vote_to(struct cluster *cluster, uint16_t peer)
{
    struct wire_end *end = cluster_end(cluster, peer, 0, 0);
    struct frame vote = {0};
    for (unsigned i = 0; i < end->count; i++)
        if (end->inbox[i].kind == ITEM_FRAME && end->inbox[i].frame.kind == FRAME_VOTE)
            vote = end->inbox[i].frame;
    end->count = 0;
    return vote;
}

static void ask(struct cluster *cluster, uint16_t peer, struct frame frame)
{
    hear_nothing_yet(cluster, peer);
    cluster_say(cluster, 0, cluster_peer_slot(peer, 0), frame);
    run_voter(cluster, true);
}

static void expect_vote(struct cluster *cluster, uint16_t peer, uint64_t epoch)
{
    struct frame vote = vote_to(cluster, peer);
    assert_int_equal(vote.kind, FRAME_VOTE);
    assert_int_equal(vote.flags, 0);
    assert_int_equal(vote.term, epoch);
}

static void expect_refusal(struct cluster *cluster, uint16_t peer, uint64_t promised)
{
    struct frame vote = vote_to(cluster, peer);
    assert_int_equal(vote.kind, FRAME_VOTE);
    assert_int_equal(vote.flags, FRAME_NEGATIVE);
    assert_int_equal(vote.hint, promised);
}

static void a_node_votes_once_in_an_epoch(void **state)
{
    (void)state;
    struct cluster *cluster = voter_new();
    ask(cluster, 1, ask_of(2, 1, 0));
    expect_vote(cluster, 1, 2);
    ask(cluster, 2, ask_of(2, 1, 0));
    expect_refusal(cluster, 2, 2);
    ask(cluster, 1, ask_of(2, 1, 0));
    expect_vote(cluster, 1, 2);
    ask(cluster, 2, ask_of(3, 1, 0));
    expect_vote(cluster, 2, 3);
    cluster_free(cluster);
}

static void a_node_remembers_its_vote_when_it_restarts(void **state)
{
    (void)state;
    struct cluster *cluster = voter_new();
    ask(cluster, 1, ask_of(2, 1, 0));
    expect_vote(cluster, 1, 2);
    cluster_crash_power(cluster, 0, 0);
    cluster_boot(cluster, 0, false);
    run_voter(cluster, true);
    speak_as(cluster, 1);
    speak_as(cluster, 2);
    ask(cluster, 2, ask_of(2, 1, 0));
    expect_refusal(cluster, 2, 2);
    ask(cluster, 1, ask_of(2, 1, 0));
    expect_vote(cluster, 1, 2);
    cluster_free(cluster);
}

static void a_vote_is_spoken_once_it_is_safe(void **state)
{
    (void)state;
    struct cluster *cluster = voter_new();
    hear_nothing_yet(cluster, 1);
    cluster_say(cluster, 0, cluster_peer_slot(1, 0), ask_of(2, 1, 0));
    run_voter(cluster, false);
    assert_int_equal(cluster_end(cluster, 1, 0, 0)->count, 0);
    run_voter(cluster, true);
    expect_vote(cluster, 1, 2);
    cluster_free(cluster);
}

/* What node 2 says, which leads. */

static void is_to_record(struct cluster *cluster, uint32_t version, uint16_t in_sync)
{
    cluster_say(
        cluster, 0, cluster_peer_slot(2, 0),
        (struct frame){
            .kind = FRAME_RECORD,
            .term = 1,
            .view = {.epoch = 1, .version = version, .primary = 2, .in_sync = in_sync, .data_epoch = 1}});
    run_voter(cluster, true);
}

static void is_shipped(struct cluster *cluster, uint64_t operation)
{
    cluster_say(cluster, 0, cluster_peer_slot(2, 0),
                (struct frame){.kind = FRAME_SHIP,
                               .term = 1,
                               .tag = operation,
                               .hint = operation,
                               .message = host_message(0, operation)});
}

static void a_candidate_with_an_older_view_is_refused(void **state)
{
    (void)state;
    struct cluster *cluster = voter_new();
    is_to_record(cluster, 1, 5);
    cluster_step(cluster, 0, (struct broker_input){.kind = INPUT_LOST, .connection = cluster_peer_slot(2, 0)});
    ask(cluster, 1, ask_of(9, 1, 9)); /* beyond the epoch that it stands for itself */
    struct frame vote = vote_to(cluster, 1);
    assert_int_equal(vote.flags, FRAME_NEGATIVE);
    assert_int_equal(vote.view.version, 1);
    assert_int_equal(vote.view.in_sync, 5);
    cluster_free(cluster);
}

static void a_candidate_outside_its_own_in_sync_set_is_refused(void **state)
{
    (void)state;
    struct cluster *cluster = voter_new();
    struct frame frame = ask_of(2, 1, 9);
    frame.view.version = 1;
    frame.view.in_sync = 5;
    ask(cluster, 1, frame);
    assert_int_equal(vote_to(cluster, 1).flags, FRAME_NEGATIVE);
    cluster_free(cluster);
}

static void a_member_refuses_who_holds_less_and_stands_itself(void **state)
{
    (void)state;
    struct cluster *cluster = voter_new();
    is_to_record(cluster, 0, 7);
    for (uint64_t i = 1; i <= 3; i++)
        is_shipped(cluster, i);
    run_voter(cluster, true);
    cluster->apart[1][0] = true;
    cluster_step(cluster, 0, (struct broker_input){.kind = INPUT_LOST, .connection = cluster_peer_slot(2, 0)});
    cluster_say(cluster, 0, cluster_peer_slot(1, 0),
                (struct frame){.kind = FRAME_JOIN, .term = 1, .view = ask_of(2, 1, 2).view});
    run_voter(cluster, true);
    ask(cluster, 1, ask_of(4, 1, 2));
    struct wire_end *end = cluster_end(cluster, 1, 0, 0);
    struct frame asks = {0};
    for (unsigned i = 0; i < end->count; i++)
        if (end->inbox[i].frame.kind == FRAME_ASK_VOTE)
            asks = end->inbox[i].frame;
    assert_int_equal(asks.term, 5);
    assert_int_equal(asks.view.data_index, 3);
    expect_refusal(cluster, 1, 5);
    cluster_free(cluster);
}

/* What a leader says that makes no sense costs it the connection. */
static void a_replica_takes_operations_in_their_order_alone(void **state)
{
    (void)state;
    struct cluster *cluster = voter_new();
    is_to_record(cluster, 0, 7);
    for (uint64_t i = 1; i <= 3; i += 2) {
        assert_true(cluster_end(cluster, 0, 2, 0)->open);
        is_shipped(cluster, i);
    }
    assert_false(cluster_end(cluster, 0, 2, 0)->open);
    assert_int_equal(cluster->node[0].held[1], 1);
    assert_int_equal(cluster->node[0].held[3], 0);
    cluster_free(cluster);
}

static void a_promise_fences_the_primary_of_a_lower_epoch(void **state)
{
    (void)state;
    struct cluster *cluster = voter_new();
    ask(cluster, 1, ask_of(2, 1, 0));
    hear_nothing_yet(cluster, 2);
    is_to_record(cluster, 1, 4);
    struct wire_end *end = cluster_end(cluster, 2, 0, 0);
    assert_int_equal(end->count, 1);
    assert_int_equal(end->inbox[0].frame.kind, FRAME_FENCED);
    assert_int_equal(end->inbox[0].frame.hint, 2);
    cluster_free(cluster);
}

/* ---- a lost disk ---- */

static void reconnect_and_elect(struct cluster *cluster)
{
    for (unsigned i = 0; i < 4; i++) {
        cluster_reconnect(cluster);
        fire_elections(cluster);
    }
}

static void a_lost_disk_neither_votes_nor_stands(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_messages(cluster_config(3, 3, CONFIRM_AFTER_ALL), 2);
    cluster_wipe(cluster, 1);
    cluster_crash(cluster, 0);
    cluster_boot(cluster, 1, false);
    reconnect_and_elect(cluster);
    assert_int_equal(cluster_view(cluster, 1).role, ROLE_SEEKING);
    assert_int_not_equal(cluster_view(cluster, 2).role, ROLE_PRIMARY);
    cluster_boot(cluster, 0, false); /* the third is back: who may lead has been heard of by all */
    reconnect_and_elect(cluster);
    assert_int_equal(cluster_view(cluster, 1).role, ROLE_BACKUP);
    assert_int_equal(cluster_view(cluster, 1).ready, 2);
    cluster_free(cluster);
}

static void a_lost_disk_records_nothing_before_it_has_heard_from_all(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_messages(cluster_config(3, 3, CONFIRM_AFTER_ALL), 2);
    cluster_wipe(cluster, 2);
    cluster_run(cluster);
    cluster->apart[2][1] = true;
    cluster_boot(cluster, 2, false);
    unsigned said = cluster->sends[2][FRAME_RECORDED], heard = cluster->heard[2][FRAME_RECORD];
    cluster_run(cluster);
    assert_true(cluster->heard[2][FRAME_RECORD] > heard);
    assert_int_equal(cluster->sends[2][FRAME_RECORDED], said);
    cluster->apart[2][1] = false;
    cluster_run(cluster);
    assert_true(cluster->sends[2][FRAME_RECORDED] > said);
    cluster_free(cluster);
}

/* The primary and node 2 have a message, so it was confirmed; node 1 has a majority of nodes that hold nothing. */
static void with_one_who_does_not_hear_of_all_members_but_one_is_not_elected(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_messages(cluster_config(5, 3, CONFIRM_AFTER_ONE), 0);
    cluster->apart[1][0] = true;
    cluster_publish(cluster, 0, 0, 1);
    cluster_run(cluster);
    cluster_expect_confirm(cluster, 0, 0, 1);
    cluster->apart[1][2] = cluster->apart[2][1] = true;
    cluster_crash(cluster, 0);
    cluster->apart[1][0] = false;
    cluster_run(cluster);
    fire_elections(cluster);
    assert_int_not_equal(cluster_view(cluster, 1).role, ROLE_PRIMARY);
    cluster->apart[1][2] = cluster->apart[2][1] = false;
    for (unsigned i = 0; i < 4; i++) {
        cluster_run(cluster);
        fire_elections(cluster);
    }
    assert_int_equal(cluster_view(cluster, 2).role, ROLE_PRIMARY);
    assert_int_equal(cluster_view(cluster, 2).ready, 1);
    cluster_free(cluster);
}

static void a_lost_disk_is_copied_to_and_taken_in_again(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_messages(cluster_config(3, 3, CONFIRM_AFTER_ALL), 2);
    cluster_wipe(cluster, 2);
    cluster_run(cluster);
    assert_int_equal(cluster_view(cluster, 0).in_sync, 3);
    cluster_boot(cluster, 2, false);
    cluster_run(cluster);
    assert_int_equal(cluster_view(cluster, 0).in_sync, 7);
    assert_int_equal(cluster_view(cluster, 2).ready, 2);
    cluster_free(cluster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(when_the_primary_crashes_the_lowest_backup_takes_over_at_once),
        cmocka_unit_test(the_new_primary_delivers_what_it_holds_as_redelivered),
        cmocka_unit_test(when_the_primary_falls_silent_a_backup_takes_over),
        cmocka_unit_test(one_suspicion_alone_deposes_nobody),
        cmocka_unit_test(a_node_that_was_cut_off_deposes_nobody_when_it_returns),
        cmocka_unit_test(without_a_majority_nobody_is_elected),
        cmocka_unit_test(after_all_nodes_restarted_one_of_them_leads_again),
        cmocka_unit_test(an_old_primary_is_fenced_and_its_tail_discarded),
        cmocka_unit_test(a_primary_that_sees_no_majority_serves_nobody),
        cmocka_unit_test(a_paused_primary_goes_on_when_it_sees_a_majority_that_nobody_leads),
        cmocka_unit_test(where_partitions_are_ignored_both_sides_have_a_primary_that_confirms),
        cmocka_unit_test(at_the_heal_the_higher_epoch_wins_and_the_loser_is_copied_over),
        cmocka_unit_test(where_partitions_are_ignored_a_restarted_primary_follows),
        cmocka_unit_test(a_node_votes_once_in_an_epoch),
        cmocka_unit_test(a_node_remembers_its_vote_when_it_restarts),
        cmocka_unit_test(a_vote_is_spoken_once_it_is_safe),
        cmocka_unit_test(a_candidate_with_an_older_view_is_refused),
        cmocka_unit_test(a_candidate_outside_its_own_in_sync_set_is_refused),
        cmocka_unit_test(a_member_refuses_who_holds_less_and_stands_itself),
        cmocka_unit_test(a_replica_takes_operations_in_their_order_alone),
        cmocka_unit_test(a_promise_fences_the_primary_of_a_lower_epoch),
        cmocka_unit_test(a_lost_disk_neither_votes_nor_stands),
        cmocka_unit_test(a_lost_disk_records_nothing_before_it_has_heard_from_all),
        cmocka_unit_test(with_one_who_does_not_hear_of_all_members_but_one_is_not_elected),
        cmocka_unit_test(a_lost_disk_is_copied_to_and_taken_in_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
