/*
 * The catalogue (messages.c) knows a message by its English text, which stands where the error is made, so that the
 * compiler holds it against its arguments: it gives the code and the French text. Errors carry where and how to mend. Functions return a status and fill `err` (may be NULL) only on failure;
 * outputs are untouched then. A broken internal promise is an assert; a broken file is a status.
 */
#ifndef RV_ERROR_H
#define RV_ERROR_H

#include <reveil.h>
#include <stdarg.h>

/* Fills err and returns status, so that `return rv_fail(...)` reads well. The message is printf-like. */
rv_status rv_fail(rv_error *err, rv_status status, const char *format, ...) __attribute__((format(printf, 3, 4)));
rv_status rv_fail_list(rv_error *err, rv_status status, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));
/* A message without arguments that isn't written on the spot. */
rv_status rv_fail_text(rv_error *err, rv_status status, const char *text);
/* A format of one %s, in whose place a phrase of the catalogue stands. */
rv_status rv_fail_phrase(rv_error *err, rv_status status, const char *format, const char *phrase)
    __attribute__((format(printf, 3, 0)));
/* Goes on with a message, in both languages. */
void rv_error_add(rv_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Same, from errno: ENOSPC/EDQUOT/EFBIG become RV_NO_SPACE, ENOMEM RV_NO_MEMORY, others `status`; appends strerror. */
rv_status rv_fail_errno(rv_error *err, rv_status status, const char *path, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
rv_status rv_fail_memory(rv_error *err, size_t bytes);
/* Add to an error that was filled: where it was, how to mend it. Both take NULL err. Return err's status. */
rv_status rv_error_at(rv_error *err, const char *file, uint64_t line, uint64_t column);
void rv_error_hint_text(rv_error *err, const char *text); /* without arguments, not written on the spot */
void rv_error_hint(rv_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* In line whatever the compiler thinks: for what is written once and compiled for each instruction set, or called so often
 * that the call would be felt. */
#define RV_INLINE static inline __attribute__((always_inline))

/* Passes a failure on. Only where nothing is held; else use a `done:` label. */
#define RV_TRY(call)                                                                                                   \
    do {                                                                                                               \
        rv_status rv_try_status_ = (call);                                                                             \
        if (rv_try_status_ != RV_OK) return rv_try_status_;                                                            \
    } while (0)

#endif
