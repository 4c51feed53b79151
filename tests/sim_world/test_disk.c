/* A disk by itself: what an fsync covers, and what a crash leaves. */
#include "tests/sim_world/parts.h"

static int disk_setup(void **state)
{
    *state = lone_part_new(LONE_DISK);
    return 0;
}

static int disk_teardown(void **state)
{
    lone_part_free(*state);
    return 0;
}

static struct disk_view view_of(const struct lone_part *lone)
{
    struct disk_view view;
    part_disk_view(lone->block, &view);
    return view;
}

static struct record a_record(uint64_t sequence)
{
    struct record record = {
        .kind = RECORD_MESSAGE, .length = RECORD_MESSAGE_BYTES, .sequence = sequence, .place = sequence};
    record.message = (struct message){.producer = 1, .sequence = 9, .body = 77, .size_bytes = 100};
    if (sequence % 2 == 0) {
        record.kind = RECORD_SETTLE;
        record.length = RECORD_SETTLE_BYTES;
        record.message = (struct message){0};
    }
    record.checksum = digest_checksum(&record.sequence, record.length - offsetof(struct record, sequence));
    return record;
}

static void appends(struct lone_part *lone, uint64_t first, uint64_t last)
{
    for (uint64_t sequence = first; sequence <= last; sequence++) {
        struct part_input in = {.kind = PART_DISK_APPEND};
        in.u.record = a_record(sequence);
        lone_step(lone, in);
        assert_int_equal(lone->effects->truncated, BOUND_NONE);
    }
}

static void happens(struct lone_part *lone, enum part_input_kind kind, uint64_t value)
{
    lone_step(lone, (struct part_input){.kind = (uint8_t)kind, .value = value});
}

static void loses_power(struct lone_part *lone, uint32_t kept, enum torn_kind torn)
{
    lone_step(lone, (struct part_input){.kind = PART_DISK_CRASH, .flags = 1, .torn = (uint8_t)torn, .value = kept});
}

static void synced_up_to(struct lone_part *lone, uint64_t last)
{
    appends(lone, 1, last);
    happens(lone, PART_DISK_FSYNC, 0);
    happens(lone, PART_DISK_COMPLETE, 0);
}

/* Bytes of the records first..last. */
static uint64_t bytes_of(uint64_t first, uint64_t last)
{
    uint64_t bytes = 0;
    for (uint64_t sequence = first; sequence <= last; sequence++)
        bytes += sequence % 2 == 0 ? RECORD_SETTLE_BYTES : RECORD_MESSAGE_BYTES;
    return bytes;
}

/* The whole records that lie on the disk are first..last, as they were written. */
static void holds(const struct lone_part *lone, uint64_t first, uint64_t last)
{
    struct disk_view view = view_of(lone);
    uint64_t at = 0;
    for (uint64_t sequence = first; sequence <= last; sequence++) {
        struct record record = a_record(sequence);
        assert_true(at + record.length <= view.end - view.start);
        assert_memory_equal(view.bytes + at, &record, record.length);
        at += record.length;
    }
}

static void an_fsync_covers_what_was_written_when_it_began(void **state)
{
    struct lone_part *lone = *state;
    appends(lone, 1, 2);
    happens(lone, PART_DISK_FSYNC, 0);
    appends(lone, 3, 3);
    happens(lone, PART_DISK_COMPLETE, 0);
    assert_int_equal(lone_told(lone)->kind, PART_ACTOR_SYNCED);
    assert_int_equal(lone_told(lone)->value, bytes_of(1, 2));
}

static void fsyncs_complete_in_their_order(void **state)
{
    struct lone_part *lone = *state;
    for (uint64_t i = 1; i <= 3; i++) {
        appends(lone, i, i);
        happens(lone, PART_DISK_FSYNC, 0);
    }
    for (uint64_t i = 1; i <= 3; i++) {
        assert_true(lone_offers(lone, (struct action){.kind = ACTION_SYNCED}));
        happens(lone, PART_DISK_COMPLETE, 0);
        assert_int_equal(lone_told(lone)->value, bytes_of(1, i));
    }
    assert_false(lone_offers(lone, (struct action){.kind = ACTION_SYNCED}));
}

