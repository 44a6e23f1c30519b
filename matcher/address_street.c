/*
 * Where a street begins in a line: behind the number in front of a type of street, wherever that is ("Res. les Pins 3 chem.
 * des Vignes"), else behind the first number, else at the first type. A number inside a name ("rue du 8 mai 1945") must
 * not be taken for a house number.
 */
#include "address_detail.h"
#include "street_words.h"

/* BIS, TER, QUATER...: no other begins (a test says so), and what stands behind a number is mostly a type of street, which
 * the vocabulary would be asked for twice. */
static bool is_repeat(rv_text w) {
    return w.len >= 3 && (w.ptr[0] == 'B' || w.ptr[0] == 'T' || w.ptr[0] == 'Q') && rv_word_is(w, RV_WORD_REPEAT);
}

/* Splits "12B", "12BIS" into digits and letters; false unless it is a house number. */
static bool house_number(rv_text word, rv_text *digits, rv_text *rest) {
    uint32_t n = 0;
    while (n < word.len && rv_is_digit(word.ptr[n])) n++;
    if (n == 0 || n > 5) return false;
    *digits = rv_text_make(word.ptr, n);
    *rest = rv_text_make(word.ptr + n, word.len - n);
    return rest->len == 0 || rest->len == 1 || is_repeat(*rest);
}

static bool is_ordinal(rv_text word) { /* "10 2e avenue" */
    return word.len > 1 && rv_is_digit(word.ptr[0]) && word.ptr[word.len - 1] == 'E';
}

size_t rv_address_number_at(const rv_text *words, size_t n, size_t i, rv_text *number, rv_text *repeat) {
    rv_text digits, rest, more, more_rest;
    if (i >= n || !house_number(words[i], &digits, &rest)) return 0;
    size_t at = i + 1, used;
    while (at < n && rv_is_comma(words[at])) at++;
    if (rest.len == 0 && at < n && is_repeat(words[at])) rest = words[at++];
    else if (rest.len == 0 && at + 1 < n && rv_is_single_letter(words[at]) &&
             (rv_street_type(words + at + 1, n - at - 1, true, &used) || rv_is_comma(words[at + 1])))
        rest = words[at++];
    if (rest.len && at + 1 < n && rv_is_single_letter(words[at]) &&
        rv_street_type(words + at + 1, n - at - 1, true, &used))
        at++; /* "12 bis A rue" */
    while (at < n && rv_is_comma(words[at])) at++;
    if (at + 1 < n && (rv_text_is(words[at], "A") || rv_text_is(words[at], "ET")) && rv_all_digits(words[at + 1])) at++;
    size_t second = at;
    while (second < n && !is_ordinal(words[second]) &&
           (rv_is_comma(words[second]) || is_repeat(words[second]) || house_number(words[second], &more, &more_rest)))
        second++;
    if (second > at && second < n && rv_street_type(words + second, n - second, true, &used)) at = second;
    *number = digits;
    *repeat = rest;
    return at - i;
}

static bool is_extra(rv_text word) { return rv_word_is(word, RV_WORD_EXTRA); }

/* "Residence X rue de la Paix": a type that nothing else can be, in front of a name and behind something else. */
static bool is_type_inside(const rv_text *words, size_t n, size_t i) {
    return i + 1 < n && !rv_is_article(words[i - 1]) && !rv_is_digit(words[i - 1].ptr[0]) &&
           rv_word_in(words[i], "RUE AVENUE BOULEVARD ROUTE CHEMIN IMPASSE ALLEE QUAI");
}

/* "APPT 3 12 RUE HAUTE", "APPT 12, 4 CHEMIN DU LAC": the flat's number, and the house's behind it. */
static bool is_of_flat(const rv_text *words, size_t n, size_t i) {
    size_t next = i + 1;
    if (i == 0 || !is_extra(words[i - 1])) return false;
    while (next < n && rv_is_comma(words[next])) next++;
    return next < n && rv_is_digit(words[next].ptr[0]) && !is_ordinal(words[next]);
}

static size_t first_of_street(const rv_text *words, size_t n, rv_street_place *found) {
    size_t used;
    for (size_t i = 0; i < n; i++) { /* a number in front of a street type, wherever it is */
        rv_text digits, rest;
        size_t taken = rv_address_number_at(words, n, i, &digits, &rest);
        if (is_of_flat(words, n, i)) continue;
        if (i > 0 && is_ordinal(words[i]) && rv_is_digit(words[i - 1].ptr[0])) continue;
        if (taken == 0 || !rv_street_type(words + i + taken, n - i - taken, true, &used)) continue;
        found->number = digits;
        found->repeat = rest;
        found->begin = i;
        return i + taken;
    }
    size_t first = 0;
    if (n > 1 && (rv_text_is(words[0], "N") || rv_text_is(words[0], "NO") || rv_text_is(words[0], "NUMERO"))) first = 1;
    size_t taken = rv_address_number_at(words, n, first, &found->number, &found->repeat);
    if (taken) {
        found->begin = first;
        return first + taken;
    }
    found->number = found->repeat = (rv_text){0};
    for (size_t i = 0; i < n; i++) { /* no number: behind a comma, or a flat's line in front of a type */
        if (i > 0 && !rv_is_comma(words[i - 1]) && !is_extra(words[0])) continue;
        const char *type = rv_street_type(words + i, n - i, false, &used);
        if (!type || (i == 0 && is_extra(words[0]))) continue;
        return found->begin = i;
    }
    for (size_t i = 1; i < n; i++)
        if (is_type_inside(words, n, i) && !rv_street_type(words, n, false, &used)) return found->begin = i;
    return found->begin = 0;
}

void rv_address_find_street(const rv_text *words, size_t n, bool numbered, rv_street_place *found) {
    size_t used = 0, street = first_of_street(words, n, found);
    found->type = rv_street_type(words + street, n - street, found->number.len > 0 || numbered, &used);
    found->body = street + (found->type ? used : 0);
}
