/* Drift: the figure against its definition, what chance alone does, what small cells hide, and when a probability goes. */
#include "drift.h"
#include "learn.h"
#include "random.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 6000 };

typedef struct world {
    rv_frame frame;
    uint8_t labels[ROWS];
    rv_profile profile;
    rv_quality quality;
    rv_profile_view view;
    int32_t scores[ROWS];
} world;

/* `town` makes the target, `noise` doesn't. moved: towns are shifted by so many; noisy: noise has other values. */
static void make_frame(rv_frame *out, uint8_t *labels, uint64_t seed, unsigned rows, unsigned moved, bool noisy) {
    static const char *const towns[] = {"Lyon", "Paris", "Nice", "Brest", "Lille", "Metz", "Nancy", "Dijon"};
    rv_frame_spec specs[] = {{"town", RV_ROLE_ATTRIBUTE, false, NULL}, {"noise", RV_ROLE_ATTRIBUTE, false, NULL}};
    rv_frame_builder *builder;
    cr_assert_eq(rv_frame_builder_new(specs, 2, &builder, NULL), RV_OK);
    for (unsigned i = 0; i < rows; i++) {
        rv_random r;
        char noise[8];
        rv_random_init(&r, seed, i);
        unsigned town = (rv_random_below(&r, 5) + rv_random_below(&r, 3) * (moved > 0)) % 8;
        if (town < moved) town = 7;
        snprintf(noise, sizeof noise, "%c", 'a' + (int)rv_random_below(&r, 4) + (noisy ? 3 : 0));
        if (labels) labels[i] = rv_random_unit(&r) < (town < 2 ? .7 : .3) ? RV_SEED : RV_NON_SEED;
        rv_text texts[] = {rv_text_of(towns[town]), rv_text_of(noise)};
        cr_assert_eq(rv_frame_builder_add(builder, 1, NULL, texts, NULL, NULL), RV_OK);
    }
    cr_assert_eq(rv_frame_builder_finish(builder, 2, out, NULL), RV_OK);
}

static void learn(world *w) {
    rv_learn_options options = {.method = "index", .threads = 1};
    make_frame(&w->frame, w->labels, 1, ROWS, 0, false);
    cr_assert_eq(rv_learn(&w->frame, w->labels, &options, &w->profile, &w->quality, NULL), RV_OK);
    cr_assert_eq(rv_profile_view_make(&w->profile, &w->frame, 1, NULL, &w->view, NULL), RV_OK);
    cr_assert_eq(rv_profile_score(&w->profile, &w->view, ROWS, 1, w->scores, NULL), RV_OK);
}

static void forget(world *w) {
    rv_profile_view_reset(&w->view);
    rv_profile_reset(&w->profile);
    rv_quality_reset(&w->quality);
    rv_frame_reset(&w->frame);
}

/* The drift of other people since learning. */
static rv_drift_sheet look(const world *w, uint64_t seed, unsigned rows, unsigned moved, bool noisy) {
    static int32_t scores[ROWS];
    rv_frame frame;
    rv_profile_view view;
    rv_drift_sheet sheet;
    make_frame(&frame, NULL, seed, rows, moved, noisy);
    cr_assert_eq(rv_profile_view_make(&w->profile, &frame, 1, NULL, &view, NULL), RV_OK);
    cr_assert_eq(rv_profile_score(&w->profile, &view, rows, 1, scores, NULL), RV_OK);
    cr_assert_eq(rv_drift_since(&w->profile, &view, scores, rows, 2, &sheet, NULL), RV_OK);
    rv_profile_view_reset(&view);
    rv_frame_reset(&frame);
    return sheet;
}

Test(drift, stability_is_the_sum_over_bins_worked_out_by_hand) {
    /* shares (10.5, 30.5) / 41 and (20.5, 20.5) / 41 */
    uint64_t a[] = {10, 30}, b[] = {20, 20};
    double by_hand = (10.5 - 20.5) / 41 * log(10.5 / 20.5) + (30.5 - 20.5) / 41 * log(30.5 / 20.5);
    cr_assert_float_eq(rv_stability(a, b, 2), by_hand, 1e-12);
    cr_assert_float_eq(rv_stability(b, a, 2), by_hand, 1e-12); /* it has no direction */
    cr_assert_eq(rv_stability(a, a, 2), 0);
}

/* A sample of the same people, however small, sets off nothing. */
Test(drift, chance_alone_sets_off_no_alarm) {
    static world w;
    char why[200];
    learn(&w);
    static const unsigned sizes[] = {5, 20, 50, 200, 1000, ROWS};
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (uint64_t seed = 10; seed < 30; seed++) {
            rv_drift_sheet sheet = look(&w, seed, sizes[i], 0, false);
            for (uint32_t c = 0; c < sheet.columns; c++)
                cr_assert_not(rv_drift_alarms(&sheet.column[c]), "%u rows, seed %u: %.3f", sizes[i], (unsigned)seed,
                              sheet.column[c].stability);
            cr_assert_not(rv_drift_scores_alarm(&sheet, &w.profile), "%u rows: %.1f +- %.1f", sizes[i], sheet.average,
                          sheet.deviation);
            cr_assert_not(rv_drift_forbids(&sheet, &w.profile, why, sizeof why));
            rv_drift_sheet_reset(&sheet);
        }
    forget(&w);
}

