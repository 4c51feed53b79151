/* What confirm-after one promises: two nodes of the in-sync set hold what was confirmed, or all of it that is left. */
#include "cluster_host.h"

static void fire_elections(struct cluster *cluster)
{
    for (uint16_t self = 0; self < cluster->config.nodes; self++) {
        if (cluster->node[self].up && cluster_armed(cluster, self, BROKER_TIMER_ELECTION))
            cluster_fire(cluster, self, BROKER_TIMER_ELECTION);
        cluster_run(cluster);
    }
}

static void meet_and_elect(struct cluster *cluster)
{
    for (unsigned i = 0; i < 4; i++) {
        cluster_run(cluster);
        cluster_reconnect(cluster);
        fire_elections(cluster);
    }
}

/* `self` dies, and with it all that was under way from it to `peer`. */
static void dies_without_a_word_to(struct cluster *cluster, uint16_t self, uint16_t peer)
{
    cluster_break(cluster, self, peer);
    cluster_crash(cluster, self);
    cluster->apart[peer][self] = false;
}

/* Message 1 is confirmed in epoch 1, by nodes 0 and 1. Node 1 leads in epoch 2, and node 2, which voted for it and
 * recorded its view, has got nothing of what it missed. */
static struct cluster *behind_since_the_last_epoch(void)
{
    struct cluster *cluster = cluster_with_messages(cluster_config(3, 3, CONFIRM_AFTER_ONE), 0);
    cluster->apart[2][0] = true;
    cluster_publish(cluster, 0, 0, 1);
    cluster_run(cluster);
    cluster_expect_confirm(cluster, 0, 0, 1);
    dies_without_a_word_to(cluster, 0, 2);
    cluster_run_until_heard(cluster, 2, FRAME_RECORD, 1);
    cluster->apart[2][1] = true;
    cluster_run(cluster);
    cluster_expect_role(cluster, 1, ROLE_PRIMARY, 2);
    assert_int_equal(cluster->node[2].held[1], 0);
    return cluster;
}

static void who_is_behind_when_an_epoch_begins_must_catch_up_before_it_may_lead(void **state)
{
    (void)state;
    struct cluster *cluster = behind_since_the_last_epoch();
    dies_without_a_word_to(cluster, 1, 2);
    cluster_boot(cluster, 0, false);
    meet_and_elect(cluster);
    for (uint16_t self = 0; self < 3; self += 2)
        assert_true(cluster_view(cluster, self).role != ROLE_PRIMARY || cluster->node[self].held[1] == 1);
    cluster_boot(cluster, 1, false);
    meet_and_elect(cluster);
    cluster_expect_role(cluster, 1, ROLE_PRIMARY, 3);
    assert_int_equal(cluster_view(cluster, 1).in_sync, 7);
    assert_int_equal(cluster->node[2].held[1], 1);
    cluster_free(cluster);
}

static void keep_apart(struct cluster *cluster, uint16_t one, uint16_t other, bool apart)
{
    cluster->apart[one][other] = cluster->apart[other][one] = apart;
}

/* Node 1 asks for votes in epoch 2, and has that of node 2, who does not hear whether it was enough. Node 0 leads in
 * epoch 1 and wants to go on with node 2 alone. */
static struct cluster *voted_for_a_second_primary(void)
{
    struct cluster *cluster = cluster_with_messages(cluster_config(3, 3, CONFIRM_AFTER_ONE), 0);
    keep_apart(cluster, 0, 1, true);
    cluster_give_up(cluster, 1, 0);
    cluster_run(cluster);
    cluster->apart[2][0] = cluster->apart[2][1] = true;
    cluster_give_up(cluster, 0, 1);
    cluster_give_up(cluster, 2, 0);
    cluster_run(cluster);
    cluster_expect_role(cluster, 1, ROLE_ELECT, 2);
    cluster_expect_role(cluster, 0, ROLE_PRIMARY, 1);
    return cluster;
}

static void who_lost_its_disk_acknowledges_nothing_before_it_has_heard_from_all(void **state)
{
    (void)state;
    struct cluster *cluster = voted_for_a_second_primary();
    cluster_wipe(cluster, 2);
    cluster_boot(cluster, 2, false);
    cluster->apart[2][0] = false;
    cluster_reconnect(cluster);
    cluster_publish(cluster, 0, 0, 1);
    cluster_run(cluster);
    assert_int_equal(cluster->node[2].held[1], 1);
    cluster_expect_nothing(cluster, 0, 0); /* it has forgotten that it promised not to */
    cluster->apart[2][1] = false;
    cluster_reconnect(cluster);
    cluster_expect_role(cluster, 1, ROLE_PRIMARY, 2);
    assert_int_equal(cluster->node[1].held[1], 0);
    cluster_free(cluster);
}

/* Message 1 is confirmed by nodes 0 and 1; node 2 has never got it. */
static struct cluster *held_by_two(void)
{
    struct cluster *cluster = cluster_with_messages(cluster_config(3, 3, CONFIRM_AFTER_ONE), 0);
    cluster->apart[2][0] = true;
    cluster_publish(cluster, 0, 0, 1);
    cluster_run(cluster);
    cluster_expect_confirm(cluster, 0, 0, 1);
    dies_without_a_word_to(cluster, 0, 2);
    cluster_wipe(cluster, 1);
    cluster_run(cluster);
    cluster_boot(cluster, 1, false);
    return cluster;
}

static void a_lost_disk_does_not_speak_for_what_was_on_it(void **state)
{
    (void)state;
    struct cluster *cluster = held_by_two();
    keep_apart(cluster, 0, 2, true);
    cluster_boot(cluster, 0, false);
    cluster_reconnect(cluster);
    cluster_crash(cluster, 0);
    meet_and_elect(cluster); /* node 1 has heard what epochs there were, and votes again */
    assert_int_equal(cluster_view(cluster, 2).role, ROLE_CANDIDATE);
    keep_apart(cluster, 0, 2, false);
    cluster_boot(cluster, 0, false);
    meet_and_elect(cluster);
    assert_int_equal(cluster_view(cluster, 0).role, ROLE_PRIMARY);
    cluster_free(cluster);
}

static void when_all_members_are_there_nobody_is_waited_for(void **state)
{
    (void)state;
    struct cluster *cluster = held_by_two();
    cluster_wipe(cluster, 0);
    cluster_boot(cluster, 0, false);
    meet_and_elect(cluster);
    assert_int_equal(cluster_view(cluster, 2).role, ROLE_PRIMARY); /* what was confirmed is gone for good */
    assert_int_equal(cluster_view(cluster, 2).in_sync, 7);
    cluster_free(cluster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_behind_when_an_epoch_begins_must_catch_up_before_it_may_lead),
        cmocka_unit_test(who_lost_its_disk_acknowledges_nothing_before_it_has_heard_from_all),
        cmocka_unit_test(a_lost_disk_does_not_speak_for_what_was_on_it),
        cmocka_unit_test(when_all_members_are_there_nobody_is_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
