/*
 * Has the world moved on? Two sets of people are compared attribute by attribute, and by their scores: those a profile
 * was learned on (whom the profile carries, bin by bin) and those of a table it is applied to; or the early and the late
 * rows of one table. A probability is a promise about people like those of learning: where they are no longer alike in
 * what makes the score, it is withheld.
 *
 * Measure of an attribute: population stability index, the sum over bins of (a - b) ln(a / b) (Kullback and Leibler 1951; in credit scoring
 * Siddiqi 2006, below .10 calm, above .25 an alarm). Two samples of the same people differ too: n (1/x + 1/y) with n one less
 * than the bins on average, spread as a chi-square; a state counts only what is beyond three deviations of that.
 */
#ifndef RV_DRIFT_H
#define RV_DRIFT_H

#include "profile.h"

#define RV_DRIFT_WATCH 0.10
#define RV_DRIFT_ALARM 0.25
/* Attributes over the alarm that carry this share of the score take the probability away. */
#define RV_DRIFT_BEARABLE 0.10
/* Scores: points by which the average may move, and the factor by which the deviation may. */
#define RV_DRIFT_SHIFT 25
#define RV_DRIFT_SPREAD 1.5

/* Shares are smoothed by half a person. */
double rv_stability(const uint64_t *a, const uint64_t *b, uint32_t bins);

typedef struct rv_drift {
    double stability;
    double by_chance; /* what two samples of the same people would hardly exceed */
    double carries;   /* the attribute's share of the score's variance, 0 to 1 */
} rv_drift;
const char *rv_drift_state(const rv_drift *drift); /* "calm" "watch" "alarm" */
bool rv_drift_alarms(const rv_drift *drift);

typedef struct rv_drift_sheet {
    uint32_t columns;
    rv_drift *column;          /* of the profile's attributes, in their order; owned */
    double average, deviation; /* of the scores; of rv_drift_since only */
    uint64_t people, rows;     /* compared */
} rv_drift_sheet;
void rv_drift_sheet_reset(rv_drift_sheet *sheet);

/* The people of the profile against the frame behind the view. scores: per row. */
rv_status rv_drift_since(const rv_profile *profile, const rv_profile_view *view, const int32_t *scores, uint64_t rows,
                         int threads, rv_drift_sheet *out, rv_error *err);
/* Rows from `begin` on against those before. */
rv_status rv_drift_within(const rv_profile *profile, const rv_profile_view *view, uint64_t begin, uint64_t rows,
                          int threads, rv_drift_sheet *out, rv_error *err);
/* The scores' average or deviation is out of what they were: points are made so that they were 500 and 100. */
bool rv_drift_scores_alarm(const rv_drift_sheet *sheet, const rv_profile *profile);
/* Why the probability isn't to be trusted, into why (of `room` bytes): false: it is. */
bool rv_drift_forbids(const rv_drift_sheet *sheet, const rv_profile *profile, char *why, size_t room);

#endif
