/*
 * Learning: the ten rows of docs/SCORING.md, worked out by hand, once per method; the fitted methods against the
 * equations that their solution must satisfy; and the choice between methods.
 */
#include "learn.h"
#include "parallel.h"
#include "profile_file.h"
#include "quality_file.h"
#include "random.h"
#include "scratch.h"
#include "score_write.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A frame of text columns, row by row. */
static void make_frame(const char *const *names, uint32_t columns, const char *const *cells, uint32_t rows,
                       rv_frame *out) {
    rv_frame_spec specs[16] = {{0}};
    rv_frame_builder *builder;
    rv_text texts[16];
    for (uint32_t c = 0; c < columns; c++) specs[c] = (rv_frame_spec){names[c], RV_ROLE_ATTRIBUTE, false, NULL};
    cr_assert_eq(rv_frame_builder_new(specs, columns, &builder, NULL), RV_OK);
    for (uint32_t r = 0; r < rows; r++) {
        for (uint32_t c = 0; c < columns; c++) texts[c] = rv_text_of(cells[(size_t)r * columns + c]);
        cr_assert_eq(rv_frame_builder_add(builder, 1, NULL, texts, NULL, NULL), RV_OK);
    }
    cr_assert_eq(rv_frame_builder_finish(builder, 2, out, NULL), RV_OK);
}

/* --- Ten rows ---------------------------------------------------------------------------------------------------- */

static const char *const ten[] = {"Lyon", "cat", "Lyon", "cat", "Lyon", "dog", "Nice",  "cat", "Lyon",  "dog",
                                  "Nice", "dog", "Nice", "dog", "Nice", "",    "Brest", "dog", "Brest", "cat"};
static const uint8_t ten_labels[] = {RV_SEED,     RV_SEED,     RV_SEED,     RV_SEED,     RV_NON_SEED,
                                     RV_NON_SEED, RV_NON_SEED, RV_NON_SEED, RV_NON_SEED, RV_NON_SEED};

typedef struct golden {
    const char *method;
    int lyon, nice, brest, cat, dog, missing;
    int score[10];
} golden;
static const golden goldens[] = {
    {"shared", 81, -35, -92, 75, -40, -98, {656, 656, 541, 540, 541, 425, 425, 367, 368, 483}},
    {"centroid", 77, -47, -59, 86, -63, -26, {663, 663, 514, 539, 514, 390, 390, 427, 378, 527}},
    {"index", 80, -35, -89, 82, -57, -45, {662, 662, 523, 547, 523, 408, 408, 420, 354, 493}},
    {"woe", 79, -34, -90, 79, -45, -90, {658, 658, 534, 545, 534, 421, 421, 376, 365, 489}},
    {"scorecard", 92, -40, -106, 62, -36, -71, {654, 654, 556, 522, 556, 424, 424, 389, 358, 456}},
    {"lda", 78, -44, -68, 85, -62, -29, {663, 663, 516, 541, 516, 394, 394, 427, 370, 517}},
    {"logistic", 78, -37, -83, 84, -60, -36, {662, 662, 518, 547, 518, 403, 403, 427, 357, 501}},
    {"boosted", 77, -27, -99, 83, -57, -50, {660, 660, 520, 556, 520, 416, 416, 423, 344, 484}},
};

static int points_of(const rv_profile_column *column, const char *value) {
    if (!*value) return column->points[RV_BIN_MISSING];
    for (uint32_t b = RV_BIN_FIRST; b < column->binning.n; b++)
        if (rv_text_is(column->binning.bin[b].value, value)) return column->points[b];
    cr_assert_fail("no entry for '%s'", value);
    return 0;
}

Test(learn, ten_rows_give_the_points_worked_out_by_hand) {
    static const char *const names[] = {"town", "pet"};
    rv_frame frame;
    make_frame(names, 2, ten, 10, &frame);
    for (size_t g = 0; g < sizeof goldens / sizeof *goldens; g++) {
        const golden *want = &goldens[g];
        rv_learn_options options = {.method = want->method, .min_people = 1, .threads = 1};
        rv_profile profile;
        rv_quality quality;
        rv_error err = {0};
        cr_assert_eq(rv_learn(&frame, ten_labels, &options, &profile, &quality, &err), RV_OK, "%s", err.message);
        cr_assert_str_eq(profile.method, want->method);
        cr_assert_eq(profile.base, 500);
        const rv_profile_column *town = &profile.column[0], *pet = &profile.column[1];
        int got[] = {points_of(town, "Lyon"), points_of(town, "Nice"), points_of(town, "Brest"),
                     points_of(pet, "cat"),   points_of(pet, "dog"),   points_of(pet, "")};
        int wanted[] = {want->lyon, want->nice, want->brest, want->cat, want->dog, want->missing};
        for (int i = 0; i < 6; i++)
            cr_assert_eq(got[i], wanted[i], "%s, entry %d: %d, by hand %d", want->method, i, got[i], wanted[i]);
        rv_profile_view view;
        int32_t scores[10];
        cr_assert_eq(rv_profile_view_make(&profile, &frame, 1, NULL, &view, NULL), RV_OK);
        cr_assert_eq(rv_profile_score(&profile, &view, 10, 1, scores, NULL), RV_OK);
        for (int r = 0; r < 10; r++) cr_assert_eq(scores[r], want->score[r], "%s, row %d", want->method, r);
        rv_profile_view_reset(&view);
        rv_profile_reset(&profile);
        rv_quality_reset(&quality);
    }
    rv_frame_reset(&frame);
}

