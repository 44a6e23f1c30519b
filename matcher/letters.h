/*
 * Canonical capitals: the form in which names, streets and cities are compared. Accents out, ligatures written in full
 * (oe, ae, ss), every apostrophe, hyphen, dot and other mark one blank, blanks trimmed and squeezed, capitals. Letters
 * that aren't Latin stay what they are, in upper case: a name in Greek or Arabic is a name still.
 *
 * Applying it twice changes nothing. Bytes that aren't UTF-8 are read as Latin-1, so a file in the wrong encoding loses
 * an accent and not the word.
 */
#ifndef RV_LETTERS_H
#define RV_LETTERS_H

#include "text.h"

/* Values longer than this are no name and no address; they count as missing. */
enum { RV_LETTERS_MAX = 512 };

/* Writes the canonical form of `in` and returns its length; 0: nothing left, or more than `cap` bytes (no zero is
 * added). `keep` is a mark that stays as a word of its own (0: none): the comma tells parts of an address. */
size_t rv_letters(rv_text in, char keep, char *out, size_t cap);

/* The same for what nearly all values are: at most RV_PLAIN_MAX bytes of ASCII and accented letters of Western Europe,
 * whose marks stand alone, between letters or digits. `out` has room for RV_PLAIN_MAX bytes, whatever the length. Returns
 * the length; 0: of another shape. Bit i speaks of byte i of the canonical form. */
enum { RV_PLAIN_MAX = 64 };
typedef struct rv_plain {
    uint64_t blanks, digits;
} rv_plain;
size_t rv_letters_plain(rv_text in, char keep, char out[RV_PLAIN_MAX], rv_plain *plain);

/* A canonical text cut into words; views into it. Words beyond `max` are left out. Returns their number. */
size_t rv_words(rv_text canonical, rv_text *words, size_t max);

/* Is the word in the list? A list is words parted by single blanks: the form in which vocabularies are kept here. */
bool rv_word_in(rv_text word, const char *list);

static inline bool rv_is_digit(char c) { return c >= '0' && c <= '9'; }
bool rv_all_digits(rv_text a); /* and not empty */
/* Five digits, as a number, without a branch for each of them: -1, anything else. */
int32_t rv_five_digits(rv_text a);

#endif
