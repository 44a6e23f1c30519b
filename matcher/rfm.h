/*
 * Recency, frequency, monetary value: quintiles with ties kept together, the grid of named segments, and the states.
 *
 * A quintile's thresholds are values of the data: t_k is the value of rank ceil(k n / 5), k = 1..4. A value's score is
 * 1 + the number of thresholds below it, so equal values always score alike and a bigger value never scores less. Where
 * many clients share one value (one-time buyers), scores are skipped: rv_quintiles keeps the counts, and reports print
 * them. Recency is scored as 6 - the score of the days of silence: ties go to the better side, those of orders and amount
 * to the lower one, so that a one-time buyer has f = 1 however many there are. Limits of one's own take the place of the
 * thresholds: they score alike from file to file, where quintiles move with the clients.
 */
#ifndef RV_RFM_H
#define RV_RFM_H

#include "error.h"

typedef enum rv_state { RV_STATE_NONE, RV_ACTIVE, RV_AT_RISK, RV_INACTIVE, RV_LOST } rv_state;
const char *rv_state_name(rv_state state); /* "active" ...; "" for RV_STATE_NONE */
bool rv_state_find(const char *name, size_t len, rv_state *out);

typedef enum rv_segment_id {
    RV_SEGMENT_NONE,
    RV_CHAMPIONS,
    RV_LOYAL,
    RV_POTENTIAL_LOYALIST,
    RV_NEW,
    RV_PROMISING,
    RV_NEED_ATTENTION,
    RV_ABOUT_TO_SLEEP,
    RV_SEGMENT_AT_RISK,
    RV_CANT_LOSE,
    RV_HIBERNATING,
    RV_SEGMENT_LOST,
    RV_SEGMENT_COUNT
} rv_segment_id;
const char *rv_segment_name(unsigned segment); /* "champions" ...; "" for RV_SEGMENT_NONE */
/* The one segment of a cell; r, f, m in 1..5. */
rv_segment_id rv_rfm_segment(unsigned r, unsigned f, unsigned m);

typedef struct rv_quintiles {
    int64_t threshold[4]; /* ascending, equal ones possible */
    uint64_t count[5];    /* values with score 1..5 */
    bool collapsed;       /* some score has no value */
    bool own;             /* the thresholds were given */
} rv_quintiles;
/* n values in any order; n >= 1. own: four thresholds, or NULL for the quintiles. Only RV_NO_MEMORY fails. */
rv_status rv_quintiles_of(const int64_t *values, uint64_t n, const int64_t *own, rv_quintiles *out, rv_error *err);
/* The same from a histogram: counts[v] values are v, v = 0..n-1; some count isn't 0. */
void rv_quintiles_of_counts(const uint64_t *counts, size_t n, const int64_t *own, rv_quintiles *out);
unsigned rv_quintile_score(const rv_quintiles *quintiles, int64_t value); /* 1..5 */

/* "r=30/90/180/365,f=1/2/4/9,m=20/50/100/250": days of silence, orders, amount; each measure or some, four ascending
 * limits, a value scores by how many lie below it. NULL: none. */
typedef struct rv_rfm_limits {
    bool given[3];           /* r, f, m */
    int64_t threshold[3][4]; /* days; orders; amounts in RV_AMOUNT_UNIT-ths */
} rv_rfm_limits;
rv_status rv_rfm_limits_parse(const char *text, rv_rfm_limits *out, rv_error *err);
/* What a measure (0 r, 1 f, 2 m) has been given, or NULL. */
static inline const int64_t *rv_rfm_limits_own(const rv_rfm_limits *limits, unsigned measure) {
    return limits->given[measure] ? limits->threshold[measure] : NULL;
}

/*
 * States by silence, in whole calendar months before the as-of date (A = active_months):
 *   active: up to A, at risk: up to 1.5 A, inactive: up to 3 A, lost: beyond. With the default of 12 months, lost begins
 * after 36, where French law ends the use of a prospect's data.
 */
typedef struct rv_state_limits {
    unsigned months[3]; /* of active, at risk, inactive */
    int32_t since[3];   /* the oldest last order, as a day, that still is active, at risk, inactive */
} rv_state_limits;
void rv_state_limits_of(int32_t as_of, unsigned active_months, rv_state_limits *out);
rv_state rv_state_of(const rv_state_limits *limits, int32_t last_order);
/*
 * States by own rhythm: silence in units of the client's mean interval, shrunk towards the population's by
 * RV_RHYTHM_WEIGHT pseudo-intervals (own intervals alone rank worse than plain recency: docs/SCORING.md).
 * active: up to 2 intervals, at risk: up to 3, inactive: up to 6, lost: beyond.
 */
#define RV_RHYTHM_WEIGHT 2.0
extern const double rv_rhythm_limits[3]; /* intervals: of active, at risk, inactive */
double rv_rhythm_days(double span_days, uint32_t intervals, double population_days); /* the shrunk interval */
rv_state rv_state_of_rhythm(double silence_days, double span_days, uint32_t intervals, double population_days);

#endif
