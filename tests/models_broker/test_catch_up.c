/* The in-sync set of a replicated queue, and how a replica that missed something comes back into it. */
#include "cluster_host.h"

/* ... whose confirms are of no interest here. */
static struct cluster *cluster_past_confirms(struct broker_config config, uint64_t count)
{
    struct cluster *cluster = cluster_with_messages(config, count);
    cluster->node[0].frame_count = 0;
    return cluster;
}

static void publish_more(struct cluster *cluster, uint16_t self, uint64_t first, uint64_t last)
{
    for (uint64_t i = first; i <= last; i++)
        cluster_publish(cluster, self, 0, i);
    cluster_run(cluster);
}

/* A backup crashes, and misses these. */
static void goes_on_without(struct cluster *cluster, uint16_t self, uint64_t first, uint64_t last)
{
    cluster_crash(cluster, self);
    cluster_run(cluster);
    publish_more(cluster, 0, first, last);
}

static void settle_first(struct cluster *cluster, uint16_t self, uint64_t count)
{
    cluster_open(cluster, self, 1);
    cluster_consume(cluster, self, 1, 0);
    cluster_run(cluster);
    for (uint64_t tag = 1; tag <= count; tag++)
        cluster_say(cluster, self, 1, (struct frame){.kind = FRAME_ACK, .tag = tag});
    cluster_run(cluster);
}

static void expect_equal(const struct cluster *cluster, uint16_t one, uint16_t other)
{
    assert_memory_equal(cluster->node[one].held, cluster->node[other].held, CLUSTER_SEQUENCES);
}

static unsigned copied_to(struct cluster *cluster, uint16_t from, unsigned before)
{
    return cluster->sends[from][FRAME_COPY] - before;
}

/* ---- leaving the set ---- */

static void a_backup_that_is_lost_leaves_the_set_once_a_majority_has_recorded_that(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_past_confirms(cluster_config(5, 3, CONFIRM_AFTER_ALL), 0);
    cluster_crash(cluster, 2);
    cluster->apart[1][0] = cluster->apart[3][0] = cluster->apart[4][0] = true;
    cluster_run(cluster);
    assert_int_equal(cluster_view(cluster, 0).in_sync, 7);
    cluster->apart[3][0] = false; /* with its own record, two of five */
    cluster_run(cluster);
    assert_int_equal(cluster_view(cluster, 0).in_sync, 7);
    cluster->apart[4][0] = false;
    cluster_run(cluster);
    assert_int_equal(cluster_view(cluster, 0).in_sync, 3);
    cluster_free(cluster);
}

static void until_then_confirms_wait_for_the_backup_that_is_lost(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_past_confirms(cluster_config(5, 2, CONFIRM_AFTER_ALL), 0);
    cluster_crash(cluster, 1);
    for (uint16_t peer = 2; peer < 5; peer++)
        cluster->apart[peer][0] = true;
    cluster_publish(cluster, 0, 0, 1);
    cluster_run(cluster);
    cluster_expect_nothing(cluster, 0, 0);
    for (uint16_t peer = 2; peer < 5; peer++)
        cluster->apart[peer][0] = false;
    cluster_run(cluster);
    cluster_expect_confirm(cluster, 0, 0, 1);
    assert_int_equal(cluster_view(cluster, 0).in_sync, 1);
    cluster_free(cluster);
}

static void with_one_a_primary_without_backups_confirms_nothing(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_past_confirms(cluster_config(5, 2, CONFIRM_AFTER_ONE), 0);
    cluster_crash(cluster, 1);
    cluster_publish(cluster, 0, 0, 1);
    cluster_run(cluster);
    assert_int_equal(cluster_view(cluster, 0).in_sync, 1);
    cluster_expect_nothing(cluster, 0, 0);
    cluster_boot(cluster, 1, false);
    cluster_run(cluster);
    cluster_reconnect(cluster);
    assert_int_equal(cluster_view(cluster, 0).in_sync, 3);
    cluster_expect_confirm(cluster, 0, 0, 1);
    cluster_free(cluster);
}

