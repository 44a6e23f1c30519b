/*
 * See measure.h. Ranks are cut between people, scores aren't: where a decile ends inside a group of equal scores, the
 * group's seeds are shared out in proportion, as if the ties had been broken at random.
 */
#include "measure.h"

#include <math.h>
#include <stdio.h>

enum { MIN_SIDE = 25 }; /* people of either side for a probability */

/* Cumulated from the highest score down: people, seeds, and predicted seeds among the first `goal` people. */
typedef struct sums {
    double people, seeds, predicted;
} sums;

static sums among_first(const rv_score_counts *counts, const double *predicted, double goal) {
    sums s = {0};
    for (uint32_t i = RV_SCORE_CELLS; i-- > 0 && s.people < goal;) {
        double here = (double)counts->seeds[i] + (double)counts->others[i];
        if (here == 0) continue;
        double part = fmin(1, (goal - s.people) / here);
        s.people += part * here;
        s.seeds += part * (double)counts->seeds[i];
        if (predicted) s.predicted += part * predicted[i];
    }
    return s;
}

static uint64_t count_all(const rv_score_counts *counts, uint64_t *seeds) {
    uint64_t all = 0;
    *seeds = 0;
    for (uint32_t i = 0; i < RV_SCORE_CELLS; i++) {
        *seeds += counts->seeds[i];
        all += (uint64_t)counts->seeds[i] + counts->others[i];
    }
    return all;
}

void rv_measure_ranking(const rv_score_counts *pooled, rv_quality *quality) {
    static const double firsts[4] = {0.01, 0.05, 0.10, 0.20};
    uint64_t seeds, all = count_all(pooled, &seeds), people_before = 0, seeds_before = 0;
    quality->ks = rv_ks_of(pooled);
    for (unsigned i = 0; i < 4; i++)
        quality->recall[i] = seeds ? among_first(pooled, NULL, firsts[i] * (double)all).seeds / (double)seeds : 0;
    for (unsigned d = 0; d < 10; d++) {
        uint64_t people = all * (d + 1) / 10;
        uint64_t found = (uint64_t)llround(among_first(pooled, NULL, (double)people).seeds);
        quality->decile[d] = (rv_decile){people - people_before, found - seeds_before, 0};
        people_before = people;
        seeds_before = found;
    }
}

/* Each fold's probabilities come from the other four. predicted: expected seeds per cell, all folds. */
static void predict(const rv_score_counts *folds, const rv_calibration *calibrations, double *predicted,
                    double *brier) {
    double squares = 0, all = 0;
    memset(predicted, 0, RV_SCORE_CELLS * sizeof *predicted);
    for (unsigned f = 0; f < RV_FOLDS; f++) {
        for (uint32_t i = 0; i < RV_SCORE_CELLS; i++) {
            double s = folds[f].seeds[i], o = folds[f].others[i];
            if (s + o == 0) continue;
            double p = rv_calibration_at(&calibrations[f], (int32_t)i + RV_SCORE_LOWEST);
            predicted[i] += (s + o) * p;
            squares += s * (1 - p) * (1 - p) + o * p * p;
            all += s + o;
        }
    }
    if (brier) *brier = all > 0 ? squares / all : 0;
}

/* Mean distance of predicted and observed rate over ten groups of equal size, by score. */
static double calibration_error(const rv_score_counts *counts, const double *predicted, rv_decile *deciles) {
    uint64_t seeds, all = count_all(counts, &seeds);
    double error = 0;
    sums before = {0};
    for (unsigned d = 0; d < 10; d++) {
        sums s = among_first(counts, predicted, (double)(all * (d + 1) / 10));
        error += fabs((s.predicted - before.predicted) - (s.seeds - before.seeds));
        if (deciles) deciles[d].predicted = s.predicted - before.predicted;
        before = s;
    }
    return all ? error / (double)all : 0;
}

