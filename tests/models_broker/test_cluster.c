/* A replicated queue in quiet times: who leads it, when a publish is confirmed, when operations leave, and what a node
 * says that does not lead. */
#include "cluster_host.h"

#define MS INT64_C(1000000)

static struct cluster *cluster_with_publisher(struct broker_config config)
{
    struct cluster *cluster = cluster_new(config);
    cluster_open(cluster, 0, 0);
    return cluster;
}

static void expect_held(const struct cluster *cluster, uint64_t on_0, uint64_t on_1, uint64_t on_2)
{
    assert_int_equal(cluster_view(cluster, 0).ready, on_0);
    assert_int_equal(cluster_view(cluster, 1).ready, on_1);
    assert_int_equal(cluster_view(cluster, 2).ready, on_2);
}

static void at_first_boot_the_configured_node_leads_and_the_others_follow(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_new(cluster_config(3, 3, CONFIRM_AFTER_ALL));
    cluster_expect_role(cluster, 0, ROLE_PRIMARY, 1);
    cluster_expect_role(cluster, 1, ROLE_BACKUP, 1);
    cluster_expect_role(cluster, 2, ROLE_BACKUP, 1);
    assert_int_equal(cluster_view(cluster, 0).in_sync, 7);
    cluster_free(cluster);
}

static void a_node_without_a_replica_has_no_role(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_new(cluster_config(5, 3, CONFIRM_AFTER_ALL));
    cluster_expect_role(cluster, 4, ROLE_NONE, 1);
    cluster_free(cluster);
}

/* ---- confirms ---- */

static void with_all_a_confirm_waits_for_every_backup(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_publisher(cluster_config(3, 3, CONFIRM_AFTER_ALL));
    cluster->apart[2][0] = true;
    cluster_publish(cluster, 0, 0, 1);
    cluster_run(cluster);
    expect_held(cluster, 1, 1, 0);
    cluster_expect_nothing(cluster, 0, 0);
    cluster->apart[2][0] = false;
    cluster_run(cluster);
    expect_held(cluster, 1, 1, 1);
    cluster_expect_confirm(cluster, 0, 0, 1);
    cluster_free(cluster);
}

static void with_one_a_confirm_waits_for_one_backup(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_publisher(cluster_config(3, 3, CONFIRM_AFTER_ONE));
    cluster->apart[1][0] = cluster->apart[2][0] = true;
    cluster_publish(cluster, 0, 0, 1);
    cluster_run(cluster);
    cluster_expect_nothing(cluster, 0, 0);
    cluster->apart[2][0] = false;
    cluster_run(cluster);
    cluster_expect_confirm(cluster, 0, 0, 1);
    cluster_free(cluster);
}

static void with_primary_a_confirm_waits_for_its_own_fsync_alone(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_publisher(cluster_config(3, 3, CONFIRM_AFTER_PRIMARY));
    cluster->apart[1][0] = cluster->apart[2][0] = true;
    cluster_publish(cluster, 0, 0, 1);
    cluster_run_but(cluster, false);
    cluster_expect_nothing(cluster, 0, 0);
    cluster_synced(cluster, 0);
    cluster_expect_confirm(cluster, 0, 0, 1);
    cluster_free(cluster);
}

static void with_all_a_confirm_waits_for_the_primarys_own_fsync_too(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_publisher(cluster_config(3, 3, CONFIRM_AFTER_ALL));
    cluster_publish(cluster, 0, 0, 1);
    cluster_run_but(cluster, false);
    cluster_synced(cluster, 1);
    cluster_synced(cluster, 2);
    cluster_run_but(cluster, false);
    cluster_expect_nothing(cluster, 0, 0);
    cluster_synced(cluster, 0);
    cluster_expect_confirm(cluster, 0, 0, 1);
    cluster_free(cluster);
}

static void a_backup_acknowledges_after_its_own_fsync(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_publisher(cluster_config(3, 2, CONFIRM_AFTER_ALL));
    unsigned before = cluster->sends[1][FRAME_SHIPPED];
    cluster_publish(cluster, 0, 0, 1);
    cluster_run_but(cluster, false);
    cluster_synced(cluster, 0);
    assert_int_equal(cluster_view(cluster, 1).ready, 1);
    assert_int_equal(cluster->sends[1][FRAME_SHIPPED], before);
    cluster_expect_nothing(cluster, 0, 0);
    cluster_synced(cluster, 1);
    assert_int_equal(cluster->sends[1][FRAME_SHIPPED], before + 1);
    cluster_run_but(cluster, false);
    cluster_expect_confirm(cluster, 0, 0, 1);
    cluster_free(cluster);
}

