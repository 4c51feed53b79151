/* See choice.h. */
#include "models/base/choice.h"

#include "models/base/check.h"
#include "models/base/digest.h"
#include "models/base/draw.h"

#define PPM 1000000u

void tape_draw(struct tape *tape, uint64_t key)
{
    *tape = (struct tape){.key = key, .draws = 1};
}

void tape_read(struct tape *tape, const uint32_t *picks, unsigned count)
{
    CHECK(count <= PICKS_MAX);
    *tape = (struct tape){.given = (uint8_t)count};
    for (unsigned i = 0; i < count; i++)
        tape->picks[i] = picks[i];
}

static uint64_t tape_bits(const struct tape *tape, enum choice_purpose purpose)
{
    return digest_u64(tape->key, (uint64_t)purpose << 8 | tape->used);
}

/* The next pick of a list; beyond its end 0, and the tape says that it ran off. */
static uint32_t tape_next(struct tape *tape, uint32_t n)
{
    if (tape->used < tape->given) {
        CHECK(tape->picks[tape->used] < n);
        return tape->picks[tape->used++];
    }
    if (!tape->ran_off) {
        tape->ran_off = 1;
        tape->ran_off_n = n;
    }
    return 0;
}

static uint32_t tape_record(struct tape *tape, uint32_t pick)
{
    CHECK(tape->used < PICKS_MAX);
    tape->picks[tape->used++] = pick;
    return pick;
}

uint32_t choice_pick(struct tape *tape, uint32_t n, enum choice_purpose purpose)
{
    CHECK(n >= 1);
    if (n == 1)
        return 0;
    if (!tape->draws)
        return tape_next(tape, n);
    return tape_record(tape, (uint32_t)draw_below(tape_bits(tape, purpose), n));
}

bool choice_happens(struct tape *tape, uint32_t share_ppm, enum choice_purpose purpose)
{
    CHECK(share_ppm <= PPM);
    if (share_ppm == 0 || share_ppm == PPM)
        return share_ppm == PPM;
    if (!tape->draws)
        return tape_next(tape, 2) == 1;
    return tape_record(tape, draw_below(tape_bits(tape, purpose), PPM) < share_ppm) == 1;
}
