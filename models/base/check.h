/* CHECK: assertions that stay on in release.
 *
 * A failed CHECK is a bug of crashq, never of its input. The pure zone may not write or exit, so the
 * program that links it says what a failure does: it defines check_failed() (the command line prints
 * and exits with 70, a test fails). */
#ifndef CRASHQ_BASE_CHECK_H
#define CRASHQ_BASE_CHECK_H

_Noreturn void check_failed(const char *file, int line, const char *fact);

#define CHECK(fact)                                                                                \
    do {                                                                                           \
        if (__builtin_expect(!(fact), 0))                                                          \
            check_failed(__FILE__, __LINE__, #fact);                                               \
    } while (0)

#endif