static void who_left_the_set_is_not_elected(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_past_confirms(cluster_config(5, 3, CONFIRM_AFTER_ALL), 1);
    goes_on_without(cluster, 1, 2, 2);
    cluster->apart[0][1] = cluster->apart[1][0] = true;
    cluster_boot(cluster, 1, false);
    cluster_crash(cluster, 0);
    for (unsigned i = 0; i < 3; i++) {
        cluster_run(cluster);
        cluster_reconnect(cluster);
    }
    assert_int_equal(cluster_view(cluster, 2).role, ROLE_PRIMARY);
    assert_int_equal(cluster->node[2].held[2], 1);
    cluster_free(cluster);
}

/* ---- coming back ---- */

static void a_backup_that_missed_a_few_gets_just_those(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_past_confirms(cluster_config(3, 3, CONFIRM_AFTER_ALL), 5);
    goes_on_without(cluster, 2, 6, 8);
    unsigned shipped = cluster->shipped[2][FRAME_SHIP];
    cluster_boot(cluster, 2, false);
    cluster_run(cluster);
    expect_equal(cluster, 2, 0);
    assert_int_equal(cluster->shipped[2][FRAME_SHIP] - shipped, 3);
    assert_int_equal(cluster->shipped[2][FRAME_COPY], 0);
    assert_int_equal(cluster_view(cluster, 0).in_sync, 7);
    cluster_free(cluster);
}

static void a_backup_goes_on_from_the_epoch_before(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_past_confirms(cluster_config(3, 3, CONFIRM_AFTER_ALL), 2);
    goes_on_without(cluster, 2, 3, 4);
    cluster_crash(cluster, 0);
    cluster_run(cluster);
    cluster_boot(cluster, 2, false);
    cluster_run(cluster);
    cluster_reconnect(cluster);
    assert_int_equal(cluster_view(cluster, 1).role, ROLE_PRIMARY);
    expect_equal(cluster, 2, 1);
    assert_int_equal(cluster->node[2].held[4], 1);
    assert_int_equal(cluster->shipped[2][FRAME_COPY], 1); /* only: you stand at the beginning of this epoch */
    assert_int_equal(cluster_view(cluster, 1).in_sync, 6);
    cluster_free(cluster);
}

static void a_backup_that_missed_too_much_is_copied_to(void **state)
{
    (void)state;
    struct broker_config config = cluster_config(3, 3, CONFIRM_AFTER_ALL);
    config.operations_max = 4;
    struct cluster *cluster = cluster_past_confirms(config, 3);
    goes_on_without(cluster, 2, 4, 40);
    settle_first(cluster, 0, 2);
    unsigned before = cluster->sends[0][FRAME_COPY];
    cluster_boot(cluster, 2, false);
    cluster_run(cluster);
    expect_equal(cluster, 2, 0);
    assert_int_equal(copied_to(cluster, 0, before), 38 + 2);
    assert_int_equal(cluster->node[2].held[1], 0);
    assert_int_equal(cluster->node[2].held[3], 1);
    assert_int_equal(cluster_view(cluster, 0).in_sync, 7);
    cluster_free(cluster);
}

static void what_leaves_while_it_is_copied_leaves_the_copy_too(void **state)
{
    (void)state;
    struct broker_config config = cluster_config(3, 3, CONFIRM_AFTER_PRIMARY);
    config.operations_max = 8;
    struct cluster *cluster = cluster_past_confirms(config, 0);
    goes_on_without(cluster, 2, 1, 40);
    cluster_open(cluster, 0, 1);
    cluster_consume(cluster, 0, 1, 0);
    cluster_run(cluster);
    cluster->window = 6;
    cluster_boot(cluster, 2, false);
    cluster_run_until_heard(cluster, 2, FRAME_COPY, 10);
    assert_true(cluster->shipped[2][FRAME_COPY] < 30);
    cluster_say(cluster, 0, 1, (struct frame){.kind = FRAME_ACK, .tag = 3});
    cluster_say(cluster, 0, 1, (struct frame){.kind = FRAME_ACK, .tag = 39});
    publish_more(cluster, 0, 41, 41);
    expect_equal(cluster, 2, 0);
    assert_int_equal(cluster->node[2].held[3], 0);
    assert_int_equal(cluster->node[2].held[41], 1);
    cluster_free(cluster);
}