static void a_process_crash_keeps_every_written_byte(void **state)
{
    struct lone_part *lone = *state;
    synced_up_to(lone, 1);
    appends(lone, 2, 5);
    happens(lone, PART_DISK_FSYNC, 0);
    happens(lone, PART_DISK_CRASH, 0);
    assert_int_equal(view_of(lone).end, bytes_of(1, 5));
    holds(lone, 1, 5);
    assert_int_equal(lone_told(lone)->u.observation.kind, OBSERVE_CRASHED);
    assert_int_equal(lone_told(lone)->u.observation.position, bytes_of(1, 5));
    assert_false(lone_offers(lone, (struct action){.kind = ACTION_SYNCED}));
}

static void a_power_loss_keeps_every_prefix_in_turn(void **state)
{
    (void)state;
    for (uint32_t kept = 0; kept <= 4; kept++) {
        struct lone_part *lone = lone_part_new(LONE_DISK);
        synced_up_to(lone, 2);
        appends(lone, 3, 6);
        assert_true(lone_offers(lone, (struct action){.kind = ACTION_CRASH, .power = 1, .kept = kept}));
        loses_power(lone, kept, TORN_NOTHING);
        assert_int_equal(view_of(lone).end, bytes_of(1, 2 + kept));
        assert_int_equal(lone_told(lone)->u.observation.position, bytes_of(1, 2 + kept));
        assert_int_equal(lone_told(lone)->u.observation.value, 1);
        holds(lone, 1, 2 + kept);
        lone_part_free(lone);
    }
}

static void a_torn_record_is_half_there_or_half_zero(void **state)
{
    (void)state;
    for (enum torn_kind torn = TORN_SHORT; torn <= TORN_ZEROED; torn++)
        for (uint32_t kept = 0; kept < 3; kept++) {
            struct lone_part *lone = lone_part_new(LONE_DISK);
            synced_up_to(lone, 1);
            appends(lone, 2, 4);
            assert_true(lone_offers(
                lone, (struct action){.kind = ACTION_CRASH, .power = 1, .kept = kept, .torn = (uint8_t)torn}));
            loses_power(lone, kept, torn);
            struct record next = a_record(2 + kept);
            uint64_t whole = bytes_of(1, 1 + kept), half = next.length / 2;
            struct disk_view view = view_of(lone);
            assert_int_equal(view.end, whole + (torn == TORN_SHORT ? half : next.length));
            holds(lone, 1, 1 + kept);
            memset((uint8_t *)&next + half, 0, sizeof next - half);
            assert_memory_equal(view.bytes + whole, &next, view.end - whole);
            assert_int_equal(lone_told(lone)->u.observation.position, whole);
            lone_part_free(lone);
        }
}

static void the_images_offered_are_all_prefixes_with_each_tear(void **state)
{
    struct lone_part *lone = *state;
    synced_up_to(lone, 1);
    appends(lone, 2, 4);
    uint32_t process = 1, power = 4 + 3 * 2, in_flight = 2;
    assert_int_equal(lone_offers_of_kind(lone, ACTION_CRASH), (process + power) * in_flight);
    assert_false(lone_offers(lone, (struct action){.kind = ACTION_CRASH, .power = 1, .kept = 4}));
    assert_false(lone_offers(lone, (struct action){.kind = ACTION_CRASH, .power = 1, .kept = 3, .torn = TORN_SHORT}));
}

static void a_disk_may_be_lost_in_a_run_only(void **state)
{
    for (enum shape_purpose purpose = SHAPE_RUN; purpose <= SHAPE_CHECK; purpose++)
        for (uint8_t power = 0; power <= 1; power++) {
            struct lone_part *lone = lone_part_in(LONE_DISK, purpose);
            struct action wipe = {.kind = ACTION_CRASH, .power = power, .torn = TORN_WIPED};
            assert_int_equal(lone_offers(lone, wipe), purpose == SHAPE_RUN);
            lone_part_free(lone);
        }
    (void)state;
}

static void a_lost_disk_is_as_one_that_nothing_was_written_to(void **state)
{
    struct lone_part *lone = *state;
    synced_up_to(lone, 3);
    appends(lone, 4, 4);
    happens(lone, PART_DISK_FSYNC, 0);
    lone_step(lone, (struct part_input){.kind = PART_DISK_CRASH, .torn = TORN_WIPED});
    assert_int_equal(lone_told(lone)->u.observation.kind, OBSERVE_CRASHED);
    assert_int_equal(lone_told(lone)->u.observation.position, 0);
    assert_true(lone_is_zero(lone));
}

