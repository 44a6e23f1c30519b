/*
 * Bins: how an attribute's values become the few entries of a score table. A bin number fits a byte. Bin 0 is
 * "missing", bin 1 "other" (values that are rare, or not known), the rest are values or ranges.
 *
 * Numbers and dates are cut by a small supervised tree (best-first, by gain of log-likelihood, at most 48 entries):
 * quantiles throw away what matters (a column that is 92 % zero has two quantile bins). A value held by over 1/40 of
 * the rows has an entry of its own, before any range. A category's values stay as they are; rare ones are pooled.
 *
 * A binning describes itself in values, not in codes, so that the same description bins another file.
 */
#ifndef RV_BINNING_H
#define RV_BINNING_H

#include "dictionary.h"

enum { RV_BIN_MISSING, RV_BIN_OTHER, RV_BIN_FIRST, RV_BINS_MAX = 256 };
enum { RV_NUMBER_BINS = 48, RV_HEAVY_SHARE = 40, RV_CATEGORY_BINS = RV_BINS_MAX - RV_BIN_FIRST };

typedef enum rv_scale { RV_SCALE_CATEGORY, RV_SCALE_NUMBER, RV_SCALE_DATE, RV_SCALE_COUNT } rv_scale;
const char *rv_scale_name(rv_scale scale); /* "category" "number" "date" */

/* --- Values: a dictionary read on a scale ------------------------------------------------------------------------ */

typedef struct rv_values {
    rv_scale scale;
    bool whole;      /* all numbers are integers */
    double *number;  /* per code, 0..n; NaN for code 0 and for words in a column of numbers. NULL for a category */
    uint32_t *order; /* the n_numbers codes with a number, ascending by number */
    uint32_t n_numbers;
    uint32_t words; /* values that are no number, in a column of numbers */
} rv_values;
/* Dates count in days since 1970. Decimals are read with a point, or all with a comma. */
rv_status rv_values_read(const rv_dictionary *dictionary, rv_scale scale, rv_values *out, rv_error *err);
/* The scale that the values speak for: number or date when at least 95 % of the people who have a value (people[code])
 * have such a one. */
rv_scale rv_values_scale(const rv_dictionary *dictionary, const uint32_t *people);
void rv_values_reset(rv_values *values);

/* --- Binning ----------------------------------------------------------------------------------------------------- */

typedef struct rv_bin {
    rv_text value;      /* of a category; ptr NULL for a number */
    double from, below; /* a range, from <= x < below, ends may be infinite; from == below is that one number */
} rv_bin;

typedef struct rv_binning {
    rv_scale scale;
    bool whole;  /* ranges are shown as whole numbers */
    uint32_t n;  /* bins, missing and other included: at least RV_BIN_FIRST */
    rv_bin *bin; /* n; the first two are empty */
    rv_arena texts;
} rv_binning;
void rv_binning_reset(rv_binning *binning);

/* Counts per code, 0..n: what a fold, or the whole file, tells. */
typedef struct rv_code_counts {
    const uint32_t *seeds, *others, *people; /* others: those that seeds are told from; people: the reference */
} rv_code_counts;
/* min_people: fewer people than this make no entry of their own. ranges_only: no number has one, so that the entries of
 * numbers have an order. */
rv_status rv_binning_learn(const rv_dictionary *dictionary, const rv_values *values, const rv_code_counts *counts,
                           uint32_t min_people, bool ranges_only, rv_binning *out, rv_error *err);
/* of_code (n + 1 entries) gets the bin of each code; `values` is read on the binning's scale. Never fails. */
void rv_binning_map(const rv_binning *binning, const rv_dictionary *dictionary, const rv_values *values,
                    uint8_t *of_code);
/* "25-34", "65+", "under 25", "Married", "(missing)", "(other)". */
void rv_binning_label(const rv_binning *binning, uint32_t bin, rv_buffer *out);
/* The shortest decimals that read back as x; from 1e15 on, and below 1e-6, with an exponent. */
void rv_number_put(rv_buffer *out, double x);

#endif
