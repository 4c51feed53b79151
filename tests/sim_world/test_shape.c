/* What a plan becomes: who the actors are, what each is told, and how much room a large world takes. */
#include "tests/sim_world/worlds.h"

static int shape_setup(void **state)
{
    *state = small_world_new();
    return 0;
}

static int shape_teardown(void **state)
{
    small_world_free(*state);
    return 0;
}

static void actors_are_nodes_then_producers_then_consumers(void **state)
{
    struct small_world *small = *state;
    small->small.plan.node_count = 2;
    small->small.plan.producer_count = 2;
    small->small.producers[0].count = 2;
    small_world_begin(small, SHAPE_RUN);
    static const char *const names[] = {"n1", "n2", "web.1", "web.2", "shop.1", "worker.1"};
    assert_int_equal(small->shape->actor_count, 6);
    for (uint32_t actor = 0; actor < 6; actor++) {
        assert_string_equal(small->shape->actors[actor].name, names[actor]);
        assert_int_equal(small->shape->actors[actor].is_node, actor < 2);
    }
    assert_int_equal(small->shape->actors[4].group, 1);
    assert_int_equal(small->shape->actors[3].member, 1);
}

static void what_the_plan_says_reaches_clients_and_monitor(void **state)
{
    struct small_world *small = *state;
    small->small.consumers[0].prefetch = 7;
    small->small.consumers[0].dedupe_window = 9;
    small->small.consumers[0].auto_ack = true;
    small->small.producers[0].in_flight_max = 3;
    small->small.producers[0].mandatory = true;
    small->small.producers[0].queue = UINT32_MAX - 1;
    small_world_begin(small, SHAPE_RUN);
    const struct client_config *producer = &small->shape->client[0], *consumer = &small->shape->client[1];
    assert_int_equal(consumer->prefetch, 7);
    assert_int_equal(consumer->dedupe_window, 9);
    assert_int_equal(consumer->auto_ack, 1);
    assert_int_equal(small->shape->oracle_client[1].prefetch, 7);
    assert_int_equal(producer->in_flight_max, 3);
    assert_int_equal(producer->message_flags, MESSAGE_PERSISTENT | MESSAGE_MANDATORY);
    assert_true(producer->queue >= small->shape->broker[0].queues);
    assert_int_equal(small->shape->oracle.queue_consumers[0], 1);
}

static void a_check_bounds_the_messages_of_each_producer(void **state)
{
    struct small_world *small = *state;
    small->small.plan.check.messages = 3;
    small->small.producers[0].messages = 0;
    small->small.plan.producer_count = 2;
    small->small.producers[1].messages = 2;
    small_world_begin(small, SHAPE_CHECK);
    assert_int_equal(small->shape->client[0].messages_max, 3);
    assert_int_equal(small->shape->client[1].messages_max, 2);
}

static void a_check_tells_no_attempts_apart_and_arms_no_time_out_that_cannot_fire(void **state)
{
    struct small_world *small = *state;
    struct plan_producer *plan = &small->small.producers[0];
    plan->retry_timeout_ns = plan->deadline_ns = plan->connect_timeout_ns = NS_PER_S;
    plan->backoff_min_ns = 10;
    plan->backoff_max_ns = 1000;
    for (uint32_t timeouts = 0; timeouts <= 1; timeouts++) {
        small->small.plan.check.timeouts = timeouts;
        struct world_shape *shape = shape_new(&small->small.plan, SHAPE_CHECK);
        const struct client_config *producer = &shape->client[0];
        int64_t expected_ns = timeouts > 0 ? NS_PER_S : 0;
        assert_int_equal(producer->backoff_max_ns, 10);
        assert_int_equal(producer->retry_timeout_ns, expected_ns);
        assert_int_equal(producer->deadline_ns, expected_ns);
        assert_int_equal(producer->connect_timeout_ns, expected_ns);
        shape_free(shape);
    }
}

