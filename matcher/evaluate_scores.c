/*
 * Scores against 0 and 1. Everything that depends on an order is made independent of the order among equals: AUC by
 * midranks (Hanley and McNeil 1982), KS at the borders between distinct scores only, and tenths by sharing a group of
 * equal scores evenly over the places that it takes.
 */
#include "evaluate.h"

#include <math.h>
#include <stdlib.h>

static int by_score_down(const void *a, const void *b) {
    double x = ((const rv_eval_scored *)a)->score, y = ((const rv_eval_scored *)b)->score;
    return x != y ? (x > y ? -1 : 1) : 0;
}

static int by_probability_down(const void *a, const void *b) {
    double x = ((const rv_eval_scored *)a)->probability, y = ((const rv_eval_scored *)b)->probability;
    return x != y ? (x > y ? -1 : 1) : 0;
}

static size_t decile_end(size_t n, size_t decile) { /* rows in the first decile + 1 tenths: ceil(n (d + 1) / 10) */
    return n / 10 * (decile + 1) + (n % 10 * (decile + 1) + 9) / 10;
}

/* rows in descending order of what *key gives; shares each group of equals out. */
static void fill_deciles(const rv_eval_scored *rows, size_t n, bool by_probability, rv_eval_decile deciles[10]) {
    for (size_t d = 0; d < 10; d++) deciles[d] = (rv_eval_decile){0};
    size_t decile = 0;
    for (size_t from = 0; from < n;) {
        size_t to = from, positives = 0;
        double probability = 0;
        for (; to < n &&
               (by_probability ? rows[to].probability == rows[from].probability : rows[to].score == rows[from].score);
             to++) {
            positives += rows[to].positive;
            probability += rows[to].probability;
        }
        double size = (double)(to - from);
        for (size_t at = from; at < to;) {
            while (at >= decile_end(n, decile)) decile++;
            size_t end = to < decile_end(n, decile) ? to : decile_end(n, decile);
            double share = (double)(end - at) / size;
            deciles[decile].rows += end - at;
            deciles[decile].positives += share * (double)positives;
            deciles[decile].probability += share * probability;
            at = end;
        }
        from = to;
    }
}

static void measure_order(const rv_eval_scored *rows, size_t n, uint64_t positives, rv_eval_scores *out) {
    uint64_t negatives = n - positives, above_p = 0, above_n = 0, twice_u = 0;
    double ks = 0;
    for (size_t from = 0; from < n;) {
        size_t to = from;
        uint64_t group_p = 0;
        for (; to < n && rows[to].score == rows[from].score; to++) group_p += rows[to].positive;
        uint64_t group_n = to - from - group_p;
        above_n += group_n;
        above_p += group_p;
        twice_u += group_p * (2 * (negatives - above_n) + group_n);
        double gap = fabs((double)above_p / (double)positives - (double)above_n / (double)negatives);
        if (gap > ks) ks = gap;
        from = to;
    }
    out->auc = (double)twice_u / 2 / ((double)positives * (double)negatives);
    out->ks = ks;
}

void rv_eval_scores_of(rv_eval_scored *rows, size_t n, rv_eval_scores *out) {
    *out = (rv_eval_scores){.rows = n, .auc = NAN, .ks = NAN, .brier = NAN, .calibration_error = NAN, .lift_10 = NAN};
    bool all_have = n > 0;
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
        double error = rows[i].probability - (rows[i].positive ? 1.0 : 0.0);
        out->positives += rows[i].positive;
        all_have = all_have && !isnan(rows[i].probability);
        squares += error * error;
    }
    if (all_have) {
        out->brier = squares / (double)n;
        qsort(rows, n, sizeof *rows, by_probability_down);
        fill_deciles(rows, n, true, out->deciles);
        double sum = 0;
        for (size_t d = 0; d < 10; d++) sum += fabs(out->deciles[d].probability - out->deciles[d].positives);
        out->calibration_error = sum / (double)n;
    }
    if (n) qsort(rows, n, sizeof *rows, by_score_down);
    fill_deciles(rows, n, false, out->deciles);
    double base = n ? (double)out->positives / (double)n : NAN;
    for (size_t d = 0; d < 10; d++) {
        rv_eval_decile *decile = &out->deciles[d];
        double size = (double)decile->rows;
        decile->rate = decile->rows ? decile->positives / size : NAN;
        decile->lift = out->positives ? decile->rate / base : NAN;
        decile->probability = all_have && decile->rows ? decile->probability / size : NAN;
    }
    out->lift_10 = out->deciles[0].lift;
    if (out->positives && out->positives < n) measure_order(rows, n, out->positives, out);
}
