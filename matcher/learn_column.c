/*
 * One attribute: counted once by code, fold and label; then binned and counted anew for each training from those
 * counts alone, never from the rows. What the attribute says alone, out of fold, tells a leak.
 */
#include "learn_detail.h"

#include "drift.h"

#include <math.h>
#include <stdlib.h>

enum { WAYS = 16 }; /* RV_FOLDS * 3 labels, and a filler: a code's counts are one cache line */
_Static_assert(RV_FOLDS * 3 <= WAYS, "fold and label fit");

/* An attribute that reaches this alone, or whose pure values hold this share of a side, isn't news but the label. */
static const double LEAK_AUC = 0.98, LEAK_PURE = 2.0 / 3.0, HALF_LEAK_PURE = 0.05;
enum { LEAK_SIDE = 25, HALF_LEAK_PEOPLE = 300 }; /* none of 300: under 1 in 100 of all, with 95 % confidence */

void rv_learn_column_reset(rv_learn_column *column) {
    rv_binning_reset(&column->binning);
    for (unsigned t = 0; t <= RV_FOLDS; t++) rv_free(column->of_code[t]);
    rv_free(column->counts);
    *column = (rv_learn_column){.source = column->source};
}

typedef struct work {
    const rv_dictionary *dictionary;
    uint32_t codes;                    /* dictionary's n + 1 */
    uint32_t *counts;                  /* codes * WAYS */
    uint32_t *seeds, *others, *people; /* codes: of one training */
    rv_values values;
    bool against_pool;
} work;

static void work_reset(work *w) {
    rv_free(w->counts);
    rv_free(w->seeds);
    rv_free(w->others);
    rv_free(w->people);
    rv_values_reset(&w->values);
}

/* Eight rows a load: what bounds this is one load and one store a row. */
static void count_narrow(uint32_t *counts, const uint8_t *codes, const uint8_t *fold_label, uint64_t rows) {
    uint64_t r = 0;
    for (; r + 8 <= rows; r += 8) {
        uint64_t code, label;
        memcpy(&code, codes + r, 8);
        memcpy(&label, fold_label + r, 8);
        for (unsigned i = 0; i < 8; i++, code >>= 8, label >>= 8) counts[(code & 0xFF) * WAYS + (label & 0xFF)]++;
    }
    for (; r < rows; r++) counts[(size_t)codes[r] * WAYS + fold_label[r]]++;
}

static void count_rows(uint32_t *counts, rv_codes codes, const uint8_t *fold_label, uint64_t rows) {
    if (codes.narrow) count_narrow(counts, codes.narrow, fold_label, rows);
    else
        for (uint64_t r = 0; r < rows; r++) counts[(size_t)codes.wide[r] * WAYS + fold_label[r]]++;
}

static rv_status work_make(work *w, const rv_frame_column *source, const uint8_t *fold_label, uint64_t rows,
                           rv_error *err) {
    w->dictionary = &source->dictionary;
    w->codes = source->dictionary.n + 1;
    if (!(w->counts = rv_array_new(w->codes, WAYS * sizeof *w->counts, err))) return RV_NO_MEMORY;
    if (!(w->seeds = rv_array_new(w->codes, sizeof *w->seeds, err))) return RV_NO_MEMORY;
    if (!(w->others = rv_array_new(w->codes, sizeof *w->others, err))) return RV_NO_MEMORY;
    if (!(w->people = rv_array_new(w->codes, sizeof *w->people, err))) return RV_NO_MEMORY;
    count_rows(w->counts, source->codes, fold_label, rows);
    return RV_OK;
}

/* Sums the folds that `takes` names into seeds, others and people by code. */
static void sum_folds(work *w, unsigned left_out) {
    for (uint32_t code = 0; code < w->codes; code++) {
        const uint32_t *at = w->counts + (size_t)code * WAYS;
        uint32_t by_label[3] = {0};
        for (unsigned f = 0; f < RV_FOLDS; f++) {
            if (f == left_out) continue;
            for (unsigned label = 0; label < 3; label++) by_label[label] += at[f * 3 + label];
        }
        w->seeds[code] = by_label[RV_SEED];
        w->others[code] = by_label[RV_NON_SEED] + (w->against_pool ? by_label[RV_UNLABELLED] : 0);
        w->people[code] = by_label[0] + by_label[1] + by_label[2];
    }
}

