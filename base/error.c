/* Filling errors. vsnprintf cuts over-long messages: a cut message is better than none. */
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void fill(rv_error *err, rv_status status, const char *format, va_list args) {
    memset(err, 0, sizeof *err);
    err->status = status;
    vsnprintf(err->message, sizeof err->message, format, args);
}

rv_status rv_fail(rv_error *err, rv_status status, const char *format, ...) {
    if (err) {
        va_list args;
        va_start(args, format);
        fill(err, status, format, args);
        va_end(args);
    }
    return status;
}

static void copy_path(rv_error *err, const char *path) {
    if (path) snprintf(err->file, sizeof err->file, "%s", path);
}

rv_status rv_fail_errno(rv_error *err, rv_status status, const char *path, const char *format, ...) {
    int code = errno;
    if (code == ENOSPC || code == EDQUOT) status = RV_NO_SPACE;
    if (code == ENOMEM) status = RV_NO_MEMORY;
    if (err) {
        va_list args;
        va_start(args, format);
        fill(err, status, format, args);
        va_end(args);
        err->sys_errno = code;
        copy_path(err, path);
        size_t used = strlen(err->message);
        char text[128] = "";
        const char *reason = strerror_r(code, text, sizeof text); /* GNU's: may point elsewhere */
        snprintf(err->message + used, sizeof err->message - used, ": %s", reason);
    }
    return status;
}

rv_status rv_fail_memory(rv_error *err, size_t bytes) {
    rv_fail(err, RV_NO_MEMORY, "out of memory: %zu more bytes were asked for", bytes);
    rv_error_hint(err, "give the job more memory, or fewer threads with --threads 1");
    return RV_NO_MEMORY;
}

rv_status rv_error_at(rv_error *err, const char *file, uint64_t line, uint64_t column) {
    if (!err) return RV_FAILED;
    copy_path(err, file);
    err->line = line;
    err->column = column;
    return err->status;
}

void rv_error_hint(rv_error *err, const char *format, ...) {
    if (!err) return;
    va_list args;
    va_start(args, format);
    vsnprintf(err->hint, sizeof err->hint, format, args);
    va_end(args);
}
