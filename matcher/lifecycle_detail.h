/* What a lifecycle holds, for its own files: lifecycle.c computes, lifecycle_look.c counts, lifecycle_model.c fits, lifecycle_report.c tells,
 * lifecycle_write.c writes. */
#ifndef RV_LIFECYCLE_DETAIL_H
#define RV_LIFECYCLE_DETAIL_H

#include "btyd.h"
#include "client_table.h"
#include "lifecycle.h"
#include "transactions.h"

typedef enum rv_cause {
    RV_CAUSE_NONE,
    RV_CAUSE_SILENCE,
    RV_CAUSE_WITHDRAWN,
    RV_CAUSE_THRESHOLDS,
    RV_CAUSE_ABSENT,
    RV_CAUSES
} rv_cause;

struct rv_life_detail {
    rv_client_table *table;
    rv_client_ref *order; /* by id */
    int32_t as_of;
    uint32_t horizon_days;
    uint64_t n, buyers; /* clients; those with an order */
    rv_transaction_counts read;
    rv_quintiles recency, frequency, money; /* recency of the days of silence: see rfm.h */
    rv_state_limits limits;
    bool by_rhythm;
    double population_days; /* mean interval of all; 0: nobody came back */
    uint64_t in_state[RV_LOST + 1], in_segment[RV_SEGMENT_COUNT];
    bool with_previous;
    uint64_t gone, newly_at_risk[RV_CAUSES];
    rv_btyd_group *groups; /* distinct (x, T, t_x), ascending; until the fit */
    size_t n_groups;
    rv_btyd fit;
    uint64_t *ages;   /* sorted (x << 16 | T) of the clients' models */
    double *if_alive; /* orders within the horizon, per entry of ages */
    uint32_t *of_x;   /* x -> the first of its ages; one more than there are x */
    size_t n_ages, n_x;
    double expected; /* over all clients */
};

/* lifecycle_look.c: n, buyers, quintiles, the mean interval and the groups, in one walk. */
rv_status rv_life_look(rv_life_detail *life, int threads, rv_error *err);
/* lifecycle_model.c: fits and fills fit, ages, if_alive; the groups are gone. */
rv_status rv_life_fit(rv_life_detail *life, rv_btyd_model model, int threads, rv_error *err);
/* Both NaN without a fit or an order. */
void rv_life_expect(const rv_life_detail *life, const rv_client_record *client, double *orders, double *alive);
/* lifecycle_report.c */
void rv_life_report(const rv_life_detail *life, const rv_segment_options *options, rv_summary *summary);
const char *rv_cause_name(rv_cause cause);

#endif
