/* Scoring records: every kernel gives the sums that a look-up code by code gives, whatever the layout, the number and
 * place of the records, and the points; and says so when a code isn't there. */
#include "cpu.h"
#include "random.h"
#include "record_score.h"
#include <criterion/criterion.h>
#include <stdlib.h>

enum { ATTRIBUTES_MAX = 160, ROWS_MAX = 150 };

typedef struct setting {
    uint32_t n;
    rv_attribute attributes[ATTRIBUTES_MAX];
    rv_record_layout layout;
    int32_t *points[ATTRIBUTES_MAX]; /* NULL: doesn't count */
    int32_t base;
    rv_record_scorer *scorer;
} setting;

/* spread: the largest points, either way. */
static void make_setting(setting *s, rv_random *random, uint32_t n, bool bytes, int32_t spread) {
    *s = (setting){.n = n, .base = (int32_t)rv_random_below(random, 2000) - 1000};
    for (uint32_t i = 0; i < n; i++) {
        static const uint32_t values[] = {1, 2, 7, 14, 15, 15, 16, 255, 300};
        s->attributes[i].values = values[rv_random_below(random, bytes ? 9 : 6)];
        s->attributes[i].bits = rv_code_bits(s->attributes[i].values);
    }
    cr_assert_eq(rv_record_layout_of(&(rv_schema){.n_attributes = n, .attributes = s->attributes}, &s->layout, NULL),
                 RV_OK);
    rv_record_points points[ATTRIBUTES_MAX];
    size_t n_points = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (s->attributes[i].bits > 8 || rv_random_below(random, 8) == 0) continue;
        s->points[i] = calloc(s->attributes[i].values + 1, sizeof(int32_t));
        for (uint32_t c = 0; c <= s->attributes[i].values; c++)
            s->points[i][c] = (int32_t)rv_random_below(random, (uint32_t)spread * 2 + 1) - spread;
        points[n_points++] = (rv_record_points){s->layout.places[i], s->points[i]};
    }
    for (size_t i = n_points; i > 1; i--) { /* in any order */
        size_t k = rv_random_below(random, (uint32_t)i);
        rv_record_points swap = points[i - 1];
        points[i - 1] = points[k];
        points[k] = swap;
    }
    cr_assert_eq(rv_record_scorer_new(s->layout.width, points, n_points, s->base, &s->scorer, NULL), RV_OK);
}

static void reset_setting(setting *s) {
    for (uint32_t i = 0; i < s->n; i++) free(s->points[i]);
    rv_record_layout_reset(&s->layout);
    rv_record_scorer_free(s->scorer);
}

/* Records at an odd place at the very end of their memory, and the sums code by code. */
static unsigned char *make_records(const setting *s, rv_random *random, size_t rows, unsigned char **room,
                                   int32_t *sums) {
    size_t width = s->layout.width, at = rv_random_below(random, 64);
    *room = malloc(at + rows * width + (at + rows * width == 0));
    unsigned char *records = *room + at;
    memset(records, 0, rows * width);
    for (size_t r = 0; r < rows; r++) {
        uint32_t codes[ATTRIBUTES_MAX];
        sums[r] = s->base;
        for (uint32_t i = 0; i < s->n; i++) {
            codes[i] = rv_random_below(random, s->attributes[i].values + 1);
            if (s->points[i]) sums[r] += s->points[i][codes[i]];
        }
        rv_record_pack(&s->layout, codes, records + r * width);
    }
    return records;
}

