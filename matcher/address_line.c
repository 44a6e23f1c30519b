/*
 * How a whole line is written says where a name ends: communes are glued by hyphens, towns stand in capitals behind streets
 * in small letters, parts are told by commas, dashes, line ends. Canonical capitals forget all that; so the line is cut at
 * its blanks first, and each piece brought to capitals by itself.
 */
#include "address_detail.h"
#include "commune.h"

/* Stands for a comma wherever it is. */
static bool divides(rv_text value, uint32_t at) {
    char c = value.ptr[at];
    return c == ',' || c == ';' || c == '|' || c == '\n' || c == '\r' || c == '\t';
}

/* Bytes of the blank at `at`; 0: none. */
static uint32_t blank_at(rv_text value, uint32_t at) {
    const char *p = value.ptr + at;
    if (*p == ' ') return 1;
    if (at + 1 < value.len && memcmp(p, "\xC2\xA0", 2) == 0) return 2;
    return at + 2 < value.len && memcmp(p, "\xE2\x80\xAF", 3) == 0 ? 3 : 0;
}

static bool is_dash(rv_text piece) { /* "-", and in UTF-8 the dashes of U+2010 to U+2015 */
    if (piece.len == 1) return piece.ptr[0] == '-' || piece.ptr[0] == '/';
    return piece.len == 3 && memcmp(piece.ptr, "\xE2\x80", 2) == 0 && (unsigned char)piece.ptr[2] >= 0x90 &&
           (unsigned char)piece.ptr[2] <= 0x95;
}

static uint8_t case_of(rv_text piece) {
    unsigned small = 0, large = 0;
    for (uint32_t i = 0; i < piece.len; i++) {
        small += piece.ptr[i] >= 'a' && piece.ptr[i] <= 'z';
        large += piece.ptr[i] >= 'A' && piece.ptr[i] <= 'Z';
    }
    return small ? RV_WORD_SMALL : large > 1 ? RV_WORD_CAPITALS : 0;
}

/* The place of a cut in "29600MORLAIX" or "LAURENT75011"; 0: none. */
static uint32_t glued_postcode(rv_text w) {
    if (w.len <= 7) return 0;
    if (rv_all_digits(rv_text_make(w.ptr, 5)) && !rv_is_digit(w.ptr[5]) && !rv_is_digit(w.ptr[6])) return 5;
    if (rv_all_digits(rv_text_make(w.ptr + w.len - 5, 5)) && !rv_is_digit(w.ptr[w.len - 6])) return w.len - 5;
    return 0;
}

static void add_word(rv_address_line *line, rv_text word, uint8_t marks) {
    if (line->n == RV_ADDRESS_WORDS) return;
    line->words[line->n] = word;
    line->marks[line->n++] = marks;
}

static void add_comma(rv_address_line *line) {
    if (line->n && !rv_is_comma(line->words[line->n - 1])) add_word(line, RV_TEXT(","), 0);
}

/* "75 001": the two words are one postcode. Pieces lie one behind the other in the line's text. */
static bool joins_postcode(const rv_address_line *line, rv_text word) {
    rv_text before = line->n > 2 ? line->words[line->n - 1] : (rv_text){0}, alone;
    return word.len == 3 && before.len == 2 && before.ptr + 2 == word.ptr && rv_all_digits(before) &&
           rv_all_digits(word) && rv_postcode_find(rv_text_make(before.ptr, 5), &alone);
}

enum { CORSICAN_COMMUNES = 366 }; /* the highest number of one: 2B366 */

void rv_mend_corsican(char *word, size_t len) {
    if (len != 5 || word[0] != '2' || (word[1] != 'A' && word[1] != 'B') || !rv_all_digits(rv_text_make(word + 2, 3))) return;
    int number = 100 * (word[2] - '0') + 10 * (word[3] - '0') + (word[4] - '0');
    if (number == 0 || number > CORSICAN_COMMUNES) word[1] = '0';
}

/* Returns the bytes of the line's text that it took. */
static size_t add_piece(rv_address_line *line, size_t used, rv_text piece) {
    rv_text words[RV_ADDRESS_WORDS];
    if (is_dash(piece)) {
        add_comma(line);
        return 0;
    }
    char *room = line->text + used;
    size_t len = rv_letters(piece, 0, room, sizeof line->text - used);
    size_t n = rv_words(rv_text_make(room, len), words, RV_ADDRESS_WORDS);
    uint8_t marks = case_of(piece);
    if (n == 1) rv_mend_corsican(room + (words[0].ptr - room), words[0].len);
    if (n == 1 && joins_postcode(line, words[0])) {
        line->words[line->n - 1].len = 5;
        return len;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t cut = glued_postcode(words[i]);
        uint8_t glued = i > 0 && !rv_all_digits(words[i - 1]) ? RV_WORD_GLUED : 0;
        if (cut) add_word(line, rv_text_make(words[i].ptr, cut), marks | glued);
        add_word(line, rv_text_make(words[i].ptr + cut, words[i].len - cut), cut ? marks : marks | glued);
    }
    return len;
}

void rv_address_cut(rv_text value, rv_address_line *line) {
    size_t used = 0;
    line->n = 0;
    value = rv_text_trim(value);
    if (value.len > RV_LETTERS_MAX) return;
    for (uint32_t at = 0; at < value.len;) {
        if (blank_at(value, at)) {
            at += blank_at(value, at);
        } else if (divides(value, at)) {
            add_comma(line);
            at++;
        } else {
            uint32_t start = at;
            while (at < value.len && !blank_at(value, at) && !divides(value, at)) at++;
            used += add_piece(line, used, rv_text_make(value.ptr + start, at - start));
        }
    }
}
