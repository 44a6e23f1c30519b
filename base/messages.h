/* The catalogue of texts: see messages.c. For the test that goes over it; others use rv_translate. */
#ifndef RV_MESSAGES_H
#define RV_MESSAGES_H

#include <reveil.h>

typedef struct rv_message {
    unsigned code; /* 0: a hint, a note or a phrase, which is told under the code of its error */
    const char *english, *french;
} rv_message;

extern const rv_message rv_messages[]; /* the last has no text */

#endif