Test(learn, a_value_nobody_had_has_no_points) {
    static const char *const names[] = {"town", "pet"};
    rv_frame frame;
    make_frame(names, 2, ten, 10, &frame);
    for (unsigned m = 0; m < rv_method_count; m++) {
        rv_learn_options options = {.method = rv_methods[m].name, .min_people = 1, .threads = 1};
        rv_profile profile;
        rv_quality quality;
        cr_assert_eq(rv_learn(&frame, ten_labels, &options, &profile, &quality, NULL), RV_OK);
        cr_assert_eq(profile.column[0].points[RV_BIN_OTHER], 0);
        cr_assert_eq(profile.column[0].points[RV_BIN_MISSING], 0);
        rv_profile_reset(&profile);
        rv_quality_reset(&quality);
    }
    rv_frame_reset(&frame);
}

/* --- Fitted methods ---------------------------------------------------------------------------------------------- */

enum { FIT_ROWS = 4000, FIT_COLUMNS = 3, RIDGE = 2 };

/* Rows whose label depends on two of three attributes of four values each. */
static void make_evidence(uint8_t *bins, uint8_t *seed, rv_bin_counts *counts, rv_evidence *out) {
    *out = (rv_evidence){.columns = FIT_COLUMNS, .counts = counts, .rows = {FIT_ROWS, bins, seed}};
    for (uint32_t c = 0; c < FIT_COLUMNS; c++) counts[c] = (rv_bin_counts){.bins = 6};
    for (uint32_t r = 0; r < FIT_ROWS; r++) {
        rv_random random;
        rv_random_init(&random, 5, r);
        uint8_t v[FIT_COLUMNS];
        for (uint32_t c = 0; c < FIT_COLUMNS; c++) v[c] = (uint8_t)(2 + rv_random_below(&random, 4));
        v[1] = rv_random_below(&random, 2) ? v[0] : v[1]; /* correlated */
        seed[r] = rv_random_unit(&random) < 1 / (1 + exp(3.0 - 0.9 * v[0] + 0.3 * (v[2] == 3)));
        for (uint32_t c = 0; c < FIT_COLUMNS; c++) {
            bins[c * FIT_ROWS + r] = v[c];
            counts[c].people[v[c]]++;
            (seed[r] ? counts[c].seeds : counts[c].others)[v[c]]++;
        }
        out->people++;
        *(seed[r] ? &out->seeds : &out->others) += 1;
    }
}

Test(learn, logistic_meets_the_equations_of_its_solution) {
    static uint8_t bins[FIT_COLUMNS * FIT_ROWS], seed[FIT_ROWS];
    static rv_bin_counts counts[FIT_COLUMNS];
    static double weights[FIT_COLUMNS * RV_BINS_MAX];
    rv_evidence e;
    make_evidence(bins, seed, counts, &e);
    cr_assert_eq(rv_logistic_fit(&e, RIDGE, NULL, weights, NULL), RV_OK);
    /* the intercept that balances observed and expected, by bisection */
    double low = -20, high = 20;
    for (int step = 0; step < 100; step++) {
        double middle = (low + high) / 2, sum = 0;
        for (uint32_t r = 0; r < FIT_ROWS; r++) {
            double margin = middle;
            for (uint32_t c = 0; c < FIT_COLUMNS; c++) margin += weights[c * RV_BINS_MAX + bins[c * FIT_ROWS + r]];
            sum += seed[r] - 1 / (1 + exp(-margin));
        }
        *(sum > 0 ? &low : &high) = middle;
    }
    /* at the optimum, per bin: sum of (label - p) = ridge * weight; the ratio must be the same ridge everywhere */
    for (uint32_t c = 0; c < FIT_COLUMNS; c++) {
        double gradient[6] = {0};
        for (uint32_t r = 0; r < FIT_ROWS; r++) {
            double margin = low;
            for (uint32_t k = 0; k < FIT_COLUMNS; k++) margin += weights[k * RV_BINS_MAX + bins[k * FIT_ROWS + r]];
            gradient[bins[c * FIT_ROWS + r]] += seed[r] - 1 / (1 + exp(-margin));
        }
        for (uint32_t b = 2; b < 6; b++)
            cr_assert_float_eq(gradient[b], RIDGE * weights[c * RV_BINS_MAX + b], 0.5,
                               "column %u, bin %u: %g against %g", c, b, gradient[b],
                               RIDGE * weights[c * RV_BINS_MAX + b]);
    }
    cr_assert(weights[5] > weights[2] + 2, "the true slope is 0.9 a step: %g to %g", weights[2], weights[5]);
}