static void a_check_without_messages_is_one_of_nodes_alone(void **state)
{
    struct small_world *small = *state;
    small->small.plan.check.given = true;
    small->small.plan.check.messages = 0;
    small_world_begin(small, SHAPE_CHECK);
    assert_int_equal(small->shape->client_count, 0);
    assert_int_equal(small->shape->actor_count, small->shape->node_count);
    assert_int_equal(small->shape->client_connections, 0);
}

static void what_the_plan_says_of_a_replicated_queue_reaches_every_node(void **state)
{
    struct small_world *small = *state;
    small->small.plan.node_count = 3;
    small->small.plan.partition_handling = PARTITION_IGNORE;
    struct plan_queue *plan = &small->small.queues[0];
    plan->replication = REPLICATION_PASSIVE;
    plan->confirm_after = CONFIRM_AFTER_ALL;
    plan->catch_up = true;
    plan->replicas = 6;
    plan->first = 2;
    plan->ship_every_ns = 5;
    plan->ship_delay_ns = 7;
    small_world_begin(small, SHAPE_CHECK);
    for (uint32_t node = 0; node < 3; node++) {
        const struct broker_config *config = &small->shape->broker[node];
        const struct queue_config *queue = &config->queue[0];
        assert_int_equal(config->node, node);
        assert_int_equal(config->nodes, 3);
        assert_int_equal(config->peer_slots, 4);
        assert_int_equal(config->connections, 10);
        assert_int_equal(config->partition_handling, PARTITION_IGNORE);
        assert_int_equal(config->operations_max, 8);
        assert_int_equal(queue->replication, REPLICATION_PASSIVE);
        assert_int_equal(queue->confirm_after, CONFIRM_AFTER_ALL);
        assert_int_equal(queue->catch_up, 1);
        assert_int_equal(queue->replicas, 6);
        assert_int_equal(queue->first, 2);
        assert_int_equal(queue->ship_every_ns, 5);
        assert_int_equal(queue->ship_delay_ns, 7);
    }
}

static void of_a_nodes_timers_elections_and_attempts_to_connect_are_time_outs(void **state)
{
    struct small_world *small = *state;
    small_world_begin(small, SHAPE_CHECK);
    for (uint32_t timer = 0; timer < TIMERS_MAX; timer++)
        assert_int_equal(shape_timer_is_timeout(small->shape, 0, timer),
                         timer == BROKER_TIMER_ELECTION || timer == BROKER_TIMER_ATTEMPT);
}

static void every_slot_leads_to_its_connection_and_back(void **state)
{
    struct small_world *small = *state;
    small_plan_cluster(&small->small, 4);
    small->small.consumers[0].count = 4;
    small_world_begin(small, SHAPE_CHECK);
    for (uint32_t connection = 0; connection < small->shape->connection_count; connection++)
        for (unsigned end = 0; end < 2; end++) {
            uint32_t actor = shape_actor_at(small->shape, connection, end);
            uint16_t slot = shape_slot_at(small->shape, connection, end);
            assert_true(slot < shape_slots(small->shape, actor));
            assert_int_equal(shape_end_of(small->shape, connection, actor), end);
            assert_int_equal(shape_connection_of(small->shape, actor, slot), connection);
        }
}

static void a_nodes_peer_slots_are_its_last_and_those_to_itself_lead_nowhere(void **state)
{
    struct small_world *small = *state;
    small_plan_cluster(&small->small, 3);
    small_world_begin(small, SHAPE_CHECK);
    const struct world_shape *shape = small->shape;
    for (uint32_t node = 0; node < 3; node++)
        for (uint32_t peer = 0; peer < 3; peer++)
            for (uint32_t turn = 0; turn < 2; turn++) {
                uint32_t slot = shape->broker[node].peer_slots + 2 * peer + turn;
                uint32_t connection = shape_connection_of(shape, node, slot);
                assert_int_equal(connection, shape_connection_between(shape, node, peer, turn));
                if (node == peer)
                    assert_int_equal(connection, SHAPE_NO_CONNECTION);
                else
                    assert_int_equal(shape_end_of(shape, connection, node), node < peer);
            }
}

