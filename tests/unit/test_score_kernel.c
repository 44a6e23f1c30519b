/* The kernels that add points to a frame's scores: the same integers from each, at any length and alignment. */
#include "cpu.h"
#include "random.h"
#include "score_kernel.h"
#include <criterion/criterion.h>
#include <stdlib.h>

typedef void points_add(const int32_t *points, const uint32_t *codes, size_t n, int32_t *sums);

static void check(points_add *kernel, uint64_t seed) {
    rv_random random;
    rv_random_init(&random, seed, 6);
    for (int round = 0; round < 2000; round++) {
        uint32_t values = 1 + rv_random_below(&random, round % 5 ? 300 : 20000);
        size_t n = rv_random_below(&random, 130), at = rv_random_below(&random, 8);
        int32_t *points = calloc(values, sizeof *points), *sums = malloc((at + n + 1) * sizeof *sums), want[130];
        uint32_t *codes = malloc((at + n) * sizeof *codes + 1); /* a read beyond shows */
        for (uint32_t v = 0; v < values; v++) points[v] = (int32_t)rv_random_next(&random);
        for (size_t i = 0; i < n; i++) {
            codes[at + i] = rv_random_below(&random, values);
            sums[at + i] = (int32_t)rv_random_next(&random); /* sums wrap, as unsigned ones do */
            want[i] = (int32_t)((uint32_t)sums[at + i] + (uint32_t)points[codes[at + i]]);
        }
        sums[at + n] = 4711;
        kernel(points, codes + at, n, sums + at);
        cr_assert_eq(memcmp(sums + at, want, n * sizeof *want), 0, "seed %llu round %d", (unsigned long long)seed,
                     round);
        cr_assert_eq(sums[at + n], 4711);
        free(points);
        free(codes);
        free(sums);
    }
}

/* The twin for codes of a byte: what the wide kernel gives for the same codes. */
typedef void narrow_add(const int32_t *points, size_t values, const uint8_t *codes, size_t n, int32_t *sums);
static void narrow_scalar(const int32_t *points, size_t values, const uint8_t *codes, size_t n, int32_t *sums) {
    (void)values;
    rv_points_add_narrow_scalar(points, codes, n, sums);
}
static void check_narrow(narrow_add *kernel, uint64_t seed) {
    rv_random random;
    rv_random_init(&random, seed, 7);
    for (int round = 0; round < 2000; round++) {
        static const uint32_t most[] = {16, 33, 66, 256}; /* either side of what registers hold */
        uint32_t values = 1 + rv_random_below(&random, most[round % 4]), wide[130];
        size_t n = rv_random_below(&random, 130), at = rv_random_below(&random, 20);
        int32_t *points = calloc(values, sizeof *points), *sums = malloc((at + n + 1) * sizeof *sums), want[131];
        uint8_t *codes = malloc(at + n + 1); /* a read beyond shows */
        for (uint32_t v = 0; v < values; v++) points[v] = (int32_t)rv_random_next(&random);
        for (size_t i = 0; i < n; i++) {
            wide[i] = rv_random_below(&random, values);
            codes[at + i] = (uint8_t)wide[i];
            want[i] = sums[at + i] = (int32_t)rv_random_next(&random);
        }
        want[n] = sums[at + n] = 4711;
        rv_points_add_scalar(points, wide, n, want);
        kernel(points, values, codes + at, n, sums + at);
        cr_assert_eq(memcmp(sums + at, want, (n + 1) * sizeof *want), 0, "seed %llu round %d", (unsigned long long)seed,
                     round);
        free(points);
        free(codes);
        free(sums);
    }
}

/* Pairs of codes in one table, against the plain kernel for the codes put together. */
typedef void pair_add(const int32_t *points, uint32_t width, const uint8_t *a, const uint8_t *b, size_t n,
                      int32_t *sums);
static void check_pair(pair_add *kernel, uint64_t seed) {
    rv_random random;
    rv_random_init(&random, seed, 8);
    for (int round = 0; round < 1000; round++) {
        uint32_t height = 1 + rv_random_below(&random, 256), width = 1 + rv_random_below(&random, 256), wide[130];
        size_t n = rv_random_below(&random, 130), at = rv_random_below(&random, 8);
        int32_t *points = malloc((size_t)height * width * sizeof *points), sums[140], want[131];
        uint8_t *a = malloc(at + n + 1), *b = malloc(at + n + 1);
        for (uint32_t v = 0; v < height * width; v++) points[v] = (int32_t)rv_random_next(&random);
        for (size_t i = 0; i < n; i++) {
            a[at + i] = (uint8_t)rv_random_below(&random, height);
            b[at + i] = (uint8_t)rv_random_below(&random, width);
            wide[i] = a[at + i] * width + b[at + i];
            want[i] = sums[at + i] = (int32_t)rv_random_next(&random);
        }
        want[n] = sums[at + n] = 4711;
        rv_points_add_scalar(points, wide, n, want);
        kernel(points, width, a + at, b + at, n, sums + at);
        cr_assert_eq(memcmp(sums + at, want, (n + 1) * sizeof *want), 0, "seed %llu round %d", (unsigned long long)seed,
                     round);
        free(points);
        free(a);
        free(b);
    }
}

