/*
 * A line is read from both ends: postcode and town from the back, what says where in the house from the front, up to
 * the number in front of a street type. What remains is the street. The order of these steps matters: a number inside
 * a name ("rue du 8 mai 1945") must not be taken for a house number, nor a postcode's place for a year.
 */
#include "address.h"

#include "address_detail.h"
#include "bytes16.h"
#include "placeholder.h"
#include "street_words.h"

void rv_address_init(rv_address *address) {
    memset(address, 0, offsetof(rv_address, text));
    address->used = 0;
}

/* --- Writing parts ----------------------------------------------------------------------------------------------- */

void rv_address_add(rv_address *a, size_t start, const char *ptr, size_t len) {
    size_t blank = a->used > start;
    if (a->used + len + blank > sizeof a->text) return;
    if (blank) a->text[a->used++] = ' ';
    if (a->used + len + 16 <= sizeof a->text) rv_copy_16(a->text + a->used, ptr, len);
    else memcpy(a->text + a->used, ptr, len);
    a->used += len;
}

/* "COL DE LA CROIX" is a pass, "COL FABIEN" an officer; a title stands before a name. */
static const char *written_out(const rv_text *words, size_t n, size_t i) {
    if (words[i].len == 1) return NULL;
    const rv_word *found = rv_word_find(words[i]);
    if (!found) return NULL;
    if (found->day && i + 1 < n && rv_word_is(words[i + 1], RV_WORD_MONTH)) return found->day;
    if (!(found->classes & RV_WORD_BEFORE)) return found->full;
    bool also_a_thing = rv_word_in(words[i], "COL GD GDE PR PT PTE VX");
    return i + 1 < n && !(also_a_thing && rv_is_article(words[i + 1])) ? found->full : NULL;
}

static void add_words(rv_address *a, size_t start, const rv_text *words, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!rv_is_comma(words[i])) rv_address_add(a, start, words[i].ptr, words[i].len);
}