static void what_survived_a_crash_survives_the_next(void **state)
{
    struct lone_part *lone = *state;
    appends(lone, 1, 4);
    loses_power(lone, 3, TORN_SHORT);
    loses_power(lone, 0, TORN_NOTHING);
    holds(lone, 1, 3);
    assert_int_equal(lone_told(lone)->u.observation.position, bytes_of(1, 3));
    happens(lone, PART_DISK_TRUNCATE, bytes_of(1, 3));
    appends(lone, 4, 4);
    holds(lone, 1, 4);
}

static void records_behind_torn_bytes_are_there_but_count_for_nothing(void **state)
{
    struct lone_part *lone = *state;
    synced_up_to(lone, 1);
    appends(lone, 2, 2);
    loses_power(lone, 0, TORN_SHORT);
    uint64_t torn = RECORD_SETTLE_BYTES / 2;
    appends(lone, 3, 6);
    struct record last = a_record(6);
    struct disk_view view = view_of(lone);
    assert_int_equal(view.end, bytes_of(1, 1) + torn + bytes_of(3, 6));
    assert_memory_equal(view.bytes + view.end - last.length, &last, last.length);
    assert_int_equal(lone_offers_of_kind(lone, ACTION_CRASH), 2 * (1 + 1));
    happens(lone, PART_DISK_CRASH, 0);
    assert_int_equal(lone_told(lone)->u.observation.position, bytes_of(1, 1));
    happens(lone, PART_DISK_TRIM, view.end - last.length);
    happens(lone, PART_DISK_CRASH, 0);
    assert_int_equal(lone_told(lone)->u.observation.position, view.end - last.length);
}

static void bytes_cut_off_the_end_are_zero(void **state)
{
    struct lone_part *lone = *state, *other = lone_part_new(LONE_DISK);
    appends(lone, 1, 4);
    happens(lone, PART_DISK_TRUNCATE, bytes_of(1, 2));
    appends(other, 1, 2);
    assert_memory_equal(lone->block, other->block, part_block_bytes(lone->shape, lone->part));
    lone_part_free(other);
}

static void a_trimmed_log_keeps_its_positions_and_its_rest(void **state)
{
    struct lone_part *lone = *state;
    appends(lone, 1, 8);
    for (uint64_t gone = 1; gone <= 8; gone++) {
        happens(lone, PART_DISK_TRIM, bytes_of(1, gone));
        struct disk_view view = view_of(lone);
        assert_int_equal(view.start, bytes_of(1, gone));
        assert_int_equal(view.end, bytes_of(1, 8));
        holds(lone, gone + 1, 8);
    }
}

/* However long a log grows, what it occupies follows what is kept. */
static void trimming_gives_the_room_back(void **state)
{
    struct lone_part *lone = *state;
    uint64_t room = part_block_bytes(lone->shape, lone->part);
    for (uint64_t i = 1; bytes_of(1, i) < 4 * room; i++) {
        appends(lone, i, i);
        if (i > 4)
            happens(lone, PART_DISK_TRIM, bytes_of(1, i - 4));
    }
    assert_true(part_used_bytes(lone->shape, lone->part, lone->block) < 1024);
}

static void a_full_disk_is_a_bound(void **state)
{
    struct lone_part *lone = *state;
    struct part_input in = {.kind = PART_DISK_APPEND};
    in.u.record = a_record(1);
    do
        lone_step(lone, in);
    while (lone->effects->truncated == BOUND_NONE);
    assert_int_equal(lone->effects->truncated, BOUND_DISK);
    assert_true(part_used_bytes(lone->shape, lone->part, lone->block) <= part_block_bytes(lone->shape, lone->part));
}

static struct digest canonical(const struct lone_part *lone)
{
    return part_canonical_digest(lone->shape, lone->part, lone->block, NULL);
}

static void logs_that_differ_only_in_where_they_begin_are_equal(void **state)
{
    struct lone_part *lone = *state, *other = lone_part_new(LONE_DISK);
    appends(lone, 1, 4);
    happens(lone, PART_DISK_TRIM, bytes_of(1, 2));
    appends(other, 1, 8);
    happens(other, PART_DISK_TRIM, bytes_of(1, 6));
    assert_true(digest_equal(canonical(lone), canonical(other)));
    happens(other, PART_DISK_FSYNC, 0);
    happens(other, PART_DISK_COMPLETE, 0);
    assert_false(digest_equal(canonical(lone), canonical(other)));
    lone_part_free(other);
}

