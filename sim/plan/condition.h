/* Conditions of `expect`: `0`, `< 200ms`, `2..3`, `2 +- 1%`, `more than 0`, `at least 99.9%`. */
#ifndef CRASHQ_PLAN_CONDITION_H
#define CRASHQ_PLAN_CONDITION_H

#include "sim/plan/measure.h"

struct condition {
    uint8_t kind;     /* enum plan_condition */
    double low, high; /* NEAR: the value and the half-width allowed */
};

/* Reads a condition on a measure of that unit: NULL, or what is wrong (the caller frees it). */
char *condition_read(const char *text, enum measure_unit unit, struct condition *ret);

#endif
