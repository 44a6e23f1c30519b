/* Which method: all that `auto` may choose from on the same rows, compared pair by pair of rows. */
#include "learn_detail.h"

#include "parallel.h"
#include <math.h>

/* Scores of labelled rows from `begin` on, fold by fold. */
void rv_learner_tally(const rv_learner *l, const uint16_t *cells, uint64_t begin, rv_score_counts *folds) {
    memset(folds, 0, RV_FOLDS * sizeof *folds);
    for (uint64_t r = begin; r < l->frame->rows; r++) {
        rv_score_counts *fold = &folds[l->fold[r]];
        if (l->labels[r] == RV_SEED) fold->seeds[cells[r]]++;
        else if (rv_learner_is_other(l, l->labels[r])) fold->others[cells[r]]++;
    }
}

/* --- Comparing methods ------------------------------------------------------------------------------------------- */

/* AUC within folds, each pair of a fold counting once; pairs across folds would compare two different trainings. */
static void measure_auc(const rv_learner *l, unsigned m, rv_method_quality *out) {
    const rv_score_counts *folds = l->tally + (size_t)m * RV_FOLDS;
    double weight = 0, sum = 0, variance = 0;
    for (unsigned f = 0; f < RV_FOLDS; f++) {
        rv_auc auc = rv_auc_of(&folds[f], &l->placement[f]);
        double pairs = (double)auc.seeds * (double)auc.others;
        weight += pairs;
        sum += pairs * auc.auc;
        variance += pairs * pairs * auc.variance;
    }
    out->auc = weight > 0 ? sum / weight : 0.5;
    out->standard_error = weight > 0 ? sqrt(variance) / weight : 0;
}

typedef struct spread {
    double sum, squares, n;
} spread;

static void spread_add(spread *s, double d) {
    s->sum += d;
    s->squares += d * d;
    s->n++;
}
/* Variance of the mean. */
static double spread_variance(const spread *s) {
    if (s->n < 2) return 0;
    double mean = s->sum / s->n;
    return fmax(0, s->squares / s->n - mean * mean) / (s->n - 1);
}

/* Standard error of the difference of two methods' AUC: DeLong's, from the differences of placements row by row. */
static double paired_error(const rv_learner *l, unsigned a, unsigned b) {
    rv_placement *pa = l->placement, *pb = l->placement + RV_FOLDS;
    spread seeds[RV_FOLDS] = {{0, 0, 0}}, others[RV_FOLDS] = {{0, 0, 0}};
    for (unsigned f = 0; f < RV_FOLDS; f++) {
        rv_auc_of(&l->tally[(size_t)a * RV_FOLDS + f], &pa[f]);
        rv_auc_of(&l->tally[(size_t)b * RV_FOLDS + f], &pb[f]);
    }
    for (uint64_t r = 0; r < l->frame->rows; r++) {
        unsigned f = l->fold[r];
        uint16_t x = l->cells[a][r], y = l->cells[b][r];
        if (l->labels[r] == RV_SEED) spread_add(&seeds[f], pa[f].seed[x] - pb[f].seed[y]);
        else if (rv_learner_is_other(l, l->labels[r])) spread_add(&others[f], pa[f].other[x] - pb[f].other[y]);
    }
    double variance = 0, weight = 0;
    for (unsigned f = 0; f < RV_FOLDS; f++) {
        double pairs = seeds[f].n * others[f].n;
        weight += pairs;
        variance += pairs * pairs * (spread_variance(&seeds[f]) + spread_variance(&others[f]));
    }
    return weight > 0 ? sqrt(variance) / weight : 0;
}

static rv_status tally_method(void *ctx, size_t m, int worker, rv_error *err) {
    (void)worker, (void)err;
    const rv_learner *l = ctx;
    if (l->cells[m]) rv_learner_tally(l, l->cells[m], 0, l->tally + m * RV_FOLDS);
    return RV_OK;
}

/* All that `auto` may choose from; else the method named, beside the baseline. */
static rv_status score_methods(rv_learner *l, bool any, rv_error *err) {
    rv_quality *q = l->quality;
    q->n_methods = rv_method_count;
    for (unsigned m = 0; m < rv_method_count; m++) {
        const rv_method *method = q->method[m].method = &rv_methods[m];
        bool named = !any && strcmp(method->name, l->options->method) == 0;
        if (any ? q->seeds < method->min_seeds : !named && strcmp(method->name, "shared") != 0) continue;
        if (named) q->chosen = m;
        if (method->fits && !l->fit_rows) RV_TRY(rv_learner_take_fit_rows(l, err));
        if (!(l->cells[m] = rv_array_new(l->frame->rows, sizeof *l->cells[m], err))) return RV_NO_MEMORY;
        RV_TRY(rv_learner_try(l, m, err));
        q->method[m].tried = true;
    }
    return rv_parallel(l->options->threads, rv_method_count, tally_method, l, err);
}

rv_status rv_learner_choose(rv_learner *l, bool any, rv_error *err) {
    rv_quality *q = l->quality;
    unsigned best = RV_METHODS_MAX;
    RV_TRY(score_methods(l, any, err));
    for (unsigned m = 0; m < rv_method_count; m++) {
        rv_method_quality *mq = &q->method[m];
        if (!mq->tried) continue;
        measure_auc(l, m, mq);
        if (best == RV_METHODS_MAX || mq->auc > q->method[best].auc) best = m;
    }
    for (unsigned m = 0; m < rv_method_count; m++) {
        rv_method_quality *mq = &q->method[m];
        if (!mq->tried || m == best) continue;
        mq->behind = q->method[best].auc - mq->auc;
        mq->behind_error = paired_error(l, best, m);
    }
    for (unsigned m = rv_method_count; any && m-- > 0;) /* the first of those as good as the best */
        if (q->method[m].tried && q->method[m].behind <= q->method[m].behind_error) q->chosen = m;
    q->auc = q->method[q->chosen].auc;
    q->standard_error = q->method[q->chosen].standard_error;
    return RV_OK;
}
