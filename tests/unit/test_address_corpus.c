/*
 * The address reader on public lines with known number, street, postcode and city. A line is right when number and street
 * are as expected (case, accents, abbreviations apart) and what follows the street stands whole in postcode and city.
 * Where nothing follows, nothing may be taken for a city that was part of the street.
 *
 * The expected columns are brought to capitals by rv_letters alone, so that a harm which the reader does to both sides
 * shows ("rue des Pres" was once RUE DES PRESIDENT).
 */
#include "address.h"
#include "table_reader.h"
#include "scratch.h"
#include <criterion/criterion.h>
#include <stdio.h>

enum { QUERY, NUMBER, STREET, CITY, COLUMNS };
static const char *const headers[COLUMNS] = {"query", "expected_housenumber", "expected_street", "expected_city"};
typedef struct score {
    int column[COLUMNS];
    unsigned rows, right, street_right, place_right;
    bool show;
} score;
enum { TEXT_MAX = 2 * RV_LETTERS_MAX };

static const struct {
    const char *brief, *full;
} abbreviations[] = {{"AV", "AVENUE"},     {"BD", "BOULEVARD"},   {"RTE", "ROUTE"},   {"CHE", "CHEMIN"},
                     {"IMP", "IMPASSE"},   {"PL", "PLACE"},       {"ALL", "ALLEE"},   {"GEN", "GENERAL"},
                     {"GAL", "GENERAL"},   {"DR", "DOCTEUR"},     {"ST", "SAINT"},    {"STE", "SAINTE"},
                     {"MAL", "MARECHAL"},  {"SQ", "SQUARE"},      {"R", "RUE"},       {"LOT", "LOTISSEMENT"},
                     {"PDT", "PRESIDENT"}, {"CDT", "COMMANDANT"}, {"COL", "COLONEL"}, {"LT", "LIEUTENANT"}};

/* In capitals, abbreviations written out, a blank before and behind each word. Returns the length. */
static size_t full_words(rv_text value, char out[TEXT_MAX]) {
    char letters[RV_LETTERS_MAX];
    rv_text words[64];
    size_t n = rv_words(rv_text_make(letters, rv_letters(value, 0, letters, sizeof letters)), words, 64), len = 1;
    out[0] = ' ';
    for (size_t i = 0; i < n; i++) {
        rv_text word = words[i];
        for (size_t j = 0; j < sizeof abbreviations / sizeof *abbreviations; j++)
            if (rv_text_is(word, abbreviations[j].brief)) word = rv_text_of(abbreviations[j].full);
        if (len + word.len + 1 > TEXT_MAX) break;
        memcpy(out + len, word.ptr, word.len);
        len += word.len;
        out[len++] = ' ';
    }
    return len;
}

static bool same_words(rv_text a, rv_text b) {
    char left[TEXT_MAX], right[TEXT_MAX];
    size_t n = full_words(a, left), m = full_words(b, right);
    return n == m && memcmp(left, right, n) == 0;
}

/* The two parts as one text. */
static rv_text joined(rv_text a, rv_text b, bool blank, char out[TEXT_MAX]) {
    int n = snprintf(out, TEXT_MAX, "%.*s%s%.*s", (int)a.len, a.ptr ? a.ptr : "", a.len && b.len && blank ? " " : "",
                     (int)b.len, b.ptr ? b.ptr : "");
    return rv_text_make(out, (size_t)n);
}

/* "19 bis" and "19BIS" are one number. */
static bool same_number(const rv_address *read, rv_text expected) {
    char text[TEXT_MAX], letters[RV_LETTERS_MAX];
    rv_text number = joined(read->number, read->repeat, false, text);
    size_t n = rv_letters(expected, 0, letters, sizeof letters), m = 0;
    for (size_t i = 0; i < n; i++)
        if (letters[i] != ' ') letters[m++] = letters[i];
    return rv_text_equal(number, rv_text_make(letters, m));
}

/* What follows the street in the line: a postcode, a city, both or nothing. A line that doesn't hold the street as it is
 * expected doesn't judge. */