static void a_world_of_two_thousand_clients_starts_and_runs(void **state)
{
    struct small_world *small = *state;
    small->small.producers[0].count = 1000;
    small->small.consumers[0].count = 1000;
    small->small.producers[0].messages = 1;
    small_world_begin(small, SHAPE_RUN);
    happens(small, "boot n1");
    for (uint32_t actor = 1; actor < small->shape->actor_count; actor++) {
        struct action boot = {.kind = ACTION_BOOT, .actor = (uint16_t)actor};
        apply(small, &boot);
    }
    happens(small, "accept worker.1000 -> n1");
    happens(small, "established worker.1000 -> n1");
    assert_true(world_connection_open(small->world, shape_connection_of(small->shape, 2000, 0)));
}

static void the_largest_world_that_can_be_checked_has_a_fingerprint_with_everybody_connected(void **state)
{
    struct small_world *small = *state;
    small->small.producers[0].count = small->small.consumers[0].count = 31;
    small_world_begin(small, SHAPE_CHECK);
    assert_true(shape_can_be_checked(small->shape));
    happens(small, "boot n1");
    for (uint16_t actor = 1; actor < small->shape->actor_count; actor++) {
        apply(small, &(struct action){.kind = ACTION_BOOT, .actor = actor});
        uint32_t connection = shape_connection_of(small->shape, actor, 0);
        apply(small, &(struct action){.kind = ACTION_ACCEPT, .connection = connection});
        apply(small, &(struct action){.kind = ACTION_ESTABLISHED, .connection = connection});
        if (small->shape->actors[actor].kind == CLIENT_PRODUCER)
            apply(small, &(struct action){.kind = ACTION_TIMER, .actor = actor, .argument = TIMER_ARRIVAL});
        apply(small, &(struct action){.kind = ACTION_DELIVER, .connection = connection, .end = 1});
    }
    struct digest before = world_fingerprint(small->world);
    happens(small, "fsync n1");
    assert_false(digest_equal(before, world_fingerprint(small->world)));
}

static bool can_be_checked(uint32_t nodes, uint32_t queues, uint32_t clients)
{
    struct small_plan small;
    struct plan_queue many[QUEUES_MAX];
    small_plan_init(&small);
    for (uint32_t i = 0; i < QUEUES_MAX; i++)
        many[i] = small.queues[0];
    small.plan.queues = many;
    small.plan.queue_count = queues;
    small.plan.node_count = nodes;
    small.producers[0].count = clients - 1;
    struct world_shape *shape = shape_new(&small.plan, SHAPE_CHECK);
    bool can = shape_can_be_checked(shape);
    shape_free(shape);
    return can;
}

static void a_world_with_more_counters_than_there_is_room_for_is_none_to_check(void **state)
{
    (void)state;
    assert_true(can_be_checked(1, 1, 62));
    assert_false(can_be_checked(1, 1, 63));
    assert_true(can_be_checked(1, 64, 31));
    assert_false(can_be_checked(1, 64, 32));
    assert_true(can_be_checked(9, 1, 19));
    assert_false(can_be_checked(9, 1, 40));
}

#define TEST(behaviour) cmocka_unit_test_setup_teardown(behaviour, shape_setup, shape_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(actors_are_nodes_then_producers_then_consumers),  TEST(what_the_plan_says_reaches_clients_and_monitor),
        TEST(a_check_bounds_the_messages_of_each_producer),
        TEST(a_check_tells_no_attempts_apart_and_arms_no_time_out_that_cannot_fire),
        TEST(a_check_without_messages_is_one_of_nodes_alone),
        TEST(what_the_plan_says_of_a_replicated_queue_reaches_every_node),
        TEST(of_a_nodes_timers_elections_and_attempts_to_connect_are_time_outs),
        TEST(every_slot_leads_to_its_connection_and_back),
        TEST(a_nodes_peer_slots_are_its_last_and_those_to_itself_lead_nowhere),
        TEST(a_world_of_two_thousand_clients_starts_and_runs),
        TEST(the_largest_world_that_can_be_checked_has_a_fingerprint_with_everybody_connected),
        TEST(a_world_with_more_counters_than_there_is_room_for_is_none_to_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
