/* What the quality sheet says of the method chosen, from counts of out-of-fold scores. */
#ifndef RV_MEASURE_H
#define RV_MEASURE_H

#include "learn.h"

/* A calibration that is off by more isn't given (and the noise to be expected comes on top). */
#define RV_BEARABLE_ERROR 0.03

/* KS, recall of seeds in the first 1, 5, 10, 20 %, seeds by decile. */
void rv_measure_ranking(const rv_score_counts *pooled, rv_quality *quality);

/*
 * Brier score, calibration error and predicted seeds by decile, each fold by a calibration of the other four; then the
 * calibration of all, or the reason why it is withheld: no known non-seeds, too few people, or (late != NULL: folds of
 * the last quarter of the file) an error there above 3 % and the noise to be expected.
 */
rv_status rv_measure_probability(const rv_score_counts folds[RV_FOLDS], const rv_score_counts *pooled,
                                 const rv_score_counts *late, rv_quality *quality, rv_calibration *out, rv_error *err);

#endif