static void one_acknowledgement_covers_what_one_fsync_covered(void **state)
{
    (void)state;
    struct broker_config config = cluster_config(3, 2, CONFIRM_AFTER_ALL);
    config.queue[0].fsync = FSYNC_GROUP;
    struct cluster *cluster = cluster_with_publisher(config);
    unsigned before = cluster->sends[1][FRAME_SHIPPED];
    for (uint64_t i = 1; i <= 5; i++)
        cluster_publish(cluster, 0, 0, i);
    cluster_run(cluster);
    cluster_fire(cluster, 0, BROKER_TIMER_FSYNC);
    cluster_fire(cluster, 1, BROKER_TIMER_FSYNC);
    cluster_run(cluster);
    assert_int_equal(cluster->sends[1][FRAME_SHIPPED], before + 1);
    struct frame frame = cluster_take(cluster, 0, 0);
    assert_int_equal(frame.kind, FRAME_CONFIRM);
    assert_int_equal(frame.tag, 5);
    assert_int_equal(frame.flags, FRAME_MULTIPLE);
    cluster_free(cluster);
}

static void a_message_that_is_not_persistent_waits_for_backups_and_for_no_fsync(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_publisher(cluster_config(3, 2, CONFIRM_AFTER_ALL));
    struct message message = host_message(0, 1);
    message.flags = 0;
    cluster_say(cluster, 0, 0, (struct frame){.kind = FRAME_PUBLISH, .tag = 1, .message = message});
    cluster_expect_nothing(cluster, 0, 0);
    cluster_run_but(cluster, false);
    cluster_expect_confirm(cluster, 0, 0, 1);
    cluster_free(cluster);
}

static struct broker_config config_with_a_queue_beside(void)
{
    struct broker_config config = cluster_config(3, 3, CONFIRM_AFTER_ALL);
    config.queues = 2;
    config.queue[1] = (struct queue_config){.durable = 1, .fsync = FSYNC_EACH};
    return config;
}

static void a_queue_that_waits_holds_up_no_other_queue(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_publisher(config_with_a_queue_beside());
    cluster_open(cluster, 0, 1);
    cluster->apart[1][0] = true;
    cluster_publish(cluster, 0, 0, 1);
    cluster_say(cluster, 0, 1, (struct frame){.kind = FRAME_PUBLISH, .tag = 1, .message = host_message(1, 2)});
    cluster_run(cluster);
    cluster_expect_nothing(cluster, 0, 0);
    cluster_expect_confirm(cluster, 0, 1, 1);
    cluster_free(cluster);
}

static void a_publisher_of_two_queues_is_answered_in_the_order_of_its_publishes(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_publisher(config_with_a_queue_beside());
    cluster->apart[1][0] = true;
    cluster_publish(cluster, 0, 0, 1);
    cluster_say(cluster, 0, 0, (struct frame){.kind = FRAME_PUBLISH, .tag = 2, .message = host_message(1, 2)});
    cluster_run(cluster);
    cluster_expect_nothing(cluster, 0, 0);
    cluster->apart[1][0] = false;
    cluster_run(cluster);
    cluster_expect_confirm(cluster, 0, 0, 1);
    cluster_expect_confirm(cluster, 0, 0, 2);
    cluster_free(cluster);
}

/* ---- shipping ---- */

static void what_a_consumer_acknowledged_leaves_the_backups_too(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_publisher(cluster_config(3, 3, CONFIRM_AFTER_ALL));
    cluster_publish(cluster, 0, 0, 1);
    cluster_publish(cluster, 0, 0, 2);
    cluster_open(cluster, 0, 1);
    cluster_consume(cluster, 0, 1, 0);
    cluster_run(cluster);
    expect_held(cluster, 0, 2, 2);
    cluster_say(cluster, 0, 1, (struct frame){.kind = FRAME_ACK, .tag = 1});
    cluster_run(cluster);
    expect_held(cluster, 0, 1, 1);
    assert_int_equal(cluster->node[2].held[1], 0);
    assert_int_equal(cluster->node[2].held[2], 1);
    cluster_free(cluster);
}

