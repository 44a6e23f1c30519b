/* Names beside names: a table that a reader can check by eye. Both orders give one answer. */
#include "link_names.h"

#include "first_name.h"
#include "letters.h"
#include "random.h"
#include "similarity.h"
#include <criterion/criterion.h>
#include <stdio.h>

typedef struct example {
    const char *a, *b;
    rv_name_level level;
} example;

#define N(array) (sizeof(array) / sizeof *(array))

static void check(const example *all, size_t n, rv_name_level (*compare)(rv_text, rv_text, bool)) {
    for (size_t i = 0; i < n; i++) {
        rv_text a = rv_text_of(all[i].a), b = rv_text_of(all[i].b);
        cr_expect_eq(compare(a, b, false), all[i].level, "%s, %s: %d", all[i].a, all[i].b, compare(a, b, false));
        cr_expect_eq(compare(b, a, false), all[i].level, "%s, %s: %d", all[i].b, all[i].a, compare(b, a, false));
    }
}

Test(link_names, first_names) {
    static const example all[] = {
        {"MARIE", "MARIE", RV_NAME_EQUAL},
        {"", "MARIE", RV_NAME_MISSING},
        {"MATHIEU", "MATTHIEU", RV_NAME_VARIANT},   /* forms of one name */
        {"MICHEL", "MICHELLE", RV_NAME_WEAK},       /* both known: a man and a woman */
        {"JEAN", "JEANNE", RV_NAME_WEAK},           /* two errors, and known */
        {"FREDERIC", "FRDERIC", RV_NAME_ONE_ERROR}, /* an unknown one may be an error */
        {"LACHLAN", "LACLHAN", RV_NAME_ONE_ERROR},
        {"BRINLEY", "BRNLYE", RV_NAME_TWO_ERRORS},
        {"ROB", "ROBERT", RV_NAME_VARIANT},
        {"MAKSYMI", "MAKSYMILIANA", RV_NAME_VARIANT}, /* a beginning */
        {"R", "ROBERT", RV_NAME_PART},
        {"P", "ROBERT", RV_NAME_DIFFERENT},
        {"JP", "JEAN PIERRE", RV_NAME_PART},
        {"J P", "JEAN PIERRE", RV_NAME_PART},
        {"JEAN", "JEAN PIERRE", RV_NAME_VARIANT},
        {"PIERRE JEAN", "JEAN PIERRE", RV_NAME_VARIANT},
        {"JEANPIERRE", "JEAN PIERRE", RV_NAME_ONE_ERROR},
        {"JEAN PAUL", "JEAN PIERRE", RV_NAME_WEAK},
        {"LEO", "LEA", RV_NAME_WEAK},
        {"CLAUDE", "SYLVIE", RV_NAME_DIFFERENT},
    };
    check(all, N(all), rv_first_names_compare);
}

Test(link_names, last_names) {
    static const example all[] = {
        {"DUPONT", "DUPONT", RV_NAME_EQUAL},
        {"DUPONT", "", RV_NAME_MISSING},
        {"DUPONT", "DUPOND", RV_NAME_ONE_ERROR},
        {"DUPONT MARTIN", "DUPONT", RV_NAME_PART},
        {"DUPONT MARTIN", "MARTIN DUPONT", RV_NAME_ONE_ERROR},
        {"DUPONT MARTIN", "DUPONT BERNARD", RV_NAME_WEAK},
        {"DE LA TOUR", "LATOUR", RV_NAME_TWO_ERRORS},
        {"DE BROGLIE", "BROGLIE", RV_NAME_ONE_ERROR},
        {"VAN DER MEER", "VANDERMEER", RV_NAME_TWO_ERRORS},
        {"ELEFTHERIADIS", "ELEFHTERIDAS", RV_NAME_TWO_ERRORS},
        {"LEE", "LI", RV_NAME_DIFFERENT},
        {"D", "DUPONT", RV_NAME_WEAK},
        {"MARTIN", "BERNARD", RV_NAME_DIFFERENT},
    };
    check(all, N(all), rv_last_names_compare);
    cr_expect_eq(rv_last_names_compare(RV_TEXT("MEYER"), RV_TEXT("MAIER"), true), RV_NAME_VARIANT);
    cr_expect_eq(rv_last_names_compare(RV_TEXT("LEFEVRE"), RV_TEXT("LEFEBVRE"), true), RV_NAME_ONE_ERROR);
}

typedef struct whole {
    const char *a[2], *b[2];
    rv_name_level first, last;
} whole;

