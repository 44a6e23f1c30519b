/*
 * A line is read from both ends: postcode and city from the back, what says where in the house from the front, up to
 * the number in front of a street type. What remains is the street. The order of these steps matters: a number inside
 * a name ("rue du 8 mai 1945") must not be taken for a house number, nor a postcode's place for a year.
 */
#include "address.h"

#include "placeholder.h"
#include "street_words.h"
#include "vocabulary.h"

enum { MAX_WORDS = 64 };

static bool is_article(rv_text w) { return w.len <= 3 && rv_word_is(w, RV_WORD_ARTICLE); }
static bool is_repeat(rv_text w) { return rv_word_is(w, RV_WORD_REPEAT); }
static bool is_extra(rv_text w) { return rv_word_is(w, RV_WORD_EXTRA); }
static bool is_month(rv_text w) { return rv_word_is(w, RV_WORD_MONTH); }

void rv_address_init(rv_address *address) {
    memset(address, 0, offsetof(rv_address, text));
    address->used = 0;
}

/* --- Writing parts ----------------------------------------------------------------------------------------------- */

/* Where a part begins in the text; add words, then end it. A part that doesn't fit is cut there. */
static void add(rv_address *a, size_t start, const char *ptr, size_t len) {
    size_t blank = a->used > start;
    if (a->used + len + blank > sizeof a->text) return;
    if (blank) a->text[a->used++] = ' ';
    memcpy(a->text + a->used, ptr, len);
    a->used += len;
}

static rv_text ended(const rv_address *a, size_t start) { return rv_text_make(a->text + start, a->used - start); }

static bool is_comma(rv_text word) { return word.len == 1 && word.ptr[0] == ','; }

/* "COL DE LA CROIX" is a pass, "COL FABIEN" an officer. */
static const char *written_out(const rv_text *words, size_t n, size_t i) {
    if (words[i].len == 1) return NULL;
    if (rv_text_is(words[i], "COL") && i + 1 < n && is_article(words[i + 1])) return NULL;
    const rv_word *found = rv_word_find(words[i]);
    if (found && found->day && i + 1 < n && is_month(words[i + 1])) return found->day;
    return found ? found->full : NULL;
}

static rv_text plain_words(rv_address *a, const rv_text *words, size_t n) {
    size_t start = a->used;
    for (size_t i = 0; i < n; i++)
        if (!is_comma(words[i])) add(a, start, words[i].ptr, words[i].len);
    return ended(a, start);
}

/* --- City and postcode ------------------------------------------------------------------------------------------- */

static bool is_arrondissement(rv_text word) {
    uint32_t digits = 0;
    while (digits < word.len && rv_is_digit(word.ptr[digits])) digits++;
    if (digits == 0 || digits > 2) return false;
    rv_text rest = rv_text_make(word.ptr + digits, word.len - digits);
    return rest.len == 0 || rv_text_is(rest, "E") || rv_text_is(rest, "ER") || rv_text_is(rest, "EME") ||
           rv_text_is(rest, "ERE");
}

static rv_text city_words(rv_address *a, const rv_text *words, size_t n) {
    size_t start = a->used;
    for (size_t i = 0; i < n; i++) {
        if (rv_text_is(words[i], "CEDEX")) break;
        if (is_comma(words[i])) {
            if (a->used > start) break;
            continue;
        }
        if (words[i].len == 5 && rv_all_digits(words[i])) continue;
        if (a->used > start && is_arrondissement(words[i])) break;
        if (rv_text_is(words[i], "FRANCE") && i + 1 == n && a->used > start && i > 0 && !is_article(words[i - 1]) &&
            !rv_text_is(words[i - 1], "ILE"))
            break;
        const rv_word *found = words[i].len <= 3 && (i + 1 < n || words[i].len > 1) ? rv_word_find(words[i]) : NULL;
        const char *full = found ? found->full : NULL;
        if (full && *full == 'S') add(a, start, full, strlen(full));
        else add(a, start, words[i].ptr, words[i].len);
    }
    return ended(a, start);
}

