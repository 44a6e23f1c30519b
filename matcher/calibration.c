/* See calibration.h. */
#include "calibration.h"

#include <assert.h>
#include <math.h>

void rv_score_counts_add(rv_score_counts *to, const rv_score_counts *from) {
    for (uint32_t i = 0; i < RV_SCORE_CELLS; i++) {
        to->seeds[i] += from->seeds[i];
        to->others[i] += from->others[i];
    }
}

/* --- AUC --------------------------------------------------------------------------------------------------------- */

/* Sum over cells of count * (value - mean)^2, over count - 1. */
static double spread(const uint32_t *counts, const double *values, double mean, uint64_t n) {
    double sum = 0;
    for (uint32_t i = 0; i < RV_SCORE_CELLS; i++)
        if (counts[i]) sum += (double)counts[i] * (values[i] - mean) * (values[i] - mean);
    return n > 1 ? sum / (double)(n - 1) : 0;
}

static void place(const rv_score_counts *counts, uint64_t seeds, uint64_t others, rv_placement *out) {
    uint64_t others_below = 0, seeds_below = 0;
    for (uint32_t i = 0; i < RV_SCORE_CELLS; i++) {
        uint64_t s = counts->seeds[i], o = counts->others[i];
        out->seed[i] = ((double)others_below + 0.5 * (double)o) / (double)others;
        out->other[i] = ((double)(seeds - seeds_below - s) + 0.5 * (double)s) / (double)seeds;
        others_below += o;
        seeds_below += s;
    }
}

rv_auc rv_auc_of(const rv_score_counts *counts, rv_placement *placement) {
    rv_auc out = {.auc = 0.5};
    uint64_t twice = 0; /* twice the pairs won: an integer, ties included */
    for (uint32_t i = 0; i < RV_SCORE_CELLS; i++) {
        twice += (uint64_t)counts->seeds[i] * (2 * out.others + counts->others[i]);
        out.seeds += counts->seeds[i];
        out.others += counts->others[i];
    }
    if (out.seeds == 0 || out.others == 0) {
        if (placement) memset(placement, 0, sizeof *placement);
        return out;
    }
    out.auc = (double)twice / 2 / ((double)out.seeds * (double)out.others);
    if (placement) {
        place(counts, out.seeds, out.others, placement);
        out.variance = spread(counts->seeds, placement->seed, out.auc, out.seeds) / (double)out.seeds +
                       spread(counts->others, placement->other, out.auc, out.others) / (double)out.others;
    }
    return out;
}

double rv_ks_of(const rv_score_counts *counts) {
    uint64_t seeds = 0, others = 0, s = 0, o = 0;
    for (uint32_t i = 0; i < RV_SCORE_CELLS; i++) {
        seeds += counts->seeds[i];
        others += counts->others[i];
    }
    double best = 0;
    for (uint32_t i = 0; i < RV_SCORE_CELLS && seeds && others; i++) {
        s += counts->seeds[i];
        o += counts->others[i];
        best = fmax(best, fabs((double)o / (double)others - (double)s / (double)seeds));
    }
    return best;
}

/* --- Probability ------------------------------------------------------------------------------------------------- */

typedef struct group {
    uint64_t seeds, n;
    int64_t score_sum; /* of cell numbers */
} group;

/* Neighbouring cells with enough people to tell a rate: 30, or 1/200 of all. */
static uint32_t make_groups(const rv_score_counts *counts, group *groups) {
    uint64_t all = 0;
    for (uint32_t i = 0; i < RV_SCORE_CELLS; i++) all += counts->seeds[i] + counts->others[i];
    uint64_t goal = all / 200 + 1;
    if (goal < 30) goal = 30;
    uint32_t n = 0;
    for (uint32_t i = 0; i < RV_SCORE_CELLS; i++) {
        uint64_t here = (uint64_t)counts->seeds[i] + counts->others[i];
        if (here == 0) continue;
        if (n == 0 || groups[n - 1].n >= goal) groups[n++] = (group){0};
        groups[n - 1].seeds += counts->seeds[i];
        groups[n - 1].n += here;
        groups[n - 1].score_sum += (int64_t)(here * i);
    }
    if (n > 1 && groups[n - 1].n < goal) { /* too few at the top: they join their neighbours */
        groups[n - 2].seeds += groups[n - 1].seeds;
        groups[n - 2].n += groups[n - 1].n;
        groups[n - 2].score_sum += groups[n - 1].score_sum;
        n--;
    }
    assert(n <= RV_CALIBRATION_KNOTS);
    return n;
}

/* Rate of a < rate of b, in integers? Groups are far below 2^32 people each. */
static bool rises(const group *a, const group *b) { return a->seeds * b->n < b->seeds * a->n; }

void rv_calibration_fit(const rv_score_counts *counts, rv_calibration *out) {
    group groups[RV_CALIBRATION_KNOTS];
    uint32_t n = make_groups(counts, groups), kept = 0;
    uint64_t seeds = 0, all = 0;
    for (uint32_t i = 0; i < n; i++) {
        group g = groups[i];
        seeds += g.seeds;
        all += g.n;
        while (kept && !rises(&groups[kept - 1], &g)) {
            g.seeds += groups[kept - 1].seeds;
            g.n += groups[kept - 1].n;
            g.score_sum += groups[kept - 1].score_sum;
            kept--;
        }
        groups[kept++] = g;
    }
    double prior = all ? (double)seeds / (double)all : 0;
    *out = (rv_calibration){0};
    for (uint32_t i = 0; i < kept; i++) {
        /* one imaginary person of average rate keeps certainty out */
        double p = ((double)groups[i].seeds + prior) / ((double)groups[i].n + 1);
        int32_t centre = (int32_t)(groups[i].score_sum / (int64_t)groups[i].n) + RV_SCORE_LOWEST;
        if (out->n && (p < out->probability[out->n - 1] || centre <= out->score[out->n - 1])) continue;
        out->score[out->n] = centre;
        out->probability[out->n++] = p;
    }
}

double rv_calibration_at(const rv_calibration *c, int32_t score) {
    uint32_t low = 0, high = c->n; /* the first knot above score */
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (c->score[middle] <= score) low = middle + 1;
        else high = middle;
    }
    if (low == 0) return c->probability[0];
    if (low == c->n) return c->probability[c->n - 1];
    double along = (double)(score - c->score[low - 1]) / (double)(c->score[low] - c->score[low - 1]);
    return c->probability[low - 1] + along * (c->probability[low] - c->probability[low - 1]);
}
