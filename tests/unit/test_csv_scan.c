/* The kernels against their scalar twins, on random bytes, lengths and alignments. */
#include "cpu.h"
#include "csv_scan.h"
#include "encoding.h"
#include "random.h"
#include "utf8_check.h"
#include <criterion/criterion.h>
#include <stdlib.h>

typedef void cut_fn(const rv_csv_rules *, const char *, size_t, rv_csv_cut *);

/* Text rich in what matters; `regular` keeps every quote regular, as the index kernel is promised. */
static size_t make_text(rv_random *random, char *out, size_t n, bool regular) {
    static const char bytes[] = "\",\n\ra;\"b\"\",";
    size_t len = 0;
    unsigned plain = rv_random_below(random, 40);
    if (!regular) {
        for (; len < n; len++)
            out[len] = rv_random_below(random, 40) < plain ? 'x' : bytes[rv_random_below(random, sizeof bytes - 1)];
        return n;
    }
    while (len + 16 < n) {
        bool quoted = rv_random_below(random, 3) == 0;
        if (quoted) out[len++] = '"';
        for (unsigned k = rv_random_below(random, 6); k > 0; k--) {
            unsigned what = quoted ? rv_random_below(random, 6) : 5;
            if (what == 0) out[len++] = '"', out[len++] = '"';
            else out[len++] = what < 5 ? "\n\r,x"[what - 1] : 'x';
        }
        if (quoted) out[len++] = '"';
        out[len++] = ",,,\n\r"[rv_random_below(random, 5)];
    }
    return len;
}

static bool same_cut(const rv_csv_cut *a, const rv_csv_cut *b) {
    return a->end == b->end && a->breaks == b->breaks && a->irregular == b->irregular && a->inside == b->inside;
}

static void compare_cuts(cut_fn *kernel, uint64_t seed) {
    rv_csv_rules rules = {',', '"', 1 << 20, 0};
    for (unsigned round = 0; round < 20000; round++) {
        rv_random random;
        rv_random_init(&random, seed, round);
        size_t n = rv_random_below(&random, 400), shift = rv_random_below(&random, 64);
        char *area = malloc(shift + n + 1), *text = area + shift;
        n = make_text(&random, text, n, round % 2 == 0);
        rv_csv_cut expected, found;
        rv_csv_cut_scalar(&rules, text, n, &expected);
        kernel(&rules, text, n, &found);
        cr_assert(same_cut(&expected, &found),
                  "seed %llu round %u: end %zu breaks %llu irregular %zu inside %d, not %zu %llu %zu %d",
                  (unsigned long long)seed, round, found.end, (unsigned long long)found.breaks, found.irregular,
                  found.inside, expected.end, (unsigned long long)expected.breaks, expected.irregular, expected.inside);
        free(area);
    }
}

static void compare_indexes(rv_csv_index_fn *kernel, uint64_t seed) {
    rv_csv_rules rules = {',', '"', 1 << 20, 0};
    static uint32_t expected[4096], found[4096];
    for (unsigned round = 0; round < 20000; round++) {
        rv_random random;
        rv_random_init(&random, seed, round);
        size_t n = 16 + rv_random_below(&random, 1000), shift = rv_random_below(&random, 64);
        char *area = malloc(shift + n), *text = area + shift;
        n = make_text(&random, text, n, true);
        rv_csv_marks a = {0}, b = {0};
        size_t piece = 64 * (1 + rv_random_below(&random, 8));
        for (size_t from = 0; from < n; from += piece) {
            size_t to = n - from > piece ? from + piece : n;
            size_t count = rv_csv_index_scalar(&rules, text, from, to, &a, expected);
            cr_assert_eq(kernel(&rules, text, from, to, &b, found), count, "seed %llu round %u",
                         (unsigned long long)seed, round);
            cr_assert_eq(memcmp(expected, found, count * sizeof *found), 0, "seed %llu round %u",
                         (unsigned long long)seed, round);
            bool last = to == n; /* nobody asks what comes after it */
            cr_assert(a.inside == b.inside && (last || (a.after_cr == b.after_cr && a.after_quote == b.after_quote)) &&
                      a.quotes == b.quotes && a.doubled == b.doubled && a.inner_breaks == b.inner_breaks);
        }
        free(area);
    }
}

Test(csv_scan, avx2_cuts_as_the_scalar_twin_does) {
    if (rv_cpu_level() < RV_CPU_AVX2) cr_skip_test("this machine has no AVX2");
    compare_cuts(rv_csv_cut_avx2, 11);
}
Test(csv_scan, avx512_cuts_as_the_scalar_twin_does) {
    if (rv_cpu_level() < RV_CPU_AVX512) cr_skip_test("this machine has no AVX-512");
    compare_cuts(rv_csv_cut_avx512, 12);
}
Test(csv_scan, avx2_marks_what_the_scalar_twin_marks) {
    if (rv_cpu_level() < RV_CPU_AVX2) cr_skip_test("this machine has no AVX2");
    compare_indexes(rv_csv_index_avx2, 13);
}
Test(csv_scan, avx512_marks_what_the_scalar_twin_marks) {
    if (rv_cpu_level() < RV_CPU_AVX512) cr_skip_test("this machine has no AVX-512");
    compare_indexes(rv_csv_index_avx512, 14);
}

