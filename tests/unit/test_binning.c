/* Bins: scales, cuts, heavy values, labels; and binning by a description against a naive reading of it. */
#include "binning.h"
#include "random.h"
#include "sensitive.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A dictionary of the words, in the order given: code 1 is the first. */
typedef struct words {
    rv_dictionary dictionary;
    uint64_t starts[4096];
    char bytes[65536];
} words;
static words *words_new(void) {
    words *w = calloc(1, sizeof *w);
    w->dictionary.starts = w->starts;
    w->dictionary.bytes = w->bytes;
    return w;
}
static void add(words *w, const char *word) {
    uint32_t n = w->dictionary.n++;
    memcpy(w->bytes + w->starts[n], word, strlen(word));
    w->starts[n + 1] = w->starts[n] + strlen(word);
}

static uint32_t ones[4096];
static rv_scale scale_of(const char *const *list) {
    words *w = words_new();
    for (; *list; list++) add(w, *list);
    for (uint32_t i = 0; i < 4096; i++) ones[i] = 1;
    rv_scale scale = rv_values_scale(&w->dictionary, ones);
    free(w);
    return scale;
}

Test(binning, the_scale_is_what_nearly_all_people_have) {
    cr_assert_eq(scale_of((const char *[]){"1", "2.5", "-3", NULL}), RV_SCALE_NUMBER);
    cr_assert_eq(scale_of((const char *[]){"1,5", "2,5", "3", NULL}), RV_SCALE_NUMBER);
    cr_assert_eq(scale_of((const char *[]){"2020-01-31", "31/12/2021", NULL}), RV_SCALE_DATE);
    cr_assert_eq(scale_of((const char *[]){"20200131", "20211231", NULL}), RV_SCALE_NUMBER);
    cr_assert_eq(scale_of((const char *[]){"1", "2", "three", NULL}), RV_SCALE_CATEGORY);
    cr_assert_eq(scale_of((const char *[]){"inf", "nan", NULL}), RV_SCALE_CATEGORY);
    cr_assert_eq(scale_of((const char *[]){NULL}), RV_SCALE_CATEGORY);
    words *w = words_new();
    add(w, "n/a");
    add(w, "7");
    uint32_t people[] = {0, 5, 95}; /* 95 % of those who have a value */
    cr_assert_eq(rv_values_scale(&w->dictionary, people), RV_SCALE_NUMBER);
    people[1] = 6;
    cr_assert_eq(rv_values_scale(&w->dictionary, people), RV_SCALE_CATEGORY);
    free(w);
}

static char label_bytes[64];
static const char *label(const rv_binning *binning, uint32_t bin) {
    rv_buffer out = {0};
    rv_binning_label(binning, bin, &out);
    snprintf(label_bytes, sizeof label_bytes, "%.*s", (int)out.len, out.data);
    rv_buffer_free(&out);
    return label_bytes;
}

Test(binning, labels_are_words_that_people_use) {
    rv_bin whole[] = {{.from = 0},
                      {.from = 0},
                      {.from = -INFINITY, .below = 25},
                      {.from = 25, .below = 35},
                      {.from = 35, .below = 36},
                      {.from = 36, .below = INFINITY},
                      {.from = 40, .below = 40},
                      {.from = -5, .below = 3},
                      {.from = -INFINITY, .below = INFINITY}};
    rv_binning b = {.scale = RV_SCALE_NUMBER, .whole = true, .n = 9, .bin = whole};
    const char *const wanted[] = {"(missing)", "(other)", "under 25", "25-34",       "35",
                                  "36+",       "40",      "-5 to 2",  "(any number)"};
    for (uint32_t i = 0; i < 9; i++) cr_assert_str_eq(label(&b, i), wanted[i]);
    rv_bin decimals[] = {{.from = 0}, {.from = 0}, {.from = 1.25, .below = 2.5}, {.from = 0.1, .below = 0.1}};
    rv_binning d = {.scale = RV_SCALE_NUMBER, .n = 4, .bin = decimals};
    cr_assert_str_eq(label(&d, 2), "1.25 to 2.5");
    cr_assert_str_eq(label(&d, 3), "0.1");
    rv_bin dates[] = {{.from = 0},
                      {.from = 0},
                      {.from = -INFINITY, .below = 365},
                      {.from = 365, .below = 730},
                      {.from = 730, .below = INFINITY}};
    rv_binning t = {.scale = RV_SCALE_DATE, .whole = true, .n = 5, .bin = dates};
    cr_assert_str_eq(label(&t, 2), "before 1971-01-01");
    cr_assert_str_eq(label(&t, 3), "1971-01-01 to 1971-12-31");
    cr_assert_str_eq(label(&t, 4), "from 1972-01-01");
    rv_bin words_[] = {{.from = 0}, {.from = 0}, {.value = RV_TEXT("Married")}};
    rv_binning c = {.scale = RV_SCALE_CATEGORY, .n = 3, .bin = words_};
    cr_assert_str_eq(label(&c, 2), "Married");
}

