/*
 * Measuring answers against a known truth: links, clusters, scores. The files of rv_evaluate are read into numbers
 * here; the measures themselves are pure functions of those.
 *
 * A measure that isn't defined (precision of nothing, AUC of one class) is NaN, and null in the JSON.
 */
#ifndef RV_EVALUATE_H
#define RV_EVALUATE_H

#include "id_table.h"

/* --- Files ------------------------------------------------------------------------------------------------------- */

/* A column that a measure wants: the first of `names` (NULL-terminated, may be NULL) that the header has, else the
 * column at `position` (from 0; -1: none). A column serves one want only, the earlier one. */
typedef struct rv_eval_column {
    const char *const *names;
    int position;
    bool required;
} rv_eval_column;
/* `cells[i]` belongs to columns[i]; its ptr is NULL when the file has no such column. In order of the file. */
typedef rv_status (*rv_eval_row)(void *ctx, const rv_text *cells, uint64_t line, rv_error *err);
/* A row that can't be read fails the whole (RV_BAD_INPUT with file and line): a measure over some of the rows would be
 * a wrong measure. */
rv_status rv_eval_read(const char *path, const rv_eval_column *columns, size_t n, const rv_settings *settings,
                       rv_eval_row row, void *ctx, rv_error *err);

/* --- Links and clusters ------------------------------------------------------------------------------------------ */

typedef struct rv_eval_pairs {
    double precision, recall, f1;
    double threshold;               /* the lowest probability among the links found, NaN without probabilities */
    double best_f1, best_threshold; /* over all thresholds; the highest threshold among equals */
    uint64_t pairs_true, pairs_found;
} rv_eval_pairs;

typedef struct rv_eval_alternative { /* a right answer for `left`; true pair `pair` is hit by any of its alternatives */
    uint32_t left, right, pair;
} rv_eval_alternative;
typedef struct rv_eval_link {
    uint32_t left, right, tier; /* tier: any number, carried along */
    bool right_one;             /* set by rv_eval_links */
    double probability;
} rv_eval_link;
/*
 * alternatives: of n_pairs true pairs (pairs that share an alternative are one and the same). links: found. Both are
 * reordered; repeated links count once, with the highest probability: *n_links is what stays.
 * precision = right links / links; recall = true pairs hit / true pairs.
 */
rv_status rv_eval_links(rv_eval_alternative *alternatives, size_t n_alternatives, uint32_t n_pairs, rv_eval_link *links,
                        size_t *n_links, bool has_probability, rv_eval_pairs *out, rv_error *err);

typedef struct rv_eval_member { /* one id's clusters on both sides; RV_ID_NONE: alone */
    uint32_t found, truth;
} rv_eval_member;
/* Pairwise measures from the sizes of the clusters and of their intersections: no pair is ever listed. Reorders. */
void rv_eval_clusters(rv_eval_member *members, size_t n, rv_eval_pairs *out);

/* --- Scores ------------------------------------------------------------------------------------------------------ */

typedef struct rv_eval_scored {
    double score, probability; /* probability NaN: none */
    bool positive;
} rv_eval_scored;
typedef struct rv_eval_decile {
    uint64_t rows;
    double positives; /* ties over a border are shared out evenly, so not always whole */
    double rate, lift;
    double probability; /* mean; NaN without */
} rv_eval_decile;
typedef struct rv_eval_scores {
    uint64_t rows, positives;
    double auc, ks, brier, calibration_error, lift_10;
    rv_eval_decile deciles[10];
} rv_eval_scores;
/* Reorders. auc: equal scores count half (midranks). calibration_error: mean over tenths by probability of
 * |mean probability - rate|, weighted by rows. Both that and brier are NaN unless every row has a probability. */
void rv_eval_scores_of(rv_eval_scored *rows, size_t n, rv_eval_scores *out);

#endif
