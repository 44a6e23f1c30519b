/*
 * How a last name sounds: names that French ears take for one another share a code ("DUPONT DUPOND DUPON", "LEFEVRE
 * LEFEBVRE LEFEUVRE", "MEYER MAYER MAIER", "PHILIPPE FILIP"). For blocking and as a level of agreement: two people with
 * one code may be one, and nothing more.
 *
 * The method is of the family of Soundex (Russell, patent US 1,261,167 of 1918) and of its French and Metaphone-like
 * descendants (Philips, "Hanging on the Metaphone", Computer Language 7(12), 1990; Brouard's Phonex of 1999): letters
 * that sound together give one sign, endings that are written and not heard give none. Unlike Soundex vowels are kept,
 * coarsely, since French surnames differ by them. The rules are our own; outside French they lose endings and merge K
 * with C, F with PH, W with V, S with Z, so codes stay usable, only less exact.
 */
#ifndef RV_PHONETIC_H
#define RV_PHONETIC_H

#include "text.h"

enum { RV_PHONETIC_MAX = 8 };

/*
 * The code of a name in canonical capitals (letters.h), its blanks left out: LE ROUX is LEROUX. Capitals, and 1 2 3 for
 * the nasal vowels of "vin", "vent" and "bon"; X is the sound of "chat". Other letters than A-Z stand for themselves.
 * At most RV_PHONETIC_MAX signs, zeros behind them: the eight bytes compare as one word. Returns how many; 0: no sound.
 * Particles and the parts of double names are the caller's affair. Any thread.
 */
size_t rv_phonetic(rv_text name, char out[RV_PHONETIC_MAX]);

#endif
