/* Text, numbers, shapes, distances: against naive twins and the C library. */
#include "random.h"
#include "text.h"
#include <criterion/criterion.h>
#include <math.h>
#include <reveil.h>
#include <stdio.h>
#include <stdlib.h>

Test(text, compare_is_bytewise_and_total) {
    cr_assert_lt(rv_text_compare(RV_TEXT("a"), RV_TEXT("ab")), 0);
    cr_assert_gt(rv_text_compare(RV_TEXT("\xC3\xA9"), RV_TEXT("z")), 0);
    cr_assert_eq(rv_text_compare((rv_text){0}, RV_TEXT("")), 0);
    cr_assert(rv_text_equal((rv_text){0}, RV_TEXT("")));
    cr_assert(rv_text_is(RV_TEXT("abc"), "abc"));
    cr_assert_not(rv_text_is(RV_TEXT("ab"), "abc"));
    cr_assert(rv_text_is_nocase(RV_TEXT("AbC"), "aBc"));
    cr_assert_not(rv_text_is_nocase(RV_TEXT("AbC"), "aB"));
    cr_assert_not(rv_text_is_nocase(RV_TEXT("Ab"), "aBc"));
}

Test(text, trim_takes_every_kind_of_blank_at_both_ends) {
    rv_text t = rv_text_trim(RV_TEXT(" \t\xC2\xA0\xE2\x80\xAF x y \xE2\x80\xAF\xC2\xA0\r\n"));
    cr_assert(rv_text_is(t, "x y"));
    cr_assert_eq(rv_text_trim(RV_TEXT(" \xC2\xA0 ")).len, 0);
    cr_assert(rv_text_is(rv_text_trim(RV_TEXT("\xC3\xA0")), "\xC3\xA0")); /* ends in A0, is no blank */
}

Test(text, integers_are_whole_or_nothing) {
    int64_t n;
    uint64_t u;
    cr_assert(rv_text_to_integer(RV_TEXT("-9223372036854775808"), &n) && n == INT64_MIN);
    cr_assert(rv_text_to_integer(RV_TEXT("+9223372036854775807"), &n) && n == INT64_MAX);
    cr_assert_not(rv_text_to_integer(RV_TEXT("9223372036854775808"), &n));
    cr_assert_not(rv_text_to_integer(RV_TEXT("-9223372036854775809"), &n));
    cr_assert(rv_text_to_unsigned(RV_TEXT("18446744073709551615"), &u) && u == UINT64_MAX);
    cr_assert_not(rv_text_to_unsigned(RV_TEXT("18446744073709551616"), &u));
    cr_assert_not(rv_text_to_unsigned(RV_TEXT(""), &u));
    cr_assert_not(rv_text_to_unsigned(RV_TEXT("1 "), &u));
    cr_assert_not(rv_text_to_integer(RV_TEXT("-"), &n));
}

Test(text, decimals_equal_the_c_library_bit_for_bit) {
    rv_random r;
    rv_random_init(&r, 20261121, 1);
    for (int i = 0; i < 200000; i++) {
        char s[64];
        double x = (rv_random_unit(&r) - 0.5) * pow(10, (int)rv_random_below(&r, 40) - 20);
        snprintf(s, sizeof s, i & 1 ? "%.*f" : "%.*g", (int)rv_random_below(&r, 18), x);
        double got = 0, want = strtod(s, NULL);
        cr_assert(rv_text_to_decimal(rv_text_of(s), '.', &got), "%s", s);
        cr_assert_eq(got, want, "%s: %.17g, not %.17g", s, got, want);
    }
}

Test(text, decimals_refuse_what_is_no_number) {
    static const char *const bad[] = {"",  "inf", "nan", "0x10", "1,5", "1.2.3", ".",
                                      "-", "1e",  "1e+", "--1",  "1 ",  "1e999"};
    double x;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_not(rv_text_to_decimal(rv_text_of(bad[i]), '.', &x), "%s", bad[i]);
    cr_assert(rv_text_to_decimal(RV_TEXT("-1,5"), ',', &x) && x == -1.5);
    cr_assert_not(rv_text_to_decimal(RV_TEXT("1.5"), ',', &x));
    cr_assert(rv_text_to_decimal(RV_TEXT(".5"), '.', &x) && x == 0.5);
}

Test(text, shape_hides_every_letter_and_digit) {
    char s[32];
    rv_text_shape(RV_TEXT("J\xC3\xA9r\xC3\xB4me.D@x.fr 06\n"), s, sizeof s);
    cr_assert_str_eq(s, "Aaaaaa.A@a.aa 99?");
    rv_text_shape(RV_TEXT("abcdef"), s, 4);
    cr_assert_str_eq(s, "aaa");
}

/* The textbook table, whole. */
static unsigned naive_distance(const char *a, size_t n, const char *b, size_t m) {
    unsigned d[20][20];
    for (size_t i = 0; i <= n; i++)
        for (size_t j = 0; j <= m; j++) {
            if (!i || !j) {
                d[i][j] = (unsigned)(i + j);
                continue;
            }
            unsigned best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (d[i - 1][j] + 1 < best) best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best) best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    return d[n][m];
}

Test(text, distance_equals_the_textbook_up_to_the_limit) {
    rv_random r;
    rv_random_init(&r, 7, 2);
    for (int i = 0; i < 50000; i++) {
        char a[12], b[12];
        uint32_t n = rv_random_below(&r, 10), m = rv_random_below(&r, 10);
        for (uint32_t k = 0; k < n; k++) a[k] = (char)('A' + rv_random_below(&r, 3));
        for (uint32_t k = 0; k < m; k++) b[k] = (char)('A' + rv_random_below(&r, 3));
        unsigned limit = rv_random_below(&r, 5), want = naive_distance(a, n, b, m);
        if (want > limit) want = limit + 1;
        cr_assert_eq(rv_text_distance(rv_text_make(a, n), rv_text_make(b, m), limit), want);
    }
}

Test(text, nearest_word_is_near_or_nothing) {
    static const char *const words[] = {"enrich", "build", "run", NULL};
    cr_assert_str_eq(rv_nearest_word("enirch", words), "enrich");
    cr_assert_str_eq(rv_nearest_word("rum", words), "run");
    cr_assert_null(rv_nearest_word("x", words));
    cr_assert_null(rv_nearest_word("transactions", words));
}

Test(text, trimming_with_and_without_its_short_cut_is_the_same) {
    static const char *const pieces[] = {" ", "\t", "a", "\xC2\xA0", "\xE2\x80\xAF", "\xC3\xA9", "\x7f", "\x01"};
    rv_random random;
    rv_random_init(&random, 20261121, 3);
    for (int round = 0; round < 5000; round++) {
        char value[32] = "";
        for (uint32_t i = rv_random_below(&random, 6); i > 0; i--) strcat(value, pieces[rv_random_below(&random, 8)]);
        rv_text a = rv_text_trim(rv_text_of(value)), b = rv_text_trim_ends(rv_text_of(value));
        cr_assert(a.ptr == b.ptr && a.len == b.len, "round %d", round);
    }
}
