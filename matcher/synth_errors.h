/*
 * What happens to text on its way into a file: typing errors, lost accents, capitals, abbreviations, code pages.
 * All work in place on UTF-8 whose letters beyond ASCII lie in U+00C0..U+00FF, and return the new length.
 */
#ifndef RV_SYNTH_ERRORS_H
#define RV_SYNTH_ERRORS_H

#include "synth_sampling.h"

/* One slip of the fingers between ASCII letters: a letter left out, doubled, swapped, or hit beside its key. Unchanged
 * when the text has no two neighbouring letters. Room for one byte more is needed. */
size_t rv_synth_typo(char *text, size_t len, rv_dice *dice);
size_t rv_synth_strip_accents(char *text, size_t len);
void rv_synth_upper(char *text, size_t len);
void rv_synth_lower(char *text, size_t len);
/* Général to Gal, Saint- to St, and the like: as address files do to stay within 38 characters. */
size_t rv_synth_abbreviate(char *text, size_t len);
size_t rv_synth_to_cp1252(char *text, size_t len);

/* Decimal digits; `digits` 0: as many as needed, else with leading zeros. Returns the end, and writes no zero. */
char *rv_synth_number(char *to, uint64_t value, unsigned digits);

#endif