Test(score_kernel, pairs_give_what_their_codes_together_give) {
    check_pair(rv_points_add_pair_scalar, 1);
    check_pair(rv_points_add_pair, 2);
    if (rv_cpu_level() >= RV_CPU_AVX2) check_pair(rv_points_add_pair_avx2, 3);
}

Test(score_kernel, scalar_adds_each_entry) { check(rv_points_add_scalar, 1); }
Test(score_kernel, avx2_adds_the_same) {
    if (rv_cpu_level() < RV_CPU_AVX2) cr_skip_test("this machine has no AVX2");
    check(rv_points_add_avx2, 2);
}
Test(score_kernel, every_forced_level_adds_the_same) {
    static const char *const levels[] = {"scalar", "avx2", "avx512"};
    for (int i = 0; i < 3; i++) {
        cr_assert(rv_cpu_limit(levels[i]));
        check(rv_points_add, 3);
    }
}

Test(score_kernel, each_row_takes_the_table_that_it_chose) {
    static const char *const levels[] = {"scalar", "avx2", "avx512"};
    rv_random random;
    rv_random_init(&random, 6, 8);
    for (int round = 0; round < 3000; round++) {
        cr_assert(rv_cpu_limit(levels[round % 3]));
        uint32_t tables = 1 + rv_random_below(&random, 7);
        size_t n = rv_random_below(&random, 130), at = rv_random_below(&random, 20);
        int32_t *points = calloc((size_t)tables * RV_POINTS_TABLE, sizeof *points), sums[151], want[151];
        uint8_t *codes = malloc(at + n + 1), *chosen = malloc(at + n + 1);
        for (size_t v = 0; v < (size_t)tables * RV_POINTS_TABLE; v++) points[v] = (int32_t)rv_random_next(&random);
        for (size_t i = at; i < at + n; i++) {
            codes[i] = (uint8_t)rv_random_below(&random, 256);
            chosen[i] = (uint8_t)rv_random_below(&random, tables);
            sums[i] = (int32_t)rv_random_next(&random);
            want[i] = (int32_t)((uint32_t)sums[i] + (uint32_t)points[chosen[i] * RV_POINTS_TABLE + codes[i]]);
        }
        sums[at + n] = want[at + n] = 4711;
        rv_points_add_chosen(points, chosen + at, codes + at, n, sums + at);
        cr_assert_eq(memcmp(sums + at, want + at, (n + 1) * sizeof *want), 0, "round %d", round);
        free(points);
        free(codes);
        free(chosen);
    }
}

Test(score_kernel, codes_of_a_byte_add_the_same) {
    check_narrow(narrow_scalar, 4);
    static const char *const levels[] = {"scalar", "avx2", "avx512"};
    for (int i = 0; i < 3; i++) {
        cr_assert(rv_cpu_limit(levels[i]));
        check_narrow(rv_points_add_narrow, 5);
    }
}

/* --- The strongest entries ----------------------------------------------------------------------------------------- */

static int descending(const void *a, const void *b) {
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x < y) - (x > y);
}

/* Against sorting every row's keys. Few strengths, so that columns tie, and the greatest there may be. */
static void check_strongest(void (*add)(const int32_t *, size_t, uint32_t, uint32_t, int32_t *), uint64_t seed) {
    enum { COLUMNS = 40, ROWS = 64 };
    static const int32_t greatest[] = {3, 200, 30000};
    static int32_t points[COLUMNS][ROWS], best[COLUMNS * ROWS];
    rv_random random;
    rv_random_init(&random, seed, 8);
    for (int round = 0; round < 300; round++) {
        size_t n = 8 * (1 + rv_random_below(&random, ROWS / 8));
        uint32_t most = 1 + rv_random_below(&random, COLUMNS), first = round % 2 ? 8192 - COLUMNS : 0;
        int32_t limit = greatest[round % 3];
        memset(best, 0, sizeof best);
        for (uint32_t c = 0; c < COLUMNS; c++) {
            for (size_t i = 0; i < n; i++)
                points[c][i] = (int32_t)rv_random_below(&random, 2 * (uint32_t)limit + 1) - limit;
            add(points[c], n, first + c, most, best);
        }
        for (size_t i = 0; i < n; i++) {
            int32_t keys[COLUMNS];
            for (uint32_t c = 0; c < COLUMNS; c++) keys[c] = rv_strength_key(points[c][i], first + c);
            qsort(keys, COLUMNS, sizeof *keys, descending);
            for (uint32_t k = 0; k < most; k++) {
                cr_assert_eq(best[k * n + i], keys[k], "seed %llu round %d", (unsigned long long)seed, round);
                if (!keys[k]) continue;
                int32_t p = points[rv_key_column(keys[k]) - first][i];
                cr_assert_eq(keys[k] >> RV_KEY_COLUMN_BITS, p < 0 ? -p : p);
            }
        }
    }
}

Test(score_kernel, the_strongest_are_those_of_a_sort) {
    check_strongest(rv_strongest_add_scalar, 9);
    static const char *const levels[] = {"scalar", "avx2", "avx512"};
    for (int i = 0; i < 3; i++) {
        cr_assert(rv_cpu_limit(levels[i]));
        check_strongest(rv_strongest_add, 10);
    }
}