static void check_kernel(rv_record_score_fn *kernel, uint64_t seed) {
    rv_random random;
    rv_random_init(&random, seed, 3);
    for (int round = 0; round < 600; round++) {
        static const int32_t spreads[] = {0, 20, 127, 128, 400, 30000};
        static setting s;
        uint32_t n = round % 5 == 0 ? 64 : rv_random_below(&random, ATTRIBUTES_MAX + 1);
        make_setting(&s, &random, n, round % 3 == 0, spreads[rv_random_below(&random, 6)]);
        cr_assert(rv_record_scorer_is_narrow(s.scorer));
        size_t rows = rv_random_below(&random, ROWS_MAX + 1);
        int32_t want[ROWS_MAX], got[ROWS_MAX + 1];
        unsigned char *room, *records = make_records(&s, &random, rows, &room, want);
        got[rows] = 0x5a5a5a5a;
        cr_assert(kernel(s.scorer, records, rows, got), "seed %llu round %d", (unsigned long long)seed, round);
        for (size_t r = 0; r < rows; r++)
            cr_assert_eq(got[r], want[r], "seed %llu round %d, %u attributes, width %u, row %zu of %zu: %d, not %d",
                         (unsigned long long)seed, round, n, s.layout.width, r, rows, got[r], want[r]);
        cr_assert_eq(got[rows], 0x5a5a5a5a);
        /* One code too large, anywhere: told when its attribute counts, no matter when it doesn't. */
        uint32_t i = n ? rv_random_below(&random, n) : 0;
        uint32_t most = n && s.attributes[i].bits == 4 ? 15 : 255;
        if (rows && n && s.attributes[i].bits <= 8 && s.attributes[i].values < most) {
            const rv_record_place *p = &s.layout.places[i];
            unsigned char *byte = records + rv_random_below(&random, (uint32_t)rows) * (size_t)s.layout.width + p->at;
            uint32_t code = s.attributes[i].values + 1 + rv_random_below(&random, most - s.attributes[i].values);
            if (p->bits == 8) *byte = (unsigned char)code;
            else *byte = (unsigned char)((*byte & (p->shift ? 15 : 240)) | code << p->shift);
            cr_assert_eq(kernel(s.scorer, records, rows, got), s.points[i] == NULL, "seed %llu round %d, bad code %u",
                         (unsigned long long)seed, round, code);
        }
        free(room);
        reset_setting(&s);
    }
}

Test(record_score, scalar_sums_are_those_of_the_codes) { check_kernel(rv_record_score_scalar, 1); }
Test(record_score, dispatched_sums_are_those_of_the_codes) { check_kernel(rv_record_score, 2); }
Test(record_score, avx2_sums_are_those_of_the_codes) {
    if (rv_cpu_level() < RV_CPU_AVX2) cr_skip_test("this machine has no AVX2");
    check_kernel(rv_record_score_avx2, 3);
}
Test(record_score, avx512_sums_are_those_of_the_codes) {
    if (rv_cpu_level() < RV_CPU_AVX512) cr_skip_test("this machine has no AVX-512");
    check_kernel(rv_record_score_avx512, 4);
}
Test(record_score, forced_levels_agree) {
    static const char *const levels[] = {"scalar", "avx2", "avx512"};
    for (int i = 0; i < 3; i++) {
        cr_assert(rv_cpu_limit(levels[i]));
        check_kernel(rv_record_score, 5);
    }
}

Test(record_score, entries_far_apart_are_left_to_the_scalar_kernel) {
    int32_t points[] = {-40000, 0, 30000, 25536, 25535};
    rv_record_points p = {{.bits = 4, .shift = 4, .values = 2}, points};
    rv_record_scorer *scorer;
    unsigned char records[] = {0x00, 0x15, 0x2f};
    int32_t sums[3];
    cr_assert_eq(rv_record_scorer_new(1, &p, 1, 500, &scorer, NULL), RV_OK);
    cr_assert_not(rv_record_scorer_is_narrow(scorer));
    cr_assert(rv_record_score(scorer, records, 3, sums));
    cr_assert(sums[0] == -39500 && sums[1] == 500 && sums[2] == 30500);
    rv_record_scorer_free(scorer);
    for (int32_t least = -40000; least <= -39999; least++) { /* both sides of 65,535 */
        points[0] = least;
        points[2] = 25535;
        cr_assert_eq(rv_record_scorer_new(1, &p, 1, 0, &scorer, NULL), RV_OK);
        cr_assert(rv_record_scorer_is_narrow(scorer), "%d", least);
        cr_assert(rv_record_score(scorer, records, 3, sums));
        cr_assert(sums[0] == least && sums[1] == 0 && sums[2] == 25535);
        rv_record_scorer_free(scorer);
    }
    points[0] = -40001;
    cr_assert_eq(rv_record_scorer_new(1, &p, 1, 0, &scorer, NULL), RV_OK);
    cr_assert_not(rv_record_scorer_is_narrow(scorer));
    rv_record_scorer_free(scorer);
}

