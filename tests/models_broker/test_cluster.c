/* A replicated queue: who leads it, when a publish is confirmed, and what happens when somebody goes away. */
#include "cluster_host.h"

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

static void with_all_a_confirm_waits_for_every_backup(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_new(cluster_config(3, 3, CONFIRM_AFTER_ALL));
    cluster_open(cluster, 0, 0);
    cluster_publish(cluster, 0, 0, 1);
    cluster_run(cluster);
    cluster_expect_confirm(cluster, 0, 0, 1);
    assert_int_equal(cluster_view(cluster, 1).ready, 1);
    assert_int_equal(cluster_view(cluster, 2).ready, 1);
    cluster_free(cluster);
}

static void a_backup_takes_over_when_the_primary_crashes(void **state)
{
    (void)state;
    struct cluster *cluster = cluster_new(cluster_config(3, 3, CONFIRM_AFTER_ALL));
    cluster_open(cluster, 0, 0);
    cluster_publish(cluster, 0, 0, 1);
    cluster_run(cluster);
    cluster_crash(cluster, 0);
    cluster_run(cluster);
    cluster_expect_role(cluster, 1, ROLE_PRIMARY, 2);
    cluster_expect_role(cluster, 2, ROLE_BACKUP, 2);
    assert_int_equal(cluster_view(cluster, 1).in_sync, 6);
    assert_int_equal(cluster_view(cluster, 1).ready, 1);
    cluster_free(cluster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_first_boot_the_configured_node_leads_and_the_others_follow),
        cmocka_unit_test(with_all_a_confirm_waits_for_every_backup),
        cmocka_unit_test(a_backup_takes_over_when_the_primary_crashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
