/* Distances and likenesses of texts against naive twins: matrices, letter by letter. */
#include "random.h"
#include "similarity.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 100 };

static unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }

static unsigned naive_distance(rv_text a, rv_text b) {
    static unsigned d[MOST + 1][MOST + 1];
    for (unsigned i = 0; i <= a.len; i++)
        for (unsigned j = 0; j <= b.len; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            unsigned other = a.ptr[i - 1] != b.ptr[j - 1];
            d[i][j] = least(least(d[i - 1][j] + 1, d[i][j - 1] + 1), d[i - 1][j - 1] + other);
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[a.len][b.len];
}

static double naive_jaro_winkler(rv_text a, rv_text b) {
    bool in_a[MOST] = {false}, in_b[MOST] = {false};
    int longer = (int)(a.len > b.len ? a.len : b.len), window = longer / 2 - 1, common = 0, displaced = 0;
    if (a.len == 0 || b.len == 0) return 0;
    if (window < 0) window = 0;
    for (int j = 0; j < (int)b.len; j++)
        for (int i = 0; i < (int)a.len; i++)
            if (!in_a[i] && abs(i - j) <= window && a.ptr[i] == b.ptr[j]) {
                in_a[i] = in_b[j] = true;
                common++;
                break;
            }
    if (common == 0) return 0;
    for (int i = 0, j = 0; i < (int)a.len; i++) {
        if (!in_a[i]) continue;
        while (!in_b[j]) j++;
        displaced += a.ptr[i] != b.ptr[j++];
    }
    double n = common, jaro = (n / a.len + n / b.len + (n - displaced / 2) / n) / 3;
    int begin = 0;
    while (begin < 4 && begin < (int)a.len && begin < (int)b.len && a.ptr[begin] == b.ptr[begin]) begin++;
    return jaro > .7 ? jaro + .1 * begin * (1 - jaro) : jaro;
}

static double naive_overlap(rv_text a, rv_text b) {
    static bool in_a[26][26], in_b[26][26];
    memset(in_a, 0, sizeof in_a);
    memset(in_b, 0, sizeof in_b);
    if (a.len < 2 || b.len < 2) return 0;
    for (uint32_t i = 0; i + 1 < a.len; i++) in_a[a.ptr[i] - 'A'][a.ptr[i + 1] - 'A'] = true;
    for (uint32_t i = 0; i + 1 < b.len; i++) in_b[b.ptr[i] - 'A'][b.ptr[i + 1] - 'A'] = true;
    int n = 0, common = 0;
    for (int i = 0; i < 26; i++)
        for (int j = 0; j < 26; j++) {
            n += in_a[i][j] + in_b[i][j];
            common += in_a[i][j] && in_b[i][j];
        }
    return 2.0 * common / n;
}

/* Words of few letters, so that much agrees; the second often made of the first by errors. */
static rv_text random_word(rv_random *random, char *out, uint32_t longest, unsigned letters) {
    uint32_t n = rv_random_below(random, longest + 1);
    for (uint32_t i = 0; i < n; i++) out[i] = (char)('A' + rv_random_below(random, letters));
    return rv_text_make(out, n);
}

static rv_text with_errors(rv_random *random, rv_text word, char *out, uint32_t longest) {
    uint32_t n = word.len;
    memcpy(out, word.ptr, n);
    for (unsigned errors = rv_random_below(random, 5); errors && n; errors--) {
        uint32_t at = rv_random_below(random, n), kind = rv_random_below(random, 4);
        if (kind == 0) out[at] = (char)('A' + rv_random_below(random, 26));
        if (kind == 1) memmove(out + at, out + at + 1, --n - at);
        if (kind == 2 && n < longest) memmove(out + at + 1, out + at, n++ - at);
        if (kind == 3 && at + 1 < n) {
            char c = out[at];
            out[at] = out[at + 1], out[at + 1] = c;
        }
    }
    return rv_text_make(out, n);
}

Test(similarity, all_agree_with_their_naive_twins) {
    printf("seed 20261122\n");
    rv_random random;
    rv_random_init(&random, 20261122, 0);
    char left[MOST], right[MOST];
    for (int round = 0; round < 60000; round++) {
        uint32_t longest = round % 3 ? 12 : RV_SIMILARITY_MAX;
        rv_text a = random_word(&random, left, longest, round % 2 ? 3 : 26);
        rv_text b = round % 4 ? with_errors(&random, a, right, longest) : random_word(&random, right, longest, 3);
        cr_assert_leq(rv_least_distance(rv_letter_set(a), rv_letter_set(b)), naive_distance(a, b));
        cr_assert_eq(rv_edit_distance(a, b), naive_distance(a, b), "%.*s %.*s", a.len, a.ptr, b.len, b.ptr);
        cr_assert_eq(rv_within_one_edit(a, b), naive_distance(a, b) <= 1, "%.*s %.*s", a.len, a.ptr, b.len, b.ptr);
        cr_assert_float_eq(rv_jaro_winkler(a, b), naive_jaro_winkler(a, b), 1e-12, "%.*s %.*s", a.len, a.ptr, b.len,
                           b.ptr);
        cr_assert_float_eq(rv_pair_overlap(a, b), naive_overlap(a, b), 1e-12, "%.*s %.*s", a.len, a.ptr, b.len, b.ptr);
    }
}

Test(similarity, one_side_may_be_longer_than_a_machine_word) {
    rv_random random;
    rv_random_init(&random, 3, 0);
    char left[MOST], right[MOST];
    for (int round = 0; round < 5000; round++) {
        rv_text a = random_word(&random, left, RV_SIMILARITY_MAX, 4), b = random_word(&random, right, MOST, 4);
        cr_assert_eq(rv_edit_distance(a, b), naive_distance(a, b));
        cr_assert_eq(rv_edit_distance(b, a), naive_distance(a, b));
        cr_assert_eq(rv_within_one_edit(b, a), naive_distance(a, b) <= 1);
    }
}

Test(similarity, short_texts_as_numbers_agree_too) {
    rv_random random;
    rv_random_init(&random, 4, 0);
    char left[MOST], right[MOST];
    unsigned near = 0;
    for (int round = 0; round < 60000; round++) {
        rv_text a = random_word(&random, left, 8, 3);
        rv_text b = round % 2 ? with_errors(&random, a, right, 8) : random_word(&random, right, 8, 3);
        uint64_t x = rv_load_bytes(a.ptr, a.len), y = rv_load_bytes(b.ptr, b.len);
        bool within = naive_distance(a, b) <= 1;
        near += within && !rv_text_equal(a, b);
        cr_assert_eq(rv_within_one_edit_of_8(x, a.len, y, b.len), within, "%.*s %.*s", a.len, a.ptr, b.len, b.ptr);
    }
    cr_assert_gt(near, 1000);
}

Test(similarity, letters_are_counted) {
    cr_assert_eq(rv_letters_beyond(UINT32_MAX, 0), 32);
    cr_assert_eq(rv_letters_beyond(0, UINT32_MAX), 0);
    cr_assert_eq(rv_letters_beyond(0x80000001, 0x80000000), 1);
}

Test(similarity, longer_texts_are_compared_by_their_beginnings) {
    char left[MOST], right[MOST];
    memset(left, 'A', MOST);
    memset(right, 'A', MOST);
    cr_assert_not(rv_within_one_edit(rv_text_make(left, 60), rv_text_make(right, 62)));
    right[RV_SIMILARITY_MAX] = 'B'; /* the first byte that isn't looked at */
    cr_assert_eq(rv_edit_distance(rv_text_make(left, MOST), rv_text_make(right, MOST)), 0);
    cr_assert(rv_within_one_edit(rv_text_make(left, MOST), rv_text_make(right, MOST - 9)));
    right[RV_SIMILARITY_MAX - 1] = 'B';
    cr_assert_eq(rv_edit_distance(rv_text_make(left, MOST), rv_text_make(right, MOST)), 1);
    cr_assert_float_eq(rv_jaro_winkler(rv_text_make(left, 65), rv_text_make(left, 100)), 1, 1e-12);
}

Test(similarity, published_values) {
    cr_assert_float_eq(rv_jaro_winkler(RV_TEXT("MARTHA"), RV_TEXT("MARHTA")), .961, .001); /* Winkler 1990 */
    cr_assert_float_eq(rv_jaro_winkler(RV_TEXT("DIXON"), RV_TEXT("DICKSONX")), .813, .001);
    cr_assert_eq(rv_edit_distance(RV_TEXT("CA"), RV_TEXT("ABC")), 3); /* 2 if a part might be edited twice */
    cr_assert_eq(rv_edit_distance(RV_TEXT("KITTEN"), RV_TEXT("SITTING")), 3);
    cr_assert_eq(rv_edit_distance(RV_TEXT(""), RV_TEXT("ABC")), 3);
}
