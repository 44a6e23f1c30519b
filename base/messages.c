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

#include <string.h>

const char *rv_translate(const char *english, rv_language language, unsigned *code) {
    for (const rv_message *m = rv_messages; m->english; m++) {
        if (strcmp(m->english, english) != 0) continue;
        if (code) *code = m->code;
        return language == RV_FRENCH ? m->french : m->english;
    }
    return english;
}