static void operations_leave_at_multiples_of_an_interval_on_the_primarys_clock(void **state)
{
    (void)state;
    struct broker_config config = cluster_config(3, 3, CONFIRM_AFTER_PRIMARY);
    config.queue[0].ship_every_ns = 100 * MS;
    struct cluster *cluster = cluster_with_publisher(config);
    cluster->now_ns = 1030 * MS;
    cluster_publish(cluster, 0, 0, 1);
    assert_int_equal(cluster->node[0].armed_ns[BROKER_TIMER_SHIP], 70 * MS);
    cluster->now_ns = 1060 * MS;
    cluster_publish(cluster, 0, 0, 2);
    cluster_run(cluster);
    expect_held(cluster, 2, 0, 0);
    cluster->now_ns = 1100 * MS;
    cluster_fire(cluster, 0, BROKER_TIMER_SHIP);
    cluster_run(cluster);
    expect_held(cluster, 2, 2, 2);
    assert_false(cluster_armed(cluster, 0, BROKER_TIMER_SHIP));
    cluster_free(cluster);
}

/* ... and two messages, of which the first came 20 ms before the second. */
static struct cluster *cluster_that_ships_after_50_ms(void)
{
    struct broker_config config = cluster_config(3, 3, CONFIRM_AFTER_PRIMARY);
    config.queue[0].ship_delay_ns = 50 * MS;
    struct cluster *cluster = cluster_with_publisher(config);
    cluster->now_ns = 1000 * MS;
    cluster_publish(cluster, 0, 0, 1);
    assert_int_equal(cluster->node[0].armed_ns[BROKER_TIMER_SHIP], 50 * MS);
    cluster->now_ns = 1020 * MS;
    cluster_publish(cluster, 0, 0, 2);
    return cluster;
}

static void with_a_delay_each_operation_leaves_so_much_after_it_was_made(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_that_ships_after_50_ms();
    cluster->now_ns = 1050 * MS;
    cluster_fire(cluster, 0, BROKER_TIMER_SHIP);
    cluster_run(cluster);
    expect_held(cluster, 2, 1, 1);
    assert_int_equal(cluster->node[0].armed_ns[BROKER_TIMER_SHIP], 20 * MS);
    cluster_fire(cluster, 0, BROKER_TIMER_SHIP);
    cluster_run(cluster);
    expect_held(cluster, 2, 2, 2);
    cluster_free(cluster);
}

static void what_a_paused_primary_ships_late_makes_nothing_after_it_late(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_that_ships_after_50_ms();
    cluster->now_ns = 1100 * MS; /* it goes on, and what had arrived is older than its timer */
    cluster_publish(cluster, 0, 0, 3);
    cluster_fire(cluster, 0, BROKER_TIMER_SHIP);
    assert_int_equal(cluster->node[0].armed_ns[BROKER_TIMER_SHIP], -30 * MS);
    cluster_fire(cluster, 0, BROKER_TIMER_SHIP);
    assert_int_equal(cluster->node[0].armed_ns[BROKER_TIMER_SHIP], 50 * MS);
    cluster_run(cluster);
    expect_held(cluster, 3, 2, 2);
    cluster_free(cluster);
}

static void a_full_connection_between_nodes_gets_nothing_until_it_drains(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_with_publisher(cluster_config(3, 3, CONFIRM_AFTER_PRIMARY));
    cluster->window = 4;
    cluster->apart[1][0] = true;
    for (uint64_t i = 1; i <= 20; i++)
        cluster_publish(cluster, 0, 0, i);
    cluster_run(cluster);
    assert_int_equal(cluster_end(cluster, 1, 0, 0)->count, 5);
    expect_held(cluster, 20, 0, 20);
    cluster->apart[1][0] = false;
    cluster_run(cluster);
    expect_held(cluster, 20, 20, 20);
    cluster_free(cluster);
}

/* ---- who is not served ---- */

static void expect_turned_away(struct cluster *cluster, uint16_t self, uint64_t hint)
{
    unsigned closed = cluster->node[self].closed[3];
    cluster_open(cluster, self, 3);
    cluster_publish(cluster, self, 3, 1);
    struct frame frame = cluster_take(cluster, self, 3);
    assert_int_equal(frame.kind, FRAME_NOT_LEADER);
    assert_int_equal(frame.tag, 1);
    assert_int_equal(frame.hint, hint);
    assert_int_equal(cluster->node[self].closed[3], closed + 1);
    cluster_open(cluster, self, 3);
    cluster_consume(cluster, self, 3, 1);
    assert_int_equal(cluster_take(cluster, self, 3).kind, FRAME_NOT_LEADER);
    assert_int_equal(cluster->node[self].closed[3], closed + 2);
}