static void a_copy_that_breaks_off_takes_nothing_away(void **state)
{
    (void)state;
    struct broker_config config = cluster_config(3, 3, CONFIRM_AFTER_PRIMARY);
    config.operations_max = 2;
    struct cluster *cluster = cluster_past_confirms(config, 10);
    goes_on_without(cluster, 2, 11, 20);
    settle_first(cluster, 0, 4);
    cluster_boot(cluster, 2, false);
    cluster_run_until_heard(cluster, 2, FRAME_COPY, 6);
    cluster_crash(cluster, 2);
    cluster_boot(cluster, 2, false);
    while (cluster->node[2].continues)
        cluster_step(cluster, 2, (struct broker_input){.kind = INPUT_CONTINUE});
    for (uint64_t i = 1; i <= 10; i++)
        assert_int_equal(cluster->node[2].held[i], 1);
    cluster_run(cluster);
    assert_int_equal(cluster->node[2].held[4], 0);
    expect_equal(cluster, 2, 0);
    assert_int_equal(cluster_view(cluster, 0).in_sync, 7);
    cluster_free(cluster);
}

static struct frame join_told; /* the last one */

static void note_join(struct cluster *cluster, uint16_t node, uint16_t peer, const struct frame *frame)
{
    (void)cluster;
    if (node == 2 && peer == 0 && frame->kind == FRAME_JOIN)
        join_told = *frame;
}

/* It lives, and sweeps what it had marked. */
static void a_copy_whose_connection_breaks_takes_nothing_away_and_begins_anew(void **state)
{
    (void)state;
    struct broker_config config = cluster_config(3, 3, CONFIRM_AFTER_PRIMARY);
    config.operations_max = 2;
    struct cluster *cluster = cluster_past_confirms(config, 10);
    goes_on_without(cluster, 2, 11, 20);
    cluster_boot(cluster, 2, false);
    cluster_run_until_heard(cluster, 2, FRAME_COPY, 6);
    cluster->watch.told = note_join;
    cluster_give_up(cluster, 2, 0);
    while (cluster_run_node(cluster, 2, true))
        continue;
    for (uint64_t i = 1; i <= 10; i++)
        assert_int_equal(cluster->node[2].held[i], 1);
    cluster_reconnect(cluster);
    assert_int_equal(join_told.flags & FRAME_FIRST, FRAME_FIRST);
    expect_equal(cluster, 2, 0);
    assert_int_equal(cluster_view(cluster, 0).in_sync, 7);
    cluster_free(cluster);
}

/* Nodes 2 and 3 stood at one position, until node 2 was copied to in part. */
static void who_leads_with_half_a_copy_has_a_history_of_its_own(void **state)
{
    (void)state;
    struct broker_config config = cluster_config(5, 4, CONFIRM_AFTER_PRIMARY);
    config.operations_max = 2;
    struct cluster *cluster = cluster_past_confirms(config, 0);
    cluster->apart[2][0] = cluster->apart[3][0] = true;
    publish_more(cluster, 0, 1, 10);
    cluster->apart[1][3] = cluster->apart[3][1] = true;
    cluster_crash(cluster, 0);
    for (uint16_t self = 2; self < 4; self++) { /* what was shipped to them is lost with it */
        while (cluster_end(cluster, self, 0, 0)->count > 1)
            end_pop(cluster_end(cluster, self, 0, 0));
        cluster->apart[self][0] = false;
    }
    cluster_run_until_heard(cluster, 2, FRAME_COPY, 5);
    cluster_give_up(cluster, 2, 1);
    cluster_crash(cluster, 1);
    cluster_run(cluster);
    assert_int_equal(cluster_view(cluster, 2).role, ROLE_PRIMARY);
    assert_in_range(cluster_view(cluster, 2).ready, 1, 9);
    expect_equal(cluster, 3, 2);
    cluster_free(cluster);
}

static void with_one_who_remains_in_the_set_holds_what_was_confirmed(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_past_confirms(cluster_config(5, 3, CONFIRM_AFTER_ONE), 0);
    cluster->apart[0][2] = true;
    cluster_publish(cluster, 0, 0, 1);
    cluster_run(cluster);
    cluster_expect_confirm(cluster, 0, 0, 1);
    cluster_crash(cluster, 1);
    cluster_run(cluster);
    assert_int_equal(cluster_view(cluster, 0).in_sync, 7);
    cluster->apart[0][2] = false;
    cluster_run(cluster);
    assert_int_equal(cluster_view(cluster, 0).in_sync, 5);
    cluster_free(cluster);
}