static rv_text plain_word(rv_address *a, rv_text word) {
    size_t start = a->used;
    rv_address_add(a, start, word.ptr, word.len);
    return rv_address_ended(a, start);
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

rv_text rv_address_city_words(rv_address *a, const rv_text *words, size_t n) {
    size_t start = a->used;
    for (size_t i = 0; i < n; i++) {
        if (rv_text_is(words[i], "CEDEX")) break;
        if (rv_is_comma(words[i])) {
            if (a->used > start) break;
            continue;
        }
        if (words[i].len == 5 && rv_all_digits(words[i])) continue;
        if (a->used > start && is_arrondissement(words[i])) break;
        if (rv_text_is(words[i], "FRANCE") && i + 1 == n && a->used > start && i > 0 && !rv_is_article(words[i - 1]) &&
            !rv_text_is(words[i - 1], "ILE"))
            break;
        const rv_word *found = words[i].len <= 3 && (i + 1 < n || words[i].len > 1) ? rv_word_find(words[i]) : NULL;
        const char *full = found ? found->full : NULL;
        if (full && *full == 'S') rv_address_add(a, start, full, strlen(full));
        else rv_address_add(a, start, words[i].ptr, words[i].len);
    }
    return rv_address_ended(a, start);
}

void rv_address_read_city(rv_text value, rv_address *a) {
    char letters[RV_LETTERS_MAX];
    rv_text words[RV_ADDRESS_WORDS];
    rv_text text = rv_text_make(letters, rv_letters(value, ',', letters, sizeof letters));
    if (text.len == 0 || rv_placeholder_letters(text)) return;
    rv_text city = rv_address_city_words(a, words, rv_words(text, words, RV_ADDRESS_WORDS));
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
    if (french) rv_mend_corsican(joined, n);
    if (french && n == 4 && rv_all_digits(code) && joined[0] != '0') rv_address_add(a, start, "0", 1);
    if (a->used > start && a->used < sizeof a->text && n <= sizeof a->text - a->used) {
        memcpy(a->text + a->used, joined, n);
        a->used += n;
    } else {
        rv_address_add(a, start, joined, n);
    }
    if (a->used > start) a->postcode = rv_address_ended(a, start);
    return NULL;
}

/* The line may repeat what the columns of postcode and city say: "12 rue X 1300 BELLEY". Returns the words before it. */
static size_t drop_known_city(const rv_address *a, const rv_text *words, size_t n) {
    rv_text code = a->postcode, city[RV_ADDRESS_WORDS];
    while (code.len > 1 && code.ptr[0] == '0') code = rv_text_make(code.ptr + 1, code.len - 1);
    for (size_t i = n; code.len >= 4 && i-- > 2;)
        if (rv_text_equal(words[i], a->postcode) || rv_text_equal(words[i], code)) return i;
    if (a->city.len == 0 && a->postcode.len == 5) return n - rv_address_commune_behind(words, n, a->postcode);
    size_t count = rv_words(a->city, city, RV_ADDRESS_WORDS), same = 0;
    while (same < count && same + 2 < n && rv_text_equal(words[n - 1 - same], city[count - 1 - same])) same++;
    bool whole = count > 0 && same == count && same + 2 < n && !rv_is_article(words[n - 1 - same]);
    return whole ? n - same : n;
}

/* --- Street ------------------------------------------------------------------------------------------------------ */

static void write_street(rv_address *a, const rv_text *words, size_t n) {
    while (n && rv_is_comma(words[n - 1])) n--;
    if (n > 1) {
        const rv_word *behind = a->type.len ? NULL : rv_word_find(words[n - 1]);
        if (behind && behind->type_behind && !(n == 2 && rv_is_digit(words[0].ptr[0]))) { /* not "2e avenue" */
            a->type = rv_text_of(behind->type_behind);
            n--;
        }
    }
    size_t start = a->used;
    for (size_t i = 0; i < n; i++) {
        if (rv_is_comma(words[i])) continue;
        const char *full = written_out(words, n, i);
        if (full) rv_address_add(a, start, full, strlen(full));
        else rv_address_add(a, start, words[i].ptr, words[i].len);
    }
    if (a->used > start) a->street = rv_address_ended(a, start);
}

/* What says where in the house, whatever stands behind it; the others (TOUR, PORTE, BP) need a number or a letter. */
static const char surely_extra[] =
    "APPT APPART APPARTEMENT APT BAT BATIMENT BTMT IMMEUBLE IMM RESIDENCE RESID LOGEMENT LOGT ETAGE ESCALIER";

static bool has_name(const rv_text *words, size_t from, size_t to) {
    while (from < to && (rv_is_comma(words[from]) || rv_is_article(words[from]))) from++;
    return from < to;
}

/* Does a word that says where in the house begin here? One word at least stands behind. */
static bool begins_extra(rv_text word, rv_text next) {
    const rv_word *known = rv_word_find(word);
    if (!known) return false;
    if (known->classes & RV_WORD_DOUBLE && rv_text_is(word, "LIEU") && rv_text_is(next, "DIT")) return true;
    if (known->classes & RV_WORD_EXTRA)
        return rv_is_digit(next.ptr[0]) || rv_is_single_letter(next) || rv_word_in(word, surely_extra);
    return known->type && rv_word_in(word, "LIEUDIT ZI ZA ZAC ZAE");
}

/* Where the street's name ends: at a comma, "BP 123", "APPT 4" or "BAT C", "LIEU DIT KERBIHAN". */
static size_t end_of_street(const rv_text *words, size_t body, size_t n) {
    for (size_t i = body + 1; i < n; i++) {
        bool comma = rv_is_comma(words[i]);
        if (comma && has_name(words, body, i)) return i;
        if (comma) continue;
        if (rv_is_digit(words[i - 1].ptr[0]) && rv_word_in(words[i], "ETAGE ETG") && has_name(words, body, i - 1))
            return i - 1; /* "3eme etage" */
        if (i + 1 < n && begins_extra(words[i], words[i + 1]) && !rv_is_article(words[i - 1]) &&
            has_name(words, body, i))
            return i;
    }
    return n;
}

/* "Rue de la Loi 16", "Hauptstrasse 12": the number behind the name, as Belgians and Germans write. */
static bool number_behind(const rv_text *words, size_t body, size_t n, rv_street_place *at) {
    size_t end = n - 1;
    while (end > body && rv_is_comma(words[end - 1])) end--;
    if (end <= body) return false;
    rv_text last = words[n - 1], before = words[end - 1];
    if (!rv_is_digit(last.ptr[0]) || last.len > 4 || (last.len == 4 && rv_all_digits(last))) return false; /* a year */
    if (before.len < 3 || rv_is_article(before) || rv_word_is(before, RV_WORD_MONTH | RV_WORD_EXTRA)) return false;
    if (rv_word_in(before, "ROUTE NATIONALE DEPARTEMENTALE COMMUNALE CHEMIN VOIE LOT LOTISSEMENT ZONE ILOT KM BORNE"))
        return false;
    return rv_address_number_at(words, n, n - 1, &at->number, &at->repeat) == 1;
}

/* Numbers may be known from elsewhere: then none is looked for behind. */
static void read_street(rv_address *a, const rv_text *words, size_t n, bool whole) {
    rv_street_place at;
    rv_address_find_street(words, n, a->number.len > 0, &at);
    size_t end = end_of_street(words, at.body, n), tail = end, begin = at.begin;
    if (whole && at.number.len == 0 && end > at.body) {
        if (end + 2 == n && rv_is_comma(words[end]) && number_behind(words, at.body, n, &at)) tail = n;
        else if (number_behind(words, at.body, end, &at)) end--;
    }
    if (at.type) a->type = rv_text_of(at.type);
    if (at.number.len && a->number.len == 0) {
        a->number = plain_word(a, at.number);
        if (at.repeat.len) a->repeat = plain_word(a, at.repeat);
    }
    if (begin && rv_word_in(words[begin - 1], "N NO NUMERO")) begin--; /* "n° 5" */
    size_t start = a->used;
    add_words(a, start, words, begin);
    add_words(a, start, words + tail, n - tail);
    if (a->used > start) a->extra = rv_address_ended(a, start);
    if (at.body < end) write_street(a, words + at.body, end - at.body);
}

static void add_extra(rv_address *a, const rv_text *words, size_t n) {
    size_t start = a->used;
    if (a->extra.len) rv_address_add(a, start, a->extra.ptr, a->extra.len);
    add_words(a, start, words, n);
    if (a->used > start) a->extra = rv_address_ended(a, start);
}

void rv_address_read_line(rv_text value, bool whole, rv_address *a) {
    char letters[RV_LETTERS_MAX];
    rv_text text = rv_text_make(letters, rv_letters(value, ',', letters, sizeof letters));
    if (text.len == 0 || rv_placeholder_letters(text)) return;
    if (!whole) {
        rv_text words[RV_ADDRESS_WORDS];
        size_t n = drop_known_city(a, words, rv_words(text, words, RV_ADDRESS_WORDS));
        if (n) read_street(a, words, n, false);
        return;
    }
    rv_address_line line;
    rv_address_rest rest;
    rv_address_cut(value, &line);
    rv_address_take_place(a, &line, &rest);
    if (rest.to > rest.from) read_street(a, line.words + rest.from, rest.to - rest.from, true);
    if (rest.tail_end > rest.tail) add_extra(a, line.words + rest.tail, rest.tail_end - rest.tail);
}

void rv_address_read_number(rv_text value, rv_address *a) {
    char letters[64];
    rv_text words[8], number, repeat;
    rv_text text = rv_text_make(letters, rv_letters(value, 0, letters, sizeof letters));
    if (text.len == 0 || rv_placeholder_letters(text)) return;
    size_t n = rv_words(text, words, 8);
    if (rv_address_number_at(words, n, 0, &number, &repeat) == 0) return;
    if (repeat.len == 0 && n == 2 && rv_is_single_letter(words[1])) repeat = words[1];
    while (number.len > 1 && number.ptr[0] == '0') number = rv_text_make(number.ptr + 1, number.len - 1);
    if (rv_text_is(number, "0")) return;
    a->number = plain_word(a, number);
    if (repeat.len) a->repeat = plain_word(a, repeat);
}

void rv_address_read_extra(rv_text value, rv_address *a) {
    char letters[RV_LETTERS_MAX];
    rv_text text = rv_text_make(letters, rv_letters(value, 0, letters, sizeof letters));
    if (text.len && !rv_placeholder_letters(text)) add_extra(a, &text, 1);
}

rv_text rv_address_street_word(rv_text street) {
    for (uint32_t end = street.len; end > 0;) { /* from the back: it is nearly always the last one */
        uint32_t start, piece = end < 16 ? end : 16;
        uint64_t blanks = rv_mask_equal(rv_load_16(street.ptr + end - piece, piece), ' ');
        start = blanks ? end - piece + 64 - (uint32_t)__builtin_clzll(blanks) : end - piece;
        while (start > 0 && street.ptr[start - 1] != ' ') start--;
        rv_text word = rv_text_make(street.ptr + start, end - start);
        if (word.len > 1 && !rv_is_digit(word.ptr[0]) && !rv_is_article(word)) return word;
        end = start > 0 ? start - 1 : 0;
    }
    return street;
}