static void who_does_not_lead_turns_clients_away_and_says_who_does(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_new(cluster_config(5, 3, CONFIRM_AFTER_ALL));
    expect_turned_away(cluster, 1, 1);
    expect_turned_away(cluster, 4, 1);
    cluster_crash(cluster, 0);
    cluster_run(cluster);
    expect_turned_away(cluster, 2, 2);
    expect_turned_away(cluster, 4, 2);
    cluster_free(cluster);
}

static void who_knows_of_no_leader_gives_no_hint(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_new(cluster_config(3, 3, CONFIRM_AFTER_ALL));
    cluster_crash(cluster, 0);
    cluster_crash(cluster, 1);
    cluster_run(cluster);
    expect_turned_away(cluster, 2, 0);
    cluster_free(cluster);
}

static void a_queue_that_is_not_replicated_is_served_by_its_first_node_alone(void **state)
{
    (void)state;
    struct broker_config config = cluster_config(3, 3, CONFIRM_AFTER_ALL);
    config.queue[0].replication = REPLICATION_NONE;
    config.queue[0].first = 1;
    struct cluster *cluster = cluster_new(config);
    expect_turned_away(cluster, 0, 2);
    cluster_open(cluster, 1, 0);
    cluster_publish(cluster, 1, 0, 1);
    cluster_run(cluster);
    cluster_expect_confirm(cluster, 1, 0, 1);
    assert_int_equal(cluster_view(cluster, 1).role, ROLE_ALONE);
    assert_int_equal(cluster_view(cluster, 2).role, ROLE_NONE);
    cluster_free(cluster);
}

static void an_active_queue_is_served_by_each_of_its_replicas(void **state)
{
    (void)state;
    struct broker_config config = cluster_config(3, 2, CONFIRM_AFTER_ALL);
    config.queue[0].replication = REPLICATION_ACTIVE;
    struct cluster *cluster = cluster_new(config);
    for (uint16_t self = 0; self < 2; self++) {
        cluster_open(cluster, self, 0);
        cluster_publish(cluster, self, 0, 1);
        cluster_run(cluster);
        cluster_expect_confirm(cluster, self, 0, 1);
        assert_int_equal(cluster_view(cluster, self).role, ROLE_ALONE);
    }
    expect_turned_away(cluster, 2, 1);
    assert_int_equal(cluster->sends[0][FRAME_SHIP], 0);
    cluster_free(cluster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_first_boot_the_configured_node_leads_and_the_others_follow),
        cmocka_unit_test(a_node_without_a_replica_has_no_role),
        cmocka_unit_test(with_all_a_confirm_waits_for_every_backup),
        cmocka_unit_test(with_one_a_confirm_waits_for_one_backup),
        cmocka_unit_test(with_primary_a_confirm_waits_for_its_own_fsync_alone),
        cmocka_unit_test(with_all_a_confirm_waits_for_the_primarys_own_fsync_too),
        cmocka_unit_test(a_backup_acknowledges_after_its_own_fsync),
        cmocka_unit_test(one_acknowledgement_covers_what_one_fsync_covered),
        cmocka_unit_test(a_message_that_is_not_persistent_waits_for_backups_and_for_no_fsync),
        cmocka_unit_test(a_queue_that_waits_holds_up_no_other_queue),
        cmocka_unit_test(a_publisher_of_two_queues_is_answered_in_the_order_of_its_publishes),
        cmocka_unit_test(what_a_consumer_acknowledged_leaves_the_backups_too),
        cmocka_unit_test(operations_leave_at_multiples_of_an_interval_on_the_primarys_clock),
        cmocka_unit_test(with_a_delay_each_operation_leaves_so_much_after_it_was_made),
        cmocka_unit_test(what_a_paused_primary_ships_late_makes_nothing_after_it_late),
        cmocka_unit_test(a_full_connection_between_nodes_gets_nothing_until_it_drains),
        cmocka_unit_test(who_does_not_lead_turns_clients_away_and_says_who_does),
        cmocka_unit_test(who_knows_of_no_leader_gives_no_hint),
        cmocka_unit_test(a_queue_that_is_not_replicated_is_served_by_its_first_node_alone),
        cmocka_unit_test(an_active_queue_is_served_by_each_of_its_replicas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
