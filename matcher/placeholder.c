/* The words are kept in the vocabulary without blanks: "N C", "N/C" and "NC" are one. */
#include "placeholder.h"

#include "letters.h"
#include "vocabulary.h"

enum { LONGEST = 24 };

/* The letters without blanks; 0 when there are too many to be a place-holder. */
static size_t joined(rv_text letters, char word[LONGEST]) {
    size_t n = 0;
    if (letters.len > 2 * LONGEST) return 0;
    for (uint32_t i = 0; i < letters.len; i++) {
        if (letters.ptr[i] == ' ') continue;
        if (n == LONGEST) return 0;
        word[n++] = letters.ptr[i];
    }
    return n;
}

static bool all_same(const char *word, size_t n) {
    for (size_t i = 1; i < n; i++)
        if (word[i] != word[0]) return false;
    return true;
}

bool rv_placeholder_letters(rv_text letters) {
    if (letters.len == 0) return true;
    char word[LONGEST];
    size_t n = joined(letters, word);
    if (n == 0) return false;
    if (word[0] == '0' || (word[0] == 'X' && n >= 2)) return all_same(word, n);
    return rv_word_is(rv_text_make(word, n), RV_WORD_NOTHING);
}

bool rv_placeholder_name(rv_text letters) {
    if (rv_placeholder_letters(letters)) return true;
    char word[LONGEST];
    size_t n = joined(letters, word);
    if (n == 0) return false;
    bool letter = false; /* digits alone are nobody's name */
    for (size_t i = 0; i < n && !letter; i++) letter = !rv_is_digit(word[i]);
    return !letter || (n >= 3 && all_same(word, n)) || rv_word_is(rv_text_make(word, n), RV_WORD_NOBODY);
}

bool rv_placeholder(rv_text value) {
    value = rv_text_trim(value);
    if (value.len > 2 * LONGEST) return false;
    char letters[4 * LONGEST];
    size_t n = rv_letters(value, 0, letters, sizeof letters);
    return rv_placeholder_letters(rv_text_make(letters, n));
}