static void count_bins(const work *w, const uint8_t *of_code, uint32_t bins, rv_bin_counts *out) {
    *out = (rv_bin_counts){.bins = bins};
    for (uint32_t code = 0; code < w->codes; code++) {
        uint8_t bin = of_code[code];
        out->seeds[bin] += w->seeds[code];
        out->others[bin] += w->others[code];
        out->people[bin] += w->people[code];
    }
}

/* Which columns are never numbers, whatever their digits look like. */
static rv_scale scale_of(const rv_frame_column *source, const work *w) {
    switch (source->role) {
    case RV_ROLE_POSTCODE:
    case RV_ROLE_REGION:
    case RV_ROLE_COUNTRY:
    case RV_ROLE_CIVILITY:
    case RV_ROLE_SEX: return RV_SCALE_CATEGORY;
    default: return rv_values_scale(w->dictionary, w->people);
    }
}

/* --- What it says alone ------------------------------------------------------------------------------------------ */

typedef struct rated_bin {
    double rate;
    uint64_t seeds, others;
} rated_bin;

static int by_rate(const void *a, const void *b) {
    const rated_bin *x = a, *y = b;
    return x->rate < y->rate ? -1 : x->rate > y->rate;
}

/* Pairs won (twice, ties one) when a held-out fold is ranked by the rates of the training; *pairs: how many there are. */
static double won_pairs(const rv_bin_counts *training, const rv_bin_counts *held, double *pairs) {
    rated_bin bins[RV_BINS_MAX];
    uint64_t seeds = 0, others = 0;
    double won = 0;
    for (uint32_t b = 0; b < training->bins; b++)
        bins[b] =
            (rated_bin){((double)training->seeds[b] + 0.5) / ((double)(training->seeds[b] + training->others[b]) + 1),
                        held->seeds[b], held->others[b]};
    qsort(bins, training->bins, sizeof *bins, by_rate);
    for (uint32_t b = 0, end; b < training->bins; b = end) {
        uint64_t s = 0, o = 0;
        for (end = b; end < training->bins && bins[end].rate == bins[b].rate; end++) {
            s += bins[end].seeds;
            o += bins[end].others;
        }
        won += (double)s * (2 * (double)others + (double)o);
        seeds += s;
        others += o;
    }
    *pairs = 2 * (double)seeds * (double)others;
    return won;
}

/* The share of a side (the larger one) that has values which only that side has, though chance would have given the
 * other side ten of them or more; *people: how many they are. */
static double pure_share(const rv_bin_counts *c, uint64_t seeds, uint64_t others, double *people) {
    double pure_seeds = 0, pure_others = 0;
    for (uint32_t b = 0; b < c->bins; b++) {
        if (c->others[b] == 0 && (double)c->seeds[b] * (double)others >= 10.0 * (double)seeds)
            pure_seeds += (double)c->seeds[b];
        if (c->seeds[b] == 0 && (double)c->others[b] * (double)seeds >= 10.0 * (double)others)
            pure_others += (double)c->others[b];
    }
    double of_seeds = seeds ? pure_seeds / (double)seeds : 0, of_others = others ? pure_others / (double)others : 0;
    *people = of_seeds >= of_others ? pure_seeds : pure_others;
    return fmax(of_seeds, of_others);
}