/* Of a replicated queue every replica means the same by a place. */
static void where_the_places_of_a_replicated_queue_begin_is_part_of_the_state(void **state)
{
    struct lone_part *lone = lone_part_new(LONE_REPLICA), *other = lone_part_new(LONE_REPLICA);
    struct part_anchor anchors[ANCHORS_MAX];
    appends(lone, 1, 1);
    appends(other, 3, 3);
    assert_false(digest_equal(canonical(lone), canonical(other)));
    assert_int_equal(part_anchors(lone->shape, lone->part, lone->block, anchors), 2);
    lone_part_free(lone);
    lone_part_free(other);
    (void)state;
}

static struct digest canonical_of_view(uint64_t promised)
{
    struct lone_part *lone = lone_part_new(LONE_REPLICA);
    struct part_input in = {.kind = PART_DISK_APPEND};
    in.u.record = (struct record){
        .kind = RECORD_VIEW, .length = RECORD_MESSAGE_BYTES, .sequence = 1, .queue = 9, .place = promised};
    lone_step(lone, in);
    struct digest digest = canonical(lone);
    lone_part_free(lone);
    return digest;
}

static void the_epoch_that_a_log_promises_is_part_of_the_state(void **state)
{
    assert_true(digest_equal(canonical_of_view(2), canonical_of_view(2)));
    assert_false(digest_equal(canonical_of_view(2), canonical_of_view(3)));
    (void)state;
}

static void records_that_say_different_things_are_not_equal(void **state)
{
    struct lone_part *lone = *state;
    struct record base = a_record(1), others[4] = {base, base, base, base};
    others[0].checksum++;
    others[1].message.sequence++;
    others[2].queue++;
    others[3].flags++;
    struct part_input in = {.kind = PART_DISK_APPEND, .u.record = base};
    lone_step(lone, in);
    for (unsigned i = 0; i < 4; i++) {
        struct lone_part *other = lone_part_new(LONE_DISK);
        if (i > 0)
            others[i].checksum =
                digest_checksum(&others[i].sequence, others[i].length - offsetof(struct record, sequence));
        in.u.record = others[i];
        lone_step(other, in);
        assert_false(digest_equal(canonical(lone), canonical(other)));
        lone_part_free(other);
    }
}

/* Behind half a message the fields of what follows are read in the wrong places. */
static void what_lies_behind_a_torn_record_is_bytes_and_no_counters(void **state)
{
    struct lone_part *lone = *state;
    struct part_anchor anchors[ANCHORS_MAX];
    synced_up_to(lone, 2);
    appends(lone, 3, 3);
    loses_power(lone, 0, TORN_SHORT);
    int count = part_anchors(lone->shape, lone->part, lone->block, anchors);
    struct part_input in = {.kind = PART_DISK_APPEND, .u.record = a_record(5)};
    in.u.record.message.body = UINT64_C(77) << 16;
    lone_step(lone, in);
    struct digest one = canonical(lone);
    lone_step(lone, in);
    assert_int_equal(part_anchors(lone->shape, lone->part, lone->block, anchors), count);
    assert_false(digest_equal(canonical(lone), one));
}

#define TEST(behaviour) cmocka_unit_test_setup_teardown(behaviour, disk_setup, disk_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_fsync_covers_what_was_written_when_it_began),
        TEST(fsyncs_complete_in_their_order),
        TEST(a_process_crash_keeps_every_written_byte),
        TEST(a_power_loss_keeps_every_prefix_in_turn),
        TEST(a_torn_record_is_half_there_or_half_zero),
        TEST(the_images_offered_are_all_prefixes_with_each_tear),
        TEST(a_disk_may_be_lost_in_a_run_only),
        TEST(a_lost_disk_is_as_one_that_nothing_was_written_to),
        TEST(where_the_places_of_a_replicated_queue_begin_is_part_of_the_state),
        TEST(the_epoch_that_a_log_promises_is_part_of_the_state),
        TEST(what_survived_a_crash_survives_the_next),
        TEST(records_behind_torn_bytes_are_there_but_count_for_nothing),
        TEST(bytes_cut_off_the_end_are_zero),
        TEST(a_trimmed_log_keeps_its_positions_and_its_rest),
        TEST(trimming_gives_the_room_back),
        TEST(a_full_disk_is_a_bound),
        TEST(logs_that_differ_only_in_where_they_begin_are_equal),
        TEST(records_that_say_different_things_are_not_equal),
        TEST(what_lies_behind_a_torn_record_is_bytes_and_no_counters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
