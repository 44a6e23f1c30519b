/* The words are kept in the vocabulary without blanks: "N C", "N/C" and "NC" are one. */
#include "placeholder.h"

#include "letters.h"
#include "vocabulary.h"

enum { LONGEST = 24 };

/* The letters without blanks, in `word` where there are some; empty when there are too many to be a place-holder. */
static rv_text joined(rv_text letters, char word[LONGEST]) {
    uint32_t n = 0;
    if (letters.len > 2 * LONGEST) return (rv_text){0};
    if (!memchr(letters.ptr, ' ', letters.len)) return letters.len <= LONGEST ? letters : (rv_text){0};
    for (uint32_t i = 0; i < letters.len; i++) {
        if (letters.ptr[i] == ' ') continue;
        if (n == LONGEST) return (rv_text){0};
        word[n++] = letters.ptr[i];
    }
    return rv_text_make(word, n);
}

static bool all_same(rv_text word) {
    for (uint32_t i = 1; i < word.len; i++)
        if (word.ptr[i] != word.ptr[0]) return false;
    return true;
}

static bool is_nothing(rv_text word) {
    if (word.len == 0) return false;
    if (word.ptr[0] == '0' || (word.ptr[0] == 'X' && word.len >= 2)) return all_same(word);
    return rv_word_is(word, RV_WORD_NOTHING);
}

/* No place-holder begins with another digit than 0 (a test says so), and nearly all lines of addresses do. */
bool rv_placeholder_letters(rv_text letters) {
    char room[LONGEST];
    if (letters.len == 0) return true;
    return !(letters.ptr[0] >= '1' && letters.ptr[0] <= '9') && is_nothing(joined(letters, room));
}

bool rv_placeholder_name(rv_text letters) {
    char room[LONGEST];
    if (letters.len == 0) return true;
    rv_text word = joined(letters, room);
    if (word.len == 0) return false;
    if (is_nothing(word) || rv_all_digits(word)) return true; /* digits alone are nobody's name */
    return (word.len >= 3 && all_same(word)) || rv_word_is(word, RV_WORD_NOBODY);
}

bool rv_placeholder(rv_text value) {
    value = rv_text_trim(value);
    if (value.len > 2 * LONGEST) return false;
    char letters[4 * LONGEST];
    size_t n = rv_letters(value, 0, letters, sizeof letters);
    return rv_placeholder_letters(rv_text_make(letters, n));
}
