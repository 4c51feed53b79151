/* Names of actions, as people read them in a trace and write them in a reproducer:
 *
 *   boot n1                    accept web.1 -> n1          refuse web.1 -> n1         established web.1 -> n1
 *   deliver web.1 -> n1        notice web.1 -> n1          writable web.1 -> n1       break web.1 - n1 keep 0 1
 *   timer web.1 arrival        timer web.1 arrival 300     timer n1 0                 continue n1
 *   fsync n1                   restart n1                  crash n1                   crash n1 in-flight lost
 *   crash n1 power kept 2 torn short in-flight lost        crash n1 wiped             crash worker.1
 *   accept n2 -> n1            deliver n1 -> n2            give-up n1 -> n2           break n2 - n1 keep 0 1
 *   beat n1 -> n2              heartbeat n1 -> n2          look n2 -> n1
 *
 * An arrow points where something travels: the opening, the frame, the news that the other end is gone; for `writable`,
 * where frames may go again; for `give-up` and `look`, whom it is about. Where nothing tells the ends apart the opener
 * comes first. `keep` counts what still arrives at the opener and at the acceptor. " #2" after a pair names the second
 * of its two slots, which serve in turn. A crash in the middle of the step, after its first outputs: " cut 3", " cut 3
 * power kept 1 torn zeroed". Choices made inside the step, in order: " picks 1 0". What is left out is 0. */
#include "models/base/check.h"
#include "sim/world/blocks.h"
#include "sim/world/text.h"

enum subject { SUBJECT_ACTOR, SUBJECT_OPENING, SUBJECT_WAY_TO, SUBJECT_WAY_FROM, SUBJECT_PAIR };

static const struct {
    const char *verb;
    enum subject subject;
} verbs[ACTION_KINDS] = {
    [ACTION_BOOT] = {"boot", SUBJECT_ACTOR},
    [ACTION_DELIVER] = {"deliver", SUBJECT_WAY_TO},
    [ACTION_ACCEPT] = {"accept", SUBJECT_OPENING},
    [ACTION_REFUSE] = {"refuse", SUBJECT_OPENING},
    [ACTION_ESTABLISHED] = {"established", SUBJECT_OPENING},
    [ACTION_NOTICE] = {"notice", SUBJECT_WAY_TO},
    [ACTION_WRITABLE] = {"writable", SUBJECT_WAY_FROM},
    [ACTION_TIMER] = {"timer", SUBJECT_ACTOR},
    [ACTION_CONTINUE] = {"continue", SUBJECT_ACTOR},
    [ACTION_SYNCED] = {"fsync", SUBJECT_ACTOR},
    [ACTION_BREAK] = {"break", SUBJECT_PAIR},
    [ACTION_CRASH] = {"crash", SUBJECT_ACTOR},
    [ACTION_RESTART] = {"restart", SUBJECT_ACTOR},
    [ACTION_GIVE_UP] = {"give-up", SUBJECT_WAY_FROM},
    [ACTION_BEAT] = {"beat", SUBJECT_WAY_FROM},
    [ACTION_HEARTBEAT] = {"heartbeat", SUBJECT_WAY_TO},
    [ACTION_LOOK] = {"look", SUBJECT_WAY_FROM},
};

static const char *const torn_words[] = {[TORN_SHORT] = "short", [TORN_ZEROED] = "zeroed"};

/* ---- writing ---- */

static void put_word_number(struct text_writer *writer, const char *word, uint64_t number)
{
    text_put(writer, word);
    text_put_number(writer, number);
}

/* The end that a pair's second name is. */
static unsigned pair_leads_to(enum subject subject, unsigned end)
{
    return subject == SUBJECT_WAY_TO ? end : subject == SUBJECT_WAY_FROM ? 1 - end : 1;
}

static void put_pair(struct text_writer *writer, const struct world_shape *shape, const struct action *action)
{
    enum subject subject = verbs[action->kind].subject;
    unsigned to = pair_leads_to(subject, action->end);
    text_put(writer, shape->actors[shape_actor_at(shape, action->connection, 1 - to)].name);
    text_put(writer, subject == SUBJECT_PAIR ? " - " : " -> ");
    text_put(writer, shape->actors[shape_actor_at(shape, action->connection, to)].name);
    if (shape_connection_turn(action->connection) == 1)
        text_put(writer, " #2");
}