/* Solves the symmetric system a x = b by elimination. */
static void solve(double a[12][12], double *b, uint32_t n) {
    for (uint32_t k = 0; k < n; k++)
        for (uint32_t i = k + 1; i < n; i++) {
            double part = a[i][k] / a[k][k];
            for (uint32_t j = k; j < n; j++) a[i][j] -= part * a[k][j];
            b[i] -= part * b[k];
        }
    for (uint32_t i = n; i-- > 0;) {
        for (uint32_t j = i + 1; j < n; j++) b[i] -= a[i][j] * b[j];
        b[i] /= a[i][i];
    }
}

Test(learn, lda_is_the_difference_of_means_whitened_by_the_covariance_within) {
    static uint8_t bins[FIT_COLUMNS * FIT_ROWS], seed[FIT_ROWS];
    static rv_bin_counts counts[FIT_COLUMNS];
    static double weights[FIT_COLUMNS * RV_BINS_MAX];
    enum { N = FIT_COLUMNS * 4 };
    double means[2][N] = {{0}}, within[12][12] = {{0}}, direction[N], sides[2] = {0};
    rv_evidence e;
    make_evidence(bins, seed, counts, &e);
    cr_assert_eq(rv_method_lda(&e, &(rv_weights){.main = weights}, NULL), RV_OK);
    for (uint32_t r = 0; r < FIT_ROWS; r++) {
        sides[seed[r]]++;
        for (uint32_t c = 0; c < FIT_COLUMNS; c++) means[seed[r]][c * 4 + bins[c * FIT_ROWS + r] - 2]++;
    }
    for (uint32_t i = 0; i < N; i++) {
        for (unsigned s = 0; s < 2; s++) means[s][i] /= sides[s];
        direction[i] = means[1][i] - means[0][i];
    }
    for (uint32_t r = 0; r < FIT_ROWS; r++) {
        double x[N];
        for (uint32_t i = 0; i < N; i++) x[i] = (bins[i / 4 * FIT_ROWS + r] - 2u == i % 4) - means[seed[r]][i];
        for (uint32_t i = 0; i < N; i++)
            for (uint32_t j = 0; j < N; j++) within[i][j] += x[i] * x[j];
    }
    for (uint32_t i = 0; i < N; i++) within[i][i] += 16; /* the method's ridge */
    solve(within, direction, N);
    double scale = (weights[5] - weights[2]) / (direction[3] - direction[0]);
    cr_assert(scale > 0);
    for (uint32_t i = 0; i < N; i++) { /* within an attribute a constant is free */
        uint32_t first = i / 4 * 4;
        double want = scale * (direction[i] - direction[first]);
        double got = weights[i / 4 * RV_BINS_MAX + 2 + i % 4] - weights[i / 4 * RV_BINS_MAX + 2];
        cr_assert_float_eq(got, want, 0.005, "attribute %u, value %u: %g, not %g", i / 4, i % 4, got, want);
    }
}

Test(learn, scorecard_weighs_an_attribute_once_when_it_comes_twice) {
    static uint8_t bins[FIT_COLUMNS * FIT_ROWS], seed[FIT_ROWS];
    static rv_bin_counts counts[FIT_COLUMNS];
    static double once[FIT_COLUMNS * RV_BINS_MAX], twice[FIT_COLUMNS * RV_BINS_MAX];
    rv_evidence e;
    make_evidence(bins, seed, counts, &e);
    cr_assert_eq(rv_method_scorecard(&e, &(rv_weights){.main = once}, NULL), RV_OK);
    memcpy(bins + FIT_ROWS, bins, FIT_ROWS); /* the second attribute becomes a copy of the first */
    counts[1] = counts[0];
    cr_assert_eq(rv_method_scorecard(&e, &(rv_weights){.main = twice}, NULL), RV_OK);
    double single = once[5] - once[2] + once[RV_BINS_MAX + 5] - once[RV_BINS_MAX + 2];
    double both = twice[5] - twice[2] + twice[RV_BINS_MAX + 5] - twice[RV_BINS_MAX + 2];
    cr_assert_float_eq(both, single, 0.25 * single, "together they count as one: %g and %g", both, single);
    for (uint32_t b = 3; b < 6; b++) cr_assert(once[b] >= once[b - 1], "an attribute never speaks against itself");
}

/* Two attributes of four values each that say nothing alone and all together, one that says something, one of noise. */
static void make_chequers(uint32_t n, uint64_t seed, rv_frame *frame, uint8_t *labels) {
    static const char *const values[] = {"a", "b", "c", "d"}, *const names[] = {"left", "right", "plain", "noise"};
    const char **cells = malloc((size_t)n * 4 * sizeof *cells);
    for (uint32_t r = 0; r < n; r++) {
        rv_random random;
        rv_random_init(&random, seed, r);
        uint32_t v[4];
        for (uint32_t c = 0; c < 4; c++) cells[(size_t)r * 4 + c] = values[v[c] = rv_random_below(&random, 4)];
        double push = ((v[0] + v[1]) % 2 ? 1.2 : -1.2) + 0.5 * v[2] - 1;
        labels[r] = rv_random_unit(&random) < 1 / (1 + exp(-push)) ? RV_SEED : RV_NON_SEED;
    }
    make_frame(names, 4, cells, n, frame);
    free(cells);
}

