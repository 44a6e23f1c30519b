/*
 * From scores to probabilities, and the measures of a score, all on one table: how many seeds and others have each
 * integer score. Integers in, fixed order: the same answer whatever the threads.
 *
 * Probability: isotonic regression by pooling adjacent violators (Ayer et al. 1955; Zadrozny and Elkan 2002) over
 * groups of neighbouring scores, with straight lines between the groups' centres.
 */
#ifndef RV_CALIBRATION_H
#define RV_CALIBRATION_H

#include "memory.h"

/* Scores are counted in cells; what lies outside is counted in the end cells. 500 is the average, 100 a deviation. */
enum { RV_SCORE_LOWEST = -4500, RV_SCORE_CELLS = 10000 };
static inline uint16_t rv_score_cell(int32_t score) {
    int32_t cell = score < RV_SCORE_LOWEST ? 0 : score - RV_SCORE_LOWEST;
    return (uint16_t)(cell < RV_SCORE_CELLS ? cell : RV_SCORE_CELLS - 1);
}

typedef struct rv_score_counts {
    uint32_t seeds[RV_SCORE_CELLS], others[RV_SCORE_CELLS];
} rv_score_counts;
void rv_score_counts_add(rv_score_counts *to, const rv_score_counts *from);

/* --- AUC --------------------------------------------------------------------------------------------------------- */

/*
 * The share of (seed, other) pairs in which the seed scores higher, ties half, and its variance (DeLong, DeLong and
 * Clarke-Pearson 1988). placement (may be NULL) gets, per cell, the share of others below a seed there and the share
 * of seeds above an other there: what paired comparisons are made of. 0.5 and variance 0 when a side is empty.
 */
typedef struct rv_placement {
    double seed[RV_SCORE_CELLS], other[RV_SCORE_CELLS];
} rv_placement;
typedef struct rv_auc {
    double auc, variance;
    uint64_t seeds, others;
} rv_auc;
rv_auc rv_auc_of(const rv_score_counts *counts, rv_placement *placement);
double rv_ks_of(const rv_score_counts *counts); /* largest distance of the two distribution functions */

/* --- Probability ------------------------------------------------------------------------------------------------- */

enum { RV_CALIBRATION_KNOTS = 256 };
typedef struct rv_calibration {
    uint32_t n;                               /* 0: withheld */
    int32_t score[RV_CALIBRATION_KNOTS];      /* ascending */
    double probability[RV_CALIBRATION_KNOTS]; /* not descending, within (0, 1) */
    char withheld[200];                       /* why, when n is 0 */
} rv_calibration;
void rv_calibration_fit(const rv_score_counts *counts, rv_calibration *out);
double rv_calibration_at(const rv_calibration *calibration, int32_t score); /* n > 0 */

#endif
