/* What is told of the method chosen: the sheet's measures, the calibration, and the tables with small cells masked. */
#include "learn_detail.h"

#include "measure.h"

/* --- The last quarter of the file -------------------------------------------------------------------------------- */

/* The row where the last quarter of labelled rows begins; 0 when the file's order says nothing about time: sorted by
 * label (far fewer changes from row to row than chance gives), or the quarter has one side only. */
static uint64_t late_begin(const rv_learner *l) {
    const rv_quality *q = l->quality;
    uint64_t others = q->non_seeds + (q->against_pool ? q->unlabelled : 0), labelled = q->seeds + others;
    uint64_t seen = 0, changes = 0, begin = 0, late_seeds = 0, late_others = 0;
    int last = -1;
    for (uint64_t r = 0; r < l->frame->rows; r++) {
        bool seed = l->labels[r] == RV_SEED;
        if (!seed && !rv_learner_is_other(l, l->labels[r])) continue;
        changes += last >= 0 && last != (int)seed;
        last = seed;
        if (seen++ < labelled - labelled / 4) continue;
        if (!begin) begin = r;
        late_seeds += seed;
        late_others += !seed;
    }
    double expected = 2.0 * (double)q->seeds * (double)others / (double)labelled;
    return (double)changes * 2 < expected || late_seeds == 0 || late_others == 0 ? 0 : begin;
}

rv_status rv_learner_measure(rv_learner *l, rv_profile *profile, rv_error *err) {
    rv_quality *q = l->quality;
    const rv_score_counts *folds = l->tally + (size_t)q->chosen * RV_FOLDS;
    rv_score_counts *late = NULL, *pooled = rv_new(sizeof *pooled, err);
    if (!pooled) return RV_NO_MEMORY;
    for (unsigned f = 0; f < RV_FOLDS; f++) rv_score_counts_add(pooled, &folds[f]);
    rv_measure_ranking(pooled, q);
    rv_status status = RV_OK;
    uint64_t begin = q->late_begin = q->against_pool ? 0 : late_begin(l);
    if (begin) {
        if ((late = rv_array_new(RV_FOLDS, sizeof *late, err))) rv_learner_tally(l, l->cells[q->chosen], begin, late);
        else status = RV_NO_MEMORY;
    }
    if (status == RV_OK) status = rv_measure_probability(folds, pooled, late, q, &profile->calibration, err);
    rv_free(pooled);
    rv_free(late);
    return status;
}

/* --- The profile ------------------------------------------------------------------------------------------------- */

/* Small cells aren't told; when one alone is hidden, the next smallest goes with it, or the total would tell it. */
static void mask(uint64_t *counts, uint32_t bins, uint8_t flag, uint8_t *masked) {
    uint32_t hidden = 0, smallest = bins;
    for (uint32_t b = 0; b < bins; b++) {
        if (counts[b] == 0) continue;
        if (counts[b] < RV_MASK_BELOW) {
            masked[b] |= flag;
            hidden++;
        } else if (smallest == bins || counts[b] < counts[smallest]) {
            smallest = b;
        }
    }
    if (hidden == 1 && smallest < bins) masked[smallest] |= flag;
    for (uint32_t b = 0; b < bins; b++)
        if (masked[b] & flag) counts[b] = 0;
}

static const char *direction_of(const int32_t *points, uint32_t bins) {
    if (bins <= RV_BIN_FIRST || points[bins - 1] == points[RV_BIN_FIRST]) return "flat";
    return points[bins - 1] > points[RV_BIN_FIRST] ? "rising" : "falling";
}

static void describe_column(rv_learner *l, uint32_t i, rv_profile_column *out) {
    rv_learn_column *column = &l->column[l->used[i]];
    const rv_bin_counts *counts = &l->counts[(size_t)RV_FOLDS * l->n_used + i];
    memcpy(out->name, column->source->name, sizeof out->name);
    out->binning = column->binning;
    column->binning = (rv_binning){0};
    memcpy(out->points, l->points + ((size_t)RV_FOLDS * l->n_used + i) * RV_BINS_MAX, sizeof out->points);
    memcpy(out->seeds, counts->seeds, sizeof out->seeds);
    memcpy(out->people, counts->people, sizeof out->people);
    for (uint32_t b = 0; b < counts->bins && !l->options->min_people; b++)
        if (counts->people[b] < RV_MASK_BELOW) out->points[b] = 0; /* points of a few would tell of them */
    if (column->monotone)
        l->quality->attribute[l->used[i]].monotone = direction_of(out->points, counts->bins);
    mask(out->seeds, counts->bins, RV_MASKED_SEEDS, out->masked);
    mask(out->people, counts->bins, RV_MASKED_PEOPLE, out->masked);
}

rv_status rv_learner_profile(rv_learner *l, rv_profile *out, rv_error *err) {
    const rv_quality *q = l->quality;
    const rv_method *method = q->method[q->chosen].method;
    if (!(out->column = rv_array_new(l->n_used, sizeof *out->column, err))) return RV_NO_MEMORY;
    RV_TRY(rv_learner_train(l, method, RV_FOLDS, l->options->threads, err)); /* the last method tried may be another */
    rv_evidence e = rv_learner_evidence(l, RV_FOLDS);
    out->columns = l->n_used;
    out->base = RV_SCORE_AVERAGE;
    out->seeds = e.seeds;
    out->others = e.others;
    out->people = e.people;
    out->against_pool = q->against_pool;
    memcpy(out->method, method->name, strlen(method->name) + 1);
    for (uint32_t i = 0; i < l->n_used; i++) describe_column(l, i, &out->column[i]);
    memcpy(out->pair, l->pair[RV_FOLDS], sizeof out->pair);
    out->pairs = l->pairs[RV_FOLDS];
    l->pairs[RV_FOLDS] = 0;
    return RV_OK;
}
