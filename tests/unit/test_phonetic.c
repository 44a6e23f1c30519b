/* How last names sound: tests/cases/phonetic.txt holds the examples; here is what must hold for any name. */
#include "letters.h"
#include "phonetic.h"
#include "random.h"
#include <criterion/criterion.h>

enum { SEED = 4101 };

static uint64_t code_of(const char *name, size_t *count) {
    char code[RV_PHONETIC_MAX];
    uint64_t word;
    *count = rv_phonetic(rv_text_of(name), code);
    memcpy(&word, code, sizeof word);
    return word;
}

static void sound_alike(const char *a, const char *b, bool alike) {
    size_t n;
    cr_expect_eq(code_of(a, &n) == code_of(b, &n), alike, "%s and %s", a, b);
}

Test(phonetic, names_that_sound_alike_share_a_code) {
    sound_alike("DUPONT", "DUPOND", true);
    sound_alike("LEFEVRE", "LEFEBVRE", true);
    sound_alike("MEYER", "MAIER", true);
    sound_alike("IVANOV", "IVANOFF", true);
    sound_alike("LE ROUX", "LEROUX", true);
    sound_alike("MARTIN", "MARTINE", false);
    sound_alike("MOREL", "MOREAU", false);
    sound_alike("DURAND", "DUPONT", false);
    sound_alike("GARCIA", "GARDIA", false);
}

Test(phonetic, codes_are_short_and_padded_with_zeros) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ  EEEINSTHUOA";
    rv_random random;
    rv_random_init(&random, SEED, 0);
    for (int i = 0; i < 20000; i++) {
        char name[70], code[RV_PHONETIC_MAX];
        size_t n = rv_random_below(&random, 64);
        for (size_t k = 0; k < n; k++) name[k] = letters[rv_random_below(&random, sizeof letters - 1)];
        size_t count = rv_phonetic(rv_text_make(name, n), code);
        cr_assert_leq(count, (size_t)RV_PHONETIC_MAX, "seed %d: %.*s", SEED, (int)n, name);
        for (size_t k = 0; k < RV_PHONETIC_MAX; k++) {
            cr_assert_eq(code[k] == 0, k >= count, "seed %d: %.*s", SEED, (int)n, name);
            cr_assert(k == 0 || !code[k] || code[k] != code[k - 1], "a sign twice: %.*s", (int)n, name);
        }
    }
}

Test(phonetic, nothing_and_blanks_have_no_sound) {
    size_t n;
    cr_expect_eq(code_of("", &n), 0);
    cr_expect_eq(n, 0);
    cr_expect_eq(code_of("   ", &n), 0);
    cr_expect_eq(code_of("H", &n), 0);
    code_of("A", &n);
    cr_expect_eq(n, 1);
}

Test(phonetic, other_alphabets_stand_for_themselves) {
    size_t n;
    cr_expect_neq(code_of("ΠΑΠΑΔΟΠΟΥΛΟΣ", &n), code_of("ΠΕΤΡΟΥ", &n));
    cr_expect_gt(n, 0);
    code_of("山田", &n);
    cr_expect_eq(n, 6); /* bytes that repeat within a character stay */
    code_of("山田太郎", &n);
    cr_expect_eq(n, 6); /* and none is cut in two */
}