/* Record by record, as csv_exact.h sees the whole text. */
static bool regular_by_records(const rv_csv_rules *rules, const char *text, size_t n) {
    rv_csv_ahead ahead = {0};
    rv_csv_record record;
    for (size_t at = 0; at < n; at = record.next)
        if (rv_csv_record_at(rules, text, at, n, true, 0, &ahead, NULL, &record) != RV_CSV_WHOLE || record.irregular)
            return false;
    return true;
}

Test(csv_scan, regular_is_what_has_no_record_for_the_exact_reader) {
    rv_csv_rules rules = {',', '"', 1 << 20, 0}, escaped = {',', '"', 1 << 20, '\\'};
    unsigned regular = 0;
    for (unsigned round = 0; round < 20000; round++) {
        rv_random random;
        rv_random_init(&random, 15, round);
        size_t n = rv_random_below(&random, 60);
        char *text = malloc(n + 1);
        n = make_text(&random, text, n, round % 4 == 0);
        bool found = rv_csv_is_regular(&rules, text, n);
        /* An open quote at the end may be one field's or stray: both are the exact reader's. */
        cr_assert_eq(found, regular_by_records(&rules, text, n), "round %u: %.*s", round, (int)n, text);
        if (n) text[rv_random_below(&random, (uint32_t)n)] = '\\';
        if (n) cr_assert_not(rv_csv_is_regular(&escaped, text, n), "what an escape means isn't looked at here");
        regular += found;
        free(text);
    }
    cr_assert(regular > 4000 && regular < 16000, "both kinds are met: %u of 20000", regular);
}

Test(csv_scan, utf8_kernel_agrees_with_its_scalar_twin) {
    if (rv_cpu_level() < RV_CPU_AVX2) cr_skip_test("this machine has no AVX2");
    static const char *const bits[] = {"a",
                                       "abcdefghijklmnopqrstuvwxyz",
                                       "\xc3\xa9",
                                       "\xe2\x82\xac",
                                       "\xf0\x9f\x98\x8e",
                                       "\xef\xbf\xbf",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80",         "\xc0\x80",         "\xc3", "\xe2\x82",     "\xf0\x9f\x98",
                                      "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf"};
    unsigned valid = 0, rounds = 30000;
    for (unsigned round = 0; round < rounds; round++) {
        rv_random random;
        rv_random_init(&random, 15, round);
        char text[4400];
        bool large = round % 16 == 0; /* beyond the stretches after which the kernel looks for errors */
        size_t n = 0, want = rv_random_below(&random, large ? 4300 : 300);
        while (n < want) {
            const char *bit =
                rv_random_below(&random, large ? 1000 : 60) ? bits[rv_random_below(&random, 7)] : bad[rv_random_below(&random, 10)];
            memcpy(text + n, bit, strlen(bit));
            n += strlen(bit);
        }
        if (rv_random_below(&random, 3) == 0 && n > 0)
            n -= rv_random_below(&random, n < 4 ? (uint32_t)n : 4); /* cut within a sequence */
        char *exact = malloc(n + 1);                                /* ASan sees a read beyond n + 1 */
        memcpy(exact, text, n);
        size_t prefix = rv_utf8_prefix_scalar(exact, n);
        bool expected = prefix == n;
        valid += expected;
        cr_assert_eq(rv_utf8_check_avx2(exact, n) == n, expected, "round %u", round);
        cr_assert(rv_cpu_limit(round % 2 ? "scalar" : "avx512"));
        cr_assert_eq(rv_utf8_prefix(exact, n), prefix, "round %u", round);
        cr_assert_eq(rv_utf8_is_valid(exact, n), expected, "round %u", round);
        free(exact);
    }
    cr_assert(valid > rounds / 10 && valid < rounds * 9 / 10, "both answers are tried: %u of %u valid", valid, rounds);
}

Test(csv_scan, every_pair_and_triple_of_lead_and_continuation_is_judged_alike) {
    if (rv_cpu_level() < RV_CPU_AVX2) cr_skip_test("this machine has no AVX2");
    for (unsigned a = 0x80; a < 0x100; a++)
        for (unsigned b = 0x70; b < 0x100; b++)
            for (unsigned c = 0; c < 4; c++) {
                char text[8] = {(char)a, (char)b, (char)(c & 1 ? 0x80 : 'x'), (char)(c & 2 ? 0xbf : 'y'), 'z'};
                cr_assert_eq(rv_utf8_check_avx2(text, 5) == 5, rv_utf8_prefix_scalar(text, 5) == 5, "%02x %02x case %u", a, b, c);
            }
}

Test(csv_scan, the_level_of_the_machine_can_be_lowered_but_not_raised) {
    rv_cpu have = rv_cpu_level();
    cr_assert(rv_cpu_limit("scalar"));
    cr_assert(rv_csv_index() == rv_csv_index_scalar);
    cr_assert(rv_cpu_limit("avx512"));
    cr_assert_eq(rv_cpu_level(), have);
}
