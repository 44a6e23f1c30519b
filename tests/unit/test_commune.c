/* The table of communes: well formed, every name where its hash says, and what is looked up found. */
#include "commune.h"
#include "letters.h"
#include <criterion/criterion.h>
#include <stdio.h>

/* One entry after the other: name, size, codes. Returns its end; NULL: not an entry. */
static const char *entry(const char *at, rv_text *name, rv_commune *commune) {
    const char *end = strchr(at, ';');
    size_t n = 0;
    if (!end) return NULL;
    while (at + n < end && (at[n] == ' ' || (at[n] >= 'A' && at[n] <= 'Z') || rv_is_digit(at[n]))) n++;
    *name = rv_text_make(at, n);
    commune->size = (unsigned)(at[n] - 'a');
    commune->ordinary = at[n + 1] == '!';
    commune->codes = at + n + 1 + commune->ordinary;
    commune->n_codes = (size_t)(end - commune->codes) / 5;
    bool good = n > 1 && n <= RV_COMMUNE_MAX && commune->size < 26 && commune->n_codes > 0 &&
                (size_t)(end - commune->codes) == 5 * commune->n_codes &&
                rv_all_digits(rv_text_make(commune->codes, 5 * commune->n_codes));
    return good ? end + 1 : NULL;
}

Test(commune, holds_names_in_capitals_each_in_its_bucket) {
    unsigned names = 0;
    for (int i = 0; i < RV_COMMUNE_BUCKETS; i++) {
        const char *at = rv_commune_buckets[i];
        while (*at) {
            rv_text name, words[RV_COMMUNE_WORDS + 1];
            rv_commune told, found;
            char letters[64];
            const char *next = entry(at, &name, &told);
            cr_assert(next, "%.40s", at);
            size_t n = rv_letters(name, 0, letters, sizeof letters);
            cr_assert(rv_text_equal(name, rv_text_make(letters, n)), "%.40s", at);
            cr_assert_leq(rv_words(name, words, RV_COMMUNE_WORDS + 1), RV_COMMUNE_WORDS, "%.40s", at);
            cr_assert(rv_commune_find(name, &found), "%.40s", at);
            cr_assert(found.codes == told.codes && found.n_codes == told.n_codes && found.size == told.size &&
                          found.ordinary == told.ordinary,
                      "%.40s", at);
            at = next;
            names++;
        }
    }
    cr_assert_gt(names, 34000);
}

Test(commune, is_found_by_name_and_by_postcode) {
    rv_commune c;
    rv_text alone;
    cr_assert(rv_commune_find(RV_TEXT("PARIS"), &c));
    cr_expect(c.size == 20 || c.size == 21);
    cr_expect(rv_commune_is_at(&c, RV_TEXT("75011")) && rv_commune_is_at(&c, RV_TEXT("75")));
    cr_expect(!rv_commune_is_at(&c, RV_TEXT("69")) && !rv_commune_is_at(&c, RV_TEXT("750111")));
    cr_assert(rv_commune_find(RV_TEXT("SAINT DENIS"), &c)); /* of several departments */
    cr_expect(rv_commune_is_at(&c, RV_TEXT("93200")) && rv_commune_is_at(&c, RV_TEXT("974")));
    cr_expect(rv_commune_find(RV_TEXT("VERT"), &c) && c.ordinary);
    const char *const strangers[] = {"", "P", "PARI", "PARISV", "PARIS ", "V75001", ";", "BERLIN"};
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
        cr_expect(!rv_commune_find(rv_text_of(strangers[i]), &c), "%s", strangers[i]);
    cr_expect(rv_postcode_find(RV_TEXT("75002"), &alone) && rv_text_is(alone, "PARIS"));
    cr_expect(rv_postcode_find(RV_TEXT("01300"), &alone) && alone.len == 0); /* of many communes */
    cr_expect(rv_postcode_find(RV_TEXT("97400"), &alone) && rv_text_is(alone, "SAINT DENIS"));
    cr_expect(!rv_postcode_find(RV_TEXT("00000"), &alone) && !rv_postcode_find(RV_TEXT("99999"), &alone));
    cr_expect(!rv_postcode_find(RV_TEXT("7500"), &alone) && !rv_postcode_find(RV_TEXT("7500A"), &alone));
}

/* Every postcode of the second table belongs to the communes of the first that it names. */
Test(commune, has_two_tables_that_agree) {
    unsigned postcodes = 0;
    for (int i = 0; i < 1000; i++)
        for (const char *at = rv_commune_at[i]; *at; at = strchr(at, ';') + 1) {
            char code[6];
            rv_commune c;
            rv_text alone;
            cr_assert(rv_is_digit(at[0]) && rv_is_digit(at[1]) && strchr(at, ';'));
            snprintf(code, sizeof code, "%03d%.2s", i, at);
            cr_assert(rv_postcode_find(rv_text_of(code), &alone), "%s", code);
            if (alone.len) cr_assert(rv_commune_find(alone, &c) && rv_commune_is_at(&c, rv_text_of(code)), "%s", code);
            postcodes++;
        }
    cr_assert_gt(postcodes, 6000);
}

Test(commune, knows_departments) {
    static const char *const known[][2] = {
        {"ISERE", "38"},       {"AIN", "01"},         {"VOSGES", "88"},
        {"HAUTE CORSE", "20"}, {"LA REUNION", "974"}, {"YVELINES", "78"},
        {"COTE D OR", "21"},   {"YONNE", "89"},       {"ALPES DE HAUTE PROVENCE", "04"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        cr_expect(rv_text_is(rv_department_find(rv_text_of(known[i][0])), known[i][1]), "%s", known[i][0]);
    cr_expect(rv_department_find(RV_TEXT("A")).len == 0 && rv_department_find(RV_TEXT("ZEBRE")).len == 0);
    cr_expect(rv_department_find(RV_TEXT("UN NOM BIEN TROP LONG POUR ETRE LA")).len == 0);
}
