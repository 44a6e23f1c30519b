/* The catalogue of texts, for the test that goes over it (others use rv_translate), and texts for people. See messages.c. */
#ifndef RV_MESSAGES_H
#define RV_MESSAGES_H

#include "memory.h"

typedef struct rv_message {
    unsigned code; /* 0: a hint, a note or a phrase, which is told under the code of its error */
    const char *english, *french;
} rv_message;

extern const rv_message rv_messages[]; /* the last has no text */

/* As rv_buffer_format, for lines that people read: in the buffer's language. */
void rv_tell(rv_buffer *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A word or a phrase in the buffer's language, with blanks behind it up to so many characters. */
void rv_tell_padded(rv_buffer *text, const char *phrase, size_t width);

#endif