/* Ages 18..87, 50 people each; rates step at 30 and at 60. */
Test(binning, numbers_far_off_are_shown_with_an_exponent) {
    static const struct {
        double x;
        const char *text;
    } cases[] = {{4e300, "4e+300"},   {-4e300, "-4e+300"}, {2e-20, "2e-20"},    {1e15, "1e+15"}, {999999999999999, "999999999999999"},
                 {1e-6, "0.000001"}, {9e-7, "9e-07"},     {0, "0"},            {0.1, "0.1"},    {-12.5, "-12.5"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rv_buffer out = {0};
        rv_number_put(&out, cases[i].x);
        cr_expect(out.len == strlen(cases[i].text) && memcmp(out.data, cases[i].text, out.len) == 0, "%.*s, not %s",
                  (int)out.len, out.data, cases[i].text);
        rv_buffer_free(&out);
    }
}

Test(binning, cuts_fall_where_the_rate_changes_and_nowhere_else) {
    words *w = words_new();
    uint32_t seeds[71] = {0}, others[71] = {0}, people[71] = {0};
    for (unsigned age = 18; age < 88; age++) {
        char text[8];
        snprintf(text, sizeof text, "%u", age);
        add(w, text);
        unsigned code = age - 17;
        people[code] = 50;
        seeds[code] = age < 30 ? 5 : age < 60 ? 20 : 40;
        others[code] = 50 - seeds[code];
    }
    rv_values values;
    rv_binning b;
    cr_assert_eq(rv_values_read(&w->dictionary, RV_SCALE_NUMBER, &values, NULL), RV_OK);
    rv_code_counts counts = {seeds, others, people};
    cr_assert_eq(rv_binning_learn(&w->dictionary, &values, &counts, 20, false, &b, NULL), RV_OK);
    cr_assert_eq(b.n, 5);
    cr_assert_str_eq(label(&b, 2), "under 30");
    cr_assert_str_eq(label(&b, 3), "30-59");
    cr_assert_str_eq(label(&b, 4), "60+");
    uint8_t of_code[71];
    rv_binning_map(&b, &w->dictionary, &values, of_code);
    cr_assert_eq(of_code[0], RV_BIN_MISSING);
    for (unsigned age = 18; age < 88; age++) cr_assert_eq(of_code[age - 17], age < 30 ? 2 : age < 60 ? 3 : 4);
    rv_binning_reset(&b);
    rv_values_reset(&values);
    free(w);
}

Test(binning, a_heavy_number_has_its_own_entry_and_words_are_other) {
    words *w = words_new();
    add(w, "0");
    add(w, "00"); /* the same number, spelt otherwise */
    add(w, "114.5");
    add(w, "5000.25");
    add(w, "n/a");
    uint32_t seeds[] = {0, 100, 10, 5, 60, 1}, others[] = {0, 700, 90, 55, 0, 9}, people[] = {0, 800, 100, 60, 60, 10};
    rv_values values;
    rv_binning b;
    cr_assert_eq(rv_values_read(&w->dictionary, RV_SCALE_NUMBER, &values, NULL), RV_OK);
    cr_assert_eq(values.words, 1);
    rv_code_counts counts = {seeds, others, people};
    cr_assert_eq(rv_binning_learn(&w->dictionary, &values, &counts, 20, false, &b, NULL), RV_OK);
    uint8_t of_code[6];
    rv_binning_map(&b, &w->dictionary, &values, of_code);
    cr_assert_eq(of_code[5], RV_BIN_OTHER);
    cr_assert_eq(of_code[1], of_code[2]);
    cr_assert_str_eq(label(&b, of_code[1]), "0");
    cr_assert_neq(of_code[3], of_code[4]);
    cr_assert_neq(of_code[3], of_code[1]);
    rv_binning_reset(&b);
    rv_values_reset(&values);
    free(w);
}

Test(binning, rare_categories_are_pooled_and_at_most_254_stay) {
    words *w = words_new();
    static uint32_t people[1001];
    for (unsigned i = 1; i <= 1000; i++) {
        char text[16];
        snprintf(text, sizeof text, "v%u", i);
        add(w, text);
        people[i] = i; /* v1000 is the most frequent */
    }
    rv_values values;
    rv_binning b;
    cr_assert_eq(rv_values_read(&w->dictionary, RV_SCALE_CATEGORY, &values, NULL), RV_OK);
    rv_code_counts counts = {people, people, people};
    uint8_t *of_code = malloc(1001);
    cr_assert_eq(rv_binning_learn(&w->dictionary, &values, &counts, 20, false, &b, NULL), RV_OK);
    cr_assert_eq(b.n, RV_BINS_MAX);
    rv_binning_map(&b, &w->dictionary, &values, of_code);
    for (unsigned i = 1; i <= 1000; i++)
        cr_assert_eq(of_code[i] == RV_BIN_OTHER, i <= 1000 - RV_CATEGORY_BINS, "v%u", i);
    rv_binning_reset(&b);
    cr_assert_eq(rv_binning_learn(&w->dictionary, &values, &counts, 990, false, &b, NULL), RV_OK);
    cr_assert_eq(b.n, RV_BIN_FIRST + 11);
    rv_binning_reset(&b);
    rv_values_reset(&values);
    free(of_code);
    free(w);
}

/* Random columns: never more than 15 entries, each number in exactly the entry that a plain reading gives, every entry
 * with enough people or the only one. */
Test(binning, random_numbers_keep_the_rules) {
    for (uint64_t seed = 0; seed < 200; seed++) {
        rv_random r;
        rv_random_init(&r, seed, 0);
        words *w = words_new();
        uint32_t n = 1 + rv_random_below(&r, seed % 10 == 0 ? 3000 : 60);
        uint32_t *seeds = calloc(3001, 4), *others = calloc(3001, 4), *people = calloc(3001, 4);
        for (uint32_t i = 1; i <= n; i++) {
            char text[32];
            if (seed % 2) snprintf(text, sizeof text, "%d", (int)i * 3 - 40);
            else snprintf(text, sizeof text, "%.2f", (double)i * 1.37 - 20);
            add(w, text);
            seeds[i] = rv_random_below(&r, 30);
            others[i] = rv_random_below(&r, i % 7 ? 40 : 400);
            people[i] = seeds[i] + others[i];
        }
        rv_values values;
        rv_binning b;
        uint8_t *of_code = malloc(n + 1);
        cr_assert_eq(rv_values_read(&w->dictionary, RV_SCALE_NUMBER, &values, NULL), RV_OK);
        rv_code_counts counts = {seeds, others, people};
        cr_assert_eq(rv_binning_learn(&w->dictionary, &values, &counts, 20, false, &b, NULL), RV_OK);
        cr_assert(b.n <= RV_BIN_FIRST + RV_NUMBER_BINS, "seed %llu: %u entries", (unsigned long long)seed, b.n);
        rv_binning_map(&b, &w->dictionary, &values, of_code);
        uint64_t in_bin[RV_BINS_MAX] = {0};
        for (uint32_t code = 1; code <= n; code++) {
            double x = values.number[code];
            uint32_t exact = 0, range = 0;
            for (uint32_t i = RV_BIN_FIRST; i < b.n; i++) {
                if (b.bin[i].from == b.bin[i].below && b.bin[i].from == x) exact = i;
                if (b.bin[i].from <= x && x < b.bin[i].below) {
                    cr_assert_eq(range, 0, "ranges overlap");
                    range = i;
                }
            }
            if (people[code]) cr_assert(exact || range, "seed %llu: %g has no entry", (unsigned long long)seed, x);
            cr_assert_eq(of_code[code], exact ? exact : range ? range : RV_BIN_OTHER);
            in_bin[of_code[code]] += people[code];
        }
        unsigned ranges = 0;
        for (uint32_t i = RV_BIN_FIRST; i < b.n; i++) ranges += b.bin[i].from != b.bin[i].below;
        for (uint32_t i = RV_BIN_FIRST; i < b.n; i++)
            if (ranges > 1 && b.bin[i].from != b.bin[i].below)
                cr_assert(in_bin[i] >= 20, "seed %llu: %llu people", (unsigned long long)seed,
                          (unsigned long long)in_bin[i]);
        free(of_code);
        free(seeds);
        free(others);
        free(people);
        free(w);
        rv_binning_reset(&b);
        rv_values_reset(&values);
    }
}

Test(binning, numbers_out_of_order_are_sorted_before_they_are_cut) {
    words *w = words_new();
    const char *const text[] = {"10,5", "9", "-1", "100"};
    for (int i = 0; i < 4; i++) add(w, text[i]);
    rv_values v;
    cr_assert_eq(rv_values_read(&w->dictionary, RV_SCALE_NUMBER, &v, NULL), RV_OK);
    cr_assert_eq(v.n_numbers, 4);
    cr_assert_not(v.whole);
    for (uint32_t i = 1; i < 4; i++) cr_assert(v.number[v.order[i - 1]] < v.number[v.order[i]]);
    rv_values_reset(&v);
    free(w);
}

/* --- Names that are sensitive ------------------------------------------------------------------------------------ */

Test(sensitive, names_are_told_by_whole_words) {
    const char *const yes[] = {"race",
                               "Race",
                               "ethnic_group",
                               "origine_ethnique",
                               "Religion",
                               "healthScore",
                               "health",
                               "etatSante",
                               "Sant\xC3\xA9",
                               "POLITICAL-PARTY",
                               "trade_union",
                               "syndicat",
                               "orientation_sexuelle",
                               "handicap\xC3\xA9"};
    const char *const no[] = {"trace",   "embrace", "terrace",        "wealth", "sex",     "age",   "income",
                              "brushes", "town",    "native-country", "",       "reunion", "polite"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        cr_assert(rv_name_is_sensitive(rv_text_of(yes[i])), "%s", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        cr_assert_not(rv_name_is_sensitive(rv_text_of(no[i])), "%s", no[i]);
}
