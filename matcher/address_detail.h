/* What the readers of addresses share among themselves: the words of a line, where its street begins, its town. */
#ifndef RV_ADDRESS_DETAIL_H
#define RV_ADDRESS_DETAIL_H

#include "address.h"
#include "vocabulary.h"

enum { RV_ADDRESS_WORDS = 64 };
enum {
    RV_WORD_GLUED = 1,
    /* to the one before, by a hyphen or an apostrophe */ RV_WORD_CAPITALS = 2,
    RV_WORD_SMALL = 4
};

/* A line cut into words in canonical capitals; a comma is a word, and so is what stands for one (a dash between blanks, a
 * line's end). */
typedef struct rv_address_line {
    rv_text words[RV_ADDRESS_WORDS]; /* views into text */
    uint8_t marks[RV_ADDRESS_WORDS]; /* RV_WORD_*: how the word was written */
    size_t n;
    char text[RV_LETTERS_MAX];
} rv_address_line;
void rv_address_cut(rv_text value, rv_address_line *line);

/* Corsica's departments in place of the 20 of its postcodes, mended in place: "2A000 AJACCIO". What may be a commune's number
 * in the statisticians' code, 2A004 for Ajaccio, stays: 20004 would be nobody's postcode. */
void rv_mend_corsican(char *word, size_t len);

/* Words [begin, ...): number, repeat, then the street's type, then its name from `body` on. */
typedef struct rv_street_place {
    size_t begin, body;
    const char *type; /* NULL: none */
    rv_text number, repeat;
} rv_street_place;
/* `numbered`: the house number is known from elsewhere. */
void rv_address_find_street(const rv_text *words, size_t n, bool numbered, rv_street_place *found);
/* A house number at words[i], with its repeat and a second number ("12-14", "12/14"). Returns the words it takes; 0:
 * none. */
size_t rv_address_number_at(const rv_text *words, size_t n, size_t i, rv_text *number, rv_text *repeat);

/* Takes postcode and town off the line. What is left: the street's words are [from, to), others [tail, tail_end). */
typedef struct rv_address_rest {
    size_t from, to, tail, tail_end;
} rv_address_rest;
void rv_address_take_place(rv_address *address, rv_address_line *line, rv_address_rest *rest);
/* The words at the end of [0, n) that name a commune with this postcode, behind a street; 0: none. */
size_t rv_address_commune_behind(const rv_text *words, size_t n, rv_text postcode);

/* Writing parts: where the part begins, words, its end. A part that doesn't fit is cut there. */
void rv_address_add(rv_address *address, size_t start, const char *ptr, size_t len);
static inline rv_text rv_address_ended(const rv_address *address, size_t start) {
    return rv_text_make(address->text + start, address->used - start);
}
rv_text rv_address_city_words(rv_address *address, const rv_text *words, size_t n);

static inline bool rv_is_comma(rv_text word) { return word.len == 1 && word.ptr[0] == ','; }
static inline bool rv_is_article(rv_text word) { return word.len <= 3 && rv_word_is(word, RV_WORD_ARTICLE); }
static inline bool rv_is_single_letter(rv_text word) {
    return word.len == 1 && word.ptr[0] >= 'A' && word.ptr[0] <= 'Z';
}

#endif