Test(record_score, what_is_not_in_the_record_is_refused) {
    int32_t points[2] = {0, RV_RECORD_POINTS_MAX + 1}, few[2] = {1, 2};
    rv_record_scorer *scorer;
    rv_record_points p = {{.at = 4, .bits = 4, .values = 1}, few};
    cr_assert_eq(rv_record_scorer_new(4, &p, 1, 0, &scorer, NULL), RV_BAD_ARGUMENT);
    p.place.at = 3;
    p.points = points;
    cr_assert_eq(rv_record_scorer_new(4, &p, 1, 0, &scorer, NULL), RV_BAD_ARGUMENT);
    points[1]--;
    cr_assert_eq(rv_record_scorer_new(4, &p, 1, 0, &scorer, NULL), RV_OK);
    rv_record_scorer_free(scorer);
    p.place.bits = 16;
    cr_assert_eq(rv_record_scorer_new(4, &p, 1, 0, &scorer, NULL), RV_BAD_ARGUMENT);
}

/* --- Side columns ------------------------------------------------------------------------------------------------ */

static void check_side(rv_side_score_fn *kernel, uint64_t seed) {
    rv_random random;
    rv_random_init(&random, seed, 4);
    for (int round = 0; round < 1500; round++) {
        uint32_t bytes = round % 2 ? 2 : 4;
        uint32_t values = 1 + rv_random_below(&random, bytes == 4 && round % 4 == 0 ? 70000 : 600);
        size_t n = rv_random_below(&random, 120), at = rv_random_below(&random, 32);
        int32_t *points = calloc((size_t)values + 1, sizeof *points), want[120], got[121];
        for (uint32_t c = 0; c <= values; c++) points[c] = (int32_t)rv_random_below(&random, 60001) - 30000;
        unsigned char *room = malloc(at + n * bytes + 1), *codes = room + at;
        for (size_t i = 0; i < n; i++) {
            uint32_t code = rv_random_below(&random, values + 1);
            memcpy(codes + i * bytes, &code, bytes);
            got[i] = (int32_t)rv_random_below(&random, 1000);
            want[i] = got[i] + points[code];
        }
        got[n] = 77;
        cr_assert(kernel(points, values, codes, bytes, n, got));
        cr_assert(memcmp(got, want, n * sizeof *got) == 0 && got[n] == 77, "seed %llu round %d",
                  (unsigned long long)seed, round);
        if (n && (bytes == 4 || values < 65535)) {
            uint32_t code = round % 3 ? values + 1 : bytes == 2 ? 65535 : UINT32_MAX;
            memcpy(codes + rv_random_below(&random, (uint32_t)n) * (size_t)bytes, &code, bytes);
            cr_assert_not(kernel(points, values, codes, bytes, n, got), "seed %llu round %d", (unsigned long long)seed,
                          round);
        }
        free(room);
        free(points);
    }
}

Test(record_score, side_columns_scalar) { check_side(rv_side_score_scalar, 1); }
Test(record_score, side_columns_dispatched) { check_side(rv_side_score, 2); }
Test(record_score, side_columns_avx2) {
    if (rv_cpu_level() < RV_CPU_AVX2) cr_skip_test("this machine has no AVX2");
    check_side(rv_side_score_avx2, 3);
}