static void judge(rv_learn_column *column, double won, double pairs, rv_attribute_quality *quality) {
    const rv_bin_counts *all = &column->counts[RV_FOLDS];
    uint64_t seeds = 0, others = 0, known = 0, distinct = 0;
    for (uint32_t b = 0; b < all->bins; b++) {
        seeds += all->seeds[b];
        others += all->others[b];
        if (b != RV_BIN_MISSING) known += all->people[b];
        distinct += all->people[b] > 0;
    }
    quality->auc = pairs > 0 ? won / pairs : 0.5;
    quality->stability = rv_stability(all->seeds, all->others, all->bins);
    quality->of_the_pool = rv_stability(all->seeds, all->people, all->bins);
    bool enough = seeds >= LEAK_SIDE && others >= LEAK_SIDE; /* a handful of rows is pure by chance */
    double pure;
    quality->pure = pure_share(all, seeds, others, &pure);
    quality->leaks = enough && (quality->auc >= LEAK_AUC || quality->pure >= LEAK_PURE);
    quality->half_leaks = enough && quality->pure >= HALF_LEAK_PURE && pure >= HALF_LEAK_PEOPLE;
    if (known == 0) quality->left_out = RV_LEFT_EMPTY;
    else if (distinct < 2 && quality->values < 2) quality->left_out = RV_LEFT_CONSTANT;
    else if (distinct < 2) quality->left_out = quality->scale == RV_SCALE_CATEGORY ? RV_LEFT_RARE : RV_LEFT_FLAT;
}

/* --- All trainings ----------------------------------------------------------------------------------------------- */

static rv_status train(rv_learn_column *column, work *w, unsigned t, uint32_t min_people, rv_error *err) {
    rv_binning binning;
    sum_folds(w, t);
    rv_code_counts counts = {w->seeds, w->others, w->people};
    RV_TRY(rv_binning_learn(w->dictionary, &w->values, &counts, min_people, column->monotone, &binning, err));
    uint32_t bins = binning.n;
    column->of_code[t] = rv_array_new(w->codes, 1, err);
    if (column->of_code[t]) rv_binning_map(&binning, w->dictionary, &w->values, column->of_code[t]);
    if (t == RV_FOLDS) column->binning = binning;
    else rv_binning_reset(&binning);
    if (!column->of_code[t]) return RV_NO_MEMORY;
    count_bins(w, column->of_code[t], bins, &column->counts[t]);
    return RV_OK;
}

/* The fold's own rows in the bins of the training without it: all rows less the training's. */
static void count_held(work *w, const rv_learn_column *column, unsigned t, rv_bin_counts *held) {
    sum_folds(w, RV_FOLDS);
    count_bins(w, column->of_code[t], column->counts[t].bins, held);
    for (uint32_t b = 0; b < held->bins; b++) {
        held->seeds[b] -= column->counts[t].seeds[b];
        held->others[b] -= column->counts[t].others[b];
    }
}

rv_status rv_learn_column_make(rv_learn_column *column, const uint8_t *fold_label, uint64_t rows, bool against_pool,
                               uint32_t min_people, rv_attribute_quality *quality, rv_error *err) {
    work w = {.against_pool = against_pool};
    double won = 0, pairs = 0;
    rv_status status = work_make(&w, column->source, fold_label, rows, err);
    if (status != RV_OK) goto done;
    sum_folds(&w, RV_FOLDS);
    status = rv_values_read(w.dictionary, scale_of(column->source, &w), &w.values, err);
    if (status != RV_OK) goto done;
    if (column->monotone && w.values.scale == RV_SCALE_CATEGORY) {
        status = rv_fail(err, RV_BAD_ARGUMENT, "--monotone: '%s' holds words; only numbers and dates have an order",
                         column->source->name);
        goto done;
    }
    status = RV_NO_MEMORY;
    if (!(column->counts = rv_array_new(RV_FOLDS + 1, sizeof *column->counts, err))) goto done;
    for (unsigned t = 0; t <= RV_FOLDS; t++)
        if ((status = train(column, &w, t, min_people, err)) != RV_OK) goto done;
    for (unsigned t = 0; t < RV_FOLDS; t++) {
        rv_bin_counts held;
        double some;
        count_held(&w, column, t, &held);
        won += won_pairs(&column->counts[t], &held, &some);
        pairs += some;
    }
    quality->scale = w.values.scale;
    quality->values = w.dictionary->n;
    quality->words = w.values.words;
    sum_folds(&w, RV_FOLDS);
    for (uint32_t code = 1; code < w.codes && w.values.words; code++)
        if (isnan(w.values.number[code])) quality->worded += w.people[code];
    quality->bins = column->binning.n;
    judge(column, won, pairs, quality);
done:
    work_reset(&w);
    if (status != RV_OK) rv_learn_column_reset(column);
    return status;
}