Test(boost, a_pair_is_found_where_attributes_tell_together_only) {
    enum { N = 6000 };
    static uint8_t labels[N];
    rv_frame frame;
    make_chequers(N, 3, &frame, labels);
    char *texts[2];
    for (int threads = 1; threads <= 2; threads++) {
        rv_learn_options options = {.method = "boosted", .threads = threads};
        rv_profile profile;
        rv_quality q;
        rv_buffer out = {0};
        cr_assert_eq(rv_learn(&frame, labels, &options, &profile, &q, NULL), RV_OK);
        cr_assert(profile.pairs == 1 && profile.pair[0].a == 0 && profile.pair[0].b == 1, "%u pairs", profile.pairs);
        const rv_pair_points *pair = &profile.pair[0];
        uint32_t width = pair->width;
        cr_assert_eq(width, RV_BIN_FIRST + 4);
        for (uint32_t x = 0; x < 4; x++)
            for (uint32_t y = 0; y < 4; y++) {
                int32_t points = pair->points[(RV_BIN_FIRST + x) * width + RV_BIN_FIRST + y];
                cr_assert((x + y) % 2 ? points > 50 : points < -50, "%u %u: %d", x, y, points);
            }
        for (uint32_t y = 0; y < width; y++) cr_assert_eq(pair->points[y], 0, "nobody lacks the attribute");
        for (uint32_t b = 0; b < 4; b++) /* what the pair says of one attribute alone is the attribute's */
            cr_assert(abs(profile.column[0].points[RV_BIN_FIRST + b]) < 20);
        double boosted = 0, shared = 0;
        for (unsigned m = 0; m < q.n_methods; m++) {
            if (strcmp(q.method[m].method->name, "boosted") == 0) boosted = q.method[m].auc;
            if (strcmp(q.method[m].method->name, "shared") == 0) shared = q.method[m].auc;
        }
        cr_assert(boosted > 0.8 && shared < 0.7, "boosted %g, shared %g", boosted, shared);
        cr_assert_eq(rv_profile_write(&profile, &out, NULL), RV_OK);
        texts[threads - 1] = rv_buffer_take(&out, NULL);
        rv_profile_reset(&profile);
        rv_quality_reset(&q);
    }
    cr_assert_str_eq(texts[0], texts[1], "the same bytes for one thread and two");
    rv_free(texts[0]);
    rv_free(texts[1]);
    rv_frame_reset(&frame);
}

Test(boost, without_interaction_there_is_no_pair_and_additive_tables_meet_the_truth) {
    static uint8_t bins[FIT_COLUMNS * FIT_ROWS], seed[FIT_ROWS];
    static rv_bin_counts counts[FIT_COLUMNS];
    static double weights[FIT_COLUMNS * RV_BINS_MAX];
    rv_evidence e;
    rv_weights w = {.main = weights};
    make_evidence(bins, seed, counts, &e);
    cr_assert_eq(rv_method_boosted(&e, &w, NULL), RV_OK);
    cr_assert_eq(w.pairs, 0);
    double slope = (weights[5] - weights[2]) / 3;
    cr_assert_float_eq(slope, 0.9, 0.15, "the true slope is 0.9 a step, not %g", slope);
    rv_weights_reset(&w);
}

/* --- The choice -------------------------------------------------------------------------------------------------- */

/* n rows of `columns` attributes with 4 values; the first `telling` of them push the label, in chains of copies. */
static void make_world(uint32_t n, uint32_t columns, uint32_t telling, uint64_t seed, rv_frame *frame,
                       uint8_t *labels) {
    static const char *const values[] = {"a", "b", "c", "d"};
    static char name_bytes[16][16];
    const char *names[16];
    const char **cells = malloc((size_t)n * columns * sizeof *cells);
    for (uint32_t c = 0; c < columns; c++) {
        snprintf(name_bytes[c], sizeof name_bytes[c], "x%u", c);
        names[c] = name_bytes[c];
    }
    for (uint32_t r = 0; r < n; r++) {
        rv_random random;
        rv_random_init(&random, seed, r);
        double push = -1;
        for (uint32_t c = 0; c < columns; c++) {
            uint32_t v = rv_random_below(&random, 4);
            cells[(size_t)r * columns + c] = values[v];
            if (c < telling) push += ((double)v - 1.5) * (c % 2 ? -0.5 : 0.5);
        }
        labels[r] = rv_random_unit(&random) < 1 / (1 + exp(-push)) ? RV_SEED : RV_NON_SEED;
    }
    make_frame(names, columns, cells, n, frame);
    free(cells);
}

Test(learn, the_sheet_is_out_of_fold_so_noise_has_an_auc_of_one_half) {
    enum { N = 3000 };
    static uint8_t labels[N];
    rv_frame frame;
    make_world(N, 8, 0, 1, &frame, labels);
    rv_learn_options options = {.threads = 2};
    rv_profile profile;
    rv_quality q;
    cr_assert_eq(rv_learn(&frame, labels, &options, &profile, &q, NULL), RV_OK);
    for (unsigned m = 0; m < q.n_methods; m++)
        cr_assert(!q.method[m].tried || fabs(q.method[m].auc - 0.5) < 0.05, "%s: %g on noise", q.method[m].method->name,
                  q.method[m].auc);
    cr_assert_eq(q.chosen, 0, "among equals the first of the list");
    rv_buffer text = {0};
    rv_quality_json(&q, &profile, NULL, &text);
    rv_buffer_byte(&text, 0);
    cr_assert(strstr(text.data, "isn't better than chance"), "%s", text.data);
    rv_buffer_free(&text);
    rv_profile_reset(&profile);
    rv_quality_reset(&q);
    rv_frame_reset(&frame);
}

