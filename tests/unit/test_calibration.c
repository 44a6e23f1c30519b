/* Measures and probabilities from counts of scores, each against a naive twin that looks at people one by one. */
#include "calibration.h"
#include "measure.h"
#include "random.h"
#include "score_kernel.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

enum { N = 400 };
typedef struct person {
    int32_t score;
    bool seed;
} person;

static void draw(uint64_t seed, person *people, int n, rv_score_counts *counts) {
    memset(counts, 0, sizeof *counts);
    for (int i = 0; i < n; i++) {
        rv_random r;
        rv_random_init(&r, seed, (uint64_t)i);
        people[i].score = 300 + (int32_t)rv_random_below(&r, seed % 2 ? 30 : 400);
        people[i].seed = rv_random_unit(&r) < (double)(people[i].score - 250) / 600;
        (people[i].seed ? counts->seeds : counts->others)[rv_score_cell(people[i].score)]++;
    }
}

Test(calibration, auc_and_its_variance_agree_with_comparing_all_pairs) {
    rv_score_counts *counts = malloc(sizeof *counts);
    rv_placement *placement = malloc(sizeof *placement);
    for (uint64_t seed = 0; seed < 20; seed++) {
        person people[N];
        draw(seed, people, N, counts);
        double won = 0, seeds = 0, others = 0, v10[N] = {0}, v01[N] = {0}, s10 = 0, s01 = 0;
        for (int i = 0; i < N; i++) {
            if (people[i].seed) seeds++;
            else others++;
            for (int k = 0; k < N && people[i].seed; k++) {
                if (people[k].seed) continue;
                double w = people[i].score > people[k].score ? 1 : people[i].score == people[k].score ? 0.5 : 0;
                won += w;
                v10[i] += w;
                v01[k] += w;
            }
        }
        rv_auc auc = rv_auc_of(counts, placement);
        double expected = won / seeds / others;
        cr_assert_float_eq(auc.auc, expected, 1e-12);
        for (int i = 0; i < N; i++) {
            if (people[i].seed) s10 += pow(v10[i] / others - expected, 2);
            else s01 += pow(v01[i] / seeds - expected, 2);
        }
        double variance = s10 / (seeds - 1) / seeds + s01 / (others - 1) / others;
        cr_assert_float_eq(auc.variance, variance, 1e-12);
    }
    free(counts);
    free(placement);
}

Test(calibration, ks_agrees_with_looking_at_every_threshold) {
    rv_score_counts *counts = malloc(sizeof *counts);
    person people[N];
    draw(4, people, N, counts);
    double best = 0;
    for (int32_t at = 0; at < 1000; at++) {
        double s = 0, o = 0, seeds = 0;
        for (int i = 0; i < N; i++) {
            seeds += people[i].seed;
            if (people[i].score <= at) *(people[i].seed ? &s : &o) += 1;
        }
        best = fmax(best, fabs(s / seeds - o / (N - seeds)));
    }
    cr_assert_float_eq(rv_ks_of(counts), best, 1e-12);
    free(counts);
}

Test(calibration, one_side_alone_says_nothing) {
    rv_score_counts *counts = calloc(1, sizeof *counts);
    rv_placement *placement = malloc(sizeof *placement);
    counts->seeds[5000] = 10;
    cr_assert_eq(rv_auc_of(counts, placement).auc, 0.5);
    cr_assert_eq(rv_auc_of(counts, placement).variance, 0);
    cr_assert_eq(rv_ks_of(counts), 0);
    free(counts);
    free(placement);
}

Test(calibration, probabilities_rise_with_scores_and_keep_off_certainty) {
    rv_score_counts *counts = malloc(sizeof *counts);
    static person people[20000];
    rv_calibration c;
    for (uint64_t seed = 0; seed < 6; seed++) {
        draw(seed, people, 20000, counts);
        rv_calibration_fit(counts, &c);
        cr_assert(c.n > 1 && c.n <= RV_CALIBRATION_KNOTS);
        double last = 0, sum = 0, seeds = 0;
        for (int32_t score = -6000; score < 7000; score++) {
            double p = rv_calibration_at(&c, score);
            cr_assert(p >= last && p > 0 && p < 1, "seed %d, score %d: %g after %g", (int)seed, score, p, last);
            last = p;
        }
        for (int i = 0; i < 20000; i++) {
            sum += rv_calibration_at(&c, people[i].score);
            seeds += people[i].seed;
        }
        cr_assert_float_eq(sum / seeds, 1, 0.02);
    }
    free(counts);
}

