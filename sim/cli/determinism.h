/* --verify-determinism: the same run twice, in separate processes (other addresses, other memory), compared event by
 * event. */
#ifndef CRASHQ_DETERMINISM_H
#define CRASHQ_DETERMINISM_H

#include "sim/cli/cli.h"

/* Prints the outcome; a difference is an internal error (70) and is named. */
int determinism_verify(const struct plan *plan, const char *file, const struct options *options, guint64 seed);

#endif
