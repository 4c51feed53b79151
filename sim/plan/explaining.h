/* What the parts of --explain share. Private to this room. */
#ifndef CRASHQ_PLAN_EXPLAINING_H
#define CRASHQ_PLAN_EXPLAINING_H

#include <glib.h>

#include "sim/plan/plan.h"

struct writer {
    const struct plan *plan;
    GString *out;
    unsigned depth; /* of the next line */
};

/* Writes "key: value"; frees the value. */
void explain_line(struct writer *writer, const char *key, char *value);
/* Writes "key:"; what follows lies in it. */
void explain_open(struct writer *writer, const char *key);
void explain_close(struct writer *writer);

/* A duration or a distribution as YAML. Caller frees. */
char *explain_variate(const struct plan *plan, const struct variate *variate);
/* The same behind a sign, or none: "". */
char *explain_signed(const struct plan *plan, const char *sign, const struct variate *variate);

void explain_fault(struct writer *writer, const struct plan_fault *fault);
void explain_expectations(struct writer *writer);

#endif
