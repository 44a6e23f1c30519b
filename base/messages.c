/*
 * Looking a text up in the catalogue (message_table.c).
 *
 * A message's English text stands where the error is made, so that the compiler holds it against its arguments and the
 * reader sees it there; the same text is the key of the catalogue, which gives its code and its French twin. The twin
 * takes the same conversions in the same order (tests/unit/test_messages.c), and scripts/messages.py holds the sources
 * against the catalogue: a text that isn't in it is told in English, without a code. What machines read is never
 * translated: segment, state and role names, reason codes of rejects, members of summaries.
 *
 * The search is a walk: a message is made once in a job, and the whole table is gone through in microseconds.
 */
#include "messages.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *rv_translate(const char *english, rv_language language, unsigned *code) {
    for (const rv_message *m = rv_messages; m->english; m++) {
        if (strcmp(m->english, english) != 0) continue;
        if (code) *code = m->code;
        return language == RV_FRENCH ? m->french : m->english;
    }
    return english;
}

void rv_tell(rv_buffer *text, const char *format, ...) {
    if (text->language != RV_ENGLISH) format = rv_translate(format, (rv_language)text->language, NULL);
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0) text->failed = true;
    else if (rv_buffer_reserve(text, (size_t)n + 1))
        text->len += (size_t)vsnprintf(text->data + text->len, (size_t)n + 1, format, again);
    va_end(again);
}

void rv_tell_padded(rv_buffer *text, const char *phrase, size_t width) {
    phrase = rv_translate(phrase, (rv_language)text->language, NULL);
    size_t characters = 0;
    for (const char *p = phrase; *p; p++) characters += ((unsigned char)*p & 0xc0) != 0x80;
    rv_buffer_string(text, phrase);
    for (; characters < width; characters++) rv_buffer_byte(text, ' ');
}
