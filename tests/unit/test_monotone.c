/* Monotone points: isotonic regression against the formula that says what it is, and every method's points in order. */
#include "monotone.h"

#include "learn.h"
#include "random.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Rising: the largest, over all beginnings, of the smallest mean over all ends (Robertson, Wright, Dykstra 1988, 1.4). */
static double minimax(const double *w, const uint64_t *people, uint32_t n, uint32_t at, double sign) {
    double best = -INFINITY;
    for (uint32_t a = 0; a <= at; a++) {
        if (!people[a]) continue;
        double least = INFINITY;
        for (uint32_t b = at; b < n; b++) {
            double sum = 0, all = 0;
            for (uint32_t i = a; i <= b; i++) {
                sum += sign * w[i] * (double)people[i];
                all += (double)people[i];
            }
            if (people[b]) least = fmin(least, sum / all);
        }
        best = fmax(best, least);
    }
    return sign * best;
}

static double distance(const double *a, const double *b, const uint64_t *people, uint32_t n) {
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) sum += people[i] ? (a[i] - b[i]) * (a[i] - b[i]) * (double)people[i] : 0;
    return sum;
}

Test(monotone, weights_are_the_isotonic_regression_in_the_nearer_direction) {
    for (uint64_t seed = 0; seed < 3000; seed++) {
        rv_random random;
        rv_random_init(&random, 77, seed);
        uint32_t n = 1 + rv_random_below(&random, 12);
        double w[12], got[12], want[2][12];
        uint64_t people[12];
        for (uint32_t i = 0; i < n; i++) {
            w[i] = got[i] = (double)rv_random_below(&random, 9) - 4 + (seed % 3 ? rv_random_unit(&random) : 0);
            people[i] = rv_random_below(&random, 5) ? 1 + rv_random_below(&random, 40) : 0;
        }
        int direction = rv_monotone(got, people, n);
        for (uint32_t i = 0; i < n; i++)
            for (int s = 0; s < 2; s++) want[s][i] = people[i] ? minimax(w, people, n, i, s ? -1 : 1) : w[i];
        double up = distance(w, want[0], people, n), down = distance(w, want[1], people, n);
        const double *nearer = up <= down + 1e-9 && !(fabs(up - down) < 1e-9 && direction < 0) ? want[0] : want[1];
        double first = NAN, last = NAN;
        for (uint32_t i = 0; i < n; i++) {
            cr_assert_float_eq(got[i], nearer[i], 1e-9, "seed %d: range %u is %g, not %g", (int)seed, i, got[i], nearer[i]);
            if (!people[i]) continue;
            if (isnan(first)) first = got[i];
            last = got[i];
        }
        int wanted = isnan(first) || fabs(last - first) < 1e-12 ? 0 : last > first ? 1 : -1;
        cr_assert_eq(direction, wanted, "seed %d: direction %d, not %d", (int)seed, direction, wanted);
    }
}

/* --- Learning ---------------------------------------------------------------------------------------------------- */

enum { ROWS = 4000, COLUMNS = 3 };
static const char *const names[COLUMNS] = {"orders", "town", "age"};

/* Seeds have many orders, but not quite one by one; a quarter of the people has none, which is a value of its own
 * elsewhere; age is best in the middle; town and orders say more together. */