static void a_backup_counts_again_when_it_holds_everything(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_past_confirms(cluster_config(3, 3, CONFIRM_AFTER_ALL), 2);
    goes_on_without(cluster, 2, 3, 30);
    cluster_boot(cluster, 2, false);
    cluster->node[2].fsyncs = 0;
    cluster_run_but(cluster, false); /* all is there, nothing is safe */
    assert_int_equal(cluster_view(cluster, 0).in_sync, 3);
    cluster_run(cluster);
    assert_int_equal(cluster_view(cluster, 0).in_sync, 7);
    cluster_free(cluster);
}

static void an_old_primary_gives_up_what_the_new_one_never_had(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_past_confirms(cluster_config(3, 3, CONFIRM_AFTER_PRIMARY), 3);
    cluster->apart[1][0] = cluster->apart[2][0] = true;
    publish_more(cluster, 0, 4, 6);
    cluster_crash(cluster, 0);
    cluster->apart[1][0] = cluster->apart[2][0] = false;
    for (unsigned turn = 0; turn < 2; turn++) /* what was under way is lost with the machine */
        for (uint16_t peer = 1; peer < 3; peer++) {
            struct wire_end *end = cluster_end(cluster, peer, 0, turn);
            if (end->count > 0) {
                end->inbox[0] = end->inbox[end->count - 1];
                end->count = 1;
            }
        }
    cluster_run(cluster);
    assert_int_equal(cluster_view(cluster, 1).role, ROLE_PRIMARY);
    cluster_boot(cluster, 0, false);
    assert_int_equal(cluster->node[0].held[5], 1);
    cluster_run(cluster);
    cluster_reconnect(cluster);
    expect_equal(cluster, 0, 1);
    assert_int_equal(cluster->node[0].held[3], 1);
    assert_int_equal(cluster->node[0].held[5], 0);
    assert_int_equal(cluster_view(cluster, 1).in_sync, 7);
    cluster_free(cluster);
}

static void without_catch_up_a_replica_that_left_stays_away(void **state)
{
    (void)state;
    struct broker_config config = cluster_config(3, 3, CONFIRM_AFTER_ALL);
    config.queue[0].catch_up = 0;
    struct cluster *cluster = cluster_past_confirms(config, 2);
    goes_on_without(cluster, 2, 3, 4);
    cluster_boot(cluster, 2, false);
    cluster_run(cluster);
    cluster_reconnect(cluster);
    assert_int_equal(cluster_view(cluster, 0).in_sync, 3);
    assert_int_equal(cluster->node[2].held[4], 0);
    cluster_free(cluster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_backup_that_is_lost_leaves_the_set_once_a_majority_has_recorded_that),
        cmocka_unit_test(until_then_confirms_wait_for_the_backup_that_is_lost),
        cmocka_unit_test(with_one_a_primary_without_backups_confirms_nothing),
        cmocka_unit_test(who_left_the_set_is_not_elected),
        cmocka_unit_test(a_backup_that_missed_a_few_gets_just_those),
        cmocka_unit_test(a_backup_goes_on_from_the_epoch_before),
        cmocka_unit_test(a_backup_that_missed_too_much_is_copied_to),
        cmocka_unit_test(what_leaves_while_it_is_copied_leaves_the_copy_too),
        cmocka_unit_test(a_copy_that_breaks_off_takes_nothing_away),
        cmocka_unit_test(a_copy_whose_connection_breaks_takes_nothing_away_and_begins_anew),
        cmocka_unit_test(who_leads_with_half_a_copy_has_a_history_of_its_own),
        cmocka_unit_test(with_one_who_remains_in_the_set_holds_what_was_confirmed),
        cmocka_unit_test(a_backup_counts_again_when_it_holds_everything),
        cmocka_unit_test(an_old_primary_gives_up_what_the_new_one_never_had),
        cmocka_unit_test(without_catch_up_a_replica_that_left_stays_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
