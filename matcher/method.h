/*
 * Methods: how counts, or rows, become a weight per attribute and bin. Every method fills the same tables, so one
 * kernel scores them all and one way of explaining serves them all.
 *
 * s(v): share of seeds with value v; p(v): share of the reference population (the whole file, never the inactives
 * alone); S seeds, O others, s and o counts of v.
 *
 *   index      ln (s + k) / (S p(v) + k), k = 10               over-index; x 100 without ln it is the marketer's index
 *   centroid   s(v) - p(v)                                     Rocchio 1971, without a reference to queries
 *   shared     s(v)                                            "the more criteria in common": the baseline
 *   woe        ln (s + k q) / (S + k) - ln (o + k q) / (O + k), k = 10, q = (s + o) / (S + O)   weight of evidence, Good 1950
 *
 * The list is in the order of preference among equals: `auto` takes the first method that is within one standard
 * error of the best.
 */
#ifndef RV_METHOD_H
#define RV_METHOD_H

#include "binning.h"

/* Counts per bin of one attribute. */
typedef struct rv_bin_counts {
    uint32_t bins;
    uint64_t seeds[RV_BINS_MAX], others[RV_BINS_MAX], people[RV_BINS_MAX];
} rv_bin_counts;

/* What a method learns from: one set of rows (the file, or all folds but one). */
typedef struct rv_evidence {
    uint32_t columns;
    const rv_bin_counts *counts; /* columns */
    uint64_t seeds, others, people;
} rv_evidence;

/* weights: columns * RV_BINS_MAX. Bins without anybody are left at 0. */
typedef rv_status (*rv_method_fn)(const rv_evidence *evidence, double *weights, rv_error *err);

typedef struct rv_method {
    const char *name;
    rv_method_fn weigh;
    uint64_t min_seeds; /* `auto` doesn't try it below */
} rv_method;

extern const rv_method rv_methods[];
extern const unsigned rv_method_count;
const rv_method *rv_method_find(const char *name);           /* NULL: not known */
const char *const *rv_method_names(void);                    /* "auto" and all names, NULL-terminated */

#endif