void rv_address_read_city(rv_text value, rv_address *a) {
    char letters[RV_LETTERS_MAX];
    rv_text words[MAX_WORDS];
    rv_text text = rv_text_make(letters, rv_letters(value, ',', letters, sizeof letters));
    if (text.len == 0 || rv_placeholder_letters(text)) return;
    rv_text city = city_words(a, words, rv_words(text, words, MAX_WORDS));
    if (city.len) a->city = city;
}

const char *rv_address_read_postcode(rv_text value, const char *country, rv_address *a) {
    char letters[64];
    rv_text text = rv_text_trim(value);
    if (text.len > 2 && memcmp(text.ptr + text.len - 2, ".0", 2) == 0) text.len -= 2;
    text = rv_text_make(letters, rv_letters(text, 0, letters, sizeof letters));
    if (text.len == 0 || rv_placeholder_letters(text)) return "empty";
    bool french = !country || strcmp(country, "FR") == 0;
    if (french && text.len > 5 && text.ptr[0] == 'F') { /* "F-75011" */
        uint32_t skip = 1;
        while (skip < text.len && !rv_is_digit(text.ptr[skip])) skip++;
        text = rv_text_make(text.ptr + skip, text.len - skip);
    }
    char joined[16];
    size_t n = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == ' ') continue;
        if (n == 12) return "too_long";
        joined[n++] = text.ptr[i];
    }
    size_t start = a->used;
    rv_text code = rv_text_make(joined, n);
    if (french && n == 4 && rv_all_digits(code) && joined[0] != '0') add(a, start, "0", 1);
    if (a->used > start && a->used < sizeof a->text && n <= sizeof a->text - a->used) {
        memcpy(a->text + a->used, joined, n);
        a->used += n;
    } else {
        add(a, start, joined, n);
    }
    if (a->used > start) a->postcode = ended(a, start);
    return NULL;
}

static bool is_postcode(rv_text word) { return word.len == 5 && rv_all_digits(word) && memcmp(word.ptr, "00", 2) != 0; }

/* "29600MORLAIX" and "LAURENT75011" are two words each. */
static size_t split_glued(const rv_text *words, size_t n, rv_text *out) {
    size_t count = 0;
    for (size_t i = 0; i < n && count + 2 <= MAX_WORDS; i++) {
        rv_text w = words[i];
        bool head =
            w.len > 7 && rv_all_digits(rv_text_make(w.ptr, 5)) && !rv_is_digit(w.ptr[5]) && !rv_is_digit(w.ptr[6]);
        bool tail = w.len > 7 && rv_all_digits(rv_text_make(w.ptr + w.len - 5, 5)) && !rv_is_digit(w.ptr[w.len - 6]);
        if (head || tail) {
            size_t cut = head ? 5 : w.len - 5;
            out[count++] = rv_text_make(w.ptr, cut);
            out[count++] = rv_text_make(w.ptr + cut, w.len - cut);
        } else {
            out[count++] = w;
        }
    }
    return count;
}

/* Words of the last piece of the line, when it is glued by hyphens as names of communes are ("Ris-Orangis",
 * "Pont-l'Abbe"); 0 otherwise. Streets write double surnames so, but few end in one. */
static size_t hyphenated_behind(rv_text line) {
    char letters[RV_LETTERS_MAX];
    rv_text words[MAX_WORDS];
    line = rv_text_trim(line);
    uint32_t start = line.len;
    while (start > 0 && line.ptr[start - 1] != ' ' && line.ptr[start - 1] != ',') start--;
    rv_text piece = rv_text_make(line.ptr + start, line.len - start);
    if (!memchr(piece.ptr, '-', piece.len)) return 0;
    size_t n = rv_words(rv_text_make(letters, rv_letters(piece, 0, letters, sizeof letters)), words, MAX_WORDS);
    if (n < 2 || rv_is_digit(words[0].ptr[0]) || rv_text_is(words[n - 1], "CURIE") ||
        rv_text_is(words[n - 1], "FRANCE"))
        return 0;
    return n;
}

