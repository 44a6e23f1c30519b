/* Parts of French addresses that take more than one word to tell. Single words: vocabulary.h. */
#ifndef RV_STREET_WORDS_H
#define RV_STREET_WORDS_H

#include "text.h"

/* The type of street that the words begin with, written out; *used words belong to it. NULL: none. Short forms of one
 * or two letters (R, CH, PL) count only where `after_number`. */
const char *rv_street_type(const rv_text *words, size_t n, bool after_number, size_t *used);

#endif
