/*
 * What the steps of learning share (learn.c leads them): the learner, and the functions by which one step calls another.
 * learn_column.c makes the bins, learn_train.c the weights of one method, learn_choose.c compares methods,
 * learn_profile.c measures the one chosen and describes it. A learner belongs to one thread; what runs in parallel
 * takes it as const, or writes to a part of its own.
 */
#ifndef RV_LEARN_DETAIL_H
#define RV_LEARN_DETAIL_H

#include "learn.h"

enum { RV_TRAININGS = RV_FOLDS + 1, RV_LEARN_RANGE = 16384 }; /* rows of a piece of parallel work */

/* --- learn_column.c ------------------------------------------------------------------------------------------------- */

/* One attribute through all trainings: t < RV_FOLDS leaves fold t out, t == RV_FOLDS leaves none out. */
typedef struct rv_learn_column {
    const rv_frame_column *source;
    bool monotone;                  /* its weights may only rise along the ranges, or only fall */
    rv_binning binning;             /* of the whole file */
    uint8_t *of_code[RV_FOLDS + 1]; /* code -> bin */
    rv_bin_counts *counts;          /* RV_FOLDS + 1 */
} rv_learn_column;
void rv_learn_column_reset(rv_learn_column *column);
/* fold_label: fold * 3 + label per row. Fills column and what the sheet says of it; `column->source` is set. */
rv_status rv_learn_column_make(rv_learn_column *column, const uint8_t *fold_label, uint64_t rows, bool against_pool,
                               uint32_t min_people, rv_attribute_quality *quality, rv_error *err);

/* Everything that learning holds. */
typedef struct rv_learner {
    const rv_frame *frame;
    const uint8_t *labels;
    const rv_learn_options *options;
    rv_quality *quality;
    uint8_t *fold;           /* rows */
    uint8_t *fold_label;     /* rows: fold * 3 + label */
    rv_learn_column *column; /* quality->columns; those left out hold nothing */
    uint32_t *used;          /* indexes of those used */
    uint32_t n_used;
    bool *alone;           /* n_used: monotone, so it is in no pair */
    rv_bin_counts *counts; /* RV_TRAININGS * n_used, training by training */
    double *weights;       /* RV_TRAININGS * n_used * RV_BINS_MAX, of the method at work */
    int32_t *points;       /* as weights */
    rv_pair_points pair[RV_TRAININGS][RV_PAIRS_MAX];
    uint32_t pairs[RV_TRAININGS];
    uint32_t *sample; /* n_sample * n_used codes */
    uint64_t n_sample;
    uint32_t *fit_rows; /* n_fit, once a method fits */
    uint64_t n_fit;
    uint16_t *cells[RV_METHODS_MAX]; /* per method tried, rows: the out-of-fold score's cell */
    rv_placement *placement;         /* 2 * RV_FOLDS: of two methods that are compared */
    rv_score_counts *tally;          /* rv_method_count * RV_FOLDS: out-of-fold scores of labelled rows */
} rv_learner;

/* Does a row of this label stand against the seeds? */
static inline bool rv_learner_is_other(const rv_learner *l, uint8_t label) {
    return label == RV_NON_SEED || (label == RV_UNLABELLED && l->quality->against_pool);
}

/* Fewer people than this make no entry of their own. */
static inline uint32_t rv_learner_min_people(const rv_learner *l) {
    return l->options->min_people ? l->options->min_people : 20;
}

/* --- learn_train.c ---------------------------------------------------------------------------------------------- */

/* Counts of the attributes used, and room for weights and points. */
rv_status rv_learner_gather_counts(rv_learner *l, rv_error *err);
/* A sample of rows for the scale of points. */
rv_status rv_learner_take_sample(rv_learner *l, rv_error *err);
/* Rows for methods that fit. */
rv_status rv_learner_take_fit_rows(rv_learner *l, rv_error *err);
rv_evidence rv_learner_evidence(const rv_learner *l, unsigned t);
/* Weights and points of one training, by so many threads. */
rv_status rv_learner_train(rv_learner *l, const rv_method *method, unsigned t, int threads, rv_error *err);
void rv_learner_forget_pairs(rv_learner *l);
/* All trainings of one method, and its out-of-fold scores in l->cells[m]. */
rv_status rv_learner_try(rv_learner *l, unsigned m, rv_error *err);

/* --- learn_choose.c --------------------------------------------------------------------------------------------- */

/* Scores of labelled rows from `begin` on, fold by fold. */
void rv_learner_tally(const rv_learner *l, const uint16_t *cells, uint64_t begin, rv_score_counts *folds);
/* Tries what is to be tried and fills in the sheet's methods, the one chosen and its AUC. any: `auto` */
rv_status rv_learner_choose(rv_learner *l, bool any, rv_error *err);

/* --- learn_profile.c -------------------------------------------------------------------------------------------- */

/* The sheet's measures of the method chosen, and the calibration. */
rv_status rv_learner_measure(rv_learner *l, rv_profile *profile, rv_error *err);
/* The tables that are used: of the training on all rows. */
rv_status rv_learner_profile(rv_learner *l, rv_profile *out, rv_error *err);

#endif