/* What a perfect calibration would show as its error on n people of rate q: ten groups' mean sampling error. */
static double noise(uint64_t seeds, uint64_t n) {
    double q = (double)seeds / (double)n;
    return 0.8 * sqrt(q * (1 - q) * 10 / (double)n);
}

typedef struct scratch {
    rv_calibration calibrations[RV_FOLDS];
    rv_score_counts rest, late;
    double predicted[RV_SCORE_CELLS];
} scratch;

/* What a probability learned on the rows before the last quarter would have been worth in it. The tables know that quarter, so
 * this is the least that has to be expected of a later file. */
static void look_forward(scratch *w, const rv_score_counts *pooled, rv_quality *quality) {
    rv_score_counts *before = &w->rest;
    for (uint32_t i = 0; i < RV_SCORE_CELLS; i++) {
        before->seeds[i] = pooled->seeds[i] - w->late.seeds[i];
        before->others[i] = pooled->others[i] - w->late.others[i];
    }
    rv_calibration_fit(before, &w->calibrations[0]);
    memset(w->predicted, 0, sizeof w->predicted);
    for (uint32_t i = 0; i < RV_SCORE_CELLS; i++)
        w->predicted[i] = ((double)w->late.seeds[i] + (double)w->late.others[i]) *
                          rv_calibration_at(&w->calibrations[0], (int32_t)i + RV_SCORE_LOWEST);
    uint64_t seeds, n = count_all(&w->late, &seeds);
    quality->forward_error = calibration_error(&w->late, w->predicted, NULL);
    quality->forward_noise = n ? noise(seeds, n) : 0;
}

static void check_late(scratch *w, const rv_score_counts *late, rv_quality *quality, rv_calibration *out) {
    for (unsigned f = 0; f < RV_FOLDS; f++) rv_score_counts_add(&w->late, &late[f]);
    uint64_t seeds, n = count_all(&w->late, &seeds);
    predict(late, w->calibrations, w->predicted, NULL);
    quality->late_error = calibration_error(&w->late, w->predicted, NULL);
    quality->late_checked = true;
    if (n == 0 || quality->late_error <= RV_BEARABLE_ERROR + noise(seeds, n)) return;
    out->n = 0;
    snprintf(out->withheld, sizeof out->withheld,
             "calibration fails on the last quarter of the file: %.3f off on average, %.3f is bearable",
             quality->late_error, RV_BEARABLE_ERROR + noise(seeds, n));
}

rv_status rv_measure_probability(const rv_score_counts folds[RV_FOLDS], const rv_score_counts *pooled,
                                 const rv_score_counts *late, rv_quality *quality, rv_calibration *out, rv_error *err) {
    uint64_t seeds, all = count_all(pooled, &seeds);
    *out = (rv_calibration){0};
    if (quality->against_pool) {
        snprintf(out->withheld, sizeof out->withheld,
                 "there are no known non-seeds: the unlabelled rows may hide any number of actives");
        return RV_OK;
    }
    if (seeds < MIN_SIDE || all - seeds < MIN_SIDE) {
        snprintf(out->withheld, sizeof out->withheld, "fewer than %d people on one side: %llu seeds, %llu non-seeds",
                 MIN_SIDE, (unsigned long long)seeds, (unsigned long long)(all - seeds));
        return RV_OK;
    }
    scratch *w = rv_new(sizeof *w, err);
    if (!w) return RV_NO_MEMORY;
    for (unsigned f = 0; f < RV_FOLDS; f++) {
        memset(&w->rest, 0, sizeof w->rest);
        for (unsigned g = 0; g < RV_FOLDS; g++)
            if (g != f) rv_score_counts_add(&w->rest, &folds[g]);
        rv_calibration_fit(&w->rest, &w->calibrations[f]);
    }
    predict(folds, w->calibrations, w->predicted, &quality->brier);
    quality->calibration_error = calibration_error(pooled, w->predicted, quality->decile);
    rv_calibration_fit(pooled, out);
    if (late) {
        check_late(w, late, quality, out);
        look_forward(w, pooled, quality);
    }
    rv_free(w);
    return RV_OK;
}