static void put_image(struct text_writer *writer, const struct action *action)
{
    if (action->power)
        text_put(writer, " power");
    if (action->torn == TORN_WIPED)
        text_put(writer, " wiped");
    if (!action->power || action->torn == TORN_WIPED)
        return;
    if (action->kept != 0)
        put_word_number(writer, " kept ", action->kept);
    if (action->torn != TORN_NOTHING) {
        CHECK(action->torn <= TORN_ZEROED);
        text_put(writer, " torn ");
        text_put(writer, torn_words[action->torn]);
    }
}

static void put_details(struct text_writer *writer, const struct world_shape *shape, const struct action *action)
{
    if (action->kind == ACTION_TIMER) {
        const char *name = shape_timer_name(shape, action->actor, action->argument);
        text_put(writer, " ");
        if (name != NULL)
            text_put(writer, name);
        else
            text_put_number(writer, action->argument);
        if (action->value != 0)
            put_word_number(writer, " ", action->value);
    } else if (action->kind == ACTION_BREAK) {
        put_word_number(writer, " keep ", action->keep[0]);
        put_word_number(writer, " ", action->keep[1]);
    } else if (action->kind == ACTION_CRASH) {
        put_image(writer, action);
        if (action->argument == ACTION_IN_FLIGHT_LOST)
            text_put(writer, " in-flight lost");
    }
}

void action_text(const struct world_shape *shape, const struct action *action, char ret_text[ACTION_TEXT_MAX])
{
    struct text_writer writer = {.at = ret_text, .end = ret_text + ACTION_TEXT_MAX};
    CHECK(action->kind > ACTION_NONE && action->kind < ACTION_KINDS);
    text_put(&writer, verbs[action->kind].verb);
    text_put(&writer, " ");
    if (verbs[action->kind].subject == SUBJECT_ACTOR)
        text_put(&writer, shape->actors[action->actor].name);
    else
        put_pair(&writer, shape, action);
    put_details(&writer, shape, action);
    if (action->cut != 0) {
        put_word_number(&writer, " cut ", action->cut);
        put_image(&writer, action);
    }
    for (uint32_t i = 0; i < action->pick_count; i++)
        put_word_number(&writer, i == 0 ? " picks " : " ", action->picks[i]);
}

/* ---- reading ---- */

static bool take_actor(struct text_reader *reader, const struct world_shape *shape, uint32_t *ret_actor)
{
    for (uint32_t actor = 0; actor < shape->actor_count; actor++)
        if (text_take_word(reader, shape->actors[actor].name)) {
            *ret_actor = actor;
            return true;
        }
    return false;
}

static bool take_pair(struct text_reader *reader, const struct world_shape *shape, enum subject subject,
                      struct action *action)
{
    uint32_t from, to;
    if (!take_actor(reader, shape, &from) || !text_take_word(reader, subject == SUBJECT_PAIR ? "-" : "->"))
        return false;
    struct text_reader before = *reader;
    if (!take_actor(reader, shape, &to))
        return false;
    uint32_t connection = shape_connection_between(shape, from, to, 0);
    bool either = subject == SUBJECT_WAY_TO || subject == SUBJECT_WAY_FROM;
    if (connection == SHAPE_NO_CONNECTION || (!either && shape_end_of(shape, connection, to) != 1)) {
        *reader = before;
        return false;
    }
    action->connection = connection + (text_take_word(reader, "#2") ? 1 : 0);
    if (either)
        action->end = (uint8_t)shape_end_of(shape, connection, subject == SUBJECT_WAY_TO ? to : from);
    return true;
}

static bool take_u32(struct text_reader *reader, uint32_t *ret_number)
{
    uint64_t number;
    if (!text_take_number(reader, UINT32_MAX, &number))
        return false;
    *ret_number = (uint32_t)number;
    return true;
}