Test(learn, the_sheet_foretells_what_new_rows_show) {
    enum { N = 12000 };
    static uint8_t labels[N], fresh_labels[N];
    static int32_t scores[N];
    rv_frame frame, fresh;
    make_world(N, 8, 6, 1, &frame, labels);
    make_world(N, 8, 6, 2, &fresh, fresh_labels);
    rv_learn_options options = {.threads = 2};
    rv_profile profile;
    rv_quality q;
    rv_profile_view view;
    cr_assert_eq(rv_learn(&frame, labels, &options, &profile, &q, NULL), RV_OK);
    cr_assert_eq(rv_profile_view_make(&profile, &fresh, 2, NULL, &view, NULL), RV_OK);
    cr_assert_eq(rv_profile_score(&profile, &view, N, 2, scores, NULL), RV_OK);
    rv_score_counts *counts = calloc(1, sizeof *counts);
    double expected = 0, seeds = 0;
    for (uint32_t r = 0; r < N; r++) {
        (fresh_labels[r] == RV_SEED ? counts->seeds : counts->others)[rv_score_cell(scores[r])]++;
        expected += rv_calibration_at(&profile.calibration, scores[r]);
        seeds += fresh_labels[r] == RV_SEED;
    }
    double auc = rv_auc_of(counts, NULL).auc;
    cr_assert(fabs(auc - q.auc) < 3 * q.standard_error + 0.01, "foretold %g, found %g", q.auc, auc);
    cr_assert(q.auc > 0.65 && q.calibration_error < 0.02);
    cr_assert(fabs(expected / seeds - 1) < 0.06, "expected %g seeds, found %g", expected, seeds);
    free(counts);
    rv_profile_view_reset(&view);
    rv_profile_reset(&profile);
    rv_quality_reset(&q);
    rv_frame_reset(&frame);
    rv_frame_reset(&fresh);
}

Test(learn, a_named_method_is_used_whatever_the_seeds_and_the_baseline_is_told_beside) {
    enum { N = 600 };
    static uint8_t labels[N];
    rv_frame frame;
    make_world(N, 4, 2, 3, &frame, labels);
    rv_learn_options options = {.method = "logistic", .threads = 2};
    rv_profile profile;
    rv_quality q;
    cr_assert_eq(rv_learn(&frame, labels, &options, &profile, &q, NULL), RV_OK);
    cr_assert_str_eq(profile.method, "logistic");
    for (unsigned m = 0; m < q.n_methods; m++) {
        const char *name = q.method[m].method->name;
        cr_assert_eq(q.method[m].tried, strcmp(name, "logistic") == 0 || strcmp(name, "shared") == 0);
    }
    rv_profile_reset(&profile);
    rv_quality_reset(&q);
    rv_frame_reset(&frame);
}

/* --- Reasons ----------------------------------------------------------------------------------------------------- */

static void check_reasons(const rv_frame *frame, const uint8_t *labels, const char *method) {
    enum { N = 10000, C = 12 };
    static int32_t scores[N];
    rv_learn_options options = {.method = method, .threads = 2};
    rv_profile profile;
    rv_quality q;
    rv_profile_view view;
    rv_reasons reasons;
    cr_assert_eq(rv_learn(frame, labels, &options, &profile, &q, NULL), RV_OK);
    cr_assert_eq(rv_profile_view_make(&profile, frame, 2, NULL, &view, NULL), RV_OK);
    cr_assert_eq(rv_profile_score(&profile, &view, N, 2, scores, NULL), RV_OK);
    cr_assert_eq(rv_reasons_make(&profile, &reasons, NULL), RV_OK);
    rv_buffer text = {0};
    for (uint32_t r = 0; r < N; r++) {
        uint32_t most = 1 + r % C;
        text.len = 0;
        rv_reasons_put(&reasons, &profile, &view, r, most, &text);
        rv_buffer_byte(&text, 0);
        long sum = 0, weakest = 1000000;
        unsigned entries = 0;
        for (char *part = strtok(text.data, "|"); part; part = strtok(NULL, "|")) {
            long points = strtol(strrchr(part, ':') + 1, NULL, 10);
            sum += points;
            if (strncmp(part, "rest:", 5) == 0 || strncmp(part, "base:", 5) == 0) continue;
            cr_assert(labs(points) <= weakest, "strongest first");
            weakest = labs(points);
            entries++;
        }
        cr_assert_eq(sum, scores[r], "row %u", r);
        cr_assert(entries <= most);
        unsigned stronger = 0; /* the naive count of entries that should have come before */
        for (uint32_t c = 0; c < view.columns; c++)
            stronger += labs((long)view.points[c][rv_code_at(view.codes[c], r)]) > weakest;
        for (uint32_t k = 0; k < view.pairs; k++) stronger += labs((long)rv_profile_pair_at(&view, k, r)) > weakest;
        cr_assert(stronger < entries || entries == 0);
    }
    rv_buffer_free(&text);
    rv_reasons_reset(&reasons);
    rv_profile_view_reset(&view);
    rv_profile_reset(&profile);
    rv_quality_reset(&q);
}

