/* Filling errors. vsnprintf cuts over-long messages: a cut message is better than none. */
#include "error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Both languages take the same arguments in the same order: a test goes over the catalogue. */
static void format_both(const char *format, unsigned *code, char *english, char *french, size_t cap, va_list args) {
    va_list again;
    va_copy(again, args);
    vsnprintf(english, cap, format, args);
    vsnprintf(french, cap, rv_translate(format, RV_FRENCH, code), again);
    va_end(again);
}

static size_t end_of(const char *text, size_t cap) {
    size_t n = strlen(text);
    return n < cap ? n : cap - 1;
}

rv_status rv_fail_list(rv_error *err, rv_status status, const char *format, va_list args) {
    if (!err) return status;
    memset(err, 0, sizeof *err);
    err->status = status;
    format_both(format, &err->code, err->message, err->french, sizeof err->message, args);
    return status;
}

rv_status rv_fail(rv_error *err, rv_status status, const char *format, ...) {
    va_list args;
    va_start(args, format);
    rv_fail_list(err, status, format, args);
    va_end(args);
    return status;
}

rv_status rv_fail_text(rv_error *err, rv_status status, const char *text) {
    if (!err) return status;
    memset(err, 0, sizeof *err);
    err->status = status;
    snprintf(err->message, sizeof err->message, "%s", text);
    snprintf(err->french, sizeof err->french, "%s", rv_translate(text, RV_FRENCH, &err->code));
    return status;
}

rv_status rv_fail_phrase(rv_error *err, rv_status status, const char *format, const char *phrase) {
    if (!err) return status;
    memset(err, 0, sizeof *err);
    err->status = status;
    snprintf(err->message, sizeof err->message, format, phrase);
    snprintf(err->french, sizeof err->french, rv_translate(format, RV_FRENCH, &err->code),
             rv_translate(phrase, RV_FRENCH, NULL));
    return status;
}

void rv_error_add(rv_error *err, const char *format, ...) {
    if (!err) return;
    char english[sizeof err->message], french[sizeof err->french];
    va_list args;
    va_start(args, format);
    format_both(format, NULL, english, french, sizeof english, args);
    va_end(args);
    size_t used = end_of(err->message, sizeof err->message);
    snprintf(err->message + used, sizeof err->message - used, "%s", english);
    used = end_of(err->french, sizeof err->french);
    snprintf(err->french + used, sizeof err->french - used, "%s", french);
}

static void copy_path(rv_error *err, const char *path) {
    if (path) snprintf(err->file, sizeof err->file, "%s", path);
}

rv_status rv_fail_errno(rv_error *err, rv_status status, const char *path, const char *format, ...) {
    int code = errno;
    if (code == ENOSPC || code == EDQUOT || code == EFBIG) status = RV_NO_SPACE;
    if (code == ENOMEM) status = RV_NO_MEMORY;
    if (err) {
        va_list args;
        va_start(args, format);
        rv_fail_list(err, status, format, args);
        va_end(args);
        err->sys_errno = code;
        copy_path(err, path);
        char text[128] = "";
        const char *reason = strerror_r(code, text, sizeof text); /* GNU's: may point elsewhere */
        size_t used = end_of(err->message, sizeof err->message);
        snprintf(err->message + used, sizeof err->message - used, ": %s", reason);
        used = end_of(err->french, sizeof err->french);
        snprintf(err->french + used, sizeof err->french - used, " : %s", rv_translate(reason, RV_FRENCH, NULL));
        if (status == RV_NO_SPACE) rv_translate("the disk is full", RV_FRENCH, &err->code);
        if (status == RV_NO_MEMORY) rv_translate("out of memory: %zu more bytes were asked for", RV_FRENCH, &err->code);
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
    format_both(format, NULL, err->hint, err->french_hint, sizeof err->hint, args);
    va_end(args);
}

void rv_error_hint_text(rv_error *err, const char *text) {
    if (!err) return;
    snprintf(err->hint, sizeof err->hint, "%s", text);
    snprintf(err->french_hint, sizeof err->french_hint, "%s", rv_translate(text, RV_FRENCH, NULL));
}
