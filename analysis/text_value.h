/* Numbers as a person reads them. */
#ifndef CRASHQ_TEXT_VALUE_H
#define CRASHQ_TEXT_VALUE_H

#include "analysis/measures.h"
#include "analysis/statistics.h"

void text_seconds(double seconds, char text[24]);
void text_share(double share, char text[24]);
void text_count(double count, char text[24]);
/* "14", "99.9 %", "385.421 us". Caller frees. */
char *text_value(enum measure_kind kind, double value);
/* "14.2 +- 1.7", "2.31 +- 0.12 ms", with two digits of the half-width; `sign`: always with one. Caller frees. */
char *text_interval(enum measure_kind kind, const struct interval *interval, bool sign);

#endif