static bool take_image(struct text_reader *reader, struct action *action)
{
    action->power = text_take_word(reader, "power");
    if (text_take_word(reader, "wiped"))
        action->torn = TORN_WIPED;
    if (!action->power || action->torn == TORN_WIPED)
        return true;
    if (text_take_word(reader, "kept") && !take_u32(reader, &action->kept))
        return false;
    if (!text_take_word(reader, "torn"))
        return true;
    action->torn = text_take_word(reader, "short")    ? TORN_SHORT
                   : text_take_word(reader, "zeroed") ? TORN_ZEROED
                                                      : TORN_NOTHING;
    return action->torn != TORN_NOTHING;
}

static bool take_timer(struct text_reader *reader, const struct world_shape *shape, struct action *action)
{
    for (uint32_t timer = 0; timer < TIMERS_MAX; timer++) {
        const char *name = shape_timer_name(shape, action->actor, timer);
        if (name != NULL && text_take_word(reader, name)) {
            action->argument = timer;
            text_take_number(reader, UINT64_MAX, &action->value);
            return true;
        }
    }
    uint64_t timer;
    struct text_reader before = *reader;
    if (!text_take_number(reader, TIMERS_MAX - 1, &timer) || shape_timer_name(shape, action->actor, (uint32_t)timer)) {
        *reader = before;
        return false;
    }
    action->argument = (uint32_t)timer;
    text_take_number(reader, UINT64_MAX, &action->value);
    return true;
}

static bool take_details(struct text_reader *reader, const struct world_shape *shape, struct action *action)
{
    if (action->kind == ACTION_TIMER)
        return take_timer(reader, shape, action);
    if (action->kind == ACTION_BREAK)
        return text_take_word(reader, "keep") && take_u32(reader, &action->keep[0]) &&
               take_u32(reader, &action->keep[1]);
    if (action->kind != ACTION_CRASH)
        return true;
    if (!take_image(reader, action))
        return false;
    if (!text_take_word(reader, "in-flight"))
        return true;
    action->argument = ACTION_IN_FLIGHT_LOST;
    return text_take_word(reader, "lost");
}

static bool take_cut(struct text_reader *reader, struct action *action)
{
    uint64_t cut;
    if (action->kind == ACTION_CRASH || !text_take_word(reader, "cut"))
        return true;
    struct text_reader before = *reader;
    if (!text_take_number(reader, OUTPUTS_MAX - 1, &cut) || cut == 0) {
        *reader = before;
        return false;
    }
    action->cut = (uint16_t)cut;
    return take_image(reader, action);
}

static bool take_picks(struct text_reader *reader, struct action *action)
{
    uint64_t pick;
    if (!text_take_word(reader, "picks"))
        return true;
    while (action->pick_count < PICKS_MAX && text_take_number(reader, UINT16_MAX, &pick))
        action->picks[action->pick_count++] = (uint16_t)pick;
    return action->pick_count > 0;
}

static bool take_subject(struct text_reader *reader, const struct world_shape *shape, struct action *action)
{
    enum subject subject = verbs[action->kind].subject;
    if (subject != SUBJECT_ACTOR)
        return take_pair(reader, shape, subject, action);
    struct text_reader before = *reader;
    uint32_t actor;
    if (!take_actor(reader, shape, &actor))
        return false;
    if (action->kind == ACTION_SYNCED && !shape_is_node(shape, actor)) {
        *reader = before;
        return false;
    }
    action->actor = (uint16_t)actor;
    return true;
}

static bool take_action(struct text_reader *reader, const struct world_shape *shape, struct action *action)
{
    for (uint8_t kind = ACTION_NONE + 1; kind < ACTION_KINDS && action->kind == ACTION_NONE; kind++)
        if (text_take_word(reader, verbs[kind].verb))
            action->kind = kind;
    return action->kind != ACTION_NONE && take_subject(reader, shape, action) && take_details(reader, shape, action) &&
           take_cut(reader, action) && take_picks(reader, action) && *reader->at == '\0';
}

bool action_parse(const struct world_shape *shape, const char *text, struct action *ret_action, size_t *ret_at)
{
    struct text_reader reader = {.at = text};
    struct action action = {0};
    if (!take_action(&reader, shape, &action)) {
        *ret_at = (size_t)(reader.at - text);
        return false;
    }
    *ret_action = action;
    return true;
}