static bool same_place(const rv_address *read, rv_text query, rv_text street) {
    char line[TEXT_MAX], name[TEXT_MAX], city[TEXT_MAX];
    size_t n = full_words(query, line), m = full_words(street, name), len = 0;
    const char *at = memmem(line, n, name, m);
    rv_text words[64], postcode = {0};
    if (!at) return true;
    rv_text rest = rv_text_make(at + m - 1, n - m + 1 - (size_t)(at - line));
    size_t count = rv_words(rest, words, 64);
    for (size_t i = 0; i < count; i++) {
        if (words[i].len == 5 && rv_all_digits(words[i])) {
            postcode = words[i];
            continue;
        }
        if (len) city[len++] = ' ';
        memcpy(city + len, words[i].ptr, words[i].len);
        len += words[i].len;
    }
    if (!rv_text_equal(read->postcode, postcode)) return false;
    if (len == 0) return postcode.len || read->city.len == 0; /* the city of a postcode may be told */
    return same_words(read->city, rv_text_make(city, len));
}

static void judge(score *s, const rv_batch *batch, uint32_t row) {
    rv_text cell[COLUMNS], read_street;
    char text[TEXT_MAX];
    for (int i = 0; i < COLUMNS; i++)
        cell[i] = s->column[i] < 0 ? (rv_text){0} : rv_batch_cell(batch, row, (uint32_t)s->column[i]);
    if (cell[STREET].len == 0) return;
    rv_address a;
    rv_address_init(&a);
    rv_address_read_line(cell[QUERY], true, &a);
    read_street = joined(a.type, a.street, true, text);
    bool street = same_words(read_street, cell[STREET]), place = same_place(&a, cell[QUERY], cell[STREET]);
    bool right = street && place && (cell[NUMBER].len == 0 || same_number(&a, cell[NUMBER]));
    s->rows++;
    s->right += right;
    s->street_right += street;
    s->place_right += place;
    if (!right && s->show)
        fprintf(stderr, "%.*s -> %.*s|%.*s|%.*s|%.*s|%.*s\n", (int)cell[QUERY].len, cell[QUERY].ptr, (int)a.number.len,
                a.number.ptr, (int)read_street.len, read_street.ptr, (int)a.extra.len, a.extra.ptr, (int)a.postcode.len,
                a.postcode.ptr, (int)a.city.len, a.city.ptr);
}

static rv_status consume(void *ctx, rv_table_block *block, rv_error *err) {
    (void)err;
    for (uint32_t row = 0; row < block->batch.rows; row++) judge(ctx, &block->batch, row);
    return RV_OK;
}

/* The share of lines that are right. SHOW_MISSES=1 prints the others. */
static double rate(const char *relative) {
    char path[512];
    if (!shared_data(relative, path, sizeof path)) cr_skip_test("no shared data");
    rv_table *csv;
    rv_dialect dialect = {.separator = ','};
    cr_assert_eq(rv_table_open(path, &dialect, &csv, NULL), RV_OK);
    const rv_table_info *info = rv_table_describe(csv);
    score s = {.column = {-1, -1, -1, -1}, .show = getenv("SHOW_MISSES") != NULL};
    for (uint32_t i = 0; i < info->columns; i++)
        for (int j = 0; j < COLUMNS; j++)
            if (rv_text_is(info->names[i], headers[j])) s.column[j] = (int)i;
    rv_table_visitor visitor = {.consume = consume, .ctx = &s};
    cr_assert_eq(rv_table_each(csv, 1, &visitor, NULL), RV_OK);
    rv_table_close(csv);
    fprintf(stderr, "%s: %u lines, right %.1f %%, street %.1f %%, place %.1f %%\n", relative, s.rows,
            100.0 * s.right / s.rows, 100.0 * s.street_right / s.rows, 100.0 * s.place_right / s.rows);
    return (double)s.right / s.rows;
}

Test(address_corpus, complete_addresses_of_three_regions) {
    cr_expect_geq(rate("linkage/fr-address/bretagne__test_addresses.csv"), 0.95);
    cr_expect_geq(rate("linkage/fr-address/iledefrance__test_addresses.csv"), 0.95);
    cr_expect_geq(rate("linkage/fr-address/rhonealpes__test_addresses.csv"), 0.95);
}

/* Searches of a map: the expected street is the register's, whatever was typed ("rue jeff le penven"), and lines hold words
 * of all kinds, so few can be right to the letter. */
Test(address_corpus, what_people_typed) {
    cr_expect_gt(rate("linkage/fr-address/bretagne__test_from_user_input.csv"), 0.6);
    cr_expect_gt(rate("linkage/fr-address/iledefrance__test_from_user_input.csv"), 0.6);
    cr_expect_gt(rate("linkage/fr-address/rhonealpes__test_from_user_input.csv"), 0.55);
}
