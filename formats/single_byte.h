/*
 * Encodings of one byte a character, as files of Western Europe have them: Windows' CP1252, ISO-8859-15, the Mac's Roman and
 * DOS's CP850. Nothing in a file says which; but a byte that is an accented letter in one is a sign in another, and signs
 * don't stand within words, nor capitals within small letters.
 */
#ifndef RV_SINGLE_BYTE_H
#define RV_SINGLE_BYTE_H

#include "error.h"

/* Code points of the bytes 80 to FF; NULL: not such an encoding. */
const uint16_t *rv_single_byte(rv_encoding encoding);
/* How well a character fits between two bytes: 2 as French has it, 1 as its neighbours do, 0 not at all. */
unsigned rv_single_byte_fit(uint32_t c, unsigned char before, unsigned char after);

#endif
