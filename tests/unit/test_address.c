/* What must hold of a whole line's reading, whatever the line: lines of the words that its rules are about, in any order. */
#include "address.h"
#include "letters.h"
#include "random.h"
#include "street_words.h"
#include <criterion/criterion.h>
#include <stdio.h>

enum { SEED = 20261122, ROUNDS = 100000, LINE_MAX = 200 };

static const char *const pieces[] = {"12",          "rue",      "de la",  "Paix",
                                     "Paris",       "75002",    "1300",   "Belley",
                                     ",",           "-",        "FRANCE", "CEDEX",
                                     "08",          "à",        "Lyon",   "3e",
                                     "(69)",        "Isère",    "Claix",  "Saint-Jean",
                                     "bis",         "Bât B",    "appt",   "4",
                                     "BP",          "12345",    "Grande", "Rue",
                                     "avenue",      "du",       "Gal",    "92",
                                     "75 001",      "CH-1204",  "2e",     "ZI",
                                     "lieu",        "dit",      "étage",  "A",
                                     "Vert",        "Faubourg", "Jean",   "Saint-Maur-des-Fossés",
                                     "le",          "\xC2\xA0", "\n",     "Street",
                                     "29600MORLAIX"};

Test(address, types_of_two_words) {
    static const char *const types[] = {"GRANDE RUE",     "GRAND RUE",     "GDE RUE",       "PETITE RUE",   "ROND POINT",
                                        "LIEU DIT",       "VIEUX CHEMIN",  "ANCIEN CHEMIN", "VIEILLE ROUTE", "NOUVELLE ROUTE",
                                        "ANCIENNE ROUTE", "GRANDE ALLEE",  "PETIT CHEMIN",  "BASSE RUE",    "HAUTE RUE"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        rv_text words[3];
        size_t used = 0, n = rv_words(rv_text_of(types[i]), words, 2);
        words[2] = RV_TEXT("X");
        const char *type = rv_street_type(words, n + 1, true, &used);
        cr_expect(type && strchr(type, ' ') && used == 2, "%s", types[i]);
        words[1] = words[2];
        type = rv_street_type(words, 2, true, &used);
        cr_expect(!type || used == 1, "%s", types[i]);
    }
}

static size_t random_line(rv_random *random, char *out) {
    size_t n = 0, want = 1 + rv_random_below(random, 12);
    for (; want > 0; want--) {
        const char *piece = pieces[rv_random_below(random, sizeof pieces / sizeof *pieces)];
        if (n + strlen(piece) + 1 > LINE_MAX) break;
        if (n) out[n++] = ' ';
        memcpy(out + n, piece, strlen(piece));
        n += strlen(piece);
    }
    return n;
}

/* The part stands in the address's own memory, begins and ends with a letter, and is in canonical capitals. */
static void judge_part(const rv_address *a, rv_text part, const char *line) {
    char letters[2 * RV_LETTERS_MAX];
    if (part.len == 0) return;
    cr_assert(part.ptr >= a->text && part.ptr + part.len <= a->text + a->used, "%s", line);
    size_t n = rv_letters(part, 0, letters, sizeof letters);
    cr_assert(rv_text_equal(part, rv_text_make(letters, n)), "%s: %.*s", line, (int)part.len, part.ptr);
}

Test(address, lines_of_any_words_are_read_into_clean_parts) {
    rv_random random;
    rv_random_init(&random, SEED, 1);
    unsigned cities = 0, streets = 0;
    for (int round = 0; round < ROUNDS; round++) {
        char line[LINE_MAX + 1];
        size_t n = random_line(&random, line);
        line[n] = 0;
        char *exact = malloc(n); /* a byte too far is seen */
        memcpy(exact, line, n);
        rv_address a;
        rv_address_init(&a);
        rv_address_read_line(rv_text_make(exact, n), true, &a);
        free(exact);
        const rv_text parts[] = {a.number, a.repeat, a.street, a.extra, a.postcode, a.city};
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) judge_part(&a, parts[i], line);
        cr_assert(a.postcode.len == 0 || (rv_all_digits(a.postcode) && a.postcode.len >= 4), "%s", line);
        cr_assert(a.number.len == 0 || rv_all_digits(a.number), "%s", line);
        cities += a.city.len > 0;
        streets += a.street.len > 0;
    }
    cr_assert(cities > ROUNDS / 10 && streets > ROUNDS / 4, "%u cities, %u streets", cities, streets);
}

/* Lines of more words or bytes than there is room for. */
Test(address, long_lines_are_cut_or_missing) {
    char line[RV_LETTERS_MAX + 8];
    rv_address a;
    for (size_t n = RV_LETTERS_MAX - 6; n <= RV_LETTERS_MAX + 4; n++) {
        for (size_t i = 0; i < n; i++) line[i] = i % 4 == 3 ? ' ' : "ABC"[i % 4];
        memcpy(line, "12 rue ", 7);
        memcpy(line + n - 12, " 75002 Paris", 12);
        rv_address_init(&a);
        rv_address_read_line(rv_text_make(line, n), true, &a);
        cr_expect_eq(a.city.len > 0, false, "%zu", n); /* beyond the words that a line may have */
        cr_expect_eq(a.street.len > 0, n <= RV_LETTERS_MAX, "%zu", n);
    }
}

/* Where the file has a column for the postcode and none for the city, a town of that postcode is taken off the line. */
Test(address, a_known_postcode_finds_its_town) {
    static const struct {
        const char *line, *street;
    } cases[] = {{"12 rue de la Paix Belley", "DE LA PAIX"},
                 {"12 rue de la Paix Lyon", "DE LA PAIX LYON"},
                 {"12 rue de Belley", "DE BELLEY"},
                 {"Rue Belley", "BELLEY"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rv_address a;
        rv_address_init(&a);
        rv_address_read_postcode(RV_TEXT("1300"), "FR", &a);
        rv_address_read_line(rv_text_of(cases[i].line), false, &a);
        cr_expect(rv_text_is(a.street, cases[i].street), "%s: %.*s", cases[i].line, (int)a.street.len, a.street.ptr);
    }
}