Test(drift, an_attribute_that_makes_the_score_takes_the_probability_away_another_warns) {
    static world w;
    char why[200];
    learn(&w);
    rv_drift_sheet moved = look(&w, 40, ROWS, 2, false), noisy = look(&w, 41, ROWS, 0, true);
    cr_assert_str_eq(w.profile.column[0].name, "town");
    cr_assert(rv_drift_alarms(&moved.column[0]) && !rv_drift_alarms(&moved.column[1]));
    cr_assert(moved.column[0].carries > .9);
    cr_assert_float_eq(moved.column[0].carries + moved.column[1].carries, 1, 1e-9);
    cr_assert(rv_drift_forbids(&moved, &w.profile, why, sizeof why));
    cr_assert(strstr(why, "drifted"), "%s", why);
    cr_assert(rv_drift_alarms(&noisy.column[1]), "%.3f", noisy.column[1].stability);
    cr_assert_not(rv_drift_forbids(&noisy, &w.profile, why, sizeof why), "%s", why);
    /* the scores tell it first, the attribute by name where their average happens to be the same */
    cr_assert(rv_drift_scores_alarm(&moved, &w.profile) && !rv_drift_scores_alarm(&noisy, &w.profile));
    moved.average = 500, moved.deviation = 100;
    cr_assert(rv_drift_forbids(&moved, &w.profile, why, sizeof why));
    cr_assert(strstr(why, "'town'"), "%s", why);
    rv_drift_sheet_reset(&moved);
    rv_drift_sheet_reset(&noisy);
    forget(&w);
}

/* Early and late rows of one table: the first half against itself is calm, towns that move half-way aren't. */
Test(drift, within_a_table_late_rows_stand_against_early_ones) {
    static world w;
    learn(&w);
    rv_drift_sheet sheet;
    for (uint64_t odd = 0; odd < 4; odd++) { /* rows are counted four at a time, and what is left */
        uint64_t late = ROWS * 3 / 4 + odd, rows = ROWS - 2 * odd;
        cr_assert_eq(rv_drift_within(&w.profile, &w.view, late, rows, 1, &sheet, NULL), RV_OK);
        cr_assert_eq(sheet.people, late);
        cr_assert_eq(sheet.rows, rows - late);
        for (uint32_t c = 0; c < sheet.columns; c++) {
            uint64_t then[RV_BINS_MAX] = {0}, now[RV_BINS_MAX] = {0};
            for (uint64_t r = 0; r < rows; r++)
                (r < late ? then : now)[w.view.bins[c][rv_code_at(w.view.codes[c], r)]]++;
            cr_assert_float_eq(sheet.column[c].stability, rv_stability(then, now, w.profile.column[c].binning.n), 1e-12);
            cr_assert_str_eq(rv_drift_state(&sheet.column[c]), "calm");
        }
        rv_drift_sheet_reset(&sheet);
    }
    forget(&w);
}

/* Counts that the profile hides are 0 there: taken as such, they would look like a drift. */
Test(drift, hidden_cells_are_one_cell_on_both_sides) {
    static world w;
    learn(&w);
    rv_profile_column *column = &w.profile.column[0];
    for (uint32_t b = RV_BIN_FIRST; b < RV_BIN_FIRST + 2; b++) {
        column->masked[b] |= RV_MASKED_PEOPLE;
        column->people[b] = 0;
    }
    rv_drift_sheet sheet = look(&w, 50, ROWS, 0, false);
    cr_assert_str_eq(rv_drift_state(&sheet.column[0]), "calm", "%.3f", sheet.column[0].stability);
    rv_drift_sheet_reset(&sheet);
    forget(&w);
}

Test(drift, scores_may_move_by_a_quarter_of_a_deviation_and_chance) {
    rv_profile profile = {.base = 500};
    static const struct {
        double average, deviation;
        uint64_t rows;
        bool alarm;
    } cases[] = {{500, 100, 1000000, false},
                 {524.6, 100, 1000000, false},
                 {525.4, 100, 1000000, true},
                 {474.6, 100, 1000000, true},
                 {525.4, 100, 100, false},
                 {500, 149, 1000000, false},
                 {500, 151, 1000000, true},
                 {500, 66, 1000000, true},
                 {500, 67.5, 1000000, false},
                 {900, 0, 1, false},
                 {0, 0, 0, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rv_drift_sheet sheet = {.average = cases[i].average, .deviation = cases[i].deviation, .rows = cases[i].rows};
        if (cases[i].rows < 2) sheet.average = 500; /* one row says nothing of a spread */
        cr_assert_eq(rv_drift_scores_alarm(&sheet, &profile), cases[i].alarm, "case %zu", i);
    }
}