Test(link_names, whole_names_in_any_order) {
    static const whole all[] = {
        {{"JEAN", "DUPONT"}, {"DUPONT", "JEAN"}, RV_NAME_EQUAL, RV_NAME_EQUAL},
        {{"JEAN", "DUPONT"}, {"", "JEANDUPONT"}, RV_NAME_EQUAL, RV_NAME_EQUAL},
        {{"OSAMA", "BIN LADEN"}, {"LADEN", "OSAMA"}, RV_NAME_VARIANT, RV_NAME_EQUAL},
        {{"J", "DUPONT"}, {"DUPONT", "JEAN"}, RV_NAME_PART, RV_NAME_EQUAL},
        {{"SERGEI", "LAVROV"}, {"LAVROV SERGEI", "VIKTOROVICH"}, RV_NAME_VARIANT, RV_NAME_EQUAL},
        {{"MARC", "DUPONT"}, {"SYLVIE", "DUPONT"}, RV_NAME_DIFFERENT, RV_NAME_EQUAL},
        {{"", "HANNIBAL"}, {"", "HANNIBOL"}, RV_NAME_MISSING, RV_NAME_ONE_ERROR},
        {{"", ""}, {"JEAN", "DUPONT"}, RV_NAME_MISSING, RV_NAME_MISSING},
    };
    for (size_t i = 0; i < N(all); i++) {
        rv_whole_name a = {rv_text_of(all[i].a[0]), rv_text_of(all[i].a[1])};
        rv_whole_name b = {rv_text_of(all[i].b[0]), rv_text_of(all[i].b[1])};
        for (int turn = 0; turn < 2; turn++) {
            rv_name_level first, last;
            rv_whole_names_compare(turn ? &b : &a, turn ? &a : &b, &first, &last);
            cr_expect_eq(first, all[i].first, "%zu: first %d", i, first);
            cr_expect_eq(last, all[i].last, "%zu: last %d", i, last);
        }
    }
}

/* --- Names told apart without their texts ------------------------------------------------------------------------ */

static rv_name_sketch sketch_of(rv_text name) {
    return (rv_name_sketch){rv_letter_set(name), name.len, (unsigned char)name.ptr[0] & 31,
                            rv_first_name_groups(name)};
}

/* A known name, a form of one, letters at random; with an error now and then. */
static rv_text some_name(rv_random *random, char out[32]) {
    size_t groups;
    const char *const *forms = rv_first_name_forms(&groups);
    rv_text words[16], name;
    uint32_t kind = rv_random_below(random, 4), n = 0;
    if (kind == 0) name = rv_text_of(rv_first_names[rv_random_below(random, (uint32_t)rv_first_names_count)].name);
    if (kind == 1) {
        size_t count = rv_words(rv_text_of(forms[rv_random_below(random, (uint32_t)groups)]), words, 16);
        name = words[rv_random_below(random, (uint32_t)count)];
    }
    if (kind >= 2) {
        n = 1 + rv_random_below(random, 9);
        for (uint32_t i = 0; i < n; i++) out[i] = (char)('A' + rv_random_below(random, kind == 2 ? 26 : 6));
    } else {
        memcpy(out, name.ptr, n = name.len);
    }
    if (rv_random_below(random, 4) == 0) out[rv_random_below(random, n)] = 'E';
    if (n > 3 && rv_random_below(random, 8) == 0) out[2] = ' ';
    return rv_text_make(out, n);
}

Test(link_names, what_is_far_is_different) {
    printf("seed 20261122\n");
    rv_random random;
    rv_random_init(&random, 20261122, 1);
    unsigned firsts = 0, lasts = 0, different = 0;
    enum { PAIRS = 200000 };
    for (int i = 0; i < PAIRS; i++) {
        char left[32], right[32];
        rv_text a = some_name(&random, left), b = some_name(&random, right);
        rv_name_sketch x = sketch_of(a), y = sketch_of(b);
        bool sound = i % 5 == 0;
        rv_name_level first = rv_first_names_compare(a, b, sound), last = rv_last_names_compare(a, b, sound);
        different += first == RV_NAME_DIFFERENT;
        bool far = rv_first_names_are_far(&x, &y);
        firsts += far;
        cr_assert(!far || first == RV_NAME_DIFFERENT, "%.*s %.*s", (int)a.len, a.ptr, (int)b.len, b.ptr);
        cr_assert_eq(rv_first_names_are_far(&y, &x), far);
        far = rv_last_names_are_far(&x, &y, sound);
        lasts += far;
        cr_assert(!far || last == RV_NAME_DIFFERENT, "%.*s %.*s", (int)a.len, a.ptr, (int)b.len, b.ptr);
    }
    cr_assert_gt(firsts, different / 2, "few are told: %u of %u", firsts, different);
    cr_assert_gt(lasts, different / 2);
}

Test(link_names, words_of_one_group_share_a_bit) {
    size_t n;
    const char *const *forms = rv_first_name_forms(&n);
    for (size_t i = 0; i < n; i++) {
        rv_text words[16];
        size_t count = rv_words(rv_text_of(forms[i]), words, 16);
        for (size_t k = 1; k < count; k++)
            cr_assert(rv_first_name_groups(words[0]) & rv_first_name_groups(words[k]), "%s", forms[i]);
    }
    cr_assert_eq(rv_first_name_groups(RV_TEXT("")), 0);
    cr_assert_eq(rv_first_name_groups(RV_TEXT("XQZW")), 0);
}
