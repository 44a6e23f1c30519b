/*
 * Methods: how counts, or rows, become a weight per attribute and bin. Every method fills the same tables, so one
 * kernel scores them all and one way of explaining serves them all.
 *
 * s(v): share of seeds with value v; p(v): share of the reference population (the whole file, never the inactives
 * alone); S seeds, O others, s and o counts of v, q = (s + o) / (S + O).
 *
 *   index      ln (s + 1) / (S p(v) + 1)                       over-index; x 100 without ln it is the marketer's index
 *   centroid   s(v) - p(v)                                     centroid of the seeds less the population's (Rocchio 1971)
 *   shared     s(v)                                            "the more criteria in common": the baseline
 *   woe        ln (s + k q) / (S + k) - ln (o + k q) / (O + k), k = 100         weight of evidence (Good 1950)
 *   scorecard  b x woe, b >= 0 per attribute by ridge logistic regression on out-of-fold woe
 *   lda        (S + 16 / n)^-1 (m1 - m0) on one-hot bins: the centroid whitened by their covariance S, with a ridge (Fisher
 *              1936; Friedman 1989), m1 and m0 the means of seeds and others, n the rows
 *   logistic   coefficients of a logistic regression on one-hot bins, ridge-drawn towards the scorecard's weights (Hoerl and
 *              Kennard 1970; fitted by coordinate descent on the quadratic approximation, Friedman, Hastie, Tibshirani
 *              2010), with the ridge that foretells a held fifth of the training best
 *   boosted    tables of attributes and pairs of them (boost.h)
 *
 * The list is in the order of preference among equals: `auto` takes the first method that is within one standard
 * error of the best. `shared` stands behind the other simple ones: it costs the same and says less.
 */
#ifndef RV_METHOD_H
#define RV_METHOD_H

#include "binning.h"

/* Counts per bin of one attribute. */
typedef struct rv_bin_counts {
    uint32_t bins;
    uint64_t seeds[RV_BINS_MAX], others[RV_BINS_MAX], people[RV_BINS_MAX];
} rv_bin_counts;

/* Labelled rows for the methods that fit: at most RV_FIT_SIDE of either side, evenly spaced over the file. Thinning one
 * side moves a logistic regression's intercept only (Prentice and Pyke 1979), and tables have none. */
enum { RV_FIT_SIDE = 100000 };
typedef struct rv_evidence_rows {
    uint64_t n;
    const uint8_t *bins; /* columns * n, column by column */
    const uint8_t *seed; /* n: 1 is a seed, 0 an other */
} rv_evidence_rows;

/* What a method learns from: one set of rows (the file, or all folds but one). */
typedef struct rv_evidence {
    uint32_t columns;
    const rv_bin_counts *counts; /* columns */
    uint64_t seeds, others, people;
    const bool *alone; /* columns: of no pair; NULL: any may be */
    rv_evidence_rows rows; /* n is 0 for methods that don't fit */
    int threads;           /* that a method may use; the result is the same */
} rv_evidence;

/* What a method makes: a weight per attribute and bin, and tables over the bins of two attributes. */
enum { RV_PAIRS_MAX = 24, RV_PAIR_CELLS = 4096 };
typedef struct rv_pair_weights {
    uint32_t a, b;  /* columns, a < b */
    uint32_t width; /* bins of b */
    double *weight; /* bins of a * width, at most RV_PAIR_CELLS */
} rv_pair_weights;
typedef struct rv_weights {
    double *main; /* columns * RV_BINS_MAX, zeroed; borrowed. Bins without anybody are left at 0 */
    uint32_t pairs;
    rv_pair_weights pair[RV_PAIRS_MAX];
} rv_weights;
void rv_weights_reset(rv_weights *weights); /* the pairs */

typedef rv_status (*rv_method_fn)(const rv_evidence *evidence, rv_weights *weights, rv_error *err);

typedef struct rv_method {
    const char *name;
    rv_method_fn weigh;
    bool fits;          /* needs rows */
    uint64_t min_seeds; /* `auto` doesn't try it below */
} rv_method;

extern const rv_method rv_methods[];
extern const unsigned rv_method_count;
const rv_method *rv_method_find(const char *name); /* NULL: not known */
const char *const *rv_method_names(void);          /* "auto" and all names, NULL-terminated */

/* Weight of evidence of one bin, for woe and scorecard. */
double rv_weight_of_evidence(uint64_t s, uint64_t o, uint64_t seeds, uint64_t others);
/* In method_fit.c. */
rv_status rv_method_scorecard(const rv_evidence *evidence, rv_weights *weights, rv_error *err);
rv_status rv_method_lda(const rv_evidence *evidence, rv_weights *weights, rv_error *err);
rv_status rv_method_logistic(const rv_evidence *evidence, rv_weights *weights, rv_error *err);
/* In boost.c. */
rv_status rv_method_boosted(const rv_evidence *evidence, rv_weights *weights, rv_error *err);
/* Logistic regression with a given ridge (the penalty is half of it per squared distance from the prior; NULL: from 0). */
rv_status rv_logistic_fit(const rv_evidence *evidence, double ridge, const double *prior, double *weights,
                          rv_error *err);

#endif