Test(learn, reasons_of_ten_thousand_rows_add_up_and_name_the_strongest) {
    static uint8_t labels[10000];
    rv_frame frame;
    make_world(10000, 12, 9, 4, &frame, labels);
    check_reasons(&frame, labels, "index");
    rv_frame_reset(&frame);
    make_chequers(10000, 4, &frame, labels);
    check_reasons(&frame, labels, "boosted");
    rv_frame_reset(&frame);
}

/* Tiles of rows against one row at a time, with names that need quotes and with none. */
static void check_written(const char *name, uint32_t n, uint32_t most, bool pairs) {
    static uint8_t labels[3000];
    rv_frame frame;
    if (pairs) make_chequers(n, 5, &frame, labels);
    else make_world(n, 6, 9, 4, &frame, labels);
    snprintf(frame.column[2].name, sizeof frame.column[2].name, "%s", name);
    int32_t *scores = calloc(n, sizeof *scores);
    uint32_t *ranks = calloc(n, sizeof *ranks);
    uint64_t ranked;
    rv_learn_options options = {.method = pairs ? "boosted" : "index", .threads = 2};
    rv_profile profile;
    rv_quality q;
    rv_profile_view view;
    rv_reasons reasons;
    cr_assert_eq(rv_learn(&frame, labels, &options, &profile, &q, NULL), RV_OK);
    cr_assert_eq(rv_profile_view_make(&profile, &frame, 2, NULL, &view, NULL), RV_OK);
    cr_assert_eq(rv_profile_score(&profile, &view, n, 2, scores, NULL), RV_OK);
    cr_assert_eq(rv_rank_rows(scores, labels, RV_SEED, n, ranks, &ranked, NULL), RV_OK);
    cr_assert_eq(rv_reasons_make(&profile, &reasons, NULL), RV_OK);
    cr_assert_eq(reasons.plain, strchr(name, ',') == NULL);
    rv_buffer want = {0}, scratch = {0};
    rv_buffer_string(&want, "client_id,score,probability,rank,decile,reasons\n");
    for (uint32_t r = 0; r < n; r++) {
        if (!ranks[r]) continue;
        rv_scored_line line = {rv_dictionary_value(&frame.ids, r + 1), scores[r], ranks[r], ranked, r};
        rv_scored_put(&profile, &view, &reasons, most, &line, &scratch, &want);
    }
    const char *path = scratch_path("scores.csv");
    rv_table_out *out;
    rv_scored scored = {&frame, &profile, &view, scores, ranks, ranked, most};
    cr_assert_eq(rv_table_out_open(path, true, &out, NULL), RV_OK);
    cr_assert_eq(rv_scored_write(&scored, out, &(rv_settings){.threads = 2}, NULL), RV_OK);
    cr_assert_eq(rv_table_out_commit(out, NULL), RV_OK);
    size_t len;
    char *got = scratch_read(path, &len);
    cr_assert(len == want.len && memcmp(got, want.data, len) == 0, "%s, %u rows, %u reasons", name, n, most);
    free(got);
    free(scores);
    free(ranks);
    rv_buffer_free(&want);
    rv_buffer_free(&scratch);
    rv_reasons_reset(&reasons);
    rv_profile_view_reset(&view);
    rv_profile_reset(&profile);
    rv_quality_reset(&q);
    rv_frame_reset(&frame);
}

Test(learn, rows_written_by_tiles_are_those_written_one_by_one) {
    check_written("plain", 3000, 5, false);
    check_written("plain", 3000, 5, true);
    check_written("a, b", 2999, 3, true);
    check_written("plain", 2048, 64, false);
    check_written("plain", 511, 1, false);
    check_written("a, b", 1025, 5, false);
}

Test(learn, marks_inside_names_and_values_are_escaped) {
    static const char *const names[] = {"a=b"};
    static const char *const cells[] = {"x:y|z", "p&q%", "x:y|z", "p&q%"};
    static const uint8_t labels[] = {RV_SEED, RV_NON_SEED, RV_SEED, RV_NON_SEED};
    rv_frame frame;
    make_frame(names, 1, cells, 4, &frame);
    rv_learn_options options = {.method = "index", .min_people = 1, .threads = 1};
    rv_profile profile;
    rv_quality q;
    rv_reasons reasons;
    cr_assert_eq(rv_learn(&frame, labels, &options, &profile, &q, NULL), RV_OK);
    cr_assert_eq(rv_reasons_make(&profile, &reasons, NULL), RV_OK);
    cr_assert(rv_text_is(reasons.text[2], "a%3Db=p%26q%25:-100") && rv_text_is(reasons.text[3], "a%3Db=x%3Ay%7Cz:100"),
              "%.*s", (int)reasons.text[3].len, reasons.text[3].ptr);
    rv_reasons_reset(&reasons);
    rv_profile_reset(&profile);
    rv_quality_reset(&q);
    rv_frame_reset(&frame);
}

/* --- Ranks ------------------------------------------------------------------------------------------------------- */