/* Takes postcode and city off the end of the words; returns how many are left. `glued`: as hyphenated_behind says. */
static size_t take_city(rv_address *a, const rv_text *words, size_t n, size_t glued) {
    for (size_t i = n; i-- > 0;) {
        if (!is_postcode(words[i]) || (i == 0 && n > 4)) continue;
        rv_text city = city_words(a, words + i + 1, n - i - 1);
        rv_address_read_postcode(words[i], "FR", a);
        if (city.len) a->city = city;
        if (i > 0 && (rv_text_is(words[i - 1], "F") || rv_text_is(words[i - 1], "CP"))) i--;
        if (city.len == 0 && i > 0) { /* "VICHY (03200)" */
            size_t behind = rv_large_city_behind(words, i);
            if (behind && behind + 2 < i && !is_article(words[i - behind - 1])) {
                a->city = city_words(a, words + i - behind, behind);
                i -= behind;
            }
        }
        return i;
    }
    size_t end = n;
    if (end > 2 && rv_text_is(words[end - 1], "FRANCE") &&
        (is_comma(words[end - 2]) || rv_large_city_behind(words, end - 1))) {
        end--;
        if (is_comma(words[end - 1])) end--;
    }
    size_t comma = end;
    while (comma > 0 && !is_comma(words[comma - 1])) comma--;
    size_t behind, used;
    while (end > 1 && is_arrondissement(words[end - 1]) && rv_large_city_behind(words, end - 1)) end--;
    behind = rv_large_city_behind(words, end);
    if (behind == 0 && end == n && glued < n) behind = glued;
    bool after_comma = comma > 1 && comma < end && end - comma <= 6 && !rv_all_digits(words[comma]) &&
                       !rv_street_type(words + comma, end - comma, false, &used) && !is_extra(words[comma]);
    if (after_comma) behind = end - comma;
    if (behind == 0 || behind + 2 > end) return n;
    size_t at = end - behind;
    bool by_name = !after_comma && is_article(words[at - 1]);
    if (by_name && !rv_text_is(words[at - 1], "A")) return n; /* "rue de PARIS" */
    if (by_name) at--;
    if (!after_comma && rv_street_type(words + at - 1, 1, true, &used)) return n; /* "rue PARIS" */
    a->city = city_words(a, words + end - behind, behind);
    return at;
}

/* The line may repeat what the columns of postcode and city say: "12 rue X 1300 BELLEY". Returns the words before it. */
static size_t drop_known_city(const rv_address *a, const rv_text *words, size_t n) {
    rv_text code = a->postcode, city[MAX_WORDS];
    while (code.len > 1 && code.ptr[0] == '0') code = rv_text_make(code.ptr + 1, code.len - 1);
    for (size_t i = n; code.len >= 4 && i-- > 2;)
        if (rv_text_equal(words[i], a->postcode) || rv_text_equal(words[i], code)) return i;
    size_t count = rv_words(a->city, city, MAX_WORDS), same = 0;
    while (same < count && same + 2 < n && rv_text_equal(words[n - 1 - same], city[count - 1 - same])) same++;
    bool whole = count > 0 && same == count && same + 2 < n && !is_article(words[n - 1 - same]);
    return whole ? n - same : n;
}

/* --- Street ------------------------------------------------------------------------------------------------------ */

/* Splits "12B", "12BIS" into digits and letters; false unless it is a house number. */
static bool house_number(rv_text word, rv_text *digits, rv_text *rest) {
    uint32_t n = 0;
    while (n < word.len && rv_is_digit(word.ptr[n])) n++;
    if (n == 0 || n > 5) return false;
    *digits = rv_text_make(word.ptr, n);
    *rest = rv_text_make(word.ptr + n, word.len - n);
    return rest->len == 0 || rest->len == 1 || is_repeat(*rest);
}