static void make_people(rv_frame *frame, uint8_t *labels) {
    rv_frame_spec specs[COLUMNS] = {{0}};
    rv_frame_builder *builder;
    for (uint32_t c = 0; c < COLUMNS; c++) specs[c] = (rv_frame_spec){names[c], RV_ROLE_ATTRIBUTE, false, NULL};
    cr_assert_eq(rv_frame_builder_new(specs, COLUMNS, &builder, NULL), RV_OK);
    for (uint32_t r = 0; r < ROWS; r++) {
        rv_random random;
        rv_random_init(&random, 9, r);
        uint32_t orders = rv_random_below(&random, 4) ? rv_random_below(&random, 60) : 0, age = 18 + rv_random_below(&random, 60);
        uint32_t town = rv_random_below(&random, 5);
        double push = 0.05 * orders + (orders / 10 % 2 ? -0.7 : 0) - fabs(age - 48.0) / 12 + (town % 2 ? 0.04 * orders : 0) - 1;
        labels[r] = rv_random_unit(&random) < 1 / (1 + exp(-push)) ? RV_SEED : RV_NON_SEED;
        char text[COLUMNS][12];
        snprintf(text[0], sizeof text[0], "%u", orders);
        snprintf(text[1], sizeof text[1], "town %u", town);
        snprintf(text[2], sizeof text[2], "%u", age);
        rv_text texts[COLUMNS];
        for (uint32_t c = 0; c < COLUMNS; c++) texts[c] = rv_text_of(r % 50 == c ? (r % 100 < 50 ? "" : "none") : text[c]);
        cr_assert_eq(rv_frame_builder_add(builder, 1, NULL, texts, NULL, NULL), RV_OK);
    }
    cr_assert_eq(rv_frame_builder_finish(builder, 2, frame, NULL), RV_OK);
}

/* How often the points of neighbouring ranges rise, and fall. */
static void count_turns(const rv_profile_column *column, unsigned *rises, unsigned *falls) {
    *rises = *falls = 0;
    for (uint32_t b = RV_BIN_FIRST + 1; b < column->binning.n; b++) {
        *rises += column->points[b] > column->points[b - 1];
        *falls += column->points[b] < column->points[b - 1];
    }
}

Test(monotone, every_method_has_points_in_order_where_asked) {
    static const char *const asked[] = {"orders", "age"};
    static uint8_t labels[ROWS];
    rv_frame frame;
    make_people(&frame, labels);
    for (unsigned m = 0; m < rv_method_count; m++)
        for (size_t n = 0; n <= 2; n++) {
            rv_learn_options options = {.method = rv_methods[m].name, .threads = 2, .monotone = asked, .n_monotone = n};
            rv_profile profile;
            rv_quality quality;
            unsigned rises, falls;
            cr_assert_eq(rv_learn(&frame, labels, &options, &profile, &quality, NULL), RV_OK);
            count_turns(&profile.column[0], &rises, &falls);
            bool in_order = rises == 0 || falls == 0;
            cr_assert(n ? in_order && rises > 0 : !in_order, "%s, %zu asked: orders rises %u times and falls %u times",
                      rv_methods[m].name, n, rises, falls);
            for (uint32_t b = RV_BIN_FIRST; b < profile.column[0].binning.n && n; b++)
                cr_assert(profile.column[0].binning.bin[b].from < profile.column[0].binning.bin[b].below, "ranges only");
            if (n) cr_assert_str_eq(quality.attribute[0].monotone, "rising");
            else cr_assert_null(quality.attribute[0].monotone);
            count_turns(&profile.column[2], &rises, &falls);
            cr_assert((n == 2) == (rises == 0 || falls == 0), "%s: age, best in the middle, rises %u times and falls %u times",
                      rv_methods[m].name, rises, falls);
            for (uint32_t k = 0; k < profile.pairs; k++)
                cr_assert(n == 0 || profile.pair[k].a != 0, "a monotone attribute is in no pair");
            rv_profile_reset(&profile);
            rv_quality_reset(&quality);
        }
    rv_frame_reset(&frame);
}

Test(monotone, words_have_no_order) {
    static const char *const asked[] = {"town"};
    static uint8_t labels[ROWS];
    rv_frame frame;
    rv_profile profile;
    rv_quality quality;
    rv_error err = {0};
    make_people(&frame, labels);
    rv_learn_options options = {.method = "index", .threads = 1, .monotone = asked, .n_monotone = 1};
    cr_assert_eq(rv_learn(&frame, labels, &options, &profile, &quality, &err), RV_BAD_ARGUMENT);
    cr_assert_str_eq(err.message, "--monotone: 'town' holds words; only numbers and dates have an order");
    rv_frame_reset(&frame);
}