static void check_ranks(int32_t wide) {
    enum { N = 700 };
    int32_t scores[N];
    uint8_t skip[N];
    uint32_t ranks[N];
    uint64_t ranked = 0, expected = 0;
    rv_random random;
    rv_random_init(&random, 9, 0);
    for (int i = 0; i < N; i++) {
        scores[i] = (int32_t)rv_random_below(&random, 200) * (i % 7 ? 1 : wide) - (i % 3 ? 0 : 70 * wide);
        skip[i] = (uint8_t)rv_random_below(&random, 3);
    }
    cr_assert_eq(rv_rank_rows(scores, skip, RV_SEED, N, ranks, &ranked, NULL), RV_OK);
    for (int i = 0; i < N; i++) {
        if (skip[i] == RV_SEED) {
            cr_assert_eq(ranks[i], 0);
            continue;
        }
        uint32_t rank = 1;
        for (int k = 0; k < N; k++)
            rank += skip[k] != RV_SEED && (scores[k] > scores[i] || (scores[k] == scores[i] && k < i));
        cr_assert_eq(ranks[i], rank);
        expected++;
    }
    cr_assert_eq(ranked, expected);
}

/* Scores of a small range are counted, others are sorted. */
Test(learn, ranks_agree_with_a_naive_count) {
    check_ranks(10);
    check_ranks(1000);
    check_ranks(10000000);
    uint32_t rank = 7;
    uint64_t ranked = 7;
    cr_assert_eq(rv_rank_rows(&(int32_t){INT32_MIN}, &(uint8_t){RV_SEED}, RV_SEED, 1, &rank, &ranked, NULL), RV_OK);
    cr_assert(rank == 0 && ranked == 0);
    static const int32_t ends[] = {INT32_MIN, INT32_MAX, INT32_MIN};
    uint32_t ranks[3];
    cr_assert_eq(rv_rank_rows(ends, NULL, 0, 3, ranks, &ranked, NULL), RV_OK);
    cr_assert(ranked == 3 && ranks[0] == 2 && ranks[1] == 1 && ranks[2] == 3);
}

/* --- The profile's file ------------------------------------------------------------------------------------------ */

static char *profile_text(void) {
    enum { N = 500 };
    static uint8_t labels[N];
    rv_frame frame;
    make_world(N, 3, 2, 6, &frame, labels);
    rv_learn_options options = {.method = "index", .threads = 1};
    rv_profile profile;
    rv_quality q;
    rv_buffer out = {0};
    cr_assert_eq(rv_learn(&frame, labels, &options, &profile, &q, NULL), RV_OK);
    cr_assert_eq(rv_profile_write(&profile, &out, NULL), RV_OK);
    rv_profile_reset(&profile);
    rv_quality_reset(&q);
    rv_frame_reset(&frame);
    return rv_buffer_take(&out, NULL);
}

static char *pairs_text(void) {
    enum { N = 3000 };
    static uint8_t labels[N];
    rv_frame frame;
    make_chequers(N, 6, &frame, labels);
    rv_learn_options options = {.method = "boosted", .threads = 1};
    rv_profile profile;
    rv_quality q;
    rv_buffer out = {0};
    cr_assert_eq(rv_learn(&frame, labels, &options, &profile, &q, NULL), RV_OK);
    cr_assert_eq(profile.pairs, 1);
    cr_assert_eq(rv_profile_write(&profile, &out, NULL), RV_OK);
    rv_profile_reset(&profile);
    rv_quality_reset(&q);
    rv_frame_reset(&frame);
    return rv_buffer_take(&out, NULL);
}

static void check_read(char *text) {
    rv_profile profile;
    rv_buffer again = {0};
    rv_error err = {0};
    cr_assert_eq(rv_profile_read(scratch_text("p.json", text), &profile, &err), RV_OK, "%s", err.message);
    cr_assert_eq(rv_profile_write(&profile, &again, NULL), RV_OK);
    rv_buffer_byte(&again, 0);
    cr_assert_str_eq(again.data, text);
    rv_buffer_free(&again);
    rv_profile_reset(&profile);
    rv_free(text);
}

Test(profile_file, what_is_read_is_what_was_written) {
    check_read(profile_text());
    check_read(pairs_text());
}

/* The text with the first `from` replaced. */
static const char *spoilt(const char *text, const char *from, const char *to) {
    const char *at = strstr(text, from);
    cr_assert(at, "'%s' isn't in the profile", from);
    rv_buffer out = {0};
    rv_buffer_add(&out, text, (size_t)(at - text));
    rv_buffer_string(&out, to);
    rv_buffer_string(&out, at + strlen(from));
    const char *path = scratch_file("spoilt.json", out.data, out.len);
    rv_buffer_free(&out);
    return path;
}

typedef struct spoiling {
    const char *from, *to, *words;
    rv_status status;
} spoiling;

static void check_spoilt(char *text, const spoiling *cases, size_t n);