static bool is_single_letter(rv_text w) { return w.len == 1 && w.ptr[0] >= 'A' && w.ptr[0] <= 'Z'; }

/* A house number at words[i], with its repeat and a second number ("12-14", "12/14"). Returns the words it takes; 0:
 * none. */
static size_t number_at(const rv_text *words, size_t n, size_t i, rv_text *number, rv_text *repeat) {
    rv_text digits, rest, more, more_rest;
    if (i >= n || !house_number(words[i], &digits, &rest)) return 0;
    size_t at = i + 1, used;
    while (at < n && is_comma(words[at])) at++;
    if (rest.len == 0 && at < n && is_repeat(words[at])) rest = words[at++];
    else if (rest.len == 0 && at + 1 < n && is_single_letter(words[at]) &&
             (rv_street_type(words + at + 1, n - at - 1, true, &used) || is_comma(words[at + 1])))
        rest = words[at++];
    while (at < n && is_comma(words[at])) at++;
    if (at + 1 < n && (rv_text_is(words[at], "A") || rv_text_is(words[at], "ET")) && rv_all_digits(words[at + 1])) at++;
    size_t second = at;
    while (second < n &&
           (is_comma(words[second]) || is_repeat(words[second]) || house_number(words[second], &more, &more_rest)))
        second++;
    if (second > at && second < n && rv_street_type(words + second, n - second, true, &used)) at = second;
    *number = digits;
    *repeat = rest;
    return at - i;
}

static void write_street(rv_address *a, const rv_text *words, size_t n) {
    while (n && is_comma(words[n - 1])) n--;
    if (n > 1) {
        const rv_word *behind = a->type.len ? NULL : rv_word_find(words[n - 1]);
        if (behind && behind->type_behind) {
            a->type = rv_text_of(behind->type_behind);
            n--;
        }
    }
    size_t start = a->used;
    for (size_t i = 0; i < n; i++) {
        if (is_comma(words[i])) continue;
        const char *full = written_out(words, n, i);
        if (full) add(a, start, full, strlen(full));
        else add(a, start, words[i].ptr, words[i].len);
    }
    if (a->used > start) a->street = ended(a, start);
}

/* Cuts a tail such as "BP 123", ", APPT 4" or "BAT C" off. Returns what is left. */
static size_t take_extra_behind(const rv_text *words, size_t from, size_t n, rv_text *tail, size_t *tail_n) {
    *tail_n = 0;
    for (size_t i = from + 2; i + 1 < n; i++) {
        bool marked = is_extra(words[i]) &&
                      (is_comma(words[i - 1]) || rv_is_digit(words[i + 1].ptr[0]) || is_single_letter(words[i + 1]));
        if (!marked || is_article(words[i - 1])) continue;
        for (size_t j = i; j < n; j++) tail[(*tail_n)++] = words[j];
        return i;
    }
    return n;
}

/* Finds where number and street begin; `number` may be empty. */
static size_t find_street(const rv_text *words, size_t n, rv_text *number, rv_text *repeat, size_t *street) {
    size_t used;
    for (size_t i = 0; i < n; i++) { /* a number in front of a street type, wherever it is */
        rv_text digits, rest;
        size_t taken = number_at(words, n, i, &digits, &rest);
        if (taken == 0 || !rv_street_type(words + i + taken, n - i - taken, true, &used)) continue;
        *number = digits;
        *repeat = rest;
        *street = i + taken;
        return i;
    }
    size_t first = 0;
    if (n > 1 && (rv_text_is(words[0], "N") || rv_text_is(words[0], "NO") || rv_text_is(words[0], "NUMERO"))) first = 1;
    size_t taken = number_at(words, n, first, number, repeat);
    if (taken) {
        *street = first + taken;
        return first;
    }
    *number = *repeat = (rv_text){0};
    for (size_t i = 0; i < n; i++) { /* no number: behind a comma, or a flat's line in front of a type */
        if (i > 0 && !is_comma(words[i - 1]) && !is_extra(words[0])) continue;
        const char *type = rv_street_type(words + i, n - i, false, &used);
        if (!type || (i == 0 && is_extra(words[0]))) continue;
        *street = i;
        return i;
    }
    *street = 0;
    return 0;
}