Test(calibration, isotonic_groups_are_those_of_a_quadratic_twin) {
    /* pooling: the fitted value at i is max over a <= i of min over b >= i of the mean of a..b */
    rv_score_counts *counts = calloc(1, sizeof *counts);
    enum { G = 40 };
    uint64_t seeds[G];
    for (int g = 0; g < G; g++) {
        rv_random r;
        rv_random_init(&r, 77, (uint64_t)g);
        seeds[g] = 10 + rv_random_below(&r, 20) + (uint64_t)g;
        counts->seeds[5000 + 10 * g] = (uint32_t)seeds[g];
        counts->others[5000 + 10 * g] = (uint32_t)(100 - seeds[g]);
    }
    rv_calibration c;
    rv_calibration_fit(counts, &c);
    for (int i = 0; i < G; i++) {
        double best = 0, length = 1;
        for (int a = 0; a <= i; a++) {
            double least = 1, at = 0;
            for (int b = i; b < G; b++) {
                double sum = 0;
                for (int g = a; g <= b; g++) sum += (double)seeds[g];
                if (sum / (100 * (b - a + 1)) < least) {
                    least = sum / (100 * (b - a + 1));
                    at = b - a + 1;
                }
            }
            if (least > best) {
                best = least;
                length = at;
            }
        }
        (void)length;
        /* the knots stand at the centres of pooled groups: at i the line between them is near the step */
        double p = rv_calibration_at(&c, 5000 + 10 * i + RV_SCORE_LOWEST);
        cr_assert_float_eq(p, best, 0.05, "group %d: %g, twin %g", i, p, best);
    }
    free(counts);
}

Test(calibration, the_sheets_figures_agree_with_sorting_people) {
    rv_score_counts *counts = malloc(sizeof *counts);
    person people[N];
    rv_quality q = {0};
    draw(2, people, N, counts);
    rv_measure_ranking(counts, &q);
    uint64_t seeds = 0, sum = 0, n = 0;
    for (int i = 0; i < N; i++) seeds += people[i].seed;
    for (int d = 0; d < 10; d++) {
        sum += q.decile[d].seeds;
        n += q.decile[d].people;
        cr_assert_eq(q.decile[d].people, N / 10);
    }
    cr_assert_eq(sum, seeds);
    cr_assert_eq(n, N);
    cr_assert(q.recall[0] < q.recall[1] && q.recall[1] < q.recall[2] && q.recall[2] < q.recall[3]);
    cr_assert_float_eq(q.recall[2], (double)q.decile[0].seeds / (double)seeds, 1.0 / (double)seeds);
    free(counts);
}

/* --- The kernel -------------------------------------------------------------------------------------------------- */

Test(score_kernel, twins_agree_on_any_length_and_alignment) {
    enum { CODES = 300, ROOM = 200 };
    int32_t points[CODES], expected[ROOM], got[ROOM];
    uint32_t codes[ROOM];
    for (uint64_t seed = 0; seed < 500; seed++) {
        rv_random r;
        rv_random_init(&r, seed, 0);
        for (int i = 0; i < CODES; i++) points[i] = (int32_t)rv_random_next(&r);
        size_t at = rv_random_below(&r, 17), n = rv_random_below(&r, (uint32_t)(ROOM - at));
        for (int i = 0; i < ROOM; i++) {
            codes[i] = rv_random_below(&r, CODES);
            expected[i] = got[i] = (int32_t)rv_random_next(&r);
        }
        for (size_t i = at; i < at + n; i++)
            expected[i] = (int32_t)((uint32_t)expected[i] + (uint32_t)points[codes[i]]);
        if (seed % 2) rv_points_add_scalar(points, codes + at, n, got + at);
        else rv_points_add(points, codes + at, n, got + at); /* what this machine has */
        cr_assert_arr_eq(got, expected, sizeof got, "seed %d", (int)seed);
    }
}