Test(profile_file, a_spoilt_profile_is_refused_with_its_place) {
    static const spoiling cases[] = {
        {"\"profile_version\": 1", "\"profile_version\": 3", "version", RV_NEWER},
        {"\"base\": 500", "\"base\": 500.5", "whole number", RV_BAD_ARGUMENT},
        {"\"base\": 500", "\"bse\": 500", "bse", RV_BAD_ARGUMENT},
        {"\"scale\": \"category\"", "\"scale\": \"wrong\"", "scale", RV_BAD_ARGUMENT},
        {"\"missing\": true", "\"value\": \"zz\"", "first entry", RV_BAD_ARGUMENT},
        {"\"value\": \"b\"", "\"value\": \"a\"", "two entries", RV_BAD_ARGUMENT},
        {"\"points\": ", "\"points\": 99999", "points", RV_BAD_ARGUMENT},
        {"\"attribute\": \"x1\"", "\"attribute\": \"x0\"", "twice", RV_BAD_ARGUMENT},
        {"\"entries\": [", "\"entries\": 7, \"x\": [", "", RV_BAD_ARGUMENT},
        {"\"seeds\": ", "\"seeds\": -", "seeds", RV_BAD_ARGUMENT},
        {"{", "[", "", RV_BAD_ARGUMENT},
    };
    static const spoiling pairs[] = {
        {"\"profile_version\": 2", "\"profile_version\": 3", "version", RV_NEWER},
        {"\"table\"", "\"tabel\"", "tabel", RV_BAD_ARGUMENT},
        {"        \"left\",\n        \"right\"", "        \"left\",\n        \"wrong\"", "no attribute 'wrong'",
         RV_BAD_ARGUMENT},
        {"        \"left\",\n        \"right\"", "        \"right\",\n        \"left\"", "order", RV_BAD_ARGUMENT},
        {"        \"left\",\n        \"right\"", "        \"left\"", "two attributes", RV_BAD_ARGUMENT},
        {"\"points\": [\n            0,", "\"points\": [", "5 items", RV_BAD_ARGUMENT},
        {"\"points\": [\n            0,", "\"points\": [0.5,", "whole numbers", RV_BAD_ARGUMENT},
        {"\"points\": [\n            0,", "\"points\": [30001,", "whole numbers", RV_BAD_ARGUMENT},
        {"\"points\": [\n            0,", "\"points\": [0,0,", "7 items", RV_BAD_ARGUMENT},
    };
    check_spoilt(profile_text(), cases, sizeof cases / sizeof *cases);
    check_spoilt(pairs_text(), pairs, sizeof pairs / sizeof *pairs);
}

static void check_spoilt(char *text, const spoiling *cases, size_t n) {
    for (size_t i = 0; i < n; i++) {
        rv_profile profile;
        rv_error err = {0};
        rv_status status = rv_profile_read(spoilt(text, cases[i].from, cases[i].to), &profile, &err);
        cr_assert(status != RV_OK, "'%s' was accepted", cases[i].to);
        if (cases[i].words[0]) {
            cr_assert_eq(status, cases[i].status, "%s: %s", cases[i].to, err.message);
            cr_assert(strstr(err.message, cases[i].words), "'%s': %s", cases[i].to, err.message);
            cr_assert(err.line > 0);
        }
    }
    rv_free(text);
}

Test(profile_file, ranges_that_overlap_and_knots_that_fall_are_refused) {
    static const char *const form =
        "{\"profile_version\":1,\"method\":\"index\",\"base\":500,\"seeds\":100,\"others\":100,\"people\":200,"
        "\"against_pool\":false,"
        "\"probability\":{\"knots\":[{\"score\":1,\"probability\":0.2},{\"score\":%s,\"probability\":0.3}]},"
        "\"attributes\":[{\"attribute\":\"age\",\"scale\":\"number\",\"whole\":true,\"entries\":["
        "{\"missing\":true,\"points\":0,\"seeds\":0,\"people\":0},{\"other\":true,\"points\":0,\"seeds\":0,\"people\":"
        "0},"
        "{\"below\":40,\"points\":1,\"seeds\":0,\"people\":0},{\"from\":%s,\"points\":2,\"seeds\":0,\"people\":0}]}]}";
    static const struct {
        const char *knot, *from;
        bool fine;
    } cases[] = {
        {"2", "40", true}, {"1", "40", false}, {"2", "39", false}, {"2", "\"old\"", false}, {"2", ".nan", false}};
    for (size_t i = 0; i < 5; i++) {
        char text[1024];
        rv_profile profile;
        snprintf(text, sizeof text, form, cases[i].knot, cases[i].from);
        rv_status status = rv_profile_read(scratch_text("p.json", text), &profile, NULL);
        cr_assert_eq(status == RV_OK, cases[i].fine, "case %zu", i);
        if (status == RV_OK) rv_profile_reset(&profile);
    }
    rv_profile profile;
    char text[1024];
    snprintf(text, sizeof text, form, "2", "40");
    char *version = strstr(text, "version\":1"), *knots = strstr(text, "{\"score\"");
    version[9] = '0';
    cr_assert_neq(rv_profile_read(scratch_text("p.json", text), &profile, NULL), RV_OK, "version 0");
    version[9] = '1';
    memset(knots, ' ', (size_t)(strchr(knots, ']') - knots));
    cr_assert_neq(rv_profile_read(scratch_text("p.json", text), &profile, NULL), RV_OK, "no knots, and no word why");
}