void rv_address_read_line(rv_text value, bool whole, rv_address *a) {
    char letters[RV_LETTERS_MAX];
    rv_text raw[MAX_WORDS], words[MAX_WORDS], tail[MAX_WORDS], number, repeat;
    rv_text text = rv_text_make(letters, rv_letters(value, ',', letters, sizeof letters));
    if (text.len == 0 || rv_placeholder_letters(text)) return;
    size_t n = rv_words(text, raw, MAX_WORDS), street = 0, used = 0, tail_n;
    if (whole) {
        n = split_glued(raw, n, words);
        n = take_city(a, words, n, hyphenated_behind(value));
    } else {
        memcpy(words, raw, n * sizeof *raw);
        n = drop_known_city(a, words, n);
    }
    if (n == 0) return;
    size_t begin = find_street(words, n, &number, &repeat, &street);
    n = take_extra_behind(words, street, n, tail, &tail_n);
    const char *type = rv_street_type(words + street, n - street, number.len > 0 || a->number.len > 0, &used);
    if (type) {
        a->type = rv_text_of(type);
        street += used;
    }
    if (number.len && a->number.len == 0) {
        a->number = plain_words(a, &number, 1);
        if (repeat.len) a->repeat = plain_words(a, &repeat, 1);
    }
    if (begin && (rv_text_is(words[begin - 1], "N") || rv_text_is(words[begin - 1], "NO"))) begin--; /* "n° 5" */
    if (begin) a->extra = plain_words(a, words, begin);
    if (tail_n && a->extra.len == 0) a->extra = plain_words(a, tail, tail_n);
    if (street < n) write_street(a, words + street, n - street);
}

void rv_address_read_number(rv_text value, rv_address *a) {
    char letters[64];
    rv_text words[8], number, repeat;
    rv_text text = rv_text_make(letters, rv_letters(value, 0, letters, sizeof letters));
    if (text.len == 0 || rv_placeholder_letters(text)) return;
    size_t n = rv_words(text, words, 8);
    if (number_at(words, n, 0, &number, &repeat) == 0) return;
    if (repeat.len == 0 && n == 2 && is_single_letter(words[1])) repeat = words[1];
    while (number.len > 1 && number.ptr[0] == '0') number = rv_text_make(number.ptr + 1, number.len - 1);
    if (rv_text_is(number, "0")) return;
    a->number = plain_words(a, &number, 1);
    if (repeat.len) a->repeat = plain_words(a, &repeat, 1);
}

void rv_address_read_extra(rv_text value, rv_address *a) {
    char letters[RV_LETTERS_MAX];
    rv_text text = rv_text_make(letters, rv_letters(value, 0, letters, sizeof letters));
    if (text.len == 0 || rv_placeholder_letters(text)) return;
    size_t start = a->used;
    if (a->extra.len) add(a, start, a->extra.ptr, a->extra.len);
    add(a, start, text.ptr, text.len);
    a->extra = ended(a, start);
}

rv_text rv_address_street_word(rv_text street) {
    for (uint32_t end = street.len; end > 0;) { /* from the back: it is nearly always the last one */
        uint32_t start = end;
        while (start > 0 && street.ptr[start - 1] != ' ') start--;
        rv_text word = rv_text_make(street.ptr + start, end - start);
        if (word.len > 1 && !rv_is_digit(word.ptr[0]) && !is_article(word)) return word;
        end = start > 0 ? start - 1 : 0;
    }
    return street;
}
