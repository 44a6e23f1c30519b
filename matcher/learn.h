/*
 * Learning a profile, and proving it: every figure of the quality sheet is out of fold, binning included.
 *
 * Rows go to one of five folds by a hash of the row number and the seed. For each fold, bins and weights are made from
 * the other four and score the fold's rows; a sixth training on all rows makes the profile that is used. Counts per
 * code and fold are made once; every training is a sum of them.
 *
 * Seeds are told from the known non-seeds; where there are fewer than 25, from all the rest of the file (positive-unlabelled
 * learning: then the measures are against a pool that hides more seeds, and no probability is given). The reference
 * population of points is the whole frame.
 */
#ifndef RV_LEARN_H
#define RV_LEARN_H

#include "profile.h"
#include "score.h"

enum { RV_FOLDS = 5, RV_METHODS_MAX = 16 };

typedef enum rv_left_out {
    RV_USED,
    RV_LEFT_EMPTY,
    RV_LEFT_CONSTANT,
    RV_LEFT_RARE,
    RV_LEFT_FLAT,
    RV_LEFT_SENSITIVE,
    RV_LEFT_DEFINES,
    RV_LEFT_LEAK,
    RV_LEFT_ONE_SIDED,
    RV_LEFT_COUNT
} rv_left_out;
const char *rv_left_out_reason(rv_left_out reason); /* for people; "" for RV_USED */

typedef struct rv_attribute_quality {
    char name[128];
    rv_left_out left_out;
    bool leaks;          /* predicts the target nearly alone; used all the same when named, or when all others do too */
    bool half_leaks;     /* some of its values only one side has, and chance wouldn't give them to one side */
    double pure;         /* share of the side that has them */
    const char *defines; /* rv_frame_column's */
    rv_scale scale;
    uint32_t bins;      /* entries, missing and other included */
    uint32_t values;    /* distinct */
    uint32_t words;     /* values that are no number in a column of numbers */
    uint64_t worded;    /* people who have such a value */
    const char *monotone; /* "rising" "falling" "flat", when its points had to be; or NULL */
    double auc;         /* of this attribute alone, out of fold; 0.5 where it wasn't looked at */
    double stability;   /* seeds against others */
    double of_the_pool; /* stability of seeds against the reference population */
} rv_attribute_quality;

typedef struct rv_method_quality {
    const rv_method *method;
    bool tried;
    double auc, standard_error;
    double behind;       /* AUC of the best minus this one's */
    double behind_error; /* its standard error, paired by row */
} rv_method_quality;

typedef struct rv_decile {
    uint64_t people, seeds; /* out of fold, best first */
    double predicted;       /* sum of probabilities; 0 when withheld */
} rv_decile;

typedef struct rv_quality {
    uint64_t rows, seeds, non_seeds, unlabelled;
    bool against_pool;
    unsigned n_methods, chosen;
    rv_method_quality method[RV_METHODS_MAX];
    double auc, standard_error, ks;
    double recall[4]; /* of held-out seeds in the first 1, 5, 10, 20 % */
    rv_decile decile[10];
    double brier, calibration_error; /* out of fold, 10 groups; 0 when withheld */
    double late_error;               /* calibration error on the last quarter of the file */
    bool late_checked;
    uint64_t late_begin;  /* row where that quarter begins; 0: the order of the file says nothing of time */
    double forward_error; /* calibration error there when only the rows before have calibrated */
    double forward_noise; /* of it, what chance gives */
    uint32_t columns;
    rv_attribute_quality *attribute; /* all scored columns of the frame */
    unsigned left_out[RV_LEFT_COUNT];
} rv_quality;
void rv_quality_reset(rv_quality *quality);

typedef struct rv_learn_options {
    const char *method; /* NULL: auto */
    const char *const *use_sensitive;
    size_t n_use_sensitive;
    const char *const *monotone; /* attributes of numbers or dates whose points only rise, or only fall (monotone.h) */
    size_t n_monotone;
    uint64_t seed;
    uint32_t min_people; /* for an entry of its own; 0: 20 */
    int threads;
} rv_learn_options;

/* labels: rv_label per row. Needs at least one seed and one other; floors for privacy are the caller's
 * (rv_score_frame). RV_BAD_INPUT when no attribute is left. */
rv_status rv_learn(const rv_frame *frame, const uint8_t *labels, const rv_learn_options *options, rv_profile *profile,
                   rv_quality *quality, rv_error *err);

#endif
